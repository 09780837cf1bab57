//! One run of a connection at a time, over all processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::error::io_error;
use super::{ConnectionId, Database, StorageError};

/// Longer than somebody holds a lock who only looks whether it is free.
const GLANCE: Duration = Duration::from_millis(20);

/// Held while a connection runs; given back when dropped, and by the system when the process ends in any way.
#[derive(Debug)]
pub struct RunLock {
    /// Locked as long as it is open.
    _file: File,
    path: PathBuf,
}

impl Database {
    /// Takes the lock of a connection's runs.
    ///
    /// # Errors
    /// There is no connection of this name; or another run of it is going on, in this process or another one.
    pub fn lock_run(&self, name: &str) -> Result<RunLock, StorageError> {
        self.lock("run", name)
    }

    /// Takes the lock of what is sent for a connection; absent when another process sends.
    ///
    /// # Errors
    /// There is no connection of this name, or the data folder cannot be written.
    pub fn lock_delivery(&self, name: &str) -> Result<Option<RunLock>, StorageError> {
        match self.lock("delivery", name) {
            Ok(lock) => Ok(Some(lock)),
            Err(StorageError::RunGoingOn { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A run of a connection goes on, in this process or another one.
    pub(crate) fn run_goes_on(&self, connection: ConnectionId) -> bool {
        // A lock that others may share is given back at once, and who wants the lock for itself tries twice.
        let file = File::open(self.lock_file("run", connection));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn lock_file(&self, what: &str, connection: ConnectionId) -> PathBuf {
        self.folder().join(format!("{what}-{}.lock", connection.0))
    }

    fn lock(&self, what: &str, name: &str) -> Result<RunLock, StorageError> {
        let connection = self.connection(name)?.ok_or_else(|| StorageError::NoConnection(name.to_owned()))?;
        let path = self.lock_file(what, connection.id);
        let failed = |cause| io_error("write to", &path, cause);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let tried = match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(GLANCE);
                file.try_lock()
            }
            tried => tried,
        };
        match tried {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Whose number cannot be read is still running.
                let known = file.read_to_string(&mut pid).is_ok() && !pid.is_empty();
                let pid = if known { pid } else { "unknown".to_owned() };
                return Err(StorageError::RunGoingOn { name: name.to_owned(), pid });
            }
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
        file.set_len(0).and_then(|()| write!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(RunLock { _file: file, path })
    }
}

impl RunLock {
    /// Gives the lock back and removes its file, after the connection was forgotten.
    pub(super) fn remove(self) -> Result<(), StorageError> {
        std::fs::remove_file(&self.path).map_err(|cause| io_error("remove", &self.path, cause))
    }
}
