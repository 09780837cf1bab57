//! Instants and days: as Microsoft writes them, and as the contract counts them.
//!
//! Graph writes RFC 3339 with up to seven digits of fractions, and says "never" in four ways: no field, `null`, an
//! empty text, and `0001-01-01T00:00:00Z`. Usage reports write days as `2026-11-20` and leave "never" empty. Headers
//! write `Fri, 20 Nov 2026 10:00:00 GMT` (RFC 9110, section 5.6.7).

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime};

use crate::contract::types::{Day, Instant};

/// Seconds of a day in UTC.
pub const DAY: Instant = 86_400;

/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

/// Reads an instant. `None` for every way of saying "never", for what is no instant, and for years before 1970, in
/// which no service wrote anything down.
#[must_use]
pub fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    // Entra ID writes a blank where RFC 3339 wants a T.
    let spelled = text.get(10..11).filter(|separator| *separator == " ").map(|_| text.replacen(' ', "T", 1));
    let instant = OffsetDateTime::parse(spelled.as_deref().unwrap_or(text), &Rfc3339).ok()?.unix_timestamp();
    (instant >= 0).then_some(instant)
}

/// Reads a day, `2026-11-20`, or the day of an instant. `None` as for [`instant`].
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    instant(text).or_else(|| instant(&format!("{text}T00:00:00Z"))).map(day_of)
}

/// Reads the instant of a header, `Fri, 20 Nov 2026 10:00:00 GMT`.
#[must_use]
pub fn http_date(text: &str) -> Option<Instant> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Instant::try_from(since.as_secs()).ok()
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

/// A day as `2026-11-20`. Days beyond the years that a calendar has are written as its first or last.
#[must_use]
pub fn day_text(day: Day) -> String {
    date(day).to_string()
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
    if from >= to {
        return None;
    }
    let (one, other) = (date(from), date(to));
    let months = |date: Date| date.year() * 12 + i32::from(u8::from(date.month())) - 1;
    let whole = months(other) - months(one) - i32::from(other.day() < one.day());
    // The day of the month on which the last whole month ended; months that are too short end with their last day.
    let reached = months(one) + whole;
    let (year, month) = (reached.div_euclid(12), u8::try_from(reached.rem_euclid(12) + 1).ok()?);
    let month = Month::try_from(month).ok()?;
    let ended = Date::from_calendar_date(year, month, one.day().min(month.length(year))).ok()?;
    let left = other.to_julian_day() - ended.to_julian_day();
    Some((u32::try_from(whole).ok()?, u32::try_from(left).ok()?))
}

fn date(day: Day) -> Date {
    Date::from_julian_day(day.saturating_add(EPOCH)).unwrap_or(if day < 0 { Date::MIN } else { Date::MAX })
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
    fn zones_and_fractions_are_read_and_nonsense_is_not() {
        assert_eq!(instant("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(instant("1970-01-01T00:00:00-00:30"), Some(1800));
        assert_eq!(instant("1970-01-01 00:00:07Z"), Some(7));
        for nonsense in [
            "2026-11-20T10:00:00",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:60:00Z",
            "2026-11-20T10:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-20T10:00:00.Z",
            "2026-11-20T10:00:00Zulu",
            "+026-11-20T10:00:00Z",
            "2026-11-20T10:00:00+1:00",
        ] {
            assert_eq!(instant(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_date_of_a_header_is_read() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:01:00 GMT"), Some(60));
        assert_eq!(http_date("Fri, 20 Nov 2026 10:00:00 GMT"), instant("2026-11-20T10:00:00Z"));
        for nonsense in
            ["", "soon", "Fri, 20 Nov 2026 10:00:00", "Fri, 31 Feb 2026 10:00:00 GMT", "Fri, 20 Nox 2026 10:00:00 GMT"]
        {
            assert_eq!(http_date(nonsense), None, "{nonsense}");
        }
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
        assert_eq!(between("2025-12-31", "2026-03-01"), Some((2, 1)));
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
        fn days_are_those_of_a_library_of_time(number in 0..2_932_000_i32) {
            let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(number)).unwrap();
            prop_assert_eq!(day_text(number), date.to_string());
        }

        #[test]
        fn instants_are_those_of_a_library_of_time(second in 0..253_402_207_200_i64) {
            let written = jiff::Timestamp::from_second(second).unwrap().to_string();
            prop_assert_eq!(instant(&written), Some(second));
            prop_assert_eq!(instant_text(second), written);
        }

        #[test]
        fn months_are_those_of_a_library_of_time(from in 0..40_000_i32, length in 1..20_000_i32) {
            let civil = |day: i32| day_text(day).parse::<jiff::civil::Date>().unwrap();
            let span = civil(from).until((jiff::Unit::Month, civil(from + length))).unwrap();
            let expected = (u32::try_from(span.get_months()).unwrap(), u32::try_from(span.get_days()).unwrap());
            prop_assert_eq!(months_between(from, from + length), Some(expected));
        }

        #[test]
        fn no_text_makes_reading_panic(text in ".{0,40}") {
            let _ = (instant(&text), day(&text), http_date(&text));
        }
    }
}
