//! What can go wrong with the data folder, as one sentence each.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::contract::types::Fault;
use crate::seal::{KeyError, SealError};

/// Why the data folder could not be used. Each message says what happened and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The data folder is a file, a socket or something else.
    #[error("{} is not a folder. Name another data folder, or move that file away.", .0.display())]
    NotAFolder(PathBuf),
    /// `data.sqlite` is a folder or something else.
    #[error("{} is not a file. Name another data folder, or move it away.", .0.display())]
    NotAFile(PathBuf),
    /// The rights do not allow to make, read or write something.
    #[error("There is no right to {act} {}. Change its rights or name another data folder.", .path.display())]
    NoRights {
        /// What was tried: `make`, `read`, `write to`.
        act: &'static str,
        /// With what.
        path: PathBuf,
    },
    /// The database can be read and not written.
    #[error("{} is read-only. Make it writable, or name another data folder.", .0.display())]
    ReadOnly(PathBuf),
    /// No space is left.
    #[error(
        "The disk with {} is full. Free some space and run the same command again: what was collected before is kept.",
        .0.display()
    )]
    DiskFull(PathBuf),
    /// The disk, or a limit on the size of files, takes nothing more.
    #[error(
        "{} cannot be written: the disk fails, or a limit on the size of files is reached. Mend that and run the same command again: what was collected before is kept.",
        .0.display()
    )]
    Unwritable(PathBuf),
    /// The file is something else.
    #[error("{} is not a database of this program. Name another data folder, or move that file away.", .0.display())]
    NotADatabase(PathBuf),
    /// The file is damaged.
    #[error(
        "The database {} is damaged ({detail}). It was left as it is: move it away and collect again, or put a backup in its place.",
        .path.display()
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// A newer version of this program wrote the file.
    #[error(
        "The database {} was written by a newer version of this program (layout {found}, this one knows {known}). Use the newer version, or name another data folder.",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The layout of the file.
        found: i64,
        /// The newest layout that this program knows.
        known: i64,
    },
    /// Another process writes for too long.
    #[error("Another process keeps the database {} busy. Wait until it has ended, and run the same command again.", .0.display())]
    Busy(PathBuf),
    /// A run of the same connection is going on.
    #[error("Another run of {name} is going on (process {pid}). Wait until it has ended, or stop it.")]
    RunGoingOn {
        /// The connection.
        name: String,
        /// The process that runs it, or `unknown`.
        pid: String,
    },
    /// A sealed value does not open, or a value could not be sealed.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The key could not be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key is not the one of this folder.
    #[error(
        "The key does not fit the data folder {}. Use the key that was in use when the folder was made, or name another data folder.",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// There is no such connection.
    #[error("There is no connection named {0}. Configure it first; `status` lists those that exist.")]
    NoConnection(String),
    /// The connection has a destination of this name.
    #[error("There is a destination named {0} already. Choose another name, or remove it first.")]
    DestinationExists(String),
    /// The connection belongs to another account.
    #[error(
        "The connection {name} holds data of {was}, and {now} is another account. Use another connection name for it, or forget {name} first."
    )]
    OtherAccount {
        /// The connection.
        name: String,
        /// The account whose data is stored.
        was: String,
        /// The account that was connected now.
        now: String,
    },
    /// The generation that a step belongs to is gone.
    #[error(
        "What was collected of {task} so far is gone, because the connection was changed or forgotten meanwhile. Run it again."
    )]
    GenerationGone {
        /// Id of the task.
        task: String,
    },
    /// A value of a row cannot be kept.
    #[error(
        "The connector gave a row of the kind {kind} that cannot be kept: {what}. This is a defect of the connector; report it to its makers."
    )]
    Unfit {
        /// The kind of the row.
        kind: &'static str,
        /// Which value, and why.
        what: String,
    },
    /// A stored value cannot be read.
    #[error("The database {} holds a value that cannot be read ({what}). Move it away and collect again, or put a backup in its place.", .path.display())]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// Which value.
        what: String,
    },
    /// A reference file is too large.
    #[error("The file {name} has {bytes} bytes; a reference file has at most {most}. Shorten it.")]
    ReferenceTooLarge {
        /// Name of the reference file.
        name: String,
        /// Its size.
        bytes: u64,
        /// The most that is taken.
        most: u64,
    },
    /// The position in a scan was not made by this host.
    #[error(
        "The position {0:?} was not given by a scan before. This is a defect of the connector; report it to its makers."
    )]
    Position(String),
    /// The kinds that a task may read do not include this one.
    #[error(
        "The task may not read rows of the kind {0}: it does not name a dataset that emits them in its needs. This is a defect of the connector; report it to its makers."
    )]
    NotNeeded(&'static str),
    /// Input or output failed in another way.
    #[error("{} cannot be used: {cause}. Mend that, or name another data folder.", .path.display())]
    Io {
        /// With what.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// SQLite failed in another way.
    #[error("The database {} failed: {cause}. Run the same command again; if it fails the same way, report it.", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
}

impl From<StorageError> for Fault {
    /// As a component is told of it.
    fn from(error: StorageError) -> Self {
        Self::new(error.to_string(), None)
    }
}

/// A failure inside a transaction, before it is known of which file.
pub(crate) enum Failure {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The whole sentence is known already.
    Told(StorageError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Told(error)
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::Told(StorageError::Sealed(error))
    }
}

impl Failure {
    /// The sentence for the database at this path.
    pub(super) fn at(self, path: &Path) -> StorageError {
        let error = match self {
            Self::Told(error) => return error,
            Self::Sqlite(error) => error,
        };
        let path = path.to_owned();
        match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => StorageError::Unreadable { path, what: error.to_string() },
            _ if error
                .sqlite_error()
                .is_some_and(|refused| refused.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE) =>
            {
                StorageError::Unwritable(path)
            }
            _ => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => StorageError::DiskFull(path),
                Some(ErrorCode::NotADatabase) => StorageError::NotADatabase(path),
                Some(ErrorCode::DatabaseCorrupt) => StorageError::Corrupt { path, detail: error.to_string() },
                Some(ErrorCode::ReadOnly) => StorageError::ReadOnly(path),
                Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                    StorageError::NoRights { act: "open", path }
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::Busy(path),
                _ => StorageError::Database { path, cause: error },
            },
        }
    }
}

/// The sentence for a file or folder that could not be made, read or written.
pub(super) fn io_error(act: &'static str, path: &Path, cause: std::io::Error) -> StorageError {
    use std::io::ErrorKind;
    let path = path.to_owned();
    match cause.kind() {
        ErrorKind::PermissionDenied => StorageError::NoRights { act, path },
        ErrorKind::ReadOnlyFilesystem => StorageError::ReadOnly(path),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StorageError::DiskFull(path),
        ErrorKind::FileTooLarge => StorageError::Unwritable(path),
        ErrorKind::NotADirectory => StorageError::NotAFolder(path),
        ErrorKind::IsADirectory => StorageError::NotAFile(path),
        _ => StorageError::Io { path, cause },
    }
}
