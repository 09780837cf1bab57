//! Sealed secrets of one connection.

use std::fs::{OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

use rusqlite::{OptionalExtension, Transaction, params};

use super::error::{Failure, io_error};
use super::{ConnectionId, Database, StorageError};
use crate::credentials::{Turn, Vault};
use crate::seal::{Keyring, Place, Purpose};
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
}

impl Vault for ConnectionVault {
    fn get(&self, name: &str) -> Result<Option<Secret>, StorageError> {
        self.database.read(|tx| {
            let sealed: Option<Vec<u8>> = tx
                .prepare_cached("SELECT value FROM secret WHERE connection = ? AND name = ?")?
                .query_row(params![self.connection.0, name], |row| row.get(0))
                .optional()?;
            Ok(sealed
                .map(|sealed| self.database.keyring().unseal(place(self.connection, name), &sealed))
                .transpose()?)
        })
    }

    /// It survives a loss of power from then on.
    fn put(&self, name: &str, value: &Secret) -> Result<(), StorageError> {
        self.database.write_through(|tx| put(tx, self.database.keyring(), self.connection, name, value))
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
        self.database.write_through(|tx| delete(tx, self.connection, name))
    }
}

fn place(connection: ConnectionId, name: &str) -> Place<'_> {
    Place { connection: connection.0, name, purpose: Purpose::Secret }
}

/// Seals a secret in the place of the one before.
pub(super) fn put(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    connection: ConnectionId,
    name: &str,
    value: &Secret,
) -> Result<(), Failure> {
    let sealed = keyring.seal(place(connection, name), value.expose())?;
    tx.execute(
        "INSERT OR REPLACE INTO secret (connection, name, value) VALUES (?, ?, ?)",
        params![connection.0, name, sealed],
    )?;
    Ok(())
}

/// Deletes a secret; it is no fault when there is none.
pub(super) fn delete(tx: &Transaction<'_>, connection: ConnectionId, name: &str) -> Result<(), Failure> {
    tx.execute("DELETE FROM secret WHERE connection = ? AND name = ?", params![connection.0, name])?;
    Ok(())
}
