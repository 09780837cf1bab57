//! The merge of both sources, and what is news.

use super::*;
use crate::bench::{Bench, Finished, NOW};
use crate::contract::rows::UseKind;
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
    Row::InstalledApplication(InstalledApplication {
        id: app.to_owned(),
        object: format!("object-{app}"),
        name: format!("Installed {app}"),
        publisher: None,
        verified_publisher: Some("Contoso".to_owned()),
        first_party: Some(first_party),
        home_made: Some(home_made),
        sign_on: SignOn::Saml,
        template: None,
        homepage: Some("https://app.contoso.example/start".to_owned()),
        reply_urls: Vec::new(),
        tags: Vec::new(),
        enabled: Some(true),
        created: None,
        assignment_required: None,
        owners: Vec::new(),
    })
}

fn merged(rows: Vec<Row>, baseline_ended: Option<Instant>) -> (Vec<Application>, Vec<Notification>, Finished) {
    let mut bench = Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &[sign_ins::ID, service_principals::ID]);
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
fn without_sign_ins_users_are_unknown_and_a_gap_says_why() {
    let bench = Bench::new(Wire::default())
        .with(vec![installed("a", false, false)])
        .aged(Age::Fresh, &[service_principals::ID])
        .aged(Age::Missing, &[sign_ins::ID]);
    let done = bench.finish(ID).unwrap();
    let Some(Row::Application(application)) = done.rows.last() else { panic!() };
    assert_eq!((application.users, application.sign_ins), (None, None));
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
