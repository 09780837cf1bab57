//! Days of use: heat maps and utilisation.

use super::*;
use crate::report::{By, Look};

/// That a person used a feature on a day, so many days ago.
fn on(name: &str, feature: &str, ago: i32) -> Row {
    let Row::Usage(row) = usage(name, None, false, Some(TODAY - ago)) else { unreachable!() };
    Row::Usage(Usage {
        feature: feature.to_owned(),
        from: TODAY - ago,
        to: TODAY - ago,
        count: None,
        unit: None,
        ..row
    })
}

/// That a person has a feature.
fn has(name: &str, feature: &str) -> Row {
    let Row::Usage(row) = usage(name, None, false, None) else { unreachable!() };
    Row::Usage(Usage { feature: feature.to_owned(), ..row })
}

fn in_department(id: &str, department: &str, created: Option<i32>) -> Row {
    let Row::User(row) = user(id) else { unreachable!() };
    let created = created.map(|day| i64::from(day) * 86_400);
    Row::User(User { department: Some(department.to_owned()), created, ..row })
}

fn look(days: u16) -> Look<'static> {
    Look { days, feature: None, user: None }
}

/// Four days are known: 2 to 5 days ago. Ann has chat and mail, Bob has mail alone, and Cat came 3 days ago.
fn sample() -> Sample {
    let (ann, bob, cat) = ("ann@example.com", "bob@example.com", "cat@example.com");
    let sample = holding(&[
        has(ann, "chat"),
        has(ann, "mail"),
        has(bob, "mail"),
        has(cat, "mail"),
        has(ann, "paint"),
        in_department("ann", "Sales", None),
        in_department("bob", "Sales", None),
        in_department("cat", "Works", Some(TODAY - 3)),
        product("p1", Tier::Paid, 5, 3),
        seat("ann", "p1", None),
        seat("cat", "p1", None),
    ]);
    sample.publish("days/2026-11-18", &[on(ann, "mail", 2), on(ann, "chat", 2), on(bob, "mail", 2)]);
    sample.publish("days/2026-11-17", &[on(ann, "mail", 3)]);
    sample.publish("days/2026-11-16", &[on(ann, "mail", 4)]);
    // Nobody used anything: that is known.
    sample.publish("days/2026-11-15", &[]);
    // Not a day of use.
    sample.publish("logs/2026-11-14", &[]);
    sample
}

fn lines(report: &Report, names: &[&str]) -> Vec<String> {
    is_whole(report);
    let columns: Vec<Vec<String>> = names.iter().map(|name| words(report, name)).collect();
    (0..report.rows.len())
        .map(|row| columns.iter().map(|column| column[row].clone()).collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_heat_map_has_a_mark_for_each_day_and_tells_unused_from_unknown() {
    let report = sample().database.heat_map_report(question(&[]), look(7), false).unwrap();
    assert_eq!(
        lines(&report, &["principal_name", "feature", "days", "used", "known", "last_used"]),
        [
            "ann@example.com chat -···█-- 1 4 2026-11-18",
            "ann@example.com mail -·███-- 3 4 2026-11-18",
            "bob@example.com mail -···█-- 1 4 2026-11-18",
            "cat@example.com mail ---··-- 0 2 -",
        ]
    );
    assert_eq!(report.notes[0], "example: of the 7 days up to 2026-11-20, 4 are known, from 2026-11-15 to 2026-11-18.");
    assert!(report.notes[1].starts_with("Each mark is one day"), "{}", report.notes[1]);
}

#[test]
fn more_than_a_month_has_a_shade_for_each_week() {
    let report = sample().database.heat_map_report(question(&[]), look(60), false).unwrap();
    // The last week has the days 0 to 6 days ago; 60 days are eight weeks and four days.
    assert_eq!(words(&report, "days"), ["--------░", "--------▓", "--------░", "--------·"]);
    assert!(report.notes[1].starts_with("Each mark is one week"), "{}", report.notes[1]);
}

#[test]
fn a_machine_is_told_each_known_day_and_no_other() {
    let look = Look { days: 60, feature: Some("mail"), user: Some("ANN") };
    let report = sample().database.heat_map_report(question(&[]), look, true).unwrap();
    assert_eq!(
        lines(&report, &["principal_name", "day", "used"]),
        [
            "ann@example.com 2026-11-15 false",
            "ann@example.com 2026-11-16 true",
            "ann@example.com 2026-11-17 true",
            "ann@example.com 2026-11-18 true",
        ]
    );
}

#[test]
fn of_a_feature_without_days_it_is_told_which_have_some() {
    let sample = sample();
    let look = Look { feature: Some("mial"), ..look(7) };
    let told = "example: no single days are known of \"mial\". They are known of: chat, mail.";
    assert_eq!(sample.database.heat_map_report(question(&[]), look, false).unwrap().notes, [told]);
    assert_eq!(sample.database.utilisation_report(question(&[]), look, By::Feature).unwrap().notes, [told]);
}

#[test]
fn utilisation_is_used_days_of_known_days_by_whatever_is_asked_for() {
    let sample = sample();
    let told = |by, look| {
        let report = sample.database.utilisation_report(question(&[]), look, by).unwrap();
        let subject = report.columns[1].name;
        lines(&report, &[subject, "persons", "active", "used_days", "known_days", "percent"])
    };
    assert_eq!(told(By::Feature, look(60)), ["chat 1 1 1 4 25", "mail 3 2 4 10 40"]);
    assert_eq!(
        told(By::User, look(60)),
        ["ann@example.com 1 1 3 4 75", "bob@example.com 1 1 1 4 25", "cat@example.com 1 0 0 2 0"]
    );
    assert_eq!(told(By::Department, look(60)), ["Sales 2 2 4 8 50", "Works 1 0 0 2 0"]);
    assert_eq!(told(By::Product, look(60)), ["Product p1 2 1 3 6 50"]);
    let chat = Look { feature: Some("chat"), ..look(60) };
    assert_eq!(told(By::User, chat), ["ann@example.com 1 1 1 4 25"]);
    // Of one day that is known, and used by half of those who have it and were there.
    assert_eq!(told(By::Feature, look(3)), ["chat 1 1 1 1 100", "mail 3 2 2 3 67"]);
}

#[test]
fn without_known_days_there_is_no_share_and_nobody_counts_as_idle() {
    let sample = holding(&[has("ann@example.com", "mail")]);
    let told = sample.database.utilisation_report(question(&[]), look(60), By::Feature).unwrap();
    assert!(told.rows.is_empty());
    assert_eq!(told.notes, ["example: of the 60 days up to 2026-11-20, none is known yet."]);
}

#[test]
fn single_days_do_not_stand_in_the_table_of_use_and_sizes_are_readable_for_people() {
    let Row::Usage(row) = has("ann@example.com", "mail-box") else { unreachable!() };
    let of = |count, unit: &str| Row::Usage(Usage { count: Some(count), unit: Some(unit.to_owned()), ..row.clone() });
    let sample = holding(&[of(1_288_490_189, "bytes")]);
    sample.publish("more", &[of(3725, "seconds")]);
    sample.publish("days/2026-11-18", &[on("ann@example.com", "mail-box", 2)]);
    let people = sample.database.usage_report(question(&[]), None, true).unwrap();
    assert_eq!(words(&people, "count"), ["1.2 GiB", "1 h 2 min"]);
    assert_eq!(words(&people, "feature"), ["Mail box"; 2]);
    let machines = sample.database.usage_report(question(&[]), Some("mail-box"), false).unwrap();
    assert_eq!(words(&machines, "count"), ["1288490189", "3725"]);
    assert_eq!(words(&machines, "feature"), ["mail-box"; 2]);
    assert!(machines.notes[0].contains("show heat-map example"), "{:?}", machines.notes);
    let none = sample.database.usage_report(question(&[]), Some("Mail box"), false).unwrap();
    assert!(none.rows.is_empty());
    assert_eq!(none.notes[0], "example: nobody's use is known of \"Mail box\". It is known of: mail-box.");
}
