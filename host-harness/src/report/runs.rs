//! What the last run of each connection took.

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::storage::{self, Database, StorageError};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("started", "Started", Unit::Instant),
    column("seconds", "Seconds", Unit::Count),
    column("tasks_done", "Tasks done", Unit::Count),
    column("tasks_failed", "Failed", Unit::Count),
    column("steps", "Steps", Unit::Count),
    column("requests", "Requests", Unit::Count),
    column("bytes", "Bytes", Unit::Count),
    column("rows_emitted", "Rows emitted", Unit::Count),
    column("rows_stored", "Rows stored", Unit::Count),
];

impl Database {
    /// The last run of each connection that was ever run, and the rows that are visible now.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn runs_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Last runs", COLUMNS);
            for connection in question.connections(tx)? {
                let Some(run) = storage::last_run(tx, connection.id)? else { continue };
                let states = storage::partitions(tx, connection.id)?;
                let rows = states.iter().map(|state| state.rows).fold(0, u64::saturating_add);
                let seconds = run.ended.map(|ended| ended.duration_since(run.started).as_secs());
                report.rows.push(vec![
                    Cell::Text(connection.name),
                    Cell::Instant(run.started),
                    seconds.map_or(Cell::Absent, Cell::Count),
                    cell::count(run.totals.done),
                    cell::count(run.totals.failed),
                    cell::count(run.totals.steps),
                    cell::count(run.totals.requests),
                    cell::count(run.totals.bytes),
                    cell::count(run.totals.rows),
                    cell::count(rows),
                ]);
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}
