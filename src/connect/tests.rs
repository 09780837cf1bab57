use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::contract::dialogue::State;
use crate::wire::{Wire, pairs, sample, settings};

const NOW: i64 = 1_800_000_000;
const BASE: &str = "http://localhost:53682";
const TENANT: &str = r#"{"value":[{"id":"aaaabbbb-0000-cccc-1111-dddd2222eeee","displayName":"Contoso"}]}"#;
const PREMIUM: &str = r#"{"value":[{"capabilityStatus":"Enabled","servicePlans":[{"servicePlanId":"41781fb2-bc02-4b7c-bd55-b576c07bb09d","provisioningStatus":"Success"}]}]}"#;
const ALL: &str =
    r#"{"roles":["Directory.Read.All","AuditLog.Read.All","Reports.Read.All","ReportSettings.Read.All"]}"#;

fn token(claims: &str, refresh: &str) -> String {
    let access = format!("e30.{}.s", URL_SAFE_NO_PAD.encode(claims));
    format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{access}"{refresh}}}"#)
}

fn step(wire: &Wire, settings: &Settings, reply: Reply, continuation: Option<&[u8]>) -> Result<Progress, Error> {
    Dialogue { transport: Listening::to(wire), settings, now: NOW }.step(&reply, continuation)
}

fn start(wire: &Wire, settings: &Settings) -> Result<Progress, Error> {
    step(wire, settings, Reply::Start(BASE.to_owned()), None)
}

fn browse(progress: Progress) -> (Browse, Vec<u8>) {
    match progress {
        Progress::Ask(Question { ask: Ask::Browse(browse), continuation }) => (browse, continuation),
        other => panic!("{other:?}"),
    }
}

fn connected(progress: Progress) -> Connected {
    match progress {
        Progress::Connected(connected) => connected,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_application_is_connected_without_a_question_and_the_token_goes_to_graph_alone() {
    let wire = Wire::default()
        .then(200, &token(ALL, ""))
        .then(200, TENANT)
        .then(200, PREMIUM)
        .then(200, r#"{"displayConcealedNames":false}"#)
        .rest(200, r#"{"value":[]}"#);
    let end = connected(start(&wire, &settings(&[])).unwrap());
    assert_eq!((end.account.as_str(), end.account_id.as_str()), ("Contoso", "aaaabbbb-0000-cccc-1111-dddd2222eeee"));
    assert_eq!(end.keep, None);
    assert!(end.notes.is_empty());
    assert!(end.capabilities.iter().all(|line| line.state == State::Works), "{:?}", end.capabilities);
    let asked = wire.asked();
    let urls: Vec<&str> = asked.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(
        urls[..4],
        [
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token",
            "https://graph.microsoft.com/v1.0/organization?$select=id,displayName",
            "https://graph.microsoft.com/v1.0/subscribedSkus",
            "https://graph.microsoft.com/v1.0/admin/reportSettings",
        ]
    );
    // Few requests, none of them twice.
    let once: std::collections::BTreeSet<&&str> = urls.iter().collect();
    assert_eq!(once.len(), urls.len(), "{urls:#?}");
    assert!(urls.len() <= 16, "{urls:#?}");
    for request in asked.iter() {
        let bearer =
            request.headers.iter().any(|(name, value)| name == "authorization" && value.starts_with("Bearer "));
        assert_eq!(bearer, request.url.starts_with("https://graph."), "{}", request.url);
    }
}

#[test]
fn a_person_signs_in_and_the_refresh_token_is_kept() {
    let settings = settings(&[("sign-in", "browser"), ("client-secret", "")]);
    let wire = Wire::default();
    let (page, continuation) = browse(start(&wire, &settings).unwrap());
    assert_eq!(page.path, "/connect");
    assert!(page.url.contains(&format!("state={}", page.state)));
    assert!(wire.asked().is_empty());

    let claims = r#"{"scp":"Directory.Read.All AuditLog.Read.All","wids":["f2ef992c-3afb-46b9-b7cf-a126ee74c451"]}"#;
    let wire = wire.then(200, &token(claims, r#","refresh_token":"again""#)).then(200, TENANT).then(200, PREMIUM);
    let reply = Reply::Redirected(pairs(&[("code", "the-code"), ("state", &page.state), ("session_state", "x")]));
    let end = connected(step(&wire, &settings, reply, Some(&continuation)).unwrap());
    assert_eq!(end.keep.as_deref(), Some(b"again".as_slice()));
    assert_eq!(end.notes.len(), 1);
    let form = wire.form(0);
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(value("code"), Some("the-code"));
    assert_eq!(value("redirect_uri"), Some("http://localhost:53682/connect"));
    let challenge = authorization_code::challenge(value("code_verifier").unwrap());
    assert!(page.url.contains(&format!("code_challenge={challenge}")));
}

const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

fn challenge(body_claims: Option<&str>) -> String {
    serde_json::json!({
        "error": "interaction_required",
        "error_description": "AADSTS50079: enrol",
        "error_codes": [50079],
        "claims": body_claims,
    })
    .to_string()
}

#[test]
fn a_challenge_of_the_token_endpoint_or_of_graph_repeats_the_sign_in_once_with_its_claims() {
    let settings = settings(&[("sign-in", "browser"), ("client-secret", "")]);
    let good = token(r#"{"scp":"Directory.Read.All"}"#, r#","refresh_token":"r""#);
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", URL_SAFE_NO_PAD.encode(CLAIMS));
    let from_graph = Wire::default().then(200, &good).then_with(401, &[("WWW-Authenticate", &header)], "");
    for wire in [Wire::default().then(400, &challenge(Some(CLAIMS))), from_graph] {
        let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
        assert!(!page.url.contains("claims="));
        let reply = |state: &str| Reply::Redirected(pairs(&[("code", "c"), ("state", state)]));
        let (next, continuation) = browse(step(&wire, &settings, reply(&page.state), Some(&continuation)).unwrap());
        let claims: String = form_urlencoded::byte_serialize(CLAIMS.as_bytes()).collect();
        assert!(next.url.contains(&format!("&claims={claims}")), "{}", next.url);
        assert_ne!(next.state, page.state);
        // A second challenge would ask without end.
        let again = Wire::default().then(400, &challenge(Some(CLAIMS)));
        let error = step(&again, &settings, reply(&next.state), Some(&continuation)).unwrap_err();
        assert!(matches!(error, Error::SignInNeeded(_)), "{error:?}");
    }
}

#[test]
fn what_a_policy_wanted_is_kept_for_each_later_renewal() {
    let settings = settings(&[("sign-in", "browser"), ("client-secret", "")]);
    let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
    let reply = |state: &str| Reply::Redirected(pairs(&[("code", "c"), ("state", state)]));
    let refused = Wire::default().then(400, &challenge(Some(CLAIMS)));
    let (next, continuation) = browse(step(&refused, &settings, reply(&page.state), Some(&continuation)).unwrap());
    let good = token(r#"{"scp":"Directory.Read.All"}"#, r#","refresh_token":"r""#);
    let wire = Wire::default().then(200, &good).then(200, TENANT).rest(200, r#"{"value":[]}"#);
    let end = connected(step(&wire, &settings, reply(&next.state), Some(&continuation)).unwrap());
    let renewing = Wire::default().then(200, r#"{"access_token":"a","expires_in":60}"#);
    renew::renew(&renewing, &settings, end.keep.as_deref(), NOW).unwrap();
    for (name, value) in [("refresh_token", "r"), ("claims", CLAIMS)] {
        assert!(renewing.form(0).contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
}

#[test]
fn a_challenge_to_a_later_call_is_met_as_well_and_what_stands_is_kept_when_it_cannot_be() {
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", URL_SAFE_NO_PAD.encode(CLAIMS));
    const NOTHING: &str = r#"{"value":[]}"#;
    let begun = || Wire::default().then(200, &token(ALL, "")).then(200, TENANT).then(200, PREMIUM);
    let calls = {
        let wire = begun().rest(200, NOTHING);
        connected(start(&wire, &settings(&[])).unwrap());
        wire.asked().len()
    };
    let challenged = || (3..calls).fold(begun(), |wire, _| wire.then_with(401, &[("WWW-Authenticate", &header)], ""));
    let wire = challenged().then(200, &token(ALL, "")).then(200, TENANT).then(200, PREMIUM).rest(200, NOTHING);
    let end = connected(start(&wire, &settings(&[])).unwrap());
    assert_eq!(end.keep.as_deref(), Some(format!("\n{CLAIMS}").as_bytes()));
    assert!(wire.form(calls).contains(&("claims".to_owned(), CLAIMS.to_owned())));

    let refused = challenged().rest(400, r#"{"error":"invalid_request"}"#);
    let end = connected(start(&refused, &settings(&[])).unwrap());
    assert_eq!((end.account.as_str(), end.keep), ("Contoso", None));
    let users = end.capabilities.iter().find(|line| line.subject == "users").unwrap();
    assert_eq!(users.state, State::Unknown);
    assert!(users.mend.as_ref().unwrap().starts_with("Run connect"), "{users:?}");
}

#[test]
fn an_application_answers_a_challenge_by_asking_for_a_token_with_it_and_a_password_cannot() {
    let wire = Wire::default()
        .then(400, &challenge(Some(CLAIMS)))
        .then(200, &token(ALL, ""))
        .then(200, TENANT)
        .then(200, PREMIUM)
        .then(404, "");
    connected(start(&wire, &settings(&[])).unwrap());
    assert!(wire.form(1).contains(&("claims".to_owned(), CLAIMS.to_owned())));

    let person = settings(&[("sign-in", "password"), ("user-name", "a@contoso.com"), ("password", "p")]);
    let wire = Wire::default().then(400, &challenge(Some(CLAIMS)));
    let Err(Error::SignInNeeded(fault)) = start(&wire, &person) else { panic!() };
    assert!(fault.message.contains("second factor"), "{}", fault.message);
    assert_eq!(wire.asked().len(), 1);
}

#[test]
fn a_code_is_shown_then_polled_for_until_the_person_has_signed_in() {
    let settings = settings(&[("sign-in", "device-code"), ("client-secret", "")]);
    let begun = r#"{"device_code":"d","user_code":"ABCD","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5}"#;
    let pending = r#"{"error":"authorization_pending"}"#;
    let good = token(r#"{"scp":"Directory.Read.All"}"#, r#","refresh_token":"r""#);
    let wire =
        Wire::default().then(200, begun).then(400, pending).then(200, &good).then(200, TENANT).then(200, PREMIUM);
    let Progress::Ask(Question { ask: Ask::EnterCode(code), mut continuation }) = start(&wire, &settings).unwrap()
    else {
        panic!()
    };
    assert_eq!((code.code.as_str(), code.expires), ("ABCD", NOW + 900));
    for requests in [1, 2] {
        match step(&wire, &settings, Reply::Waited, Some(&continuation)).unwrap() {
            Progress::Ask(Question { ask: Ask::Wait(5), continuation: next }) => continuation = next,
            other => panic!("{other:?}"),
        }
        assert_eq!(wire.asked().len(), requests, "the first reply only says that the code is shown");
    }
    let end = connected(step(&wire, &settings, Reply::Waited, Some(&continuation)).unwrap());
    assert_eq!(end.keep.as_deref(), Some(b"r".as_slice()));
}

#[test]
fn a_password_connects_with_a_warning_that_names_better_ways() {
    let settings = settings(&[("sign-in", "password"), ("user-name", "a@contoso.com"), ("password", "p")]);
    let wire =
        Wire::default().then(200, &token(r#"{"scp":"Directory.Read.All"}"#, "")).then(200, TENANT).then(200, PREMIUM);
    let end = connected(start(&wire, &settings).unwrap());
    assert_eq!(end.keep, None);
    assert!(end.notes[0].message.contains("weakest"));
    assert!(end.notes[0].mend.as_ref().unwrap().contains("\"certificate\""));
}

#[test]
fn an_administrator_is_asked_first_and_the_sign_in_follows() {
    let settings = settings(&[("sign-in", "browser"), ("consent", "ask")]);
    let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
    assert!(page.url.starts_with("https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/adminconsent?"));
    assert!(page.url.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"));
    let reply = Reply::Redirected(pairs(&[("admin_consent", "True"), ("tenant", "t"), ("state", &page.state)]));
    let (next, _) = browse(step(&Wire::default(), &settings, reply, Some(&continuation)).unwrap());
    assert!(next.url.contains("/oauth2/v2.0/authorize?"));
    assert_ne!(next.state, page.state);
}

#[test]
fn a_consent_that_was_refused_ends_the_dialogue_although_it_says_true() {
    let settings = settings(&[("consent", "ask")]);
    let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
    let reply = Reply::Redirected(pairs(&[
        ("admin_consent", "True"),
        ("error", "consent_required"),
        ("error_description", "AADSTS65004: declined"),
        ("state", &page.state),
    ]));
    let wire = Wire::default();
    assert!(matches!(step(&wire, &settings, reply, Some(&continuation)), Err(Error::Forbidden(_))));
    assert!(wire.asked().is_empty());
}

#[test]
fn grants_that_are_on_their_way_are_waited_for_and_not_for_ever() {
    let settings = settings(&[("consent", "ask")]);
    let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
    let bare = token("{}", "");
    let wire = Wire::default().then(200, &bare).then(200, &bare).then(200, &bare).then(200, &bare);
    let mut reply = Reply::Redirected(pairs(&[("admin_consent", "True"), ("state", &page.state)]));
    let mut continuation = continuation;
    for _ in 0..3 {
        match step(&wire, &settings, reply, Some(&continuation)).unwrap() {
            Progress::Ask(Question { ask: Ask::Wait(10), continuation: next }) => continuation = next,
            other => panic!("{other:?}"),
        }
        reply = Reply::Waited;
    }
    let Err(Error::Forbidden(refusal)) = step(&wire, &settings, reply, Some(&continuation)) else { panic!() };
    assert!(refusal.fault.mend.unwrap().contains("Directory.Read.All, AuditLog.Read.All, Reports.Read.All"));
    assert_eq!(wire.asked().len(), 4, "Graph is not asked with a token that opens nothing");
}

#[test]
fn a_reply_that_does_not_fit_is_a_defect_and_giving_up_is_none() {
    let settings = settings(&[("sign-in", "browser")]);
    let (page, continuation) = browse(start(&Wire::default(), &settings).unwrap());
    let good = pairs(&[("code", "c"), ("state", &page.state)]);
    let wrong_state = pairs(&[("code", "c"), ("state", "other")]);
    let misfits = [
        (Reply::Waited, Some(continuation.as_slice())),
        (Reply::Waited, None),
        (Reply::Values(Vec::new()), Some(continuation.as_slice())),
        (Reply::Start(BASE.to_owned()), Some(continuation.as_slice())),
        (Reply::Redirected(good.clone()), None),
        (Reply::Redirected(good), Some(b"garbage".as_slice())),
        (Reply::Redirected(wrong_state), Some(continuation.as_slice())),
    ];
    for (reply, continuation) in misfits {
        let wire = Wire::default();
        assert!(matches!(step(&wire, &settings, reply.clone(), continuation), Err(Error::Internal(_))), "{reply:?}");
        assert!(wire.asked().is_empty());
    }
    assert!(matches!(step(&Wire::default(), &settings, Reply::Cancelled, Some(&continuation)), Err(Error::Other(_))));
}

#[test]
fn a_wrong_secret_names_its_field_and_the_code_of_the_service() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],"trace_id":"t"}"#;
    let Err(Error::InvalidSettings(problems)) = start(&Wire::default().then(401, body), &settings(&[])) else {
        panic!()
    };
    assert_eq!(problems[0].field, "client-secret");
    assert!(problems[0].wrong.contains("AADSTS7000215"), "{}", problems[0].wrong);
    assert!(!problems[0].wrong.contains("made-up-secret"));
}

#[test]
fn what_cannot_be_looked_up_is_unknown_and_does_not_stop_the_connection() {
    let wire = Wire::default().then(200, &token(ALL, "")).then(200, TENANT).then(500, "").then(403, "").rest(200, "{}");
    let end = connected(start(&wire, &settings(&[])).unwrap());
    let state = |id: &str| end.capabilities.iter().find(|line| line.subject == id).unwrap().state;
    assert_eq!(state("subscriptions"), State::Unknown);
    // Whether the tenant is premium is not known; the sign-in log answers all the same.
    assert_eq!(state("sign-ins"), State::Works);
    // Nor whether names are concealed in reports.
    assert_eq!(state("active-user-detail"), State::Degraded);
    assert_eq!(state("users"), State::Works);
}

#[test]
fn permissions_to_write_are_noted() {
    let claims = r#"{"roles":["Directory.ReadWrite.All","Directory.Read.All"]}"#;
    let wire = Wire::default().then(200, &token(claims, "")).then(200, TENANT).then(200, PREMIUM);
    let end = connected(start(&wire, &settings(&[])).unwrap());
    assert!(end.notes[0].message.ends_with("Not needed: Directory.ReadWrite.All."));
}

#[test]
fn who_was_granted_less_than_the_tenant_itself_is_connected_to_the_tenant_of_the_token() {
    let refused = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;
    let connect = |claims: &str| {
        let wire = Wire::default().then(200, &token(claims, "")).then(403, refused).rest(200, r#"{"value":[]}"#);
        start(&wire, &settings(&[])).map(connected)
    };
    let end = connect(r#"{"roles":["Reports.Read.All"],"tid":"aaaabbbb-0000-cccc-1111-dddd2222eeee"}"#).unwrap();
    let account = (end.account.as_str(), end.account_id.as_str());
    assert_eq!(account, ("contoso.onmicrosoft.com", "aaaabbbb-0000-cccc-1111-dddd2222eeee"));
    let line = |subject: &str| end.capabilities.iter().find(|line| line.subject == subject).unwrap();
    assert_eq!(line("email-activity").state, State::Degraded);
    assert_eq!(line("account").because.as_deref(), Some("Not granted: Organization.Read.All."));
    // Who may read it, and is refused all the same, is told so; and a token that does not say where it belongs is no proof.
    for claims in [r#"{"roles":["Directory.Read.All"],"tid":"t"}"#, r#"{"roles":["Reports.Read.All"]}"#] {
        assert!(matches!(connect(claims), Err(Error::Forbidden(_))), "{claims}");
    }
}

#[test]
fn an_answer_without_a_tenant_is_a_protocol_error() {
    for body in [r#"{"value":[]}"#, r#"{"value":[{"displayName":"Contoso"}]}"#] {
        let wire = Wire::default().then(200, &token(ALL, "")).then(200, body);
        assert!(matches!(start(&wire, &settings(&[])), Err(Error::Protocol(_))), "{body}");
    }
    if let Some(body) = sample("organization-list.json") {
        let wire = Wire::default().then(200, &token(ALL, "")).then(200, &body);
        assert!(matches!(start(&wire, &settings(&[])), Err(Error::Protocol(_))), "the sample leaves the id out");
    }
}

#[test]
fn the_documented_report_settings_are_read_in_both_forms() {
    for name in ["admin-reportSettings.json", "admin-reportSettings-flat.json"] {
        let Some(body) = sample(name) else { continue };
        let granted = token(ALL, "");
        let wire = Wire::service(move |url| {
            let answers = [("/token", granted.as_str()), ("/reportSettings", &body), ("/organization", TENANT)];
            let answers = answers.into_iter().chain([("/subscribedSkus", PREMIUM)]);
            let answer = answers.into_iter().find(|(part, _)| url.contains(part));
            (200, answer.map_or(r#"{"value":[]}"#, |(_, body)| body).to_owned())
        });
        let end = connected(start(&wire, &settings(&[])).unwrap());
        let report = end.capabilities.iter().find(|line| line.subject == "active-user-detail").unwrap();
        assert_eq!(report.state, State::Degraded, "{name}");
        assert!(report.mend.as_ref().unwrap().contains("Display concealed user"));
    }
}
