//! What a connection can do, and what is told of it.

use std::time::Duration;

use serde_json::Value;
use simulator::{Options, Premium};

use crate::certificates;
use crate::desk::Desk;
use crate::set_up::{new, set_up};
use crate::tenant::{Tenant, small};

/// The rows of the report, as a machine reads them.
pub fn doctor(desk: &Desk, more: &str) -> Vec<Value> {
    let ended = desk.run(&format!("doctor acme --format json {more}")).with(0);
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error} in {}", ended.out))
}

/// The titles of the notifications about what ends that were not told before.
pub fn told(desk: &Desk) -> Vec<String> {
    let news = desk.show("notifications acme --new");
    let ending = news.iter().filter(|news| news["topic"] == "credential-ends");
    ending.map(|news| news["title"].as_str().unwrap().to_owned()).collect()
}

/// The row of a dataset or rule.
pub fn row<'a>(rows: &'a [Value], subject: &str) -> &'a Value {
    rows.iter().find(|row| row["subject"] == subject).unwrap_or_else(|| panic!("no {subject} in {rows:#?}"))
}

#[test]
fn everything_works_where_everything_was_granted_and_nothing_is_collected() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let before = tenant.control().requests().len();
    let rows = doctor(&desk, "");
    let failing: Vec<_> = rows.iter().filter(|row| row["state"] != "works").collect();
    assert!(failing.is_empty(), "{failing:#?}");
    let asked = tenant.control().requests_since(before);
    assert!(asked.len() <= 16, "{} requests", asked.len());
    let paths: Vec<String> = asked.iter().map(|request| format!("{}?{}", request.path, request.query)).collect();
    assert!(!paths.iter().any(|path| path.contains("nextLink") || path.contains("skiptoken")), "{paths:#?}");
    // The address of a report is not followed.
    assert!(!paths.iter().any(|path| path.contains("download")), "{paths:#?}");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 0);
    // The credential that it made is the one that a run uses.
    let tokens = tenant.control().token_requests();
    desk.run("collect acme").with(0);
    assert_eq!(tenant.control().token_requests(), tokens);
}

#[test]
fn a_missing_permission_is_named_with_the_path_of_the_portal_and_all_that_hangs_on_it() {
    let tenant = Tenant::new(small());
    tenant.control().set_roles(&tenant.facts().client_id, &["Directory.Read.All", "AuditLog.Read.All", "Mail.Read"]);
    let desk = tenant.connected();
    let rows = doctor(&desk, "");
    let report = row(&rows, "active-user-detail");
    assert_eq!(report["state"], "not possible");
    assert_eq!(report["because"], "Not granted: Reports.Read.All.");
    assert!(report["mend"].as_str().unwrap().contains("App registrations, API permissions"), "{report:#}");
    let command = "host-harness set-up acme --set 'features=+use'";
    assert_eq!(report["command"], command);
    assert_eq!(row(&rows, "inactive")["state"], "degraded");
    assert_eq!(row(&rows, "users")["state"], "works");
    let granted = doctor(&desk, "--granted");
    let of = |name: &str| granted.iter().find(|row| row["permission"] == name).unwrap();
    assert_eq!(of("Mail.Read")["needed"], false);
    assert!(of("AuditLog.Read.All")["buys"].as_str().unwrap().contains("sign-ins"));
    let table = desk.run("doctor acme").with(0);
    assert!(table.tells("Not needed, and can be taken away: Mail.Read."), "{table:#?}");
}

#[test]
fn where_nobody_may_ask_whether_names_are_concealed_the_report_says_so_and_its_command_mends_it() {
    let tenant = Tenant::new(small());
    let needed = ["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All"];
    tenant.control().set_roles(&tenant.facts().client_id, &needed);
    let desk = tenant.connected();
    let report = row(&doctor(&desk, ""), "active-user-detail").clone();
    assert_eq!(report["state"], "degraded", "{report:#}");
    assert!(report["because"].as_str().unwrap().starts_with("Not granted: ReportSettings.Read.All."), "{report:#}");
    let command = report["command"].as_str().expect("a command").to_owned();
    // As a shell reads it.
    let words = command.strip_prefix("host-harness set-up acme ").expect("with features").replace('\'', "");
    set_up(&tenant, &desk, &format!("{words} --yes")).with(0);
    let report = row(&doctor(&desk, ""), "active-user-detail").clone();
    assert_eq!(report["state"], "works", "{report:#}");
}

#[test]
fn what_graph_refuses_counts_although_the_token_carries_the_right() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
    let refusal = simulator::Mishap::Answer { status: 403, headers: Vec::new(), body: body.into() };
    tenant.control().inject(simulator::Fault::next("/v1.0/groups", refusal));
    let rows = doctor(&desk, "");
    assert_eq!(row(&rows, "groups")["state"], "not possible");
    assert!(row(&rows, "groups")["because"].as_str().unwrap().contains("carries the permission"));
    assert_eq!(row(&doctor(&desk, ""), "groups")["state"], "works");
}

#[test]
fn a_tenant_without_premium_and_with_concealed_names_is_told_both() {
    let tenant = Tenant::new(Options { premium: Premium::None, concealed: true, ..small() });
    let desk = tenant.connected();
    let rows = doctor(&desk, "");
    for dataset in ["sign-ins", "activity"] {
        assert_eq!(row(&rows, dataset)["state"], "not possible", "{dataset}");
        assert!(row(&rows, dataset)["mend"].as_str().unwrap().starts_with("Buy Microsoft Entra ID P1"));
    }
    let report = row(&rows, "active-user-detail");
    assert_eq!(report["state"], "degraded");
    assert!(report["mend"].as_str().unwrap().contains("Display concealed user"));
}

#[test]
fn the_end_of_a_secret_is_told_30_14_7_and_1_days_before_each_once() {
    // The simulator's clock runs ahead; the host's does not: the secret is given an end near the host's own time.
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let ends =
        |days: u64| tenant.control().end_secret_in(&tenant.facts().client_id, Duration::from_secs(days * 86_400 - 60));
    assert!(ends(40));
    desk.run("run acme").with(0);
    assert_eq!(told(&desk), Vec::<String>::new());
    assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works");
    for days in [30, 14, 7, 1] {
        assert!(ends(days));
        desk.run("collect acme").with(0);
        let first = told(&desk);
        assert_eq!(first.len(), 1, "{days}: {first:?}");
        assert!(first[0].starts_with("The client secret \"first\" ends in"), "{first:?}");
        desk.run("collect acme").with(0);
        assert_eq!(told(&desk), Vec::<String>::new(), "{days}");
        let line = row(&doctor(&desk, ""), "credentials").clone();
        assert_eq!(line["state"], "degraded");
        assert!(line["mend"].as_str().unwrap().contains("--rotate"), "{line:#}");
        assert_eq!(line["command"], "host-harness set-up acme --rotate");
        let status = desk.run("status acme").with(0);
        assert!(status.tells("client secret \"first\" ends"), "{status:#?}");
    }
}

#[test]
fn the_end_of_a_secret_that_set_up_made_is_told_where_the_registration_may_not_be_read() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set features=spend --set credential-days=5", new(&tenant))).with(0);
    desk.run("connect acme").with(0);
    for again in [false, true] {
        desk.run("collect acme");
        let news = told(&desk);
        assert_eq!(news.len(), usize::from(!again), "{news:?}");
        assert!(news.iter().all(|title| title.contains("client secret") && title.contains("ends in")), "{news:?}");
    }
    let line = row(&doctor(&desk, ""), "credentials").clone();
    assert_eq!((&line["state"], &line["command"]), (&"degraded".into(), &"host-harness set-up acme --rotate".into()));
    let status = desk.run("status acme").with(0);
    assert!(status.tells("client secret"), "{status:#?}");

    // The next one ends late; then only the permission is missing that would tell of others.
    set_up(&tenant, &desk, "--rotate --yes").with(0);
    desk.run("connect acme").with(0);
    let line = row(&doctor(&desk, ""), "credentials").clone();
    assert!(line["because"].as_str().unwrap().starts_with("Not granted"), "{line:#}");
}

#[test]
fn the_end_of_the_certificate_that_signs_in_is_told_whether_its_registration_can_be_read_or_not() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let desk = tenant.desk();
    let days = |days: u64| Duration::from_secs(days * 86_400 - 60);
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
    let refuse = || {
        let refusal = simulator::Mishap::Answer { status: 403, headers: Vec::new(), body: body.into() };
        control.inject(simulator::Fault::next("/v1.0/applications", refusal));
    };
    for left in [40, 30, 14, 7, 1] {
        let (certificate, file) = certificates::ending_in(days(left));
        assert!(control.add_certificate(&client, &certificate));
        certificates::connect(&desk, &tenant, &file);
        refuse();
        desk.run("collect acme").with(0);
        let news = told(&desk);
        if left == 40 {
            assert_eq!(news, Vec::<String>::new());
            assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works");
            continue;
        }
        assert_eq!(news.len(), 1, "{left}: {news:?}");
        assert!(news[0].starts_with("The certificate ends in "), "{news:?}");
        desk.run("collect acme").with(0);
        assert_eq!(told(&desk), Vec::<String>::new(), "{left}");
        let line = row(&doctor(&desk, ""), "credentials").clone();
        assert_eq!(line["state"], "degraded");
        assert!(line["because"].as_str().unwrap().starts_with("The certificate \"uploaded\" ends in "), "{line:#}");
        assert!(line["mend"].as_str().unwrap().contains("--rotate"), "{line:#}");
        refuse();
        let table = desk.run("doctor acme").with(0);
        for words in ["The certificate", "ends in", "--rotate"] {
            assert!(table.tells(words), "{words}: {table:#?}");
        }
        let status: Value = serde_json::from_str(&desk.run("status acme --format json").with(0).out).expect("JSON");
        let ends = host_harness::keys::ends(&certificate).expect("an end");
        assert_eq!(status[0]["credential_ends"], ends.to_string(), "{status:#}");
        assert!(desk.run("status acme").with(0).tells("certificate \"uploaded\" ends on"), "{status:#}");
    }
}
