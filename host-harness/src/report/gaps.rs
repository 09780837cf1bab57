//! What could not be had, why, and how to mend it.

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::storage::{self, Database, StorageError};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("dataset", "Dataset", Unit::Text),
    column("field", "Column", Unit::Text),
    column("cause", "Why it is missing", Unit::Text),
    column("code", "Code", Unit::Text),
    column("mend", "What would mend it", Unit::Text),
    column("noticed", "Noticed", Unit::Instant),
    column("partition", "Task", Unit::Text),
];

impl Database {
    /// Gaps that hold now, by dataset. A gap that many partitions of a dataset share is one row, with the newest time.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn gaps_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Gaps", COLUMNS);
            for connection in question.connections(tx)? {
                let mut kept: Vec<(storage::StoredGap, u64)> = Vec::new();
                for found in storage::gaps(tx, connection.id)? {
                    match kept.iter_mut().find(|(before, _)| same(before, &found)) {
                        Some((before, more)) => {
                            before.at = before.at.max(found.at);
                            *more += 1;
                        }
                        None => kept.push((found, 0)),
                    }
                }
                report.rows.extend(kept.iter().map(|(found, more)| {
                    let fault = found.gap.cause.fault();
                    vec![
                        Cell::Text(connection.name.clone()),
                        Cell::Text(found.gap.dataset.clone()),
                        cell::text(found.gap.field.as_ref()),
                        Cell::Text(fault.map_or_else(|| found.gap.cause.sentence(), |fault| fault.message.clone())),
                        cell::text(fault.and_then(|fault| fault.code.as_ref())),
                        Cell::Text(found.gap.mend.clone()),
                        Cell::Instant(found.at),
                        Cell::Text(match more {
                            0 => found.partition.clone(),
                            more => format!("{} and {more} more", found.partition),
                        }),
                    ]
                }));
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

/// The same thing is missing for the same reason; a request id does not make another reason.
fn same(left: &storage::StoredGap, right: &storage::StoredGap) -> bool {
    let reason = |gap: &storage::StoredGap| {
        let code = gap.gap.cause.fault().and_then(|fault| fault.code.clone());
        (gap.gap.dataset.clone(), gap.gap.field.clone(), gap.gap.cause.case(), code, gap.gap.mend.clone())
    };
    reason(left) == reason(right)
}
