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
    rows.into_iter().filter_map(|row| if let Row::ApplicationUse(row) = row { Some(row) } else { None }).collect()
}

fn singles(rows: &[Row]) -> Vec<&SignIn> {
    rows.iter().filter_map(|row| if let Row::SignIn(row) = row { Some(row) } else { None }).collect()
}

/// A connection whose settings ask for single sign-ins.
fn keeping(wire: Wire) -> Bench {
    let mut bench = Bench::new(wire);
    bench.settings.keep_sign_ins = true;
    bench
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

/// An hour that runs, so that the slices after a page that was not the last are few.
fn early(bench: Bench) -> Bench {
    let mut bench = bench;
    bench.context.now = 20_777 * time::DAY + 2 * HOUR + 1800;
    bench
}

#[test]
fn a_day_that_fits_on_a_page_is_one_request() {
    let bench = Bench::new(Wire::default().then(200, &page(&[record(1, 10, 60, 1, 1, 0)], None)));
    let done = bench.finish(TODAY).unwrap();
    assert_eq!((done.steps, done.rows.len()), (1, 1));
    let at = 20_777 * time::DAY + 10 * HOUR + 60;
    assert!(matches!(done.outcome, Outcome::Done(Some(mark)) if mark == format!("1 {at}").as_bytes()));
    let asked = bench.wire.asked();
    assert!(
        asked[0].url.contains(
            "$filter=createdDateTime%20ge%202026-11-20T00:00:00Z%20and%20createdDateTime%20le%202026-11-20T23:59:59.9999999Z&$top=1000"
        ),
        "{}",
        asked[0].url
    );
}

#[test]
fn a_day_that_does_not_is_read_in_hours_newest_first_from_where_the_page_ended() {
    let first = page(&[record(1, 2, 60, 1, 1, 0), record(2, 1, 60, 1, 1, 0)], Some(1));
    let wire = Wire::default().then(200, &first).then(200, &page(&[record(3, 1, 60, 1, 1, 0)], None)).then(200, EMPTY);
    let bench = early(Bench::new(wire));
    let done = bench.finish(TODAY).unwrap();
    assert_eq!((done.steps, total(done.rows).values().map(|sum| sum.0).sum::<u64>()), (3, 3));
    let asked = bench.wire.asked();
    assert!(asked[1].url.contains("ge%202026-11-20T01:00:00Z%20and%20createdDateTime%20le%202026-11-20T01:01:00.99"));
    assert!(asked[2].url.contains("ge%202026-11-20T00:00:00Z%20and%20createdDateTime%20le%202026-11-20T00:59:59.99"));
}

#[test]
fn a_day_that_has_not_begun_is_empty_and_a_task_without_a_day_a_defect() {
    assert_eq!(Bench::new(Wire::default()).finish("sign-ins/2026-11-21").unwrap().steps, 1);
    assert!(matches!(Bench::new(Wire::default()).finish("sign-ins/soon"), Err(Error::Internal(_))));
}

#[test]
fn programs_are_counted_by_the_user_or_by_themselves() {
    let mut behind = record(1, 10, 60, 1, 1, 0);
    behind["isInteractive"] = json!(false);
    let mut service = record(2, 10, 60, 1, 1, 7_000_222);
    service["userId"] = json!("");
    service["servicePrincipalId"] = json!("principal-1");
    for (id, record, sort, user, how) in [
        (
            "non-interactive-sign-ins/2026-11-20",
            behind.clone(),
            "nonInteractiveUser",
            "user-1",
            UseKind::NonInteractive,
        ),
        ("service-sign-ins/2026-11-20", service, "servicePrincipal", "principal-1", UseKind::Service),
    ] {
        let bench = Bench::new(Wire::default().then(200, &page(&[record], None)));
        let found = uses(bench.finish(id).unwrap().rows);
        assert_eq!((found[0].user.as_str(), found[0].how), (user, how));
        let filter =
            format!("/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:%20t%20eq%20'{sort}')%20and%20created");
        assert!(bench.wire.asked()[0].url.contains(&filter));
    }
    // In the log of interactive ones it would be counted twice.
    let done = Bench::new(Wire::default().then(200, &page(&[behind], None))).finish(TODAY).unwrap();
    assert!(done.rows.is_empty());
}

#[test]
fn a_day_that_falls_out_of_what_the_tenant_keeps_leaves_what_was_counted() {
    let again = |bookmark: &[u8]| {
        let bench = Bench::new(Wire::default().then(200, &page(&[record(1, 10, 60, 1, 1, 0)], None)));
        let step = bench.step_with(TODAY, Some(bookmark), None).unwrap();
        (step.outcome, step.gaps.len())
    };
    assert!(matches!(again(b"2"), (Outcome::Unchanged(Some(mark)), 0) if mark == b"2"));
    assert!(matches!(again(b"1"), (Outcome::Done(Some(_)), 0)));
    // More records than before, and yet the first of the day are forgotten.
    let at = 20_777 * time::DAY + 10 * HOUR + 60;
    let before = format!("1 {}", at - 1);
    assert!(matches!(again(before.as_bytes()), (Outcome::Unchanged(Some(mark)), 1) if mark == before.as_bytes()));
    for first in [at, at + 1, Instant::MAX] {
        assert!(matches!(again(format!("0 {first}").as_bytes()), (Outcome::Done(_), 0)));
    }
    let refused = r#"{"error":{"code":"BadRequest","message":"The time range is not allowed."}}"#;
    let old = Bench::new(Wire::default().then(400, refused)).finish("sign-ins/2026-11-10").unwrap();
    assert!(old.told().contains("The time range is not allowed"), "{}", old.told());
    assert!(Bench::new(Wire::default().then(400, refused)).finish(TODAY).is_err());
}

#[test]
fn single_sign_ins_are_kept_beside_the_counts_only_when_the_settings_ask_for_it() {
    let mut whole = record(1, 10, 60, 1, 1, 0);
    whole["resourceDisplayName"] = json!("Microsoft Graph");
    whole["clientAppUsed"] = json!("Browser");
    whole["ipAddress"] = json!("203.0.113.7");
    whole["location"] = json!({"city": "Redmond", "state": "Washington", "countryOrRegion": "US"});
    // What is only kept may be of any shape, empty or not there.
    let mut odd = record(2, 10, 30, 1, 1, 50126);
    odd["resourceDisplayName"] = json!(7);
    odd["clientAppUsed"] = json!("");
    odd["location"] = json!("nowhere");
    let mut nameless = record(3, 10, 20, 1, 1, 0);
    nameless["id"] = json!("");
    let page = page(&[whole, odd.clone(), odd, nameless], None);
    let off = Bench::new(Wire::default().then(200, &page)).finish(TODAY).unwrap();
    let on = keeping(Wire::default().then(200, &page)).finish(TODAY).unwrap();
    assert_eq!(off.rows, on.rows[..1], "counts are the same");
    let Row::ApplicationUse(count) = &off.rows[0] else { panic!() };
    assert_eq!((count.sign_ins, count.failures), (2, 1));
    let at = 20_777 * time::DAY + 10 * HOUR;
    let first = SignIn {
        id: "id-1".to_owned(),
        at: at + 60,
        how: UseKind::Interactive,
        user: "user-1".to_owned(),
        principal_name: Some("u1@contoso.example".to_owned()),
        application: "app-1".to_owned(),
        application_name: Some("App 1".to_owned()),
        target: Some("Microsoft Graph".to_owned()),
        success: true,
        error: None,
        client: Some("Browser".to_owned()),
        address: Some("203.0.113.7".to_owned()),
        country: Some("US".to_owned()),
        city: Some("Redmond".to_owned()),
    };
    let second = SignIn {
        id: "id-2".to_owned(),
        at: at + 30,
        target: None,
        success: false,
        error: Some("50126".to_owned()),
        client: None,
        address: None,
        country: None,
        city: None,
        ..first.clone()
    };
    assert_eq!(singles(&on.rows), [&first, &second]);
}

#[test]
fn a_bookmark_says_whether_single_sign_ins_are_kept_and_a_day_that_shrinks_keeps_its_counts() {
    let ended = |keep: bool, bookmark: Option<&[u8]>| {
        let mut bench = Bench::new(Wire::default().then(200, &page(&[record(1, 10, 60, 1, 1, 0)], None)));
        bench.settings.keep_sign_ins = keep;
        match bench.step_with(TODAY, bookmark, None).unwrap().outcome {
            Outcome::Done(Some(mark)) => (true, String::from_utf8(mark).unwrap()),
            Outcome::Unchanged(Some(mark)) => (false, String::from_utf8(mark).unwrap()),
            other => panic!("{other:?}"),
        }
    };
    let mark = format!("1 {}", 20_777 * time::DAY + 10 * HOUR + 60);
    assert_eq!(ended(false, None), (true, mark.clone()));
    assert_eq!(ended(true, Some(mark.as_bytes())), (true, format!("{mark} kept")));
    assert_eq!(ended(false, Some(format!("{mark} kept").as_bytes())), (true, mark));
    assert_eq!(ended(true, Some(b"2 5")), (false, "2 5 kept".to_owned()));
    assert_eq!(ended(true, Some(b"2 5 kept")), (false, "2 5 kept".to_owned()));
    assert_eq!(ended(false, Some(b"2 5 kept")), (false, "2 5".to_owned()));
    assert!(keeps(Some(b"2 5 kept")) && !keeps(Some(b"2 5")) && !keeps(None));
    assert_eq!(counted(Some(b"2 5 kept")), Some(2));
}

#[test]
fn a_day_that_is_refused_when_it_is_read_again_keeps_its_counts() {
    let refused = r#"{"error":{"code":"BadRequest","message":"The time range is not allowed."}}"#;
    let step = |bookmark: Option<&[u8]>| {
        let bench = keeping(Wire::default().then(400, refused));
        bench.step_with("sign-ins/2026-11-10", bookmark, None).unwrap().outcome
    };
    assert!(matches!(step(Some(b"2 5")), Outcome::Unchanged(Some(mark)) if mark == b"2 5 kept"));
    assert!(matches!(step(None), Outcome::Done(Some(mark)) if keeps(Some(&mark))));
}

#[test]
fn a_day_that_was_begun_under_another_setting_is_begun_again() {
    let first = page(&[record(1, 2, 60, 1, 1, 0), record(2, 1, 60, 1, 1, 0)], Some(1));
    let mut bench = early(Bench::new(Wire::default().then(200, &first)));
    let Outcome::More(cursor) = bench.step(TODAY, None).unwrap().outcome else { panic!() };
    bench.settings.keep_sign_ins = true;
    let step = bench.step(TODAY, Some(&cursor)).unwrap();
    assert!(matches!(step.outcome, Outcome::Restart(why) if why.contains("setting")));
}

#[test]
fn error_code_0_is_a_sign_in_and_any_other_a_failure() {
    let records = [record(1, 10, 60, 1, 1, 0), record(2, 10, 30, 1, 1, 50126), record(3, 10, 0, 2, 1, 0)];
    let bench = Bench::new(Wire::default().then(200, &page(&records, None)));
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
    let outside = record(3, -1, 5, 1, 1, 0);
    let first = page(&[bare, timeless, outside], None);
    let done = Bench::new(Wire::default().then(200, &first)).finish(TODAY).unwrap();
    assert!(done.rows.is_empty());
    assert!(done.told().contains("2 sign-ins came without"), "{}", done.told());
    assert!(done.told().contains("1 sign-ins came in an hour"), "{}", done.told());
}

const EXPIRED: &str =
    r#"{"error":{"code":"Directory_ExpiredPageToken","message":"The specified page token value has expired."}}"#;

#[test]
fn an_expired_page_is_taken_up_at_the_oldest_second_that_was_read() {
    let wire = Wire::default()
        .then(200, &page(&[], Some(1)))
        .then(200, &page(&[record(1, 2, 70, 1, 1, 0), record(2, 2, 60, 1, 1, 0)], Some(2)))
        .then(400, EXPIRED)
        .then(200, &page(&[record(2, 2, 60, 1, 1, 0), record(3, 2, 60, 1, 1, 0)], None));
    let bench = early(Bench::new((0..2).fold(wire, |wire, _| wire.then(200, EMPTY))));
    let done = bench.finish(TODAY).unwrap();
    assert_eq!(total(done.rows)[&("app-1".to_owned(), "user-1".to_owned())].0, 3);
    assert!(bench.wire.asked()[3].url.contains("le%202026-11-20T02:01:00.9999999Z"), "{}", bench.wire.asked()[3].url);
}

#[test]
fn a_log_that_came_out_of_order_is_begun_again_when_its_page_expires() {
    let wire = Wire::default()
        .then(200, &page(&[], Some(1)))
        .then(200, &page(&[record(2, 2, 60, 1, 1, 0), record(1, 2, 70, 1, 1, 0)], Some(2)))
        .then(400, EXPIRED);
    assert!(matches!(early(Bench::new(wire)).finish(TODAY).unwrap().outcome, Outcome::Restart(_)));
}

#[test]
fn next_links_that_lead_in_a_circle_are_a_protocol_error() {
    let (one, other) = (page(&[], Some(1)), page(&[], Some(2)));
    let circles = [vec![&one, &one, &one], vec![&one, &one, &other, &one, &other]];
    for circle in circles {
        let wire = circle.into_iter().fold(Wire::default(), |wire, page| wire.then(200, page));
        assert!(matches!(early(Bench::new(wire)).finish(TODAY), Err(Error::Protocol(_))));
    }
    // The same page under ever new addresses.
    let same = |next| page(&[record(1, 2, 60, 1, 1, 0), record(2, 2, 50, 1, 1, 0)], Some(next));
    let wire = (0..4).fold(Wire::default(), |wire, next| wire.then(200, &same(next)));
    assert!(matches!(early(Bench::new(wire)).finish(TODAY), Err(Error::Protocol(_))));
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
    assert_eq!(task_id(ID, time::day_of(NOW)), TODAY);
    assert_eq!(day_of(TODAY), Some(20_777));
    assert_eq!(day_of("sign-ins"), None);
}

/// A log that answers as the service does: newest first, in pages, with links that may have expired and pages that may
/// begin with the last record of the page before, or be empty.
fn service(log: Vec<(Instant, serde_json::Value)>, size: usize, whims: Vec<u8>) -> Wire {
    let calls = std::cell::Cell::new(0);
    Wire::service(move |url| {
        calls.set(calls.get() + 1);
        let whim = whims.get(calls.get()).copied().unwrap_or_default();
        let (query, skip) = match url.split_once("&$skip=") {
            Some((query, skip)) => (query, Some(skip.split('&').next().unwrap().parse::<usize>().unwrap())),
            None => (url, None),
        };
        if whim == 1 && skip.is_some() {
            return (400, EXPIRED.to_owned());
        }
        let bound = |word: &str| query.split(word).nth(1).unwrap().split(['%', '&']).next().unwrap().to_owned();
        let (from, until) = (bound("ge%20"), bound("le%20"));
        let (from, until) = (time::instant(&from).unwrap(), time::instant(&until).unwrap());
        let found: Vec<_> = log.iter().filter(|(at, _)| (from..=until).contains(at)).collect();
        let skip = skip.unwrap_or_default();
        let begin = if whim == 2 { skip.saturating_sub(1) } else { skip };
        let end = if whim == 3 { begin } else { (skip + size).min(found.len()) };
        let records: Vec<_> = found[begin..end].iter().map(|(_, record)| record.clone()).collect();
        let mut page = json!({ "value": records });
        if end < found.len() {
            // Each link is another one, as the service's are.
            page["@odata.nextLink"] = json!(format!("{query}&$skip={}&again={}", end.max(skip), calls.get()));
        }
        (200, page.to_string())
    })
}

proptest! {
    /// Whatever the pages are, however often a link expires, and however many records of the oldest second come again, the
    /// sums are those of the log, and each record is kept when that is asked for.
    #[test]
    fn counting_equals_the_naive_count_whatever_the_paging(
        mut log in prop::collection::vec((0..9_000_i64, 0..3_u32, 0..3_u32, 0..2_i64), 0..60),
        crowded in any::<bool>(),
        keep in any::<bool>(),
        size in 2..9_usize,
        whims in prop::collection::vec(0..4_u8, 0..60),
    ) {
        if crowded {
            log.iter_mut().for_each(|entry| entry.0 = entry.0 / 3000 * 3000);
        }
        log.sort_by_key(|entry| std::cmp::Reverse(entry.0));
        let mut naive = BTreeMap::new();
        for (second, user, app, error) in &log {
            let at = 20_777 * time::DAY + second;
            let sum = naive
                .entry((format!("app-{app}"), format!("user-{user}")))
                .or_insert((0, 0, Instant::MAX, Instant::MIN));
            *sum = (sum.0 + u64::from(*error == 0), sum.1 + u64::from(*error != 0), sum.2.min(at), sum.3.max(at));
        }
        let records = log.iter().zip(0..).map(|((second, user, app, error), id)| {
            (20_777 * time::DAY + second, record(id, 0, *second, *user, *app, *error))
        });
        let mut bench = early(Bench::new(service(records.collect(), size, whims)));
        bench.settings.keep_sign_ins = keep;
        let done = bench.finish(TODAY).unwrap();
        prop_assert!(matches!(done.outcome, Outcome::Done(_)));
        let kept: BTreeMap<&str, &SignIn> = singles(&done.rows).into_iter().map(|row| (row.id.as_str(), row)).collect();
        prop_assert_eq!(kept.len(), if keep { log.len() } else { 0 });
        for ((second, user, app, error), id) in log.iter().zip(0..).filter(|_| keep) {
            let row = kept[format!("id-{id}").as_str()];
            let place = (row.at, row.user.clone(), row.application.clone(), row.success);
            let at = 20_777 * time::DAY + second;
            prop_assert_eq!(place, (at, format!("user-{user}"), format!("app-{app}"), *error == 0));
        }
        prop_assert_eq!(total(done.rows), naive);
    }
}
