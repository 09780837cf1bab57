//! The components: the connector, the tiny one of the documentation, and the careless one of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{cargo, run, spelled_path, target_dir};

/// The target that a component is built for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// Larger, and something was linked in that should not be. A skeleton with HTTP and JSON has about 270 KB, the tables of
/// products and applications 60, texts for people 150.
const LARGEST: u64 = 1024 * 1024;

/// Builds the connector, and returns where it is.
///
/// # Errors
///
/// When the target cannot be had, the build fails, or the component is too large.
pub(crate) fn connector() -> Result<PathBuf> {
    ensure_target()?;
    build("office365-connector")
}

/// Builds every component of the workspace.
///
/// # Errors
///
/// As [`connector`].
pub(crate) fn build_all() -> Result<()> {
    connector()?;
    build("tiny-connector")?;
    build("careless-connector")?;
    Ok(())
}

fn build(package: &str) -> Result<PathBuf> {
    run(&mut cargo(&format!("build --quiet --lib --profile component --target {TARGET} --package {package}")))?;
    let file = format!("{}.wasm", package.replace('-', "_"));
    let path = target_dir().join(TARGET).join("component").join(file);
    let size = path.metadata().with_context(|| format!("{} was not built", path.display()))?.len();
    println!("  {} has {} KiB of at most {} KiB", spelled_path(&path), size.div_ceil(1024), LARGEST / 1024);
    if size > LARGEST {
        bail!("The component {package} has {size} bytes, more than {LARGEST}. Look at what it links in.");
    }
    Ok(path)
}

/// Makes sure that the compiler can build for [`TARGET`].
///
/// # Errors
///
/// When the target is missing and rustup cannot add it; the message says what to do.
pub(crate) fn ensure_target() -> Result<()> {
    if installed() {
        return Ok(());
    }
    println!("The compiler's target {TARGET} is missing. rustup adds it now.");
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "rustup could not add the target {TARGET} ({status}). It downloads about 30 MB: see that this machine is \
             online, then run `rustup target add {TARGET}` here."
        ),
        Err(_) => bail!(
            "The target {TARGET} is missing, and so is rustup, which would add it. Install rustup from \
             https://rustup.rs, or add the target with what your compiler was installed by."
        ),
    }
}

/// Whether the standard library for the target stands beside the compiler. Works without rustup too.
fn installed() -> bool {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|output| {
        let sysroot = String::from_utf8_lossy(&output.stdout);
        Path::new(sysroot.trim()).join("lib").join("rustlib").join(TARGET).join("lib").is_dir()
    })
}
