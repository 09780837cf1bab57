//! Directory rows over TLS.

mod support;

use support::{Site, options};

#[tokio::test]
async fn a_walk_over_the_pages_finds_exactly_the_users_of_the_tenant() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (rows, pages) = site.walk(&token, "/v1.0/users?$select=id,userPrincipalName,accountEnabled&$top=37").await;
    assert_eq!(pages, 9);
    let truth = site.simulator.control().truth();
    assert_eq!(rows.len(), 300);
    for row in &rows {
        let user = &truth.users[row["id"].as_str().unwrap()];
        assert_eq!(row["userPrincipalName"], user.principal_name);
        assert_eq!(row["accountEnabled"], user.enabled);
    }
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), 300);
}
