//! The database file.

use std::path::Path;

use super::StorageError;
use crate::seal::Keyring;

/// The database of a data folder. Clones share it.
#[derive(Clone)]
pub struct Database(std::sync::Arc<Keyring>);

impl Database {
    /// Opens the database of a data folder; folder and file are made when they are missing.
    pub fn open(_data_dir: &Path, _keyring: Keyring) -> Result<Self, StorageError> {
        todo!()
    }
    /// The database file.
    pub fn path(&self) -> &Path {
        todo!()
    }
}
