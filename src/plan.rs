//! The tasks of a run.

mod discovery;

use crate::contract::connector::{Agenda, Context, Partition, Task};
use crate::contract::rows::Kind;
use crate::contract::types::Day;
use crate::datasets::{
    account, activity, advice, credentials, entitlements, groups, prices, seat_history, subscriptions, users,
};
use crate::reports::agenda;
use crate::settings::Settings;

/// Quota of the directory: resource units of ten seconds.
pub const DIRECTORY: &str = "directory";

/// Quota of the sign-in log.
pub const AUDIT_LOGS: &str = "audit-logs";

/// Plans a run. `partitions` are those that were built before.
#[must_use]
pub fn plan(settings: &Settings, partitions: &[Partition], context: &Context) -> Agenda {
    let keep = Day::from(settings.keep_days);
    let mut tasks = vec![
        task(account::ID, &[], Some(DIRECTORY), Some(1)),
        task(subscriptions::ID, &[], Some(DIRECTORY), Some(2)),
        task(prices::ID, &[subscriptions::ID], None, Some(1)),
        task(users::ID, &[], Some(DIRECTORY), None),
        task(activity::ID, &[subscriptions::ID], Some(DIRECTORY), None),
        task(entitlements::ID, &[], Some(DIRECTORY), None),
        task(groups::ID, &[entitlements::ID], Some(DIRECTORY), None),
        task(seat_history::ID, &[subscriptions::ID], None, Some(1)),
    ];
    let reports = agenda::tasks(partitions, keep, &settings.daily_reports, context.now);
    let snapshots = reports.iter().filter(|task| !task.background).map(|task| task.dataset.as_str());
    let needs: Vec<&str> =
        advice::NEEDS.into_iter().chain(snapshots.filter(|id| !advice::NEEDS.contains(id))).collect();
    tasks.push(task(advice::ID, &needs, None, None));
    tasks.extend(reports);
    // Nothing waits for it: it only warns.
    tasks.push(Task { background: true, ..task(credentials::ID, &[], Some(DIRECTORY), Some(1)) });
    tasks.extend(discovery::tasks(settings.history_days, settings.keep_sign_ins, partitions, context));
    let unwanted = if settings.keep_sign_ins { Vec::new() } else { vec![Kind::SignIn] };
    Agenda { tasks, expired: agenda::expired(partitions, keep, context.now), unwanted }
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
    fn single_sign_ins_are_wanted_only_when_the_settings_say_so() {
        let unwanted = |settings: &[(&str, &str)]| {
            plan(&wire::settings(settings), &[], &Context { now: 1_800_000_000, baseline_ended: None }).unwanted
        };
        assert_eq!(unwanted(&[]), [Kind::SignIn]);
        assert_eq!(unwanted(&[("keep-sign-ins", "true")]), []);
    }

    #[test]
    fn every_task_needs_datasets_of_the_manifest() {
        let tasks = plan(&wire::settings(&[]), &[], &Context { now: 1_800_000_000, baseline_ended: None }).tasks;
        for need in tasks.iter().flat_map(|task| &task.needs) {
            assert!(crate::datasets::described().iter().any(|dataset| dataset.id == *need), "{need}");
        }
    }
}
