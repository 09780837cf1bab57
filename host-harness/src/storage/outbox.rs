//! The outbox: which notification still has to go to which destination.
//!
//! An entry is made in the transaction that keeps the notification, and ends only when the destination has taken it.
//! A process that is killed between the two sends again: everything goes out at least once, under the same id.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::notifications::WANTED;
use super::rows::{FOR_EVER, read, table};
use super::{ConnectionId, Database, DestinationId, StorageError, column, moment};
use crate::contract::rows::{Kind, Notification, Row};

/// A notification that has to go to a destination.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The database's own id.
    pub id: i64,
    /// What is to be told.
    pub notification: Notification,
    /// When it was put here.
    pub queued: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Timestamp,
}

/// What the outbox of a destination holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Taken by the destination.
    pub delivered: u64,
    /// Still to be sent.
    pub waiting: u64,
    /// Given up.
    pub given_up: u64,
    /// When the next is tried.
    pub next: Option<Timestamp>,
    /// Why the last attempt failed, when something waits or was given up.
    pub cause: Option<String>,
}

impl Database {
    /// What has to go to a destination and is due, oldest first. What was acknowledged or muted meanwhile is withdrawn.
    ///
    /// # Errors
    /// The database cannot be used.
    pub fn due(
        &self,
        connection: ConnectionId,
        destination: DestinationId,
        now: Timestamp,
    ) -> Result<Vec<Pending>, StorageError> {
        self.write(|tx| {
            tx.execute(
                &format!(
                    "UPDATE outbox SET due = NULL, outcome = 'withdrawn', ended = ?1
                     WHERE destination = ?2 AND due IS NOT NULL AND notification NOT IN (
                       SELECT id FROM row_notification n WHERE connection = ?3 AND generation = {FOR_EVER} AND {WANTED})"
                ),
                params![moment::text_of(now), destination.0, connection.0],
            )?;
            let list = &table(Kind::Notification).list;
            let list = list.split(", ").map(|column| format!("n.{column}")).collect::<Vec<_>>().join(", ");
            let mut statement = tx.prepare_cached(&format!(
                "SELECT o.id, o.queued, o.attempts, o.due, {list} FROM outbox o
                 JOIN row_notification n ON n.connection = ?1 AND n.generation = {FOR_EVER} AND n.id = o.notification
                 WHERE o.destination = ?2 AND o.due <= ?3 ORDER BY n.at, o.id"
            ))?;
            let found = statement.query_map(
                params![connection.0, destination.0, moment::text_of(now)],
                |row| {
                    let Row::Notification(notification) = read(Kind::Notification, row, 4)? else {
                        return Ok(None);
                    };
                    Ok(Some(Pending {
                        id: row.get(0)?,
                        notification,
                        queued: column::instant(row, 1)?,
                        attempts: row.get(2)?,
                        due: column::instant(row, 3)?,
                    }))
                },
            )?;
            Ok(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
        })
    }

    /// Notes that a destination has taken these: they are told.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn delivered(&self, connection: ConnectionId, entries: &[Pending], now: Timestamp) -> Result<(), StorageError> {
        let now = moment::text_of(now);
        self.write(|tx| {
            for entry in entries {
                tx.execute(
                    "UPDATE outbox SET due = NULL, outcome = 'delivered', ended = ?, attempts = attempts + 1, cause = NULL
                     WHERE id = ?",
                    params![now, entry.id],
                )?;
                super::notifications::tell(tx, connection, &entry.notification.id, &now)?;
            }
            Ok(())
        })
    }

    /// Notes that these could not be delivered: they are tried again at an instant, or given up.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn not_delivered(
        &self,
        entries: &[Pending],
        cause: &str,
        again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(|tx| {
            for entry in entries {
                tx.execute(
                    "UPDATE outbox SET attempts = attempts + 1, cause = ?1, due = ?2,
                       outcome = CASE WHEN ?2 IS NULL THEN 'given-up' END, ended = CASE WHEN ?2 IS NULL THEN ?3 END
                     WHERE id = ?4",
                    params![cause, again.map(moment::text_of), moment::text_of(now), entry.id],
                )?;
            }
            Ok(())
        })
    }

    /// Puts off what was not tried, because the destination does not answer.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn put_off(&self, entries: &[Pending], until: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| {
            for entry in entries {
                tx.execute("UPDATE outbox SET due = ? WHERE id = ?", params![moment::text_of(until), entry.id])?;
            }
            Ok(())
        })
    }

    /// When something is to be sent next, over all connections.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StorageError> {
        self.read(|tx| {
            Ok(tx.query_row(
                "SELECT min(due) FROM outbox JOIN destination d ON d.id = outbox.destination
                 WHERE due IS NOT NULL AND d.disabled IS NULL",
                [],
                |row| column::instant_if_any(row, 0),
            )?)
        })
    }

    /// Makes everything that waits for a connection's destinations due.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn hurry(&self, connection: ConnectionId) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE outbox SET due = queued WHERE due IS NOT NULL
                 AND destination IN (SELECT id FROM destination WHERE connection = ?)",
                [connection.0],
            )?;
            Ok(())
        })
    }

    /// What the outbox of a destination holds.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn tally(&self, destination: DestinationId) -> Result<Tally, StorageError> {
        self.read(|tx| tally(tx, destination))
    }
}

fn tally(tx: &Transaction<'_>, destination: DestinationId) -> Result<Tally, Failure> {
    Ok(tx.query_row(
        "SELECT count(*) FILTER (WHERE outcome = 'delivered'), count(*) FILTER (WHERE due IS NOT NULL),
           count(*) FILTER (WHERE outcome = 'given-up'), min(due),
           (SELECT cause FROM outbox WHERE destination = ?1 AND cause IS NOT NULL ORDER BY id DESC LIMIT 1)
         FROM outbox WHERE destination = ?1",
        [destination.0],
        |row| {
            Ok(Tally {
                delivered: row.get(0)?,
                waiting: row.get(1)?,
                given_up: row.get(2)?,
                next: column::instant_if_any(row, 3)?,
                cause: row.get(4)?,
            })
        },
    )?)
}

/// Puts the notifications of a generation that are not known yet into the outbox of each destination that wants them.
pub(super) fn fill(tx: &Transaction<'_>, generation: i64, now: &str) -> Result<(), Failure> {
    tx.prepare_cached(&format!(
        "INSERT OR IGNORE INTO outbox (destination, notification, queued, due)
         SELECT d.id, n.id, ?2, ?2 FROM row_notification n JOIN destination d ON d.connection = n.connection
         WHERE n.generation = ?1 AND NOT n.baseline AND d.disabled IS NULL AND {WANTED}
           AND (d.topics = '[]' OR EXISTS (SELECT 1 FROM json_each(d.topics) WHERE value = n.topic))
           AND NOT EXISTS (SELECT 1 FROM row_notification k
             WHERE k.connection = n.connection AND k.key = n.key AND k.generation = {FOR_EVER})"
    ))?
    .execute(params![generation, now])?;
    Ok(())
}
