//! Generations: a partition is built beside the published one and takes its place when it is complete.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};
use crate::contract::binadox::connector::rows::Row;
use crate::contract::binadox::connector::types::Error;
use crate::contract::exports::binadox::connector::connector::{Gap, Task};

/// A generation that is being built.
#[derive(Debug)]
pub struct Building {
    /// The database's own id.
    pub generation: i64,
    /// Where the next step begins; absent for the first.
    pub cursor: Option<Vec<u8>>,
    /// What the task left when its partition was published.
    pub bookmark: Option<Vec<u8>>,
    /// Steps committed so far.
    pub steps: u64,
    /// Rows emitted so far.
    pub rows: u64,
    /// An earlier process began it.
    pub resumed: bool,
    /// When it was begun.
    pub started: Timestamp,
}

impl Database {
    /// Begins to build a partition, or resumes where an earlier process stopped.
    ///
    /// An unfinished generation is resumed when the same component made it less than 24 hours ago; an older one, or one
    /// of another component, is thrown away.
    pub fn begin(&self, _connection: ConnectionId, _task: &Task, _now: Timestamp) -> Result<Building, StorageError> {
        todo!()
    }
    /// Keeps the rows and gaps of a step together with the cursor of the next one, in one transaction.
    pub fn commit_step(
        &self,
        _building: &mut Building,
        _rows: &[Row],
        _cursor: &[u8],
        _gaps: &[Gap],
    ) -> Result<(), StorageError> {
        todo!()
    }
    /// Keeps the rows of the last step, makes the generation visible and deletes the one before, in one transaction.
    pub fn publish(
        &self,
        _building: Building,
        _rows: &[Row],
        _bookmark: Option<&[u8]>,
        _gaps: &[Gap],
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        todo!()
    }
    /// The published generation stays and counts as fresh; what was built beside it is thrown away.
    pub fn unchanged(
        &self,
        _building: Building,
        _bookmark: Option<&[u8]>,
        _gaps: &[Gap],
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        todo!()
    }
    /// Throws away what was built: the task starts again.
    pub fn discard(&self, _building: Building) -> Result<(), StorageError> {
        todo!()
    }
    /// The task gave up: the last good rows stay and count as stale, and the cause is kept as a gap.
    ///
    /// With `keep_cursor`, the next run goes on where this one stopped.
    pub fn fail(
        &self,
        _building: Building,
        _cause: &Error,
        _keep_cursor: bool,
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        todo!()
    }
}
