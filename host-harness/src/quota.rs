//! Pacing: a connector's manifest says how many requests its service takes in how many seconds, and a [`Bucket`] lets
//! no more through, because learning from a refusal is learning too late.
//!
//! It keeps the instants of the requests of the last window instead of counting tokens: a classic bucket of `n` tokens
//! that refills evenly lets almost `2 n` requests through within one window, and services count by window.

use crate::clock::{Clock, later, until};
use crate::contract::manifest::Quota;
use crate::limits::LONGEST_WAIT;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Requests take different times to arrive, and the service counts them when they do: a window is this much longer
/// than published, so that a late first and an early last request do not share one.
const JITTER: Duration = Duration::from_millis(100);

/// The rule: how many requests in which time, and which were let through.
#[derive(Debug)]
struct Window {
    requests: usize,
    per: Duration,
    passed: VecDeque<Timestamp>,
}

impl Window {
    /// The quota, made `scale` times as generous. A scale that leaves less than one request makes the window longer.
    fn new(quota: &Quota, scale: f64) -> Self {
        let per = Duration::from_secs(quota.per_seconds.max(1).into());
        let scaled = f64::from(quota.requests.max(1)) * scale;
        if scaled >= 1.0 {
            // A float beyond the range becomes the greatest number there is.
            Self { requests: scaled as usize, per, passed: VecDeque::new() }
        } else {
            let stretched = Duration::try_from_secs_f64(per.as_secs_f64() / scaled).unwrap_or(Duration::MAX);
            Self { requests: 1, per: stretched, passed: VecDeque::new() }
        }
    }

    /// Lets a request through now, or says when there is room for it.
    fn pass(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        let span = self.per.saturating_add(JITTER);
        while self.passed.front().is_some_and(|first| later(*first, span) <= now) {
            self.passed.pop_front();
        }
        match self.passed.front() {
            Some(first) if self.passed.len() >= self.requests => Err(later(*first, span)),
            _ => {
                self.passed.push_back(now);
                Ok(())
            }
        }
    }
}

/// Paces the requests of all tasks that share a quota, in the order in which they ask.
pub struct Bucket {
    clock: Arc<dyn Clock>,
    // A fair lock: who holds it waits for the window, who waits for it queues behind.
    window: tokio::sync::Mutex<Window>,
    closed: Mutex<Option<Timestamp>>,
}

impl Bucket {
    /// A bucket for a quota of the manifest, `scale` times as generous as it says.
    pub fn new(quota: &Quota, scale: f64, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, window: tokio::sync::Mutex::new(Window::new(quota, scale)), closed: Mutex::new(None) })
    }

    /// Waits until one more request may be sent, and counts it.
    ///
    /// # Errors
    /// The service asked for a silence that is longer than anybody waits: what is left of it.
    pub async fn acquire(&self) -> Result<(), Duration> {
        let mut window = self.window.lock().await;
        loop {
            let now = self.clock.now();
            let opens = match self.closed_until().filter(|end| *end > now) {
                Some(end) if until(now, end) > LONGEST_WAIT => return Err(until(now, end)),
                Some(end) => end,
                None => match window.pass(now) {
                    Ok(()) => return Ok(()),
                    Err(room) => room,
                },
            };
            self.clock.sleep(until(now, opens)).await;
        }
    }

    /// Lets nothing through for a while, because the service asked for it. Never shortens what was asked before.
    pub fn close_for(&self, time: Duration) {
        let end = later(self.clock.now(), time);
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = Some(closed.map_or(end, |before| before.max(end)));
    }

    /// Until when the service asked for silence; may lie in the past.
    pub fn closed_until(&self) -> Option<Timestamp> {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use proptest::prelude::*;

    fn quota(requests: u32, per_seconds: u32) -> Quota {
        Quota { id: "q".into(), requests, per_seconds, source: String::new() }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_full_window_says_when_its_first_request_leaves_it() {
        let mut window = Window::new(&quota(2, 10), 1.0);
        assert_eq!(window.pass(second(0)), Ok(()));
        assert_eq!(window.pass(second(4)), Ok(()));
        assert_eq!(window.pass(second(9)), Err(Timestamp::from_millisecond(10_100).unwrap()));
        assert_eq!(window.pass(second(11)), Ok(()));
        assert_eq!(window.pass(second(12)), Err(Timestamp::from_millisecond(14_100).unwrap()));
    }

    #[test]
    fn a_scale_multiplies_the_requests_and_a_small_one_stretches_the_window() {
        assert_eq!(Window::new(&quota(5, 10), 100.0).requests, 500);
        let slow = Window::new(&quota(5, 10), 0.1);
        assert_eq!((slow.requests, slow.per), (1, Duration::from_secs(20)));
    }

    #[test]
    fn a_quota_of_nothing_is_read_as_one_request_a_second() {
        let window = Window::new(&quota(0, 0), 1.0);
        assert_eq!((window.requests, window.per), (1, Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn a_closed_bucket_makes_siblings_wait_until_it_opens() {
        let clock = ManualClock::new(second(0));
        let bucket = Bucket::new(&quota(100, 1), 1.0, clock.clone());
        assert_eq!(bucket.acquire().await, Ok(()));
        bucket.close_for(Duration::from_secs(30));
        bucket.close_for(Duration::from_secs(5));
        let sibling = tokio::spawn({
            let bucket = bucket.clone();
            async move { bucket.acquire().await }
        });
        for _ in 0..29 {
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(1));
        }
        tokio::task::yield_now().await;
        assert!(!sibling.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(sibling.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_silence_that_is_longer_than_anybody_waits_is_told_at_once_also_to_those_who_wait_already() {
        let clock = ManualClock::new(second(0));
        let bucket = Bucket::new(&quota(1, 60), 1.0, clock.clone());
        assert_eq!(bucket.acquire().await, Ok(()));
        let waiting = tokio::spawn({
            let bucket = bucket.clone();
            async move { bucket.acquire().await }
        });
        tokio::task::yield_now().await;
        bucket.close_for(LONGEST_WAIT + Duration::from_secs(90));
        clock.advance(Duration::from_secs(61));
        assert_eq!(waiting.await.unwrap(), Err(LONGEST_WAIT + Duration::from_secs(29)));
        assert_eq!(bucket.acquire().await, Err(LONGEST_WAIT + Duration::from_secs(29)));
    }

    #[tokio::test]
    async fn who_asks_first_passes_first() {
        let clock = ManualClock::new(second(0));
        let bucket = Bucket::new(&quota(1, 1), 1.0, clock.clone());
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for number in 0..5 {
            let (bucket, order) = (bucket.clone(), order.clone());
            waiting.push(tokio::spawn(async move {
                bucket.acquire().await.unwrap();
                order.lock().unwrap().push(number);
            }));
            tokio::task::yield_now().await;
        }
        while waiting.iter().any(|task| !task.is_finished()) {
            clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    proptest! {
        #[test]
        fn no_window_ever_holds_more_requests_than_published(
            requests in 1u32..20, per in 1u32..30, pauses in prop::collection::vec(0u64..5_000, 1..300)
        ) {
            let mut window = Window::new(&quota(requests, per), 1.0);
            let mut now = second(0);
            let mut passed = Vec::new();
            for pause in pauses {
                now = later(now, Duration::from_millis(pause));
                if let Err(room) = window.pass(now) {
                    prop_assert!(room > now);
                    now = room;
                    prop_assert_eq!(window.pass(now), Ok(()));
                }
                passed.push(now);
            }
            let per = Duration::from_secs(per.into());
            for (index, start) in passed.iter().enumerate() {
                let inside = passed[index..].iter().take_while(|at| **at < later(*start, per)).count();
                prop_assert!(inside <= requests as usize);
            }
        }
    }
}
