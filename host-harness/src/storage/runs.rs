//! Runs: when a connection was collected, and what that took.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};

/// The database's own id of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunId(pub i64);

/// What a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTotals {
    /// HTTP requests made.
    pub requests: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Steps done.
    pub steps: u64,
    /// Rows emitted.
    pub rows: u64,
    /// Tasks that went well.
    pub done: u64,
    /// Tasks that failed.
    pub failed: u64,
}

/// A run of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// The database's own id.
    pub id: RunId,
    /// When it started.
    pub started: Timestamp,
    /// When it ended; absent while it goes on, or when its process was ended.
    pub ended: Option<Timestamp>,
    /// What it took.
    pub totals: RunTotals,
}

impl Database {
    /// Notes that a run starts.
    pub fn begin_run(&self, _connection: ConnectionId, _now: Timestamp) -> Result<RunId, StorageError> {
        todo!()
    }
    /// Notes that a run has ended.
    pub fn end_run(&self, _run: RunId, _totals: RunTotals, _now: Timestamp) -> Result<(), StorageError> {
        todo!()
    }
    /// The last run of a connection.
    pub fn last_run(&self, _connection: ConnectionId) -> Result<Option<StoredRun>, StorageError> {
        todo!()
    }
}
