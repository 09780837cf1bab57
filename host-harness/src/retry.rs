//! What to do about a failed step: wait and repeat it, renew the credential, start the task again, or give it up.
//!
//! Nothing here sleeps or reads a clock, so every decision can be tested by its value.

use crate::contract::types::Error;
use crate::limits::LONGEST_WAIT;
use std::time::Duration;

/// How a failure is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The service asks for time: wait so many seconds, or as long as the backoff says, and repeat the step.
    Wait(Option<u32>),
    /// The credential was refused: renew it once and repeat the step.
    Renew,
    /// What was collected so far is of no use: throw it away and begin with the first step.
    StartAgain,
    /// Repeating does not help: the partition fails and its last good rows stay.
    GiveUp {
        /// Every other task of the same dataset would be refused in the same way.
        whole_dataset: bool,
    },
}

/// The remedy for an error of a connector, as the contract documents each case.
pub fn remedy(error: &Error) -> Remedy {
    match error {
        Error::Throttled(delay) | Error::Unavailable(delay) => Remedy::Wait(delay.retry_after),
        Error::SignInNeeded(_) => Remedy::Renew,
        Error::CursorExpired(_) => Remedy::StartAgain,
        Error::Forbidden(_) | Error::LicenceNeeded(_) => Remedy::GiveUp { whole_dataset: true },
        Error::InvalidSettings(_)
        | Error::NotFound(_)
        | Error::Protocol(_)
        | Error::Storage(_)
        | Error::Internal(_)
        | Error::Other(_) => Remedy::GiveUp { whole_dataset: false },
    }
}

/// How often and how long a task waits before it is given up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// How often one step is repeated after the service asked for time.
    pub repeats_per_step: u32,
    /// The first wait when the service names none; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait when the service names none.
    pub longest_wait: Duration,
    /// All waits of one task together.
    pub total_wait: Duration,
    /// How often a task is started again after its cursor expired.
    pub fresh_starts: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            // 2 + 4 + … + 60 s: about three minutes, longer than the restarts and failovers of a large service.
            repeats_per_step: 7,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(60),
            total_wait: LONGEST_WAIT,
            // A cursor that expires three times is slower to read than it lives.
            fresh_starts: 2,
        }
    }
}

/// What is left of a policy for one task.
#[derive(Debug)]
pub struct Patience {
    policy: Policy,
    repeats: u32,
    waited: Duration,
    fresh_starts: u32,
}

impl Patience {
    /// A task that has not waited yet.
    pub fn new(policy: Policy) -> Self {
        Patience { policy, repeats: 0, waited: Duration::ZERO, fresh_starts: 0 }
    }

    /// How long to wait before the step is repeated, or nothing when it is to be given up.
    ///
    /// `jitter` lies between 0 and 1 and keeps tasks that failed together from coming back together. A time that the
    /// service named is never shortened.
    pub fn wait(&mut self, retry_after: Option<u32>, jitter: f64) -> Option<Duration> {
        if self.repeats >= self.policy.repeats_per_step {
            return None;
        }
        let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 };
        let wait = match retry_after {
            Some(seconds) => {
                let named = Duration::from_secs(u64::from(seconds));
                named.saturating_add(named.mul_f64(0.1 * jitter))
            }
            None => {
                let doubled = self.policy.first_wait.saturating_mul(2_u32.saturating_pow(self.repeats));
                doubled.min(self.policy.longest_wait).mul_f64(0.5 + 0.5 * jitter)
            }
        };
        let waited = self.waited.saturating_add(wait);
        if waited > self.policy.total_wait {
            return None;
        }
        self.repeats += 1;
        self.waited = waited;
        Some(wait)
    }

    /// Notes that a step went well: the next one may be repeated as often again.
    pub fn step_done(&mut self) {
        self.repeats = 0;
    }

    /// Whether the task may be started again from its first step. Counts the start.
    pub fn start_again(&mut self) -> bool {
        let allowed = self.fresh_starts < self.policy.fresh_starts;
        self.fresh_starts = self.fresh_starts.saturating_add(1);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::{Delay, Fault, Refusal};
    use proptest::prelude::*;

    fn fault() -> Fault {
        Fault { message: "It failed.".into(), mend: None, code: None, request_id: None }
    }

    #[test]
    fn each_error_has_the_remedy_that_the_contract_documents() {
        let delay = Delay { fault: fault(), retry_after: Some(7) };
        assert_eq!(remedy(&Error::Throttled(delay.clone())), Remedy::Wait(Some(7)));
        assert_eq!(remedy(&Error::Unavailable(Delay { retry_after: None, ..delay })), Remedy::Wait(None));
        assert_eq!(remedy(&Error::SignInNeeded(fault())), Remedy::Renew);
        assert_eq!(remedy(&Error::CursorExpired(fault())), Remedy::StartAgain);
        let refusal = Refusal { fault: fault(), permission: "read".into() };
        assert_eq!(remedy(&Error::Forbidden(refusal)), Remedy::GiveUp { whole_dataset: true });
        assert_eq!(remedy(&Error::Protocol(fault())), Remedy::GiveUp { whole_dataset: false });
    }

    #[test]
    fn waits_double_until_the_longest_and_end_after_the_last_repeat() {
        let mut patience = Patience::new(Policy::default());
        let waits: Vec<_> = std::iter::from_fn(|| patience.wait(None, 1.0)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_step_that_went_well_gives_the_next_one_all_its_repeats() {
        let mut patience = Patience::new(Policy { repeats_per_step: 1, ..Policy::default() });
        assert!(patience.wait(None, 0.0).is_some());
        assert_eq!(patience.wait(None, 0.0), None);
        patience.step_done();
        assert!(patience.wait(None, 0.0).is_some());
    }

    #[test]
    fn a_time_longer_than_all_patience_is_given_up_at_once() {
        let mut patience = Patience::new(Policy::default());
        assert_eq!(patience.wait(Some(86_400), 0.5), None);
        assert_eq!(patience.wait(Some(600), 0.0), Some(Duration::from_secs(600)));
    }

    #[test]
    fn a_task_is_started_again_twice_and_not_a_third_time() {
        let mut patience = Patience::new(Policy::default());
        assert!(patience.start_again());
        assert!(patience.start_again());
        assert!(!patience.start_again());
        assert!(!patience.start_again());
    }

    proptest! {
        #[test]
        fn a_named_time_is_never_shortened_and_the_total_never_exceeded(
            named in proptest::collection::vec(proptest::option::of(0_u32..2_000), 1..40),
            jitter in -1.0_f64..2.0,
        ) {
            let policy = Policy { repeats_per_step: 100, ..Policy::default() };
            let mut patience = Patience::new(policy);
            let mut total = Duration::ZERO;
            for retry_after in named {
                if let Some(wait) = patience.wait(retry_after, jitter) {
                    total += wait;
                    let least = retry_after.map_or(policy.first_wait / 2, |s| Duration::from_secs(s.into()));
                    prop_assert!(wait >= least);
                }
            }
            prop_assert!(total <= policy.total_wait);
        }
    }
}
