//! The merge of all sources, and what is news.

use super::*;
use crate::bench::{self, Bench, Finished, NOW};
use crate::contract::rows::{ApplicationUse, Grant, Notification, UseKind};
use crate::contract::types::{Instant, Licence};
use crate::time;
use crate::wire::Wire;

const TODAY: Day = 20_777;

fn used(app: &str, user: &str, day: Day, sign_ins: u64, failures: u64) -> Row {
    Row::ApplicationUse(ApplicationUse {
        application: app.to_owned(),
        application_name: Some(format!("Used {app}")),
        user: user.to_owned(),
        principal_name: None,
        day,
        how: UseKind::Interactive,
        sign_ins,
        failures,
        first: time::start(day) + 60,
        last: time::start(day) + 120,
    })
}

fn installed(app: &str, first_party: bool, home_made: bool) -> Row {
    let Row::InstalledApplication(row) = crate::bench::installed(app) else { panic!() };
    let (first_party, home_made) = (Some(first_party), Some(home_made));
    Row::InstalledApplication(InstalledApplication { first_party, home_made, ..row })
}

fn granted(app: &str, principal: Option<&str>, scopes: &[&str], application_right: bool) -> Row {
    Row::Grant(Grant {
        application: app.to_owned(),
        object: format!("object-{app}"),
        target: "graph".to_owned(),
        principal: principal.map(str::to_owned),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        application_right,
    })
}

fn given(app: &str, principal: &str, group: bool) -> Row {
    bench::given(app, principal, group, None)
}

/// A sum that names no user.
fn summed(app: &str, day: Day, first: Instant, sign_ins: u64) -> Row {
    let Row::ApplicationUse(row) = used(app, "", day, sign_ins, 0) else { panic!() };
    Row::ApplicationUse(ApplicationUse { first, last: time::start(day) + 500, ..row })
}

fn merged(rows: Vec<Row>, baseline_ended: Option<Instant>) -> (Vec<Application>, Vec<Notification>, Finished) {
    finished(Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &NEEDS), baseline_ended)
}

/// Applications and the news about them.
fn finished(mut bench: Bench, baseline_ended: Option<Instant>) -> (Vec<Application>, Vec<Notification>, Finished) {
    bench.context.baseline_ended = baseline_ended;
    bench.page = 3;
    let done = bench.finish(ID).unwrap();
    let (mut applications, mut news) = (Vec::new(), Vec::new());
    for row in &done.rows {
        match row {
            Row::Application(row) => applications.push(row.clone()),
            Row::Notification(row) => news.push(row.clone()),
            other => panic!("{other:?}"),
        }
    }
    (applications, news, done)
}

#[test]
fn installed_and_used_applications_are_merged_by_id_whatever_its_case() {
    let rows = vec![
        installed("B", false, false),
        installed("c", false, false),
        used("a", "u1", TODAY, 1, 0),
        used("b", "u1", TODAY - 3, 2, 1),
        used("b", "u1", TODAY, 1, 0),
        used("b", "u2", TODAY, 0, 5),
        used("b", "u3", TODAY - 29, 1, 0),
        used("b", "u4", TODAY - 30, 7, 0),
    ];
    let (applications, _, _) = merged(rows, None);
    let names: Vec<_> = applications.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Used a", "Installed B", "Installed c"]);
    let b = &applications[1];
    assert_eq!((b.users, b.sign_ins), (Some(2), Some(4)));
    assert_eq!(b.first_seen, Some(time::start(TODAY - 30) + 60));
    assert_eq!(b.last_seen, Some(time::start(TODAY) + 120));
    assert_eq!((b.verified, b.domain.as_deref(), b.installed), (Some(true), Some("app.contoso.example"), true));
    assert_eq!((applications[0].installed, applications[0].verified), (false, None));
    assert_eq!((applications[2].users, applications[2].first_seen), (Some(0), None));
}

#[test]
fn what_was_seen_stays_true_when_its_days_are_no_longer_kept() {
    let rows =
        vec![installed("a", false, false), used("a", "u1", TODAY - 200, 1, 0), used("a", "u1", TODAY - 100, 1, 0)];
    let (before, _, _) = merged(rows, None);
    let seen = (Some(time::start(TODAY - 200) + 60), Some(time::start(TODAY - 100) + 120));
    assert_eq!((before[0].first_seen, before[0].last_seen), seen);
    let again = |used: Vec<Row>| {
        let rows = [installed("a", false, false), Row::Application(before[0].clone())].into_iter().chain(used);
        merged(rows.collect(), None).0.remove(0)
    };
    let gone = again(Vec::new());
    assert_eq!(
        (gone.first_seen, gone.last_seen, gone.users, gone.source),
        (seen.0, seen.1, Some(0), UseSource::SignIns)
    );
    let used_again = again(vec![used("a", "u2", TODAY, 1, 0)]);
    assert_eq!((used_again.first_seen, used_again.last_seen), (seen.0, Some(time::start(TODAY) + 120)));
}

#[test]
fn without_sign_ins_users_are_unknown_and_a_gap_says_why() {
    let bench = Bench::new(Wire::default())
        .with(vec![installed("a", false, false)])
        .aged(Age::Fresh, &[service_principals::ID])
        .aged(Age::Missing, &[sign_ins::ID]);
    let done = bench.finish(ID).unwrap();
    let Some(Row::Application(application)) = done.rows.first() else { panic!() };
    assert_eq!((application.users, application.sign_ins), (None, None));
    assert_eq!((application.consent, application.assigned), (Consent::Unknown, None));
    assert!(done.told().contains("sign-ins"), "{}", done.told());
}

#[test]
fn only_third_party_applications_with_a_success_are_news() {
    let rows = vec![
        installed("microsoft", true, false),
        installed("own", false, true),
        used("failed", "u1", TODAY, 0, 3),
        used("microsoft", "u1", TODAY, 1, 0),
        used("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "u1", TODAY, 1, 0),
        used("own", "u1", TODAY, 1, 0),
        used("third", "u1", TODAY, 1, 0),
    ];
    let (applications, news, _) = merged(rows, Some(NOW - time::DAY));
    assert_eq!(news.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["new-application/third"]);
    assert!(!news[0].baseline);
    let portal = applications.iter().find(|one| one.id.starts_with("c44b")).unwrap();
    assert!(portal.first_party && !portal.installed);
}

#[test]
fn the_baseline_and_days_that_were_read_later_are_kept_and_never_told() {
    let rows =
        || vec![used("late", "u1", TODAY - 9, 1, 0), used("late", "u1", TODAY, 1, 0), used("new", "u1", TODAY, 1, 0)];
    let baseline = |ended| merged(rows(), ended).1.iter().map(|one| one.baseline).collect::<Vec<_>>();
    assert_eq!(baseline(None), [true, true]);
    assert_eq!(baseline(Some(NOW)), [true, false]);
    assert_eq!(baseline(Some(NOW - 9 * time::DAY)), [false, false]);
    assert_eq!(baseline(Some(NOW + time::DAY)), [true, true]);
}

#[test]
fn an_application_with_more_uses_than_a_step_takes_is_counted_over_several_steps() {
    let users = BUDGET + 5;
    let rows: Vec<Row> = (0..users)
        .map(|user| used("big", &format!("user-{user:06}"), TODAY, 1, 0))
        .chain([installed("big", false, false)])
        .collect();
    let mut bench = Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &[sign_ins::ID]);
    bench.page = 5000;
    let done = bench.finish(ID).unwrap();
    assert_eq!(done.steps, 2);
    let application =
        done.rows.iter().find_map(|row| if let Row::Application(row) = row { Some(row) } else { None }).unwrap();
    assert_eq!((application.users, application.installed), (Some(u64::from(users)), true));
    assert_eq!(done.rows.iter().filter(|row| matches!(row, Row::Application(_))).count(), 1);
}

#[test]
fn who_was_given_it_and_who_used_it_are_held_against_each_other() {
    let rows = vec![
        installed("a", false, false),
        given("a", "U1", false),
        given("a", "u2", false),
        given("a", "u4", false),
        used("a", "u1", TODAY, 1, 0),
        used("a", "u2", TODAY, 0, 3),
        used("a", "u3", TODAY - 50, 1, 0),
        used("a", "u3", TODAY - 1, 1, 0),
        installed("b", false, false),
        given("b", "g1", true),
        used("b", "u1", TODAY, 1, 0),
        installed("c", false, false),
    ];
    let (applications, _, _) = merged(rows, None);
    let counts = |one: &Application| (one.assigned, one.assigned_unused, one.used_unassigned);
    // Tried and failed is not used; and who is in the group is not known.
    assert_eq!(counts(&applications[0]), (Some(3), Some(2), Some(1)));
    assert_eq!(counts(&applications[1]), (Some(1), None, None));
    assert_eq!(counts(&applications[2]), (Some(0), Some(0), Some(0)));
}

#[test]
fn who_was_given_it_through_groups_counts_once_when_all_members_are_known() {
    let group = |app: &str, group: &str| [given(app, group, true), bench::given(app, group, true, Some(group))];
    let mut rows: Vec<Row> = [group("a", "g1"), group("a", "zz"), group("b", "g1")].into_iter().flatten().collect();
    rows.extend([
        installed("a", false, false),
        // By name and through both groups, through both, through one; the same of those who use it.
        given("a", "U1", false),
        bench::given("a", "u1", false, Some("g1")),
        bench::given("a", "u1", false, Some("zz")),
        bench::given("a", "u2", false, Some("g1")),
        bench::given("a", "u2", false, Some("zz")),
        bench::given("a", "u3", false, Some("zz")),
        given("a", "u5", false),
        bench::given("a", "u5", false, Some("g1")),
        bench::given("a", "u6", false, Some("zz")),
        used("a", "u4", TODAY, 1, 0),
        used("a", "u5", TODAY, 1, 0),
        used("a", "u6", TODAY, 1, 0),
        // One group of two is not known.
        given("b", "g2", true),
        bench::given("b", "u1", false, Some("g1")),
        used("b", "u2", TODAY, 1, 0),
    ]);
    let counts = |one: &Application| (one.assigned, one.assigned_unused, one.used_unassigned);
    let told = |bench: Bench| finished(bench, None).0.iter().map(counts).collect::<Vec<_>>();
    let bench = || Bench::new(Wire::default()).with(rows.clone()).aged(Age::Fresh, &NEEDS);
    assert_eq!(told(bench()), [(Some(4), Some(3), Some(1)), (Some(2), None, None)]);
    // Members that were read before the assignments say nothing of them.
    assert_eq!(told(bench().published(app_members::ID, NOW - 1)), [(Some(4), None, None), (Some(2), None, None)]);
    assert_eq!(told(bench().aged(Age::Missing, &[app_members::ID])), [(Some(4), None, None), (Some(2), None, None)]);
}

#[test]
fn members_of_a_group_that_has_it_no_longer_are_not_counted() {
    let rows =
        vec![installed("a", false, false), bench::given("a", "u1", false, Some("g")), used("a", "u2", TODAY, 1, 0)];
    let bench = Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &NEEDS).published(app_members::ID, NOW - 1);
    let (applications, _, _) = finished(bench, None);
    let one = &applications[0];
    assert_eq!((one.assigned, one.assigned_unused, one.used_unassigned), (Some(0), Some(0), Some(1)));
}

#[test]
fn rights_come_with_who_consented_and_how_far_they_reach() {
    let rows = vec![
        granted("a", None, &["User.Read"], false),
        granted("a", Some("u1"), &["Mail.Read", "User.Read"], false),
        granted("b", None, &["Files.Read.All"], true),
        granted("c", Some("u1"), &["openid"], false),
        installed("d", false, false),
    ];
    let (applications, _, _) = merged(rows, None);
    let rights = |at: usize| (applications[at].scopes.join(" "), applications[at].consent, applications[at].risk);
    assert_eq!(rights(0), ("Mail.Read User.Read".to_owned(), Consent::Both, Risk::High));
    assert_eq!(rights(1), ("Files.Read.All (application)".to_owned(), Consent::Administrator, Risk::High));
    assert_eq!(rights(2), ("openid".to_owned(), Consent::User, Risk::Low));
    assert_eq!(rights(3), (String::new(), Consent::None, Risk::Low));
    assert_eq!(applications[0].risk_note.as_deref(), Some("Reads mail."));
}

#[test]
fn sums_stand_in_only_where_the_log_cannot_be_read_and_tell_the_last_sign_in_all_the_same() {
    let period = time::start(TODAY - 29);
    let rows = || {
        vec![
            summed("a", TODAY, period, 40),
            summed("a", TODAY - 100, time::start(TODAY - 100) + 400, 0),
            summed("b", TODAY - 1, time::start(TODAY - 1), 2),
            used("c", "u1", TODAY, 1, 0),
        ]
    };
    let (applications, _, _) = merged(rows(), None);
    assert_eq!((applications[0].sign_ins, applications[0].users), (Some(0), Some(0)));
    assert_eq!(applications[0].last_seen, Some(time::start(TODAY - 100) + 500));
    assert!(applications[0].first_seen.is_none());
    let bench = Bench::new(Wire::default()).with(rows()).aged(Age::Fresh, &NEEDS).aged(Age::Missing, &[sign_ins::ID]);
    let (applications, _, _) = finished(bench, None);
    assert_eq!((applications[0].sign_ins, applications[0].users), (Some(40), None));
    assert_eq!((applications[0].source, applications[2].source), (UseSource::Aggregate, UseSource::SignIns));
    assert_eq!(applications[1].last_seen, Some(time::start(TODAY - 1) + 500));
}

#[test]
fn an_application_that_is_recognised_has_a_category_and_says_why() {
    let rows =
        vec![used("4e6c12ac-5ba4-424c-9e3c-7b3a087ebd2e", "u1", TODAY, 1, 0), used("unknown", "u1", TODAY, 1, 0)];
    let (applications, _, _) = merged(rows, None);
    let slack = &applications[0];
    assert_eq!(slack.category.as_deref(), Some("chat"));
    assert!(slack.integration.as_deref().is_some_and(|text| text.starts_with("Slack")), "{slack:?}");
    assert_eq!(slack.integration_match.as_deref(), Some("high: the application id is that of Slack"));
    assert_eq!((&applications[1].category, &applications[1].integration), (&None, &None));
}

/// The topics of what is told, with the ids of their subjects.
fn told(news: &[Notification]) -> Vec<String> {
    let told = news.iter().filter(|one| !one.baseline);
    told.map(|one| format!("{} {}", one.topic, one.subject)).collect()
}

#[test]
fn rights_that_were_not_there_before_are_news() {
    let rows = |more: Vec<Row>| {
        let rows = [installed("a", false, false), granted("a", None, &["Mail.Read"], false)];
        rows.into_iter().chain(more).collect::<Vec<_>>()
    };
    let (before, first, _) = merged(rows(Vec::new()), None);
    assert_eq!((first.len(), told(&first).len()), (1, 0), "the baseline is kept and not told");
    let before = || before.iter().cloned().map(Row::Application);
    let again = |more: Vec<Row>, ended| told(&merged(rows(more).into_iter().chain(before()).collect(), ended).1);
    let ended = Some(NOW - time::DAY);
    assert_eq!(again(Vec::new(), ended), Vec::<String>::new());
    assert_eq!(
        again(vec![granted("a", Some("u1"), &["Mail.Send"], false)], ended),
        ["risky-grant a", "user-consent a"]
    );
    assert_eq!(again(vec![granted("new", Some("u1"), &["User.Read"], false)], ended), ["user-consent new"]);
    // What was granted before rights could be read is no news.
    let (unknown, _, _) = finished(Bench::new(Wire::default()).with(vec![installed("a", false, false)]), None);
    let rows = rows(Vec::new()).into_iter().chain(unknown.into_iter().map(Row::Application)).collect();
    assert_eq!(told(&merged(rows, ended).1), Vec::<String>::new());
}

#[test]
fn growth_and_death_are_told_when_the_history_is_long_enough() {
    let rows = || {
        vec![
            used("dead", "u1", TODAY - 40, 9, 0),
            used("grown", "u1", TODAY - 40, 10, 0),
            used("grown", "u2", TODAY - 1, 25, 0),
            used("rare", "u1", TODAY - 40, 5000, 0),
            used("rare", "u1", TODAY - 1, 1, 0),
            used("steady", "u1", TODAY - 40, 10, 0),
            used("steady", "u1", TODAY - 1, 15, 0),
        ]
    };
    let day = |day| sign_ins::task_id(sign_ins::ID, day);
    let long = |first| {
        let bench = Bench::new(Wire::default()).with(rows()).aged(Age::Fresh, &NEEDS);
        finished(bench.partitioned(sign_ins::ID, &day(first)), Some(NOW - 20 * time::DAY))
    };
    let (applications, news, _) = long(TODAY - 59);
    let trends: Vec<_> = applications.iter().map(|one| one.trend).collect();
    assert_eq!(trends, [Some(-100), Some(150), Some(-100), Some(50)]);
    assert_eq!(told(&news), ["application-died dead", "application-grew grown"]);
    let (applications, news, _) = long(TODAY - 58);
    assert!(applications.iter().all(|one| one.trend.is_none()));
    assert_eq!(told(&news), Vec::<String>::new());
}

#[test]
fn a_missing_licence_is_told_at_once() {
    let fault = fault::sentence("The tenant has no premium licence.");
    let cause = Error::LicenceNeeded(Licence { fault, plan: "P1".to_owned() });
    let bench = Bench::new(Wire::default()).aged(Age::Missing, &[sign_ins::ID]).caused(sign_ins::ID, cause);
    let (_, news, _) = finished(bench, None);
    assert_eq!(told(&news), ["premium-missing tenant"]);
}
