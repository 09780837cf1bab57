//! How connections stand.

use super::*;
use crate::contract::connector::Task;
use crate::storage::tests::sample::{connection, forbidden, gap, group, news, task};
use crate::storage::{RunTotals, StorageError};

#[test]
fn status_counts_partitions_and_says_what_to_do_next() {
    let sample = Sample::new();
    let next = |sample: &Sample| {
        let report = sample.database.status_report(question(&[])).unwrap();
        is_whole(&report);
        words(&report, "next")[0].clone()
    };
    assert_eq!(next(&sample), "Connect it.");
    let mut connected = connection("example");
    connected.connected = Some(at(0));
    connected.account = Some("Example Ltd".to_owned());
    sample.database.save_connection(&connected).unwrap();
    assert_eq!(next(&sample), "Run it.");
    sample.database.begin_run(sample.id, at(5)).unwrap();
    sample.publish("groups/1", &[group("a", ""), group("b", "")]);
    sample.publish("groups/2", &[group("c", ""), news("n", "", false), news("o", "", true)]);
    assert_eq!(next(&sample), "Nothing. Run it again to renew what it holds.");
    let mut building = sample.database.begin(sample.id, &task("groups/3"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("d", "")], b"2", &[]).unwrap();
    assert_eq!(next(&sample), "Run it again: the last run was stopped.");
    sample.database.fail(building, &forbidden(), true, at(0)).unwrap();
    let building = sample.database.begin(sample.id, &task("groups/2"), at(0)).unwrap();
    sample.database.fail(building, &forbidden(), false, at(0)).unwrap();
    assert_eq!(next(&sample), "Look at its gaps: some tasks failed.");
    let report = sample.database.status_report(question(&[])).unwrap();
    let counts =
        ["fresh", "stale", "never", "unfinished", "rows", "gaps", "news"].map(|name| words(&report, name)[0].clone());
    assert_eq!(counts, ["1", "1", "1", "1", "5", "2", "1"]);
    assert_eq!(words(&report, "last_run"), ["2026-11-20T10:00:05Z"]);
    assert_eq!(
        (words(&report, "account"), words(&report, "baseline_ended")),
        (vec!["Example Ltd".to_owned()], vec!["-".to_owned()])
    );
}

#[test]
fn status_names_the_credential_that_ends_first_of_those_that_may_be_used_and_puts_a_guess_last() {
    let sample = Sample::new();
    let mut connected = connection("example");
    connected.connected = Some(at(0));
    sample.database.save_connection(&connected).unwrap();
    sample.database.begin_run(sample.id, at(0)).unwrap();
    let told = |credentials: &[(&str, i64, Option<bool>)]| {
        let rows = credentials.iter().map(|(title, days, in_use)| {
            let (id, title) = ((*title).to_owned(), format!("key {title}"));
            let ends = Some(at(0).as_second() + days * 86_400);
            Row::Credential(Credential { id, title, ends, in_use: *in_use })
        });
        sample.publish("credentials", &rows.collect::<Vec<_>>());
        let report = sample.database.status_report(Question { now: at(1), ..question(&[]) }).unwrap();
        is_whole(&report);
        ["credential_ends", "next"].map(|name| words(&report, name)[0].clone())
    };
    let next = |title: &str, verb: &str, day: &str, make: &str| {
        let command = "host-harness set-up example --rotate, or at the service.";
        [
            format!("2026-{day}T10:00:00Z"),
            format!("The key {title} {verb} on 2026-{day}. {make} the next one: {command}"),
        ]
    };
    let nothing = |ends: &str| [ends.to_owned(), "Nothing. Run it again to renew what it holds.".to_owned()];
    let (guess, yes, no) = (None, Some(true), Some(false));
    assert_eq!(told(&[("a", 30, yes), ("b", 1, no), ("c", -1, no)]), next("a", "ends", "12-20", "Make"));
    assert_eq!(told(&[("a", 31, yes), ("b", -1, no)]), nothing("2026-12-21T10:00:00Z"));
    assert_eq!(told(&[("a", -1, yes), ("b", 40, guess)]), next("a", "ended", "11-19", "Make"));
    // An ended one of which nobody knows is not used where one lives.
    assert_eq!(told(&[("a", -1, guess), ("b", 40, guess)]), nothing("2026-12-30T10:00:00Z"));
    let make = "If this connection signs in with it, make";
    assert_eq!(told(&[("a", -1, guess), ("b", -2, guess)]), next("b", "ended", "11-18", make));
    assert_eq!(told(&[("a", -1, guess), ("b", 7, guess)]), next("b", "ends", "11-27", make));
    assert_eq!(told(&[]), nothing("-"));
    let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.fail(building, &forbidden(), false, at(0)).unwrap();
    assert_eq!(told(&[("b", 7, guess)])[1], "Look at its gaps: some tasks failed.");
    assert_eq!(told(&[("b", 7, yes)]), next("b", "ends", "11-27", "Make"));
}

#[test]
fn status_says_how_far_the_background_is_and_when_it_will_be_done() {
    let sample = Sample::new();
    let mut connected = connection("example");
    connected.connected = Some(at(0));
    sample.database.save_connection(&connected).unwrap();
    sample.database.begin_run(sample.id, at(0)).unwrap();
    let told = |seconds| {
        let report = sample.database.status_report(Question { now: at(seconds), ..question(&[]) }).unwrap();
        is_whole(&report);
        ["background_tasks", "background_ended", "background_until", "next"].map(|name| words(&report, name)[0].clone())
    };
    assert_eq!(told(0), ["0", "0", "-", "Nothing. Run it again to renew what it holds."]);
    let behind = |id: &str, estimate| Task { background: true, estimate, ..task(id) };
    let tasks = [task("groups"), behind("groups/1", Some(8)), behind("groups/2", None), behind("groups/3", Some(11))];
    sample.database.plan_background(sample.id, &tasks, &[]).unwrap();
    let lock = sample.database.lock_run("example").unwrap();
    assert_eq!(told(0), ["3", "0", "-", "Nothing: a run goes on. 3 of 3 tasks are left in the background."]);
    sample.database.start_background(sample.id, "groups/1", at(100)).unwrap();
    assert_eq!(told(110)[2], "-");
    // Two of twenty steps in ten seconds: eighteen take ninety.
    let mut building = sample.database.begin(sample.id, &tasks[1], at(100)).unwrap();
    sample.database.commit_step(&mut building, &[], b"1", &[]).unwrap();
    sample.database.commit_step(&mut building, &[], b"2", &[]).unwrap();
    assert_eq!(told(110)[2], at(200).to_string());
    sample.database.publish(building, &[], None, &[], at(120)).unwrap();
    sample.database.end_background(sample.id, "groups/1", at(120)).unwrap();
    assert_eq!(told(140)[..3], ["3", "1", at(200).to_string().as_str()]);
    // Nobody works on it any more, and nobody says when it will be done.
    drop(lock);
    assert_eq!(told(140), ["3", "1", "-", "Run it again: 2 tasks are left in the background."]);
    // A run of another verb plans the same and leaves what was noted; a run of this one begins anew.
    sample.database.plan_background(sample.id, &[], &tasks[1..3]).unwrap();
    assert_eq!(told(150)[..2], ["2", "1"]);
    sample.database.plan_background(sample.id, &tasks[2..], &[]).unwrap();
    assert_eq!(told(150)[..2], ["2", "0"]);
}

#[test]
fn a_gap_that_many_partitions_share_is_one_row() {
    let sample = Sample::new();
    for (number, field) in [(1, "name"), (2, "name"), (3, "owner")] {
        let building = sample.database.begin(sample.id, &task(&format!("groups/{number}")), at(0)).unwrap();
        sample.database.publish(building, &[], None, &[gap("groups", field)], at(number)).unwrap();
    }
    let report = sample.database.gaps_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "field"), ["name", "owner"]);
    assert_eq!(words(&report, "partition"), ["groups/1 and 1 more", "groups/3"]);
    assert_eq!(words(&report, "cause"), ["The service refuses."; 2]);
    assert_eq!(
        (words(&report, "code"), words(&report, "mend")[0].as_str()),
        (vec!["E17".to_owned(); 2], "Grant Members.Read.")
    );
    assert_eq!(words(&report, "noticed")[0], "2026-11-20T10:00:02Z");
}

#[test]
fn the_last_runs_are_told_the_newest_first_and_the_rows_that_are_stored() {
    let sample = Sample::new();
    assert_eq!(sample.database.runs_report(question(&[])).unwrap().rows, Vec::<Vec<Cell>>::new());
    let run = sample.database.begin_run(sample.id, at(0)).unwrap();
    sample.publish("groups", &[group("a", ""), group("a", "again")]);
    let totals = RunTotals { requests: 12, bytes: 3, steps: 4, rows: 2, done: 1, failed: 0 };
    sample.database.end_run(run, totals, at(75)).unwrap();
    sample.database.begin_run(sample.id, at(80)).unwrap();
    let report = sample.database.runs_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "seconds"), ["-", "75"]);
    assert_eq!(words(&report, "requests"), ["0", "12"]);
    assert_eq!(words(&report, "rows_emitted"), ["0", "2"]);
    assert_eq!(report.notes, ["example: 1 row is stored."]);
}

#[test]
fn reports_are_of_the_connections_asked_for_and_an_unknown_one_is_named() {
    let sample = Sample::new();
    sample.database.save_connection(&connection("other")).unwrap();
    let of = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        sample.database.status_report(question(&names)).map(|report| words(&report, "connection"))
    };
    assert_eq!(of(&[]).unwrap(), ["example", "other"]);
    assert_eq!(of(&["other"]).unwrap(), ["other"]);
    let refused = of(&["example", "none"]).unwrap_err();
    assert!(matches!(refused, StorageError::NoConnection(ref name) if name == "none"));
}
