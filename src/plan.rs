//! The tasks of a run.

mod discovery;

use crate::contract::connector::{Agenda, Context, Partition, Task};
use crate::datasets::{account, activity, advice, entitlements, groups, prices, subscriptions, users};
use crate::reports::active_user_detail;
use crate::settings::Settings;

/// Quota of the directory: resource units of ten seconds.
pub const DIRECTORY: &str = "directory";

/// Quota of the sign-in log.
pub const AUDIT_LOGS: &str = "audit-logs";

/// Quota of usage reports.
pub const REPORTS: &str = "usage-reports";

/// Plans a run. `partitions` are those that were built before.
#[must_use]
pub fn plan(settings: &Settings, partitions: &[Partition], context: &Context) -> Agenda {
    let mut tasks = vec![
        task(account::ID, &[], Some(DIRECTORY), Some(1)),
        task(subscriptions::ID, &[], Some(DIRECTORY), Some(2)),
        task(prices::ID, &[subscriptions::ID], None, Some(1)),
        task(users::ID, &[], Some(DIRECTORY), None),
        task(activity::ID, &[subscriptions::ID], Some(DIRECTORY), None),
        task(entitlements::ID, &[], Some(DIRECTORY), None),
        task(groups::ID, &[], Some(DIRECTORY), None),
        task(active_user_detail::ID, &[], Some(REPORTS), Some(1)),
    ];
    tasks.push(task(advice::ID, &advice::NEEDS, None, None));
    tasks.extend(discovery::tasks(settings.history_days, partitions, context));
    Agenda { tasks, expired: Vec::new() }
}

fn task(dataset: &str, needs: &[&str], quota: Option<&str>, estimate: Option<u64>) -> Task {
    Task {
        id: dataset.to_owned(),
        dataset: dataset.to_owned(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        quota: quota.map(str::to_owned),
        parallel: 1,
        background: false,
        estimate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn every_task_needs_datasets_of_the_manifest() {
        let tasks = plan(&wire::settings(&[]), &[], &Context { now: 1_800_000_000, baseline_ended: None }).tasks;
        for need in tasks.iter().flat_map(|task| &task.needs) {
            assert!(crate::datasets::ALL.iter().any(|dataset| dataset.id == *need), "{need}");
        }
    }
}
