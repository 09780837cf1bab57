//! Points in time and days, as the contract counts them and as the database writes them.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

/// Day 0 of the contract.
const EPOCH: Date = date(1970, 1, 1);

/// An instant of the contract as text such as `2026-11-20T10:00:00Z`.
///
/// Absent outside of the years 0 to 9999, whose text would not sort as time does.
pub(crate) fn text_of_seconds(seconds: i64) -> Option<String> {
    let instant = Timestamp::from_second(seconds).ok()?;
    (date_of(instant).year() >= 0).then(|| instant.to_string())
}

/// A point in time as text, cut to its second, so that texts sort as time does.
pub(crate) fn text_of(instant: Timestamp) -> String {
    whole(instant).to_string()
}

/// A point in time without its fraction of a second.
pub(crate) fn whole(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

/// The day of a point in time, in UTC.
pub(crate) fn date_of(instant: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(instant).date()
}

/// A day of the contract as a date; absent outside of the years 0 to 9999.
pub(crate) fn date_of_day(day: i32) -> Option<Date> {
    let seconds = i64::from(day).checked_mul(86_400)?;
    Timestamp::from_second(seconds).ok().map(date_of).filter(|date| date.year() >= 0)
}

/// A date as a day of the contract.
pub(crate) fn day_of_date(date: Date) -> i32 {
    date.since(EPOCH).map_or(0, |span| span.get_days())
}
