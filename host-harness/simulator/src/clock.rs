//! The simulator's clock, and days counted from 1970-01-01 in UTC.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Seconds of a day, in UTC and therefore without leaps.
pub(crate) const DAY_SECONDS: i64 = 86_400;

/// A clock that runs with the system's, from another instant if wished, and can be moved or stopped.
pub(crate) struct Clock {
    state: Mutex<State>,
}

struct State {
    /// How far this clock is ahead of the system's.
    ahead: SignedDuration,
    /// Where it stands, when it does not run.
    stopped: Option<Timestamp>,
}

impl Clock {
    /// A clock that shows `now`, or the system's time when there is none given.
    pub(crate) fn new(now: Option<Timestamp>, stopped: bool) -> Clock {
        let system = Timestamp::now();
        let start = now.unwrap_or(system);
        let ahead = start.duration_since(system);
        Clock { state: Mutex::new(State { ahead, stopped: stopped.then_some(start) }) }
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let system = || Timestamp::now().saturating_add(state.ahead).unwrap_or(Timestamp::MAX);
        state.stopped.unwrap_or_else(system)
    }

    /// Moves the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ahead = state.ahead.saturating_add(by);
        state.stopped = state.stopped.map(|at| at.saturating_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Stops the clock where it is, so that only [`Clock::advance`] moves it.
    pub(crate) fn stop(&self) {
        let now = self.now();
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = Some(now);
    }
}

/// The number of the day that an instant falls on.
pub(crate) fn day_of(at: Timestamp) -> i32 {
    i32::try_from(at.as_second().div_euclid(DAY_SECONDS)).unwrap_or(i32::MAX)
}

/// The first second of a day.
pub(crate) fn start_of(day: i32) -> i64 {
    i64::from(day) * DAY_SECONDS
}

/// True on Saturdays and Sundays.
pub(crate) fn is_weekend(day: i32) -> bool {
    // Day 0 was a Thursday.
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// A day as `2026-11-20`.
pub(crate) fn date(day: i32) -> String {
    civil(day).to_string()
}

/// The number of a day written as `2026-11-20`.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    let at = TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
    (date.to_string() == text).then(|| day_of(at))
}

/// An instant given in seconds since 1970 as `2026-11-20T10:00:00Z`.
pub(crate) fn instant(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The year, month and day of a day's number.
pub(crate) fn civil(day: i32) -> Date {
    Date::constant(1970, 1, 1).saturating_add(day.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_it_is_written() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(parse_date("2026-11-20").map(date).as_deref(), Some("2026-11-20"));
        assert_eq!(parse_date("20261120"), None);
    }

    #[test]
    fn saturdays_and_sundays_are_weekends() {
        let week: Vec<bool> = (16..23).map(|day| is_weekend(parse_date(&format!("2026-11-{day}")).unwrap())).collect();
        assert_eq!(week, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn a_stopped_clock_moves_only_when_told() {
        let start: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let clock = Clock::new(Some(start), true);
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().to_string(), "2026-11-20T10:01:30Z");
    }
}
