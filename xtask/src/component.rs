//! The components: the connector, the tiny one of the documentation, and the careless one of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use wasmparser::BinaryReader;

use crate::command::{cargo, run, spelled_path, target_dir};

/// The target that a component is built for.
pub(crate) const TARGET: &str = "wasm32-wasip2";

/// Larger, and something was linked in that should not be. A skeleton with HTTP and JSON has about 270 KB, the tables of
/// products and applications 60, texts for people 150.
const LARGEST: u64 = 1024 * 1024;

/// The id of a section that carries no code (WebAssembly specification, 5.5.3; the same in components).
const CUSTOM: u8 = 0;

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
    leave_names_out(&path)?;
    let size = path.metadata().with_context(|| format!("{} was not built", path.display()))?.len();
    println!("  {} has {} KiB of at most {} KiB", spelled_path(&path), size.div_ceil(1024), LARGEST / 1024);
    if size > LARGEST {
        bail!("The component {package} has {size} bytes, more than {LARGEST}. Look at what it links in.");
    }
    Ok(path)
}

/// Takes the section out that calls the parts of a component by name, for debuggers: the linker strips the code alone.
fn leave_names_out(path: &Path) -> Result<()> {
    let bytes = std::fs::read(path).with_context(|| format!("{} was not built", path.display()))?;
    // The magic number and the version come before the sections.
    let (head, mut rest) = bytes.split_at_checked(8).context("the component has no header")?;
    let mut kept = head.to_vec();
    while !rest.is_empty() {
        let mut reader = BinaryReader::new(rest, 0);
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()?;
        let content = reader.read_bytes(size as usize)?;
        let (section, next) = rest.split_at(rest.len() - reader.bytes_remaining());
        if id != CUSTOM || BinaryReader::new(content, 0).read_string()? != "component-name" {
            kept.extend_from_slice(section);
        }
        rest = next;
    }
    if kept.len() < bytes.len() {
        // The file is one with that among cargo's own, which stays as it is.
        std::fs::remove_file(path)?;
        std::fs::write(path, kept)?;
    }
    Ok(())
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
