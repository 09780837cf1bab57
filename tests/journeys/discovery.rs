//! Discovery: what the logs hold is what is counted, whatever the service does on the way, and what is known of an
//! application stands in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use simulator::{Control, Fault, LateSignIn, Mishap, Options, TrueUse};

use crate::desk::{Desk, Ended};
use crate::tenant::{Tenant, small};

const PARTLY: i32 = 5;

/// Sixty users, whose applications renew their sessions so often that a day of that log has several pages.
fn busy(seed: u64) -> Options {
    Options { users: 60, seed, renewals: 40, ..small() }
}

/// Rows of the log as text: how, application, who, day, sign-ins, failures.
fn counted(desk: &Desk) -> BTreeSet<String> {
    let rows = desk.column(
        "SELECT how || ' ' || application || ' ' || user || ' ' || day || ' ' || sign_ins || ' ' || failures
         FROM application_use WHERE user <> ''",
    );
    let all = rows.len();
    let rows: BTreeSet<String> = rows.into_iter().collect();
    assert_eq!(rows.len(), all, "no use stands twice");
    rows
}

/// The same from the simulator's own days, for the days that were read.
fn truly(desk: &Desk, control: &Control) -> BTreeSet<String> {
    let read = |log: &str| -> BTreeSet<String> {
        let tasks =
            desk.column(&format!("SELECT task FROM partitions WHERE dataset = '{log}' AND published IS NOT NULL"));
        tasks.into_iter().filter_map(|task| Some(task.split_once('/')?.1.to_owned())).collect()
    };
    let truth = control.truth();
    let line = |how: &str, app: &str, who: &str, day: &str, many: &TrueUse| {
        format!("{how} {app} {who} {day} {} {}", many.successes, many.failures)
    };
    let days = read("sign-ins");
    assert!(!days.is_empty());
    let uses = truth.uses.iter().filter(|((_, _, day), _)| days.contains(day));
    let mut all: BTreeSet<String> =
        uses.map(|((app, who, day), many)| line("interactive", app, who, day, many)).collect();
    for (how, log) in [("non-interactive", "non-interactive-sign-ins"), ("service", "service-sign-ins")] {
        let days = read(log);
        let uses = truth.programs.iter().filter(|((of, _, _, day), _)| of == how && days.contains(day));
        all.extend(uses.map(|((_, app, who, day), many)| line(how, app, who, day, many)));
    }
    all
}

#[track_caller]
fn assert_true(desk: &Desk, tenant: &Tenant, what: &str) {
    let (found, truth) = (counted(desk), truly(desk, &tenant.control()));
    for how in ["interactive ", "non-interactive ", "service "] {
        assert!(truth.iter().any(|line| line.starts_with(how)), "{what}: nothing is {how}");
    }
    let wrong: Vec<_> = found.symmetric_difference(&truth).take(5).collect();
    assert!(wrong.is_empty(), "{what}: {} rows and {}: {wrong:#?}", found.len(), truth.len());
}

#[test]
fn counts_equal_the_simulators_own_for_ten_seeds_whatever_pages_do() {
    for seed in 0..10 {
        let options = Options { empty_page_every: if seed % 2 == 0 { 3 } else { 0 }, ..busy(seed) };
        let tenant = Tenant::new(options);
        let desk = tenant.connected();
        let mishap = match seed % 3 {
            0 => Mishap::Overlap,
            1 => Mishap::ExpiredPage,
            _ => Mishap::EmptyPage,
        };
        // In the middle of the slices of the largest log.
        tenant.control().inject(Fault::next("/beta/auditLogs/signIns?", mishap.clone()).after(3).times(1));
        tenant.control().inject(Fault::next("skiptoken", mishap).after(4).times(3));
        desk.run("run acme").with(0);
        assert_true(&desk, &tenant, &format!("seed {seed}"));
    }
}

#[test]
fn links_that_expire_are_taken_up_within_the_same_generation() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    // Pages of 1,000, of which the hours of the morning have several.
    tenant.control().inject(Fault::next("nonInteractiveUser", Mishap::EmptyPage).after(1).times(4));
    tenant.control().inject(Fault::next("skiptoken", Mishap::ExpiredPage).after(1).times(3));
    desk.run("run acme").with(0);
    assert_true(&desk, &tenant, "expired links");
}

#[test]
fn pages_that_lead_in_a_circle_fail_their_day_and_nothing_else() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    tenant.control().inject(Fault::next("nonInteractiveUser", Mishap::LoopingLink).times(10_000));
    let ended = desk.run("run acme").with(PARTLY);
    assert!(ended.tells("in a circle") || ended.tells("names itself"), "{ended:#?}");
    // A day that fits one page has no link that could lead anywhere.
    assert!(desk.count("SELECT count(*) FROM application_use WHERE how = 'service'") > 0);
    assert!(desk.count("SELECT count(*) FROM applications WHERE users > 0") > 0);
    tenant.control().clear_faults();
    desk.run("run acme").with(0);
    assert_true(&desk, &tenant, "after the circle");
}

#[test]
fn a_tenant_that_keeps_seven_days_is_read_as_far_and_loses_nothing_later() {
    let tenant = Tenant::new(Options { retention_days: 7, ..busy(3) });
    let control = tenant.control();
    // Somebody has signed in at midnight, at whatever hour this is tested.
    let of_today = control.now().as_second().rem_euclid(86_400).cast_unsigned();
    let at = control.now() - Duration::from_secs(of_today);
    let ((app_id, user_id, _), _) = control.truth().uses.pop_last().expect("a use");
    assert!(control.add_sign_in(&LateSignIn { user_id, app_id, at, visible_from: at, error: 0 }));
    let desk = tenant.desk();
    desk.run(&tenant.configure().replace("history-days=3", "history-days=12")).with(0);
    desk.run("connect acme").with(0);
    desk.run("run acme").with(0);
    assert_true(&desk, &tenant, "seven days");
    let before = counted(&desk);
    // Yesterday falls out of what the service keeps, and the first half of what was counted of today, while the rest of
    // today has come: neither falls out of what is stored.
    control.advance(Duration::from_secs(7 * 86_400 - of_today / 2));
    let told = control.requests().len();
    desk.run("run acme").with(0);
    assert!(control.requests_since(told).iter().any(|request| request.path.contains("signIns")));
    let after: BTreeMap<_, _> = counted(&desk).into_iter().map(split).collect();
    let fewer = |(key, count): &(String, [u64; 2])| {
        after.get(key).is_none_or(|now| now.iter().zip(count).any(|(now, before)| now < before))
    };
    assert_eq!(before.into_iter().map(split).filter(fewer).collect::<Vec<_>>(), []);
}

/// A row of the log as text: its key, and its sign-ins and failures.
fn split(row: String) -> (String, [u64; 2]) {
    let mut words = row.rsplitn(3, ' ');
    let mut count = || words.next().and_then(|word| word.parse().ok()).expect("a count");
    let (failures, sign_ins) = (count(), count());
    (words.next().expect("a key").to_owned(), [sign_ins, failures])
}

#[test]
fn what_comes_late_is_counted_once_and_midnight_changes_nothing() {
    // The service is half a minute before the midnight that has just been for the host: all that follows comes late.
    let today = Timestamp::from_second(Timestamp::now().as_second().div_euclid(86_400) * 86_400).expect("a day");
    let tenant = Tenant::new(Options { now: Some(today - Duration::from_secs(30)), ..busy(5) });
    let desk = tenant.connected();
    desk.run("run acme").with(0);
    let user = desk.column("SELECT id FROM users WHERE enabled LIMIT 1").remove(0);
    let app = desk.column("SELECT id FROM installed_applications WHERE first_party LIMIT 1").remove(0);
    for (at, visible_from) in [
        (today - Duration::from_secs(1), today),
        (today, today),
        (today - Duration::from_secs(20_000), today + Duration::from_secs(50)),
    ] {
        let (user_id, app_id) = (user.clone(), app.clone());
        assert!(tenant.control().add_sign_in(&LateSignIn { user_id, app_id, at, visible_from, error: 0 }));
    }
    for _ in 0..2 {
        tenant.control().advance(Duration::from_secs(60));
        desk.run("run acme").with(0);
    }
    let found = counted(&desk);
    let truth = tenant.control().truth().uses;
    for at in [today - Duration::from_secs(1), today] {
        let day = at.to_string().split('T').next().expect("a day").to_owned();
        let many = &truth[&(app.clone(), user.clone(), day.clone())];
        assert!(many.successes > 0);
        let line = format!("interactive {app} {user} {day} {} {}", many.successes, many.failures);
        assert!(found.contains(&line), "{line}");
    }
    let interactive =
        |rows: BTreeSet<String>| rows.into_iter().filter(|row| row.starts_with("interactive")).collect::<BTreeSet<_>>();
    assert_eq!(interactive(found), interactive(truly(&desk, &tenant.control())));
}

#[test]
fn an_application_keeps_its_history_when_it_is_renamed_or_removed() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    desk.run("run acme").with(0);
    let used = desk.column(
        "SELECT id FROM applications WHERE users > 0 AND installed AND NOT first_party ORDER BY users DESC LIMIT 2",
    );
    let [renamed, removed] = used.as_slice() else { panic!("{used:?}") };
    let of = |id: &str, column: &str| desk.count(&format!("SELECT {column} FROM applications WHERE id = '{id}'"));
    let before = (of(renamed, "sign_ins"), of(removed, "sign_ins"));
    assert!(tenant.control().rename_application(renamed, "Another name"));
    assert!(tenant.control().remove_application(removed));
    desk.run("run acme").with(0);
    assert_eq!((of(renamed, "sign_ins"), of(removed, "sign_ins")), before);
    assert_eq!(desk.column(&format!("SELECT name FROM applications WHERE id = '{renamed}'")), ["Another name"]);
    assert_eq!((of(renamed, "installed"), of(removed, "installed")), (1, 0));
}

#[test]
fn rights_assignments_and_owners_stand_with_their_application() {
    let tenant = Tenant::new(busy(7));
    let (desk, _) = {
        let desk = tenant.connected();
        let ended = desk.run("run acme").with(0);
        (desk, ended)
    };
    let some = |question: &str| desk.count(&format!("SELECT count(*) FROM applications WHERE {question}")) > 0;
    assert!(some("consent = 'administrator' AND scopes LIKE '%Files.ReadWrite.All%' AND risk = 'high'"));
    assert!(some("scopes LIKE '%AuditLog.Read.All (application)%'"), "the rights of the connection's own application");
    assert!(some("consent IN ('user', 'both')"));
    assert!(some("assigned > 0 AND assigned_unused > 0"));
    assert!(some("owners <> '[]' AND created IS NOT NULL"));
    assert!(some("category = 'video-conferencing' AND integration_match IS NOT NULL"));
    assert!(!some("consent = 'unknown'"));
    // Who was given an application and who used it, from the tables themselves.
    let wrong = "SELECT count(*) FROM applications a WHERE assigned_unused <> (
        SELECT count(DISTINCT principal) FROM app_assignments g WHERE g.application = a.id AND NOT \"group\" AND NOT EXISTS (
            SELECT 1 FROM application_use u WHERE u.application = a.id AND u.user = g.principal AND u.sign_ins > 0
              AND u.how <> 'service'))";
    assert_eq!(desk.count(wrong), 0);
    let wrong = "SELECT count(*) FROM applications a WHERE NOT first_party AND users <> (
        SELECT count(DISTINCT user) FROM application_use u
        WHERE u.application = a.id AND u.sign_ins > 0 AND u.how <> 'service')";
    assert_eq!(desk.count(wrong), 0);

    let categories = desk.show("applications acme --by category");
    let video = categories.iter().find(|row| row["category"] == "video-conferencing").expect("a category");
    assert!(video["applications"].as_i64() > Some(1), "{video}");
    assert!(video["names"].as_str().expect("names").contains("Zoom"), "{video}");
    let days = desk.show("application-days acme");
    assert!(days.iter().any(|row| row["users"].as_i64() > Some(1)), "{days:#?}");
    let zoom = desk.column("SELECT id FROM applications WHERE name = 'Zoom'").remove(0);
    let why = desk.run(&format!("show applications acme --explain {zoom}")).with(0);
    assert!(why.tells("Recognised as Zoom") && why.tells("zoom.us"), "{why:#?}");
    desk.run("explain acme application Zoom").with(0);
    let given = "SELECT application || '|' || principal_name FROM app_assignments WHERE \"group\" LIMIT 1";
    let given = desk.column(given).remove(0);
    let (id, group) = given.split_once('|').expect("an id and a name");
    let told = desk.run(&format!("explain acme application {id}")).with(0);
    assert!(told.tells(group), "{group} in {told:#?}");
}

#[test]
fn rights_that_come_later_are_told_once_and_the_beginning_in_one_summary() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    desk.run("run acme").with(0);
    let topics = || desk.column("SELECT topic FROM notifications WHERE NOT baseline ORDER BY topic");
    assert_eq!(topics(), ["baseline"]);
    assert!(desk.count("SELECT count(*) FROM notifications WHERE baseline AND topic = 'risky-grant'") > 0);
    assert!(tenant.control().set_scopes(&tenant.facts().client_id, &["User.Read", "Mail.ReadWrite"]));
    desk.run("run acme").with(0);
    assert_eq!(topics(), ["baseline", "risky-grant"]);
    desk.run("run acme").with(0);
    assert_eq!(topics(), ["baseline", "risky-grant"]);
}

#[test]
fn a_customers_own_list_is_used_and_its_flaws_are_told() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    let list = "id,names,category,domains\nour-portal,Intranet,own-portals,\nBad Id,Something,,\n";
    std::fs::write(desk.folder().join("list.csv"), list).expect("a file");
    desk.run("reference acme import applications list.csv").with(0);
    desk.run("discover acme").with(0);
    assert_eq!(desk.column("SELECT category FROM applications WHERE name = 'Intranet'"), ["own-portals"]);
    let gaps = desk.show("gaps");
    assert!(gaps.iter().any(|gap| gap.to_string().contains("Entry 2")), "{gaps:#?}");
}

#[test]
fn status_says_how_far_the_background_is_and_when_it_will_be_done() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.connected();
    let status = || {
        let ended = desk.run("status acme --format json").with(0);
        let mut rows: Vec<serde_json::Value> = serde_json::from_str(&ended.out).expect("JSON");
        rows.remove(0)
    };
    assert_eq!(status()["background_tasks"], 0);
    tenant.control().inject(Fault::next("nonInteractiveUser", Mishap::Hang(Duration::from_secs(600))).times(10));
    let child = desk.start("run acme");
    let begun = Instant::now();
    let going = loop {
        let going = status();
        // All that does not wait for the two days that hang.
        if going["background_ended"].as_u64() > Some(3) {
            break going;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{going}");
    };
    let (all, ended) = (going["background_tasks"].as_u64(), going["background_ended"].as_u64());
    assert!(all > ended.map(|ended| ended + 1), "{going}");
    let until: Timestamp = going["background_until"].as_str().expect("a time").parse().expect("an instant");
    assert!(until > Timestamp::now() - Duration::from_secs(60), "{going}");
    assert!(going["next"].as_str().expect("words").starts_with("Nothing: a run goes on."), "{going}");

    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill starts").success());
    Ended::from(child.wait_with_output().expect("it ends")).with(130);
    let stopped = status();
    assert!(stopped["background_until"].is_null(), "{stopped}");
    assert!(stopped["next"].as_str().expect("words").contains("left in the background"), "{stopped}");

    tenant.control().clear_faults();
    desk.run("run acme").with(0);
    let done = status();
    assert!(
        done["background_tasks"].as_u64() > Some(0) && done["background_tasks"] == done["background_ended"],
        "{done}"
    );
    assert!(done["background_until"].is_null(), "{done}");
}
