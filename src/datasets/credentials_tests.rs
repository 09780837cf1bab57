use serde_json::json;

use super::*;
use crate::wire::settings;

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

#[test]
fn of_two_secrets_that_live_it_is_not_known_which_is_in_use() {
    let rows = of(&[key("a", NOW + 100), key("b", NOW + 100)], &[]);
    assert!(rows.iter().all(|row| row.in_use.is_none()), "{rows:?}");
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
