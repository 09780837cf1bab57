//! Advice, applications, news and use.

use super::*;
use crate::contract::rows::{
    Application, Booking, Confidence, Consent, Effect, Evidence, Recommendation, Risk, SignOn, UseSource,
};
use crate::storage::tests::sample::news;

fn advice(subject: &str, saving: Option<(i64, &str)>, effect: Effect) -> Row {
    Row::Recommendation(Recommendation {
        id: subject.to_owned(),
        rule: "inactive".to_owned(),
        subject: subject.to_owned(),
        subject_name: format!("Name of {subject}"),
        product: Some("a".to_owned()),
        product_name: None,
        action: "Take the seat back.".to_owned(),
        seats: 1,
        saving: saving.map(|(units, currency)| Money { micros: units * 1_000_000, currency: currency.to_owned() }),
        provenance: Some("list".to_owned()),
        effect,
        confidence: Confidence::Medium,
        evidence: vec![
            Evidence { signal: "last sign-in".to_owned(), value: "none".to_owned(), as_of: Some(TODAY) },
            Evidence { signal: "seat since".to_owned(), value: "long ago".to_owned(), as_of: None },
        ],
        safe_because: "Nobody uses it.".to_owned(),
        targets: Vec::new(),
    })
}

fn application(id: &str, users: Option<u64>) -> Row {
    Row::Application(Application {
        id: id.to_owned(),
        name: format!("App {id}"),
        publisher: None,
        verified: None,
        first_party: false,
        home_made: false,
        domain: None,
        category: None,
        sign_on: SignOn::Unknown,
        installed: true,
        first_seen: Some(at(0).as_second()),
        last_seen: None,
        users,
        sign_ins: None,
        failures: None,
        trend: None,
        source: UseSource::SignIns,
        created: None,
        owners: Vec::new(),
        template: None,
        assigned: None,
        assigned_unused: None,
        used_unassigned: None,
        scopes: Vec::new(),
        consent: Consent::Unknown,
        risk: Risk::Unknown,
        risk_note: None,
        integration: None,
        integration_match: None,
    })
}

#[test]
fn advice_is_ranked_by_saving_with_risks_and_unpriced_last() {
    let rows = [
        advice("small", Some((5, "USD")), Effect::ReassignNow),
        advice("risk", Some((900, "USD")), Effect::Exposure),
        advice("large", Some((50, "USD")), Effect::AtRenewal(TODAY + 1)),
        advice("unpriced", None, Effect::AtNextRenewal),
    ];
    let sample = holding(&rows);
    let report = sample.database.recommendations_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "subject"), ["Name of large", "Name of small", "Name of unpriced", "Name of risk"]);
    let when = ["at the renewal of 2026-11-21", "seat free at once", "at the next renewal", "a risk, not a saving"];
    assert_eq!(words(&report, "effect"), when);
    assert_eq!(words(&report, "evidence")[0], "last sign-in: none (2026-11-20)\nseat since: long ago");
    assert_eq!((words(&report, "confidence")[0].as_str(), words(&report, "product")[0].as_str()), ("medium", "a"));
    assert_eq!(report.totals, Vec::<Vec<Cell>>::new());
    assert_eq!(report.notes, [NOT_ADDED]);
    let two = Question { limit: Some(2), ..question(&[]) };
    let report = sample.database.recommendations_report(two).unwrap();
    assert_eq!(words(&report, "subject"), ["Name of large", "Name of small"]);
    assert_eq!(report.notes[1], "The first 2 of 4 are shown.");
}

const NOT_ADDED: &str = "Savings of different advice can overlap, so that their sum is not the total. What can really be had: host-harness \
     show plan.";

#[test]
fn bookings_make_the_plan_with_a_total_for_each_currency() {
    let booking = |product: &str, from: Option<&str>, day: Option<i32>, units: i64, currency: &str| {
        Row::Booking(Booking {
            product: product.to_owned(),
            product_name: format!("Product {product}"),
            from_product: from.map(str::to_owned),
            from_product_name: from.map(|from| format!("Product {from}")),
            day,
            seats: units.signum() * -2,
            saving: Money { micros: units * 1_000_000, currency: currency.to_owned() },
            why: "Nobody holds them.".to_owned(),
        })
    };
    let rows = [
        advice("one", Some((5, "USD")), Effect::ReassignNow),
        booking("a", None, None, 3, "USD"),
        booking("b", None, Some(TODAY + 9), 4, "USD"),
        booking("A", Some("b"), Some(TODAY + 3), -1, "USD"),
        booking("c", None, Some(TODAY + 9), 5, "EUR"),
    ];
    let sample = holding(&rows);
    let report = sample.database.plan_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "day"), ["2026-11-23", "2026-11-29", "2026-11-29", "-"]);
    assert_eq!(words(&report, "seats"), ["2", "-2", "-2", "-2"]);
    assert_eq!(words(&report, "product"), ["Product A", "Product c", "Product b", "Product a"]);
    assert_eq!(words(&report, "from_product")[0], "Product b");
    assert_eq!(totals(&report), [["Total", "5.00 EUR"], ["Total", "6.00 USD"]]);
    let advice = sample.database.recommendations_report(question(&[])).unwrap();
    assert_eq!((advice.totals, advice.notes), (Vec::new(), vec![NOT_ADDED.to_owned()]));
}

/// An application that the vendor of the service made.
fn of_the_service(id: &str, users: u64) -> Row {
    match application(id, Some(users)) {
        Row::Application(one) => Row::Application(Application { first_party: true, ..one }),
        other => other,
    }
}

#[test]
fn applications_that_a_notification_tells_of_are_new_and_come_first_and_the_services_own_last() {
    let rows = [
        application("few", Some(1)),
        application("many", Some(90)),
        application("unknown", None),
        application("New", Some(2)),
        of_the_service("own", 900),
        news("new", "", false),
        news("many", "", true),
    ];
    let sample = holding(&rows);
    let report = sample.database.applications_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "id"), ["New", "many", "few", "unknown", "own"]);
    assert_eq!(words(&report, "new"), ["true", "false", "false", "false", "false"]);
    assert_eq!(words(&report, "users"), ["2", "90", "1", "-", "900"]);
    assert_eq!(words(&report, "first_seen")[0], "2026-11-20");
    assert_eq!(report.notes.len(), 2);
    let told = "5 applications, 1 of them new; the service's own, 1, come last.";
    assert_eq!(report.notes[1], told);
    sample.database.end_baseline(sample.id, at(0)).unwrap();
    assert_eq!(sample.database.applications_report(question(&[])).unwrap().notes, [told]);
}

#[test]
fn news_is_shown_and_the_baseline_counted() {
    let sample = holding(&[news("a", "First", false), news("b", "Old", true), news("c", "Old too", true)]);
    sample.database.mark_told(sample.id, &["a".to_owned()], at(60)).unwrap();
    let report = sample.database.notifications_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "title"), ["First"]);
    assert_eq!(words(&report, "told"), ["2026-11-20T10:01:00Z"]);
    assert_eq!(report.notes, ["example: 2 things were found at the beginning and not news."]);
}

#[test]
fn use_is_told_by_person_and_feature() {
    let rows = [
        usage("ann@example.com", None, false, Some(TODAY - 2)),
        usage("bob@example.com", None, false, Some(TODAY - 32)),
        usage("cat@example.com", None, true, None),
    ];
    let report = holding(&rows).database.usage_report(question(&[]), None, false).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "days_ago"), ["2", "32", "-"]);
    assert_eq!(words(&report, "to"), ["2026-11-18"; 3]);
    assert_eq!(words(&report, "count"), ["7"; 3]);
    assert_eq!(words(&report, "feature"), ["chat"; 3]);
    assert_eq!(report.notes, ["example: the service conceals names, so use cannot be told of persons."]);
}
