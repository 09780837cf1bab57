//! The merge of persons with what is known of them, skipped rules, and stale data.

use super::*;
use crate::bench::{Bench, Finished, NOW};
use crate::contract::rows::{Booking, Confidence, EntitlementState, Recommendation};
use crate::contract::store::Age;
use crate::contract::types::Day;
use crate::rules::sample;
use crate::time;
use crate::wire::Wire;

fn user(number: usize, enabled: bool) -> User {
    let principal_name = format!("U{number:05}@contoso.example");
    User {
        id: format!("id-{number}"),
        principal_name,
        enabled: Some(enabled),
        display_name: None,
        ..sample::person().user
    }
}

fn seat(user: &User, via: Option<&str>) -> Row {
    Row::Entitlement(Entitlement {
        user: user.id.clone(),
        // Reports and licences at times write the name in another case.
        principal_name: user.principal_name.to_lowercase(),
        product: "SKU-E3".to_owned(),
        via: via.map(str::to_owned),
        state: EntitlementState::Active,
        error: None,
        disabled_plans: Vec::new(),
        since: Some(NOW - 365 * time::DAY),
        first_seen: None,
    })
}

fn signed_in(user: &User, days_ago: i64) -> Row {
    let at = Some(NOW - days_ago * time::DAY);
    Row::Activity(Activity {
        user: user.id.clone(),
        principal_name: user.principal_name.clone(),
        interactive_attempt: at,
        non_interactive_attempt: None,
        success: at,
    })
}

fn workload(name: &str, last_active: Option<Day>) -> Row {
    Row::Usage(Usage { principal_name: name.to_owned(), ..sample::workload("exchange", last_active) })
}

/// Blocked 0; active 1; inactive 2 by both sources; inactive 3 that teams contradicts; and strangers between them.
fn rows() -> Vec<Row> {
    let users: Vec<User> = (0..4).map(|number| user(number, number != 0)).collect();
    let mut rows = vec![Row::Product(sample::offer().product), Row::Price(sample::price(39_000_000))];
    rows.extend([seat(&users[0], None), seat(&users[0], Some("group")), seat(&users[1], None)]);
    rows.extend([seat(&users[2], None), seat(&users[3], None)]);
    rows.extend([
        signed_in(&users[0], 200),
        signed_in(&users[1], 1),
        signed_in(&users[2], 200),
        signed_in(&users[3], 200),
    ]);
    rows.extend(["a@stranger.example", "u00001b@stranger.example"].map(|name| workload(name, None)));
    rows.extend([
        workload("u00002@contoso.example", None),
        workload("u00003@contoso.example", Some(sample::TODAY - 9)),
    ]);
    rows.extend(users.into_iter().map(Row::User));
    rows
}

fn bench() -> Bench {
    Bench::new(Wire::default()).with(rows()).aged(Age::Fresh, &NEEDS)
}

fn advised(bench: &Bench) -> (Vec<Recommendation>, Finished) {
    let done = bench.finish(ID).unwrap();
    let advice =
        done.rows.iter().filter_map(|row| if let Row::Recommendation(row) = row { Some(row.clone()) } else { None });
    // What is only told and saves nothing has tests of its own.
    let advice =
        advice.filter(|advice| !["direct-and-group", "over-assigned", "renewal"].contains(&advice.rule.as_str()));
    (advice.collect(), done)
}

fn booked(done: &Finished) -> Vec<Booking> {
    done.rows.iter().filter_map(|row| if let Row::Booking(row) = row { Some(row.clone()) } else { None }).collect()
}

fn ids(advice: &[Recommendation]) -> Vec<&str> {
    advice.iter().map(|one| one.id.as_str()).collect()
}

#[test]
fn each_rule_finds_its_own_and_a_blocked_account_is_told_once() {
    let (advice, done) = advised(&bench());
    assert_eq!(ids(&advice), ["spare-seats/sku-e3/sku-e3", "blocked/id-0/sku-e3", "inactive/id-2/sku-e3"]);
    assert!(advice[1].action.contains("directly and by the group group"), "{}", advice[1].action);
    assert_eq!(advice[2].confidence, Confidence::High);
    assert_eq!(advice[2].subject_name, "U00002@contoso.example");
    assert!(done.gaps.is_empty());
}

#[test]
fn the_size_of_the_pages_of_the_store_changes_nothing() {
    let (expected, _) = advised(&bench());
    for page in 1..5 {
        let mut small = bench();
        small.page = page;
        assert_eq!(advised(&small).0, expected, "{page}");
    }
}

#[test]
fn many_users_take_several_steps_and_give_the_same_advice() {
    let mut rows = rows();
    for number in 10..10 + 2 * USERS {
        let user = user(number, number % 100 != 0);
        rows.extend([seat(&user, None), Row::User(user)]);
    }
    let (advice, done) = advised(&Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &NEEDS));
    assert_eq!(done.steps, 1 + 2 * USERS / USERS);
    // The blocked ones; of the others nothing is known, so nothing is said.
    let blocked = (10..10 + 2 * USERS).filter(|number| number % 100 == 0).count();
    assert_eq!(advice.len(), 3 + blocked);
    let message = format!("Of {} persons", 2 * USERS - blocked);
    assert!(done.told().contains(&message), "{}", done.told());
}

#[test]
fn a_rule_without_its_data_is_skipped_and_a_gap_names_it() {
    let (advice, done) = advised(&bench().aged(Age::Missing, &[users::ID]));
    assert_eq!(ids(&advice), ["spare-seats/sku-e3/sku-e3"]);
    let fields: Vec<_> = done.gaps.iter().filter_map(|gap| gap.field.as_deref()).collect();
    let about_persons = rules::ALL.iter().filter(|rule| !matches!(rule.judge, rules::Judge::Product(_)));
    assert_eq!(fields, about_persons.map(|rule| rule.id).collect::<Vec<_>>());
    assert!(done.told().contains("\"users\\\""), "{}", done.told());

    let (advice, done) = advised(&bench().aged(Age::Missing, &[activity::ID, active_user_detail::ID]));
    assert_eq!(ids(&advice), ["spare-seats/sku-e3/sku-e3", "blocked/id-0/sku-e3"]);
    assert_eq!(done.gaps[0].field.as_deref(), Some("never-signed-in"));
    assert_eq!(done.gaps[1].field.as_deref(), Some("inactive"));
}

#[test]
fn a_rule_that_leans_on_one_report_is_skipped_where_that_was_never_read_and_one_with_two_needs_either() {
    let skipped = |missing: &[&'static str]| -> Vec<String> {
        let (_, done) = advised(&bench().aged(Age::Missing, missing));
        done.gaps.into_iter().filter_map(|gap| gap.field).collect()
    };
    assert_eq!(skipped(&["copilot-usage"]), ["copilot"]);
    assert_eq!(skipped(&["mailbox-usage"]), ["shared-mailbox"]);
    assert_eq!(skipped(&["app-user-detail"]), [""; 0]);
    assert_eq!(skipped(&["app-user-detail", "activations"]), ["desktop-apps"]);
}

#[test]
fn what_becomes_free_and_what_is_spare_is_booked_once_at_the_renewal() {
    let (_, done) = advised(&bench());
    let [reduction] = booked(&done).try_into().unwrap();
    // 25 seats, 14 assigned, of which the blocked and the inactive person's become free.
    assert_eq!((reduction.product.as_str(), reduction.seats), ("sku-e3", -13));
    assert_eq!(reduction.saving.micros, 13 * 39_000_000);
    let mut spared = bench();
    spared.settings = crate::wire::settings(&[("exclude-users", "u00000@CONTOSO.example")]);
    assert_eq!(booked(&advised(&spared).1)[0].seats, -12);
}

#[test]
fn persons_of_whom_nothing_is_known_are_counted_in_a_gap() {
    let rows = rows().into_iter().filter(|row| !matches!(row, Row::Usage(_) | Row::Activity(_))).collect();
    let (advice, done) = advised(&Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &NEEDS));
    assert_eq!(ids(&advice), ["spare-seats/sku-e3/sku-e3", "blocked/id-0/sku-e3"]);
    assert!(done.told().contains("Of 3 persons"), "{}", done.told());
}

#[test]
fn one_missing_source_of_activity_lowers_the_confidence_and_skips_nothing() {
    let (advice, done) = advised(&bench().aged(Age::Missing, &[activity::ID]));
    let inactive: Vec<_> = advice.iter().filter(|one| one.rule == "inactive").collect();
    assert_eq!(inactive[0].confidence, Confidence::Medium);
    // The report says nothing of one person.
    assert!(done.told().contains("Of 1 persons"), "{}", done.told());
    // Without sign-ins nobody can be said never to have signed in.
    assert_eq!(done.gaps.len(), 2);
}

#[test]
fn stale_data_lowers_the_confidence() {
    let (advice, _) = advised(&bench().aged(Age::Stale, &[subscriptions::ID]));
    assert!(advice.iter().all(|one| one.confidence == Confidence::Medium), "{advice:?}");
}

#[test]
fn without_prices_savings_are_told_without_amounts() {
    let rows = rows().into_iter().filter(|row| !matches!(row, Row::Price(_))).collect();
    let bench = Bench::new(Wire::default()).with(rows).aged(Age::Fresh, &NEEDS).aged(Age::Missing, &[prices::ID]);
    let (advice, done) = advised(&bench);
    assert_eq!(advice.len(), 3);
    assert!(advice.iter().all(|one| one.saving.is_none()));
    assert_eq!(done.gaps[0].field.as_deref(), Some("saving"));
}
