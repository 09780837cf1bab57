//! When the next run of a connection is planned by a program that runs regularly.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::{ConnectionId, Database, StorageError, column, moment};

impl Database {
    /// Notes when the next run of a connection is planned; absent: no longer.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn plan_run(&self, connection: ConnectionId, at: Option<Timestamp>) -> Result<(), StorageError> {
        self.write(|tx| {
            match at {
                // A connection that was forgotten meanwhile has no plan.
                Some(at) => tx.execute(
                    "INSERT OR REPLACE INTO planned_run (connection, at)
                     SELECT id, ?2 FROM connection WHERE id = ?1",
                    params![connection.0, moment::text_of(at)],
                )?,
                None => tx.execute("DELETE FROM planned_run WHERE connection = ?", [connection.0])?,
            };
            Ok(())
        })
    }
}

/// When the next run of a connection is planned.
pub(crate) fn of_connection(tx: &Transaction<'_>, connection: ConnectionId) -> Result<Option<Timestamp>, Failure> {
    let mut statement = tx.prepare_cached("SELECT at FROM planned_run WHERE connection = ?")?;
    Ok(statement.query_row([connection.0], |row| column::instant(row, 0)).optional()?)
}
