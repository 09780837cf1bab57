//! The key of an installation, and what it seals.
//!
//! One key of 32 bytes lives outside the data folder, so that a copy of the folder alone is worth nothing. Two keys
//! are derived from it by HKDF-SHA-256: one seals secrets, tokens, cursors and bookmarks, one signs compiled components.
//!
//! A sealed value is a random nonce of 24 bytes followed by XChaCha20-Poly1305 ciphertext. The connection, the name and
//! the purpose are its associated data: a value that is moved to another place in the database does not open there.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce of XChaCha20: long enough to be drawn at random without ever meeting the same twice.
const NONCE_BYTES: usize = 24;
/// The environment variable that carries the key in base64, for machines without a home.
pub const KEY_VARIABLE: &str = "HOST_HARNESS_KEY";
/// The environment variable that holds a command whose output is the key in base64: that of a keyring, for example.
pub const KEY_COMMAND_VARIABLE: &str = "HOST_HARNESS_KEY_COMMAND";
/// The longest key that is read: 44 characters of base64 and a line end.
const KEY_TEXT_BYTES: u64 = 256;

/// What a sealed value is for. A value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A secret setting, or what `connect` and `renew` wanted kept.
    Secret,
    /// The cursor of an unfinished generation.
    Cursor,
    /// The bookmark of a partition.
    Bookmark,
    /// The value by which a wrong key is noticed.
    Check,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Cursor => "cursor",
            Self::Bookmark => "bookmark",
            Self::Check => "check",
        }
    }
}

/// The place that a sealed value belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Id of the connection; never used again for another one.
    pub connection: i64,
    /// Name of the secret, or id of the task.
    pub name: &'a str,
    /// What it is for.
    pub purpose: Purpose,
}

impl Place<'_> {
    /// The associated data: fixed parts first, so that no two places have the same bytes.
    fn bytes(self) -> Vec<u8> {
        let mut bytes = b"host-harness/1\0".to_vec();
        bytes.extend_from_slice(&self.connection.to_be_bytes());
        bytes.extend_from_slice(self.purpose.label().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.name.as_bytes());
        bytes
    }
}

/// Why a value could not be sealed or unsealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The value was sealed with another key, changed, or moved.
    #[error(
        "The {purpose} {name} cannot be unsealed: it was sealed with another key, or it was changed. Use the key that was in use before, or connect again."
    )]
    Refused {
        /// What the value is for.
        purpose: &'static str,
        /// Its name.
        name: String,
    },
    /// The system gives no random numbers.
    #[error("The system gives no random numbers, so that nothing can be sealed: {0}. Mend that first.")]
    Random(getrandom::Error),
}

/// Why the key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others can read the key file.
    #[error("The key file {} can be read by others (mode {mode:03o}). Run `chmod 600 {}` if nobody has seen it.", .path.display(), .path.display())]
    TooOpen {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file or the variable holds something else.
    #[error(
        "{origin} holds no key: 32 bytes in base64 are expected. Put the right key there, or take it away so that a new one is made for a new data folder."
    )]
    Malformed {
        /// The file or the variable.
        origin: String,
    },
    /// The command that gives the key does not.
    #[error(
        "The command that gives the key, `{program}`, {cause}. Try it in a terminal; it must print the key in base64 and end with 0."
    )]
    Command {
        /// The program of the command, without its arguments.
        program: String,
        /// What went wrong, in the middle of a sentence.
        cause: String,
    },
    /// The data folder was made with a key that is not there any more.
    #[error(
        "The key file {} is missing, and what the data folder {} holds was sealed with it. Put the file back, or name it with --key-file; without it, take the data folder away and connect again.",
        .path.display(),
        .folder.display()
    )]
    Missing {
        /// Where it is expected.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
    },
    /// The key lies beside what it seals.
    #[error(
        "The key file {} lies in the data folder {}, so that a copy of the folder would open everything in it. Move it to another place, and name it with --key-file.",
        .path.display(),
        .folder.display()
    )]
    Inside {
        /// The key file.
        path: PathBuf,
        /// The data folder.
        folder: PathBuf,
    },
    /// There is no folder to keep the key in.
    #[error(
        "There is no place for the key: neither HOME nor XDG_CONFIG_HOME is set. Set one of them, or give the key in {KEY_VARIABLE} or by {KEY_COMMAND_VARIABLE}."
    )]
    Homeless,
    /// The file could not be read or made.
    #[error("The key file {} cannot be used: {cause}. Mend that, or give the key in {KEY_VARIABLE}.", .path.display())]
    Io {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The system gives no random numbers.
    #[error("The system gives no random numbers, so that no key can be made: {0}. Mend that first.")]
    Random(getrandom::Error),
}

/// The data folder that a key is for.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// Nothing was sealed in it yet.
    pub is_new: bool,
}

/// The keys of an installation. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Keyring {
    sealing: Zeroizing<[u8; KEY_BYTES]>,
    cache: Zeroizing<[u8; KEY_BYTES]>,
}

impl Keyring {
    /// Derives the keys from the key of the installation.
    pub fn derive(key: &[u8; KEY_BYTES]) -> Self {
        Self { sealing: subkey(key, b"host-harness sealing 1"), cache: subkey(key, b"host-harness component cache 1") }
    }

    /// The keys of this person's installation: from the variable `HOST_HARNESS_KEY`, else from the command in
    /// `HOST_HARNESS_KEY_COMMAND`, else from the key file of the default place, as [`Keyring::from_file`] reads it.
    pub fn load(home: Home<'_>) -> Result<Self, KeyError> {
        let variable = |name: &str| match std::env::var(name) {
            Ok(text) => Ok(Some(Zeroizing::new(text)).filter(|text| !text.is_empty())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(KeyError::Malformed { origin: name.to_owned() }),
        };
        if let Some(text) = variable(KEY_VARIABLE)? {
            return Self::from_text(&text, KEY_VARIABLE);
        }
        match variable(KEY_COMMAND_VARIABLE)? {
            Some(line) => Self::from_command(&line),
            None => Self::from_file(&default_key_file()?, home),
        }
    }

    /// The keys from what a command prints: the key in base64. Words are split and quoted as in a shell, and no shell
    /// runs: nothing in the line is expanded. Its standard error goes to the person, who may be asked something there.
    pub fn from_command(line: &str) -> Result<Self, KeyError> {
        let failed = |program: &str, cause: String| KeyError::Command { program: program.to_owned(), cause };
        let first = line.split_whitespace().next().unwrap_or_default();
        let words = shlex::split(line).ok_or_else(|| failed(first, "has a quote without its end".to_owned()))?;
        let Some((program, arguments)) = words.split_first() else {
            return Err(failed(first, "has no words".to_owned()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(program, format!("cannot be started: {error}")))?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_TEXT_BYTES as usize));
        if let Some(output) = child.stdout.take() {
            let read = output.take(KEY_TEXT_BYTES).read_to_end(&mut bytes);
            read.map_err(|error| failed(program, format!("cannot be read: {error}")))?;
        }
        let status = child.wait().map_err(|error| failed(program, format!("cannot be waited for: {error}")))?;
        if !status.success() {
            return Err(failed(program, format!("ended with {status}")));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| failed(program, "prints something else".to_owned()))?;
        Self::from_text(text, "").map_err(|_| failed(program, "prints no key".to_owned()))
    }

    /// The keys from a key file, which is made, with mode 0600, when it is missing and the data folder is new.
    ///
    /// A file that others can read is refused, because then the key may be known to them; and one in the data folder,
    /// because then a copy of the folder holds it.
    pub fn from_file(path: &Path, home: Home<'_>) -> Result<Self, KeyError> {
        let failed = |cause| KeyError::Io { path: path.to_owned(), cause };
        let (path_of_key, folder) = (|| path.to_owned(), || home.folder.to_owned());
        if real(path).starts_with(real(home.folder)) {
            return Err(KeyError::Inside { path: path_of_key(), folder: folder() });
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound && !home.is_new => {
                return Err(KeyError::Missing { path: path_of_key(), folder: folder() });
            }
            Err(cause) if cause.kind() == ErrorKind::NotFound => match create_key_file(path)? {
                Some(key) => return Ok(Self::derive(&key)),
                // Another process has just made it.
                None => File::open(path).map_err(failed)?,
            },
            Err(cause) => return Err(failed(cause)),
        };
        // Asked of the open file and not of the path, which may lead elsewhere a moment later.
        let mode = file.metadata().map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyError::TooOpen { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(KEY_TEXT_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        let origin = || format!("The key file {}", path.display());
        let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::Malformed { origin: origin() })?;
        Self::from_text(text, &origin())
    }

    fn from_text(text: &str, origin: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { origin: origin.to_owned() };
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).map_err(|_| malformed())?);
        let key: &[u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| malformed())?;
        Ok(Self::derive(key))
    }

    /// The key that signs compiled components.
    pub fn cache_key(&self) -> &[u8; KEY_BYTES] {
        &self.cache
    }

    /// Seals a value for its place.
    pub fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(SealError::Random)?;
        let cipher = XChaCha20Poly1305::new((&*self.sealing).into());
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: value, aad: &place.bytes() })
            .map_err(|_| refused(place))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Unseals a value at its place.
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Secret, SealError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(|| refused(place))?;
        let cipher = XChaCha20Poly1305::new((&*self.sealing).into());
        let value = cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &place.bytes() })
            .map_err(|_| refused(place))?;
        Ok(Secret::new(value))
    }
}

/// A path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let existing = path.ancestors().find_map(|part| Some((part, std::fs::canonicalize(part).ok()?)));
    match existing {
        Some((part, real)) => path.strip_prefix(part).map_or_else(|_| path.clone(), |rest| real.join(rest)),
        None => path,
    }
}

fn refused(place: Place<'_>) -> SealError {
    SealError::Refused { purpose: place.purpose.label(), name: place.name.to_owned() }
}

/// HKDF-SHA-256, extraction with the label as salt: its one block is just the key wanted, and it cannot fail.
fn subkey(key: &[u8; KEY_BYTES], label: &[u8]) -> Zeroizing<[u8; KEY_BYTES]> {
    let (block, _) = Hkdf::<Sha256>::extract(Some(label), key);
    Zeroizing::new(block.into())
}

/// `$XDG_CONFIG_HOME/host-harness/key`, else `~/.config/host-harness/key`.
pub fn default_key_file() -> Result<PathBuf, KeyError> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let config = variable("XDG_CONFIG_HOME").or_else(|| variable("HOME").map(|home| home.join(".config")));
    config.map(|config| config.join("host-harness").join("key")).ok_or(KeyError::Homeless)
}

/// Makes the key file; absent when another process was faster.
///
/// The key is written to a file beside it and linked into place: the key file is never seen half written, and one that
/// is there is never replaced.
fn create_key_file(path: &Path) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, KeyError> {
    let failed = |cause| KeyError::Io { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(key.as_mut_slice()).map_err(KeyError::Random)?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = write_new(&draft, &key).and_then(|()| std::fs::hard_link(&draft, path));
    // The draft holds the key: it goes whatever happened. One that was never made needs no removal.
    let removed = std::fs::remove_file(&draft);
    match written {
        Ok(()) => removed.map_err(failed).map(|()| Some(key)),
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists && path.exists() => Ok(None),
        Err(cause) => Err(failed(cause)),
    }
}

fn write_new(path: &Path, key: &[u8; KEY_BYTES]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let text = Zeroizing::new(BASE64.encode(key) + "\n");
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
