//! A fresh bearer credential, for a connection that stands.
//!
//! A policy may want more than the last sign-in has shown (a claims challenge): it says so to whoever asks for a token, or to
//! whoever uses one. So each credential is tried by the smallest call before it is handed out, and made once more with what
//! was wanted; from then on that is kept, and sent along each time.

use crate::contract::connector::Renewed;
use crate::contract::types::{Error, Fault};
use crate::graph::Graph;
use crate::http::Transport;
use crate::permission;
use crate::settings::{Secret, Settings, SignIn};
use crate::sign_in::challenge::Listening;
use crate::sign_in::{authorization_code, client_credentials, password};

/// What stands between the refresh token, which never holds it, and the claims in what is kept.
const BETWEEN: char = '\n';

/// Gets a credential with the settings, secrets included, and what was kept of the last sign-in.
///
/// # Errors
/// `sign-in-needed` when a person has to sign in again, and what Microsoft Entra ID refuses.
pub fn renew(transport: &dyn Transport, settings: &Settings, keep: Option<&[u8]>, now: i64) -> Result<Renewed, Error> {
    let root = settings.cloud.graph_root();
    renew_and_try(transport, settings, keep, now, &mut |transport, bearer| {
        let authorization = format!("Bearer {bearer}");
        let url = format!("{root}{}", permission::TENANT_PROBE);
        // Only a challenge matters; whatever else is refused is told where it is needed.
        let _ = Graph::new(transport, root.clone()).get(&url, &[("authorization", &authorization)]);
    })
}

/// The same, with another way to try the credential, which is then done with what is handed out at last.
///
/// # Errors
/// As [`renew`].
pub fn renew_and_try(
    transport: &dyn Transport,
    settings: &Settings,
    keep: Option<&[u8]>,
    now: i64,
    try_it: &mut dyn FnMut(&dyn Transport, &str),
) -> Result<Renewed, Error> {
    let transport = Listening::to(transport);
    let text = keep.and_then(|keep| str::from_utf8(keep).ok()).unwrap_or_default();
    let (refresh, claims) = text.split_once(BETWEEN).unwrap_or((text, ""));
    let mut round = |refresh: &str, claims: &str| {
        let asked = ask(&transport, settings, refresh, claims, now)?;
        try_it(&transport, &asked.0.bearer);
        Ok::<_, Error>(asked)
    };
    let mut asked = round(refresh, claims);
    let wanted = transport.heard().filter(|wanted| wanted != claims && settings.sign_in != SignIn::Password);
    if let Some(wanted) = wanted {
        let refresh = asked.as_ref().map_or(refresh, |(_, given)| given).to_owned();
        let again = round(&refresh, &wanted);
        // Else a person has to show it. That is told when the credential is used, and what came with it must not be lost.
        if again.is_ok() || asked.is_err() {
            asked = again;
        }
    }
    let (renewed, _) = asked?;
    let keep = renewed.keep.filter(|kept| Some(kept.as_slice()) != keep);
    Ok(Renewed { keep, ..renewed })
}

/// Asks for a credential, with what is to be kept; beside it, the refresh token that is good from now on.
fn ask(
    transport: &dyn Transport,
    settings: &Settings,
    refresh: &str,
    claims: &str,
    now: i64,
) -> Result<(Renewed, String), Error> {
    let wanted = (!claims.is_empty()).then_some(claims);
    let tokens = match settings.sign_in {
        SignIn::Application | SignIn::Certificate | SignIn::Federated => {
            client_credentials::sign_in(transport, settings, wanted, now)?
        }
        SignIn::Password => password::sign_in(transport, settings, now)?,
        SignIn::Browser | SignIn::DeviceCode if refresh.is_empty() => return Err(never_signed_in()),
        SignIn::Browser | SignIn::DeviceCode => {
            authorization_code::refresh(transport, settings, &Secret::new(refresh.to_owned()), wanted, now)?
        }
    };
    let refresh = tokens.refresh.as_ref().map_or(refresh, Secret::reveal).to_owned();
    let keep = kept(&refresh, claims);
    Ok((Renewed { bearer: tokens.access.reveal().to_owned(), expires: tokens.expires, keep }, refresh))
}

/// What the next renewal needs: the refresh token, and what a policy wants to see each time. Each use of a refresh token
/// brings a new one, which takes the place of the old one.
#[must_use]
pub fn kept(refresh: &str, claims: &str) -> Option<Vec<u8>> {
    match (refresh, claims) {
        ("", "") => None,
        (refresh, "") => Some(refresh.as_bytes().to_vec()),
        (refresh, claims) => Some(format!("{refresh}{BETWEEN}{claims}").into_bytes()),
    }
}

fn never_signed_in() -> Error {
    Error::SignInNeeded(Fault {
        message: "Nobody has signed in for this connection yet.".to_owned(),
        mend: Some("Run connect, and sign in.".to_owned()),
        code: None,
        request_id: None,
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::wire::{Wire, settings};

    const NOW: i64 = 1_800_000_000;
    const BROWSER: (&str, &str) = ("sign-in", "browser");

    #[test]
    fn an_application_renews_from_its_secret_and_keeps_nothing() {
        let wire = Wire::default().then(200, r#"{"access_token":"fresh","expires_in":3599}"#);
        let renewed = renew(&wire, &settings(&[]), None, NOW).unwrap();
        assert_eq!(renewed, Renewed { bearer: "fresh".to_owned(), expires: NOW + 3599, keep: None });
    }

    #[test]
    fn a_refresh_token_is_used_and_replaced_by_the_one_that_comes_back() {
        let wire = Wire::default()
            .then(200, r#"{"access_token":"fresh","expires_in":60,"refresh_token":"second"}"#)
            .then(403, "")
            .then(200, r#"{"access_token":"fresh","expires_in":60}"#);
        let renewed = renew(&wire, &settings(&[BROWSER]), Some(b"first"), NOW).unwrap();
        assert_eq!(renewed.keep.as_deref(), Some(b"second".as_slice()));
        assert!(wire.form(0).contains(&("refresh_token".to_owned(), "first".to_owned())));
        assert!(wire.form(0).contains(&("grant_type".to_owned(), "refresh_token".to_owned())));
        assert_eq!(renew(&wire, &settings(&[BROWSER]), Some(b"second"), NOW).unwrap().keep, None);
    }

    #[test]
    fn without_a_sign_in_a_person_is_asked_to_connect() {
        for keep in [None, Some(b"\xff".as_slice())] {
            let Err(Error::SignInNeeded(fault)) = renew(&Wire::default(), &settings(&[BROWSER]), keep, NOW) else {
                panic!()
            };
            assert!(fault.mend.unwrap().starts_with("Run connect"));
        }
    }

    #[test]
    fn a_refresh_token_that_has_ended_asks_for_a_sign_in_and_does_not_show_itself() {
        let body = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired","error_codes":[700082]}"#;
        let wire = Wire::default().then(400, body);
        let error = renew(&wire, &settings(&[BROWSER]), Some(b"the-refresh-token"), NOW).unwrap_err();
        assert!(matches!(error, Error::SignInNeeded(_)));
        assert!(!format!("{error:?}").contains("the-refresh-token"));
    }
    const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    const FIRST: &str = r#"{"access_token":"first","expires_in":60,"refresh_token":"second"}"#;
    const MORE: &str = r#"{"access_token":"more","expires_in":60,"refresh_token":"third"}"#;

    /// The answer of Graph to a token that does not show enough.
    fn challenged(wire: Wire) -> Wire {
        let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(CLAIMS));
        wire.then_with(401, &[("www-authenticate", &header)], "")
    }

    fn claims(wire: &Wire, at: usize) -> Option<String> {
        wire.form(at).into_iter().find(|(name, _)| name == "claims").map(|(_, claims)| claims)
    }

    #[test]
    fn what_graph_demands_of_an_application_is_brought_at_once_and_from_then_on() {
        let wire = challenged(Wire::default().then(200, FIRST)).then(200, MORE).then(200, "{}");
        let renewed = renew(&wire, &settings(&[]), None, NOW).unwrap();
        assert_eq!(renewed.bearer, "more");
        assert_eq!((claims(&wire, 0), claims(&wire, 2)), (None, Some(CLAIMS.to_owned())));
        let tried = |at: usize| wire.asked()[at].headers.iter().find(|(name, _)| name == "authorization").cloned();
        assert_eq!(tried(3), Some(("authorization".to_owned(), "Bearer more".to_owned())));

        let keep = format!("third\n{CLAIMS}");
        assert_eq!(renewed.keep.as_deref(), Some(keep.as_bytes()));
        // The same demand again is not met by asking in the same way again.
        let wire = challenged(Wire::default().then(200, r#"{"access_token":"more","expires_in":60}"#));
        assert_eq!(renew(&wire, &settings(&[]), Some(keep.as_bytes()), NOW).unwrap().keep, None);
        assert_eq!((claims(&wire, 0), wire.asked().len()), (Some(CLAIMS.to_owned()), 2));
    }

    #[test]
    fn what_the_token_endpoint_demands_goes_with_the_refresh_token_or_asks_for_a_person() {
        let body = serde_json::json!({ "error": "interaction_required", "error_codes": [50079], "claims": CLAIMS });
        let refused = || Wire::default().then(400, &body.to_string());
        let wire = refused().then(200, MORE);
        let renewed = renew(&wire, &settings(&[BROWSER]), Some(b"first"), NOW).unwrap();
        assert_eq!((renewed.bearer.as_str(), claims(&wire, 1)), ("more", Some(CLAIMS.to_owned())));
        assert_eq!(renewed.keep, Some(format!("third\n{CLAIMS}").into_bytes()));

        let wire = refused().then(400, &body.to_string());
        let error = renew(&wire, &settings(&[BROWSER]), Some(b"first"), NOW).unwrap_err();
        assert!(matches!(error, Error::SignInNeeded(_)), "{error:?}");
        assert_eq!(wire.asked().len(), 2);
    }

    #[test]
    fn a_refresh_token_that_came_with_too_little_is_not_lost() {
        let wire = challenged(Wire::default().then(200, FIRST)).then(400, r#"{"error":"interaction_required"}"#);
        let renewed = renew(&wire, &settings(&[BROWSER]), Some(b"first"), NOW).unwrap();
        assert_eq!((renewed.bearer.as_str(), renewed.keep.as_deref()), ("first", Some(b"second".as_slice())));
        assert!(wire.form(2).contains(&("refresh_token".to_owned(), "second".to_owned())));
    }
}
