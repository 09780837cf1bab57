//! Generations: a partition is built beside the published one and takes its place when it is complete.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::error::Failure;
use super::{ConnectionId, Database, StorageError, column, gaps, moment, outbox, rows};
use crate::contract::connector::{Gap, Task};
use crate::contract::rows::{Kind, Row};
use crate::contract::types::Error;
use crate::seal::{Keyring, Place, Purpose};

/// How long an unfinished generation can be resumed. Older ones would join rows of different days, and cursors of
/// services seldom live longer.
const RESUMABLE: SignedDuration = SignedDuration::from_hours(24);

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
    connection: ConnectionId,
    partition: i64,
    task: String,
}

impl Building {
    fn place(&self, purpose: Purpose) -> Place<'_> {
        Place { connection: self.connection.0, name: &self.task, purpose }
    }

    fn gone(&self) -> Failure {
        StorageError::GenerationGone { task: self.task.clone() }.into()
    }

    /// Takes the generation for writing. It is gone when the connection was changed or forgotten meanwhile, or when
    /// another run has built on it.
    fn hold(&self, tx: &Transaction<'_>) -> Result<(), Failure> {
        let held: Option<u64> = tx
            .prepare_cached("SELECT steps FROM building WHERE generation = ?")?
            .query_row([self.generation], |row| row.get(0))
            .optional()?;
        if held == Some(self.steps) { Ok(()) } else { Err(self.gone()) }
    }

    fn insert(&self, tx: &Transaction<'_>, rows: &[Row], gaps: &[Gap]) -> Result<(), Failure> {
        rows::insert(tx, self.connection.0, self.generation, rows)?;
        gaps.iter().try_for_each(|gap| gaps::insert(tx, self.partition, Some(self.generation), gap, None))
    }
}

impl Database {
    /// Begins to build a partition, or resumes where an earlier process stopped.
    ///
    /// An unfinished generation is resumed when the same component made it less than 24 hours ago; an older one, or one
    /// of another component, is thrown away.
    ///
    /// # Errors
    /// The connection is gone, its cursor does not open, or the database cannot be written.
    pub fn begin(&self, connection: ConnectionId, task: &Task, now: Timestamp) -> Result<Building, StorageError> {
        self.write(|tx| {
            let digest: Option<String> = tx
                .query_row("SELECT digest FROM connection WHERE id = ?", [connection.0], |row| row.get(0))
                .optional()?;
            let digest = digest.ok_or_else(|| StorageError::GenerationGone { task: task.id.clone() })?;
            // A task that now builds another dataset starts without the old one's bookmark.
            let (partition, bookmark): (i64, Option<Vec<u8>>) = tx.query_row(
                "INSERT INTO task_partition (connection, task, dataset) VALUES (?, ?, ?)
                 ON CONFLICT DO UPDATE SET dataset = excluded.dataset,
                   bookmark = CASE WHEN dataset = excluded.dataset THEN bookmark END
                 RETURNING id, bookmark",
                params![connection.0, task.id, task.dataset],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let mut building = Building {
                generation: 0,
                cursor: None,
                bookmark: None,
                steps: 0,
                rows: 0,
                resumed: false,
                started: moment::whole(now),
                connection,
                partition,
                task: task.id.clone(),
            };
            building.bookmark = unseal(self.keyring(), building.place(Purpose::Bookmark), bookmark)?;
            if !resume(tx, self.keyring(), &mut building, &task.dataset, &digest, now)? {
                tx.execute(
                    "INSERT INTO building (partition, dataset, digest, started) VALUES (?, ?, ?, ?)",
                    params![partition, task.dataset, digest, moment::text_of(now)],
                )?;
                building.generation = tx.last_insert_rowid();
            }
            Ok(building)
        })
    }

    /// Keeps the rows and gaps of a step together with the cursor of the next one, in one transaction.
    ///
    /// # Errors
    /// A row cannot be kept, the generation is gone, or the database cannot be written. Nothing of the step is kept
    /// then.
    pub fn commit_step(
        &self,
        building: &mut Building,
        rows: &[Row],
        cursor: &[u8],
        gaps: &[Gap],
    ) -> Result<(), StorageError> {
        let sealed = self.keyring().seal(building.place(Purpose::Cursor), cursor)?;
        let (steps, sum) = (building.steps + 1, building.rows + rows.len() as u64);
        self.write(|tx| {
            building.hold(tx)?;
            building.insert(tx, rows, gaps)?;
            tx.prepare_cached("UPDATE building SET cursor = ?, steps = ?, rows = ? WHERE generation = ?")?
                .execute(params![sealed, steps, sum, building.generation])?;
            Ok(())
        })?;
        (building.steps, building.rows) = (steps, sum);
        building.cursor = Some(cursor.to_owned());
        Ok(())
    }

    /// Keeps the rows of the last step, makes the generation visible and deletes the one before, in one transaction.
    ///
    /// # Errors
    /// As for [`Database::commit_step`]. The published rows stay then.
    pub fn publish(
        &self,
        building: Building,
        rows: &[Row],
        bookmark: Option<&[u8]>,
        gaps: &[Gap],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let bookmark = self.seal_bookmark(&building, bookmark)?;
        let now = moment::text_of(now);
        self.write(|tx| {
            building.hold(tx)?;
            building.insert(tx, rows, gaps)?;
            outbox::fill(tx, building.generation, &now)?;
            let kept = rows::keep_for_ever(tx, building.generation)?;
            let count = rows::count(tx, building.generation)? + kept;
            let before: Option<i64> =
                tx.query_row("SELECT generation FROM task_partition WHERE id = ?", [building.partition], |row| {
                    row.get(0)
                })?;
            if let Some(before) = before {
                rows::delete(tx, before)?;
            }
            tx.execute(
                "UPDATE task_partition SET generation = ?1, published = ?2, checked = ?2, bookmark = ?3, rows = ?4,
                   cause = NULL, failed = NULL
                 WHERE id = ?5",
                params![building.generation, now, bookmark, count, building.partition],
            )?;
            gaps::publish(tx, building.partition, building.generation, &now)?;
            tx.execute("DELETE FROM building WHERE generation = ?", [building.generation])?;
            Ok(())
        })
    }

    /// The published generation stays and counts as fresh; what was built beside it is thrown away.
    ///
    /// A bookmark takes the place of the one before; without one, that stays.
    ///
    /// # Errors
    /// The generation is gone, or the database cannot be written.
    pub fn unchanged(
        &self,
        building: Building,
        bookmark: Option<&[u8]>,
        gaps: &[Gap],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let bookmark = self.seal_bookmark(&building, bookmark)?;
        let now = moment::text_of(now);
        self.write(|tx| {
            building.hold(tx)?;
            drop_one(tx, building.generation)?;
            let published: Option<i64> = tx.query_row(
                "UPDATE task_partition SET checked = ?, bookmark = coalesce(?, bookmark), cause = NULL, failed = NULL
                 WHERE id = ? RETURNING generation",
                params![now, bookmark, building.partition],
                |row| row.get(0),
            )?;
            gaps::clear_failure(tx, building.partition)?;
            gaps.iter().try_for_each(|gap| gaps::insert(tx, building.partition, published, gap, Some(&now)))
        })
    }

    /// Throws away what was built: the task starts again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn discard(&self, building: Building) -> Result<(), StorageError> {
        self.write(|tx| drop_one(tx, building.generation))
    }

    /// Deletes partitions that are past their retention, by the ids of their tasks. One that is not there is no fault.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn expire(&self, connection: ConnectionId, tasks: &[String]) -> Result<(), StorageError> {
        self.write(|tx| {
            for task in tasks {
                let id = tx
                    .query_row(
                        "SELECT id FROM task_partition WHERE connection = ? AND task = ?",
                        params![connection.0, task],
                        |row| row.get(0),
                    )
                    .optional()?;
                id.into_iter().try_for_each(|id: i64| drop_partition(tx, id))?;
            }
            Ok(())
        })
    }

    /// Deletes all rows of kinds that are no longer wanted, whether visible or not. Those that outlive their generation
    /// stay. Partitions stay as well, with their other rows.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delete_kinds(&self, connection: ConnectionId, kinds: &[Kind]) -> Result<(), StorageError> {
        self.write(|tx| kinds.iter().try_for_each(|kind| rows::delete_kind(tx, connection.0, *kind)))
    }

    /// The task gave up: the last good rows stay and count as stale, and the cause is kept as a gap.
    ///
    /// With `keep_cursor`, the next run goes on where this one stopped.
    ///
    /// # Errors
    /// The connection is gone, or the database cannot be written.
    pub fn fail(
        &self,
        building: Building,
        cause: &Error,
        keep_cursor: bool,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let now = moment::text_of(now);
        self.write(|tx| {
            if !keep_cursor {
                drop_one(tx, building.generation)?;
            }
            let dataset: Option<String> = tx
                .query_row(
                    "UPDATE task_partition SET cause = ?, failed = ? WHERE id = ? RETURNING dataset",
                    params![column::to_json(cause)?, now, building.partition],
                    |row| row.get(0),
                )
                .optional()?;
            let dataset = dataset.ok_or_else(|| building.gone())?;
            gaps::clear_failure(tx, building.partition)?;
            gaps::insert(tx, building.partition, None, &gaps::of_failure(dataset, cause), Some(&now))
        })
    }

    fn seal_bookmark(&self, building: &Building, bookmark: Option<&[u8]>) -> Result<Option<Vec<u8>>, StorageError> {
        let place = building.place(Purpose::Bookmark);
        Ok(bookmark.map(|bookmark| self.keyring().seal(place, bookmark)).transpose()?)
    }
}

/// Unseals a value that may be absent.
pub(super) fn unseal(keyring: &Keyring, place: Place<'_>, sealed: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Failure> {
    Ok(sealed.map(|sealed| keyring.unseal(place, &sealed)).transpose()?.map(|value| value.expose().to_vec()))
}

/// Takes up the unfinished generation of a partition, or throws it away when it is of no use.
fn resume(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    building: &mut Building,
    dataset: &str,
    digest: &str,
    now: Timestamp,
) -> Result<bool, Failure> {
    struct Found {
        generation: i64,
        same: bool,
        started: Timestamp,
        cursor: Option<Vec<u8>>,
        steps: u64,
        rows: u64,
    }
    let found = tx
        .query_row(
            "SELECT generation, dataset = ? AND digest = ?, started, cursor, steps, rows
             FROM building WHERE partition = ?",
            params![dataset, digest, building.partition],
            |row| {
                Ok(Found {
                    generation: row.get(0)?,
                    same: row.get(1)?,
                    started: column::instant(row, 2)?,
                    cursor: row.get(3)?,
                    steps: row.get(4)?,
                    rows: row.get(5)?,
                })
            },
        )
        .optional()?;
    let Some(found) = found else { return Ok(false) };
    if !found.same || found.cursor.is_none() || now.duration_since(found.started) >= RESUMABLE {
        drop_one(tx, found.generation)?;
        return Ok(false);
    }
    building.cursor = unseal(keyring, building.place(Purpose::Cursor), found.cursor)?;
    building.generation = found.generation;
    building.started = found.started;
    building.steps = found.steps;
    building.rows = found.rows;
    building.resumed = true;
    Ok(true)
}

/// Deletes a partition with everything that belongs to it.
fn drop_partition(tx: &Transaction<'_>, id: i64) -> Result<(), Failure> {
    let published = tx.query_row("SELECT generation FROM task_partition WHERE id = ?", [id], |row| row.get(0))?;
    let building =
        tx.query_row("SELECT generation FROM building WHERE partition = ?", [id], |row| row.get(0)).optional()?;
    let generations: [Option<i64>; 2] = [published, building];
    generations.into_iter().flatten().try_for_each(|generation| drop_one(tx, generation))?;
    tx.execute("DELETE FROM task_partition WHERE id = ?", [id])?;
    Ok(())
}

/// Throws away every unfinished generation of a connection.
pub(super) fn drop_all(tx: &Transaction<'_>, connection: ConnectionId) -> Result<(), Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT building.generation FROM building JOIN task_partition p ON p.id = building.partition
         WHERE p.connection = ?",
    )?;
    let generations = statement.query_map([connection.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    generations.into_iter().try_for_each(|generation| drop_one(tx, generation))
}

/// Throws a generation away, with its rows and gaps. One that is gone already is no fault.
fn drop_one(tx: &Transaction<'_>, generation: i64) -> Result<(), Failure> {
    rows::delete(tx, generation)?;
    gaps::delete(tx, generation)?;
    tx.execute("DELETE FROM building WHERE generation = ?", [generation])?;
    Ok(())
}
