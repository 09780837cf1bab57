//! The token endpoint: one request, one answer.
//!
//! Facts: `v2-oauth2-auth-code-flow`, `v2-oauth2-client-creds-grant-flow` and `refresh-tokens` of the Entra
//! documentation.

use std::fmt;

use form_urlencoded::Serializer;
use serde::Deserialize;
use serde_json::Value;

use super::refusal::Refused;
use crate::contract::types::Error;
use crate::fault;
use crate::http::{Request, Transport};
use crate::settings::{Secret, Settings};

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

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<String>,
}

/// The address of an endpoint of the tenant, such as `oauth2/v2.0/token`.
#[must_use]
pub fn endpoint(settings: &Settings, path: &str) -> String {
    format!("https://{}/{}/{path}", settings.cloud.authority(), settings.tenant)
}

/// Asks for tokens. The client id and, when there is one, the secret are added to `grant`.
///
/// # Errors
/// What Microsoft Entra ID refuses, as [`Refused::into_error`] reads it; `protocol` when the answer is no token.
pub fn request(
    transport: &dyn Transport,
    settings: &Settings,
    grant: &[(&str, &str)],
    now: i64,
) -> Result<Tokens, Error> {
    let mut form = Serializer::new(String::new());
    form.append_pair("client_id", &settings.application_id);
    if let Some(secret) = &settings.client_secret {
        form.append_pair("client_secret", secret.reveal());
    }
    form.extend_pairs(grant);
    let request = Request {
        method: "POST",
        url: endpoint(settings, "oauth2/v2.0/token"),
        headers: vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ],
        body: form.finish().into_bytes(),
    };
    let response = transport.send(request)?;
    let (status, wait) = (response.status, fault::retry_after(&response));
    let body = response.bytes(CAP)?;
    if status != 200 {
        return Err(Refused::of_body(&body).into_error(Some(status), wait));
    }
    let answer: Answer = serde_json::from_slice(&body).map_err(|_| no_token())?;
    read(answer, now)
}

fn read(answer: Answer, now: i64) -> Result<Tokens, Error> {
    let access = answer.access_token.filter(|token| !token.is_empty()).ok_or_else(no_token)?;
    if answer.token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(fault::protocol("Microsoft Entra ID gave a token of another type than Bearer."));
    }
    let life = match answer.expires_in {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(Tokens {
        access: Secret::new(access),
        expires: now.saturating_add(life.filter(|life| *life > 0).unwrap_or(UNSAID_LIFE)),
        refresh: answer.refresh_token.filter(|token| !token.is_empty()).map(Secret::new),
    })
}

fn no_token() -> Error {
    fault::protocol("Microsoft Entra ID answered without a token.")
}

#[cfg(test)]
mod tests;
