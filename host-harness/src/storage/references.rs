//! Reference files: what a customer adds to what the service tells.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};

/// A reference file that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As the manifest names it.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was imported.
    pub imported: Timestamp,
}

impl Database {
    /// Stores a reference file, in place of the one before.
    pub fn put_reference(
        &self,
        _connection: ConnectionId,
        _name: &str,
        _bytes: &[u8],
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        todo!()
    }
    /// At most `most` bytes of a reference file from an offset; absent when there is none.
    pub fn reference(
        &self,
        _connection: ConnectionId,
        _name: &str,
        _offset: u64,
        _most: u32,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        todo!()
    }
    /// The reference files of a connection, by name.
    pub fn references(&self, _connection: ConnectionId) -> Result<Vec<Reference>, StorageError> {
        todo!()
    }
}
