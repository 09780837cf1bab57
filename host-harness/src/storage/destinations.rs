//! Destinations: where the notifications of a connection go.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::{self, to_json};
use super::error::Failure;
use super::{ConnectionId, ConnectionVault, Database, StorageError, moment};
use crate::credentials::Vault;
use crate::delivery::Target;
use crate::secret::Secret;

/// The database's own id of a destination. Never used again after it was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationId(pub i64);

/// Where notifications of a connection go.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// The database's own id.
    pub id: DestinationId,
    /// The name that the person gave it, unique within the connection.
    pub name: String,
    /// What it is and how it is reached.
    pub target: Target,
    /// Topics that go there; all when empty.
    pub topics: Vec<String>,
    /// When it was added: older notifications do not go there.
    pub added: Timestamp,
    /// When and why nothing is sent there any more.
    pub disabled: Option<(Timestamp, String)>,
}

/// Under what name the secret of a destination lies in the vault.
fn secret_name(id: DestinationId) -> String {
    format!("destination {}", id.0)
}

impl Database {
    /// Adds a destination with its secret. From now on, what becomes known goes there.
    ///
    /// # Errors
    /// The connection has one of this name, or the database cannot be written.
    pub fn add_destination(
        &self,
        connection: ConnectionId,
        name: &str,
        target: &Target,
        topics: &[String],
        secret: Option<&Secret>,
        now: Timestamp,
    ) -> Result<DestinationId, StorageError> {
        let id = self.write(|tx| {
            if named(tx, connection, name)?.is_some() {
                return Err(StorageError::DestinationExists(name.to_owned()).into());
            }
            // Nothing goes to a destination without its secret: it is enabled when that is stored.
            tx.execute(
                "INSERT INTO destination (connection, name, target, topics, added, disabled, cause)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?5, 'It is not complete.')",
                params![connection.0, name, to_json(target)?, to_json(&topics)?, moment::text_of(now)],
            )?;
            Ok(DestinationId(tx.last_insert_rowid()))
        })?;
        if let Some(secret) = secret {
            ConnectionVault::new(self.clone(), connection).put(&secret_name(id), secret)?;
        }
        self.enable_destination(id)?;
        Ok(id)
    }

    /// The destinations of a connection, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn destinations(&self, connection: ConnectionId) -> Result<Vec<Destination>, StorageError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(&format!("{SELECT} WHERE connection = ? ORDER BY name"))?;
            let found = statement.query_map([connection.0], from_row)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }

    /// What is secret about a destination.
    ///
    /// # Errors
    /// It does not open, or the database cannot be read.
    pub fn destination_secret(
        &self,
        connection: ConnectionId,
        destination: DestinationId,
    ) -> Result<Option<Secret>, StorageError> {
        ConnectionVault::new(self.clone(), connection).get(&secret_name(destination))
    }

    /// Removes a destination with its secret and what waits for it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn remove_destination(&self, connection: ConnectionId, destination: DestinationId) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute("DELETE FROM destination WHERE id = ?", [destination.0])?;
            Ok(())
        })?;
        ConnectionVault::new(self.clone(), connection).delete(&secret_name(destination))
    }

    /// Sends to a destination again, what waits for it at once.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn enable_destination(&self, destination: DestinationId) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute("UPDATE destination SET disabled = NULL, cause = NULL WHERE id = ?", [destination.0])?;
            tx.execute("UPDATE outbox SET due = queued WHERE destination = ? AND due IS NOT NULL", [destination.0])?;
            Ok(())
        })
    }

    /// Sends nothing to a destination any more, until it is enabled.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn disable_destination(
        &self,
        destination: DestinationId,
        cause: &str,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE destination SET disabled = ?, cause = ? WHERE id = ?",
                params![moment::text_of(now), cause, destination.0],
            )?;
            Ok(())
        })
    }
}

const SELECT: &str = "SELECT id, name, target, topics, added, disabled, cause FROM destination";

fn named(tx: &Transaction<'_>, connection: ConnectionId, name: &str) -> Result<Option<Destination>, Failure> {
    let sql = format!("{SELECT} WHERE connection = ? AND name = ?");
    Ok(tx.query_row(&sql, params![connection.0, name], from_row).optional()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Destination> {
    let disabled = column::instant_if_any(row, 5)?;
    let cause: Option<String> = row.get(6)?;
    Ok(Destination {
        id: DestinationId(row.get(0)?),
        name: row.get(1)?,
        target: column::json(row, 2)?,
        topics: column::json(row, 3)?,
        added: column::instant(row, 4)?,
        disabled: disabled.map(|at| (at, cause.unwrap_or_default())),
    })
}
