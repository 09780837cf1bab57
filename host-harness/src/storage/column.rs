//! Columns of the database's own tables: JSON and points in time.

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Failure;

/// A value as JSON.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)).into())
}

/// A value from JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text).map_err(|error| unreadable(at, error))
}

/// A value from JSON; absent when the column is NULL.
pub(super) fn json_if_any<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(at, error))).transpose()
}

/// A point in time.
pub(super) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    let text: String = row.get(at)?;
    text.parse().map_err(|error: jiff::Error| unreadable(at, error))
}

/// A point in time; absent when the column is NULL.
pub(super) fn instant_if_any(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| text.parse().map_err(|error: jiff::Error| unreadable(at, error))).transpose()
}

fn unreadable(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}
