//! When a failed delivery is tried again.

use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

use crate::clock::later;

/// The wait after the first failure; each further one is six times as long.
const FIRST: Duration = Duration::from_secs(2);
const FACTOR: u32 = 6;
/// The longest wait of our own: twice a day is often enough to see that a receiver has come back.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// The longest wait that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);
/// How long a delivery is tried: over a weekend, and a day to mend it.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_hours(72);

/// When to try again after so many failures, or nothing when it is to be given up. `jitter` lies between 0 and 1. A time
/// that the receiver named is never shortened, up to a day.
pub(super) fn again(
    failures: u32,
    queued: Timestamp,
    now: Timestamp,
    asked: Option<Duration>,
    jitter: f64,
) -> Option<Timestamp> {
    if now.duration_since(queued) >= PATIENCE {
        return None;
    }
    let own = FIRST.saturating_mul(FACTOR.saturating_pow(failures.saturating_sub(1))).min(LONGEST);
    let own = own.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0));
    let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
    // Whole seconds, as the database keeps them: rounded up, so that no named time is shortened.
    let wait = own.max(asked).as_millis().div_ceil(1000);
    Some(later(now, Duration::from_secs(u64::try_from(wait).unwrap_or(u64::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn waits(jitter: f64) -> Vec<i64> {
        let mut now = START;
        let mut failures = 0;
        let mut waits = Vec::new();
        loop {
            failures += 1;
            let Some(next) = again(failures, START, now, None, jitter) else { return waits };
            waits.push(next.as_second() - now.as_second());
            now = next;
        }
    }

    #[test]
    fn waits_grow_to_half_a_day_and_end_after_three_days() {
        let hours = 3600;
        let expected =
            [2, 12, 72, 432, 2592, 15_552, 12 * hours, 12 * hours, 12 * hours, 12 * hours, 12 * hours, 12 * hours];
        assert_eq!(waits(1.0), expected);
        assert!(waits(1.0).iter().sum::<i64>() >= PATIENCE.as_secs());
    }

    #[test]
    fn a_time_that_the_receiver_names_is_kept_up_to_a_day() {
        let minutes = |asked| again(1, START, START, Some(Duration::from_secs(asked)), 0.0).map(Timestamp::as_second);
        assert_eq!(minutes(90), Some(90));
        assert_eq!(minutes(1_000_000), Some(86_400));
    }

    proptest! {
        #[test]
        fn jitter_halves_a_wait_at_most_and_never_shortens_a_named_time(
            failures in 1_u32..40, jitter in -1.0_f64..2.0, asked in 0_u64..86_400,
        ) {
            let full = again(failures, START, START, None, 1.0).unwrap().as_second();
            let some = again(failures, START, START, None, jitter).unwrap().as_second();
            prop_assert!(some <= full && some * 2 >= full);
            let named = again(failures, START, START, Some(Duration::from_secs(asked)), jitter).unwrap();
            prop_assert!(named.as_second() >= asked as i64);
        }
    }
}
