//! Notifications: news for a person, kept for ever, and what a person has said about them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::rows::{self, FOR_EVER, read, table};
use super::{ConnectionId, Database, StorageError, column, moment, outbox};
use crate::contract::rows::{Kind, Notification, Row};
use crate::text::counted;

/// The topic of the one notification that sums up what was found at the beginning.
const BASELINE: &str = "baseline";

/// Generation in which a notification of the host stands until it is kept for ever. Those of connectors are above 0.
const OWN_GENERATION: i64 = -1;

/// A condition on `row_notification n`: nobody has acknowledged it and nobody has muted it.
pub(super) const WANTED: &str = "n.acknowledged IS NULL AND NOT EXISTS (SELECT 1 FROM mute
  WHERE mute.connection = n.connection
    AND mute.value = CASE mute.what WHEN 'id' THEN n.id WHEN 'topic' THEN n.topic ELSE n.subject END)";

/// A notification that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredNotification {
    /// As the connector wrote it.
    pub notification: Notification,
    /// When somebody was told; absent when nobody was. One of the baseline never is.
    pub told: Option<Timestamp>,
    /// When a person said that it needs no more attention.
    pub acknowledged: Option<Timestamp>,
    /// Nobody wants to be told of it.
    pub muted: bool,
}

impl StoredNotification {
    /// Somebody has still to be told.
    pub fn is_new(&self) -> bool {
        self.told.is_none() && self.acknowledged.is_none() && !self.muted && !self.notification.baseline
    }
}

/// By what notifications are muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MuteBy {
    /// By its id: this one.
    Id,
    /// By topic: all of this kind.
    Topic,
    /// By subject: all about this thing.
    Subject,
}

impl MuteBy {
    /// As it is stored and told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Topic => "topic",
            Self::Subject => "subject",
        }
    }
}

/// Notifications of which nobody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// `id`, `topic` or `subject`.
    pub what: String,
    /// Its value.
    pub value: String,
    /// When it was muted.
    pub since: Timestamp,
}

/// Which notifications are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All that are not of the baseline.
    All,
    /// Those with this id, topic or subject.
    By(MuteBy, String),
}

impl Database {
    /// The notifications of a connection, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn notifications(&self, connection: ConnectionId) -> Result<Vec<StoredNotification>, StorageError> {
        self.read(|tx| of_connection(tx, connection))
    }

    /// Those that nobody was told yet, newest first. Never one of the baseline, nor one that is acknowledged or muted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn untold(&self, connection: ConnectionId) -> Result<Vec<Notification>, StorageError> {
        let all = self.notifications(connection)?;
        Ok(all.into_iter().filter(StoredNotification::is_new).map(|stored| stored.notification).collect())
    }

    /// Notes that a person was told these, by id. Those of the baseline stay untold.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn mark_told(&self, connection: ConnectionId, ids: &[String], now: Timestamp) -> Result<(), StorageError> {
        let now = moment::text_of(now);
        self.write(|tx| ids.iter().try_for_each(|id| tell(tx, connection, id, &now)))
    }

    /// Notes that notifications need no more attention, and says how many were meant. They are told nowhere any more.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn acknowledge(
        &self,
        connection: ConnectionId,
        selection: &Selection,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let (column, value) = match selection {
            Selection::All => ("?3", ""),
            Selection::By(by, value) => (by.name(), value.as_str()),
        };
        self.write(|tx| {
            let done = tx.execute(
                &format!(
                    "UPDATE row_notification SET acknowledged = coalesce(acknowledged, ?1)
                     WHERE connection = ?2 AND generation = {FOR_EVER} AND {column} = ?3 AND NOT baseline"
                ),
                params![moment::text_of(now), connection.0, value],
            )?;
            Ok(done as u64)
        })
    }

    /// Mutes notifications, those that are there and those that will come.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn mute(&self, connection: ConnectionId, by: MuteBy, value: &str, now: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO mute (connection, what, value, since) VALUES (?, ?, ?, ?)",
                params![connection.0, by.name(), value, moment::text_of(now)],
            )?;
            Ok(())
        })
    }

    /// Takes mutes back, and says how many there were.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn unmute(&self, connection: ConnectionId, selection: &Selection) -> Result<u64, StorageError> {
        self.write(|tx| {
            let done = match selection {
                Selection::All => tx.execute("DELETE FROM mute WHERE connection = ?", [connection.0])?,
                Selection::By(by, value) => tx.execute(
                    "DELETE FROM mute WHERE connection = ? AND what = ? AND value = ?",
                    params![connection.0, by.name(), value],
                )?,
            };
            Ok(done as u64)
        })
    }

    /// What is muted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn mutes(&self, connection: ConnectionId) -> Result<Vec<Mute>, StorageError> {
        self.read(|tx| {
            let mut statement =
                tx.prepare_cached("SELECT what, value, since FROM mute WHERE connection = ? ORDER BY what, value")?;
            let found = statement.query_map([connection.0], |row| {
                Ok(Mute { what: row.get(0)?, value: row.get(1)?, since: column::instant(row, 2)? })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

/// Notes that somebody was told of a notification.
pub(super) fn tell(tx: &Transaction<'_>, connection: ConnectionId, id: &str, now: &str) -> Result<(), Failure> {
    tx.prepare_cached(
        "UPDATE row_notification SET told = ?
         WHERE connection = ? AND generation = ? AND id = ? AND told IS NULL AND NOT baseline",
    )?
    .execute(params![now, connection.0, FOR_EVER, id])?;
    Ok(())
}

/// Makes one notification of all that was found at the beginning, and puts it into the outbox. Without any, none.
pub(super) fn sum_up_baseline(tx: &Transaction<'_>, connection: ConnectionId, now: Timestamp) -> Result<(), Failure> {
    let mut topics: BTreeMap<String, u64> = BTreeMap::new();
    let mut newest = None;
    for stored in of_connection(tx, connection)?.into_iter().filter(|stored| stored.notification.baseline) {
        *topics.entry(stored.notification.topic).or_default() += 1;
        newest = newest.max(Some(stored.notification.at));
    }
    let Some(at) = newest else { return Ok(()) };
    let all = topics.values().sum();
    let each: Vec<String> = topics.into_iter().map(|(topic, count)| format!("{count} × {topic}")).collect();
    let summary = Notification {
        id: BASELINE.to_owned(),
        topic: BASELINE.to_owned(),
        subject: String::new(),
        title: format!("The first run found {}", counted(all, "thing", "things")),
        body: format!("{}. They are not told one by one; from now on, each that is new is.", each.join(", ")),
        // That of the newest one, so that it does not depend on how long the run took.
        at,
        baseline: false,
    };
    rows::insert(tx, connection.0, OWN_GENERATION, &[Row::Notification(summary)])?;
    outbox::fill(tx, OWN_GENERATION, &moment::text_of(now))?;
    rows::keep_for_ever(tx, OWN_GENERATION)?;
    Ok(())
}

/// The notifications of a connection, newest first.
pub(crate) fn of_connection(
    tx: &Transaction<'_>,
    connection: ConnectionId,
) -> Result<Vec<StoredNotification>, Failure> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT told, acknowledged, n.acknowledged IS NULL AND NOT ({WANTED}), {} FROM row_notification n
         WHERE connection = ? AND generation = ? ORDER BY at DESC, key",
        table(Kind::Notification).list
    ))?;
    let found = statement.query_map(params![connection.0, FOR_EVER], |row| {
        let told = column::instant_if_any(row, 0)?;
        let acknowledged = column::instant_if_any(row, 1)?;
        Ok((told, acknowledged, row.get(2)?, read(Kind::Notification, row, 3)?))
    })?;
    let mut notifications = Vec::new();
    for stored in found {
        if let (told, acknowledged, muted, Row::Notification(notification)) = stored? {
            notifications.push(StoredNotification { notification, told, acknowledged, muted });
        }
    }
    Ok(notifications)
}
