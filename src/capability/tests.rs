use super::*;
use crate::manifest;

fn claims(roles: &[&str]) -> Option<Claims> {
    Some(Claims { roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..Claims::default() })
}

fn person(scopes: &str, roles: &[&str]) -> Option<Claims> {
    let wids = roles.iter().map(|role| (*role).to_owned()).collect();
    Some(Claims { scp: Some(scopes.to_owned()), wids, ..Claims::default() })
}

fn known(claims: Option<Claims>) -> Known {
    Known { claims, premium: Some(true), concealed: Some(false), cloud: Cloud::Global }
}

fn line(known: &Known, subject: &str) -> Capability {
    let lines = report(known, &manifest::datasets());
    lines.into_iter().find(|line| line.subject == subject).unwrap_or_else(|| panic!("{subject}"))
}

const ENOUGH: [&str; 3] = ["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All"];

#[test]
fn there_is_one_line_for_each_dataset_and_each_rule() {
    let lines = report(&known(claims(&ENOUGH)), &manifest::datasets());
    let subjects: Vec<&str> = lines.iter().map(|line| line.subject.as_str()).collect();
    let mut expected: Vec<String> = manifest::datasets().into_iter().map(|dataset| dataset.id).collect();
    expected.extend(rules::ALL.map(|rule| rule.id.to_owned()));
    assert_eq!(subjects, expected);
    assert!(lines.iter().all(|line| line.state == State::Works && line.mend.is_none()), "{lines:?}");
}

#[test]
fn a_missing_permission_is_named_with_the_place_where_it_is_granted() {
    let line = line(&known(claims(&["Directory.Read.All"])), "active-user-detail");
    assert_eq!(line.state, State::NotPossible);
    assert_eq!(line.because.as_deref(), Some("Not granted: Reports.Read.All."));
    let mend = line.mend.unwrap();
    assert!(mend.contains("entra.microsoft.com") && mend.contains("(application)"), "{mend}");
}

#[test]
fn the_list_that_lacks_least_is_the_one_that_is_proposed() {
    let line = line(&known(claims(&["Directory.Read.All"])), "activity");
    assert_eq!(line.because.as_deref(), Some("Not granted: AuditLog.Read.All."));
}

#[test]
fn without_a_premium_licence_sign_ins_are_not_possible_and_inactive_seats_are_judged_by_reports_alone() {
    let known = Known { premium: Some(false), ..known(claims(&ENOUGH)) };
    assert_eq!(line(&known, "sign-ins").state, State::NotPossible);
    assert_eq!(line(&known, "activity").state, State::NotPossible);
    let inactive = line(&known, "inactive");
    assert_eq!(inactive.state, State::Degraded);
    assert!(inactive.mend.unwrap().starts_with("Buy "));
    assert_eq!(line(&known, "applications").state, State::Degraded);
    assert_eq!(line(&known, "spare-seats").state, State::Works);
    assert_eq!(line(&known, "advice").state, State::Degraded);
}

#[test]
fn a_rule_without_what_it_needs_is_not_possible() {
    let nobody = known(claims(&[]));
    assert_eq!(line(&nobody, "blocked").state, State::NotPossible);
    assert_eq!(line(&nobody, "inactive").state, State::NotPossible);
    assert_eq!(line(&nobody, "advice").state, State::NotPossible);
    assert_eq!(line(&nobody, "prices").state, State::Works);
}

#[test]
fn concealed_names_degrade_the_report_and_what_is_judged_by_it() {
    let known = Known { concealed: Some(true), ..known(claims(&ENOUGH)) };
    assert_eq!(line(&known, "active-user-detail").state, State::Degraded);
    assert_eq!(line(&known, "inactive").state, State::Degraded);
}

#[test]
fn a_person_needs_a_role_beside_the_permission() {
    let scopes = "Directory.Read.All AuditLog.Read.All Reports.Read.All";
    let reader = known(person(scopes, &[role::REPORTS_READER]));
    assert_eq!(line(&reader, "sign-ins").state, State::Works);
    let nobody = known(person(scopes, &["b79fbf4d-3ef9-4689-8143-76b194e85509"]));
    assert_eq!(line(&nobody, "sign-ins").state, State::NotPossible);
    assert!(line(&nobody, "active-user-detail").mend.unwrap().contains("Reports Reader"));
    let untold = known(person(scopes, &[]));
    assert_eq!(line(&untold, "sign-ins").state, State::Unknown);
    assert_eq!(line(&untold, "users").state, State::Works);
}

#[test]
fn a_token_that_cannot_be_read_leaves_everything_unknown_but_what_needs_no_permission() {
    let opaque = known(None);
    assert_eq!(line(&opaque, "users").state, State::Unknown);
    assert_eq!(line(&opaque, "prices").state, State::Works);
}

#[test]
fn usage_reports_outside_of_the_worldwide_cloud_are_unknown() {
    let known = Known { cloud: Cloud::China, ..known(claims(&ENOUGH)) };
    assert_eq!(line(&known, "active-user-detail").state, State::Unknown);
}
