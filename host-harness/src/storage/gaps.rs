//! Gaps: what could not be had, because of what, and how to mend it.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::{ConnectionId, Database, StorageError, column};
use crate::contract::connector::Gap;
use crate::contract::types::Error;

/// A gap that holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredGap {
    /// Id of the task.
    pub partition: String,
    /// What is missing.
    pub gap: Gap,
    /// When it was noticed: the generation was published, or the attempt failed.
    pub at: Timestamp,
}

impl Database {
    /// The gaps of a connection that hold now, by dataset: those of visible rows, and those of tasks that failed last.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn gaps(&self, connection: ConnectionId) -> Result<Vec<StoredGap>, StorageError> {
        self.read(|tx| of_connection(tx, connection))
    }
}

/// The gaps of a connection that hold now.
pub(crate) fn of_connection(tx: &Transaction<'_>, connection: ConnectionId) -> Result<Vec<StoredGap>, Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT p.task, gap.dataset, gap.field, gap.cause, gap.mend, gap.noticed
         FROM gap JOIN task_partition p ON p.id = gap.partition
         WHERE p.connection = ? AND (gap.generation IS NULL OR gap.generation = p.generation)
         ORDER BY gap.dataset, gap.field, p.task, gap.mend",
    )?;
    let found = statement.query_map([connection.0], |row| {
        Ok(StoredGap {
            partition: row.get(0)?,
            gap: Gap { dataset: row.get(1)?, field: row.get(2)?, cause: column::json(row, 3)?, mend: row.get(4)? },
            at: column::instant(row, 5)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What is done about what passes by itself, when a run has waited long enough for it.
const LATER: &str = "Run again later.";

/// The gap that a failed task leaves: its whole dataset could not be renewed.
pub(super) fn of_failure(dataset: String, cause: &Error) -> Gap {
    let told = cause.fault().and_then(|fault| fault.mend.clone());
    let mend = told.unwrap_or_else(|| match cause {
        Error::InvalidSettings(_) => "Correct the settings.".to_owned(),
        Error::SignInNeeded(_) => "Connect again.".to_owned(),
        Error::Forbidden(refusal) => format!("Grant {}.", refusal.permission),
        Error::LicenceNeeded(licence) => format!("It needs {}.", licence.plan),
        Error::Throttled(_) | Error::Unavailable(_) | Error::CursorExpired(_) => LATER.to_owned(),
        Error::NotFound(_) => "The service does not offer it here.".to_owned(),
        Error::Storage(_) => "Mend what is said there, and run again.".to_owned(),
        Error::Protocol(_) | Error::Internal(_) | Error::Other(_) => {
            "Run again; if it fails the same way, report it to the makers of the connector.".to_owned()
        }
    });
    let passes = matches!(cause, Error::Throttled(_) | Error::Unavailable(_)) && mend != LATER;
    let mend = if passes { format!("{LATER} {mend}") } else { mend };
    Gap { dataset, field: None, cause: cause.clone(), mend }
}

/// Keeps a gap, once for each generation.
pub(super) fn insert(
    tx: &Transaction<'_>,
    partition: i64,
    generation: Option<i64>,
    gap: &Gap,
    noticed: Option<&str>,
) -> Result<(), Failure> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO gap (partition, generation, dataset, field, message, code, mend, cause, noticed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        partition,
        generation,
        gap.dataset,
        gap.field,
        gap.cause.sentence(),
        gap.cause.fault().and_then(|fault| fault.code.as_ref()),
        gap.mend,
        column::to_json(&gap.cause)?,
        noticed,
    ])?;
    Ok(())
}

/// The gaps of this generation take the place of all others of its partition.
pub(super) fn publish(tx: &Transaction<'_>, partition: i64, generation: i64, now: &str) -> Result<(), Failure> {
    tx.execute("DELETE FROM gap WHERE partition = ? AND generation IS NOT ?", params![partition, generation])?;
    tx.execute("UPDATE gap SET noticed = ? WHERE partition = ?", params![now, partition])?;
    Ok(())
}

/// The last attempt did not fail, or failed for another reason.
pub(super) fn clear_failure(tx: &Transaction<'_>, partition: i64) -> Result<(), Failure> {
    tx.execute("DELETE FROM gap WHERE partition = ? AND generation IS NULL", [partition])?;
    Ok(())
}

/// Deletes the gaps of a generation that goes.
pub(super) fn delete(tx: &Transaction<'_>, generation: i64) -> Result<(), Failure> {
    tx.execute("DELETE FROM gap WHERE generation = ?", [generation])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::{Delay, Fault};

    #[test]
    fn what_passes_by_itself_is_run_again_whatever_else_is_to_be_done() {
        let mend = |mend: Option<&str>| {
            let fault = Fault::new("No answer.", mend.map(str::to_owned));
            of_failure("users".to_owned(), &Error::Unavailable(Delay { fault, retry_after: None })).mend
        };
        assert_eq!(mend(None), "Run again later.");
        assert_eq!(mend(Some("Look at the network.")), "Run again later. Look at the network.");
    }
}
