//! Published rows of one kind as a stream that can be left and taken up again: the ground for merging ordered scans in
//! bounded memory.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::contract::rows::{Kind, Row};
use crate::contract::types::Error;
use crate::fold::fold;
use crate::kept;
use crate::step::Store;

/// Rows of one page: some hundred kilobytes.
const PAGE: u32 = 1000;

/// Where a stream stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The page, as the store names it; `None` for the first.
    after: Option<String>,
    /// Rows of the page that are taken.
    taken: usize,
}

kept!(Position { after, taken });

/// The rows of a kind, in the order of their key.
pub struct Stream<'a> {
    store: &'a dyn Store,
    kind: Kind,
    at: Position,
    rows: VecDeque<Row>,
    next: Option<String>,
}

impl<'a> Stream<'a> {
    /// Takes a stream up where it was left.
    ///
    /// # Errors
    /// `storage` when the host cannot read.
    pub fn open(store: &'a dyn Store, kind: Kind, at: Position) -> Result<Self, Error> {
        let page = store.scan(kind, at.after.as_deref(), PAGE)?;
        let rows = page.rows.into_iter().skip(at.taken).collect();
        Ok(Self { store, kind, at, rows, next: page.next })
    }

    /// The next row, which stays in the stream; `None` at the end.
    ///
    /// # Errors
    /// `storage` when the host cannot read.
    pub fn peek(&mut self) -> Result<Option<&Row>, Error> {
        while self.rows.is_empty() {
            let Some(after) = self.next.take() else { return Ok(None) };
            let page = self.store.scan(self.kind, Some(&after), PAGE)?;
            self.at = Position { after: Some(after), taken: 0 };
            self.rows = page.rows.into();
            self.next = page.next;
        }
        Ok(self.rows.front())
    }

    /// Takes the next row if it is wanted.
    ///
    /// # Errors
    /// `storage` when the host cannot read.
    pub fn take_if(&mut self, wanted: impl FnOnce(&Row) -> bool) -> Result<Option<Row>, Error> {
        if !self.peek()?.is_some_and(wanted) {
            return Ok(None);
        }
        self.at.taken += 1;
        Ok(self.rows.pop_front())
    }

    /// Where the stream stands now.
    #[must_use]
    pub fn position(&self) -> Position {
        self.at.clone()
    }
}

/// Compares two parts of keys as the store orders them: byte by byte after case folding.
#[must_use]
pub fn by_key(one: &str, other: &str) -> Ordering {
    fold(one).as_bytes().cmp(fold(other).as_bytes())
}
