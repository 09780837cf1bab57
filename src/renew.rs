//! A fresh bearer credential, for a connection that stands.

use crate::contract::connector::Renewed;
use crate::contract::types::{Error, Fault};
use crate::http::Transport;
use crate::settings::{Secret, Settings, SignIn};
use crate::sign_in::token::Tokens;
use crate::sign_in::{authorization_code, client_credentials, password};

/// Gets a credential with the settings, secrets included, and what was kept of the last sign-in.
///
/// # Errors
/// `sign-in-needed` when a person has to sign in again, and what Microsoft Entra ID refuses.
pub fn renew(transport: &dyn Transport, settings: &Settings, keep: Option<&[u8]>, now: i64) -> Result<Renewed, Error> {
    let tokens = match settings.sign_in {
        SignIn::Application | SignIn::Certificate | SignIn::Federated => {
            client_credentials::sign_in(transport, settings, None, now)?
        }
        SignIn::Password => password::sign_in(transport, settings, now)?,
        SignIn::Browser | SignIn::DeviceCode => {
            let kept = keep.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()).ok_or_else(never_signed_in)?;
            authorization_code::refresh(transport, settings, &Secret::new(kept), now)?
        }
    };
    let keep = kept(&tokens);
    Ok(Renewed { bearer: tokens.access.reveal().to_owned(), expires: tokens.expires, keep })
}

/// What the next renewal needs. Each use of a refresh token brings a new one, which takes the place of the old one.
#[must_use]
pub fn kept(tokens: &Tokens) -> Option<Vec<u8>> {
    tokens.refresh.as_ref().map(|token| token.reveal().as_bytes().to_vec())
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
}
