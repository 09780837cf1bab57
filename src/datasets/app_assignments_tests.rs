//! Which applications are asked for, and what is kept.

use super::*;
use crate::bench::{Bench, installed};
use crate::wire::Wire;

fn given(tag: &str, first_party: bool, id: &str) -> Row {
    let Row::InstalledApplication(row) = installed(id) else { panic!() };
    let row = InstalledApplication { tags: vec![tag.to_owned()], sign_on: SignOn::Unknown, ..row };
    Row::InstalledApplication(InstalledApplication { first_party: Some(first_party), ..row })
}

#[test]
fn only_applications_that_a_person_could_be_given_are_asked_for() {
    let user = r#"{"principalId":"u1","principalType":"User","principalDisplayName":"Ada"}"#;
    let group = r#"{"principalId":"g1","principalType":"Group"}"#;
    let service = r#"{"principalId":"s1","principalType":"ServicePrincipal"}"#;
    let wire = Wire::default()
        .then(200, &format!(r#"{{"value":[{user}],"@odata.nextLink":"https://graph.microsoft.com/next"}}"#))
        .then(200, &format!(r#"{{"value":[{group},{service}]}}"#))
        .then(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#)
        .then(200, &format!(r#"{{"value":[{user}]}}"#));
    let rows = vec![
        given(ENTERPRISE, false, "a"),
        given(ENTERPRISE, true, "b-of-microsoft"),
        given("", false, "c-hidden"),
        given(ENTERPRISE, false, "d-removed"),
        given(ENTERPRISE, false, "e"),
        given("", false, "f-hidden"),
    ];
    let bench = Bench::new(wire).with(rows);
    let found = bench.finish(ID).unwrap().rows;
    let told: Vec<_> = found
        .iter()
        .map(|row| {
            let Row::AppAssignment(row) = row else { panic!() };
            (row.application.as_str(), row.principal.as_str(), row.group)
        })
        .collect();
    assert_eq!(told, [("a", "u1", false), ("a", "g1", true), ("e", "u1", false)]);
    assert_eq!(bench.wire.asked().len(), 4);
}
