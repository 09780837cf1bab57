//! Signing in on behalf of a person: authorization code with PKCE, and its refresh tokens.
//!
//! Facts: `v2-oauth2-auth-code-flow`, `refresh-tokens` and `reply-url` of the Entra documentation; RFC 7636. With a
//! client secret or a certificate the application is a confidential client, without either a public client: both use PKCE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use sha2::{Digest as _, Sha256};

use super::refusal::Refused;
use super::token::{self, Tokens, endpoint};
use crate::contract::types::Error;
use crate::fault;
use crate::http::Transport;
use crate::settings::{Secret, Settings};

/// The path below the redirect base. For `http://localhost` the service ignores the port and not the path.
pub const PATH: &str = "/connect";

/// The scopes that make the sign-in last and name the person.
const OPEN_ID: &str = "openid profile offline_access";

/// The challenge that belongs to a verifier: base64url of its SHA-256 (RFC 7636 section 4.2, method `S256`).
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// The page on which the person signs in. `claims`: a challenge that the sign-in has to meet.
#[must_use]
pub fn page(settings: &Settings, redirect: &str, state: &str, verifier: &str, claims: Option<&str>) -> String {
    let query = Serializer::new(String::new())
        .append_pair("client_id", &settings.application_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", redirect)
        .append_pair("response_mode", "query")
        .append_pair("scope", &scopes(settings))
        .append_pair("state", state)
        .append_pair("code_challenge", &challenge(verifier))
        .append_pair("code_challenge_method", "S256")
        .append_pair("prompt", "select_account")
        .extend_pairs(claims.map(|claims| ("claims", claims)))
        .finish();
    format!("{}?{query}", endpoint(settings, "oauth2/v2.0/authorize"))
}

/// The code in the parameters with which the browser came back.
///
/// # Errors
/// What the service or the person refused; `protocol` when there is neither code nor error.
pub fn code(parameters: &[(String, String)]) -> Result<Secret, Error> {
    if let Some(refused) = Refused::of_redirect(parameters) {
        return Err(refused.into_error(None, None));
    }
    match parameters.iter().find(|(name, value)| name == "code" && !value.is_empty()) {
        Some((_, code)) => Ok(Secret::new(code.clone())),
        None => Err(fault::protocol("The browser came back from the sign-in without a code.")),
    }
}

/// Exchanges the code of a sign-in for tokens.
///
/// # Errors
/// As [`token::request`]; `protocol` when no refresh token comes, without which the connection would end in an hour.
pub fn redeem(
    transport: &dyn Transport,
    settings: &Settings,
    code: &Secret,
    redirect: &str,
    verifier: &str,
    now: i64,
) -> Result<Tokens, Error> {
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
        ("scope", &scopes(settings)),
    ];
    let tokens = token::request(transport, settings, &grant, now)?;
    if tokens.refresh.is_none() {
        return Err(no_refresh_token());
    }
    Ok(tokens)
}

/// Gets fresh tokens with the refresh token of the last sign-in. The answer may bring a new one, which replaces it.
/// `claims`: a challenge that the token has to meet.
///
/// # Errors
/// As [`token::request`].
pub fn refresh(
    transport: &dyn Transport,
    settings: &Settings,
    refresh_token: &Secret,
    claims: Option<&str>,
    now: i64,
) -> Result<Tokens, Error> {
    let scopes = scopes(settings);
    let mut grant =
        vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token.reveal()), ("scope", &scopes)];
    grant.extend(claims.map(|claims| ("claims", claims)));
    token::request(transport, settings, &grant, now)
}

/// Without a refresh token the connection would end in an hour.
pub(super) fn no_refresh_token() -> Error {
    fault::protocol("Microsoft Entra ID gave no refresh token, although it was asked for one.")
}

/// `.default` stands for the delegated permissions that the registration lists: who leaves an optional one out there is
/// not asked for it again here, which a list of names would do.
pub(super) fn scopes(settings: &Settings) -> String {
    format!("{OPEN_ID} {}/.default", settings.cloud.graph_root())
}

#[cfg(test)]
mod tests;
