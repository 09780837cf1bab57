//! The documented sample answers, replayed through the component. They stand beside the project and are no part of it:
//! where they are missing, each is counted as skipped.

use std::fs;
use std::path::PathBuf;

use simulator::{Fault, Mishap};

use crate::built::root;
use crate::desk::{Desk, Ended};
use crate::skipped::skipped;
use crate::tenant::{Tenant, small};

const PARTLY: i32 = 5;

/// A sample; absent, and counted, where the folder does not stand beside the project.
pub fn sample(name: &str) -> Option<String> {
    let file: PathBuf = root().join("../shared/graph/samples").join(name);
    let text = fs::read_to_string(file).ok();
    if text.is_none() {
        skipped(&format!("the sample {name}: it does not stand beside the project"));
    }
    text
}

/// Collects a tenant that answers requests for a path with a sample. Absent: there is no such sample.
fn replayed(samples: &[(&str, &str)]) -> Option<(Desk, Ended)> {
    let samples: Option<Vec<(&str, String)>> =
        samples.iter().map(|(path, name)| Some((*path, sample(name)?))).collect();
    let samples = samples?;
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    for (path, body) in samples {
        inject(&tenant, path, 200, body);
    }
    let ended = desk.run("run acme");
    Some((desk, ended))
}

fn inject(tenant: &Tenant, path: &str, status: u16, body: String) {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    tenant.control().inject(Fault::next(path, Mishap::Answer { status, headers, body }).times(1000));
}

#[test]
fn the_documented_organization_is_the_account() {
    let Some((desk, ended)) = replayed(&[("/organization", "organization-list.json")]) else { return };
    ended.with(0);
    assert_eq!(desk.column("SELECT name || ' ' || country FROM accounts"), ["Contoso US"]);
}

#[test]
fn the_documented_skus_and_subscriptions_are_products_and_their_seats() {
    let samples = [
        ("/subscribedSkus", "subscribedSkus-list.json"),
        ("/directory/subscriptions", "directory-subscriptions-list.json"),
    ];
    let Some((desk, ended)) = replayed(&samples) else { return };
    ended.with(0);
    let products = desk.column(
        "SELECT code || ' ' || seats_enabled || ' ' || seats_suspended || ' ' || seats_assigned FROM products ORDER BY 1",
    );
    assert_eq!(products, ["CRMSTANDARD 0 25 14", "ENTERPRISEPREMIUM 25 0 14"]);
    let bought = "SELECT id || ' ' || seats || ' ' || status FROM subscriptions WHERE partner IS NOT NULL";
    assert_eq!(desk.column(bought), ["860697e3-b0aa-4196-a6c6-7ec361ed58f7 25 active"]);
    // 25 bought, 14 assigned, at the list price; the suspended product saves nothing.
    let spare = desk.column("SELECT product_name || ' ' || seats FROM recommendations WHERE rule = 'spare-seats'");
    assert_eq!(spare, ["Office 365 E5 11"]);
}

#[test]
fn the_documented_users_are_users() {
    let Some((desk, ended)) = replayed(&[("/users", "users-list.json")]) else { return };
    ended.with(0);
    let users = desk.column("SELECT principal_name FROM users ORDER BY 1");
    assert_eq!(users, ["Adams@contoso.com", "admin@contoso.com"]);
    assert_eq!(desk.count("SELECT count(*) FROM entitlements"), 0);
}

#[test]
fn empty_and_impossible_dates_of_the_documented_sign_in_activity_are_no_dates() {
    let Some((desk, _)) = replayed(&[("signInActivity", "users-list-signInActivity-beta.json")]) else { return };
    let impossible = "SELECT count(*) FROM activity WHERE success IS NOT NULL OR non_interactive_attempt LIKE '0001%'";
    assert_eq!(desk.count(impossible), 0);
}

#[test]
fn an_application_without_an_id_stops_nothing() {
    let Some((desk, ended)) = replayed(&[("/servicePrincipals", "servicePrincipals-list.json")]) else { return };
    assert!([0, PARTLY].contains(&ended.code), "{ended:#?}");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

#[test]
fn a_documented_answer_that_is_no_json_stops_only_what_it_is_about() {
    let Some((desk, ended)) = replayed(&[("/auditLogs/signIns", "auditLogs-signIns-list-v1.json")]) else { return };
    let ended = ended.with(PARTLY);
    assert!(ended.tells("sign-ins (3 tasks)"), "{ended:#?}");
    // Sums of the service stand in for the log, without persons.
    assert_eq!(desk.count("SELECT count(*) FROM application_use WHERE user <> ''"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

#[test]
fn a_report_with_the_documented_heading_and_no_line_is_a_report() {
    let report = "reports-getOffice365ActiveUserDetail-v1.0-header.csv";
    let Some((desk, ended)) = replayed(&[("getOffice365ActiveUserDetail", report)]) else { return };
    ended.with(0);
    assert_eq!(desk.count("SELECT count(*) FROM usage WHERE feature = 'exchange'"), 0);
}

#[test]
fn the_recorded_refusal_of_a_report_names_the_permission() {
    let Some(body) = sample("error-graph-reports-S2SUnauthorized.json") else { return };
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    inject(&tenant, "getOffice365ActiveUserDetail", 403, body);
    let ended = desk.run("collect acme").with(PARTLY);
    assert!(ended.all().contains("Reports.Read.All"), "{ended:#?}");
    let gap = desk.show("gaps").into_iter().find(|gap| gap["dataset"] == "active-user-detail").expect("a gap");
    assert!(gap.to_string().contains("S2SUnauthorized"), "{gap}");
}

#[test]
fn the_documented_errors_of_the_token_endpoint_are_told_with_their_code() {
    for (name, code) in
        [("error-token-invalid_scope.json", "AADSTS70011"), ("error-token-interaction_required.json", "AADSTS50079")]
    {
        let Some(body) = sample(name) else { return };
        let tenant = Tenant::new(small());
        let desk = tenant.desk();
        desk.run(&tenant.configure()).with(0);
        inject(&tenant, "/oauth2/v2.0/token", 400, body);
        let ended = desk.run("connect acme");
        assert_ne!(ended.code, 0);
        assert!(ended.err.contains(code), "{ended:#?}");
    }
}
