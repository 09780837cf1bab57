//! One run of a connection at a time, over all processes.

use super::{Database, StorageError};

/// Held while a connection runs; given back when dropped, and by the system when the process ends.
#[derive(Debug)]
pub struct RunLock(());

impl Database {
    /// Takes the lock of a connection's runs, or says which process holds it.
    pub fn lock_run(&self, _name: &str) -> Result<RunLock, StorageError> {
        todo!()
    }
}
