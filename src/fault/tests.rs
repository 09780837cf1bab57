use super::*;
use crate::wire::{pairs, sample};

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    Response::new(status, pairs(headers), Box::new(body.as_bytes().to_vec()))
}

fn refused(status: u16, code: &str) -> Error {
    graph(answer(status, &[], &format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#)), "User.Read.All")
}

#[test]
fn a_403_names_the_permission_that_the_caller_needs() {
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"request-id":"r-1","client-request-id":"c-1"}}}"#;
    let Error::Forbidden(refusal) = graph(answer(403, &[], body), "AuditLog.Read.All") else { panic!() };
    assert_eq!(refusal.permission, "AuditLog.Read.All");
    assert_eq!(refusal.fault.code.as_deref(), Some("Authorization_RequestDenied"));
    assert_eq!(refusal.fault.request_id.as_deref(), Some("r-1"));
    assert!(refusal.fault.message.contains("Insufficient privileges"));
    assert!(refusal.fault.mend.unwrap().contains("AuditLog.Read.All"));
}

#[test]
fn every_spelling_of_the_inner_error_is_read() {
    for inner in [r#""innerError":{"request-id":"x"}"#, r#""innererror":{"requestId":"x"}"#] {
        let told = Refused::read(format!(r#"{{"error":{{"code":"c","message":"m",{inner}}}}}"#).as_bytes());
        assert_eq!(told.request_id.as_deref(), Some("x"), "{inner}");
    }
    let Error::NotFound(fault) = graph(answer(404, &[("Request-Id", "from the header")], ""), "p") else { panic!() };
    assert_eq!(fault.request_id.as_deref(), Some("from the header"));
}

#[test]
fn statuses_and_codes_become_the_cases_on_which_a_host_acts() {
    assert!(matches!(refused(401, "InvalidAuthenticationToken"), Error::SignInNeeded(_)));
    assert!(matches!(refused(404, "Request_ResourceNotFound"), Error::NotFound(_)));
    assert!(matches!(refused(410, "anything"), Error::CursorExpired(_)));
    assert!(matches!(refused(400, "Directory_ExpiredPageToken"), Error::CursorExpired(_)));
    assert!(matches!(refused(400, "resyncRequired"), Error::CursorExpired(_)));
    assert!(matches!(refused(400, "syncStateNotFound"), Error::CursorExpired(_)));
    assert!(matches!(refused(403, "missingLicense"), Error::LicenceNeeded(_)));
    assert!(matches!(refused(429, "TooManyRequests"), Error::Throttled(_)));
    for status in [500, 502, 503, 504, 507, 509] {
        assert!(matches!(refused(status, "x"), Error::Unavailable(_)), "{status}");
    }
    assert!(matches!(refused(301, "x"), Error::Protocol(_)));
    for status in [400, 402, 405, 406, 409, 412, 413, 415, 422, 423, 501] {
        assert!(matches!(refused(status, "x"), Error::Other(_)), "{status}");
    }
}

#[test]
fn every_documented_status_has_a_sentence_of_its_own_and_says_what_to_do() {
    let statuses =
        [400, 401, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 429, 500, 501, 503, 504, 507, 509];
    let mut told: Vec<String> = Vec::new();
    for status in statuses {
        let fault = match graph(answer(status, &[("request-id", "r")], ""), "p") {
            Error::SignInNeeded(fault) | Error::NotFound(fault) | Error::Other(fault) | Error::CursorExpired(fault) => {
                fault
            }
            Error::Forbidden(refusal) => refusal.fault,
            Error::Throttled(delay) | Error::Unavailable(delay) => {
                assert_eq!(delay.fault.mend, None, "{status}");
                Fault { mend: Some("The host says when to come back.".to_owned()), ..delay.fault }
            }
            other => panic!("{status}: {other:?}"),
        };
        assert!(fault.mend.is_some_and(|mend| mend.ends_with('.')), "{status}");
        assert_eq!(fault.code, Some(format!("HTTP {status}")));
        assert_eq!(fault.request_id.as_deref(), Some("r"));
        assert!(!told.contains(&fault.message), "{status}: {}", fault.message);
        told.push(fault.message);
    }
}

#[test]
fn a_401_that_brings_claims_asks_for_a_sign_in_that_meets_them() {
    let header = "Bearer error=\"insufficient_claims\", claims=\"e30=\"";
    let Error::SignInNeeded(fault) = graph(answer(401, &[("WWW-Authenticate", header)], ""), "p") else { panic!() };
    assert!(fault.message.contains("policy") && fault.mend.unwrap().contains("Run connect"));
}

#[test]
fn a_wait_is_read_as_seconds_or_as_a_date_and_may_be_absent() {
    let wait = |headers: &[(&str, &str)]| match graph(answer(429, headers, ""), "p") {
        Error::Throttled(delay) => delay.retry_after,
        other => panic!("{other:?}"),
    };
    let date = ("Date", "Wed, 21 Oct 2026 07:28:00 GMT");
    assert_eq!(wait(&[]), None);
    assert_eq!(wait(&[("Retry-After", " 17 ")]), Some(17));
    assert_eq!(wait(&[("retry-after", "-3")]), Some(0));
    assert_eq!(wait(&[("Retry-After", "7200")]), Some(7200));
    assert_eq!(wait(&[("Retry-After", "99999999999")]), Some(86_400));
    assert_eq!(wait(&[("Retry-After", "Wed, 21 Oct 2026 07:28:40 GMT"), date]), Some(40));
    assert_eq!(wait(&[("Retry-After", "Wed, 21 Oct 2026 07:27:00 GMT"), date]), Some(0));
    assert_eq!(wait(&[("Retry-After", "Wed, 21 Oct 2026 07:28:40 GMT")]), None);
    assert_eq!(wait(&[("Retry-After", "soon"), date]), None);
}

#[test]
fn a_body_that_is_no_json_still_gives_a_sentence_and_the_status() {
    for body in ["", "<html>Bad gateway</html>", "[1]", "{\"error\":7}", "null"] {
        let Error::Unavailable(delay) = graph(answer(502, &[], body), "p") else { panic!() };
        assert_eq!(delay.fault.code.as_deref(), Some("HTTP 502"));
        assert_eq!(delay.fault.message, "Microsoft Graph cannot answer for now.");
    }
}

#[test]
fn the_text_of_the_service_is_quoted_without_addresses_and_tokens() {
    let text = "Token eyJhbGciOi is bad, see https://x.test/?$skiptoken=abc now\nsecond line";
    assert_eq!(quote(text), "Token (left out) is bad, see (left out) now");
    assert_eq!(quote(&"ä".repeat(400)).chars().count(), 300);
}

#[test]
fn the_documented_refusals_are_understood() {
    if let Some(body) = sample("error-graph-non-premium-tenant.json") {
        let Error::LicenceNeeded(licence) = graph(answer(403, &[], &body), "AuditLog.Read.All") else { panic!() };
        assert_eq!(licence.plan, "Microsoft Entra ID P1 or P2");
        assert_eq!(licence.fault.request_id.as_deref(), Some("2501535b-2fd7-43e3-87db-c12cbe31fca0"));
    }
    if let Some(body) = sample("error-graph-reports-S2SUnauthorized.json") {
        let Error::Forbidden(refusal) = graph(answer(403, &[], &body), "Reports.Read.All") else { panic!() };
        assert_eq!(refusal.fault.code.as_deref(), Some("S2SUnauthorized"));
        assert!(refusal.fault.message.ends_with("Invalid permission."), "{}", refusal.fault.message);
        assert_eq!(refusal.fault.request_id.as_deref(), Some("742fdf3c-742f-4b60-8258-460aeba3f51e"));
    }
    if let Some(body) = sample("error-graph.json") {
        let Error::Other(fault) = graph(answer(416, &[], &body), "p") else { panic!() };
        assert_eq!(fault.code.as_deref(), Some("invalidRange"));
    }
}
