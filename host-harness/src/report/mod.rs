//! Reports: typed tables for people and machines, without a word of how they are drawn.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::storage::{Database, StorageError};

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

macro_rules! report {
    ($($(#[$doc:meta])* $name:ident;)*) => { impl Database { $($(#[$doc])* pub fn $name(&self, _question: Question<'_>) -> Result<Report, StorageError> { todo!() })* } };
}
report! {
    /// Subscriptions with their seats and what those cost.
    subscriptions_report;
    /// Persons with their seats, what those cost, and when they were last active.
    users_report;
    /// Advice, ranked by saving.
    recommendations_report;
    /// Applications that are used or installed.
    applications_report;
    /// News.
    notifications_report;
    /// What persons did.
    usage_report;
    /// What could not be had, why, and how to mend it.
    gaps_report;
    /// How fresh each dataset of each connection is, and what to do next.
    status_report;
    /// What the last run of each connection took.
    runs_report;
}
