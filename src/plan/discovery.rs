//! The tasks that find applications.
//!
//! In the foreground stand the directory, the interactive sign-ins of today and yesterday, and what is merged from them, so
//! that a first run shows results at once. In the background follow older days and the larger logs, newest first, each day
//! until it was read once at least 48 hours after its end: Entra ID writes records late. When all of them have ended,
//! applications are merged again.

use super::{AUDIT_LOGS, DIRECTORY, task};
use crate::contract::connector::{Context, Partition, Task};
use crate::contract::types::Day;
use crate::datasets::{
    account, app_assignments, app_members, applications, grants, non_interactive_sign_ins, service_principals,
    service_sign_ins, sign_in_summaries, sign_ins, subscriptions,
};
use crate::time;

/// Days of sign-ins that Microsoft keeps for premium tenants.
const RETENTION: Day = 30;

/// Days after its end for which records of a day may come late.
const SETTLING: Day = 2;

/// Requests of a day that is read by hours.
const HOURS: u64 = 24;

/// Records of a page of sign-ins.
const PAGE: u64 = 1000;

/// The tasks, in the order in which they may start. `history_days` is how far back the first run looks; `keep` whether single
/// sign-ins are kept.
pub(super) fn tasks(history_days: u16, keep: bool, partitions: &[Partition], context: &Context) -> Vec<Task> {
    let today = time::day_of(context.now);
    let history = Day::from(history_days).clamp(1, RETENTION);
    let day = |dataset, back, background| day_task(dataset, today - back, background, partitions);
    let mut tasks = vec![task(service_principals::ID, &[account::ID], Some(DIRECTORY), None)];
    tasks.push(task(grants::ID, &[service_principals::ID], Some(DIRECTORY), None));
    tasks.extend((0..history.min(2)).map(|back| day(sign_ins::ID, back, false)));
    tasks.push(task(sign_in_summaries::ID, &[sign_ins::ID], Some(AUDIT_LOGS), Some(1)));
    let merge = || task(applications::ID, &applications::NEEDS, None, None);
    tasks.push(merge());
    let behind = |task: Task| Task { background: true, ..task };
    tasks.push(behind(task(app_assignments::ID, &[service_principals::ID], Some(DIRECTORY), None)));
    tasks.push(behind(task(app_members::ID, &[app_assignments::ID], Some(DIRECTORY), None)));
    for back in 1..history {
        for dataset in [sign_ins::ID, non_interactive_sign_ins::ID, service_sign_ins::ID] {
            let in_foreground = dataset == sign_ins::ID && back < 2;
            if !in_foreground && is_due(dataset, today - back, keep, partitions, context) {
                tasks.push(day(dataset, back, true));
            }
        }
    }
    tasks.push(behind(merge()));
    tasks
}

fn day_task(dataset: &str, day: Day, background: bool, partitions: &[Partition]) -> Task {
    let common = task(dataset, &[subscriptions::ID], Some(AUDIT_LOGS), Some(steps(dataset, partitions)));
    Task { id: sign_ins::task_id(dataset, day), parallel: 2, background, ..common }
}

/// About how many steps a day takes: one when its records fit on a page, as those of the fullest day before did.
fn steps(dataset: &str, partitions: &[Partition]) -> u64 {
    let read = partitions.iter().filter(|partition| partition.dataset == dataset);
    let fullest = read.filter_map(|partition| sign_ins::counted(partition.bookmark.as_deref())).max();
    match fullest {
        Some(records) if records <= PAGE => 1,
        Some(records) => HOURS + records / PAGE,
        None => HOURS,
    }
}

/// Whether a day that has ended is to be read: it was not since its end, or not since its last records have come, or single
/// sign-ins were not treated as they are to be.
fn is_due(dataset: &str, day: Day, keep: bool, partitions: &[Partition], context: &Context) -> bool {
    let settled = time::start(day + 1 + SETTLING);
    let id = sign_ins::task_id(dataset, day);
    let read = partitions.iter().find(|partition| partition.id == id);
    read.is_none_or(|read| {
        let at = read.published;
        at < time::start(day + 1)
            || (at < settled && context.now >= settled)
            || sign_ins::keeps(read.bookmark.as_deref()) != keep
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// 2026-11-20T10:00:00Z.
    const NOW: i64 = 20_777 * time::DAY + 36_000;

    fn planned(history: u16, partitions: &[Partition]) -> Vec<Task> {
        tasks(history, false, partitions, &Context { now: NOW, baseline_ended: None })
    }

    fn days(tasks: &[Task], background: bool) -> Vec<&str> {
        let days = tasks.iter().filter(|task| task.dataset == sign_ins::ID && task.background == background);
        days.map(|task| task.id.as_str()).collect()
    }

    fn read(id: &str, published: i64) -> Partition {
        let dataset = id.split_once('/').unwrap().0.to_owned();
        Partition { id: id.to_owned(), dataset, published, bookmark: Some(b"12345".to_vec()) }
    }

    #[test]
    fn today_and_yesterday_come_first_and_older_days_follow_in_the_background_newest_first() {
        let tasks = planned(5, &[]);
        assert_eq!(days(&tasks, false), ["sign-ins/2026-11-20", "sign-ins/2026-11-19"]);
        assert_eq!(days(&tasks, true), ["sign-ins/2026-11-18", "sign-ins/2026-11-17", "sign-ins/2026-11-16"]);
        assert_eq!(days(&planned(30, &[]), true).len(), 28);
        assert_eq!(days(&planned(1, &[]), false), ["sign-ins/2026-11-20"]);
    }

    #[test]
    fn the_larger_logs_are_read_in_the_background_and_only_of_days_that_have_ended() {
        for dataset in [non_interactive_sign_ins::ID, service_sign_ins::ID] {
            let tasks = planned(3, &[]);
            let of_log: Vec<_> = tasks.iter().filter(|task| task.dataset == dataset).collect();
            assert!(of_log.iter().all(|task| task.background));
            let ids: Vec<_> = of_log.iter().map(|task| task.id.clone()).collect();
            assert_eq!(ids, [format!("{dataset}/2026-11-19"), format!("{dataset}/2026-11-18")]);
        }
    }

    #[test]
    fn a_day_is_read_again_once_after_its_last_records_have_come() {
        // The day of 2026-11-17 ended when 2026-11-18 began, and is settled when 2026-11-20 begins.
        let (ended, settled) = (time::start(20_775), time::start(20_777));
        let due = |published| days(&planned(5, &[read("sign-ins/2026-11-17", published)]), true).len() == 3;
        assert!(due(ended - 1) && due(ended) && due(settled - 1));
        assert!(!due(settled));
        // A day that is not settled yet, and was read since its end, waits.
        let waits = read("sign-ins/2026-11-18", time::start(20_776));
        assert_eq!(days(&planned(5, &[waits]), true), ["sign-ins/2026-11-17", "sign-ins/2026-11-16"]);
        // Today and yesterday are read in every run.
        let yesterday = read("sign-ins/2026-11-19", NOW);
        assert!(days(&planned(5, &[yesterday]), false).contains(&"sign-ins/2026-11-19"));
    }

    #[test]
    fn a_day_is_read_again_when_single_sign_ins_were_not_treated_as_they_are_to_be() {
        let settled = read("sign-ins/2026-11-17", time::start(20_777));
        let marked = Partition { bookmark: Some(b"12345 6 kept".to_vec()), ..settled.clone() };
        let context = Context { now: NOW, baseline_ended: None };
        let due = |keep, partition: &Partition| {
            days(&tasks(4, keep, std::slice::from_ref(partition), &context), true).contains(&"sign-ins/2026-11-17")
        };
        assert!(!due(false, &settled) && due(true, &settled));
        assert!(due(false, &marked) && !due(true, &marked));
    }

    #[test]
    fn applications_are_merged_again_when_the_background_has_ended() {
        let merges = |tasks: &[Task]| {
            let merges = tasks.iter().enumerate().filter(|(_, task)| task.dataset == applications::ID);
            merges.map(|(at, task)| (at + 1 == tasks.len(), task.background)).collect::<Vec<_>>()
        };
        assert_eq!(merges(&planned(3, &[])), [(false, false), (true, true)]);
    }

    #[test]
    fn the_fullest_day_says_how_many_steps_a_day_takes() {
        let of = |partitions: &[Partition]| {
            planned(1, partitions).into_iter().find(|task| task.dataset == sign_ins::ID).unwrap().estimate
        };
        assert_eq!(of(&[]), Some(24));
        assert_eq!(of(&[read("sign-ins/2026-11-17", NOW)]), Some(36));
        let small = Partition { bookmark: Some(b"7".to_vec()), ..read("sign-ins/2026-11-17", NOW) };
        assert_eq!(of(&[small]), Some(1));
    }

    #[test]
    fn every_task_has_its_own_id_on_each_ground() {
        let tasks = planned(30, &[]);
        let ids: BTreeSet<_> = tasks.iter().map(|task| (task.background, &task.id)).collect();
        assert_eq!(ids.len(), tasks.len());
    }
}
