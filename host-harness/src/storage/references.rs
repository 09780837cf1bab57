//! Reference files: what a customer adds to what the service tells.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{ConnectionId, Database, StorageError, column, moment};

/// The largest reference file: a price list of a hundred thousand lines has about 20 MiB.
const LARGEST: usize = 64 << 20;

/// A reference file that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As the manifest names it.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was imported.
    pub imported: Timestamp,
}

impl Database {
    /// Stores a reference file, in place of the one before.
    ///
    /// # Errors
    /// It is larger than 64 MiB, or the database cannot be written.
    pub fn put_reference(
        &self,
        connection: ConnectionId,
        name: &str,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if bytes.len() > LARGEST {
            let (bytes, most) = (bytes.len() as u64, LARGEST as u64);
            return Err(StorageError::ReferenceTooLarge { name: name.to_owned(), bytes, most });
        }
        self.write(|tx| {
            tx.execute(
                "INSERT OR REPLACE INTO reference_file (connection, name, content, imported) VALUES (?, ?, ?, ?)",
                params![connection.0, name, bytes, moment::text_of(now)],
            )?;
            Ok(())
        })
    }

    /// At most `most` bytes of a reference file from an offset, none past its end; absent when there is no such file.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn reference(
        &self,
        connection: ConnectionId,
        name: &str,
        offset: u64,
        most: u32,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        // No file is as long as this offset, when it does not fit.
        let from = i64::try_from(offset).unwrap_or(i64::MAX).saturating_add(1);
        self.read(|tx| {
            Ok(tx
                .prepare_cached(
                    "SELECT substr(content, ?3, ?4) FROM reference_file WHERE connection = ?1 AND name = ?2",
                )?
                .query_row(params![connection.0, name, from, most], |row| row.get(0))
                .optional()?)
        })
    }

    /// The reference files of a connection, by name.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn references(&self, connection: ConnectionId) -> Result<Vec<Reference>, StorageError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT name, length(content), imported FROM reference_file WHERE connection = ? ORDER BY name",
            )?;
            let found = statement.query_map([connection.0], |row| {
                Ok(Reference { name: row.get(0)?, bytes: row.get(1)?, imported: column::instant(row, 2)? })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}
