//! Reading rows in the order of their key.

use std::fmt::Write as _;

use rusqlite::{Transaction, params};

use super::error::Failure;
use super::rows::{Table, range, read, table};
use super::{ConnectionId, Database, StorageError};
use crate::contract::rows::{Kind, Row};

/// The most rows of a page.
const PAGE: u32 = 5000;

/// A page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct RowPage {
    /// In the order of their key.
    pub rows: Vec<Row>,
    /// The position after them; absent when these were the last.
    pub next: Option<String>,
}

impl Database {
    /// A page of the visible rows of a kind, in the order of their key, after a position that an earlier page gave.
    /// `limit` is read as 1 when it is 0, and as 5000 when it is more.
    ///
    /// Strings are compared byte by byte after `str::to_lowercase`. Rows of equal key in several partitions all come.
    ///
    /// # Errors
    /// The position is none, or the database cannot be read.
    pub fn scan(
        &self,
        connection: ConnectionId,
        kind: Kind,
        after: Option<&str>,
        limit: u32,
    ) -> Result<RowPage, StorageError> {
        self.scan_of(connection, kind, None, after, limit)
    }

    /// The same of the rows of these datasets alone, named in one text with a blank before and after each.
    ///
    /// # Errors
    /// The position is none, or the database cannot be read.
    pub(super) fn scan_of(
        &self,
        connection: ConnectionId,
        kind: Kind,
        datasets: Option<&str>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<RowPage, StorageError> {
        let limit = limit.clamp(1, PAGE);
        let after = after.map(Position::parse).transpose()?.unwrap_or_default();
        let (rows, next) = self.read(|tx| {
            let mut statement = tx.prepare_cached(&scan_sql(table(kind)))?;
            // One more than wanted tells whether there is another page.
            let mut found = statement.query(params![connection.0, after.key, after.generation, limit + 1, datasets])?;
            let (mut rows, mut last, mut next) = (Vec::new(), Position::default(), None);
            while let Some(row) = found.next()? {
                if rows.len() == limit as usize {
                    next = Some(last.text());
                    break;
                }
                last = Position { key: row.get(0)?, generation: row.get(1)? };
                rows.push(read(kind, row, 2)?);
            }
            Ok::<_, Failure>((rows, next))
        })?;
        Ok(RowPage { rows, next })
    }

    /// The visible rows of a kind whose key begins with this string, case folded. At most 5000.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn find(&self, connection: ConnectionId, kind: Kind, key: &str) -> Result<Vec<Row>, StorageError> {
        let (from, to) = range(key);
        self.read(|tx| {
            let mut statement = tx.prepare_cached(&find_sql(table(kind)))?;
            let found = statement.query_map(params![connection.0, from, to, PAGE], |row| read(kind, row, 0))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
    }
}

/// Gives every visible row of a kind, in the order of its key, to a function.
pub(crate) fn each(
    tx: &Transaction<'_>,
    connection: ConnectionId,
    kind: Kind,
    mut take: impl FnMut(Row),
) -> Result<(), Failure> {
    let mut statement = tx.prepare_cached(&scan_sql(table(kind)))?;
    let start = Position::default();
    // A limit below zero is none.
    let mut found = statement.query(params![connection.0, start.key, start.generation, -1, None::<&str>])?;
    while let Some(row) = found.next()? {
        take(read(kind, row, 2)?);
    }
    Ok(())
}

/// Walks the primary key and asks of each row whether it is visible; the plus sign keeps SQLite from collecting the
/// visible generations first, which would have to be sorted.
pub(super) fn scan_sql(table: &Table) -> String {
    format!(
        "SELECT key, generation, {} FROM row_{}
         WHERE connection = ?1 AND (key, generation) > (?2, ?3) AND +generation IN ({VISIBLE_OF})
         ORDER BY key, generation LIMIT ?4",
        table.list, table.kind
    )
}

pub(super) fn find_sql(table: &Table) -> String {
    format!(
        "SELECT {} FROM row_{}
         WHERE connection = ?1 AND key >= ?2 AND key < ?3 AND +generation IN ({VISIBLE})
         ORDER BY key, generation LIMIT ?4",
        table.list, table.kind
    )
}

/// Generations whose rows are visible: 0 is that of rows that are kept for ever.
const VISIBLE: &str = "SELECT generation FROM task_partition WHERE connection = ?1 UNION ALL SELECT 0";

/// The same of some datasets, or of all of them.
const VISIBLE_OF: &str = "SELECT generation FROM task_partition WHERE connection = ?1
           AND (?5 IS NULL OR instr(?5, ' ' || dataset || ' ')) UNION ALL SELECT 0";

/// A position between two rows.
#[derive(Default)]
struct Position {
    key: Vec<u8>,
    generation: i64,
}

impl Position {
    /// `GENERATION-KEY`, the key in hexadecimal.
    fn text(&self) -> String {
        let mut text = format!("{}-", self.generation);
        for byte in &self.key {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    fn parse(text: &str) -> Result<Self, StorageError> {
        let parse = || {
            let (generation, hex) = text.split_once('-')?;
            let digits: Vec<u8> =
                hex.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
            let (pairs, []) = digits.as_chunks::<2>() else { return None };
            let key = pairs.iter().map(|[high, low]| high << 4 | low).collect();
            Some(Self { key, generation: generation.parse().ok()? })
        };
        parse().ok_or_else(|| StorageError::Position(text.to_owned()))
    }
}
