//! The token endpoint: one request, one answer.
//!
//! Facts: `v2-oauth2-auth-code-flow`, `v2-oauth2-client-creds-grant-flow` and `refresh-tokens` of the Entra
//! documentation.

use std::fmt;

use form_urlencoded::Serializer;
use serde_json::Value;

use super::assertion;
use super::refusal::Refused;
use crate::contract::types::Error;
use crate::fault;
use crate::http::{Request, Transport};
use crate::json::Fields;
use crate::settings::{Secret, Settings, SignIn};

/// The longest answer that is read. Tokens of accounts in very many groups reach some tens of KB.
const CAP: usize = 1024 * 1024;

/// Seconds that a token is believed to live when the answer does not say: half of the hour that is usual, so that it is
/// renewed rather too early.
const UNSAID_LIFE: i64 = 1800;

/// What the token endpoint gave.
pub struct Tokens {
    /// What stands after `Bearer `.
    pub access: Secret,
    /// When it ends, in seconds since 1970.
    pub expires: i64,
    /// With which the next one is had. Absent for client credentials.
    pub refresh: Option<Secret>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tokens until {}", self.expires)
    }
}

/// The address of an endpoint of the tenant, such as `oauth2/v2.0/token`.
#[must_use]
pub fn endpoint(settings: &Settings, path: &str) -> String {
    format!("https://{}/{}/{path}", settings.cloud.authority(), settings.tenant)
}

/// Why a request to Microsoft Entra ID gave nothing.
pub enum Denied {
    /// It says why: its answer, the status and the wait that it asks for.
    Refused(Refused, u16, Option<u32>),
    /// It did not come to an answer.
    Failed(Error),
}

impl Denied {
    /// The error of the contract.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::Refused(refused, status, wait) => refused.into_error(Some(status), wait),
            Self::Failed(error) => error,
        }
    }
}

/// Asks for tokens, as [`ask`] does.
///
/// # Errors
/// What Microsoft Entra ID refuses, as [`Refused::into_error`] reads it; `protocol` when the answer is no token.
pub fn request(
    transport: &dyn Transport,
    settings: &Settings,
    grant: &[(&str, &str)],
    now: i64,
) -> Result<Tokens, Error> {
    ask(transport, settings, grant, now).map_err(Denied::into_error)
}

/// Asks for tokens. The client id and the proof of the application, by its way of signing in, are added to `grant`.
///
/// # Errors
/// What is refused, unread: a poll for a device's code decides by it.
pub fn ask(transport: &dyn Transport, settings: &Settings, grant: &[(&str, &str)], now: i64) -> Result<Tokens, Denied> {
    let mut form = vec![("client_id", settings.application_id.as_str())];
    let assertion;
    match (settings.signing_certificate(), settings.sign_in, &settings.client_secret) {
        (Some(certificate), ..) => {
            assertion = assertion::make(transport, settings, certificate, now).map_err(Denied::Failed)?;
            form.extend([("client_assertion_type", assertion::TYPE), ("client_assertion", &assertion)]);
        }
        (None, SignIn::Federated, _) => {
            let token = settings.federated_token.as_ref().map(Secret::reveal).unwrap_or_default();
            form.extend([("client_assertion_type", assertion::TYPE), ("client_assertion", token)]);
        }
        (None, _, Some(secret)) => form.push(("client_secret", secret.reveal())),
        (None, _, None) => {}
    }
    form.extend(grant);
    let body = post(transport, settings, "oauth2/v2.0/token", &form)?;
    let answer: Value = serde_json::from_slice(&body).map_err(|_| Denied::Failed(no_token()))?;
    read(&answer, now).map_err(Denied::Failed)
}

/// Sends a form to an endpoint of the tenant, and gives the body of an answer that went well.
///
/// # Errors
/// What is refused, unread.
pub fn post(
    transport: &dyn Transport,
    settings: &Settings,
    path: &str,
    form: &[(&str, &str)],
) -> Result<Vec<u8>, Denied> {
    let request = Request {
        method: "POST",
        url: endpoint(settings, path),
        headers: vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: Serializer::new(String::new()).extend_pairs(form).finish().into_bytes(),
    };
    let response = transport.send(request).map_err(Denied::Failed)?;
    let (status, wait) = (response.status, fault::retry_after(&response));
    let body = response.bytes(CAP).map_err(Denied::Failed)?;
    if status == 200 { Ok(body) } else { Err(Denied::Refused(Refused::of_body(&body), status, wait)) }
}

fn read(answer: &Value, now: i64) -> Result<Tokens, Error> {
    let access = answer.text("access_token").ok_or_else(no_token)?;
    if answer.word("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(fault::protocol("Microsoft Entra ID gave a token of another type than Bearer."));
    }
    let life = match answer.get("expires_in") {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(Tokens {
        access: Secret::new(access),
        expires: now.saturating_add(life.filter(|life| *life > 0).unwrap_or(UNSAID_LIFE)),
        refresh: answer.text("refresh_token").map(Secret::new),
    })
}

fn no_token() -> Error {
    fault::protocol("Microsoft Entra ID answered without a token.")
}

#[cfg(test)]
mod tests;
