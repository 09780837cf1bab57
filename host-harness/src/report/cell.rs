//! Cells from the values of the contract.

use jiff::Timestamp;

use super::{Amount, Cell};
use crate::contract::types::{Day, Instant, Money};
use crate::storage::{Named, date_of, date_of_day};

/// Words; absent when there are none.
pub(super) fn text(text: Option<&String>) -> Cell {
    text.map_or(Cell::Absent, |text| Cell::Text(text.clone()))
}

/// One of several names, as the contract writes it.
pub(super) fn name(value: &impl Named) -> Cell {
    Cell::Text(value.name().to_owned())
}

/// A number. One above 63 bits stands as the greatest.
pub(super) fn count(count: u64) -> Cell {
    Cell::Count(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A number that may be unknown.
pub(super) fn count_if_any(number: Option<u64>) -> Cell {
    number.map_or(Cell::Absent, count)
}

/// Yes or no, or unknown.
pub(super) fn yes(yes: Option<bool>) -> Cell {
    yes.map_or(Cell::Absent, Cell::Bool)
}

/// A point in time.
pub(super) fn instant(instant: Option<Instant>) -> Cell {
    instant.and_then(|seconds| Timestamp::from_second(seconds).ok()).map_or(Cell::Absent, Cell::Instant)
}

/// A day.
pub(super) fn day(day: Option<Day>) -> Cell {
    day.and_then(date_of_day).map_or(Cell::Absent, Cell::Day)
}

/// The amount of one row.
pub(super) fn money(money: Option<&Money>) -> Cell {
    money.map_or(Cell::Absent, |money| amount(i128::from(money.micros), &money.currency))
}

/// An amount that was reckoned.
pub(super) fn amount(micros: i128, currency: &str) -> Cell {
    Cell::Money(Amount { micros, currency: currency.to_owned() })
}

/// The day of a point in time, in UTC.
pub(super) fn day_of_instant(instant: Option<Instant>) -> Cell {
    let instant = instant.and_then(|seconds| Timestamp::from_second(seconds).ok());
    instant.map_or(Cell::Absent, |instant| Cell::Day(date_of(instant)))
}
