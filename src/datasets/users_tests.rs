//! What kind of account a user is, and managers.

use super::*;
use crate::bench::Bench;
use crate::wire::Wire;

/// The kind of a user with these fields beside the usual ones, and whether it says why.
fn kind_of(fields: &str) -> (UserKind, bool) {
    let user = format!(r#"{{"id":"1","userPrincipalName":"x@contoso.example","userType":"Member",{fields}}}"#);
    // A field that comes twice counts as it comes last.
    let user: Value = serde_json::from_str(&user).unwrap();
    let rows = rows(&user, &["6070a4c8-34c6-4937-8dfb-39bbc6397a60"]).unwrap();
    let Row::User(user) = &rows[0] else { panic!() };
    (user.kind, user.kind_because.is_some())
}

#[test]
fn accounts_that_are_no_persons_are_recognised_and_say_by_what() {
    let (service, shared, room) = ((UserKind::Service, true), (UserKind::Shared, true), (UserKind::Room, true));
    let (member, guest) = ((UserKind::Member, false), (UserKind::Guest, false));
    let mailbox = r#""mail":"x@contoso.example","accountEnabled":false"#;
    for (fields, expected) in [
        (r#""displayName":"On-Premises Directory Synchronization Service Account","accountEnabled":true"#, service),
        (r#""userPrincipalName":"Sync_SRV1_0a1b2c@contoso.onmicrosoft.com""#, service),
        (r#""userPrincipalName":"ADToAADSyncServiceAccount@contoso.onmicrosoft.com""#, service),
        (r#""userPrincipalName":"svc-backup@contoso.example","accountEnabled":true"#, service),
        (r#""userPrincipalName":"svc-backup@contoso.example","surname":"Svc""#, member),
        (r#""userPrincipalName":"svcenko@contoso.example""#, member),
        (r#""assignedLicenses":[{"skuId":"6070A4C8-34c6-4937-8dfb-39bbc6397a60"}],"surname":"Room""#, room),
        (&format!("{mailbox},\"displayName\":\"Invoices\""), shared),
        (&format!("{mailbox},\"displayName\":\"Invoices\",\"assignedLicenses\":[{{\"skuId\":\"e3\"}}]"), shared),
        (&format!("{mailbox},\"displayName\":\"Room 101\""), room),
        (&format!("{mailbox},\"displayName\":\"Roomba\""), shared),
        // Somebody who has left.
        (&format!("{mailbox},\"surname\":\"Bowen\""), member),
        (r#""accountEnabled":false,"displayName":"No mail""#, member),
        (r#""accountEnabled":true,"mail":"x@contoso.example","displayName":"Meeting East""#, room),
        (r#""accountEnabled":true,"mail":"x@contoso.example","displayName":"Ann""#, member),
        (r#""userType":"Guest","displayName":"svc-guest""#, guest),
    ] {
        assert_eq!(kind_of(fields), expected, "{fields}");
    }
}

#[test]
fn managers_come_with_the_page_and_where_they_are_refused_it_is_read_without() {
    let page = r#"{"value":[{"id":"1","userPrincipalName":"a@x","manager":{"id":"2","userPrincipalName":"b@x"}}]}"#;
    let bench = Bench::new(Wire::default().then(200, page));
    let done = bench.finish(ID).unwrap();
    let Row::User(user) = &done.rows[0] else { panic!() };
    assert_eq!(user.manager.as_deref(), Some("b@x"));
    assert!(bench.wire.asked()[0].url.ends_with("&$expand=manager($select=id,userPrincipalName)"));
    assert!(done.gaps.is_empty());

    let refused = r#"{"error":{"code":"Request_UnsupportedQuery","message":"Expand is not supported here."}}"#;
    let plain = r#"{"value":[{"id":"1","userPrincipalName":"a@x"}]}"#;
    let bench = Bench::new(Wire::default().then(400, refused).then(200, plain));
    let done = bench.finish(ID).unwrap();
    assert_eq!(done.rows.len(), 1);
    assert!(!bench.wire.asked()[1].url.contains("expand"));
    assert_eq!((done.gaps.len(), done.gaps[0].field.as_deref()), (1, Some("manager")));

    let both = Wire::default().then(403, refused).then(403, refused);
    assert!(matches!(Bench::new(both).finish(ID), Err(Error::Forbidden(_))));
}
