//! Pages of users and applications: what becomes of each, and of what is odd about them.

use crate::bench::Bench;
use crate::contract::connector::Outcome;
use crate::contract::rows::{
    Account, Activity, Entitlement, EntitlementState, InstalledApplication, Row, SignOn, User, UserKind,
};
use crate::contract::types::Error;
use crate::datasets::{account, activity, entitlements, service_principals, users};
use crate::time;
use crate::wire::{self, Wire};

/// The rows of a dataset that is one page.
fn rows(dataset: &str, page: &str) -> Vec<Row> {
    Bench::new(Wire::default().then(200, page)).finish(dataset).unwrap().rows
}

fn user(fields: &str) -> User {
    let page = format!(r#"{{"value":[{{"id":"1","userPrincipalName":"a@b.example"{fields}}}]}}"#);
    if let Some(Row::User(user)) = rows(users::ID, &page).pop() { user } else { panic!() }
}

fn seats(fields: &str) -> Vec<Entitlement> {
    let page = format!(r#"{{"value":[{{"id":"1","userPrincipalName":"a@b.example"{fields}}}]}}"#);
    let seat = |row| if let Row::Entitlement(row) = row { row } else { panic!() };
    rows(entitlements::ID, &page).into_iter().map(seat).collect()
}

#[test]
fn a_page_without_rows_and_with_a_next_link_is_followed() {
    let next = r#"{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x%2By"}"#;
    let last = r#"{"value":[{"id":"1","userPrincipalName":"a@b.example"}]}"#;
    let bench = Bench::new(Wire::default().then(200, next).then(200, last));
    let done = bench.finish(users::ID).unwrap();
    assert_eq!((done.steps, done.rows.len(), done.outcome), (2, 1, Outcome::Done(None)));
    let asked = bench.wire.asked();
    assert!(asked[0].url.starts_with("https://graph.microsoft.com/v1.0/users?$select=id,userPrincipalName,"));
    assert!(asked[0].url.contains("&$top=999&$expand=manager("), "{}", asked[0].url);
    assert_eq!(asked[1].url, "https://graph.microsoft.com/v1.0/users?$skiptoken=x%2By");
}

#[test]
fn a_next_link_to_another_host_or_to_itself_is_refused() {
    for link in ["https://evil.example/v1.0/users?$skiptoken=x", "http://graph.microsoft.com/v1.0/users"] {
        let page = format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#);
        let done = Bench::new(Wire::default().then(200, &page)).finish(users::ID);
        assert!(matches!(done, Err(Error::Protocol(_))), "{link}: {done:?}");
    }
    let again = r#"{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}"#;
    let done = Bench::new(Wire::default().then(200, again).then(200, again)).finish(users::ID);
    assert!(matches!(done, Err(Error::Protocol(_))), "{done:?}");
}

#[test]
fn entries_without_their_id_are_counted_in_a_gap_across_pages() {
    let first = r#"{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}"#;
    let last = r#"{"value":[{"userPrincipalName":"a@b.example"}]}"#;
    let done = Bench::new(Wire::default().then(200, first).then(200, last)).finish(users::ID).unwrap();
    assert!(done.rows.is_empty());
    assert!(done.told().contains("2 entries"), "{}", done.told());
}

#[test]
fn a_user_keeps_what_graph_says_and_absent_stays_unknown() {
    let full = user(
        r#","displayName":"Ada","userType":"Guest","accountEnabled":false,"createdDateTime":"2026-01-01T00:00:00Z",
        "onPremisesSyncEnabled":true,"employeeOrgData":{"costCenter":"4711","division":null},"usageLocation":"DE"}"#
            .trim_end_matches('}'),
    );
    assert_eq!((full.kind, full.enabled, full.synced), (UserKind::Guest, Some(false), Some(true)));
    assert_eq!((full.cost_centre.as_deref(), full.division, full.country.as_deref()), (Some("4711"), None, Some("DE")));
    assert_eq!(full.created, time::instant("2026-01-01T00:00:00Z"));
    let bare = user("");
    assert_eq!((bare.kind, bare.enabled, bare.created, bare.mail), (UserKind::Unknown, None, None, None));
    let service = user(r#","userType":"Member","displayName":"On-Premises Directory Synchronization Service Account""#);
    assert_eq!(service.kind, UserKind::Service);
}

#[test]
fn a_product_held_directly_and_by_a_group_is_two_rows() {
    let seats = seats(
        r#","assignedLicenses":[{"skuId":"e3","disabledPlans":[]},{"skuId":"silent","disabledPlans":["p"]}],
        "licenseAssignmentStates":[
          {"skuId":"e3","assignedByGroup":null,"state":"Active","error":"None","lastUpdatedDateTime":"2026-01-01T00:00:00Z"},
          {"skuId":"e3","assignedByGroup":"g","state":"Error","error":"Others","disabledPlans":["x"]}]"#,
    );
    assert_eq!(seats.len(), 3);
    assert_eq!(
        (seats[0].via.as_deref(), seats[0].state, seats[0].error.as_deref()),
        (None, EntitlementState::Active, None)
    );
    assert_eq!(seats[0].since, time::instant("2026-01-01T00:00:00Z"));
    assert_eq!((seats[1].via.as_deref(), seats[1].error.as_deref()), (Some("g"), Some("Other")));
    assert_eq!(seats[1].state, EntitlementState::Error);
    assert_eq!((seats[2].product.as_str(), seats[2].since, seats[2].state), ("silent", None, EntitlementState::Active));
    assert_eq!(seats[2].disabled_plans, ["p"]);
}

#[test]
fn licences_are_read_from_the_assigned_ones_when_there_are_no_states_and_unknown_words_are_unknown() {
    assert_eq!(seats(r#","assignedLicenses":[{"skuId":"e3"}],"licenseAssignmentStates":null"#).len(), 1);
    assert_eq!(seats(r#","assignedLicenses":null"#), []);
    let odd = seats(r#","licenseAssignmentStates":[{"skuId":"e3","state":"Pending","error":"NewError"}]"#);
    assert_eq!((odd[0].state, odd[0].error.as_deref()), (EntitlementState::Unknown, Some("NewError")));
}

#[test]
fn users_of_whom_no_sign_in_is_told_have_no_activity() {
    let page = r#"{"value":[{"id":"1","userPrincipalName":"a@b.example"},
        {"id":"2","userPrincipalName":"c@b.example","signInActivity":{"lastSignInDateTime":"2026-06-17T16:41:33Z",
        "lastNonInteractiveSignInDateTime":"0001-01-01T00:00:00Z","lastSuccessfulSignInDateTime":""}}]}"#;
    let rows = rows(activity::ID, page);
    let [Row::Activity(Activity { user, interactive_attempt, non_interactive_attempt, success, .. })] = rows.as_slice()
    else {
        panic!("{rows:?}")
    };
    assert_eq!((user.as_str(), *interactive_attempt), ("2", time::instant("2026-06-17T16:41:33Z")));
    assert_eq!((*non_interactive_attempt, *success), (None, None));
}

#[test]
fn applications_are_told_apart_by_the_owner_of_their_registration() {
    let tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    let page = format!(
        r#"{{"value":[
        {{"id":"o1","appId":"a1","displayName":"Teams","appOwnerOrganizationId":"F8CDEF31-a31e-4b4a-93e4-5f571e91255a"}},
        {{"id":"o2","appId":"a2","displayName":"Own","appOwnerOrganizationId":"{tenant}","preferredSingleSignOnMode":"saml"}},
        {{"id":"o3","appId":"a3","servicePrincipalType":"ManagedIdentity"}},
        {{"id":"o4","appId":"a4","displayName":"Gallery","verifiedPublisher":{{"displayName":"Slack"}},"tags":["t"]}},
        {{"displayName":"bare"}}]}}"#
    );
    let account =
        Row::Account(Account { id: tenant.to_owned(), name: String::new(), domains: Vec::new(), country: None });
    let done = Bench::new(Wire::default().then(200, &page)).with(vec![account]).finish(service_principals::ID).unwrap();
    let rows: Vec<InstalledApplication> = done
        .rows
        .iter()
        .map(|row| if let Row::InstalledApplication(row) = row { row.clone() } else { panic!() })
        .collect();
    assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a1", "a2", "a4"]);
    assert_eq!(
        (rows[0].first_party, rows[0].home_made, rows[0].publisher.as_deref()),
        (Some(true), Some(false), Some("Microsoft"))
    );
    assert_eq!((rows[1].first_party, rows[1].home_made, rows[1].sign_on), (Some(false), Some(true), SignOn::Saml));
    assert_eq!((rows[2].first_party, rows[2].home_made, rows[2].publisher.as_deref()), (None, None, Some("Slack")));
    assert!(done.told().contains("1 entries"), "{}", done.told());
}

#[test]
fn the_default_domain_of_a_tenant_comes_first() {
    let page = r#"{"value":[{"id":"t","displayName":"Contoso","countryLetterCode":"US","verifiedDomains":[
        {"name":"contoso.onmicrosoft.com","isInitial":true,"isDefault":false},{"name":"contoso.example","isDefault":true}]}]}"#;
    let rows = rows(account::ID, page);
    let [Row::Account(account)] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(account.domains, ["contoso.example", "contoso.onmicrosoft.com"]);
    let empty = Bench::new(Wire::default().then(200, r#"{"value":[]}"#)).finish(account::ID);
    assert!(matches!(empty, Err(Error::Protocol(_))), "{empty:?}");
}

#[test]
fn the_documented_answers_are_read() {
    for (dataset, name, expected) in [
        (users::ID, "users-list.json", 2),
        (users::ID, "users-list-count.json", 0),
        (activity::ID, "users-list-signInActivity-beta.json", 0),
        (entitlements::ID, "users-list.json", 0),
        (account::ID, "organization-list.json", 1),
        (account::ID, "organization-get.json", 1),
        (service_principals::ID, "servicePrincipals-list.json", 0),
    ] {
        let Some(sample) = wire::sample(name) else { continue };
        assert_eq!(rows(dataset, &sample).len(), expected, "{name}");
    }
}
