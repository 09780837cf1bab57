//! The tasks of a run.
//!
//! In the foreground stand the snapshots, the sign-ins of today and yesterday, and what is merged from them. Older days
//! of sign-ins follow in the background, newest first, so that a first run shows results at once and the history fills
//! in behind it. They are planned again until they were read at least 48 hours after they ended: Entra ID writes
//! records late.
//!
//! Applications are merged once a run, in the foreground. Days that the background reads show there after the next run;
//! a second merge would need a second id for the same partition, and the days are in the tables at once all the same.

use crate::contract::connector::{Agenda, Context, Partition, Task};
use crate::contract::types::Day;
use crate::datasets::{
    account, activity, advice, applications, credentials, entitlements, groups, prices, seat_history, service_principals,
    sign_ins,
    subscriptions, users,
};
use crate::reports::agenda;
use crate::settings::Settings;
use crate::time;

/// Quota of the directory: resource units of ten seconds.
pub const DIRECTORY: &str = "directory";

/// Quota of the sign-in log.
pub const AUDIT_LOGS: &str = "audit-logs";

/// Days of sign-ins that Microsoft keeps for premium tenants.
const RETENTION: Day = 30;

/// Days after its end for which a day is read again: two, of records that come late.
const SETTLING: Day = 2;

/// Requests of a day: one page for each hour at least.
const HOURS: u64 = 24;

/// Plans a run. `partitions` are those that were built before.
#[must_use]
pub fn plan(settings: &Settings, partitions: &[Partition], context: &Context) -> Agenda {
    let today = time::day_of(context.now);
    let history = Day::from(settings.history_days).clamp(1, RETENTION);
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
        task(service_principals::ID, &[account::ID], Some(DIRECTORY), None),
    ];
    tasks.extend((0..history.min(2)).map(|back| day_task(today - back, false)));
    tasks.push(task(applications::ID, &[service_principals::ID, sign_ins::ID], None, None));
    let reports = agenda::tasks(partitions, keep, context.now);
    let snapshots = reports.iter().filter(|task| !task.background).map(|task| task.dataset.as_str());
    let needs: Vec<&str> =
        advice::NEEDS.into_iter().chain(snapshots.filter(|id| !advice::NEEDS.contains(id))).collect();
    tasks.push(task(advice::ID, &needs, None, None));
    tasks.extend(reports);
    // Nothing waits for it: it only warns.
    tasks.push(Task { background: true, ..task(credentials::ID, &[], Some(DIRECTORY), Some(1)) });
    let older = (2..history).map(|back| today - back).filter(|day| !is_settled(*day, partitions));
    tasks.extend(older.map(|day| day_task(day, true)));
    Agenda { tasks, expired: agenda::expired(partitions, keep, context.now) }
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

fn day_task(day: Day, background: bool) -> Task {
    let common = task(sign_ins::ID, &[subscriptions::ID], Some(AUDIT_LOGS), Some(HOURS));
    Task { id: sign_ins::task_id(day), parallel: 2, background, ..common }
}

/// Whether a day was read after its last records had come.
fn is_settled(day: Day, partitions: &[Partition]) -> bool {
    let settled = time::start(day + 1 + SETTLING);
    let id = sign_ins::task_id(day);
    partitions.iter().any(|partition| partition.id == id && partition.published >= settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    /// 2026-11-20T10:00:00Z.
    const NOW: i64 = 20_777 * time::DAY + 36_000;

    fn planned(history: &str, partitions: &[Partition]) -> Vec<Task> {
        let context = Context { now: NOW, baseline_ended: None };
        plan(&wire::settings(&[("history-days", history)]), partitions, &context).tasks
    }

    fn days(tasks: &[Task], background: bool) -> Vec<&str> {
        let days = tasks.iter().filter(|task| task.dataset == sign_ins::ID && task.background == background);
        days.map(|task| task.id.as_str()).collect()
    }

    fn read(id: &str, published: i64) -> Partition {
        Partition { id: id.to_owned(), dataset: sign_ins::ID.to_owned(), published, bookmark: None }
    }

    #[test]
    fn today_and_yesterday_come_first_and_older_days_follow_in_the_background_newest_first() {
        let tasks = planned("5", &[]);
        assert_eq!(days(&tasks, false), ["sign-ins/2026-11-20", "sign-ins/2026-11-19"]);
        assert_eq!(days(&tasks, true), ["sign-ins/2026-11-18", "sign-ins/2026-11-17", "sign-ins/2026-11-16"]);
        assert_eq!(days(&planned("30", &[]), true).len(), 28);
        assert_eq!(days(&planned("1", &[]), false), ["sign-ins/2026-11-20"]);
    }

    #[test]
    fn a_day_is_planned_until_it_was_read_48_hours_after_its_end() {
        // The day of 2026-11-17 ended when 2026-11-18 began, and is settled when 2026-11-20 begins.
        let settled = time::start(20_777);
        let early = read("sign-ins/2026-11-17", settled - 1);
        assert!(days(&planned("5", &[early]), true).contains(&"sign-ins/2026-11-17"));
        let late = read("sign-ins/2026-11-17", settled);
        assert!(!days(&planned("5", &[late]), true).contains(&"sign-ins/2026-11-17"));
        // Today and yesterday are read at every run.
        let yesterday = read("sign-ins/2026-11-19", NOW);
        assert!(days(&planned("5", &[yesterday]), false).contains(&"sign-ins/2026-11-19"));
    }

    #[test]
    fn every_task_has_its_own_id_and_needs_datasets_that_are_planned() {
        let tasks = planned("30", &[]);
        let ids: std::collections::BTreeSet<_> = tasks.iter().map(|task| &task.id).collect();
        assert_eq!(ids.len(), tasks.len());
        for need in tasks.iter().flat_map(|task| &task.needs) {
            assert!(tasks.iter().any(|task| task.dataset == *need && !task.background), "{need}");
        }
    }
}
