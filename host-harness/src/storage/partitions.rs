//! Partitions: what a task builds, and how fresh it is.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::generations::unseal;
use super::{ConnectionId, Database, StorageError, column};
use crate::contract::types::Error;
use crate::seal::{Place, Purpose};

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
    ///
    /// # Errors
    /// A bookmark does not open, or the database cannot be read.
    pub fn partitions(&self, connection: ConnectionId) -> Result<Vec<PartitionState>, StorageError> {
        self.read(|tx| {
            let mut states = of_connection(tx, connection)?;
            let mut statement =
                tx.prepare_cached("SELECT bookmark FROM task_partition WHERE connection = ? AND task = ?")?;
            for state in &mut states {
                let sealed = statement.query_row(params![connection.0, state.id], |row| row.get(0))?;
                let place = Place { connection: connection.0, name: &state.id, purpose: Purpose::Bookmark };
                state.bookmark = unseal(self.keyring(), place, sealed)?;
            }
            Ok(states)
        })
    }
}

/// The partitions of a connection, by id, without their bookmarks.
pub(crate) fn of_connection(tx: &Transaction<'_>, connection: ConnectionId) -> Result<Vec<PartitionState>, Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT p.task, p.dataset, p.published, p.checked, p.rows, p.cause, p.failed,
           building.started, building.steps, building.rows
         FROM task_partition p LEFT JOIN building ON building.partition = p.id
         WHERE p.connection = ? ORDER BY p.task",
    )?;
    let found = statement.query_map([connection.0], |row| {
        let unfinished = match column::instant_if_any(row, 7)? {
            Some(started) => Some(Unfinished { started, steps: row.get(8)?, rows: row.get(9)? }),
            None => None,
        };
        Ok(PartitionState {
            id: row.get(0)?,
            dataset: row.get(1)?,
            published: column::instant_if_any(row, 2)?,
            checked: column::instant_if_any(row, 3)?,
            bookmark: None,
            rows: row.get(4)?,
            cause: column::json_if_any(row, 5)?,
            failed: column::instant_if_any(row, 6)?,
            unfinished,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
