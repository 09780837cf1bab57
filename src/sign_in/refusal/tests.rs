use super::*;
use crate::wire::{pairs, sample};

/// A body of the token endpoint.
pub(super) fn body(error: &str, number: u32) -> String {
    format!(
        r#"{{"error":"{error}","error_description":"AADSTS{number}: Some text.\r\nTrace ID: t-1\r\nCorrelation ID: c-1","error_codes":[{number}],"trace_id":"t-1","correlation_id":"c-1","claims":"{{}}"}}"#
    )
}

fn of(error: &str, number: u32) -> Error {
    Refused::of_body(body(error, number).as_bytes()).into_error(Some(400), None)
}

/// Every way in which a code is documented to come: the code, `error`, the status. Where `error` is not documented, those
/// that would be read otherwise if it alone decided.
pub(super) fn documented() -> Vec<(u32, &'static str, u16)> {
    let lines = include_str!("documented.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut all = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let errors = if cells[1] == "-" { "invalid_grant,access_denied,invalid_request" } else { cells[1] };
        for (error, status) in
            errors.split(',').flat_map(|error| cells[2].split(',').map(move |status| (error, status)))
        {
            all.push((cells[0].parse().unwrap(), error, status.parse().unwrap()));
        }
    }
    all
}

#[test]
fn every_code_becomes_its_case_with_its_sentence_code_ids_and_wait_however_it_is_documented_to_come() {
    for (number, error, status) in documented() {
        let name = format!("AADSTS{number}");
        let code = codes::find(number).unwrap();
        let error = Refused::of_body(body(error, number).as_bytes()).into_error(Some(status), Some(7));
        let fault = match (code.case, error) {
            ("setting", Error::InvalidSettings(problems)) => {
                assert_eq!(problems[0].field, code.about);
                assert_eq!(problems[0].wrong, format!("{} ({name}, trace t-1, correlation c-1)", code.happened));
                assert_eq!(problems[0].mend, code.mend);
                continue;
            }
            ("sign-in", Error::SignInNeeded(fault)) | ("registration", Error::Other(fault)) => fault,
            ("forbidden", Error::Forbidden(refusal)) => {
                assert_eq!(refusal.permission, code.about);
                refusal.fault
            }
            ("transient", Error::Unavailable(delay)) | ("throttled", Error::Throttled(delay)) => {
                assert_eq!(delay.retry_after, Some(7), "{name}");
                delay.fault
            }
            (case, error) => panic!("{name}: {case:?} became {error:?}"),
        };
        assert_eq!(fault.code.as_deref(), Some(name.as_str()));
        assert_eq!(fault.message, code.happened);
        assert_eq!(fault.mend.as_deref().unwrap_or_default(), code.mend);
        assert_eq!(fault.request_id.as_deref(), Some("trace t-1, correlation c-1"));
    }
}

#[test]
fn an_unknown_code_is_told_apart_by_its_error_and_keeps_the_words_of_the_service() {
    let Error::SignInNeeded(fault) = of("invalid_grant", 999_999) else { panic!() };
    assert!(fault.message.ends_with("Microsoft Entra ID says: AADSTS999999: Some text."), "{}", fault.message);
    assert_eq!(fault.code.as_deref(), Some("AADSTS999999"));
    assert_eq!(fault.request_id.as_deref(), Some("trace t-1, correlation c-1"));
    assert!(matches!(of("interaction_required", 1), Error::SignInNeeded(_)));
    assert!(matches!(of("consent_required", 1), Error::Forbidden(_)));
    assert!(matches!(of("unauthorized_client", 1), Error::Other(_)));
    assert!(matches!(of("something_new", 1), Error::Other(_)));
}

#[test]
fn what_passes_by_itself_is_unavailable_whatever_its_code() {
    assert!(matches!(of("temporarily_unavailable", 1), Error::Unavailable(_)));
    assert!(matches!(of("server_error", 7_000_215), Error::Unavailable(_)));
    let Error::Unavailable(delay) = Refused::of_body(b"<html>").into_error(Some(503), Some(9)) else { panic!() };
    assert_eq!((delay.retry_after, delay.fault.mend), (Some(9), None), "what follows is for the host to say");
    let Error::Throttled(delay) = Refused::of_body(b"").into_error(Some(429), Some(5)) else { panic!() };
    assert_eq!(delay.retry_after, Some(5));
}

#[test]
fn both_400_and_401_tell_of_a_wrong_secret() {
    for status in [400, 401] {
        let error = Refused::of_body(body("invalid_client", 7_000_215).as_bytes()).into_error(Some(status), None);
        let Error::InvalidSettings(problems) = error else { panic!("{status}") };
        assert_eq!(problems[0].field, "client-secret");
    }
}

#[test]
fn a_body_without_an_error_is_a_protocol_error() {
    for text in ["", "{}", "<html>", "[]", r#"{"error":7}"#] {
        let error = Refused::of_body(text.as_bytes()).into_error(Some(400), None);
        assert!(matches!(error, Error::Protocol(_)), "{text}: {error:?}");
    }
}

#[test]
fn a_redirect_has_its_code_in_the_description_alone() {
    let answer = pairs(&[("error", "access_denied"), ("error_description", "AADSTS65004: User declined.\r\nTrace ID")]);
    let Error::Forbidden(refusal) = Refused::of_redirect(&answer).unwrap().into_error(None, None) else { panic!() };
    assert_eq!(refusal.fault.code.as_deref(), Some("AADSTS65004"));
    let bare = pairs(&[("error", "access_denied"), ("error_subcode", "cancel")]);
    let Error::Forbidden(refusal) = Refused::of_redirect(&bare).unwrap().into_error(None, None) else { panic!() };
    assert_eq!(refusal.fault.code.as_deref(), Some("access_denied"));
    assert_eq!(Refused::of_redirect(&pairs(&[("code", "x")])), None);
}

#[test]
fn the_ids_of_a_redirect_are_read_out_of_its_description_however_its_lines_are_broken() {
    for gap in ["\r\n", " "] {
        let text = ["AADSTS99: Some text.", "Trace ID: t-2", "Correlation ID: c-2", "Timestamp: 2026-01-09 02:02:12Z"];
        let answer = pairs(&[("error", "access_denied"), ("error_description", &text.join(gap))]);
        let Error::Forbidden(refusal) = Refused::of_redirect(&answer).unwrap().into_error(None, None) else { panic!() };
        assert_eq!(refusal.fault.request_id.as_deref(), Some("trace t-2, correlation c-2"));
        let message = refusal.fault.message;
        assert!(message.ends_with("Microsoft Entra ID says: AADSTS99: Some text."), "{message}");
    }
}

#[test]
fn an_account_of_another_directory_is_not_told_as_a_missing_consent() {
    let text = "AADSTS50020: User account from identity provider 'live.com' does not exist in tenant 'Contoso'.";
    let answer = pairs(&[("error", "access_denied"), ("error_description", text)]);
    let Error::SignInNeeded(fault) = Refused::of_redirect(&answer).unwrap().into_error(None, None) else { panic!() };
    assert!(fault.message.contains("another directory"), "{}", fault.message);
}

#[test]
fn the_documented_errors_are_understood() {
    if let Some(text) = sample("error-token-interaction_required.json") {
        let Error::SignInNeeded(fault) = Refused::of_body(text.as_bytes()).into_error(Some(400), None) else {
            panic!()
        };
        assert_eq!(fault.code.as_deref(), Some("AADSTS50079"));
        let ids = "trace b72a68c3-0926-4b8e-bc35-3150069c2800, correlation 73d656cf-54b1-4eb2-b429-26d8165a52d7";
        assert_eq!(fault.request_id.as_deref(), Some(ids));
    }
    if let Some(text) = sample("error-token-invalid_scope.json") {
        let Error::Other(fault) = Refused::of_body(text.as_bytes()).into_error(Some(400), None) else { panic!() };
        assert_eq!(fault.code.as_deref(), Some("AADSTS70011"));
    }
}
