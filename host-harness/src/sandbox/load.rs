//! Reads a component, checks that it fits this host, and says in one sentence when it does not.

use super::state::State;
use crate::cache::Cache;
use crate::contract::{keys, log, sink, store};
use crate::egress::policy::OriginError;
use crate::limits::COMPONENT;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

/// The version of the contract that this host speaks.
const CONTRACT: &str = "0.1.0";
/// The interface that every connector exports.
const CONNECTOR: &str = "binadox:connector/connector@0.1.0";
/// The interface that only some export.
pub(super) const SET_UP: &str = "binadox:connector/set-up@0.1.0";

/// Why a connector cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// No file is there.
    #[error("There is no file {}. Build the connector, or name another file.", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read.
    #[error("{} cannot be read: {cause}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// See [`COMPONENT`].
    #[error("{} is larger than {} MiB, and no connector is. Name the component itself.", .0.display(), COMPONENT >> 20)]
    TooLarge(PathBuf),
    /// The file is something else.
    #[error("{} is {what} and not a component. {mend}", path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        what: &'static str,
        /// What to do.
        mend: &'static str,
    },
    /// The file begins as a component does, and cannot be compiled.
    #[error("{} is damaged, cut off, or made for another engine: {cause}. Build the connector again.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the compiler says.
        cause: String,
    },
    /// An import that this host does not give.
    #[error(
        "{} wants {import} from the host, which it does not give. A connector imports binadox:connector@{CONTRACT}, \
         wasi:http/outgoing-handler, clocks, random, io and cli, and nothing else.",
        path.display()
    )]
    ForeignImport {
        /// The file.
        path: PathBuf,
        /// As the component names it.
        import: String,
    },
    /// An interface of the contract in another version.
    #[error("{} speaks the contract {found}, and this host speaks {CONTRACT}. Use versions that belong together.", path.display())]
    OtherContract {
        /// The file.
        path: PathBuf,
        /// The interface with its version.
        found: String,
    },
    /// An export is not there.
    #[error("{} does not export {export}, so it is no connector. Name another file.", path.display())]
    LacksExport {
        /// The file.
        path: PathBuf,
        /// As the contract names it.
        export: String,
    },
    /// The interfaces have the right names and the wrong contents.
    #[error("{} does not fit the contract {CONTRACT}: {cause}. Build it again from the contract's files.", path.display())]
    DoesNotFit {
        /// The file.
        path: PathBuf,
        /// What does not.
        cause: String,
    },
    /// `describe` failed.
    #[error("{} cannot say what it is: {cause}", path.display())]
    Silent {
        /// The file.
        path: PathBuf,
        /// How it ended.
        cause: super::CallError,
    },
    /// The manifest asks for an origin that cannot be granted.
    #[error("{} asks for an origin that cannot be granted: {cause}", path.display())]
    Origin {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: OriginError,
    },
    /// The manifest contradicts itself.
    #[error("The manifest of {} is wrong: {wrong}. Report this to the maker of the connector.", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, as part of a sentence.
        wrong: String,
    },
}

/// A component's file, read.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    /// SHA-256 in hexadecimal.
    pub(super) digest: String,
}

/// Reads the file and recognises what it is by its first bytes.
pub(super) fn read(path: &Path) -> Result<File, PluginError> {
    let unreadable = |cause: std::io::Error| match cause.kind() {
        std::io::ErrorKind::NotFound => PluginError::Missing(path.to_owned()),
        _ => PluginError::Unreadable { path: path.to_owned(), cause },
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(COMPONENT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > COMPONENT {
        return Err(PluginError::TooLarge(path.to_owned()));
    }
    let not_a_component = |what, mend| Err(PluginError::NotAComponent { path: path.to_owned(), what, mend });
    // The preamble: magic, then version and layer (component-model/design/mvp/Binary.md).
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => {}
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
            return not_a_component("a core module", "Build it for the target wasm32-wasip2.");
        }
        _ if bytes.is_empty() => return not_a_component("an empty file", "Build the connector again."),
        _ if bytes.trim_ascii_start().starts_with(b"(") => {
            return not_a_component("a component in text form at best", "Name the binary file.");
        }
        _ => return not_a_component("another kind of file", "Name the .wasm file of the connector."),
    }
    let digest = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(File { bytes, digest })
}

/// The compiled component, from the cache or from the compiler. Takes seconds in the worst case: not for an async thread.
pub(super) fn compile(
    engine: &Engine,
    cache: Option<&Cache>,
    path: &Path,
    file: &File,
) -> Result<Component, PluginError> {
    if let Some(component) = cache.and_then(|cache| cache.load(engine, &file.digest)) {
        return Ok(component);
    }
    let component = Component::from_binary(engine, &file.bytes)
        .map_err(|error| PluginError::Damaged { path: path.to_owned(), cause: one_line(&error) })?;
    if let Some(cache) = cache {
        // Without a cache the next start takes longer, and nothing else.
        let _kept = cache.store(engine, &file.digest, &component);
    }
    Ok(component)
}

/// Everything that this host gives to a component, and nothing else.
pub(super) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    sink::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    store::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    keys::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    log::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// Names of what a component imports, in its own order.
pub(super) fn imports(component: &Component) -> Vec<String> {
    component.component_type().imports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// Names of what a component exports.
pub(super) fn exports(component: &Component) -> Vec<String> {
    component.component_type().exports(component.engine()).map(|(name, _)| name.to_owned()).collect()
}

/// Compares names before anything is linked, so that the sentence can name what is wrong.
pub(super) fn check_names(component: &Component, path: &Path) -> Result<(), PluginError> {
    for import in imports(component) {
        if is_contract(&import) {
            check_version(&import, path)?;
        } else if !is_given(&import) {
            return Err(PluginError::ForeignImport { path: path.to_owned(), import });
        }
    }
    let exports = exports(component);
    if exports.iter().any(|export| export == CONNECTOR) {
        return Ok(());
    }
    match exports.into_iter().find(|export| export.starts_with("binadox:connector/connector@")) {
        Some(found) => Err(PluginError::OtherContract { path: path.to_owned(), found }),
        None => Err(PluginError::LacksExport { path: path.to_owned(), export: CONNECTOR.to_owned() }),
    }
}

/// Packages of WASI 0.2 that a connector may import, as the contract says: no files, and no sockets.
const GIVEN: [&str; 5] = ["wasi:cli/", "wasi:clocks/", "wasi:http/", "wasi:io/", "wasi:random/"];

fn is_given(import: &str) -> bool {
    GIVEN.iter().any(|package| import.starts_with(package))
        && import.split_once('@').is_some_and(|(_, version)| version.starts_with("0.2."))
}

fn is_contract(name: &str) -> bool {
    name.starts_with("binadox:connector/")
}

fn check_version(name: &str, path: &Path) -> Result<(), PluginError> {
    match name.split_once('@') {
        Some((_, CONTRACT)) => Ok(()),
        _ => Err(PluginError::OtherContract { path: path.to_owned(), found: name.to_owned() }),
    }
}

/// An error with its causes in one line.
pub(super) fn one_line(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
