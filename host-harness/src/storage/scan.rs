//! Reading rows in the order of their key.

use super::{ConnectionId, Database, StorageError};
use crate::contract::binadox::connector::rows::{Kind, Row};

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
    pub fn scan(
        &self,
        _connection: ConnectionId,
        _kind: Kind,
        _after: Option<&str>,
        _limit: u32,
    ) -> Result<RowPage, StorageError> {
        todo!()
    }
    /// The visible rows of a kind whose key begins with this string, case folded. At most 5000.
    pub fn find(&self, _connection: ConnectionId, _kind: Kind, _key: &str) -> Result<Vec<Row>, StorageError> {
        todo!()
    }
}
