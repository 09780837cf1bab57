//! Time, injected: what waits and what expires asks a [`Clock`], so that tests run a day in a millisecond.

use jiff::{SignedDuration, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A future that is boxed so that a trait with it stays usable behind `dyn`.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tells the time and waits.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;
    /// Ends when this much time is over.
    fn sleep(&self, time: Duration) -> Pending<'_, ()>;
}

/// The clock of the machine.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A clock that stands still until it is moved. For tests.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl ManualClock {
    /// A clock that stands at an instant.
    pub fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(now) })
    }

    /// Moves the clock forward and wakes whoever waited for it.
    pub fn advance(&self, time: Duration) {
        self.now.send_modify(|now| *now = later(*now, time));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        let until = later(self.now(), time);
        let mut seen = self.now.subscribe();
        Box::pin(async move {
            // Fails only when the clock is dropped, and it is borrowed here.
            let _moved = seen.wait_for(|now| *now >= until).await;
        })
    }
}

/// The instant that is this much later; the last instant there is when that lies beyond it.
pub fn later(instant: Timestamp, time: Duration) -> Timestamp {
    SignedDuration::try_from(time).ok().and_then(|time| instant.checked_add(time).ok()).unwrap_or(Timestamp::MAX)
}

/// How long it is from one instant to another; zero when that lies in the past.
pub fn until(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_a_sleeper_only_when_its_time_has_come() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(10)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
        assert_eq!(clock.now().as_second(), 10);
    }

    #[test]
    fn an_instant_beyond_the_last_one_is_the_last_one() {
        assert_eq!(later(Timestamp::MAX, Duration::from_secs(1)), Timestamp::MAX);
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn an_instant_in_the_past_is_no_time_away() {
        assert_eq!(until(Timestamp::MAX, Timestamp::UNIX_EPOCH), Duration::ZERO);
    }
}
