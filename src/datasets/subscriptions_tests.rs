//! Steps of the dataset against a made-up Graph and the documented answers.

use super::*;
use crate::bench::{Bench, NOW};
use crate::contract::connector::Outcome;
use crate::wire::{self, Wire};

const E5: &str = "c7df2760-2c81-4ef7-b578-5b5392b571df";

fn skus(rest: &str) -> String {
    format!(r#"{{"value":[{{"skuId":"{E5}","skuPartNumber":"ENTERPRISEPREMIUM","appliesTo":"User"{rest}}}]}}"#)
}

fn purchase(trial: bool, renews: &str) -> String {
    format!(
        r#"{{"value":[{{"id":"p1","skuId":"{E5}","skuPartNumber":"ENTERPRISEPREMIUM","status":"Enabled",
        "totalLicenses":25,"isTrial":{trial},"createdDateTime":"2025-12-01T00:00:00Z",
        "nextLifecycleDateTime":"{renews}"}}]}}"#
    )
}

fn products(rows: &[Row]) -> Vec<Product> {
    rows.iter().filter_map(|row| if let Row::Product(row) = row { Some(row.clone()) } else { None }).collect()
}

fn bought(rows: &[Row]) -> Vec<Subscription> {
    rows.iter().filter_map(|row| if let Row::Subscription(row) = row { Some(row.clone()) } else { None }).collect()
}

#[test]
fn the_documented_answers_are_read() {
    let (Some(purchases), Some(skus)) =
        (wire::sample("directory-subscriptions-list.json"), wire::sample("subscribedSkus-list.json"))
    else {
        return;
    };
    let done = Bench::new(Wire::default().then(200, &purchases).then(200, &skus)).finish(ID).unwrap();
    let products = products(&done.rows);
    assert_eq!(products.len(), 2);
    assert_eq!(products[0].name, "Office 365 E5");
    assert_eq!((products[0].seats_enabled, products[0].seats_assigned, products[0].tier), (25, 14, Tier::Paid));
    assert!(products[0].plans[0].enabled);
    assert_eq!((products[1].seats_enabled, products[1].seats_suspended), (0, 25));
    assert!(!products[1].plans[0].enabled);
    let bought = bought(&done.rows);
    assert_eq!(
        (bought[0].seats, bought[0].status, bought[0].tier),
        (Some(25), SubscriptionStatus::Active, Tier::Unknown)
    );
    assert_eq!(bought[0].partner.as_deref(), Some("331af819-4e0b-49f7-a6bf-14e1165ad3a0"));
    assert_eq!(done.outcome, Outcome::Done(None));
}

#[test]
fn a_paid_product_whose_purchases_are_all_trials_is_a_trial() {
    let seats = skus(r#","prepaidUnits":{"enabled":25}"#);
    let trial = purchase(true, "2026-12-01T00:00:00Z");
    let done = Bench::new(Wire::default().then(200, &trial).then(200, &seats)).finish(ID).unwrap();
    assert_eq!(products(&done.rows)[0].tier, Tier::Trial);
    assert_eq!((bought(&done.rows)[0].tier, bought(&done.rows)[0].term_months), (Tier::Trial, None));
    let paid = purchase(false, "2026-12-01T00:00:00Z");
    let done = Bench::new(Wire::default().then(200, &paid).then(200, &seats)).finish(ID).unwrap();
    assert_eq!(products(&done.rows)[0].tier, Tier::Paid);
}

#[test]
fn purchases_that_may_not_be_read_leave_one_subscription_for_each_product_and_a_gap() {
    let refusal = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
    let seats = skus(r#","id":"t_e5","capabilityStatus":"Warning","prepaidUnits":{"enabled":7}"#);
    let done = Bench::new(Wire::default().then(403, refusal).then(200, &seats)).finish(ID).unwrap();
    assert_eq!(products(&done.rows).len(), 1);
    let one = &bought(&done.rows)[0];
    assert_eq!((one.id.as_str(), one.seats, one.status), ("t_e5", Some(7), SubscriptionStatus::Warning));
    assert_eq!((one.renews, one.term_months), (None, None));
    assert!(matches!(done.gaps[0].cause, Error::Forbidden(_)), "{:?}", done.gaps);
}

#[test]
fn a_failure_that_may_pass_is_not_taken_for_a_refusal() {
    let bench = Bench::new(Wire::default().then(503, ""));
    assert!(matches!(bench.step(ID, None), Err(Error::Unavailable(_))));
}

#[test]
fn seats_may_be_negative_or_absent_and_words_unknown() {
    let odd = skus(r#","capabilityStatus":"Paused","prepaidUnits":{"enabled":-3},"consumedUnits":null"#);
    let none = r#"{"value":[]}"#;
    let done = Bench::new(Wire::default().then(200, none).then(200, &odd)).finish(ID).unwrap();
    let product = &products(&done.rows)[0];
    assert_eq!((product.seats_enabled, product.seats_assigned), (0, 0));
    assert_eq!(status(Some("Paused")), SubscriptionStatus::Unknown);
}

#[test]
fn a_product_that_nobody_knows_is_of_unknown_tier_and_named_in_a_gap() {
    let new = r#"{"value":[{"skuId":"00000000-1111-2222-3333-444444444444","skuPartNumber":"BRAND_NEW"}]}"#;
    let done = Bench::new(Wire::default().then(200, r#"{"value":[]}"#).then(200, new)).finish(ID).unwrap();
    assert_eq!(products(&done.rows)[0].tier, Tier::Unknown);
    assert!(done.told().contains("BRAND_NEW"), "{}", done.told());
}

#[test]
fn an_empty_page_with_a_next_link_is_followed_and_one_that_leads_to_itself_is_refused() {
    let next =
        r#"{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/directory/subscriptions?$skiptoken=a"}"#;
    let bench = Bench::new(
        Wire::default()
            .then(200, next)
            .then(200, &purchase(false, "2026-12-01T00:00:00Z"))
            .then(200, &skus(r#","prepaidUnits":{"enabled":25}"#)),
    );
    let done = bench.finish(ID).unwrap();
    assert_eq!((done.steps, bought(&done.rows).len()), (3, 1));
    assert!(bench.wire.asked()[1].url.ends_with("$skiptoken=a"));
    let bench = Bench::new(Wire::default().then(200, next).then(200, next));
    assert!(matches!(bench.finish(ID), Err(Error::Protocol(_))));
}

#[test]
fn terms_are_inferred_from_the_renewal_and_the_age() {
    let at = |text: &str| time::instant(text).unwrap();
    let term = |created: &str, renews: &str| term(time::instant(created), at(renews), NOW);
    // NOW is 2026-11-20.
    assert_eq!(term("2026-02-01T00:00:00Z", "2029-02-01T00:00:00Z"), Some(36));
    assert_eq!(term("2026-02-01T00:00:00Z", "2027-02-01T00:00:00Z"), Some(12));
    assert_eq!(term("", "2027-02-01T00:00:00Z"), Some(12));
    assert_eq!(term("2024-12-01T00:00:00Z", "2026-12-01T00:00:00Z"), Some(12));
    assert_eq!(term("2024-12-02T00:00:00Z", "2026-12-01T00:00:00Z"), Some(12));
    assert_eq!(term("2026-05-01T00:00:00Z", "2026-12-01T00:00:00Z"), Some(1));
    assert_eq!(term("", "2026-12-01T00:00:00Z"), None);
    assert_eq!(term("2024-12-01T00:00:00Z", "2026-11-01T00:00:00Z"), None);
}
