//! Sealed secrets of one connection.

use super::{ConnectionId, Database, StorageError};
use crate::secret::Secret;

/// The secrets of one connection. Each is sealed for exactly this connection and its name.
#[derive(Clone)]
pub struct ConnectionVault {}

impl ConnectionVault {
    /// The vault of a connection.
    pub fn new(_database: Database, _connection: ConnectionId) -> Self {
        todo!()
    }
    /// The secret of this name.
    pub fn get(&self, _name: &str) -> Result<Option<Secret>, StorageError> {
        todo!()
    }
    /// Keeps a secret, in place of the one before. It survives a loss of power from then on.
    pub fn put(&self, _name: &str, _value: &Secret) -> Result<(), StorageError> {
        todo!()
    }
    /// Deletes a secret.
    pub fn delete(&self, _name: &str) -> Result<(), StorageError> {
        todo!()
    }
}
