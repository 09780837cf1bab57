//! Instants and days: as Microsoft writes them, and as the contract counts them.
//!
//! Graph writes RFC 3339 with up to seven digits of fractions, and says "never" in four ways: no field, `null`, an
//! empty text, and `0001-01-01T00:00:00Z`. Usage reports write days as `2026-11-20` and leave "never" empty.

use jiff::civil::Date;
use jiff::{Timestamp, Unit};
use serde::{Deserialize, Deserializer};

use crate::contract::types::{Day, Instant};

/// Seconds of a day in UTC.
pub const DAY: Instant = 86_400;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Reads an instant. `None` for every way of saying "never", for what is no instant, and for years before 1970, in
/// which no service wrote anything down.
#[must_use]
pub fn instant(text: &str) -> Option<Instant> {
    let instant = text.trim().parse::<Timestamp>().ok()?.as_second();
    (instant >= 0).then_some(instant)
}

/// Reads a day, `2026-11-20`, or the day of an instant. `None` as for [`instant`].
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    if let Some(instant) = instant(text) {
        return Some(day_of(instant));
    }
    let day = number(text.parse::<Date>().ok()?)?;
    (day >= 0).then_some(day)
}

/// The day of an instant, in UTC.
#[must_use]
pub fn day_of(instant: Instant) -> Day {
    let day = instant.div_euclid(DAY);
    Day::try_from(day).unwrap_or(if day < 0 { Day::MIN } else { Day::MAX })
}

/// The first second of a day.
#[must_use]
pub fn start(day: Day) -> Instant {
    Instant::from(day) * DAY
}

/// A day as `2026-11-20`. Days beyond the year 9999 are written as that year's last.
#[must_use]
pub fn day_text(day: Day) -> String {
    date(day).unwrap_or(Date::MAX).to_string()
}

/// An instant as `2026-11-20T10:00:00Z`.
#[must_use]
pub fn instant_text(instant: Instant) -> String {
    let within = instant.rem_euclid(DAY);
    format!("{}T{:02}:{:02}:{:02}Z", day_text(day_of(instant)), within / 3600, within / 60 % 60, within % 60)
}

/// Whole months from one day to a later one, and the days left over. `None` when the second is not later.
#[must_use]
pub fn months_between(from: Day, to: Day) -> Option<(u32, u32)> {
    let span = date(from)?.until((Unit::Month, date(to)?)).ok()?;
    let months = u32::try_from(span.get_months()).ok()?;
    let days = u32::try_from(span.get_days()).ok()?;
    (from < to).then_some((months, days))
}

/// Reads a field with an instant, however it says "never", and whatever else stands there.
///
/// # Errors
/// Only those of the format itself.
pub fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Instant>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(instant))
}

fn date(day: Day) -> Option<Date> {
    EPOCH.checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

fn number(date: Date) -> Option<Day> {
    Day::try_from(date.since((Unit::Day, EPOCH)).ok()?.get_days()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_instant_with_seven_digits_of_fractions_is_cut_to_the_second() {
        assert_eq!(instant("2020-03-13T19:15:41.6195833Z"), Some(1_584_126_941));
        assert_eq!(instant("1970-01-01T00:00:00Z"), Some(0));
    }

    #[test]
    fn every_way_of_saying_never_is_none() {
        for never in ["", "  ", "0001-01-01T00:00:00Z", "1601-01-01T00:00:00Z", "never", "2026-13-01T00:00:00Z"] {
            assert_eq!(instant(never), None, "{never}");
        }
        for never in ["", "0001-01-01", "2026-02-30", "20/11/2026"] {
            assert_eq!(day(never), None, "{never}");
        }
    }

    #[test]
    fn a_field_that_is_null_a_number_or_a_text_is_read() {
        #[derive(Deserialize)]
        struct Field {
            #[serde(default, deserialize_with = "lenient")]
            at: Option<Instant>,
        }
        let read = |json: &str| serde_json::from_str::<Field>(json).unwrap().at;
        assert_eq!(read(r#"{"at":"1970-01-02T00:00:00Z"}"#), Some(DAY));
        assert_eq!(read(r#"{"at":null}"#), None);
        assert_eq!(read(r#"{"at":12}"#), None);
        assert_eq!(read("{}"), None);
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2026-11-20"), Some(20_777));
        assert_eq!(day("2026-11-20T23:59:59Z"), Some(20_777));
        assert_eq!(day_text(20_777), "2026-11-20");
        assert_eq!(instant_text(start(20_777) + 36_061), "2026-11-20T10:01:01Z");
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let between = |from: &str, to: &str| months_between(day(from).unwrap(), day(to).unwrap());
        assert_eq!(between("2026-01-31", "2026-02-28"), Some((0, 28)));
        assert_eq!(between("2025-03-01", "2026-03-01"), Some((12, 0)));
        assert_eq!(between("2025-03-01", "2026-03-04"), Some((12, 3)));
        assert_eq!(between("2026-03-01", "2026-03-01"), None);
        assert_eq!(between("2026-03-02", "2026-03-01"), None);
    }

    proptest! {
        #[test]
        fn a_day_survives_being_written_and_read(number in 0..2_932_000_i32) {
            prop_assert_eq!(day(&day_text(number)), Some(number));
            prop_assert_eq!(day_of(start(number)), number);
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,40}") {
            let _ = (instant(&text), day(&text));
        }
    }
}
