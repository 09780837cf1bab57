//! Instants and days: as Microsoft writes them, and as the contract counts them.
//!
//! Graph writes RFC 3339 with up to seven digits of fractions, and says "never" in four ways: no field, `null`, an
//! empty text, and `0001-01-01T00:00:00Z`. Usage reports write days as `2026-11-20` and leave "never" empty. Headers
//! write `Fri, 20 Nov 2026 10:00:00 GMT` (RFC 9110, section 5.6.7).
//!
//! Written out here and not taken from a library: everything is UTC, and a library of time zones would take a tenth of
//! the size that the component may have. Tests hold it against one.

use serde::{Deserialize, Deserializer};

use crate::contract::types::{Day, Instant};

/// Seconds of a day in UTC.
pub const DAY: Instant = 86_400;

/// Days of 400 years of the Gregorian calendar, after which it repeats.
const ERA: i64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Days from the first of March to the first of each later month, March first: a leap day is the last of its year.
const MONTHS: [i64; 12] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337];

/// A date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// Reads an instant. `None` for every way of saying "never", for what is no instant, and for years before 1970, in
/// which no service wrote anything down.
#[must_use]
pub fn instant(text: &str) -> Option<Instant> {
    let text = text.trim();
    let (date, rest) = (text.get(..10)?, text.get(11..)?);
    if !matches!(text.get(10..11)?, "T" | "t" | " ") {
        return None;
    }
    let (clock, zone) = rest.split_at_checked(rest.find(['Z', 'z', '+', '-'])?)?;
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    number(fraction, 1..=9)?;
    let instant = days(parse(date)?) * DAY + clock_seconds(seconds)? - offset(zone)?;
    (instant >= 0).then_some(instant)
}

/// Reads a day, `2026-11-20`, or the day of an instant. `None` as for [`instant`].
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    let text = text.trim();
    if let Some(instant) = instant(text) {
        return Some(day_of(instant));
    }
    Day::try_from(days(parse(text)?)).ok().filter(|day| *day >= 0)
}

/// Reads the instant of a header, `Fri, 20 Nov 2026 10:00:00 GMT`.
#[must_use]
pub fn http_date(text: &str) -> Option<Instant> {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_ascii_whitespace().skip(1);
    let day = number(words.next()?, 1..=2)?;
    let name = words.next()?;
    let month = NAMES.iter().zip(1..).find(|(known, _)| known.eq_ignore_ascii_case(name))?.1;
    let year = number(words.next()?, 4..=4)?;
    let seconds = clock_seconds(words.next()?)?;
    (words.next()? == "GMT").then_some(())?;
    Some(days(valid(Date { year, month, day })?) * DAY + seconds)
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

/// A day as `2026-11-20`.
#[must_use]
pub fn day_text(day: Day) -> String {
    let date = date(day.into());
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
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
    let (one, other) = (date(from.into()), date(to.into()));
    let whole = (other.year - one.year) * 12 + other.month - one.month - i64::from(other.day < one.day);
    // The day of the month on which the last whole month ended; months that are too short end with their last day.
    let month = one.month - 1 + whole;
    let ended = Date { year: one.year + month.div_euclid(12), month: month.rem_euclid(12) + 1, day: 1 };
    let ended = days(ended) + (one.day.min(length(ended)) - 1);
    Some((u32::try_from(whole).ok()?, u32::try_from(i64::from(to) - ended).ok()?))
}

/// Reads a field with an instant, however it says "never", and whatever else stands there.
///
/// # Errors
/// Only those of the format itself.
pub fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Instant>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(instant))
}

/// Reads `2026-11-20`.
fn parse(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month) = (number(parts.next()?, 4..=4)?, number(parts.next()?, 2..=2)?);
    let day = number(parts.next()?, 2..=2)?;
    if parts.next().is_some() {
        return None;
    }
    valid(Date { year, month, day })
}

/// A date that the calendar has.
fn valid(date: Date) -> Option<Date> {
    ((1..=12).contains(&date.month) && (1..=length(date)).contains(&date.day)).then_some(date)
}

/// Reads `10:00:00`. A leap second counts as the second before it.
fn clock_seconds(text: &str) -> Option<Instant> {
    let mut parts = text.split(':');
    let hours = number(parts.next()?, 2..=2).filter(|hours| *hours < 24)?;
    let minutes = number(parts.next()?, 2..=2).filter(|minutes| *minutes < 60)?;
    let seconds = number(parts.next()?, 2..=2).filter(|seconds| *seconds <= 60)?;
    parts.next().is_none().then_some(hours * 3600 + minutes * 60 + seconds.min(59))
}

/// Seconds that a zone, `Z` or `+01:00`, is ahead of UTC.
fn offset(zone: &str) -> Option<Instant> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let ahead = clock_seconds(&format!("{}:00", zone.get(1..)?))?;
    Some(if zone.starts_with('-') { -ahead } else { ahead })
}

/// Reads so many digits and nothing else.
fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    if all && digits.contains(&text.len()) { text.parse().ok() } else { None }
}

/// Days of the month of a date.
fn length(date: Date) -> i64 {
    let next = Date { year: date.year + date.month / 12, month: date.month % 12 + 1, day: 1 };
    days(next) - days(Date { day: 1, ..date })
}

/// Days from 1970-01-01 to a date. Years are taken to begin in March.
fn days(date: Date) -> i64 {
    let before_march = date.month <= 2;
    let year = date.year - i64::from(before_march);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = usize::try_from(if before_march { date.month + 9 } else { date.month - 3 }).unwrap_or(0);
    let within = MONTHS.get(month).copied().unwrap_or(0) + date.day - 1;
    era * ERA + year * 365 + year / 4 - year / 100 + within - EPOCH
}

/// The date so many days after 1970-01-01.
fn date(days: i64) -> Date {
    let days = days + EPOCH;
    let (era, days) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    // The days of 4, 100 and 400 years, less one, take the leap days out.
    let year = (days - days / 1460 + days / 36_524 - days / 146_096) / 365;
    let within = days - (year * 365 + year / 4 - year / 100);
    let month = MONTHS.iter().rposition(|first| *first <= within).unwrap_or(0);
    let day = within - MONTHS.get(month).copied().unwrap_or(0) + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let month = i64::try_from(month).unwrap_or(1);
    Date { year: era * 400 + year + i64::from(month <= 2), month, day }
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
