//! The database file: opened, checked, brought to the newest layout, and shared.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::error::{Failure, io_error};
use super::{StorageError, views};
use crate::seal::{Keyring, Place, Purpose};

/// Name of the database in the data folder.
const FILE: &str = "data.sqlite";
/// Marks a database as one of this program, in the header of the file: "hhar".
const APPLICATION: i32 = 0x6868_6172;
/// Layouts, each a step from the one before. The file's `user_version` counts those it has.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("delivery.sql"),
    include_str!("progress.sql"),
    include_str!("sign_ins.sql"),
    include_str!("advice.sql"),
    include_str!("members.sql"),
    include_str!("commands.sql"),
];
/// How long to wait for another process that writes: its longest transaction publishes a large partition.
const BUSY: Duration = Duration::from_secs(30);
/// Readers that are kept open. More are opened when needed and closed after.
const IDLE_READERS: usize = 4;
/// Prepared statements kept for each opened database: about three for each kind of row.
const STATEMENTS: usize = 128;
/// Pages that the writer keeps, in KiB. The 2 MiB that SQLite takes by itself are written and read again all the time
/// while a partition of many rows comes in.
const CACHE_KIB: i64 = 32 * 1024;
/// Pages of 4 KiB after which the log is written back: so that a page which changes often is written back once.
const CHECKPOINT: i64 = 8192;
/// The place of the value by which a wrong key is noticed.
const CHECK: Place<'static> = Place { connection: 0, name: "data folder", purpose: Purpose::Check };

/// The database of a data folder. Clones share it. Calls block.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    path: PathBuf,
    keyring: Keyring,
    writer: Mutex<rusqlite::Connection>,
    readers: Mutex<Vec<rusqlite::Connection>>,
}

impl Database {
    /// Opens the database of a data folder. Folder (mode 0700) and file (mode 0600) are made when they are missing.
    ///
    /// # Errors
    /// Everything that can be wrong with folder, file and key, as one sentence each. Nothing is changed then.
    pub fn open(data_dir: &Path, keyring: Keyring) -> Result<Self, StorageError> {
        make_folder(data_dir)?;
        let path = data_dir.join(FILE);
        make_file(&path)?;
        let mut writer = open_file(&path)?;
        prepare(&mut writer, &path, &keyring).map_err(|failure| failure.at(&path))?;
        let shared = Shared {
            folder: data_dir.to_owned(),
            path,
            keyring,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Whether a data folder holds a database already.
    pub fn exists(data_dir: &Path) -> bool {
        std::fs::metadata(data_dir.join(FILE)).is_ok_and(|file| file.len() > 0)
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The data folder.
    pub(super) fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// What seals and unseals.
    pub(super) fn keyring(&self) -> &Keyring {
        &self.shared.keyring
    }

    /// Writes in one transaction, which is undone when the function fails.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, StorageError> {
        transact(&mut lock(&self.shared.writer), TransactionBehavior::Immediate, work)
            .map_err(|failure| failure.at(self.path()))
    }

    /// Writes like [`Database::write`], and returns only when the disk has it.
    ///
    /// Other writes may be lost with the power (never torn): a step that is lost is done again. A refresh token that
    /// is lost would not come back.
    pub(super) fn write_through<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, StorageError> {
        let mut writer = lock(&self.shared.writer);
        let done =
            synchronous(&writer, "FULL").and_then(|()| transact(&mut writer, TransactionBehavior::Immediate, work));
        let back = synchronous(&writer, "NORMAL");
        done.and_then(|value| back.map(|()| value)).map_err(|failure| failure.at(self.path()))
    }

    /// Reads one unchanging state of the database.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T, StorageError> {
        let idle = lock(&self.shared.readers).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => {
                let reader = open_file(self.path())?;
                configure(&reader)
                    .and_then(|()| Ok(reader.pragma_update(None, "query_only", true)?))
                    .map_err(|failure| failure.at(self.path()))?;
                reader
            }
        };
        let result = transact(&mut reader, TransactionBehavior::Deferred, work);
        let mut readers = lock(&self.shared.readers);
        if readers.len() < IDLE_READERS {
            readers.push(reader);
        }
        drop(readers);
        result.map_err(|failure| failure.at(self.path()))
    }

    /// Lets the database grow no further, as a full disk would.
    #[cfg(test)]
    pub(super) fn limit_pages(&self) -> Result<(), StorageError> {
        let writer = lock(&self.shared.writer);
        let limited = writer.pragma_update_and_check(None, "max_page_count", 1, |_| Ok(()));
        limited.map_err(|error| Failure::from(error).at(self.path()))
    }

    /// Empties the log of changes, so that deleted values do not stay in it.
    pub(super) fn empty_log(&self) -> Result<(), StorageError> {
        lock(&self.shared.writer)
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| Failure::from(error).at(self.path()))
    }
}

/// A panic in another thread leaves no half transaction behind, because dropping one undoes it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn transact<T>(
    connection: &mut rusqlite::Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let tx = connection.transaction_with_behavior(behavior)?;
    let value = work(&tx)?;
    tx.commit()?;
    Ok(value)
}

fn synchronous(connection: &rusqlite::Connection, level: &str) -> Result<(), Failure> {
    Ok(connection.pragma_update(None, "synchronous", level)?)
}

fn make_folder(folder: &Path) -> Result<(), StorageError> {
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(StorageError::NotAFolder(folder.to_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(io_error("open", folder, cause)),
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|cause| io_error("make", folder, cause))
}

/// Makes the file before SQLite would, which would let others read it. Its log files take over the mode.
fn make_file(path: &Path) -> Result<(), StorageError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(StorageError::NotAFile(path.to_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(io_error("open", path, cause)),
    }
    match OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied && path.exists() => {
            Err(StorageError::ReadOnly(path.to_owned()))
        }
        Err(cause) => Err(io_error("make", path, cause)),
    }
}

fn open_file(path: &Path) -> Result<rusqlite::Connection, StorageError> {
    // Each is used by one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    rusqlite::Connection::open_with_flags(path, flags).map_err(|error| Failure::from(error).at(path))
}

fn configure(connection: &rusqlite::Connection) -> Result<(), Failure> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: rows are personal data.
    connection.pragma_update(None, "secure_delete", true)?;
    // A loss of power can take the last transactions and never tears one: see `write_through`.
    synchronous(connection, "NORMAL")
}

fn prepare(writer: &mut rusqlite::Connection, path: &Path, keyring: &Keyring) -> Result<(), Failure> {
    configure(writer)?;
    writer.pragma_update(None, "cache_size", -CACHE_KIB)?;
    writer.pragma_update_and_check(None, "wal_autocheckpoint", CHECKPOINT, |_| Ok(()))?;
    transact(writer, TransactionBehavior::Deferred, |tx| belongs(tx, path))?;
    writer.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    transact(writer, TransactionBehavior::Immediate, |tx| {
        // Asked again: another process may have been faster.
        belongs(tx, path)?;
        migrate(tx)?;
        check_key(tx, path, keyring)
    })
}

/// Refuses a database of another program, and one of a newer version of this one.
fn belongs(tx: &Transaction<'_>, path: &Path) -> Result<(), Failure> {
    let number = |pragma| tx.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && number("application_id")? != i64::from(APPLICATION) {
        return Err(StorageError::NotADatabase(path.to_owned()).into());
    }
    let (found, known) = (number("user_version")?, MIGRATIONS.len() as i64);
    if found > known {
        return Err(StorageError::Newer { path: path.to_owned(), found, known }.into());
    }
    Ok(())
}

fn migrate(tx: &Transaction<'_>) -> Result<(), Failure> {
    let found: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = MIGRATIONS.get(usize::try_from(found).unwrap_or(0)..).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    for migration in missing {
        tx.execute_batch(migration)?;
    }
    views::create(tx)?;
    tx.pragma_update(None, "application_id", APPLICATION)?;
    Ok(tx.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?)
}

/// Seals a value in a new database, and unseals it ever after.
fn check_key(tx: &Transaction<'_>, path: &Path, keyring: &Keyring) -> Result<(), Failure> {
    let sealed: Option<Vec<u8>> =
        tx.query_row("SELECT key_check FROM installation", [], |row| row.get(0)).optional()?;
    match sealed {
        Some(sealed) => {
            keyring.unseal(CHECK, &sealed).map_err(|_| StorageError::OtherKey(path.to_owned()))?;
        }
        None => {
            tx.execute("INSERT INTO installation (key_check) VALUES (?)", [keyring.seal(CHECK, b"")?])?;
        }
    }
    Ok(())
}
