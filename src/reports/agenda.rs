//! The tasks of usage reports: a snapshot of each, and the days of activity in the background, newest first: those by
//! workload always, those of other reports when they are asked for.
//!
//! Reports arrive late: usually within 48 hours, at times after several days. So no day is asked for before it can be
//! there, and the last ones are asked for again, with the `ETag` of what was read, until they were asked for some days
//! after their end.

use crate::contract::connector::{Partition, Task};
use crate::contract::types::{Day, Instant};
use crate::reports::{ALL, Asked, UsageReport, active_user_days, reader};
use crate::time;

/// Days after which a day is in the reports as a rule.
const LATENCY: Day = 2;

/// The oldest day that is asked for. Microsoft gives 30 days; midnight may pass while the task waits for its turn.
const OLDEST: Day = 28;

/// Days after its end for which a day is asked for again.
const LATE: Day = 5;

/// The tasks. `partitions` are those that were built before; `daily` names the reports of days that are asked for on
/// request.
#[must_use]
pub fn tasks(partitions: &[Partition], keep_days: Day, daily: &[String], now: Instant) -> Vec<Task> {
    let today = time::day_of(now);
    let mut tasks: Vec<Task> =
        ALL.iter().filter(|report| report.asked != Asked::Day).map(|report| task(report.id, report.quota())).collect();
    let wanted = |report: &&UsageReport| report.id == active_user_days::ID || daily.iter().any(|id| id == report.id);
    for back in LATENCY..=OLDEST.min(keep_days) {
        let day = today.saturating_sub(back);
        for report in ALL.into_iter().filter(|report| report.asked == Asked::Day).filter(wanted) {
            let id = format!("{}/{}", report.id, time::day_text(day));
            if !is_settled(&id, partitions) {
                tasks.push(Task { id, background: true, ..task(report.id, report.quota()) });
            }
        }
    }
    tasks
}

fn task(dataset: &str, quota: &str) -> Task {
    Task {
        id: dataset.to_owned(),
        dataset: dataset.to_owned(),
        needs: Vec::new(),
        quota: Some(quota.to_owned()),
        parallel: 1,
        background: false,
        estimate: Some(1),
    }
}

/// The day of a task or partition, such as `active-user-days/2026-11-20`.
#[must_use]
pub fn day_of(id: &str) -> Option<Day> {
    time::day(id.split_once('/')?.1)
}

/// Whether nothing more is expected of a day.
#[must_use]
pub fn is_past(day: Day, now: Instant) -> bool {
    now >= time::start(day.saturating_add(1 + LATE))
}

/// Whether the day of a task was asked for when nothing more was expected of it.
fn is_settled(id: &str, partitions: &[Partition]) -> bool {
    let known = partitions.iter().find(|partition| partition.id == id);
    let asked = known.and_then(|partition| reader::asked(partition.bookmark.as_deref()?));
    asked.zip(day_of(id)).is_some_and(|(asked, day)| is_past(day, asked))
}

/// Partitions of days, of whatever dataset, that lie further back than history is kept.
#[must_use]
pub fn expired(partitions: &[Partition], keep_days: Day, now: Instant) -> Vec<String> {
    let oldest = time::day_of(now).saturating_sub(keep_days);
    let gone = |partition: &&Partition| day_of(&partition.id).is_some_and(|day| day < oldest);
    partitions.iter().filter(gone).map(|partition| partition.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-20T10:00:00Z.
    const NOW: Instant = 20_777 * time::DAY + 36_000;

    fn days(partitions: &[Partition], keep: Day, now: Instant) -> Vec<String> {
        let tasks = tasks(partitions, keep, &[], now).into_iter().filter(|task| task.dataset == active_user_days::ID);
        tasks.inspect(|task| assert!(task.background)).map(|task| task.id).collect()
    }

    fn asked_at(id: &str, asked: Instant) -> Partition {
        let bookmark = Some(format!("1 {asked} \"etag\"").into_bytes());
        Partition { id: id.to_owned(), dataset: active_user_days::ID.to_owned(), published: 0, bookmark }
    }

    #[test]
    fn every_report_is_read_once_and_the_days_that_microsoft_keeps_follow_newest_first() {
        let tasks = tasks(&[], 400, &[], NOW);
        let foreground: Vec<&str> = tasks.iter().filter(|task| !task.background).map(|task| task.id.as_str()).collect();
        assert_eq!(foreground.len(), 13);
        assert!(foreground.contains(&"copilot-usage") && !foreground.contains(&"active-user-days"));
        let days = days(&[], 400, NOW);
        assert_eq!((days.len(), days[0].as_str()), (27, "active-user-days/2026-11-18"));
        assert_eq!(days[26], "active-user-days/2026-10-23");
    }

    #[test]
    fn days_count_against_the_same_limit_as_the_report_of_the_period_and_other_reports_do_not() {
        let quota = |dataset: &str| {
            tasks(&[], 400, &["email-activity-days".to_owned()], NOW)
                .into_iter()
                .find(|task| task.dataset == dataset)
                .unwrap()
                .quota
                .unwrap()
        };
        assert_eq!(quota("active-user-days"), quota("active-user-detail"));
        assert_eq!(quota("email-activity-days"), quota("email-activity"));
        assert_ne!(quota("email-activity"), quota("active-user-detail"));
    }

    #[test]
    fn days_of_other_reports_are_read_on_request_the_newest_day_of_each_first() {
        let daily = ["teams-activity-days", "app-user-days"].map(str::to_owned);
        let tasks = tasks(&[], 400, &daily, NOW).into_iter().filter(|task| task.background);
        let ids: Vec<String> = tasks.map(|task| task.id).collect();
        assert_eq!(ids.len(), 27 * 3);
        let first = ["active-user-days/2026-11-18", "app-user-days/2026-11-18", "teams-activity-days/2026-11-18"];
        assert_eq!(ids[..3], first);
        assert_eq!(ids[3], "active-user-days/2026-11-17");
        // A day of one report settles nothing of another.
        let settled = [asked_at("app-user-days/2026-11-10", NOW)];
        let left = super::tasks(&settled, 400, &daily, NOW).into_iter().filter(|task| task.id.ends_with("2026-11-10"));
        assert_eq!(left.map(|task| task.dataset).collect::<Vec<_>>(), ["active-user-days", "teams-activity-days"]);
    }

    #[test]
    fn a_day_is_asked_for_until_five_days_after_its_end_and_then_never_again() {
        let id = "active-user-days/2026-11-14";
        // 2026-11-14 ends when 2026-11-15 begins; nothing more is expected when 2026-11-20 begins.
        let settled = time::start(20_777);
        assert!(days(&[asked_at(id, settled - 1)], 400, NOW).contains(&id.to_owned()));
        assert!(!days(&[asked_at(id, settled)], 400, NOW).contains(&id.to_owned()));
        let other_format = Partition { bookmark: Some(b"0 99999999999 x".to_vec()), ..asked_at(id, settled) };
        assert!(days(&[other_format], 400, NOW).contains(&id.to_owned()));
    }

    #[test]
    fn what_lies_further_back_than_the_setting_is_neither_asked_for_nor_kept() {
        assert_eq!(days(&[], 7, NOW).len(), 6);
        let partitions = ["active-user-days/2026-10-20", "active-user-days/2026-10-21", "sign-ins/2026-10-01", "users"];
        let partitions = partitions.map(|id| asked_at(id, NOW));
        assert_eq!(expired(&partitions, 30, NOW), ["active-user-days/2026-10-20", "sign-ins/2026-10-01"]);
        assert!(expired(&partitions, 400, NOW).is_empty());
    }
}
