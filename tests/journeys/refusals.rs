//! What Microsoft Entra ID and Microsoft Graph refuse: each in a sentence with its code, its ids and what comes next.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulator::{Fault, Mishap, Options};

use crate::built::{built, root};
use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::samples::sample;
use crate::set_up;
use crate::tenant::{Tenant, runtime, small};
use crate::ways::answer;

/// Where tokens are asked for.
pub const TOKEN: &str = "oauth2/v2.0/token";
const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

/// The lines of a table of the project, without its head, in cells.
pub fn table(path: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join(path)).expect("a table");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

/// A body as the token endpoint sends it.
pub fn token_body(error: &str, code: &str) -> String {
    let instant = "2026-01-09 02:02:12Z";
    let description = format!(
        "AADSTS{code}: In the words of the service.\r\nTrace ID: t-{code}\r\nCorrelation ID: c-{code}\r\n\
         Timestamp: {instant}"
    );
    let number: u64 = code.parse().expect("a number");
    json!({
        "error": error,
        "error_description": description,
        "error_codes": [number],
        "timestamp": instant,
        "trace_id": format!("t-{code}"),
        "correlation_id": format!("c-{code}"),
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    })
    .to_string()
}

#[track_caller]
pub fn tells(ended: &Ended, all: &[&str]) {
    assert_ne!(ended.code, 0, "{ended:#?}");
    for words in all.iter().filter(|words| !words.is_empty()) {
        assert!(ended.tells(words), "{words}: {ended:#?}");
    }
}

#[test]
fn every_code_of_the_token_endpoint_is_told_in_its_own_sentence_with_code_ids_and_what_to_do() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let sentences: BTreeMap<String, Vec<String>> =
        table("src/data/sign-in-codes.tsv").into_iter().map(|cells| (cells[0].clone(), cells)).collect();
    for cells in table("src/sign_in/refusal/documented.tsv") {
        let (code, sentence) = (cells[0].as_str(), &sentences[&cells[0]]);
        let error = cells[1].split([',', '-']).next().filter(|error| !error.is_empty()).unwrap_or("access_denied");
        for status in cells[2].split(',') {
            let status: u16 = status.parse().expect("a status");
            let waits = matches!(status, 429 | 503);
            let headers: &[(&str, &str)] = if waits { &[("retry-after", "7")] } else { &[] };
            answer(&tenant, TOKEN, status, headers, &token_body(error, code));
            let ended = desk.run("connect acme");
            let [name, trace, correlation] =
                [format!("AADSTS{code}"), format!("trace t-{code}"), format!("correlation c-{code}")];
            tells(&ended, &[&sentence[3], &sentence[4], &name, &trace, &correlation]);
            let passes = ["transient", "throttled"].contains(&sentence[1].as_str());
            let next = if waits { "next: Wait 7 seconds, and run the same command again." } else { AGAIN };
            assert_eq!(ended.tells(next), passes, "{ended:#?}");
        }
    }
    answer(&tenant, TOKEN, 400, &[], &token_body("brand_new", "999123"));
    tells(&desk.run("connect acme"), &["In the words of the service", "AADSTS999123", "trace t-999123"]);
    for name in ["error-token-interaction_required.json", "error-token-invalid_scope.json"] {
        let Some(text) = sample(name) else { continue };
        let body: Value = serde_json::from_str(&text).expect("JSON");
        answer(&tenant, TOKEN, 400, &[], &text);
        if body.get("claims").is_some() {
            // What it wants is brought in a second sign-in, which it refuses as well.
            answer(&tenant, TOKEN, 400, &[], &text);
        }
        let code = body["error_codes"][0].to_string();
        tells(&desk.run("connect acme"), &[&sentences[&code][3], body["trace_id"].as_str().expect("an id")]);
    }
}

const LICENCE: &str = "The tenant has no premium licence of Microsoft Entra ID";
const CLOSED: &str = "Microsoft Graph does not allow this: the permission Organization.Read.All is probably missing.";
const FORGOTTEN: &str = "has forgotten the place at which the reading stopped";
const AGAIN: &str = "next: Wait some minutes, and run the same command again.";
const IN_TIME: &str = "next: Wait 40 seconds, and run the same command again.";

/// Every form in which Microsoft Graph is documented to refuse: status, code, `Retry-After`, what is told, and what to do.
const FORMS: [(u16, &str, &str, &str, &str); 31] = [
    (400, "BadRequest", "", "does not take the request as it is", "report it"),
    (400, "Directory_ExpiredPageToken", "", FORGOTTEN, "Run the same command again"),
    (400, "syncStateNotFound", "", FORGOTTEN, "Run the same command again"),
    (401, "InvalidAuthenticationToken", "", "refuses the credential", "Connect again"),
    (402, "paymentRequired", "", "asks to be paid", "subscription for metered services"),
    (403, "Authorization_RequestDenied", "", CLOSED, "add Organization.Read.All and grant admin consent"),
    (403, "Authentication_MSGraphPermissionMissing", "", CLOSED, "add Organization.Read.All and grant admin consent"),
    (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "", LICENCE, "Buy Microsoft Entra ID P1"),
    (403, "missingLicense", "", LICENCE, "Buy Microsoft Entra ID P1"),
    (404, "Request_ResourceNotFound", "", "does not know what was asked for", "whether the cloud"),
    (405, "Request_BadRequest", "", "does not take this kind of request", "report it"),
    (406, "notAcceptable", "", "cannot answer in the format", "report it"),
    (409, "conflict", "", "conflicts with what Microsoft Graph holds", "Try again later"),
    (410, "resyncRequired", "", FORGOTTEN, "Run the same command again"),
    (410, "gone", "", FORGOTTEN, "Run the same command again"),
    (412, "preconditionFailed", "", "has changed meanwhile", "Try again later"),
    (413, "requestEntityTooLarge", "", "larger than Microsoft Graph takes", "report it"),
    (415, "unsupportedMediaType", "", "does not know the format", "report it"),
    (416, "invalidRange", "", "A part was asked for", "report it"),
    (422, "unprocessableEntity", "", "understands the request and cannot", "report it"),
    (423, "resourceLocked", "", "is locked", "Try again later"),
    (429, "TooManyRequests", "40", "asks for fewer requests", IN_TIME),
    (429, "TooManyRequests", "", "asks for fewer requests", AGAIN),
    (500, "generalException", "", "has a failure of its own", AGAIN),
    (501, "notImplemented", "", "does not offer this", "Report it"),
    (502, "BadGateway", "", "cannot answer for now", AGAIN),
    (503, "serviceNotAvailable", "40", "overloaded or under maintenance", IN_TIME),
    (503, "serviceNotAvailable", "", "overloaded or under maintenance", AGAIN),
    (504, "gatewayTimeout", "", "did not get its answer in time", AGAIN),
    (507, "insufficientStorage", "", "has no room left", AGAIN),
    (509, "bandwidthLimitExceeded", "", "has used up its bandwidth", AGAIN),
];

#[test]
fn every_form_in_which_graph_refuses_is_told_in_a_sentence_with_code_id_and_what_to_do() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let path = "/v1.0/organization";
    let body = |code: &str, inner: Value| {
        json!({ "error": { "code": code, "message": "In the words of Graph.", "innerError": inner } }).to_string()
    };
    for (number, (status, code, wait, told, mend)) in FORMS.into_iter().enumerate() {
        let id = format!("request-{number}");
        let inner = json!({ "date": "2026-09-02T14:32:39", "request-id": id, "client-request-id": "c" });
        let headers: &[(&str, &str)] = if wait.is_empty() { &[] } else { &[("retry-after", wait)] };
        answer(&tenant, path, status, headers, &body(code, inner));
        tells(&desk.run("connect acme"), &[told, mend, &format!("code: {code}"), &id, "In the words of Graph."]);
    }
    // The inner error has a code of its own, and its name is spelled in either way.
    let nested = body("accessDenied", json!({ "code": "innermost", "request-id": "nested-1" }));
    for text in [nested.clone(), nested.replace("innerError", "innererror")] {
        answer(&tenant, path, 403, &[], &text);
        tells(&desk.run("connect acme"), &[CLOSED, "code: innermost", "nested-1"]);
    }
    // Without a body, there are the status and the header.
    answer(&tenant, path, 503, &[("request-id", "header-1"), ("retry-after", "40")], "");
    tells(&desk.run("connect acme"), &["overloaded", "HTTP 503", "header-1", IN_TIME]);
    // What the application brings in a second sign-in is not enough.
    let claims = STANDARD.encode(r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#);
    let header = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{claims}\"");
    for _ in 0..2 {
        answer(&tenant, path, 401, &[("www-authenticate", &header)], &body("InvalidAuthenticationToken", json!({})));
    }
    tells(&desk.run("connect acme"), &["A policy of the tenant (conditional access) wants more", "Run connect"]);
    for (name, status, told) in [
        ("error-graph.json", 416, "invalidRange"),
        ("error-graph-non-premium-tenant.json", 403, LICENCE),
        ("error-graph-reports-S2SUnauthorized.json", 403, "S2SUnauthorized"),
    ] {
        let Some(text) = sample(name) else { continue };
        answer(&tenant, path, status, &[], &text);
        tells(&desk.run("connect acme"), &[told]);
    }
}

#[test]
fn a_command_that_does_not_come_back_by_itself_says_when_to_run_it_again() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let busy = || answer(&tenant, TOKEN, 503, &[("retry-after", "9")], "");
    for line in ["connect acme", "doctor acme"] {
        busy();
        let ended = desk.run(line).with(8);
        tells(
            &ended,
            &["Microsoft Entra ID cannot answer for now.", "next: Wait 9 seconds, and run the same command again."],
        );
    }
    busy();
    let ended = set_up::set_up(&tenant, &tenant.desk(), &set_up::new(&tenant)).with(8);
    tells(
        &ended,
        &["Microsoft Entra ID cannot answer for now.", "next: Wait 9 seconds, and run the same command again."],
    );
    // A run waits by itself, and not for an hour.
    tenant.control().expire_tokens();
    let headers = vec![("retry-after".to_owned(), "3600".to_owned())];
    let busy = Mishap::Answer { status: 503, headers, body: String::new() };
    tenant.control().inject(Fault::next(TOKEN, busy).times(20));
    let ended = desk.run("collect acme");
    tells(
        &ended,
        &[
            "Microsoft Entra ID cannot answer for now",
            "next: Wait 1 h 0 min, and run the same command again. acme goes on where it was.",
        ],
    );
}

#[test]
fn a_run_passes_through_a_token_endpoint_that_asks_for_time() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    tenant.control().expire_tokens();
    let before = tenant.requests(TOKEN).len();
    for (status, body) in [(429, token_body("invalid_request", "90055")), (503, String::new())] {
        answer(&tenant, TOKEN, status, &[("retry-after", "1")], &body);
    }
    desk.run("collect acme").with(0);
    assert_eq!(tenant.requests(TOKEN).len(), before + 3, "each was asked once, whoever waited for it");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

/// A desk at which `acme` signs in with the browser.
fn in_the_browser(tenant: &Tenant) -> Desk {
    let (plugin, facts) = (built().connector.display(), tenant.facts());
    let desk = tenant.desk();
    desk.run(&format!(
        "configure acme --plugin {plugin} --set tenant={} --set application-id={} --set history-days=2 \
         --set sign-in=browser --yes",
        facts.domain, facts.public_client_id
    ))
    .with(0);
    desk
}

/// Connects `acme`, with so many sign-ins in the browser.
fn connect(tenant: &Tenant, desk: &Desk, sign_ins: u32) {
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    for _ in 0..sign_ins {
        let back = runtime().block_on(robot.browse(&connect.page()));
        runtime().block_on(robot.arrive(back));
    }
    connect.end().with(0);
}

#[test]
fn a_sign_in_that_was_revoked_or_has_ended_asks_to_connect_again_which_helps() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = in_the_browser(&tenant);
    connect(&tenant, &desk, 1);
    desk.run("collect acme").with(0);
    let rows = desk.count("SELECT count(*) FROM users");
    for (code, told) in [("AADSTS50173", "was revoked"), ("AADSTS700082", "was not used for too long")] {
        control.expire_tokens();
        if code == "AADSTS50173" {
            control.revoke_refresh_tokens();
        } else {
            control.advance(Duration::from_secs(91 * 86_400));
        }
        let ended = desk.run("collect acme").with(4);
        tells(&ended, &[told, code, "next: host-harness connect acme"]);
        assert_eq!(desk.count("SELECT count(*) FROM users"), rows, "the last good rows stay");
        control.advance(Duration::from_secs(60));
        connect(&tenant, &desk, 1);
        desk.run("collect acme").with(0);
    }
}

#[test]
fn what_a_policy_demands_during_a_run_is_brought_by_an_application_alone_and_from_then_on() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.connected();
    desk.run("collect acme").with(0);
    control.demand_claims_at_graph(CLAIMS);
    let asked = || tenant.requests(TOKEN).len();
    let before = asked();
    desk.run("collect acme").with(0);
    assert_eq!(asked(), before + 2, "without what is demanded, and with it");
    control.expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(asked(), before + 3, "with it at once");
    let doctor = desk.run("doctor acme").with(0);
    assert!(!doctor.tells("wants more than the sign-in has shown"), "{doctor:#?}");
    // Nothing but a new demand is met by a new connection.
    desk.run("connect acme").with(0);
    control.expire_tokens();
    desk.run("collect acme").with(0);
}

#[test]
fn what_a_policy_demands_during_a_run_is_shown_once_by_a_person_and_lasts() {
    let tenant = Tenant::new(Options { detect_reuse: true, ..small() });
    let control = tenant.control();
    let desk = in_the_browser(&tenant);
    connect(&tenant, &desk, 1);
    control.demand_claims_at_graph(CLAIMS);
    let refused = desk.run("collect acme").with(4);
    tells(&refused, &["A policy of the tenant (conditional access) wants more", "next: host-harness connect acme"]);
    connect(&tenant, &desk, 2);
    for _ in 0..2 {
        control.expire_tokens();
        desk.run("collect acme").with(0);
    }
    desk.run("doctor acme").with(0);
    assert_eq!(control.refresh_reuses(), 0);
}
