//! Partitions: what a task builds, and how fresh it is.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};
use crate::contract::binadox::connector::types::Error;

/// A generation that is not finished.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// When it was begun.
    pub started: Timestamp,
    /// Steps committed so far.
    pub steps: u64,
    /// Rows emitted so far.
    pub rows: u64,
}

/// What is known of a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionState {
    /// Id of the task that builds it.
    pub id: String,
    /// Id of its dataset.
    pub dataset: String,
    /// When the rows that are visible were published; absent when it never was.
    pub published: Option<Timestamp>,
    /// When it was last published or found unchanged.
    pub checked: Option<Timestamp>,
    /// What the task left for itself.
    pub bookmark: Option<Vec<u8>>,
    /// Visible rows.
    pub rows: u64,
    /// Why the last attempt failed; absent when it went well.
    pub cause: Option<Error>,
    /// When the last attempt failed.
    pub failed: Option<Timestamp>,
    /// What is being built beside it.
    pub unfinished: Option<Unfinished>,
}

impl PartitionState {
    /// The visible rows are not those of the last attempt.
    pub fn is_stale(&self) -> bool {
        self.published.is_some() && self.cause.is_some()
    }
}

impl Database {
    /// The partitions of a connection, by id.
    pub fn partitions(&self, _connection: ConnectionId) -> Result<Vec<PartitionState>, StorageError> {
        todo!()
    }
}
