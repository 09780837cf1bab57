//! Explanations through a store.

use super::*;
use crate::bench::{Bench, NOW};
use crate::contract::rows::{Entitlement, EntitlementState, Price, Product, Tier};
use crate::contract::store::Age;
use crate::datasets::{advice, users};
use crate::rules::{ALL, sample};
use crate::time;
use crate::wire::Wire;

fn bench() -> Bench {
    let person = sample::person();
    let held = Entitlement {
        user: person.user.id.clone(),
        principal_name: person.user.principal_name.to_uppercase(),
        product: "sku-e3".to_owned(),
        via: None,
        state: EntitlementState::Active,
        error: None,
        disabled_plans: Vec::new(),
        since: Some(NOW - 365 * time::DAY),
        first_seen: None,
    };
    let free =
        Product { id: "sku-free".to_owned(), tier: Tier::Free, name: "Free".to_owned(), ..sample::offer().product };
    let mut rows =
        vec![Row::Product(sample::offer().product), Row::Product(free), Row::Price(sample::price(39_000_000))];
    rows.extend([Row::Entitlement(held), Row::Activity(person.activity.unwrap())]);
    rows.extend(person.workloads.into_iter().map(Row::Usage));
    rows.push(Row::User(person.user));
    Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &advice::NEEDS)
}

fn explained(bench: &Bench, subject: &str) -> Result<Vec<Explanation>, Error> {
    explain(bench, &bench.settings, subject, &bench.context)
}

fn verdict(found: &[Explanation], rule: &str) -> String {
    found.iter().find(|one| one.subject == rule).unwrap_or_else(|| panic!("{rule}")).verdict.clone()
}

#[test]
fn every_rule_about_persons_says_of_a_person_why_it_fires_or_not() {
    for subject in ["ada@contoso.example", "ADA@contoso.example", "user-1"] {
        let found = explained(&bench(), subject).unwrap();
        let about_persons = ALL.iter().filter(|rule| !matches!(rule.judge, Judge::Product(_))).count();
        assert_eq!(found.len(), about_persons);
        assert_eq!(verdict(&found, "blocked"), "Does not fire, because the account may sign in.");
        assert!(verdict(&found, "inactive").starts_with("Fires. Remove the licence Microsoft 365 E3 from Ada"));
        assert!(found.iter().any(|one| one.evidence.iter().any(|seen| seen.value == "2026-05-04")));
        assert!(verdict(&found, "overlap").contains("another rule takes the seat back"));
    }
}

#[test]
fn what_is_excluded_or_not_known_is_said_with_the_reason() {
    let mut excluded = bench();
    excluded.settings = crate::wire::settings(&[("exclude-users", "ada@contoso.example")]);
    let found = explained(&excluded, "user-1").unwrap();
    assert_eq!(verdict(&found, "inactive"), "Excluded, because the person is on the list exclude-users.");
    let found = explained(&bench().aged(Age::Missing, &[users::ID]), "user-1").unwrap();
    assert!(
        verdict(&found, "inactive")
            .starts_with("Too little is known, because there is nothing of the dataset \"users\"")
    );
}

#[test]
fn a_product_is_explained_by_its_rules_and_one_that_is_free_is_told_to_be_left_out() {
    let found = explained(&bench(), "microsoft 365 e3").unwrap();
    assert!(verdict(&found, "spare-seats").starts_with("Fires. Buy 11 fewer seats"));
    assert_eq!(verdict(&found, "over-assigned"), "Does not fire, because no more seats are assigned than were bought.");
    let free = explained(&bench(), "sku-free").unwrap();
    assert!(free[0].verdict.starts_with("Excluded, because it is free"), "{}", free[0].verdict);
}

#[test]
fn a_product_that_is_not_bought_is_told_to_be_what_could_take_a_place() {
    let known = crate::catalogue::product("", "EXCHANGEENTERPRISE").unwrap();
    let price = Price { product: known.id.to_owned(), ..sample::price(8_000_000) };
    let rows = vec![Row::Product(sample::offer().product), Row::Price(price)];
    let found = explained(&bench().with(rows), "exchangeenterprise").unwrap();
    assert!(found[0].verdict.contains("no seat of it is bought"), "{}", found[0].verdict);
    assert!(found[0].evidence[0].value.starts_with("8.00 USD"), "{:?}", found[0].evidence);
}

#[test]
fn a_subject_that_nobody_knows_is_not_found() {
    assert!(matches!(explained(&bench(), "nobody@contoso.example"), Err(Error::NotFound(_))));
}
