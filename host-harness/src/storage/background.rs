//! How far the work is that nothing waits for: the tasks of the background that a connection planned last.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::{ConnectionId, Database, StorageError, column, moment};
use crate::contract::connector::Task;

/// How far the background is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Background {
    /// Tasks that were planned.
    pub tasks: u64,
    /// Tasks of them that have ended, well or not.
    pub ended: u64,
    /// Steps that were planned, and those of them that are done. A task that has ended counts as planned.
    steps: u64,
    done: u64,
    /// When the first task started.
    started: Option<Timestamp>,
}

impl Background {
    /// Tasks that have not ended.
    pub fn left(&self) -> u64 {
        self.tasks.saturating_sub(self.ended)
    }

    /// When all will have ended, if what is left goes on as what is done did. Absent before the first step, and when
    /// nothing is left.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let took = now.duration_since(self.started?).as_secs();
        if self.done == 0 || self.left() == 0 {
            return None;
        }
        let left = i128::from(took) * i128::from(self.steps - self.done) / i128::from(self.done);
        now.checked_add(SignedDuration::from_secs(i64::try_from(left).ok()?)).ok()
    }
}

impl Database {
    /// Notes the tasks of the background of a plan, in place of those of the plan before. `others`: tasks of this plan
    /// that are not run now; what was noted of them stays.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn plan_background(
        &self,
        connection: ConnectionId,
        tasks: &[Task],
        others: &[Task],
    ) -> Result<(), StorageError> {
        self.write(|tx| {
            let mut known = tx.prepare_cached("SELECT task FROM background_task WHERE connection = ?")?;
            let known = known.query_map([connection.0], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            for id in known.iter().filter(|id| !others.iter().any(|task| task.background && task.id == **id)) {
                let gone = "DELETE FROM background_task WHERE connection = ? AND task = ?";
                tx.prepare_cached(gone)?.execute(params![connection.0, id])?;
            }
            for task in tasks.iter().filter(|task| task.background) {
                let steps = task.estimate.unwrap_or(1).clamp(1, u64::from(u32::MAX));
                let planned = "INSERT INTO background_task (connection, task, steps) VALUES (?, ?, ?)";
                tx.prepare_cached(planned)?.execute(params![connection.0, task.id, steps])?;
            }
            Ok(())
        })
    }

    /// Notes that a task of the background has started.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn start_background(&self, connection: ConnectionId, id: &str, now: Timestamp) -> Result<(), StorageError> {
        self.note_background(
            "UPDATE background_task SET started = ? WHERE connection = ? AND task = ?",
            connection,
            id,
            now,
        )
    }

    /// Notes that a task of the background has ended.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn end_background(&self, connection: ConnectionId, id: &str, now: Timestamp) -> Result<(), StorageError> {
        self.note_background(
            "UPDATE background_task SET ended = ? WHERE connection = ? AND task = ?",
            connection,
            id,
            now,
        )
    }

    fn note_background(
        &self,
        change: &str,
        connection: ConnectionId,
        id: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.prepare_cached(change)?.execute(params![moment::text_of(now), connection.0, id])?;
            Ok(())
        })
    }
}

/// How far the background of a connection is.
pub(crate) fn of_connection(tx: &Transaction<'_>, connection: ConnectionId) -> Result<Background, Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT b.steps, b.started, b.ended, ifnull(building.steps, 0)
         FROM background_task b
         LEFT JOIN task_partition p ON p.connection = b.connection AND p.task = b.task
         LEFT JOIN building ON building.partition = p.id
         WHERE b.connection = ?",
    )?;
    let mut sum = Background::default();
    let mut rows = statement.query([connection.0])?;
    while let Some(row) = rows.next()? {
        let (steps, made): (u64, u64) = (row.get(0)?, row.get(3)?);
        let (started, ended) = (column::instant_if_any(row, 1)?, column::instant_if_any(row, 2)?);
        sum.tasks += 1;
        sum.ended += u64::from(ended.is_some());
        sum.steps += steps;
        sum.done += if ended.is_some() { steps } else { started.map_or(0, |_| made.min(steps)) };
        sum.started = match (sum.started, started) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(sum)
}
