use std::collections::HashMap;

use url::Url;

use super::*;
use crate::wire::{CERTIFICATE, Wire, pairs, settings};

const BROWSER: (&str, &str) = ("sign-in", "browser");

fn query(url: &str) -> HashMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn the_page_asks_for_a_code_with_a_challenge_and_never_shows_the_verifier_or_the_secret() {
    let page = page(&settings(&[BROWSER]), "http://localhost:53682/connect", "the state", "the-verifier", None);
    assert!(page.starts_with("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize?"));
    let query = query(&page);
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["redirect_uri"], "http://localhost:53682/connect");
    assert_eq!(query["state"], "the state");
    assert_eq!(query["code_challenge"], challenge("the-verifier"));
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["prompt"], "select_account");
    assert_eq!(query["scope"], "openid profile offline_access https://graph.microsoft.com/.default");
    assert!(!page.contains("the-verifier") && !page.contains("made-up-secret"));
}

#[test]
fn a_public_client_sends_no_secret_and_a_confidential_one_does() {
    let answer = r#"{"access_token":"a","refresh_token":"r"}"#;
    let wire = Wire::default().then(200, answer).then(200, answer);
    let code = Secret::new("c&d".to_owned());
    for settings in [settings(&[BROWSER, ("client-secret", "")]), settings(&[BROWSER])] {
        redeem(&wire, &settings, &code, "http://localhost:1/connect", "v", 0).unwrap();
    }
    let forms = [wire.form(0), wire.form(1)];
    for form in &forms {
        assert!(form.contains(&("code".to_owned(), "c&d".to_owned())));
        assert!(form.contains(&("code_verifier".to_owned(), "v".to_owned())));
        assert!(form.contains(&("redirect_uri".to_owned(), "http://localhost:1/connect".to_owned())));
        assert!(form.contains(&("grant_type".to_owned(), "authorization_code".to_owned())));
    }
    let secrets = forms.map(|form| form.iter().filter(|(name, _)| name == "client_secret").count());
    assert_eq!(secrets, [0, 1]);
}

#[test]
fn a_confidential_client_with_a_certificate_proves_itself_by_it_for_code_and_refresh_and_sends_no_secret() {
    let answer = r#"{"access_token":"a","refresh_token":"r"}"#;
    let wire = Wire::default().then(200, answer).then(200, answer);
    let settings = settings(&[BROWSER, ("certificate", CERTIFICATE)]);
    redeem(&wire, &settings, &Secret::new("c".to_owned()), "http://localhost:1/connect", "verifier", 0).unwrap();
    refresh(&wire, &settings, &Secret::new("r".to_owned()), None, 0).unwrap();
    for at in [0, 1] {
        let form: HashMap<_, _> = wire.form(at).into_iter().collect();
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!(form["client_assertion"].split('.').count(), 3);
        assert!(!form.contains_key("client_secret"));
    }
}

#[test]
fn a_sign_in_that_cannot_be_renewed_is_refused_at_once() {
    let wire = Wire::default().then(200, r#"{"access_token":"a"}"#);
    let settings = settings(&[BROWSER]);
    let redeemed = redeem(&wire, &settings, &Secret::new("c".to_owned()), "http://localhost:1/connect", "v", 0);
    assert!(matches!(redeemed, Err(Error::Protocol(_))));
}

#[test]
fn the_browser_comes_back_with_a_code_or_with_the_reason() {
    assert_eq!(code(&pairs(&[("state", "s"), ("code", "x")])).unwrap().reveal(), "x");
    assert!(matches!(code(&pairs(&[("state", "s"), ("code", "")])), Err(Error::Protocol(_))));
    let declined = pairs(&[("error", "access_denied"), ("error_description", "AADSTS65004: declined"), ("code", "x")]);
    assert!(matches!(code(&declined), Err(Error::Forbidden(_))));
}
