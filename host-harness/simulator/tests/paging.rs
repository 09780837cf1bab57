//! Pages, their links, and what can go wrong with them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use simulator::{Fault, Mishap, Options};
use support::{Site, options};

fn ids(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn injected_page_faults_do_what_they_say() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let control = site.simulator.control();
    control.inject(Fault::next("/users?", Mishap::EmptyPage));
    let empty = site.get(&token, "/v1.0/users?$top=50").await;
    assert_eq!(empty.json["value"].as_array().unwrap().len(), 0);
    assert_eq!(site.get(&token, &empty.text("@odata.nextLink")).await.json["value"].as_array().unwrap().len(), 50);

    control.inject(Fault::next("$skiptoken", Mishap::LoopingLink).times(2));
    let first = site.get(&token, "/v1.0/users?$top=50").await;
    let second = site.get(&token, &first.text("@odata.nextLink")).await;
    let third = site.get(&token, &second.text("@odata.nextLink")).await;
    assert_eq!(second.json["value"], third.json["value"]);

    control.inject(Fault::next("/users?", Mishap::ForeignLink("evil.example".to_owned())));
    let foreign = site.get(&token, "/v1.0/users?$top=50").await.text("@odata.nextLink");
    assert!(foreign.starts_with("https://evil.example/v1.0/users?"));

    control.inject(Fault::next("$skiptoken", Mishap::ExpiredPage));
    assert_eq!(site.get(&token, &first.text("@odata.nextLink")).await.code(), "Directory_ExpiredPageToken");
    assert_eq!(site.get(&token, &first.text("@odata.nextLink")).await.status, 200);
}

#[tokio::test]
async fn empty_pages_with_a_link_lose_no_row() {
    let site = Site::start(Options { empty_page_every: 3, ..options() }).await;
    let token = site.token().await;
    let (rows, pages) = site.walk(&token, "/v1.0/users?$top=50").await;
    assert_eq!((ids(&rows).len(), rows.len(), pages), (300, 300, 8));
}

#[tokio::test]
async fn a_dropped_or_truncated_answer_is_an_error_at_the_client() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let control = site.simulator.control();
    let ask = || site.client.get(site.url("/v1.0/users")).header("authorization", format!("Bearer {token}")).send();
    control.inject(Fault::next("/users", Mishap::Drop));
    assert!(ask().await.is_err());
    control.inject(Fault::next("/users", Mishap::Truncate));
    assert!(ask().await.unwrap().bytes().await.is_err());
    let headers = vec![("Retry-After".to_owned(), "7".to_owned())];
    control.inject(Fault::next("/users", Mishap::Answer { status: 503, headers, body: "busy".to_owned() }).after(1));
    assert_eq!(ask().await.unwrap().status(), 200);
    let told = ask().await.unwrap();
    assert_eq!((told.status().as_u16(), told.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    let logged = control.requests();
    assert_eq!(logged.last().map(|logged| (logged.status, logged.had_authorization)), Some((503, true)));
}

#[tokio::test]
async fn page_tokens_expire_when_told() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let link = site.get(&token, "/v1.0/users?$top=50").await.text("@odata.nextLink");
    site.simulator.control().expire_page_tokens();
    assert_eq!(site.get(&token, &link).await.code(), "Directory_ExpiredPageToken");
}

#[tokio::test]
async fn a_link_to_the_next_page_is_taken_only_as_it_was_given() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let link = site.get(&token, "/v1.0/users?$top=50&$select=id").await.text("@odata.nextLink");
    assert!(link.starts_with("https://graph.microsoft.com/v1.0/users?$top=50&$select=id&$skiptoken="));
    assert_eq!(site.get(&token, &link).await.status, 200);
    for altered in [
        link.replace("$top=50", "$top=60"),
        link.replace("$select=id", "$select=id,displayName"),
        link.replace("/users", "/groups"),
        format!("{link}x"),
    ] {
        assert_eq!(site.get(&token, &altered).await.status, 400, "{altered}");
    }
    site.simulator.control().advance(Duration::from_secs(1801));
    let token = site.token().await;
    let expired = site.get(&token, &link).await;
    assert_eq!((expired.status, expired.code()), (400, "Directory_ExpiredPageToken"));
}
