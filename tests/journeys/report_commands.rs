//! Each command of the capability report makes its row work, and no other row worse.

use serde_json::Value;
use simulator::Options;

use crate::desk::Desk;
use crate::doctor::{doctor, row};
use crate::set_up::{new, set_up};
use crate::tenant::{Tenant, small};

fn tenant() -> Tenant {
    Tenant::new(Options { users: 40, ..small() })
}

/// How well a row works.
fn rank(row: &Value) -> usize {
    let states = ["not possible", "unknown", "degraded", "works"];
    states.iter().position(|state| row["state"] == *state).unwrap_or_else(|| panic!("{row:#}"))
}

/// Runs the command of a row, as a shell reads it; the row works then, and no other is worse than before.
#[track_caller]
fn follow(tenant: &Tenant, desk: &Desk, subject: &str, command: &str) {
    let before = doctor(desk, "");
    let line = row(&before, subject);
    assert_ne!(line["state"], "works", "{line:#}");
    assert_eq!(line["command"], command);
    let words = command.strip_prefix("host-harness set-up acme ").expect("set-up").replace('\'', "");
    set_up(tenant, desk, &format!("{words} --yes")).with(0);
    // A new secret is proven by connecting, as set-up says.
    if words.contains("rotate") {
        desk.run("connect acme").with(0);
    }
    let after = doctor(desk, "");
    assert_eq!(row(&after, subject)["state"], "works", "{:#}", row(&after, subject));
    for was in &before {
        let is = row(&after, was["subject"].as_str().expect("a name"));
        assert!(rank(is) >= rank(was), "{was:#} became {is:#}");
    }
}

/// A desk at which set-up has made an application for some features.
fn with(tenant: &Tenant, words: &str) -> Desk {
    let desk = tenant.desk();
    set_up(tenant, &desk, &format!("{} {words}", new(tenant))).with(0);
    desk
}

#[test]
fn a_feature_is_added_to_those_that_are_there() {
    let spend = ["GroupMember.Read.All", "Organization.Read.All", "User.Read.All"];
    let reports = ["ReportSettings.Read.All", "Reports.Read.All"];
    for (first, subject, feature, all) in [
        ("spend,use", "activity", "activity", [&["AuditLog.Read.All"], &spend[..], &reports].concat()),
        ("use", "subscriptions", "spend", [&spend[..], &reports].concat()),
    ] {
        let tenant = tenant();
        let desk = with(&tenant, &format!("--set features={first}"));
        desk.run("connect acme").with(0);
        follow(&tenant, &desk, subject, &format!("host-harness set-up acme --set 'features=+{feature}'"));
        let (_, _, mut roles) = tenant.control().last_registered().expect("an application");
        roles.sort();
        let mut all = all;
        all.sort_unstable();
        assert_eq!(roles, all, "{feature}");
    }
}

#[test]
fn a_feature_and_a_role_are_given_by_one_command() {
    let tenant = tenant();
    let facts = tenant.facts();
    let desk = with(&tenant, "--set sign-in=browser --set features=spend");
    tenant.led(&desk, "connect acme --no-browser", &facts.user, 1).with(0);
    let person = &facts.user.principal_name;
    let command = format!("host-harness set-up acme --set 'features=+use' --set 'give-role-to={person}'");
    follow(&tenant, &desk, "active-user-detail", &command);
}

#[test]
fn a_secret_that_ends_is_renewed_by_the_command_of_its_row() {
    let tenant = tenant();
    let client = tenant.facts().client_id;
    let desk = tenant.connected();
    assert!(tenant.control().end_secret_in(&client, std::time::Duration::from_secs(5 * 86_400)));
    let before = tenant.control().secrets(&client);
    follow(&tenant, &desk, "credentials", "host-harness set-up acme --rotate");
    let after = tenant.control().secrets(&client);
    assert!(before.len() == 1 && after.len() == 1 && before != after, "{before:?} and {after:?}");
}
