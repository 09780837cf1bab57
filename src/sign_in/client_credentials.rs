//! Signing in as the application itself, with its secret, its certificate or a federated token.
//!
//! Facts: `v2-oauth2-client-creds-grant-flow` of the Entra documentation. There is never a refresh token; the scope is
//! exactly one resource with `/.default`, and stands for every permission that was granted.

use super::token::{self, Tokens};
use crate::contract::types::{Error, Problem};
use crate::form;
use crate::http::Transport;
use crate::settings::{Settings, SignIn};

/// Gets a token for Microsoft Graph. `claims`: a challenge that the token has to meet.
///
/// # Errors
/// `invalid-settings` without a secret, and as [`token::request`].
pub fn sign_in(
    transport: &dyn Transport,
    settings: &Settings,
    claims: Option<&str>,
    now: i64,
) -> Result<Tokens, Error> {
    let (field, there) = match settings.sign_in {
        SignIn::Certificate => (form::CERTIFICATE, settings.certificate.is_some()),
        SignIn::Federated => (form::FEDERATED_TOKEN, settings.federated_token.is_some()),
        _ => (form::CLIENT_SECRET, settings.client_secret.is_some()),
    };
    if !there {
        return Err(Error::InvalidSettings(vec![Problem {
            field: field.to_owned(),
            wrong: "What the application proves itself with is missing.".to_owned(),
            mend: "Configure the connection again, and give it.".to_owned(),
        }]));
    }
    let scope = format!("{}/.default", settings.cloud.graph_root());
    let mut grant = vec![("grant_type", "client_credentials"), ("scope", scope.as_str())];
    grant.extend(claims.map(|claims| ("claims", claims)));
    token::request(transport, settings, &grant, now)
}
