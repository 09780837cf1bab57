//! Signing in as the application itself, with its secret.
//!
//! Facts: `v2-oauth2-client-creds-grant-flow` of the Entra documentation. There is never a refresh token; the scope is
//! exactly one resource with `/.default`, and stands for every permission that was granted.

use super::token::{self, Tokens};
use crate::contract::types::{Error, Problem};
use crate::form;
use crate::http::Transport;
use crate::settings::Settings;

/// Gets a token for Microsoft Graph.
///
/// # Errors
/// `invalid-settings` without a secret, and as [`token::request`].
pub fn sign_in(transport: &dyn Transport, settings: &Settings, now: i64) -> Result<Tokens, Error> {
    if settings.client_secret.is_none() {
        return Err(Error::InvalidSettings(vec![Problem {
            field: form::CLIENT_SECRET.to_owned(),
            wrong: "The client secret is missing.".to_owned(),
            mend: "Configure the connection again, and enter the value of a client secret.".to_owned(),
        }]));
    }
    let scope = format!("{}/.default", settings.cloud.graph_root());
    token::request(transport, settings, &[("grant_type", "client_credentials"), ("scope", &scope)], now)
}
