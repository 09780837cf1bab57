//! Notifications: news for a person, kept for ever.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::error::Failure;
use super::rows::{FOR_EVER, read, table};
use super::{ConnectionId, Database, StorageError, column, moment};
use crate::contract::rows::{Kind, Notification, Row};

/// A notification that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredNotification {
    /// As the connector wrote it.
    pub notification: Notification,
    /// When a person was told; absent when nobody was. One of the baseline never is.
    pub told: Option<Timestamp>,
}

impl Database {
    /// The notifications of a connection, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn notifications(&self, connection: ConnectionId) -> Result<Vec<StoredNotification>, StorageError> {
        self.read(|tx| of_connection(tx, connection))
    }

    /// Those that nobody was told yet, newest first. Never one of the baseline.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn untold(&self, connection: ConnectionId) -> Result<Vec<Notification>, StorageError> {
        let all = self.notifications(connection)?;
        let untold = all.into_iter().filter(|stored| stored.told.is_none() && !stored.notification.baseline);
        Ok(untold.map(|stored| stored.notification).collect())
    }

    /// Notes that a person was told these, by id. Those of the baseline stay untold.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn mark_told(&self, connection: ConnectionId, ids: &[String], now: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| {
            let mut statement = tx.prepare_cached(
                "UPDATE row_notification SET told = ?
                 WHERE connection = ? AND generation = ? AND id = ? AND told IS NULL AND NOT baseline",
            )?;
            for id in ids {
                statement.execute(params![moment::text_of(now), connection.0, FOR_EVER, id])?;
            }
            Ok(())
        })
    }
}

/// The notifications of a connection, newest first.
pub(crate) fn of_connection(
    tx: &Transaction<'_>,
    connection: ConnectionId,
) -> Result<Vec<StoredNotification>, Failure> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT told, {} FROM row_notification WHERE connection = ? AND generation = ? ORDER BY at DESC, key",
        table(Kind::Notification).list
    ))?;
    let found = statement.query_map(params![connection.0, FOR_EVER], |row| {
        Ok((column::instant_if_any(row, 0)?, read(Kind::Notification, row, 1)?))
    })?;
    let mut notifications = Vec::new();
    for stored in found {
        if let (told, Row::Notification(notification)) = stored? {
            notifications.push(StoredNotification { notification, told });
        }
    }
    Ok(notifications)
}
