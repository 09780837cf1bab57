//! Notifications: news for a person, kept for ever.

use jiff::Timestamp;

use super::{ConnectionId, Database, StorageError};
use crate::contract::binadox::connector::rows::Notification;

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
    pub fn notifications(&self, _connection: ConnectionId) -> Result<Vec<StoredNotification>, StorageError> {
        todo!()
    }
    /// Those that a person has not been told yet, oldest first. Never one of the baseline.
    pub fn untold(&self, _connection: ConnectionId) -> Result<Vec<Notification>, StorageError> {
        todo!()
    }
    /// Notes that a person was told these, by id.
    pub fn mark_told(&self, _connection: ConnectionId, _ids: &[String], _now: Timestamp) -> Result<(), StorageError> {
        todo!()
    }
}
