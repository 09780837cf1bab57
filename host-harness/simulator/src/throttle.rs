//! The published throttling limits, counted by the simulator's clock.

use std::collections::{BTreeMap, VecDeque};

/// What a request counts against.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Meter {
    /// Directory requests, in resource units.
    Directory,
    /// Audit logs: 5 requests in 10 s for each application and tenant.
    AuditLogs,
    /// Usage reports as CSV: 14 requests in 10 minutes for each report.
    Report(String),
    /// Requests for tokens: so many in 5 s for each application. No limit is published.
    Tokens(u32),
}

impl Meter {
    /// Units allowed, and the milliseconds they are allowed in.
    fn limit(&self, users: u32) -> (f64, i64) {
        match self {
            Meter::Directory => {
                let units = match users {
                    0..50 => 3500.0,
                    50..=500 => 5000.0,
                    _ => 8000.0,
                };
                (units, 10_000)
            }
            Meter::AuditLogs => (5.0, 10_000),
            Meter::Report(_) => (14.0, 600_000),
            Meter::Tokens(limit) => (f64::from(*limit), 5000),
        }
    }
}

/// The outcome of counting one request.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Verdict {
    /// Within the limit: the share of it that is used.
    Fine(f64),
    /// Beyond the limit: seconds to wait.
    Wait(i64),
}

/// Counts requests by client and meter.
pub(crate) struct Throttle {
    scale: Option<f64>,
    users: u32,
    spent: BTreeMap<(String, Meter), VecDeque<(i64, u32)>>,
}

impl Throttle {
    /// Limits as published, times the scale; none without a scale.
    pub(crate) fn new(scale: Option<f64>, users: u32) -> Throttle {
        Throttle { scale, users, spent: BTreeMap::new() }
    }

    /// Counts a request of so many units at an instant in milliseconds. A request that is refused counts too.
    pub(crate) fn count(&mut self, client: &str, meter: Meter, units: u32, now: i64) -> Verdict {
        let scale = if matches!(meter, Meter::Tokens(_)) { Some(1.0) } else { self.scale };
        let Some(scale) = scale else { return Verdict::Fine(0.0) };
        let (limit, window) = meter.limit(self.users);
        let limit = limit * scale;
        let spent = self.spent.entry((client.to_owned(), meter)).or_default();
        spent.retain(|(at, _)| *at + window > now);
        let before: u32 = spent.iter().map(|(_, units)| units).sum();
        spent.push_back((now, units));
        let total = f64::from(before.saturating_add(units));
        if total <= limit {
            return Verdict::Fine(total / limit);
        }
        let mut over = total - limit + f64::from(units);
        let mut until = now + window;
        for (at, units) in spent.iter() {
            over -= f64::from(*units);
            if over <= 0.0 {
                until = at + window;
                break;
            }
        }
        // Rounded up, so that whoever waits as told is served.
        Verdict::Wait(((until - now + 999) / 1000).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_audit_request_within_ten_seconds_waits_and_then_passes() {
        let mut throttle = Throttle::new(Some(1.0), 100);
        let mut ask = |now| throttle.count("app", Meter::AuditLogs, 1, now);
        assert!((0..5).all(|now| matches!(ask(now), Verdict::Fine(_))));
        assert_eq!(ask(1000), Verdict::Wait(10));
        assert!(matches!(ask(10_005), Verdict::Fine(_)));
    }

    #[test]
    fn each_report_is_counted_alone() {
        let mut throttle = Throttle::new(Some(1.0), 100);
        let mut ask = |report: &str| throttle.count("app", Meter::Report(report.to_owned()), 1, 0);
        assert!((0..14).all(|_| matches!(ask("one"), Verdict::Fine(_))));
        assert!(matches!(ask("one"), Verdict::Wait(_)));
        assert!(matches!(ask("other"), Verdict::Fine(_)));
    }

    #[test]
    fn whoever_waits_as_told_is_served() {
        let mut throttle = Throttle::new(Some(1.0), 100);
        let mut now = 0;
        let mut served = 0;
        for _ in 0..40 {
            match throttle.count("app", Meter::AuditLogs, 1, now) {
                Verdict::Fine(_) => served += 1,
                Verdict::Wait(seconds) => now += seconds * 1000,
            }
        }
        assert!(served >= 30, "{served} of 40");
    }
}
