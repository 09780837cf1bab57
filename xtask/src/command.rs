//! Running other programs, each shown before it runs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The root of the workspace. Cargo tells it to whatever it runs.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from);
    here.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program the dev profile built.
pub(crate) fn built(name: &str) -> PathBuf {
    target_dir().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The cargo that runs us, with arguments separated by blanks.
pub(crate) fn cargo(arguments: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments.split_whitespace()).current_dir(root());
    command
}

/// Shows a command as a person would type it.
pub(crate) fn show(command: &Command) {
    println!("$ {}", spelled(command));
}

/// Runs a command to its end.
///
/// # Errors
///
/// When it cannot start, or ends with anything but 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    show(command);
    let status = command.status().with_context(|| format!("`{}` could not be started", spelled(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", spelled(command));
    }
    Ok(())
}

fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = if program.file_stem() == Some(OsStr::new("cargo")) { "cargo".into() } else { spelled_path(program) };
    let arguments = command.get_args().map(|argument| quoted(&spelled_path(Path::new(argument))));
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// A path as it is written from the root.
pub(crate) fn spelled_path(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()*?".contains(c)) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        word.to_owned()
    }
}
