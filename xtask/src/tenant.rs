//! The made tenant: the simulator as a process of its own.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};

use crate::command::{built, root, show};

/// The tenant is the same on every machine.
const MADE: [&str; 6] = ["--users", "2000", "--seed", "7", "--premium", "p1"];

/// The last line that the simulator prints before it waits.
const READY: &str = "Stop with Ctrl-C.";

/// A running simulator. It is stopped when this is dropped; Ctrl-C reaches it by itself.
pub(crate) struct Tenant {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
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
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the simulator could not be started")?;
        let output = process.stdout.take().context("the simulator has no output")?;
        let mut tenant =
            Self { process, output: BufReader::new(output).lines(), facts: BTreeMap::new(), folder: folder.to_owned() };
        loop {
            let line = tenant.line()?;
            if line == READY {
                return Ok(tenant);
            }
            // `  name of the fact        value`
            if let Some((name, value)) = line.trim().split_once("  ") {
                tenant.facts.insert(name.to_owned(), value.trim().to_owned());
            }
        }
    }

    /// Presses Enter, which lets somebody sign in to an application that nobody has used, and returns what the simulator
    /// says of it.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub(crate) fn press_enter(&mut self) -> Result<String> {
        let keyboard = self.process.stdin.as_mut().context("the simulator has no input")?;
        keyboard.write_all(b"\n").context("the simulator has ended")?;
        self.line()
    }

    fn line(&mut self) -> Result<String> {
        let line = self.output.next().context("the simulator has ended")?;
        line.context("the simulator cannot be read")
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
