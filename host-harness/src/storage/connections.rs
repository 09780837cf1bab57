//! Connections: one configured account of a service.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Database, StorageError};
use crate::contract::binadox::connector::dialogue::Capability;
use crate::contract::binadox::connector::manifest::Origin;
use crate::contract::binadox::connector::types::Setting;

/// The database's own id of a connection. Never used again after the connection was forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub i64);

/// A configured connection. Holds no secret: those lie in the vault.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// The database's own id; zero before it is saved.
    pub id: ConnectionId,
    /// The name that the person gave it.
    pub name: String,
    /// The component.
    pub plugin_path: PathBuf,
    /// SHA-256 of the component in hexadecimal: what was allowed was allowed to exactly this one.
    pub digest: String,
    /// Id of the connector, from its manifest.
    pub plugin_id: String,
    /// Settings in their normal form, without secrets.
    pub settings: Vec<Setting>,
    /// The origins that the operator allowed.
    pub origins: Vec<Origin>,
    /// Name of the connected account, for people.
    pub account: Option<String>,
    /// The service's own id of the account.
    pub account_id: Option<String>,
    /// What works and what does not, as the last `connect` found.
    pub capabilities: Vec<Capability>,
    /// When it was configured first.
    pub created: Timestamp,
    /// When it was connected last.
    pub connected: Option<Timestamp>,
    /// When the tasks of its first run ended. Set by [`Database::end_baseline`] alone; ignored when saved.
    pub baseline_ended: Option<Timestamp>,
}

impl Database {
    /// The connection of this name.
    pub fn connection(&self, _name: &str) -> Result<Option<Connection>, StorageError> {
        todo!()
    }
    /// All connections, by name.
    pub fn connections(&self) -> Result<Vec<Connection>, StorageError> {
        todo!()
    }
    /// Saves a connection under its name, new or again, and gives its id.
    ///
    /// Unfinished generations are thrown away when the component or a setting differs, because their cursors may mean
    /// something else now. A connection that holds data of another account is refused.
    pub fn save_connection(&self, _connection: &Connection) -> Result<ConnectionId, StorageError> {
        todo!()
    }
    /// Wipes a connection with all its rows and secrets.
    pub fn forget(&self, _name: &str) -> Result<(), StorageError> {
        todo!()
    }
    /// Ends the baseline of a connection, once: what is seen first after this is news.
    pub fn end_baseline(&self, _connection: ConnectionId, _now: Timestamp) -> Result<(), StorageError> {
        todo!()
    }
}
