//! National clouds: their own hosts, and fewer reports.

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::{Cloud, Options};

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

fn tenant(cloud: Cloud) -> Tenant {
    Tenant::new(Options { cloud, users: 60, ..small() })
}

/// A line of the report on what works.
fn line(desk: &Desk, subject: &str) -> Value {
    let told = desk.run("doctor acme --format json").with(0).out;
    let rows: Vec<Value> = serde_json::from_str(&told).expect("an array");
    rows.into_iter().find(|row| row["subject"] == subject).unwrap_or_else(|| panic!("no {subject} in {told}"))
}

#[test]
fn a_national_cloud_is_read_by_its_own_hosts_and_the_report_says_what_it_does_not_offer() {
    for (cloud, name, title, portal) in [
        (Cloud::UsGov, "us-gov-l4", "US Government L4 (GCC High)", "portal.office365.us"),
        (Cloud::China, "china", "China (21Vianet)", "portal.partner.microsoftonline.cn"),
    ] {
        let tenant = tenant(cloud);
        let facts = tenant.facts();
        let desk = tenant.desk();
        let way = format!("--set cloud={name} --secret-env client-secret=SECRET");
        desk.run(&tenant.configure_as("acme", &facts.client_id, &way)).with(0);
        desk.run("connect acme").with(0);
        desk.run("collect acme").with(0);
        assert_eq!(desk.count("SELECT count(*) FROM users"), 60);
        let hosts: BTreeSet<String> = tenant.control().requests().into_iter().map(|request| request.host).collect();
        assert_eq!(hosts, BTreeSet::from([facts.authority, facts.graph].map(str::to_owned)));

        // What the report says works has rows, and what it says is not offered has a gap.
        assert!(desk.count("SELECT count(*) FROM usage WHERE feature = 'exchange'") > 0, "{name}");
        let offered = line(&desk, "active-user-detail");
        assert_eq!(offered["state"], "degraded", "{offered:#}");
        assert!(offered["because"].as_str().unwrap().contains("does not tell whether names are concealed"));
        assert_eq!(offered["command"], Value::Null);
        let mend = offered["mend"].as_str().unwrap();
        assert!(mend.starts_with(&format!("At {portal}, Settings, Org settings, Services, Reports,")), "{mend}");
        let gaps = desk.show("gaps");
        let told = gaps.iter().filter(|gap| gap["dataset"] == "email-activity").map(Value::to_string);
        assert!(told.collect::<String>().contains("does not offer this report in the cloud"), "{gaps:#?}");
        let missing = line(&desk, "email-activity");
        assert_eq!(missing["state"], "not possible", "{missing:#}");
        assert_eq!(missing["because"], format!("Microsoft Graph does not offer it in the cloud \"{title}\"."));
    }
}

#[test]
fn in_a_national_cloud_a_person_signs_in_at_its_own_page_and_one_without_a_role_is_told_so() {
    let tenant = tenant(Cloud::UsGov);
    let facts = tenant.facts();
    let desk = tenant.desk();
    let way = "--set cloud=us-gov-l4 --set sign-in=browser";
    desk.run(&tenant.configure_as("acme", &facts.public_client_id, way)).with(0);
    let connected = tenant.led(&desk, "connect acme --no-browser", &facts.administrator, 1).with(0);
    assert!(connected.err.contains("https://login.microsoftonline.us/"), "{connected:#?}");
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert!(tenant.control().token_requests().contains_key("refresh_token"));
    assert_eq!(desk.count("SELECT count(*) FROM users"), 60);

    tenant.led(&desk, "connect acme --no-browser", &facts.user, 1).with(0);
    let lacking = line(&desk, "active-user-detail");
    assert_eq!(lacking["because"], "The account that signed in has no role that may read this.", "{lacking:#}");
    let name = &facts.user.principal_name;
    assert_eq!(lacking["command"], format!("host-harness set-up acme --set 'give-role-to={name}'"));
}
