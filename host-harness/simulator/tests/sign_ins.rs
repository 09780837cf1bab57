//! The sign-in log over TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use simulator::{Control, Fault, LateSignIn, Mishap, Options};
use support::{Site, options};

/// Counts by client id, user id and day, as a client would.
fn counted(rows: &[Value]) -> BTreeMap<(String, String, String), (u32, u32)> {
    let mut counts: BTreeMap<_, (u32, u32)> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let day = text("createdDateTime").split('T').next().unwrap().to_owned();
        let count = counts.entry((text("appId"), text("userId"), day)).or_default();
        if row["status"]["errorCode"] == 0 { count.0 += 1 } else { count.1 += 1 }
    }
    counts
}

fn truth(control: &Control) -> BTreeMap<(String, String, String), (u32, u32)> {
    control.truth().uses.into_iter().map(|(key, uses)| (key, (uses.successes, uses.failures))).collect()
}

#[tokio::test]
async fn counts_by_application_user_and_day_equal_the_truth_for_ten_seeds() {
    for seed in 0..10 {
        let site = Site::start(Options { users: 60, seed, ..options() }).await;
        let token = site.token().await;
        let (rows, _) = site.walk(&token, "/v1.0/auditLogs/signIns?$top=211").await;
        assert_eq!(counted(&rows), truth(&site.simulator.control()), "seed {seed}");
        let ids: BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
        assert_eq!(ids.len(), rows.len());
    }
}

#[tokio::test]
async fn rows_come_newest_first_and_none_from_the_future_or_past_the_retention() {
    let site = Site::start(Options { retention_days: 7, ..options() }).await;
    let token = site.token().await;
    let (rows, pages) = site.walk(&token, "/v1.0/auditLogs/signIns").await;
    assert!(pages >= 2);
    let dates: Vec<&str> = rows.iter().map(|row| row["createdDateTime"].as_str().unwrap()).collect();
    assert!(dates.is_sorted_by(|one, other| one >= other));
    assert!(dates[0] <= "2026-11-20T12:00:00Z" && dates[dates.len() - 1] >= "2026-11-13T12:00:00Z");
    let failed = rows.iter().filter(|row| row["status"]["errorCode"] == 50126).count();
    assert!(failed > 10 && failed * 5 < rows.len(), "{failed} of {}", rows.len());
}

#[tokio::test]
async fn hour_slices_make_up_the_day() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let day = "createdDateTime ge 2026-11-19T00:00:00Z and createdDateTime le 2026-11-19T23:59:59Z";
    let (whole, _) = site.walk(&token, &format!("/v1.0/auditLogs/signIns?$filter={day}")).await;
    let mut parts = 0;
    for hour in 0..24 {
        let slice = format!(
            "createdDateTime ge 2026-11-19T{hour:02}:00:00Z and createdDateTime le 2026-11-19T{hour:02}:59:59.9999999Z"
        );
        parts += site.walk(&token, &format!("/v1.0/auditLogs/signIns?$filter={slice}&$top=100")).await.0.len();
    }
    assert!(whole.len() > 200);
    assert_eq!(parts, whole.len());
}

#[tokio::test]
async fn filters_by_user_application_and_error_narrow_the_log() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (all, _) = site.walk(&token, "/v1.0/auditLogs/signIns").await;
    let sample = &all[all.len() / 2];
    let text = |name: &str| sample[name].as_str().unwrap();
    let cases = [
        (format!("userId eq '{}'", text("userId")), "userId", sample["userId"].clone()),
        (format!("appId eq '{}'", text("appId")), "appId", sample["appId"].clone()),
        (format!("userPrincipalName eq '{}'", text("userPrincipalName")), "userId", sample["userId"].clone()),
        (format!("appDisplayName eq '{}'", text("appDisplayName")), "appId", sample["appId"].clone()),
    ];
    for (filter, name, value) in cases {
        let (rows, _) = site.walk(&token, &format!("/v1.0/auditLogs/signIns?$filter={filter}&$top=7")).await;
        let expected: Vec<&Value> = all.iter().filter(|row| row[name] == value).collect();
        assert_eq!(rows.iter().collect::<Vec<_>>(), expected, "{filter}");
    }
    let (wrong, _) = site.walk(&token, "/v1.0/auditLogs/signIns?$filter=status/errorCode eq 50126").await;
    assert_eq!(wrong.len(), all.iter().filter(|row| row["status"]["errorCode"] == 50126).count());
    for bad in [
        "createdDateTime gt 2026-11-19T00:00:00Z",
        "appId ne 'x'",
        "appId eq 'x' or appId eq 'y'",
        "isInteractive eq true",
    ] {
        assert_eq!(site.get(&token, &format!("/v1.0/auditLogs/signIns?$filter={bad}")).await.status, 400, "{bad}");
    }
    assert_eq!(site.get(&token, "/v1.0/auditLogs/signIns?$top=1001").await.status, 400);
    assert_eq!(site.get(&token, "/v1.0/auditLogs/signIns?$select=id").await.status, 400);
}

#[tokio::test]
async fn a_late_record_appears_when_its_time_has_come() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let control = site.simulator.control();
    let day = "/v1.0/auditLogs/signIns?$filter=createdDateTime ge 2026-11-18T00:00:00Z and createdDateTime le 2026-11-18T23:59:59Z";
    let (before, _) = site.walk(&token, day).await;
    let late = LateSignIn {
        user_id: before[0]["userId"].as_str().unwrap().to_owned(),
        app_id: before[0]["appId"].as_str().unwrap().to_owned(),
        at: "2026-11-18T09:30:00Z".parse().unwrap(),
        visible_from: "2026-11-20T12:30:00Z".parse().unwrap(),
        error: 0,
    };
    assert!(control.add_sign_in(&late));
    assert_eq!(site.walk(&token, day).await.0.len(), before.len());
    control.advance(Duration::from_secs(1800));
    let (after, _) = site.walk(&token, day).await;
    assert_eq!(after.len(), before.len() + 1);
    let all = site.walk(&token, "/v1.0/auditLogs/signIns").await.0;
    assert_eq!(counted(&all), truth(&control));
}

#[tokio::test]
async fn a_renamed_application_keeps_its_old_name_in_old_records() {
    let site = Site::start(options()).await;
    let control = site.simulator.control();
    let token = site.token().await;
    let (rows, _) = site.walk(&token, "/v1.0/auditLogs/signIns?$filter=appDisplayName eq 'Slack'").await;
    let app_id = rows[0]["appId"].as_str().unwrap().to_owned();
    assert!(control.rename_application(&app_id, "Slack Next"));
    control.advance(Duration::from_secs(4 * 86_400));
    let token = site.token().await;
    let (rows, _) = site.walk(&token, &format!("/v1.0/auditLogs/signIns?$filter=appId eq '{app_id}'")).await;
    let names: BTreeSet<_> = rows.iter().map(|row| row["appDisplayName"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["Slack", "Slack Next"]));
}

#[tokio::test]
async fn new_applications_appear_in_the_last_days_and_as_the_clock_moves() {
    let site = Site::start(Options { users: 1500, ..options() }).await;
    let token = site.token().await;
    let first = async |name: &str, token: &str| {
        let path = format!("/v1.0/auditLogs/signIns?$filter=appDisplayName eq '{name}'");
        let (rows, _) = site.walk(token, &path).await;
        rows.last().map(|row| row["createdDateTime"].as_str().unwrap()[..10].to_owned())
    };
    assert!(first("Perplexity", &token).await.unwrap().as_str() >= "2026-11-15");
    assert_eq!(first("Cursor", &token).await, None);
    site.simulator.control().advance(Duration::from_secs(5 * 86_400));
    let token = site.token().await;
    assert!(first("Cursor", &token).await.unwrap().as_str() >= "2026-11-21");
}

#[tokio::test]
async fn a_page_that_overlaps_repeats_the_last_row() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let first = site.get(&token, "/v1.0/auditLogs/signIns?$top=10").await;
    site.simulator.control().inject(Fault::next("$skiptoken", Mishap::Overlap));
    let second = site.get(&token, &first.text("@odata.nextLink")).await;
    assert_eq!(first.json["value"][9], second.json["value"][0]);
}

#[tokio::test]
async fn sign_in_dates_of_users_agree_with_the_log() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (log, _) = site.walk(&token, "/v1.0/auditLogs/signIns").await;
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for row in &log {
        newest.entry(row["userId"].as_str().unwrap()).or_insert(row["createdDateTime"].as_str().unwrap());
    }
    let (users, _) = site.walk(&token, "/v1.0/users?$select=id,signInActivity").await;
    let mut compared = 0;
    for user in &users {
        let last = user["signInActivity"]["lastSignInDateTime"].as_str();
        if let Some(newest) = newest.get(user["id"].as_str().unwrap()) {
            assert_eq!(last, Some(*newest));
            compared += 1;
        } else {
            assert!(last < Some("2026-10-22"), "{user}");
        }
    }
    assert!(compared > 200);
}
