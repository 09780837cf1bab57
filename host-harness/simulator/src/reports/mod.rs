//! Usage reports: asked for at Graph, fetched as CSV from another host.

pub(crate) mod catalogue;
pub(crate) mod cell;
pub(crate) mod download;
mod json;
pub(crate) mod request;

use crate::clock::day_of;
use crate::tenant::product::Workload;
use crate::world::World;

/// Days that reports are behind as a rule.
pub(crate) const BEHIND: i32 = 2;

/// A usage report, as data.
pub(crate) struct Report {
    /// Its name in the path.
    pub(crate) name: &'static str,
    /// Days for which it can be asked by date; 0 for not at all.
    pub(crate) dated_days: i32,
    /// Takes a period.
    pub(crate) by_period: bool,
    /// Whose rows are in it.
    pub(crate) about: About,
    /// Its columns, in order.
    pub(crate) columns: &'static [(&'static str, cell::Cell)],
}

/// Whose rows are in a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum About {
    /// Users with a licence for any of these workloads.
    Licensed(&'static [Workload]),
    /// Users with a licence for the desktop applications.
    Applications,
    /// Users with a licence for Copilot.
    Copilot,
}

/// The days that a report covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Window {
    /// The first day.
    pub(crate) first: i32,
    /// The last day.
    pub(crate) last: i32,
    /// The period's days; absent for a report of one date.
    pub(crate) period: Option<i32>,
}

/// The newest day that reports know of.
pub(crate) fn refresh_day(world: &World) -> i32 {
    day_of(world.clock.now()) - world.state().behind
}
