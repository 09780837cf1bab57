//! Rows in their tables: which table a kind has, and how a row is written and read back.

mod codec;
mod evidence;
mod key;
mod names;
mod tables;

use std::fmt::Write as _;

use rusqlite::Transaction;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::error::{Failure, StorageError};
use crate::contract::rows::{Kind, Row};

pub(crate) use codec::Named;
use codec::Reader;
pub(super) use key::range;
#[cfg(test)]
pub(super) use tables::kind_of;
pub(super) use tables::{KINDS, table};

/// The generation of rows that outlive every generation.
pub(super) const FOR_EVER: i64 = 0;

/// Columns before those of the record: connection, generation and key.
const OWN_COLUMNS: usize = 3;

/// What happens to rows of equal key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// The last one wins.
    Replace,
    /// They add up.
    Add,
    /// The last one wins within a generation; for ever, the first one.
    Keep,
}

/// The table of a kind.
pub(super) struct Table {
    /// The kind, with underscores: `application_use`.
    pub(super) kind: &'static str,
    /// The view for people.
    pub(super) view: &'static str,
    /// What happens to rows of equal key.
    pub(super) merge: Merge,
    /// The columns of the record.
    pub(super) columns: Vec<String>,
    /// The columns of the record, quoted and joined: some are words of SQL.
    pub(super) list: String,
    insert: String,
}

impl Table {
    fn new(kind: &'static str, view: &'static str, merge: Merge, columns: Vec<String>) -> Self {
        let list = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
        let marks = vec!["?"; OWN_COLUMNS + columns.len()].join(", ");
        let mut insert = match merge {
            Merge::Add => "INSERT".to_owned(),
            Merge::Replace | Merge::Keep => "INSERT OR REPLACE".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = write!(insert, " INTO row_{kind} (connection, generation, key, {list}) VALUES ({marks})");
        if merge == Merge::Add {
            insert.push_str(ADD);
        }
        Self { kind, view, merge, columns, list, insert }
    }
}

/// How `application-use` rows of equal key add up. Names are those of the later row, unless it has none.
const ADD: &str = "
ON CONFLICT DO UPDATE SET
  application_name = CASE WHEN excluded.last >= last THEN coalesce(excluded.application_name, application_name)
    ELSE coalesce(application_name, excluded.application_name) END,
  principal_name = CASE WHEN excluded.last >= last THEN coalesce(excluded.principal_name, principal_name)
    ELSE coalesce(principal_name, excluded.principal_name) END,
  sign_ins = sign_ins + excluded.sign_ins,
  failures = failures + excluded.failures,
  first = min(first, excluded.first),
  last = max(last, excluded.last)";

/// Writes rows into a generation.
pub(super) fn insert(tx: &Transaction<'_>, connection: i64, generation: i64, rows: &[Row]) -> Result<(), Failure> {
    let own = |value: i64| ToSqlOutput::Owned(Value::Integer(value));
    for row in rows {
        let table = table(tables::kind_of(row));
        let key = tables::key_of(row);
        let mut cells = vec![own(connection), own(generation), ToSqlOutput::Borrowed(ValueRef::Blob(&key))];
        tables::write(row, &mut cells).map_err(|what| StorageError::Unfit { kind: table.kind, what })?;
        let mut statement = tx.prepare_cached(&table.insert)?;
        statement.execute(rusqlite::params_from_iter(cells.iter())).map_err(|error| too_large(error, table.kind))?;
    }
    Ok(())
}

/// A sum that leaves 63 bits becomes a real number, which a strict table refuses.
fn too_large(error: rusqlite::Error, kind: &'static str) -> Failure {
    match error.sqlite_error() {
        Some(refused) if refused.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_DATATYPE => {
            StorageError::Unfit { kind, what: "a sum is larger than any real number of things".to_owned() }.into()
        }
        _ => error.into(),
    }
}

/// Reads a row of a kind from the columns of [`Table::list`], which begin at this one.
pub(super) fn read(kind: Kind, row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Row> {
    tables::read(kind, &mut Reader::new(row, at))
}

/// Counts the rows of a generation.
pub(super) fn count(tx: &Transaction<'_>, generation: i64) -> Result<i64, Failure> {
    let mut sum = 0;
    for kind in KINDS {
        let sql = format!("SELECT count(*) FROM row_{} WHERE generation = ?", table(*kind).kind);
        sum += tx.prepare_cached(&sql)?.query_row([generation], |row| row.get::<_, i64>(0))?;
    }
    Ok(sum)
}

/// Moves the rows that outlive their generation to where they stay, and says how many there were. Those that are there
/// already stay as they are.
pub(super) fn keep_for_ever(tx: &Transaction<'_>, generation: i64) -> Result<i64, Failure> {
    let mut moved = 0;
    for table in KINDS.iter().map(|kind| table(*kind)).filter(|table| table.merge == Merge::Keep) {
        let Table { kind, list, .. } = table;
        let sql = format!(
            "INSERT OR IGNORE INTO row_{kind} (connection, generation, key, {list})
             SELECT connection, {FOR_EVER}, key, {list} FROM row_{kind} WHERE generation = ?"
        );
        tx.prepare_cached(&sql)?.execute([generation])?;
        let delete = format!("DELETE FROM row_{kind} WHERE generation = ?");
        moved += i64::try_from(tx.prepare_cached(&delete)?.execute([generation])?).unwrap_or(i64::MAX);
    }
    Ok(moved)
}

/// Deletes the rows of a kind, but those that outlive their generation, and takes them off the sums of their partitions.
pub(super) fn delete_kind(tx: &Transaction<'_>, connection: i64, kind: Kind) -> Result<(), Failure> {
    let kind = table(kind).kind;
    let of_kind = format!("FROM row_{kind} WHERE connection = ?1 AND generation <> {FOR_EVER}");
    let sums = format!(
        "UPDATE task_partition SET rows = rows - n FROM (SELECT generation AS g, count(*) AS n {of_kind} GROUP BY g)
         WHERE generation = g"
    );
    tx.execute(&sums, [connection])?;
    tx.execute(&format!("DELETE {of_kind}"), [connection])?;
    Ok(())
}

/// Deletes the rows of a generation.
pub(super) fn delete(tx: &Transaction<'_>, generation: i64) -> Result<(), Failure> {
    for kind in KINDS {
        tx.prepare_cached(&format!("DELETE FROM row_{} WHERE generation = ?", table(*kind).kind))?
            .execute([generation])?;
    }
    Ok(())
}
