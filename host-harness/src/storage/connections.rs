//! Connections: one configured account of a service.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::column::{self, to_json};
use super::error::Failure;
use super::{Database, StorageError, generations, moment, notifications, vault};
use crate::contract::dialogue::{Capability, State};
use crate::contract::manifest::Origin;
use crate::contract::types::{Error, Setting};
use crate::secret::Secret;

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

/// Whether a refusal was to be expected: the last report on the connection calls the dataset not possible.
#[must_use]
pub fn is_not_possible(capabilities: &[Capability], dataset: &str, cause: &Error) -> bool {
    let known = |line: &Capability| line.subject == dataset && line.state == State::NotPossible;
    matches!(cause, Error::Forbidden(_) | Error::NotFound(_)) && capabilities.iter().any(known)
}

impl Database {
    /// The connection of this name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn connection(&self, name: &str) -> Result<Option<Connection>, StorageError> {
        self.read(|tx| named(tx, name))
    }

    /// All connections, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn connections(&self) -> Result<Vec<Connection>, StorageError> {
        self.read(all)
    }

    /// Saves a connection under its name, new or again, and gives its id.
    ///
    /// Unfinished generations are thrown away when the component or a setting differs, because their cursors may mean
    /// something else now. When it was created and when its baseline ended stay.
    ///
    /// # Errors
    /// The connection holds data of another account; or the database cannot be written.
    pub fn save_connection(&self, connection: &Connection) -> Result<ConnectionId, StorageError> {
        self.write(|tx| save(tx, connection))
    }

    /// Saves a connection as [`Database::save_connection`] does, and secrets of it by their names: all of it or nothing, and
    /// on the disk when this returns. An absent secret is deleted.
    ///
    /// # Errors
    /// As for [`Database::save_connection`].
    pub fn save_with_secrets(
        &self,
        connection: &Connection,
        secrets: &[(String, Option<Secret>)],
    ) -> Result<ConnectionId, StorageError> {
        self.write_through(|tx| {
            let id = save(tx, connection)?;
            for (name, value) in secrets {
                match value {
                    Some(value) => vault::put(tx, self.keyring(), id, name, value)?,
                    None => vault::delete(tx, id, name)?,
                }
            }
            Ok(id)
        })
    }

    /// Wipes a connection with all its rows and secrets.
    ///
    /// # Errors
    /// There is none of this name, a run of it is going on, or the database cannot be written.
    pub fn forget(&self, name: &str) -> Result<(), StorageError> {
        let lock = self.lock_run(name)?;
        let id = self.connection(name)?.map_or(0, |connection| connection.id.0);
        self.write_through(|tx| {
            tx.execute("DELETE FROM connection WHERE name = ?", [name])?;
            Ok(())
        })?;
        self.empty_log()?;
        // Left by what was sent and by what was renewed; most connections have none.
        for used in ["delivery", "renew"] {
            let _ = std::fs::remove_file(self.folder().join(format!("{used}-{id}.lock")));
        }
        lock.remove()
    }

    /// Ends the baseline of a connection, once: what is seen first after this is news. What was found until then is
    /// summed up in one notification.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn end_baseline(&self, connection: ConnectionId, now: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| {
            let ended = tx.execute(
                "UPDATE connection SET baseline_ended = ? WHERE id = ? AND baseline_ended IS NULL",
                params![moment::text_of(now), connection.0],
            )?;
            if ended > 0 { notifications::sum_up_baseline(tx, connection, now) } else { Ok(()) }
        })
    }
}

fn save(tx: &Transaction<'_>, connection: &Connection) -> Result<ConnectionId, Failure> {
    if let Some(before) = named(tx, &connection.name)? {
        refuse_other_account(tx, &before, connection)?;
        if before.digest != connection.digest || before.settings != connection.settings {
            generations::drop_all(tx, before.id)?;
        }
    }
    let id = tx.query_row(
        "INSERT INTO connection (name, plugin_path, digest, plugin_id, settings, origins, account, account_id,
           capabilities, created, connected)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET plugin_path = excluded.plugin_path, digest = excluded.digest,
           plugin_id = excluded.plugin_id, settings = excluded.settings, origins = excluded.origins,
           account = excluded.account, account_id = excluded.account_id,
           capabilities = excluded.capabilities, connected = excluded.connected
         RETURNING id",
        params![
            connection.name,
            connection.plugin_path.as_os_str().as_bytes(),
            connection.digest,
            connection.plugin_id,
            to_json(&connection.settings)?,
            to_json(&connection.origins)?,
            connection.account,
            connection.account_id,
            to_json(&connection.capabilities)?,
            moment::text_of(connection.created),
            connection.connected.map(moment::text_of),
        ],
        |row| row.get(0),
    )?;
    Ok(ConnectionId(id))
}

const SELECT: &str = "SELECT id, name, plugin_path, digest, plugin_id, settings, origins, account, account_id,
  capabilities, created, connected, baseline_ended FROM connection";

/// All connections, by name.
pub(crate) fn all(tx: &Transaction<'_>) -> Result<Vec<Connection>, Failure> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} ORDER BY name"))?;
    let found = statement.query_map([], from_row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn named(tx: &Transaction<'_>, name: &str) -> Result<Option<Connection>, Failure> {
    Ok(tx.query_row(&format!("{SELECT} WHERE name = ?"), [name], from_row).optional()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Connection> {
    Ok(Connection {
        id: ConnectionId(row.get(0)?),
        name: row.get(1)?,
        plugin_path: PathBuf::from(OsString::from_vec(row.get(2)?)),
        digest: row.get(3)?,
        plugin_id: row.get(4)?,
        settings: column::json(row, 5)?,
        origins: column::json(row, 6)?,
        account: row.get(7)?,
        account_id: row.get(8)?,
        capabilities: column::json(row, 9)?,
        created: column::instant(row, 10)?,
        connected: column::instant_if_any(row, 11)?,
        baseline_ended: column::instant_if_any(row, 12)?,
    })
}

/// Rows of two accounts under one name would be added up and compared, so another account needs another name.
fn refuse_other_account(tx: &Transaction<'_>, before: &Connection, now: &Connection) -> Result<(), Failure> {
    let (Some(was), Some(is)) = (&before.account_id, &now.account_id) else { return Ok(()) };
    if was == is {
        return Ok(());
    }
    let partitions: i64 =
        tx.query_row("SELECT count(*) FROM task_partition WHERE connection = ?", [before.id.0], |row| row.get(0))?;
    if partitions == 0 {
        return Ok(());
    }
    let called = |name: &Option<String>, id: &String| name.as_ref().unwrap_or(id).clone();
    Err(StorageError::OtherAccount {
        name: now.name.clone(),
        was: called(&before.account, was),
        now: called(&now.account, is),
    }
    .into())
}
