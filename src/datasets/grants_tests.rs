//! Which rights are kept, and of whom.

use super::*;
use crate::bench::{Bench, installed};
use crate::wire::Wire;

fn grants(bench: &Bench) -> Vec<Grant> {
    let rows = bench.finish(ID).unwrap().rows;
    rows.into_iter().map(|row| if let Row::Grant(row) = row { row } else { panic!() }).collect()
}

#[test]
fn delegated_grants_and_roles_are_kept_by_application_id() {
    let delegated = r#"{"value":[
        {"clientId":"object-app","consentType":"AllPrincipals","principalId":null,"resourceId":"object-00000003-0000-0000-c000-000000000000","scope":" User.Read Mail.Read"},
        {"clientId":"object-app","consentType":"Principal","principalId":"u1","resourceId":"elsewhere","scope":"openid"},
        {"clientId":"a-managed-identity","consentType":"AllPrincipals","resourceId":"x","scope":"User.Read"},
        {"clientId":"id-value"}]}"#;
    let roles = r#"{"id":"x","appRoles":[{"id":"r1","value":"Mail.ReadWrite"},{"id":"r2","value":""}]}"#;
    let page = r#"{"value":[{"principalId":"object-app","appRoleId":"r1"}],"@odata.nextLink":"https://graph.microsoft.com/next"}"#;
    let last = r#"{"value":[{"principalId":"object-app","appRoleId":"r2"},{"principalId":"nobody","appRoleId":"r1"}]}"#;
    let wire = [delegated, roles, page, roles, last].iter().fold(Wire::default(), |wire, body| wire.then(200, body));
    // Exchange and SharePoint are not in this tenant, and not asked for.
    let bench = Bench::new(wire).with(vec![installed("app"), installed(RESOURCES[0])]);
    let found = grants(&bench);
    let told: Vec<_> = found
        .iter()
        .map(|grant| {
            (grant.target.as_str(), grant.principal.as_deref(), grant.scopes.join(" "), grant.application_right)
        })
        .collect();
    assert!(found.iter().all(|grant| grant.application == "app"));
    assert_eq!(
        told,
        [
            (RESOURCES[0], None, "User.Read Mail.Read".to_owned(), false),
            ("elsewhere", Some("u1"), "openid".to_owned(), false),
            (RESOURCES[0], None, "Mail.ReadWrite".to_owned(), true),
            (RESOURCES[0], None, "r2".to_owned(), true),
        ]
    );
}
