//! How long an instance computes, and how long a call takes.

use crate::limits::Limit;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A sum of times, each from a start to a stop. Several may run at once and count once.
#[derive(Debug, Default)]
struct Sum {
    past: Duration,
    running: u32,
    since: Option<Instant>,
}

impl Sum {
    fn start(&mut self) {
        self.running += 1;
        self.since.get_or_insert_with(Instant::now);
    }

    fn stop(&mut self) {
        self.running = self.running.saturating_sub(1);
        if self.running == 0
            && let Some(since) = self.since.take()
        {
            self.past += since.elapsed();
        }
    }

    fn total(&self) -> Duration {
        self.past + self.since.map(|since| since.elapsed()).unwrap_or_default()
    }
}

/// Measures one call and holds it to its times.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    cpu: Duration,
    wall: Duration,
    computing: Mutex<Sum>,
    excused: Mutex<Sum>,
}

/// Time is excused as long as this lives.
pub(crate) struct Excuse(Arc<Stopwatch>);

impl Drop for Excuse {
    fn drop(&mut self) {
        lock(&self.0.excused).stop();
    }
}

impl Stopwatch {
    /// A stopwatch for a call that may compute and take so long.
    pub(crate) fn new(cpu: Duration, wall: Duration) -> Arc<Self> {
        Arc::new(Self { cpu, wall, computing: Mutex::default(), excused: Mutex::default() })
    }

    /// Does not count the time until the excuse is dropped: the host lets the guest wait.
    pub(crate) fn excuse(self: &Arc<Self>) -> Excuse {
        lock(&self.excused).start();
        Excuse(self.clone())
    }

    /// The guest has computed for longer than it may.
    pub(crate) fn is_over(&self) -> bool {
        lock(&self.computing).total() > self.cpu
    }

    /// Runs a call and ends it when it takes too long. A guest computes exactly while its future is polled, so this is
    /// where that is measured: what it waits for the network does not count.
    pub(crate) async fn watch<T>(&self, call: impl Future<Output = T> + Send) -> Result<T, Limit> {
        let call = Computing { call: Box::pin(call), watch: self };
        let too_long = pin!(self.time_is_up());
        tokio::select! {
            biased;
            done = call => Ok(done),
            () = too_long => Err(Limit::Wall),
        }
    }

    fn excused(&self) -> Duration {
        lock(&self.excused).total()
    }

    async fn time_is_up(&self) {
        let start = Instant::now();
        while let Some(left) = self.wall.checked_sub(start.elapsed().saturating_sub(self.excused())) {
            // Never less than a moment, or the last nanoseconds would be waited for in a busy loop.
            tokio::time::sleep(left.max(Duration::from_millis(1))).await;
        }
    }
}

struct Computing<'a, F> {
    call: Pin<Box<F>>,
    watch: &'a Stopwatch,
}

impl<F: Future> Future for Computing<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        lock(&self.watch.computing).start();
        let done = self.call.as_mut().poll(context);
        lock(&self.watch.computing).stop();
        done
    }
}

fn lock(sum: &Mutex<Sum>) -> std::sync::MutexGuard<'_, Sum> {
    sum.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_time_in_which_a_call_computes_counts_as_computing() {
        let watch = Stopwatch::new(Duration::MAX, Duration::MAX);
        let call = async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            std::thread::sleep(Duration::from_millis(20));
        };
        watch.watch(call).await.unwrap();
        let computed = lock(&watch.computing).total();
        assert!((20..60).contains(&computed.as_millis()), "{computed:?}");
    }

    #[tokio::test]
    async fn an_excused_wait_does_not_count_and_two_at_once_count_once() {
        let watch = Stopwatch::new(Duration::MAX, Duration::from_millis(40));
        let waiting = {
            let watch = watch.clone();
            async move {
                let _first = watch.excuse();
                let _second = watch.excuse();
                tokio::time::sleep(Duration::from_millis(80)).await;
            }
        };
        let start = Instant::now();
        let limit = watch.time_is_up();
        tokio::join!(waiting, limit);
        let took = start.elapsed();
        assert!((115..200).contains(&took.as_millis()), "{took:?}");
    }
}
