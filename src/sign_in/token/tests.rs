use super::*;
use crate::sign_in::client_credentials;
use crate::wire::{Wire, pairs, sample, settings};

const NOW: i64 = 1_800_000_000;

fn ask(status: u16, body: &str) -> Result<Tokens, Error> {
    client_credentials::sign_in(&Wire::default().then(status, body), &settings(&[]), None, NOW)
}

#[test]
fn the_application_proves_itself_in_a_form_to_its_own_tenant_and_cloud() {
    let wire = Wire::default().then(200, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"a","x":[]}"#);
    let tokens = client_credentials::sign_in(
        &wire,
        &settings(&[("cloud", "us-gov-l5"), ("client-secret", "a+b&c=d~")]),
        None,
        NOW,
    );
    assert_eq!(tokens.unwrap().expires, NOW + 3599);
    let request = &wire.asked()[0];
    assert_eq!(request.url, "https://login.microsoftonline.us/contoso.onmicrosoft.com/oauth2/v2.0/token");
    assert_eq!(request.method, "POST");
    let expected = pairs(&[
        ("client_id", "11112222-bbbb-3333-cccc-4444dddd5555"),
        ("client_secret", "a+b&c=d~"),
        ("grant_type", "client_credentials"),
        ("scope", "https://dod-graph.microsoft.us/.default"),
    ]);
    assert_eq!(wire.form(0), expected);
}

#[test]
fn the_life_of_a_token_is_a_number_or_a_text_or_not_said() {
    let expires = |field: &str| {
        let body = format!(r#"{{"access_token":"a","token_type":"bearer"{field}}}"#);
        ask(200, &body).unwrap().expires - NOW
    };
    assert_eq!(expires(r#","expires_in":3599"#), 3599);
    assert_eq!(expires(r#","expires_in":"3599""#), 3599);
    for unsaid in ["", r#","expires_in":null"#, r#","expires_in":"soon""#, r#","expires_in":-1"#, r#","expires_in":[]"#]
    {
        assert_eq!(expires(unsaid), 1800, "{unsaid}");
    }
}

#[test]
fn an_answer_without_a_bearer_token_is_a_protocol_error() {
    for body in ["", "{}", "<html>", r#"{"access_token":""}"#, r#"{"access_token":"a","token_type":"pop"}"#] {
        assert!(matches!(ask(200, body), Err(Error::Protocol(_))), "{body}");
    }
}

#[test]
fn neither_tokens_nor_secrets_stand_in_errors_or_debug() {
    let tokens = ask(200, r#"{"access_token":"eyJ-access","refresh_token":"eyJ-refresh"}"#).unwrap();
    let shown = format!("{tokens:?}");
    assert!(!shown.contains("eyJ"), "{shown}");
    let error = ask(400, r#"{"error":"odd","error_description":"bad made-up-secret? eyJ-access"}"#).unwrap_err();
    assert!(!format!("{error:?}").contains("eyJ-access"));
}

#[test]
fn without_a_secret_the_application_is_sent_back_to_its_settings() {
    let settings = Settings { client_secret: None, ..settings(&[]) };
    let Err(Error::InvalidSettings(problems)) = client_credentials::sign_in(&Wire::default(), &settings, None, NOW)
    else {
        panic!()
    };
    assert_eq!(problems[0].field, "client-secret");
}

#[test]
fn each_way_of_the_application_proves_itself_by_what_belongs_to_it_alone() {
    let answer = r#"{"access_token":"a","expires_in":60}"#;
    let secret = ("client-secret", "made-up-secret");
    for (way, field, value, proof) in [
        ("application", "client-secret", "made-up-secret", "made-up-secret"),
        ("federated", "federated-token", "aaa.bbb.ccc", "aaa.bbb.ccc"),
        ("certificate", "certificate", crate::wire::CERTIFICATE, "eyJ"),
    ] {
        let all = [("sign-in", way), (field, value), secret];
        let wire = Wire::default().then(200, answer);
        client_credentials::sign_in(&wire, &settings(if field == secret.0 { &all[..2] } else { &all }), None, NOW)
            .unwrap();
        let form = wire.form(0);
        let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
        let proofs: &[&str] =
            if field == secret.0 { &["client_secret"] } else { &["client_assertion_type", "client_assertion"] };
        assert_eq!(names, [&["client_id"], proofs, &["grant_type", "scope"]].concat(), "{way}");
        assert!(form.iter().any(|(_, value)| value.starts_with(proof)), "{way}");
    }
}

#[test]
fn the_documented_answers_are_understood() {
    for (name, refresh) in [
        ("token-client-credentials.json", false),
        ("token-device-code-or-ropc.json", true),
        ("token-authorization-code.json", true),
    ] {
        // The page from which the last one was taken has a comma too many, which no service sends.
        let Some(text) = sample(name).map(|text| text.replace("\",\n}", "\"\n}")) else { continue };
        let tokens = ask(200, &text).unwrap();
        assert_eq!(tokens.expires, NOW + 3599, "{name}");
        assert_eq!(tokens.refresh.is_some(), refresh, "{name}");
    }
}
