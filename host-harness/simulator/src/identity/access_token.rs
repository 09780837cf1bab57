//! Access tokens: JSON web tokens that the simulator signs and verifies itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::world::World;

/// What an access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// The resource that it is for.
    pub(crate) aud: String,
    /// Who issued it.
    pub(crate) iss: String,
    /// When it was issued, in seconds since 1970.
    pub(crate) iat: i64,
    /// From when it is valid.
    pub(crate) nbf: i64,
    /// Until when it is valid.
    pub(crate) exp: i64,
    /// The client id.
    pub(crate) appid: String,
    /// The client's name.
    pub(crate) app_displayname: String,
    /// Whom it speaks for: a user, or the client itself.
    pub(crate) oid: String,
    /// The tenant's id.
    pub(crate) tid: String,
    /// `app` or `user`.
    pub(crate) idtyp: String,
    /// Application permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) roles: Vec<String>,
    /// Delegated permissions, separated by blanks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scp: Option<String>,
    /// Directory roles of the user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) wids: Vec<String>,
    /// The claims that were asked for and shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<String>,
    /// The user's principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upn: Option<String>,
    /// Counts how often all tokens were declared void; older ones are refused.
    pub(crate) epoch: u64,
    /// The version of the form.
    pub(crate) ver: String,
}

/// Why a token is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    /// Not three parts of base64url, or not what they should hold.
    Malformed,
    /// The signature is not the simulator's.
    Forged,
    /// Past its end, or declared void.
    Expired,
    /// For another resource.
    Audience,
}

/// Writes a signed token.
pub(crate) fn issue(world: &World, claims: &Claims) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256","kid":"simulator"}"#);
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(claims).unwrap_or_default());
    let text = format!("{head}.{payload}");
    let signature = world.seal.sign(&text);
    format!("{text}.{signature}")
}

/// Reads a token and checks its signature, its life and its audience.
pub(crate) fn verify(world: &World, token: &str, audience: &str) -> Result<Claims, Flaw> {
    let (text, signature) = token.rsplit_once('.').ok_or(Flaw::Malformed)?;
    let (_, payload) = text.split_once('.').ok_or(Flaw::Malformed)?;
    if !world.seal.verify(text, signature) {
        return Err(Flaw::Forged);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Flaw::Malformed)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| Flaw::Malformed)?;
    if claims.aud != audience {
        return Err(Flaw::Audience);
    }
    let now = world.clock.now().as_second();
    if now >= claims.exp || claims.epoch != world.state().token_epoch {
        return Err(Flaw::Expired);
    }
    Ok(claims)
}
