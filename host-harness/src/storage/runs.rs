//! Runs: when a connection was collected, and what that took.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::{ConnectionId, Database, StorageError, column, moment};

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
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn begin_run(&self, connection: ConnectionId, now: Timestamp) -> Result<RunId, StorageError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO run (connection, started) VALUES (?, ?)",
                params![connection.0, moment::text_of(now)],
            )?;
            Ok(RunId(tx.last_insert_rowid()))
        })
    }

    /// Notes that a run has ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn end_run(&self, run: RunId, totals: RunTotals, now: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE run SET ended = ?, requests = ?, bytes = ?, steps = ?, rows = ?, done = ?, failed = ? WHERE id = ?",
                params![
                    moment::text_of(now),
                    totals.requests,
                    totals.bytes,
                    totals.steps,
                    totals.rows,
                    totals.done,
                    totals.failed,
                    run.0
                ],
            )?;
            Ok(())
        })
    }

    /// The last run of a connection.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_run(&self, connection: ConnectionId) -> Result<Option<StoredRun>, StorageError> {
        self.read(|tx| last(tx, connection))
    }
}

/// The last run of a connection.
pub(crate) fn last(tx: &Transaction<'_>, connection: ConnectionId) -> Result<Option<StoredRun>, Failure> {
    Ok(recent(tx, connection, 1)?.pop())
}

/// The last so many runs of a connection, the newest first.
pub(crate) fn recent(tx: &Transaction<'_>, connection: ConnectionId, most: u32) -> Result<Vec<StoredRun>, Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT id, started, ended, requests, bytes, steps, rows, done, failed
         FROM run WHERE connection = ? ORDER BY id DESC LIMIT ?",
    )?;
    let found = statement.query_map(params![connection.0, most], |row| {
        let totals = RunTotals {
            requests: row.get(3)?,
            bytes: row.get(4)?,
            steps: row.get(5)?,
            rows: row.get(6)?,
            done: row.get(7)?,
            failed: row.get(8)?,
        };
        Ok(StoredRun {
            id: RunId(row.get(0)?),
            started: column::instant(row, 1)?,
            ended: column::instant_if_any(row, 2)?,
            totals,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
