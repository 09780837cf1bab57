//! When the runs of connections that are run regularly start.
//!
//! Nothing here sleeps or reads a clock. Starts are spread, so that many connections and many machines do not come at
//! once; plans are kept in a fixed rhythm, so that days do not drift; and a clock that is set back, or a machine that
//! slept, never makes anybody wait longer than one period.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::{later, until};
use crate::storage::ConnectionId;

/// The first pause before a run that left work behind is taken up again; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(15 * 60);
/// Starts are spread over this part of the period, and over no more than this time.
const SPREAD_PART: u32 = 20;
const SPREAD_MOST: Duration = Duration::from_secs(10 * 60);

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The rhythm: without spread.
    planned: Timestamp,
    /// When the next run starts.
    start: Timestamp,
    running: bool,
    /// Runs in a row that left work behind.
    unfinished: u32,
}

/// When the next run of each connection starts.
#[derive(Debug)]
pub struct Timetable {
    every: Duration,
    entries: BTreeMap<ConnectionId, Entry>,
}

impl Timetable {
    /// A timetable with one run in each period.
    pub fn new(every: Duration) -> Self {
        Timetable { every, entries: BTreeMap::new() }
    }

    /// Whether it knows a connection.
    pub fn knows(&self, connection: ConnectionId) -> bool {
        self.entries.contains_key(&connection)
    }

    /// Takes up a connection: a period after its last run; now when that is over, when there was none, or when it left
    /// work behind. `jitter` lies between 0 and 1. Gives the start of the next run.
    pub fn add(
        &mut self,
        connection: ConnectionId,
        last: Option<Timestamp>,
        unfinished: bool,
        now: Timestamp,
        jitter: f64,
    ) -> Timestamp {
        // A last run in the future was noted by a clock that was wrong.
        let last = last.filter(|last| *last <= now && !unfinished);
        let planned = last.map_or(now, |last| later(last, self.every)).max(now);
        // The first one starts at once: somebody is looking.
        let jitter = if self.entries.is_empty() && planned == now { 0.0 } else { jitter };
        let start = later(planned, self.spread(jitter));
        self.entries.insert(connection, Entry { planned, start, running: false, unfinished: 0 });
        start
    }

    /// Gives a connection up.
    pub fn remove(&mut self, connection: ConnectionId) {
        self.entries.remove(&connection);
    }

    /// The connections that it knows.
    pub fn connections(&self) -> Vec<ConnectionId> {
        self.entries.keys().copied().collect()
    }

    /// Takes the connection whose run starts now, if there is one: the one that waits longest.
    pub fn take_due(&mut self, now: Timestamp) -> Option<ConnectionId> {
        // Set back, the clock would make them wait for what it has told already.
        let latest = later(now, self.every.saturating_add(self.spread(1.0)));
        for entry in self.entries.values_mut().filter(|entry| entry.start > latest) {
            (entry.planned, entry.start) = (later(now, self.every), later(now, self.every));
        }
        let due = self.entries.iter_mut().filter(|(_, entry)| !entry.running && entry.start <= now);
        let (connection, entry) = due.min_by_key(|(_, entry)| entry.start)?;
        entry.running = true;
        Some(*connection)
    }

    /// Notes that a run has ended, and gives the start of the next one. With `unfinished`, that comes after a short pause,
    /// which doubles each time.
    pub fn ended(
        &mut self,
        connection: ConnectionId,
        unfinished: bool,
        now: Timestamp,
        jitter: f64,
    ) -> Option<Timestamp> {
        let (every, spread) = (self.every, self.spread(jitter));
        let entry = self.entries.get_mut(&connection)?;
        entry.running = false;
        while entry.planned <= now {
            let missed = until(entry.planned, now).as_secs() / every.as_secs().max(1);
            entry.planned =
                later(entry.planned, every.saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX).max(1)));
        }
        entry.start = later(entry.planned, spread);
        entry.unfinished = if unfinished { entry.unfinished.saturating_add(1) } else { 0 };
        if unfinished {
            let pause = PAUSE.saturating_mul(2_u32.saturating_pow(entry.unfinished.saturating_sub(1)));
            entry.start = entry.start.min(later(now, pause));
        }
        Some(entry.start)
    }

    /// When the next run starts of those that wait.
    pub fn next(&self) -> Option<Timestamp> {
        self.entries.values().filter(|entry| !entry.running).map(|entry| entry.start).min()
    }

    fn spread(&self, jitter: f64) -> Duration {
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
        (self.every / SPREAD_PART).min(SPREAD_MOST).mul_f64(jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Duration = Duration::from_secs(86_400);
    const HOUR: u64 = 3600;
    const ACME: ConnectionId = ConnectionId(1);
    const GLOBEX: ConnectionId = ConnectionId(2);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + i64::try_from(seconds).unwrap()).unwrap()
    }

    #[test]
    fn a_connection_that_never_ran_starts_at_once_and_another_a_little_later() {
        let mut table = Timetable::new(DAY);
        assert_eq!(table.add(ACME, None, false, at(0), 1.0), at(0));
        assert_eq!(table.add(GLOBEX, None, false, at(0), 1.0), at(600));
        assert_eq!(table.take_due(at(0)), Some(ACME));
        assert_eq!(table.take_due(at(0)), None);
        assert_eq!(table.next(), Some(at(600)));
        assert_eq!(table.take_due(at(601)), Some(GLOBEX));
    }

    #[test]
    fn a_restart_waits_for_the_rest_of_the_period_unless_work_was_left_behind() {
        let mut table = Timetable::new(DAY);
        assert_eq!(table.add(ACME, Some(at(0)), false, at(HOUR), 0.0), at(24 * HOUR));
        assert_eq!(table.add(GLOBEX, Some(at(0)), true, at(HOUR), 0.0), at(HOUR));
    }

    #[test]
    fn the_rhythm_does_not_drift_and_what_was_missed_is_not_made_up_for() {
        let mut table = Timetable::new(DAY);
        table.add(ACME, None, false, at(0), 0.0);
        assert_eq!(table.take_due(at(0)), Some(ACME));
        assert_eq!(table.ended(ACME, false, at(2 * HOUR), 0.5), Some(at(24 * HOUR + 300)));
        assert_eq!(table.take_due(at(24 * HOUR + 400)), Some(ACME));
        assert_eq!(table.take_due(at(24 * HOUR + 400)), None, "never twice at once");
        assert_eq!(table.ended(ACME, false, at(80 * HOUR), 0.0), Some(at(96 * HOUR)));
    }

    #[test]
    fn work_that_was_left_behind_goes_on_after_a_pause_that_doubles_up_to_the_period() {
        let mut table = Timetable::new(DAY);
        table.add(ACME, None, false, at(0), 0.0);
        let minutes = |table: &mut Timetable| {
            table.take_due(at(0)).unwrap();
            (table.ended(ACME, true, at(0), 0.0).unwrap().as_second() - at(0).as_second()) / 60
        };
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(minutes(&mut table));
            // Due at once, to be run again.
            table.entries.get_mut(&ACME).unwrap().start = at(0);
        }
        assert_eq!(pauses, [15, 30, 60, 120, 240, 480, 960, 1440]);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer_than_a_period() {
        let mut table = Timetable::new(DAY);
        table.add(ACME, None, false, at(1000 * HOUR), 0.0);
        table.take_due(at(1000 * HOUR)).unwrap();
        table.ended(ACME, false, at(1001 * HOUR), 0.0);
        assert_eq!(table.take_due(at(10 * HOUR)), None);
        assert_eq!(table.next(), Some(at(34 * HOUR)));
        // It stays there, though the clock goes on.
        assert_eq!(table.take_due(at(33 * HOUR)), None);
        assert_eq!(table.take_due(at(34 * HOUR)), Some(ACME));
    }

    #[test]
    fn a_machine_that_slept_starts_when_it_wakes() {
        let mut table = Timetable::new(DAY);
        table.add(ACME, Some(at(0)), false, at(HOUR), 0.0);
        assert_eq!(table.take_due(at(500 * HOUR)), Some(ACME));
    }

    proptest! {
        #[test]
        fn the_next_start_lies_after_the_end_of_the_run_and_within_a_period(
            took in 0_u64..400_000, jitter in -1.0_f64..2.0, unfinished: bool,
        ) {
            let mut table = Timetable::new(DAY);
            table.add(ACME, None, false, at(0), 0.0);
            table.take_due(at(0)).unwrap();
            let next = table.ended(ACME, unfinished, at(took), jitter).unwrap();
            prop_assert!(next > at(took));
            prop_assert!(next <= at(took + 24 * HOUR + 600));
        }
    }
}
