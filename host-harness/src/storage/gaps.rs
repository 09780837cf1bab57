//! Gaps: what could not be had, because of what, and how to mend it.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};
use crate::contract::exports::binadox::connector::connector::Gap;

/// A gap that holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredGap {
    /// Id of the task.
    pub partition: String,
    /// What is missing.
    pub gap: Gap,
    /// When it was noticed.
    pub at: Timestamp,
}

impl Database {
    /// The gaps of a connection that hold now: those of visible rows, and those of tasks that failed last.
    pub fn gaps(&self, _connection: ConnectionId) -> Result<Vec<StoredGap>, StorageError> {
        todo!()
    }
}
