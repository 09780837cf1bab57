//! Throttling over TLS, counted by the simulator's clock.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use std::time::Duration;

use simulator::Options;
use support::{Site, options};

const SIGN_INS: &str = "/v1.0/auditLogs/signIns?$top=1";

#[tokio::test]
async fn the_sixth_request_for_sign_ins_in_ten_seconds_must_wait() {
    let site = Site::start(Options { throttle: Some(1.0), ..options() }).await;
    let token = site.token().await;
    for _ in 0..5 {
        assert_eq!(site.get(&token, SIGN_INS).await.status, 200);
    }
    let refused = site.get(&token, SIGN_INS).await;
    assert_eq!((refused.status, refused.code(), refused.header("retry-after")), (429, "TooManyRequests", "10"));
    assert!(refused.header("x-ms-throttle-scope").contains(&site.facts.client_id));
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
    site.simulator.control().advance(Duration::from_secs(10));
    assert_eq!(site.get(&token, SIGN_INS).await.status, 200);
}

#[tokio::test]
async fn requests_made_while_throttled_count() {
    let site = Site::start(Options { throttle: Some(1.0), ..options() }).await;
    let token = site.token().await;
    for _ in 0..5 {
        site.get(&token, SIGN_INS).await;
    }
    let control = site.simulator.control();
    for _ in 0..5 {
        control.advance(Duration::from_secs(5));
        site.get(&token, SIGN_INS).await;
    }
    for _ in 0..4 {
        site.get(&token, SIGN_INS).await;
    }
    control.advance(Duration::from_secs(5));
    assert_eq!(site.get(&token, SIGN_INS).await.status, 429);
}

#[tokio::test]
async fn each_report_may_be_asked_for_fourteen_times_in_ten_minutes() {
    let site = Site::start(Options { throttle: Some(1.0), ..options() }).await;
    let token = site.token().await;
    for _ in 0..14 {
        let answer = site.get(&token, "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')").await;
        assert_eq!(answer.status, 302);
    }
    let refused = site.get(&token, "/v1.0/reports/getOffice365ActiveUserDetail(period='D30')").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "600"));
    let other = site.get(&token, "/v1.0/reports/getEmailActivityUserDetail(period='D7')").await;
    assert_eq!(other.status, 302);
}

#[tokio::test]
async fn a_scale_makes_the_limits_generous_and_none_takes_them_away() {
    for throttle in [Some(10.0), None] {
        let site = Site::start(Options { throttle, ..options() }).await;
        let token = site.token().await;
        for _ in 0..40 {
            assert_eq!(site.get(&token, SIGN_INS).await.status, 200);
        }
    }
}

#[tokio::test]
async fn directory_requests_cost_units_and_selecting_saves_one() {
    let site = Site::start(Options { throttle: Some(0.004), users: 600, ..options() }).await;
    let token = site.token().await;
    let cost = async |path: &str| site.get(&token, path).await.header("x-ms-resource-unit").to_owned();
    assert_eq!(cost("/v1.0/users").await, "2");
    assert_eq!(cost("/v1.0/users?$select=id").await, "1");
    assert_eq!(cost("/v1.0/subscribedSkus").await, "3");
    // 8,000 units for a tenant of this size, scaled to 32: 6 are spent.
    for spent in (8..=32).step_by(2) {
        let answer = site.get(&token, "/v1.0/users").await;
        let told = answer.header("x-ms-throttle-limit-percentage");
        assert_eq!((answer.status, told.is_empty()), (200, spent < 26), "{spent}");
    }
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 429);
}

#[tokio::test]
async fn an_application_that_asks_for_tokens_too_often_must_wait_and_others_need_not() {
    let site = Site::start(Options { token_limit: Some(2), ..options() }).await;
    let ask = async || site.token_of(&site.facts.client_id, &site.facts.client_secret).await;
    for _ in 0..2 {
        assert_eq!(ask().await.status, 200);
    }
    let refused = ask().await;
    assert_eq!((refused.status, refused.aadsts(), refused.header("retry-after")), (429, 90_055, "5"));
    assert_eq!(refused.text("error"), "temporarily_unavailable");
    let other = site.token_of(&site.facts.fresh_client_id, &site.facts.fresh_client_secret).await;
    assert_eq!(other.status, 200);
    site.simulator.control().advance(Duration::from_secs(5));
    assert_eq!(ask().await.status, 200);
    let generous = Site::start(options()).await;
    for _ in 0..40 {
        assert_eq!(generous.token_of(&site.facts.client_id, &site.facts.client_secret).await.status, 200);
    }
}

#[tokio::test]
async fn latency_is_added_to_each_answer() {
    let site = Site::start(Options { latency: Duration::from_millis(60), ..options() }).await;
    let began = std::time::Instant::now();
    site.token().await;
    assert!(began.elapsed() >= Duration::from_millis(60));
}
