//! Sealed secrets of one connection.

use std::fs::{OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

use rusqlite::{OptionalExtension, params};

use super::error::io_error;
use super::{ConnectionId, Database, StorageError};
use crate::credentials::{Turn, Vault};
use crate::seal::{Place, Purpose};
use crate::secret::Secret;

/// The secrets of one connection. Each is sealed for exactly this connection and its name.
#[derive(Clone)]
pub struct ConnectionVault {
    database: Database,
    connection: ConnectionId,
}

impl ConnectionVault {
    /// The vault of a connection.
    pub fn new(database: Database, connection: ConnectionId) -> Self {
        Self { database, connection }
    }

    fn place<'a>(&self, name: &'a str) -> Place<'a> {
        Place { connection: self.connection.0, name, purpose: Purpose::Secret }
    }
}

impl Vault for ConnectionVault {
    fn get(&self, name: &str) -> Result<Option<Secret>, StorageError> {
        self.database.read(|tx| {
            let sealed: Option<Vec<u8>> = tx
                .prepare_cached("SELECT value FROM secret WHERE connection = ? AND name = ?")?
                .query_row(params![self.connection.0, name], |row| row.get(0))
                .optional()?;
            Ok(sealed.map(|sealed| self.database.keyring().unseal(self.place(name), &sealed)).transpose()?)
        })
    }

    /// It survives a loss of power from then on.
    fn put(&self, name: &str, value: &Secret) -> Result<(), StorageError> {
        let sealed = self.database.keyring().seal(self.place(name), value.expose())?;
        self.database.write_through(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO secret (connection, name, value) VALUES (?, ?, ?)",
                params![self.connection.0, name, sealed],
            )?;
            Ok(())
        })
    }

    /// A lock on a file of the data folder, which the system gives back when the process ends in any way.
    fn turn(&self) -> Result<Option<Turn>, StorageError> {
        let path = self.database.folder().join(format!("renew-{}.lock", self.connection.0));
        let failed = |cause| io_error("write to", &path, cause);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(failed(cause)),
        }
    }

    fn delete(&self, name: &str) -> Result<(), StorageError> {
        self.database.write_through(|tx| {
            tx.execute("DELETE FROM secret WHERE connection = ? AND name = ?", params![self.connection.0, name])?;
            Ok(())
        })
    }
}
