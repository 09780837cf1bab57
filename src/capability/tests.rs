use super::*;
use crate::manifest;
use crate::rules;

fn claims(roles: &[&str]) -> Option<Claims> {
    Some(Claims { roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..Claims::default() })
}

fn person(scopes: &str, roles: &[&str]) -> Option<Claims> {
    let wids = roles.iter().map(|role| (*role).to_owned()).collect();
    let person = Some("ada@contoso.com".to_owned());
    Some(Claims { scp: Some(scopes.to_owned()), wids, person, ..Claims::default() })
}

fn known(claims: Option<Claims>) -> Known {
    Known {
        claims,
        premium: Some(Premium::Yes),
        paid: Some(true),
        concealed: Some(false),
        cloud: Cloud::Global,
        credentials: Vec::new(),
        now: NOW,
        probes: Vec::new(),
    }
}

const NOW: Instant = 1_800_000_000;
const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";
const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";

/// The same, with an answer of Graph to the call that proves a dataset.
fn answered(known: Known, dataset: &str, error: Error) -> Known {
    let datasets = manifest::datasets();
    let (path, _) = calls(datasets.iter().find(|known| known.id == dataset).unwrap(), known.cloud)[0];
    Known { probes: vec![(path.to_owned(), Some(error))], ..known }
}

fn forbidden() -> Error {
    Error::Forbidden(crate::contract::types::Refusal {
        fault: crate::fault::sentence("No."),
        permission: "X".to_owned(),
    })
}

fn not_licensed() -> Error {
    Error::LicenceNeeded(crate::contract::types::Licence {
        fault: crate::fault::sentence("Not premium."),
        plan: premium::PLAN.to_owned(),
    })
}

fn all(known: &Known) -> Vec<Capability> {
    with(known, &[])
}

fn with(known: &Known, daily: &[(&'static str, &'static str)]) -> Vec<Capability> {
    let context = crate::contract::connector::Context { now: NOW, baseline_ended: None };
    let tasks = crate::plan::plan(&crate::wire::settings(daily), &[], &context).tasks;
    report(known, &manifest::datasets(), &tasks)
}

fn line(known: &Known, subject: &str) -> Capability {
    let lines = all(known);
    lines.into_iter().find(|line| line.subject == subject).unwrap_or_else(|| panic!("{subject}"))
}

const ENOUGH: [&str; 3] = ["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All"];

#[test]
fn days_of_reports_that_nobody_asked_for_have_no_line() {
    let of = |daily: &'static str| {
        let lines = with(&known(claims(&ENOUGH)), &[("daily-reports", daily)]);
        let days = lines.into_iter().map(|line| line.subject).filter(|id| id.ends_with("-days"));
        days.collect::<Vec<_>>()
    };
    assert_eq!(of("nothing"), ["active-user-days"]);
    assert_eq!(of("email-app-days"), ["active-user-days", "email-app-days"]);
}

#[test]
fn there_is_one_line_for_each_dataset_and_each_rule() {
    let lines = with(&known(claims(&ENOUGH)), &[("daily-reports", "all")]);
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
    let known = Known { premium: Some(Premium::No), ..known(claims(&ENOUGH)) };
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
    // Without products there is nothing to price.
    assert_eq!(line(&nobody, "prices").state, State::NotPossible);
}

#[test]
fn concealed_names_degrade_the_report_and_what_is_judged_by_it() {
    let known = Known { concealed: Some(true), ..known(claims(&ENOUGH)) };
    let report = line(&known, "active-user-detail");
    assert_eq!(report.state, State::Degraded);
    let shown = Setting { name: "report-names".to_owned(), value: "shown".to_owned() };
    assert_eq!(report.mended_by, Some(Command::SetUp(vec![shown])));
    assert_eq!(line(&known, "inactive").state, State::Degraded);
}

#[test]
fn where_it_is_not_known_whether_names_are_concealed_the_report_says_so_with_what_would_tell() {
    // Nobody may ask: one command grants what it takes.
    let report = |claims, cloud| {
        let unasked = Known { concealed: None, cloud, ..known(claims) };
        assert_eq!(line(&unasked, "users").state, State::Works);
        assert_eq!(line(&unasked, "inactive").state, State::Degraded);
        line(&unasked, "active-user-detail")
    };
    for (claims, kind) in
        [(claims(&ENOUGH), "(application)"), (person(&ENOUGH.join(" "), &[REPORTS_READER]), "(delegated)")]
    {
        let line = report(claims, Cloud::Global);
        assert_eq!(line.state, State::Degraded);
        let because = line.because.unwrap();
        assert!(because.starts_with("Not granted: ReportSettings.Read.All. So it is not known whether"), "{because}");
        let mend = line.mend.unwrap();
        assert!(mend.contains("add ReportSettings.Read.All of Microsoft Graph") && mend.contains(kind), "{mend}");
        let features = Setting { name: "features".to_owned(), value: "+use".to_owned() };
        assert_eq!(line.mended_by, Some(Command::SetUp(vec![features])));
    }
    // Somebody may, and got no answer; or the cloud has none, whatever is granted.
    let granted = [&ENOUGH[..], &["ReportSettings.Read.All"]].concat();
    for (claims, cloud) in [
        (claims(&granted), Cloud::Global),
        (None, Cloud::Global),
        (claims(&ENOUGH), Cloud::UsGovL4),
        (claims(&granted), Cloud::UsGovL4),
    ] {
        let line = report(claims, cloud);
        assert_eq!((line.state, line.mended_by), (State::Degraded, None));
        assert!(line.because.unwrap().starts_with("Microsoft Graph does not tell whether names are concealed"));
        assert!(line.mend.unwrap().contains("Display concealed user"));
    }
    // The permission for the report itself comes first, and alone.
    let classic = Known { concealed: None, ..known(claims(&ENOUGH[..2])) };
    assert_eq!(line(&classic, "active-user-detail").because.as_deref(), Some("Not granted: Reports.Read.All."));
}

#[test]
fn a_person_without_a_role_is_told_so_when_graph_refuses() {
    let scopes = "Directory.Read.All AuditLog.Read.All Reports.Read.All";
    let refused = |roles: &[&str]| answered(known(person(scopes, roles)), "sign-ins", forbidden());
    let nobody = line(&refused(&["b79fbf4d-3ef9-4689-8143-76b194e85509"]), "sign-ins");
    assert_eq!(nobody.state, State::NotPossible);
    assert_eq!(nobody.because.as_deref(), Some("The account that signed in has no role that may read this."));
    assert!(nobody.mend.unwrap().contains("Reports Reader"));
    let ada = || Setting { name: "give-role-to".to_owned(), value: "ada@contoso.com".to_owned() };
    assert_eq!(nobody.mended_by, Some(Command::SetUp(vec![ada()])));
    // Nor is there a command that could name the person, when the token does not.
    let mut nameless = refused(&["b79fbf4d-3ef9-4689-8143-76b194e85509"]);
    nameless.claims.as_mut().unwrap().person = None;
    assert_eq!(line(&nameless, "sign-ins").mended_by, None);
    let untold = line(&refused(&[]), "sign-ins");
    assert_eq!(untold.state, State::NotPossible);
    assert!(untold.because.unwrap().contains("does not tell its roles"));
    // With the role, it is something else.
    let reader = line(&refused(&[REPORTS_READER]), "sign-ins");
    assert!(reader.because.unwrap().contains("carries the permission"));
    // What Graph answers counts, whatever the roles.
    assert_eq!(line(&known(person(scopes, &[])), "sign-ins").state, State::Works);
}

#[test]
fn a_person_who_lacks_the_role_beside_the_permission_gets_both_by_one_command() {
    let ada = Setting { name: "give-role-to".to_owned(), value: "ada@contoso.com".to_owned() };
    let classic = known(person("Directory.Read.All AuditLog.Read.All", &[SECURITY_READER]));
    let line_of = line(&classic, "active-user-detail");
    let because = "Not granted: Reports.Read.All. Nor has the account that signed in a role that may read this.";
    assert_eq!(line_of.because.as_deref(), Some(because));
    assert!(line_of.mend.unwrap().ends_with("give the account the role Reports Reader."));
    let all = Setting { name: "features".to_owned(), value: "+use".to_owned() };
    assert_eq!(line_of.mended_by, Some(Command::SetUp(vec![all, ada])));
    // The role is there, and opens nothing without the permission.
    let reader = line(&known(person("Directory.Read.All", &[REPORTS_READER])), "active-user-detail");
    assert_eq!(reader.because.as_deref(), Some("Not granted: Reports.Read.All."));
    let features = Setting { name: "features".to_owned(), value: "+use".to_owned() };
    assert_eq!(reader.mended_by, Some(Command::SetUp(vec![features])));
}

#[test]
fn what_graph_answers_counts_when_the_token_cannot_be_read() {
    assert_eq!(line(&known(None), "users").state, State::Works);
    let refused = answered(known(None), "users", forbidden());
    assert_eq!(line(&refused, "users").state, State::NotPossible);
    assert_eq!(line(&refused, "inactive").state, State::NotPossible);
}

#[test]
fn a_refusal_for_want_of_a_licence_is_believed_only_when_the_products_agree() {
    let premium = answered(known(claims(&ENOUGH)), "activity", not_licensed());
    assert_eq!(line(&premium, "activity").state, State::Unknown);
    let untold = Known { premium: None, ..answered(known(claims(&ENOUGH)), "activity", not_licensed()) };
    let line = line(&untold, "activity");
    assert_eq!((line.state, line.mend.unwrap().starts_with("Buy ")), (State::NotPossible, true));
}

#[test]
fn usage_reports_that_a_cloud_does_not_offer_are_not_possible_because_of_the_cloud() {
    let not_found = || Error::NotFound(crate::fault::sentence("No such report."));
    let refused = |cloud, error| answered(Known { cloud, ..known(claims(&ENOUGH)) }, "email-activity", error);
    for cloud in [Cloud::UsGovL4, Cloud::UsGovL5, Cloud::China] {
        for error in [forbidden(), not_found()] {
            let line = line(&refused(cloud, error), "email-activity");
            assert_eq!(line.state, State::NotPossible);
            assert!(line.because.unwrap().ends_with(&format!("does not offer it in the cloud \"{}\".", cloud.label())));
        }
    }
    // Asked for in another way, or to be paid for, is something else.
    let other = crate::fault::other("Asks to be paid.", "Pay.");
    let line_of = line(&refused(Cloud::UsGovL4, other), "email-activity");
    assert_eq!((line_of.state, line_of.because.as_deref()), (State::Unknown, Some("Asks to be paid.")));
    let worldwide = line(&refused(Cloud::Global, not_found()), "email-activity");
    assert_eq!(worldwide.state, State::Unknown);
}

#[test]
fn a_person_without_a_role_for_reports_is_told_so_in_every_cloud() {
    for cloud in Cloud::ALL {
        let refused = |roles: &[&str]| {
            let person = person("Directory.Read.All Reports.Read.All", roles);
            line(&answered(Known { cloud, ..known(person) }, "email-activity", forbidden()), "email-activity")
        };
        let nobody = refused(&[SECURITY_READER]);
        assert_eq!(nobody.because.as_deref(), Some("The account that signed in has no role that may read this."));
        assert!(nobody.mend.unwrap().contains("Reports Reader"));
        assert!(matches!(nobody.mended_by, Some(Command::SetUp(answers)) if answers[0].value == "ada@contoso.com"));
        let offered = refused(&[REPORTS_READER]).because.unwrap();
        assert_eq!(offered.contains("does not offer it"), cloud != Cloud::Global, "{offered}");
    }
}

#[test]
fn what_national_clouds_offer_in_beta_alone_is_proven_there() {
    let datasets = manifest::datasets();
    let dataset = |id: &str| datasets.iter().find(|dataset| dataset.id == id).unwrap();
    for cloud in Cloud::ALL {
        let known = Known { cloud, concealed: None, ..known(claims(&ENOUGH)) };
        for (id, beta) in [
            ("active-user-detail", true),
            ("active-user-days", true),
            ("teams-device-usage", true),
            ("email-activity", false),
        ] {
            let path = probes(&known, dataset(id))[0].0;
            assert_eq!(path.starts_with("/beta/"), beta && cloud != Cloud::Global, "{id}: {path}");
        }
        // It comes without a file, so that it does not matter where this cloud keeps files.
        assert_eq!(line(&known, "active-user-detail").state, State::Degraded);
        let file = line(&known, "email-activity").state;
        assert_eq!(file, if cloud == Cloud::China { State::NotPossible } else { State::Degraded });
    }
}

#[test]
fn whoever_has_to_go_to_a_portal_is_sent_to_that_of_the_own_cloud() {
    let centres = Cloud::ALL.map(Cloud::office_centre);
    assert_eq!(
        centres,
        ["admin.microsoft.com", "portal.office365.us", "portal.apps.mil", "portal.partner.microsoftonline.cn"]
    );
    let hosts = [&centres[..], &["entra.microsoft.com", "portal.azure.us", "portal.azure.cn"]].concat();
    let datasets = manifest::datasets();
    let reports = datasets.iter().filter(|dataset| names_persons(dataset));
    let reports: Vec<(&str, &str)> = reports.map(|report| (report.id.as_str(), report.title.as_str())).collect();
    for cloud in Cloud::ALL {
        let own = [cloud.office_centre(), cloud.admin_centre()];
        let granted = [&ENOUGH[..], &["ReportSettings.Read.All"]].concat();
        for claims in [claims(&granted), claims(&["User.Read.All"]), person("User.Read.All", &[SECURITY_READER])] {
            let lines = all(&Known { cloud, concealed: None, ..known(claims.clone()) });
            let mends = lines.iter().filter_map(|line| Some((line, line.mend.as_deref()?)));
            for (line, mend) in mends.clone() {
                let told: Vec<_> = hosts.iter().filter(|host| mend.contains(*host)).collect();
                assert!(told.iter().all(|host| own.contains(host)), "{cloud:?} {}: {mend}", line.subject);
            }
            // Names are concealed in reports of persons alone, and in what is made of them.
            let of_names = mends.filter(|(_, mend)| mend.contains(own[0]));
            let of_reports = of_names.clone().filter(|(line, _)| {
                let because = line.because.as_deref().unwrap_or_default();
                reports.iter().any(|(id, title)| line.subject == *id || because.contains(title))
            });
            assert_eq!(of_names.clone().count(), of_reports.count(), "{cloud:?}");
            assert_eq!(of_names.count() > 0, claims.is_some_and(|claims| claims.grants(REPORTS)), "{cloud:?}");
        }
    }
}

#[test]
fn a_premium_trial_works_and_tells_when_it_ends() {
    let trial = Known { premium: Some(Premium::Trial(Some(NOW))), ..known(claims(&ENOUGH)) };
    let line_of = line(&trial, "sign-ins");
    assert_eq!(line_of.state, State::Degraded);
    assert!(line_of.because.unwrap().ends_with("only by a trial, which ends on 2027-01-15."));
}

#[test]
fn without_a_paid_product_rules_have_nothing_to_judge() {
    let free = Known { paid: Some(false), ..known(claims(&ENOUGH)) };
    assert_eq!(line(&free, "spare-seats").state, State::Degraded);
    assert_eq!(line(&free, "users").state, State::Works);
}

#[test]
fn a_secret_that_ends_soon_is_told_with_the_command_that_makes_the_next() {
    let soon = Credential {
        id: "k".to_owned(),
        title: "client secret".to_owned(),
        ends: Some(NOW + 5 * time::DAY),
        in_use: Some(true),
    };
    let near = Known { credentials: vec![soon], ..known(claims(&ENOUGH)) };
    let line = line(&near, "credentials");
    assert_eq!((line.state, line.mended_by), (State::Degraded, Some(Command::Rotate)));
    assert_eq!(line.because.as_deref(), Some("The client secret ends in 5 days, on 2027-01-20."));
    // Of one that may be another's there is no command that would mend the line, and one that is another's has none.
    let of = |in_use| {
        let credentials = near.credentials.iter().map(|one| Credential { in_use, ..one.clone() }).collect();
        let line = self::line(&Known { credentials, ..known(claims(&ENOUGH)) }, "credentials");
        (line.state, line.mended_by)
    };
    assert_eq!([of(None), of(Some(false))], [(State::Degraded, None), (State::Works, None)]);
    // Also where the right to read the registration was not granted.
    let lacking = Known { claims: claims(&["User.Read.All"]), ..near };
    assert_eq!(self::line(&lacking, "credentials").because, line.because);
}

#[test]
fn a_permission_that_no_line_uses_is_told_as_not_needed_and_one_that_writes_as_used() {
    let known = known(claims(&[
        "Directory.ReadWrite.All",
        "AuditLog.Read.All",
        "Reports.Read.All",
        "Mail.Read",
        "User.Read.All",
    ]));
    let granted = granted(&known, &all(&known));
    let buys = |name: &str| granted.iter().find(|granted| granted.permission == name).unwrap().buys.clone();
    assert!(buys("Directory.ReadWrite.All").contains(&"users".to_owned()));
    assert!(buys("Reports.Read.All").contains(&"inactive".to_owned()));
    assert!(buys("Mail.Read").is_empty() && buys("User.Read.All").is_empty());
}

#[test]
fn every_dataset_that_needs_a_permission_is_proven_by_a_call() {
    for dataset in manifest::datasets().iter().filter(|dataset| !dataset.permissions.iter().all(Vec::is_empty)) {
        let calls = calls(dataset, Cloud::Global);
        assert!(
            !calls.is_empty() && calls.iter().all(|(path, _)| path.starts_with("/v1.0/") || path.starts_with("/beta/")),
            "{}",
            dataset.id
        );
    }
    let known = known(claims(&ENOUGH));
    let mut paths: Vec<_> =
        manifest::datasets().iter().flat_map(|dataset| probes(&known, dataset)).map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert!(paths.len() <= 14, "{paths:?}");
    // What is not possible anyway is not asked.
    let nothing = Known { claims: claims(&[]), ..known };
    assert!(
        manifest::datasets()
            .iter()
            .all(|dataset| probes(&nothing, dataset).is_empty() || dataset.permissions.iter().any(Vec::is_empty))
    );
}

#[test]
fn whatever_set_up_grants_for_a_feature_is_needed() {
    use crate::set_up::permissions::{FEATURES, of};
    for (feature, _) in FEATURES {
        let names: Vec<&str> = of(feature).unwrap().iter().map(|access| access.name).collect();
        let known = known(claims(&names));
        let idle: Vec<String> = granted(&known, &all(&known))
            .into_iter()
            .filter(|granted| granted.buys.is_empty())
            .map(|granted| granted.permission)
            .collect();
        assert_eq!(idle, [""; 0], "{feature}");
    }
}
