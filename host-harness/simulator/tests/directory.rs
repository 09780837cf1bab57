//! Directory rows over TLS.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by failing"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;
use simulator::{Change, Fault, Mishap, Options, Premium};
use support::{Answer, Site, options};

fn ids(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_walk_over_the_pages_finds_exactly_the_users_of_the_tenant() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (rows, pages) = site.walk(&token, "/v1.0/users?$select=id,userPrincipalName,accountEnabled&$top=37").await;
    assert_eq!((pages, rows.len()), (9, 300));
    let truth = site.simulator.control().truth();
    for row in &rows {
        let user = &truth.users[row["id"].as_str().unwrap()];
        assert_eq!(row["userPrincipalName"], user.principal_name);
        assert_eq!(row["accountEnabled"], user.enabled);
    }
    assert_eq!(ids(&rows).len(), 300);
    let names: BTreeSet<_> = rows.iter().map(|row| row["userPrincipalName"].to_string()).collect();
    assert_eq!(names.len(), 300);
}

#[tokio::test]
async fn the_tenant_of_seed_seven_is_the_same_on_every_machine_and_day() {
    let site = Site::start(Options { users: 2000, ..options() }).await;
    let today = Site::start(Options { users: 2000, now: None, ..options() }).await;
    let fingerprint = site.simulator.control().fingerprint();
    assert_eq!(fingerprint, today.simulator.control().fingerprint());
    assert_eq!(fingerprint, "b59c48c46f05118563511b57fb86520f83623c58a51118bddb9bc67640390e25");
    assert_eq!(site.facts.client_secret, today.facts.client_secret);
    let other = Site::start(Options { users: 2000, seed: 8, ..options() }).await;
    assert_ne!(fingerprint, other.simulator.control().fingerprint());
}

#[tokio::test]
async fn licences_seats_and_terms_change_as_the_options_say_and_nothing_else_does() {
    let before = Site::start(options()).await.simulator.control().truth();
    let (user, held) =
        before.users.iter().find(|(_, user)| user.by_group.len() == 1 && user.direct.len() == 1).unwrap();
    let (product, taken) = (held.by_group.first().unwrap().0.clone(), held.direct.first().unwrap().clone());
    let changes = vec![
        Change::Take { user: user.clone(), product: product.clone() },
        Change::Take { user: user.clone(), product: taken.clone() },
        Change::Give { user: user.clone(), product: taken.clone() },
        Change::Seats { product: product.clone(), by: -3 },
        Change::Seats { product: "nothing".to_owned(), by: 9 },
        Change::Pass { days: 366 },
    ];
    let site = Site::start(Options { changes, ..options() }).await;
    let mut after = site.simulator.control().truth();
    assert_eq!(after.users[user].skus, BTreeSet::from([taken]));
    assert_eq!(after.products[&product].seats, before.products[&product].seats - 3);
    after.users.insert(user.clone(), held.clone());
    assert_eq!(after.users, before.users);
    let token = site.token().await;
    let bought = site.get(&token, "/v1.0/directory/subscriptions").await;
    let now = "2026-11-20T12:00:00Z";
    for purchase in bought.json["value"].as_array().unwrap() {
        let next = purchase["nextLifecycleDateTime"].as_str();
        assert!(
            next.is_none_or(|next| next > now) && purchase["createdDateTime"].as_str().unwrap() < now,
            "{purchase}"
        );
    }
}

#[tokio::test]
async fn only_eleven_properties_come_unasked_and_the_id_always_comes() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let answer = site.get(&token, "/v1.0/users?$top=1").await;
    assert_eq!(answer.json["value"][0].as_object().unwrap().len(), 11);
    let answer = site.get(&token, "/v1.0/users?$top=1&$select=accountEnabled").await;
    let names: Vec<_> = answer.json["value"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["accountEnabled", "id"]);
    assert_eq!(site.get(&token, "/v1.0/users").await.json["value"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn page_sizes_have_a_largest_which_is_smaller_with_sign_in_dates() {
    let site = Site::start(Options { users: 700, ..options() }).await;
    let token = site.token().await;
    let count = async |query: &str| {
        let answer = site.get(&token, &format!("/v1.0/users?{query}")).await;
        (answer.status, answer.json["value"].as_array().map(Vec::len))
    };
    assert_eq!(count("$top=999").await, (200, Some(700)));
    assert_eq!(count("$top=999&$select=id,signInActivity").await, (200, Some(500)));
    assert_eq!(count("$top=1000").await.0, 400);
    assert_eq!(count("$top=0").await.0, 400);
    assert_eq!(count("$top=ten").await.0, 400);
}

#[tokio::test]
async fn what_a_collection_does_not_take_is_refused() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let cases = [
        ("/v1.0/users?$skip=10", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users?$orderby=displayName", 400, "Request_UnsupportedQuery"),
        ("/v1.0/directory/subscriptions?$top=5", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users?$select=id,nonsense", 400, "BadRequest"),
        ("/v1.0/users?$select=id,aboutMe", 501, "NotImplemented"),
        ("/v1.0/users?$top=5&$top=6", 400, "BadRequest"),
        ("/v1.0/subscribedSkus?$top=5", 400, "Request_UnsupportedQuery"),
        ("/v1.0/subscribedSkus?$select=id", 400, "Request_UnsupportedQuery"),
        ("/v1.0/nothing", 400, "BadRequest"),
        ("/v2.0/users", 400, "BadRequest"),
        ("/v1.0/users/00000000-0000-0000-0000-000000000000", 404, "Request_ResourceNotFound"),
    ];
    for (path, status, code) in cases {
        let answer = site.get(&token, path).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{path}");
        let inner = &answer.json["error"]["innerError"];
        assert_eq!(inner["date"], "2026-11-20T12:00:00");
        assert_eq!(inner["request-id"], answer.header("request-id"));
    }
}

#[tokio::test]
async fn seats_taken_are_those_of_the_users_that_hold_them() {
    let site = Site::start(Options { users: 1500, ..options() }).await;
    let token = site.token().await;
    let (users, _) = site.walk(&token, "/v1.0/users?$select=assignedLicenses,licenseAssignmentStates&$top=999").await;
    let mut held: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut both, mut failed) = (0, 0);
    for user in &users {
        let assigned: BTreeSet<&str> =
            user["assignedLicenses"].as_array().unwrap().iter().map(|each| each["skuId"].as_str().unwrap()).collect();
        for sku in &assigned {
            *held.entry(sku).or_default() += 1;
        }
        let states = user["licenseAssignmentStates"].as_array().unwrap();
        let active: Vec<&Value> = states.iter().filter(|state| state["state"] == "Active").collect();
        let active_skus: BTreeSet<&str> = active.iter().map(|state| state["skuId"].as_str().unwrap()).collect();
        assert_eq!(active_skus, assigned);
        both += usize::from(active.len() > active_skus.len());
        failed += states.iter().filter(|state| state["state"] == "Error").count();
    }
    assert!(both > 5 && failed > 5, "{both} held twice, {failed} failed");
    let skus = site.get(&token, "/v1.0/subscribedSkus").await;
    let truth = site.simulator.control().truth();
    for sku in skus.json["value"].as_array().unwrap() {
        let id = sku["skuId"].as_str().unwrap();
        assert_eq!(
            sku["consumedUnits"].as_u64().unwrap(),
            held.get(id).copied().unwrap_or(0),
            "{}",
            sku["skuPartNumber"]
        );
        assert_eq!(u64::from(truth.products[id].consumed), held.get(id).copied().unwrap_or(0));
    }
    let of =
        |part: &str| skus.json["value"].as_array().unwrap().iter().find(|sku| sku["skuPartNumber"] == part).unwrap();
    let spare = |sku: &Value| sku["prepaidUnits"]["enabled"].as_i64().unwrap() - sku["consumedUnits"].as_i64().unwrap();
    assert!(spare(of("SPE_E3")) > 10);
    assert_eq!(spare(of("O365_BUSINESS_PREMIUM")), -2);
    assert_eq!(of("ENTERPRISEPACK")["capabilityStatus"], "Warning");
    assert_eq!(of("FLOW_FREE")["prepaidUnits"]["enabled"], 10_000);
}

#[tokio::test]
async fn purchases_add_up_to_the_seats_of_their_product() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let skus = site.get(&token, "/v1.0/subscribedSkus").await;
    let bought = site.get(&token, "/v1.0/directory/subscriptions").await;
    for sku in skus.json["value"].as_array().unwrap() {
        let ids: BTreeSet<&str> =
            sku["subscriptionIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        let of_sku: Vec<&Value> =
            bought.json["value"].as_array().unwrap().iter().filter(|each| each["skuId"] == sku["skuId"]).collect();
        assert_eq!(of_sku.iter().map(|each| each["id"].as_str().unwrap()).collect::<BTreeSet<_>>(), ids);
        let seats: i64 = of_sku.iter().map(|each| each["totalLicenses"].as_i64().unwrap()).sum();
        let units = &sku["prepaidUnits"];
        let all: i64 = ["enabled", "warning", "suspended"].iter().map(|name| units[name].as_i64().unwrap()).sum();
        assert_eq!(seats, all, "{}", sku["skuPartNumber"]);
    }
    let trials = bought.json["value"].as_array().unwrap().iter().filter(|each| each["isTrial"] == true).count();
    assert_eq!(trials, 1);
}

#[tokio::test]
async fn each_permission_opens_its_rows_and_no_others() {
    let site = Site::start(options()).await;
    let control = site.simulator.control();
    let paths = [
        "/v1.0/organization",
        "/v1.0/subscribedSkus",
        "/v1.0/directory/subscriptions",
        "/v1.0/users?$select=department",
        "/v1.0/users",
        "/v1.0/users?$select=id,displayName",
        "/v1.0/groups",
        "/v1.0/servicePrincipals",
        "/v1.0/applications",
        "/v1.0/oauth2PermissionGrants",
        "/v1.0/auditLogs/signIns?$top=1",
        "/v1.0/users?$select=id,signInActivity",
        "/v1.0/admin/reportSettings",
        "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')",
    ];
    let cases: [(&[&str], &str); 9] = [
        (&[], "--------------"),
        (&["Organization.Read.All"], "+++-----------"),
        (&["LicenseAssignment.Read.All"], "-+------------"),
        (&["User.ReadBasic.All"], "----++--------"),
        (&["User.Read.All"], "---+++--------"),
        (&["Application.Read.All"], "-------++-----"),
        (&["Reports.Read.All", "ReportSettings.Read.All"], "------------++"),
        (&["Directory.Read.All"], "++++++++++----"),
        (&["Directory.Read.All", "AuditLog.Read.All"], "++++++++++++--"),
    ];
    for (roles, expected) in cases {
        control.set_roles(&site.facts.client_id, roles);
        let token = site.token().await;
        let mut opened = String::new();
        for path in paths {
            let answer = site.get(&token, path).await;
            if answer.status == 403 {
                let report = path.contains("report");
                assert_eq!(answer.code(), if report { "UnknownError" } else { "Authorization_RequestDenied" });
                assert_eq!(answer.body_text().contains("S2SUnauthorized"), report, "{path}");
            }
            opened.push(if answer.status == 403 { '-' } else { '+' });
        }
        assert_eq!(opened, expected, "{roles:?}");
    }
}

#[tokio::test]
async fn a_token_is_checked_for_its_signature_its_end_and_its_resource() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    assert_eq!(site.get("nonsense", "/v1.0/users").await.code(), "InvalidAuthenticationToken");
    let (head, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(site.get(&format!("{head}.{}", signature.to_lowercase()), "/v1.0/users").await.status, 401);
    assert_eq!(site.get(&token, "https://graph.microsoft.us/v1.0/users").await.status, 401);
    assert_eq!(site.plain("https://graph.microsoft.com/v1.0/users").await.status, 401);
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
    site.simulator.control().advance(Duration::from_secs(3599));
    assert_eq!(site.get(&token, "/v1.0/users").await.code(), "InvalidAuthenticationToken");
    let token = site.token().await;
    site.simulator.control().expire_tokens();
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 401);
}

#[tokio::test]
async fn without_premium_a_call_for_sign_in_dates_fails_whole() {
    let site = Site::start(Options { premium: Premium::None, ..options() }).await;
    let token = site.token().await;
    for path in ["/v1.0/users?$select=id,signInActivity", "/v1.0/auditLogs/signIns"] {
        let answer = site.get(&token, path).await;
        assert_eq!((answer.status, answer.code()), (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"));
    }
    assert_eq!(site.get(&token, "/v1.0/users?$select=id").await.status, 200);
    let skus = site.get(&token, "/v1.0/subscribedSkus").await;
    assert!(!skus.body_text().contains("41781fb2-bc02-4b7c-bd55-b576c07bb09d"));

    let premium = Site::start(options()).await;
    let token = premium.token().await;
    premium.simulator.control().inject(Fault::next("signInActivity", Mishap::NotPremium));
    assert_eq!(premium.get(&token, "/v1.0/users?$select=signInActivity").await.status, 403);
    assert_eq!(premium.get(&token, "/v1.0/users?$select=signInActivity").await.status, 200);
}

#[tokio::test]
async fn sign_in_dates_come_in_all_the_forms_that_the_service_uses() {
    let site = Site::start(Options { users: 1500, ..options() }).await;
    let token = site.token().await;
    let (rows, _) = site.walk(&token, "/v1.0/users?$select=id,signInActivity&$top=500").await;
    let text = serde_json::to_string(&rows).unwrap();
    assert!(rows.iter().any(|row| row.get("signInActivity").is_none()));
    assert!(rows.iter().any(|row| row.get("signInActivity").is_some_and(Value::is_null)));
    assert!(text.contains("\"lastSignInDateTime\":\"0001-01-01T00:00:00Z\""));
    assert!(text.contains("\"lastSignInDateTime\":\"\""));
    let recent =
        rows.iter().filter(|row| row["signInActivity"]["lastSignInDateTime"].as_str() > Some("2026-11-13")).count();
    assert!((900..1400).contains(&recent), "{recent} of 1500 signed in within a week");
    assert!(!text.contains("2026-11-21"), "nobody signs in tomorrow");
}

#[tokio::test]
async fn who_is_removed_is_in_no_row_any_more() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (before, _) = site.walk(&token, "/v1.0/users?$select=id,assignedLicenses").await;
    let gone = before.iter().skip(3).find(|row| !row["assignedLicenses"].as_array().unwrap().is_empty()).unwrap();
    let id = gone["id"].as_str().unwrap();
    assert!(site.simulator.control().remove_user(id));
    assert!(!site.simulator.control().remove_user(id));
    let (after, _) = site.walk(&token, "/v1.0/users").await;
    assert_eq!(after.len(), 299);
    assert!(!ids(&after).contains(id));
    assert_eq!(site.get(&token, &format!("/v1.0/users/{id}")).await.status, 404);
    assert!(!site.simulator.control().truth().users.contains_key(id));
}

#[tokio::test]
async fn members_of_licence_groups_hold_what_the_group_gives() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (groups, _) = site.walk(&token, "/v1.0/groups?$select=id,displayName,assignedLicenses").await;
    let truth = site.simulator.control().truth();
    let mut licensed = 0;
    for group in &groups {
        let Some(sku) = group["assignedLicenses"][0]["skuId"].as_str() else { continue };
        let id = group["id"].as_str().unwrap();
        let (members, _) = site.walk(&token, &format!("/v1.0/groups/{id}/members?$select=id&$top=20")).await;
        let by_group = (sku.to_owned(), id.to_owned());
        let expected = truth.users.iter().filter(|(_, user)| user.by_group.contains(&by_group));
        assert_eq!(ids(&members), expected.map(|(id, _)| id.as_str()).collect());
        licensed += 1;
    }
    assert_eq!(licensed, 5);
}

#[tokio::test]
async fn applications_are_microsofts_of_the_gallery_of_publishers_and_the_tenants_own() {
    let site = Site::start(options()).await;
    let token = site.token().await;
    let (rows, _) = site.walk(&token, "/v1.0/servicePrincipals?$top=20").await;
    let named = |name: &str| rows.iter().find(|row| row["displayName"] == name).unwrap();
    assert_eq!(named("Microsoft Teams")["appOwnerOrganizationId"], "f8cdef31-a31e-4b4a-93e4-5f571e91255a");
    assert_eq!(named("Slack")["preferredSingleSignOnMode"], "saml");
    assert!(named("Slack")["applicationTemplateId"].is_string());
    assert_eq!(named("Intranet")["appOwnerOrganizationId"], site.facts.tenant_id);
    assert_ne!(named("Miro")["appOwnerOrganizationId"], site.facts.tenant_id);
    assert!(rows.iter().any(|row| row["appId"] == site.facts.client_id));
    assert!(!rows.iter().any(|row| row["displayName"] == "Granola"), "it appears in three days");
    site.simulator.control().advance(Duration::from_secs(3 * 86_400));
    let token = site.token().await;
    let (rows, _) = site.walk(&token, "/v1.0/servicePrincipals?$top=20").await;
    assert!(rows.iter().any(|row| row["displayName"] == "Granola"));

    let graph =
        site.get(&token, "/v1.0/servicePrincipals?$filter=appId eq '00000003-0000-0000-c000-000000000000'").await;
    assert_eq!(graph.json["value"].as_array().unwrap().len(), 1);
    let (grants, _) = site.walk(&token, "/v1.0/oauth2PermissionGrants?$top=10").await;
    assert!(grants.iter().any(|grant| grant["consentType"] == "Principal"));
    assert!(grants.iter().all(|grant| grant["resourceId"] == graph.json["value"][0]["id"]));
    let distinct: BTreeSet<_> = grants.iter().map(|grant| grant["id"].to_string()).collect();
    assert_eq!(distinct.len(), grants.len());
    let slack = rows.iter().find(|row| row["displayName"] == "Slack").unwrap()["id"].as_str().unwrap();
    let (assigned, _) = site.walk(&token, &format!("/v1.0/servicePrincipals/{slack}/appRoleAssignedTo?$top=10")).await;
    assert!(assigned.len() > 20 && assigned.iter().all(|row| row["principalType"] == "User"));
}

#[tokio::test]
async fn members_are_cast_to_users_counted_hidden_and_nested_as_the_service_does() {
    let site = Site::start(Options { users: 300, ..options() }).await;
    let (token, control) = (site.token().await, site.simulator.control());
    let (groups, _) = site.walk(&token, "/v1.0/groups?$select=id,displayName&$top=20").await;
    let id = |name: &str| {
        groups.iter().find(|group| group["displayName"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (nested, project) = (id("Projects"), id("Project Aurora"));
    let cast =
        |group: &str| format!("/v1.0/groups/{group}/members/microsoft.graph.user?$select=id&$count=true&$top=10");
    let refused = site.get(&token, &cast(&nested)).await;
    assert_eq!((refused.status, refused.code()), (400, "Request_UnsupportedQuery"));
    let eventual = async |path: &str| {
        let request = site.client.get(site.url(path)).header("authorization", format!("Bearer {token}"));
        Answer::read(request.header("ConsistencyLevel", "eventual").send().await.unwrap()).await
    };
    let page = eventual(&cast(&nested)).await;
    assert_eq!((page.json["@odata.count"].as_u64(), page.json["value"].as_array().unwrap().len()), (Some(28), 10));
    let next = page.json["@odata.nextLink"].as_str().unwrap();
    let second = eventual(next).await;
    assert!(second.json["@odata.count"].is_null(), "only the first page is counted");
    let (direct, _) = site.walk(&token, &format!("/v1.0/groups/{nested}/members?$top=100")).await;
    let groups_inside = direct.iter().filter(|row| row["@odata.type"] == "#microsoft.graph.group").count();
    assert_eq!((direct.len(), groups_inside), (29, 1));
    let (all, _) = site.walk(&token, &format!("/v1.0/groups/{nested}/transitiveMembers?$top=100")).await;
    assert!(all.len() > direct.len());
    control.crowd(&project, 1000);
    let page = eventual(&cast(&project)).await;
    assert_eq!(page.json["@odata.count"], 1000 + 24);
    control.hide_members(&project);
    assert_eq!(eventual(&cast(&project)).await.status, 403);
    assert_eq!(eventual(&cast(&nested)).await.status, 200);
}

#[tokio::test]
async fn a_large_tenant_starts_fast_and_pages_fast() {
    let began = Instant::now();
    let site = Site::start(Options { users: 100_000, ..options() }).await;
    let started = began.elapsed();
    let token = site.token().await;
    let select = "id,userPrincipalName,displayName,accountEnabled,userType,department,employeeOrgData,usageLocation,createdDateTime";
    let path = format!("/v1.0/users?$select={select}&$top=999");
    site.get(&token, &path).await;
    let began = Instant::now();
    site.get(&token, &path).await;
    let paged = began.elapsed();
    println!("100,000 users: started in {started:?}, a page of 999 in {paged:?}");
    assert!(started < Duration::from_secs(8), "{started:?}");
    assert!(paged < Duration::from_millis(300), "{paged:?}");
}
