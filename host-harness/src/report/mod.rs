//! Reports: typed tables for people and machines, without a word of how they are drawn.
//!
//! Each is made from one unchanging state of the database, and from visible rows alone. What is not known is an absent
//! cell, and amounts of different currencies are never added.

mod applications;
mod cell;
mod costs;
mod days;
mod entitlements;
mod gaps;
mod heat_map;
mod notifications;
mod plan;
mod prices;
mod recommendations;
mod runs;
mod sign_ins;
mod status;
mod subscriptions;
mod sums;
#[cfg(test)]
mod tests;
mod usage;
mod users;
mod utilisation;

pub use days::Look;
pub use utilisation::By;

pub use costs::Dimension;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Transaction;

use crate::storage::{self, Connection, Failure, StorageError};
use crate::text::thousands;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Words.
    Text,
    /// A whole number.
    Count,
    /// An amount of one currency.
    Money,
    /// A calendar day.
    Day,
    /// A point in time.
    Instant,
    /// Yes or no.
    Bool,
}

/// A column of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// For machines: lower-case words joined by underscores.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it holds.
    pub unit: Unit,
}

/// An amount of money: whole millionths of one unit of the currency. Wide, because it may be a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Millionths.
    pub micros: i128,
    /// ISO 4217 code.
    pub currency: String,
}

/// A value of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Not known. Never zero.
    Absent,
    /// Words.
    Text(String),
    /// A whole number.
    Count(i64),
    /// An amount.
    Money(Amount),
    /// A day.
    Day(Date),
    /// A point in time.
    Instant(Timestamp),
    /// Yes or no.
    Bool(bool),
}

/// A typed table.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it shows.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Totals, one row for each currency, with a cell for every column.
    pub totals: Vec<Vec<Cell>>,
    /// What a reader has to know, as sentences.
    pub notes: Vec<String>,
}

/// What a report is made from.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Names of connections; all when empty.
    pub connections: &'a [String],
    /// The day on which prices hold, and from which ages are counted.
    pub now: Timestamp,
    /// At most so many rows; all when absent. Totals count every row.
    pub limit: Option<usize>,
}

impl Question<'_> {
    /// The connections that are asked for.
    fn connections(&self, tx: &Transaction<'_>) -> Result<Vec<Connection>, Failure> {
        let mut found = storage::connections(tx)?;
        for name in self.connections {
            if !found.iter().any(|connection| connection.name == *name) {
                return Err(StorageError::NoConnection(name.clone()).into());
            }
        }
        found.retain(|connection| self.connections.is_empty() || self.connections.contains(&connection.name));
        Ok(found)
    }

    /// The day of the question, in UTC.
    fn today(&self) -> Date {
        storage::date_of(self.now)
    }

    /// Cuts rows to the limit and says so.
    fn cut(&self, report: &mut Report) {
        let all = report.rows.len();
        if let Some(limit) = self.limit.filter(|limit| *limit < all) {
            report.rows.truncate(limit);
            report.notes.push(format!("The first {} of {} are shown.", thousands(limit as u64), thousands(all as u64)));
        }
    }
}

impl Report {
    /// A report without rows.
    fn new(title: &str, columns: &[Column]) -> Self {
        let (rows, totals, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { title: title.to_owned(), columns: columns.to_vec(), rows, totals, notes }
    }
}

impl Report {
    /// Leaves out a column, when there is one of this name.
    pub fn leave_out(&mut self, name: &str) {
        let Some(at) = self.columns.iter().position(|column| column.name == name) else { return };
        self.columns.remove(at);
        for row in self.rows.iter_mut().chain(&mut self.totals).filter(|row| at < row.len()) {
            row.remove(at);
        }
    }
}

/// The first column of every report.
const CONNECTION: Column = column("connection", "Connection", Unit::Text);

const fn column(name: &'static str, title: &'static str, unit: Unit) -> Column {
    Column { name, title, unit }
}
