//! The made tenant: the simulator as a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::{built, root, show};

/// The tenant is the same on every machine.
const MADE: [&str; 6] = ["--users", "2000", "--seed", "7", "--premium", "p1"];

/// The last line that the simulator prints before it waits.
const READY: &str = "Stop with Ctrl-C.";

/// A running simulator. It is stopped when this is dropped; Ctrl-C reaches it by itself.
pub(crate) struct Tenant {
    process: Child,
    /// What it printed of itself, by name.
    facts: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Tenant {
    /// Starts the simulator on a free port and waits until it answers. Its files go to a folder; its limits are so many
    /// times as generous as the published ones.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends at once.
    pub(crate) fn start(folder: &Path, pace: &str) -> Result<Self> {
        let mut command = Command::new(built("simulator"));
        command
            .args(MADE)
            .args(["--listen", "127.0.0.1:0", "--throttle", pace, "--dir"])
            .arg(folder)
            .current_dir(root());
        show(&command);
        let mut process = command.stdout(Stdio::piped()).spawn().context("the simulator could not be started")?;
        let output = process.stdout.take();
        let mut tenant = Self { process, facts: BTreeMap::new(), folder: folder.to_owned() };
        for line in output.map(BufReader::new).into_iter().flat_map(BufRead::lines) {
            let line = line.context("the simulator cannot be read")?;
            if line == READY {
                return Ok(tenant);
            }
            // `  name of the fact        value`
            if let Some((name, value)) = line.trim().split_once("  ") {
                tenant.facts.insert(name.to_owned(), value.trim().to_owned());
            }
        }
        bail!("the simulator ended before it was ready");
    }

    /// A fact that it printed, such as `domain`.
    ///
    /// # Errors
    ///
    /// When it printed none of this name.
    pub(crate) fn fact(&self, name: &str) -> Result<&str> {
        let fact = self.facts.get(name);
        fact.map(String::as_str).with_context(|| format!("the simulator does not tell its {name}"))
    }

    /// The file with the client secret.
    pub(crate) fn secret(&self) -> PathBuf {
        self.folder.join("client-secret.txt")
    }

    /// The certificate to trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
