//! Slices, borders of pages, and counting.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::bench::{Bench, NOW};
use crate::contract::rows::{Plan, Product, Tier};
use crate::wire::{self, Wire};

const TODAY: &str = "sign-ins/2026-11-20";
const EMPTY: &str = r#"{"value":[]}"#;

/// A record of today, so many seconds after the slice that began at this hour.
fn record(id: u32, hour: Instant, second: Instant, user: u32, app: u32, error: i64) -> serde_json::Value {
    let at = time::instant_text(20_777 * time::DAY + hour * HOUR + second).replace('Z', ".1234567Z");
    json!({
        "id": format!("id-{id}"), "createdDateTime": at, "userId": format!("user-{user}"), "appId": format!("app-{app}"),
        "userPrincipalName": format!("u{user}@contoso.example"), "appDisplayName": format!("App {app}"),
        "isInteractive": true, "status": {"errorCode": error},
    })
}

fn page(records: &[serde_json::Value], next: Option<u32>) -> String {
    let mut page = json!({ "value": records });
    if let Some(next) = next {
        page["@odata.nextLink"] =
            json!(format!("https://graph.microsoft.com/v1.0/auditLogs/signIns?$skiptoken={next}"));
    }
    page.to_string()
}

fn uses(rows: Vec<Row>) -> Vec<ApplicationUse> {
    rows.into_iter().map(|row| if let Row::ApplicationUse(row) = row { row } else { panic!() }).collect()
}

/// Rows of equal key added up, as a host does.
fn total(rows: Vec<Row>) -> BTreeMap<(String, String), (u64, u64, Instant, Instant)> {
    let mut total = BTreeMap::new();
    for one in uses(rows) {
        let sum = total.entry((one.application, one.user)).or_insert((0, 0, Instant::MAX, Instant::MIN));
        *sum = (sum.0 + one.sign_ins, sum.1 + one.failures, sum.2.min(one.first), sum.3.max(one.last));
    }
    total
}

#[test]
fn today_is_read_in_hours_newest_first_from_the_hour_that_runs() {
    let wire = (0..11).fold(Wire::default(), |wire, _| wire.then(200, EMPTY));
    let bench = Bench::new(wire);
    let done = bench.finish(TODAY).unwrap();
    assert_eq!(done.steps, 11);
    let asked = bench.wire.asked();
    assert!(
        asked[0].url.contains(
            "$filter=createdDateTime%20ge%202026-11-20T10:00:00Z%20and%20createdDateTime%20le%202026-11-20T10:59:59.9999999Z&$top=1000"
        ),
        "{}",
        asked[0].url
    );
    assert!(asked[10].url.contains("ge%202026-11-20T00:00:00Z"), "{}", asked[10].url);
}

#[test]
fn a_day_that_is_over_has_24_hours_and_one_that_has_not_begun_none() {
    let wire = (0..24).fold(Wire::default(), |wire, _| wire.then(200, EMPTY));
    assert_eq!(Bench::new(wire).finish("sign-ins/2026-11-19").unwrap().steps, 24);
    assert_eq!(Bench::new(Wire::default()).finish("sign-ins/2026-11-21").unwrap().steps, 1);
    assert!(matches!(Bench::new(Wire::default()).finish("sign-ins/soon"), Err(Error::Internal(_))));
}

#[test]
fn error_code_0_is_a_sign_in_and_any_other_a_failure() {
    let records = [record(1, 10, 60, 1, 1, 0), record(2, 10, 30, 1, 1, 50126), record(3, 10, 0, 2, 1, 0)];
    let step = |bench: &Bench| bench.step(TODAY, None).unwrap();
    let bench = Bench::new(Wire::default().then(200, &page(&records, None)));
    assert!(matches!(step(&bench).outcome, Outcome::More(_)));
    let bench =
        Bench::new((0..10).fold(Wire::default().then(200, &page(&records, None)), |wire, _| wire.then(200, EMPTY)));
    let done = bench.finish(TODAY).unwrap();
    let uses = uses(done.rows);
    assert_eq!(uses.len(), 2);
    assert_eq!((uses[0].sign_ins, uses[0].failures, uses[0].last - uses[0].first), (1, 1, 30));
    assert_eq!((uses[0].day, uses[0].how), (20_777, UseKind::Interactive));
}

#[test]
fn records_that_lack_what_a_key_needs_or_lie_outside_the_slice_are_counted_in_a_gap() {
    let mut bare = record(1, 10, 5, 1, 1, 0);
    bare["userId"] = json!("");
    let mut timeless = record(2, 10, 5, 1, 1, 0);
    timeless["createdDateTime"] = json!("0001-01-01T00:00:00Z");
    let outside = record(3, 9, 5, 1, 1, 0);
    let first = page(&[bare, timeless, outside], None);
    let wire = (0..10).fold(Wire::default().then(200, &first), |wire, _| wire.then(200, EMPTY));
    let done = Bench::new(wire).finish(TODAY).unwrap();
    assert!(done.rows.is_empty());
    assert!(done.told().contains("2 sign-ins came without"), "{}", done.told());
    assert!(done.told().contains("1 sign-ins came in an hour"), "{}", done.told());
}

#[test]
fn an_expired_page_starts_the_day_again() {
    let expired =
        r#"{"error":{"code":"Directory_ExpiredPageToken","message":"The specified page token value has expired."}}"#;
    let wire = Wire::default().then(200, &page(&[record(1, 10, 0, 1, 1, 0)], Some(1))).then(400, expired);
    assert!(matches!(Bench::new(wire).finish(TODAY).unwrap().outcome, Outcome::Restart(_)));
}

#[test]
fn a_next_link_that_leads_to_itself_is_a_protocol_error() {
    let again = page(&[], Some(1));
    assert!(matches!(
        Bench::new(Wire::default().then(200, &again).then(200, &again)).finish(TODAY),
        Err(Error::Protocol(_))
    ));
}

#[test]
fn a_refusal_for_want_of_premium_is_believed_only_when_the_products_agree() {
    let refusal = r#"{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant","message":"Neither tenant is B2C or tenant doesn't have premium license"}}"#;
    let refused = |rows| Bench::new(Wire::default().then(403, refusal)).with(rows).step(TODAY, None).unwrap_err();
    assert!(matches!(refused(Vec::new()), Error::LicenceNeeded(_)));
    let premium = |enabled, seats| {
        Row::Product(Product {
            id: "e3".to_owned(),
            code: "SPE_E3".to_owned(),
            name: "E3".to_owned(),
            tier: Tier::Paid,
            per_user: true,
            seats_enabled: seats,
            seats_warning: 0,
            seats_suspended: 3,
            seats_assigned: 0,
            plans: vec![Plan {
                id: "41781fb2-bc02-4b7c-bd55-b576c07bb09d".to_owned(),
                name: "AAD_PREMIUM".to_owned(),
                enabled,
            }],
        })
    };
    assert!(matches!(refused(vec![premium(true, 5)]), Error::Unavailable(_)));
    assert!(matches!(refused(vec![premium(false, 5)]), Error::LicenceNeeded(_)));
    assert!(matches!(refused(vec![premium(true, 0)]), Error::LicenceNeeded(_)));
}

#[test]
fn the_documented_answers_are_read_or_refused_but_never_a_panic() {
    for (name, valid) in [
        ("auditLogs-signIns-list-v1.json", false),
        ("auditLogs-signIns-list-beta.json", false),
        ("auditLogs-signIns-list-beta-2.json", true),
        ("auditLogs-signIns-list-beta-2022.json", true),
    ] {
        let Some(sample) = wire::sample(name) else { continue };
        let read = Bench::new(Wire::default().then(200, &sample)).step(TODAY, None);
        assert_eq!(read.is_ok(), valid, "{name}: {read:?}");
        assert!(valid || matches!(read, Err(Error::Protocol(_))), "{name}: {read:?}");
    }
}

#[test]
fn the_day_of_a_task_is_read_back() {
    assert_eq!(task_id(time::day_of(NOW)), TODAY);
    assert_eq!(day_of(TODAY), Some(20_777));
    assert_eq!(day_of("sign-ins"), None);
}

proptest! {
    /// Whatever the pages are, and however many records of the oldest second come again, the sums are those of the log.
    #[test]
    fn counting_equals_the_naive_count_whatever_the_paging(
        mut log in prop::collection::vec((0..40_i64, 0..3_u32, 0..3_u32, 0..2_i64), 0..40),
        sizes in prop::collection::vec(0..6_usize, 0..60),
    ) {
        log.sort_by_key(|entry| std::cmp::Reverse(entry.0));
        let mut naive = BTreeMap::new();
        for (second, user, app, error) in &log {
            let at = 20_777 * time::DAY + 10 * HOUR + second;
            let sum = naive
                .entry((format!("app-{app}"), format!("user-{user}")))
                .or_insert((0, 0, Instant::MAX, Instant::MIN));
            *sum = (sum.0 + u64::from(*error == 0), sum.1 + u64::from(*error != 0), sum.2.min(at), sum.3.max(at));
        }
        let records: Vec<_> = log
            .iter()
            .enumerate()
            .map(|(id, (second, user, app, error))| record(u32::try_from(id).unwrap(), 10, *second, *user, *app, *error))
            .collect();
        let mut wire = Wire::default();
        let (mut from, mut number, mut sizes) = (0, 0, sizes.into_iter());
        loop {
            let to = sizes.next().map_or(records.len(), |size| (from + size).min(records.len()));
            // The records of the oldest second of the page before come again.
            let again = (0..from).rev().take_while(|place| log[*place].0 == log[from - 1].0).count();
            number += 1;
            let more = to < records.len();
            wire = wire.then(200, &page(&records[from - again..to], more.then_some(number)));
            from = to;
            if !more {
                break;
            }
        }
        let wire = (0..10).fold(wire, |wire, _| wire.then(200, EMPTY));
        prop_assert_eq!(total(Bench::new(wire).finish(TODAY).unwrap().rows), naive);
    }
}
