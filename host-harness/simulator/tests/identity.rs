//! Tokens, sign-in and consent over TLS.

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
use support::{Answer, Site, options};
use url::Url;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost:51234/connect";

/// A browser that keeps one cookie and fills in forms.
struct Browser<'a> {
    site: &'a Site,
    cookie: Option<String>,
}

impl Browser<'_> {
    fn new(site: &Site) -> Browser<'_> {
        Browser { site, cookie: None }
    }

    async fn open(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let url = format!("https://{}{path}?{query}", self.site.facts.authority);
        let mut request = self.site.client.get(url);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        Answer::read(request.send().await.unwrap()).await
    }

    /// Sends the form of a page.
    async fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let text = page.body_text();
        let part = |before: &str| text.split_once(before).map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
        let action = part("action=\"").unwrap_or_else(|| panic!("no form in {text}"));
        let ctx = part("name=\"ctx\" value=\"").unwrap_or_default();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("ctx", ctx.as_str())]).collect();
        let answer = self.site.form(&action, &fields).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        answer
    }

    async fn sign_in(&mut self, page: &Answer, account: &simulator::Account) -> Answer {
        self.submit(page, &[("login", &account.principal_name), ("passwd", &account.password)]).await
    }
}

fn authorize_fields<'a>(site: &'a Site, client_id: &'a str) -> Vec<(&'a str, &'a str)> {
    let _ = site;
    vec![
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", "https://graph.microsoft.com/.default offline_access openid"),
        ("state", "s&t=a te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn path(site: &Site, rest: &str) -> String {
    format!("/{}{rest}", site.facts.tenant_id)
}

fn returned(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{}", answer.body_text());
    Url::parse(answer.header("location")).unwrap().query_pairs().into_owned().collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(each, _)| each == name).unwrap_or_else(|| panic!("no {name} in {fields:?}")).1.clone()
}

async fn code(site: &Site, account: &simulator::Account) -> String {
    let mut browser = Browser::new(site);
    let fields = authorize_fields(site, &site.facts.public_client_id);
    let page = browser.open(&path(site, "/oauth2/v2.0/authorize"), &fields).await;
    let back = returned(&browser.sign_in(&page, account).await);
    assert_eq!(field(&back, "state"), "s&t=a te");
    field(&back, "code")
}

async fn redeem(site: &Site, code: &str, verifier: &str) -> Answer {
    let fields = [
        ("client_id", site.facts.public_client_id.as_str()),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", verifier),
    ];
    site.form(&path(site, "/oauth2/v2.0/token"), &fields).await
}

#[tokio::test]
async fn a_client_that_speaks_for_itself_gets_a_token_and_never_a_refresh_token() {
    let site = Site::start(options()).await;
    let answer = site.token_of(&site.facts.client_id, &site.facts.client_secret).await;
    assert_eq!((answer.status, answer.text("token_type").as_str()), (200, "Bearer"));
    assert_eq!(answer.json["expires_in"], 3599);
    assert!(answer.json.get("refresh_token").is_none());
    assert_eq!(answer.header("cache-control"), "no-store, no-cache");
    assert_eq!(site.simulator.control().token_requests()["client_credentials"], 1);
}

#[tokio::test]
async fn each_wrong_credential_is_refused_with_its_code() {
    let site = Site::start(options()).await;
    let (id, secret) = (site.facts.client_id.clone(), site.facts.client_secret.clone());
    let cases = [
        (id.as_str(), "wrong", 401, 7_000_215, "invalid_client"),
        (id.as_str(), site.facts.client_secret_id.as_str(), 401, 7_000_215, "invalid_client"),
        (id.as_str(), "", 401, 7_000_218, "invalid_client"),
        (site.facts.public_client_id.as_str(), "any", 401, 700_025, "invalid_client"),
        ("9ae6494b-6960-4a5b-b30d-f9ab42b8c2b0", secret.as_str(), 400, 700_016, "unauthorized_client"),
    ];
    for (id, secret, status, code, error) in cases {
        let answer = site.token_of(id, secret).await;
        assert_eq!((answer.status, answer.aadsts(), answer.text("error").as_str()), (status, code, error));
        let described = answer.text("error_description");
        assert!(described.starts_with(&format!("AADSTS{code}: ")), "{described}");
        assert!(described.contains("\r\nTrace ID: ") && described.ends_with("\r\nTimestamp: 2026-11-20 12:00:00Z"));
        assert_eq!(answer.text("timestamp"), "2026-11-20 12:00:00Z");
        assert_eq!(answer.text("trace_id").len(), 36);
    }
    assert!(site.simulator.control().expire_secret(&id));
    assert_eq!(site.token_of(&id, &secret).await.aadsts(), 7_000_222);
    assert!(site.simulator.control().revoke_secret(&id));
    assert_eq!(site.token_of(&id, &secret).await.aadsts(), 7_000_215);
}

#[tokio::test]
async fn a_tenant_is_found_by_id_and_domains_and_no_other_name() {
    let site = Site::start(options()).await;
    let facts = &site.facts;
    let ask = async |tenant: &str, scope: &str| {
        let fields = [
            ("client_id", facts.client_id.as_str()),
            ("client_secret", facts.client_secret.as_str()),
            ("grant_type", "client_credentials"),
            ("scope", scope),
        ];
        site.form(&format!("/{tenant}/oauth2/v2.0/token"), &fields).await
    };
    let scope = "https://graph.microsoft.com/.default";
    for tenant in [&facts.tenant_id, &facts.domain, &facts.initial_domain] {
        assert_eq!(ask(tenant, scope).await.status, 200, "{tenant}");
    }
    assert_eq!(ask("nobody.example", scope).await.aadsts(), 90_002);
    assert_eq!(ask("nonsense", scope).await.aadsts(), 900_023);
    assert_eq!(ask("common", scope).await.aadsts(), 50_059);
    assert_eq!(ask(&facts.tenant_id, "User.Read").await.aadsts(), 1_002_012);
    assert_eq!(ask(&facts.tenant_id, "https://graph.microsoft.us/.default").await.aadsts(), 500_011);
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_only_with_its_verifier() {
    let site = Site::start(options()).await;
    let code = code(&site, &site.facts.administrator).await;
    assert_eq!(redeem(&site, &code, "").await.aadsts(), 501_481);
    assert_eq!(redeem(&site, &code, CHALLENGE).await.aadsts(), 501_481);
    let answer = redeem(&site, &code, VERIFIER).await;
    assert_eq!(answer.status, 200, "{}", answer.body_text());
    assert_eq!(answer.text("id_token").split('.').count(), 3);
    let again = redeem(&site, &code, VERIFIER).await;
    assert_eq!((again.aadsts(), again.text("error").as_str()), (54_005, "invalid_grant"));
    let users = site.get(&answer.text("access_token"), "/v1.0/users").await;
    assert_eq!(users.status, 200);
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes() {
    let site = Site::start(options()).await;
    let code = code(&site, &site.facts.administrator).await;
    site.simulator.control().advance(Duration::from_secs(601));
    assert_eq!(redeem(&site, &code, VERIFIER).await.aadsts(), 70_008);
}

#[tokio::test]
async fn a_code_is_redeemed_only_with_the_very_address_that_it_was_sent_to_and_by_its_own_client() {
    let site = Site::start(options()).await;
    let facts = &site.facts;
    let code = code(&site, &facts.administrator).await;
    let ask = async |more: &[(&str, &str)], redirect: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect),
            ("code_verifier", VERIFIER),
        ];
        let fields: Vec<_> = fields.iter().chain(more).copied().collect();
        site.form(&path(&site, "/oauth2/v2.0/token"), &fields).await
    };
    let ours = [("client_id", facts.public_client_id.as_str())];
    // Another port, which would do for a registered address, will not do here.
    for other in ["http://localhost:51235/connect", "http://localhost/connect", "https://evil.example/connect"] {
        let refused = ask(&ours, other).await;
        assert_eq!((refused.aadsts(), refused.text("error").as_str()), (500_112, "invalid_grant"), "{other}");
    }
    let others = [("client_id", facts.client_id.as_str()), ("client_secret", facts.client_secret.as_str())];
    assert_eq!(ask(&others, REDIRECT).await.aadsts(), 70_000);
    assert_eq!(ask(&ours, REDIRECT).await.status, 200, "what was refused has used nothing up");
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let site = Site::start(options()).await;
    let browser = Browser::new(&site);
    for redirect in ["http://127.0.0.1:51234/connect", "http://localhost:51234/", "https://evil.example/connect"] {
        let mut fields = authorize_fields(&site, &site.facts.public_client_id);
        fields[2].1 = redirect;
        let page = browser.open(&path(&site, "/oauth2/v2.0/authorize"), &fields).await;
        assert_eq!(page.status, 400);
        assert!(page.body_text().contains("AADSTS50011"), "{}", page.body_text());
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_on_the_page_and_a_second_factor_is_asked_for() {
    let site = Site::start(options()).await;
    let mut browser = Browser::new(&site);
    let fields = authorize_fields(&site, &site.facts.public_client_id);
    let page = browser.open(&path(&site, "/oauth2/v2.0/authorize"), &fields).await;
    let account = site.facts.user_with_second_factor.clone();
    let wrong = simulator::Account { password: "wrong".to_owned(), ..account.clone() };
    let page = browser.sign_in(&page, &wrong).await;
    assert!(page.body_text().contains("AADSTS50126"));
    let page = browser.sign_in(&page, &account).await;
    let page = browser.submit(&page, &[("otc", "000000")]).await;
    assert!(page.body_text().contains("Verify your identity"));
    let back = returned(&browser.submit(&page, &[("otc", site.facts.second_factor)]).await);
    assert!(!field(&back, "code").is_empty());
}

#[tokio::test]
async fn a_user_may_not_grant_what_only_an_administrator_may() {
    let site = Site::start(options()).await;
    let fields = authorize_fields(&site, &site.facts.fresh_client_id);
    let mut browser = Browser::new(&site);
    let page = browser.open(&path(&site, "/oauth2/v2.0/authorize"), &fields).await;
    let page = browser.sign_in(&page, &site.facts.user).await;
    assert!(page.body_text().contains("AADSTS90094"));
    let back = returned(&browser.submit(&page, &[("decision", "cancel")]).await);
    assert_eq!(field(&back, "error"), "access_denied");

    let mut browser = Browser::new(&site);
    let page = browser.open(&path(&site, "/oauth2/v2.0/authorize"), &fields).await;
    let page = browser.sign_in(&page, &site.facts.administrator).await;
    let refused = returned(&browser.submit(&page, &[("decision", "cancel")]).await);
    assert!(field(&refused, "error_description").starts_with("AADSTS65004"));
    let back = returned(&browser.submit(&page, &[("decision", "accept"), ("everybody", "1")]).await);
    assert!(!field(&back, "code").is_empty());
}

#[tokio::test]
async fn a_consent_of_an_administrator_is_told_with_its_refusal_in_the_documented_form() {
    let site = Site::start(options()).await;
    let facts = &site.facts;
    let fields = [
        ("client_id", facts.fresh_client_id.as_str()),
        ("scope", "https://graph.microsoft.com/.default"),
        ("redirect_uri", REDIRECT),
        ("state", "12"),
    ];
    let token = site.token_of(&facts.fresh_client_id, &facts.fresh_client_secret).await.text("access_token");
    assert_eq!(site.get(&token, "/v1.0/users").await.code(), "Authorization_RequestDenied");
    let mut browser = Browser::new(&site);
    let page = browser.open("/organizations/v2.0/adminconsent", &fields).await;
    let page = browser.sign_in(&page, &facts.administrator).await;
    let refused = returned(&browser.submit(&page, &[("decision", "cancel")]).await);
    assert_eq!(field(&refused, "admin_consent"), "True");
    assert_eq!(field(&refused, "error"), "consent_required");
    assert_eq!(field(&refused, "state"), "12");
    let back = returned(&browser.submit(&page, &[("decision", "accept")]).await);
    assert_eq!(field(&back, "admin_consent"), "True");
    assert_eq!(field(&back, "tenant"), facts.tenant_id);
    assert_eq!(field(&back, "state"), "12");
    let token = site.token_of(&facts.fresh_client_id, &facts.fresh_client_secret).await.text("access_token");
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn a_request_without_pages_needs_a_session() {
    let site = Site::start(options()).await;
    let mut browser = Browser::new(&site);
    let mut fields = authorize_fields(&site, &site.facts.public_client_id);
    fields.push(("prompt", "none"));
    let at = path(&site, "/oauth2/v2.0/authorize");
    assert_eq!(field(&returned(&browser.open(&at, &fields).await), "error"), "login_required");
    let page = browser.open(&at, &fields[..fields.len() - 1]).await;
    browser.sign_in(&page, &site.facts.user).await;
    assert!(!field(&returned(&browser.open(&at, &fields).await), "code").is_empty());
}

async fn refresh(site: &Site, token: &str) -> Answer {
    let fields = [
        ("client_id", site.facts.public_client_id.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    site.form(&path(site, "/oauth2/v2.0/token"), &fields).await
}

#[tokio::test]
async fn a_refresh_token_gives_another_and_stays_valid() {
    let site = Site::start(options()).await;
    let first = redeem(&site, &code(&site, &site.facts.user).await, VERIFIER).await.text("refresh_token");
    let second = refresh(&site, &first).await.text("refresh_token");
    assert_ne!(first, second);
    assert_eq!(refresh(&site, &first).await.status, 200);
    assert_eq!(site.simulator.control().refresh_reuses(), 1);
    site.simulator.control().advance(Duration::from_secs(90 * 86_400));
    assert_eq!(refresh(&site, &second).await.aadsts(), 700_082);
}

#[tokio::test]
async fn a_refresh_token_lives_for_90_days_belongs_to_its_client_and_is_refused_once_it_is_revoked() {
    let site = Site::start(options()).await;
    let control = site.simulator.control();
    let token = redeem(&site, &code(&site, &site.facts.user).await, VERIFIER).await.text("refresh_token");
    control.advance(Duration::from_secs(90 * 86_400 - 1));
    let next = refresh(&site, &token).await;
    assert_eq!(next.status, 200);
    control.advance(Duration::from_secs(1));
    let old = refresh(&site, &token).await;
    assert_eq!((old.aadsts(), old.text("error").as_str()), (700_082, "invalid_grant"));
    // The next one counts from its own first day.
    let next = next.text("refresh_token");
    assert_eq!(refresh(&site, &next).await.status, 200);
    let others = [
        ("client_id", site.facts.client_id.as_str()),
        ("client_secret", site.facts.client_secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", next.as_str()),
    ];
    assert_eq!(site.form(&path(&site, "/oauth2/v2.0/token"), &others).await.aadsts(), 9_002_313);

    control.revoke_refresh_tokens();
    let revoked = refresh(&site, &next).await;
    assert_eq!((revoked.aadsts(), revoked.text("error").as_str()), (50_173, "invalid_grant"));
    control.advance(Duration::from_secs(1));
    let again = redeem(&site, &code(&site, &site.facts.user).await, VERIFIER).await.text("refresh_token");
    assert_eq!(refresh(&site, &again).await.status, 200, "a new sign-in is not revoked");
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_sign_in_where_reuse_is_detected() {
    let site = Site::start(Options { detect_reuse: true, ..options() }).await;
    let first = redeem(&site, &code(&site, &site.facts.user).await, VERIFIER).await.text("refresh_token");
    let second = refresh(&site, &first).await.text("refresh_token");
    assert_eq!(refresh(&site, &first).await.aadsts(), 50_173);
    assert_eq!(refresh(&site, &second).await.aadsts(), 50_173);
}

#[tokio::test]
async fn a_device_waits_until_its_code_is_entered() {
    let site = Site::start(options()).await;
    let scope = "https://graph.microsoft.com/.default offline_access";
    let fields = [("client_id", site.facts.public_client_id.as_str()), ("scope", scope)];
    let begun = site.form(&path(&site, "/oauth2/v2.0/devicecode"), &fields).await;
    let device_code = begun.text("device_code");
    let poll = async || {
        let fields = [
            ("client_id", site.facts.public_client_id.as_str()),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", device_code.as_str()),
        ];
        site.form(&path(&site, "/oauth2/v2.0/token"), &fields).await
    };
    let pending = poll().await;
    assert_eq!((pending.aadsts(), pending.text("error").as_str()), (70_016, "authorization_pending"));
    let mut browser = Browser::new(&site);
    let page = browser.open("/common/oauth2/deviceauth", &[]).await;
    let page = browser.submit(&page, &[("code", &begun.text("user_code"))]).await;
    let page = browser.sign_in(&page, &site.facts.administrator).await;
    assert!(page.body_text().contains("You have signed in"), "{}", page.body_text());
    assert!(!poll().await.text("refresh_token").is_empty());
    assert_eq!(poll().await.text("error"), "bad_verification_code");
}

#[tokio::test]
async fn a_password_is_taken_where_no_second_factor_is_demanded() {
    let site = Site::start(options()).await;
    let facts = &site.facts;
    let ask = async |door: &str, name: &str, password: &str| {
        let fields = [
            ("client_id", facts.public_client_id.as_str()),
            ("grant_type", "password"),
            ("username", name),
            ("password", password),
            ("scope", "https://graph.microsoft.com/Directory.Read.All"),
        ];
        site.form(&format!("/{door}/oauth2/v2.0/token"), &fields).await
    };
    let (user, mfa) = (&facts.user, &facts.user_with_second_factor);
    assert_eq!(ask(&facts.tenant_id, &user.principal_name, &user.password).await.status, 200);
    assert_eq!(ask("organizations", &user.principal_name, &user.password).await.status, 200);
    assert_eq!(ask("common", &user.principal_name, &user.password).await.aadsts(), 9_001_023);
    assert_eq!(ask(&facts.domain, &user.principal_name, "wrong").await.aadsts(), 50_126);
    assert_eq!(ask(&facts.domain, "nobody@aldermoor.example", "x").await.aadsts(), 50_034);
    let refused = ask(&facts.domain, &mfa.principal_name, &mfa.password).await;
    assert_eq!(refused.aadsts(), 50_076);
    assert!(refused.text("claims").starts_with("{\"access_token\""));
}

#[tokio::test]
async fn a_policy_blocks_one_kind_of_grant_and_another_demands_claims_at_graph() {
    let site = Site::start(options()).await;
    let (facts, control) = (&site.facts, site.simulator.control());
    control.block_grant("password");
    let fields = [
        ("client_id", facts.public_client_id.as_str()),
        ("grant_type", "password"),
        ("username", facts.user.principal_name.as_str()),
        ("password", facts.user.password.as_str()),
        ("scope", "https://graph.microsoft.com/Directory.Read.All"),
    ];
    let blocked = site.form(&path(&site, "/oauth2/v2.0/token"), &fields).await;
    assert_eq!((blocked.aadsts(), blocked.text("error").as_str()), (53_003, "invalid_grant"));

    let token = site.token().await;
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
    control.demand_claims_at_graph(claims);
    let challenged = site.get(&token, "/v1.0/users").await;
    assert_eq!((challenged.status, challenged.code()), (401, "InvalidAuthenticationToken"));
    let header = challenged.header("www-authenticate");
    assert!(header.contains("error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7"), "{header}");
    // A token that did not bring them along changes nothing.
    let token = site.token().await;
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 401);
    let scope = format!("https://{}/.default", facts.graph);
    let fields = [
        ("client_id", facts.client_id.as_str()),
        ("client_secret", facts.client_secret.as_str()),
        ("grant_type", "client_credentials"),
        ("scope", scope.as_str()),
        ("claims", claims),
    ];
    let token = site.form(&path(&site, "/oauth2/v2.0/token"), &fields).await.text("access_token");
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
}

#[tokio::test]
async fn a_user_without_a_directory_role_reads_no_sign_ins_and_no_reports() {
    let site = Site::start(options()).await;
    let token = redeem(&site, &code(&site, &site.facts.user).await, VERIFIER).await.text("access_token");
    assert_eq!(site.get(&token, "/v1.0/users").await.status, 200);
    assert_eq!(site.get(&token, "/v1.0/auditLogs/signIns").await.code(), "Authorization_RequestDenied");
    let report = site.get(&token, "/v1.0/reports/getOffice365ActiveUserDetail(period='D7')").await;
    assert_eq!((report.status, report.code()), (403, "UnknownError"));
    let token = redeem(&site, &code(&site, &site.facts.administrator).await, VERIFIER).await.text("access_token");
    assert_eq!(site.get(&token, "/v1.0/auditLogs/signIns?$top=1").await.status, 200);
}
