use serde_json::json;

use super::*;
use crate::bench::{self, Bench};
use crate::sign_in::validity::tests::certificate;
use crate::wire::{Wire, settings};

const NOW: Instant = 1_800_000_000;

fn key(id: &str, ends: Instant) -> Value {
    json!({"keyId": id, "displayName": id, "endDateTime": time::instant_text(ends)})
}

fn of(secrets: &[Value], certificates: &[Value]) -> Vec<Credential> {
    let registration = json!({"passwordCredentials": secrets, "keyCredentials": certificates});
    rows(&settings(&[]), Some(&registration), NOW)
}

#[test]
fn the_one_secret_that_lives_is_in_use_and_certificates_are_not() {
    let rows = of(&[key("new", NOW + 100), key("old", NOW - 1)], &[key("c", NOW + 100)]);
    let told: Vec<_> = rows.iter().map(|row| (row.title.as_str(), row.in_use)).collect();
    let expected = [
        ("client secret \"new\"", Some(true)),
        ("client secret \"old\"", Some(false)),
        ("certificate \"c\"", Some(false)),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows[0].ends, Some(NOW + 100));
}

/// A secret that begins like this.
fn secret(begins: &str, ends: Instant) -> Value {
    json!({"keyId": begins, "hint": begins, "endDateTime": time::instant_text(ends)})
}

/// Which of these secrets is in use, by a connection as a step knows it: without its secrets.
fn used(way: &[(&str, &str)], secrets: &[Value]) -> Vec<Option<bool>> {
    let mut settings = settings(way).written();
    settings.retain(|setting| setting.name != "client-secret");
    let registration = json!({"passwordCredentials": secrets, "keyCredentials": []});
    let rows = rows(&Settings::read(&settings).unwrap(), Some(&registration), NOW);
    rows.into_iter().map(|row| row.in_use).collect()
}

#[test]
fn of_several_secrets_the_one_that_begins_as_ours_is_in_use_and_no_other() {
    let (ours, theirs, ended) = (secret("mad", NOW + 100), secret("xyz", NOW + 1), secret("old", NOW - 1));
    let confidential: [&[(&str, &str)]; 2] = [&[], &[("sign-in", "browser")]];
    for way in confidential {
        assert_eq!(used(way, &[theirs.clone(), ours.clone()]), [Some(false), Some(true)], "{way:?}");
        let all = [ended.clone(), ours.clone(), theirs.clone()];
        assert_eq!(used(way, &all), [Some(false), Some(true), Some(false)], "{way:?}");
        // Ours has ended, whatever lives beside it; of two that begin alike it is the one that lives.
        let last = secret("mad", NOW - 1);
        assert_eq!(used(way, &[last.clone(), theirs.clone()]), [Some(true), Some(false)], "{way:?}");
        assert_eq!(used(way, &[last, ours.clone()]), [Some(false), Some(true)], "{way:?}");
    }
    let named = [("client-secret-ends", "ma 2027-05-24")];
    assert_eq!(used(&named, &[theirs, ours]), [Some(false), Some(true)]);
}

#[test]
fn of_several_secrets_that_begin_otherwise_those_that_live_may_be_in_use_and_an_ended_one_is_not() {
    let (one, two, ended) = (key("a", NOW + 100), secret("xyz", NOW + 100), key("old", NOW - 1));
    assert_eq!(used(&[], &[ended.clone(), one.clone(), two]), [Some(false), None, None]);
    assert_eq!(used(&[], &[ended.clone(), one]), [Some(false), Some(true)]);
    // The only one, or one of those that have all ended.
    assert_eq!(used(&[], std::slice::from_ref(&ended)), [Some(true)]);
    assert_eq!(used(&[], &[ended.clone(), ended]), [None, None]);
}

#[test]
fn a_public_client_and_a_federated_token_use_none_of_the_secrets_of_the_application() {
    let secrets = [secret("mad", NOW + DAY), secret("old", NOW - 1)];
    let password = [("sign-in", "password"), ("user-name", "ada@contoso.com"), ("password", "correct horse")];
    for way in [
        &[("sign-in", "browser")][..],
        &[("sign-in", "device-code")],
        &password,
        &[("sign-in", "federated"), ("federated-token", "a.b.c")],
    ] {
        let way = [way, &[("client-secret", "")]].concat();
        assert_eq!(used(&way, &secrets), [Some(false); 2], "{way:?}");
        assert_eq!(used(&way, &secrets[..1]), [Some(false)], "{way:?}");
    }
}

#[test]
fn each_of_the_four_days_has_its_own_id_and_nothing_is_told_before_or_after() {
    let told = |left: Instant| {
        let rows = of(&[key("k", NOW + left)], &[]);
        news(&rows[0], Cloud::Global, NOW).map(|news| news.id)
    };
    let id = |days: u8| Some(format!("credential-ends/k/{days}"));
    let day = time::DAY;
    assert_eq!(told(30 * day + 1), None);
    assert_eq!([told(30 * day), told(14 * day + 1)], [id(30), id(30)]);
    assert_eq!([told(14 * day), told(7 * day + 1)], [id(14), id(14)]);
    assert_eq!([told(7 * day), told(day + 1)], [id(7), id(7)]);
    assert_eq!([told(day), told(1)], [id(1), id(1)]);
    assert_eq!([told(0), told(-5)], [None, None]);
}

#[test]
fn nothing_is_told_of_what_is_not_in_use() {
    let rows = of(&[key("s", NOW + 900 * time::DAY)], &[key("c", NOW + time::DAY)]);
    assert!(rows.iter().all(|row| news(row, Cloud::Global, NOW).is_none()));
    assert_eq!(ending(&rows, NOW), None);
}

#[test]
fn the_sentence_names_the_secret_the_days_and_the_day() {
    let rows = of(&[key("first", NOW + 7 * time::DAY)], &[]);
    let news = news(&rows[0], Cloud::Global, NOW).unwrap();
    // 1_800_000_000 is 2027-01-15T08:00:00Z.
    assert_eq!(news.title, "The client secret \"first\" ends in 7 days, on 2027-01-22");
    assert!(news.body.contains("--rotate") && news.body.contains("entra.microsoft.com"), "{}", news.body);
    assert!(!news.baseline);
}

const DAY: Instant = time::DAY;

fn with_certificate(ends: Instant) -> Settings {
    settings(&[("sign-in", "certificate"), ("certificate", &certificate(ends))])
}

#[test]
fn the_certificate_of_the_connection_is_the_registered_one_with_the_same_end_and_no_other_is_in_use() {
    let ends = NOW + 5 * DAY;
    let registration = json!({
        "passwordCredentials": [key("s", NOW + DAY)],
        "keyCredentials": [key("old", NOW + DAY), key("own", ends), key("twin", ends)],
    });
    let rows = rows(&with_certificate(ends), Some(&registration), NOW);
    let told: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.in_use)).collect();
    let id = assertion::thumbprint(&certificate(ends)).unwrap();
    assert_eq!(told, [("s", Some(false)), ("old", Some(false)), (&id, Some(true)), ("twin", Some(false))]);
    assert_eq!(ending(&rows, NOW).map(|row| row.title.as_str()), Some("certificate \"own\""));
}

#[test]
fn a_certificate_that_the_registration_does_not_list_is_told_by_its_own_end_under_the_same_id() {
    let ends = NOW + 5 * DAY;
    let registration = json!({"keyCredentials": [key("other", NOW + 90 * DAY)]});
    let rows = rows(&with_certificate(ends), Some(&registration), NOW);
    let told: Vec<_> = rows.iter().map(|row| (row.title.as_str(), row.ends, row.in_use)).collect();
    let other = ("certificate \"other\"", Some(NOW + 90 * DAY), None);
    assert_eq!(told, [other, ("certificate", Some(ends), Some(true))]);
    assert_eq!(rows[1].id, assertion::thumbprint(&certificate(ends)).unwrap());
}

#[test]
fn the_end_of_a_certificate_is_told_also_when_the_registration_may_not_be_read() {
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
    let refused = || Wire::default().then(403, body);
    let ends = bench::NOW + 7 * DAY;
    let of = |wire| {
        let mut bench = Bench::new(wire);
        bench.settings = with_certificate(ends);
        bench
    };
    let done = of(refused()).finish(ID).unwrap();
    let [Row::Notification(news), Row::Credential(row)] = done.rows.as_slice() else { panic!("{:?}", done.rows) };
    assert_eq!((row.ends, row.in_use), (Some(ends), Some(true)));
    assert_eq!(news.title, "The certificate ends in 7 days, on 2026-11-27");
    assert_eq!(news.id, format!("credential-ends/{}/7", row.id));
    assert!(matches!(done.gaps.as_slice(), [gap] if gap.dataset == ID && matches!(gap.cause, Error::Forbidden(_))));
    // With a secret there is nothing to be told, and the refusal stands.
    assert!(matches!(Bench::new(refused()).step(ID, None), Err(Error::Forbidden(_))));
    // A busy service is asked again.
    assert!(matches!(of(Wire::default().then(503, "")).step(ID, None), Err(Error::Unavailable(_))));
}
