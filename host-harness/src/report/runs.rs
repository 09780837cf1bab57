//! What the last runs of each connection took.

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::storage::{self, Database, StorageError};
use crate::text::counted;

/// Runs of one connection that are told: those of more than a week of daily runs.
const MOST: u32 = 10;

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
];

impl Database {
    /// The last runs of each connection, the newest first, and how many rows are visible now.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn runs_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Last runs", COLUMNS);
            for connection in question.connections(tx)? {
                let states = storage::partitions(tx, connection.id)?;
                let stored = states.iter().map(|state| state.rows).fold(0, u64::saturating_add);
                if stored > 0 {
                    let rows = counted(stored, "row is", "rows are");
                    report.notes.push(format!("{}: {rows} stored.", connection.name));
                }
                for run in storage::recent_runs(tx, connection.id, MOST)? {
                    let seconds = run.ended.map(|ended| ended.duration_since(run.started).as_secs());
                    report.rows.push(vec![
                        Cell::Text(connection.name.clone()),
                        Cell::Instant(run.started),
                        seconds.map_or(Cell::Absent, Cell::Count),
                        cell::count(run.totals.done),
                        cell::count(run.totals.failed),
                        cell::count(run.totals.steps),
                        cell::count(run.totals.requests),
                        cell::count(run.totals.bytes),
                        cell::count(run.totals.rows),
                    ]);
                }
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}
