//! Dependency policy: what `deny.toml` says, checked by cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, root, run, target_dir};

/// One version for everybody, so that a new one does not turn a good tree red.
const VERSION: &str = "0.20.2";

/// Checks licences, bans and sources, without the network.
///
/// # Errors
///
/// When cargo-deny cannot be had, or finds something.
pub(crate) fn check() -> Result<()> {
    let program = program()?;
    // The licences stand in the crates' own files, also in those that only other systems compile.
    run(&mut cargo("fetch --quiet --locked"))?;
    run(Command::new(program)
        .args(["--offline", "--workspace", "--all-features", "check", "licenses", "bans", "sources"])
        .current_dir(root()))
}

/// Asks the advisory database, which needs the network.
///
/// # Errors
///
/// When cargo-deny or the database cannot be had, or there is an advisory.
pub(crate) fn advisories() -> Result<()> {
    let program = program()?;
    run(Command::new(program).args(["--workspace", "--all-features", "check", "advisories"]).current_dir(root()))
}

/// The right cargo-deny: the one on the path if it is that version, else our own, which is built once.
fn program() -> Result<PathBuf> {
    let own = target_dir().join("tools");
    let candidates = [PathBuf::from("cargo-deny"), own.join("bin").join("cargo-deny")];
    if let Some(found) = candidates.into_iter().find(is_right) {
        return Ok(found);
    }
    println!("cargo-deny {VERSION} is missing. cargo builds it now, once.");
    // Without optimisation and without what only `fix` and signing need: it runs for a second, and is built from nothing.
    let mut install =
        cargo(&format!("install cargo-deny --locked --version {VERSION} --debug --no-default-features --root"));
    install.arg(&own).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", own.join("build"));
    run(&mut install).with_context(|| {
        format!(
            "cargo-deny {VERSION} could not be installed. It comes from the package registry: see that this machine is \
             online, or put cargo-deny {VERSION} on the PATH"
        )
    })?;
    Ok(own.join("bin").join("cargo-deny"))
}

fn is_right(program: &PathBuf) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}"))
}
