//! Authorization codes: given at the end of a sign-in, redeemed once at the token endpoint.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::exchange::Fields;
use crate::id::Id;
use crate::identity::delegated::{self, SignIn};
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::visit::Visit;
use crate::world::World;

const PURPOSE: &str = "code";

/// How long a code lives, in seconds.
const LIFE: i64 = 600;

/// What the client must show again when it redeems a code.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    /// The challenge.
    pub(crate) text: String,
    /// The verifier's hash, rather than the verifier itself.
    pub(crate) hashed: bool,
}

impl Challenge {
    /// The challenge of an authorization request; a method that is not given means plain.
    ///
    /// # Errors
    /// When the method is unknown, or the challenge has a wrong length or characters.
    pub(crate) fn parse(fields: &Fields) -> Result<Option<Challenge>, Refusal> {
        let Some(text) = fields.get("code_challenge") else { return Ok(None) };
        let hashed = match fields.get("code_challenge_method") {
            Some("S256") => true,
            Some("plain") | None => false,
            Some(other) => {
                let text = format!("The code_challenge_method '{other}' is not supported: use S256 or plain.");
                return Err(Refusal::new(9_002_328, "invalid_request", text));
            }
        };
        if !is_verifier(text) {
            let text = "The size of the code_challenge parameter must be between 43 and 128, of unreserved characters.";
            return Err(Refusal::new(501_491, "invalid_request", text));
        }
        Ok(Some(Challenge { text: text.to_owned(), hashed }))
    }

    fn is_met_by(&self, verifier: &str) -> bool {
        if !is_verifier(verifier) {
            return false;
        }
        let hash = || URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        if self.hashed { hash() == self.text } else { verifier == self.text }
    }
}

/// 43 to 128 unreserved characters, as RFC 7636 asks for.
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[derive(Serialize, Deserialize)]
struct Ticket {
    id: Id,
    client: Id,
    user: u32,
    redirect: String,
    scopes: Scopes,
    challenge: Option<Challenge>,
    nonce: Option<String>,
    shown: Option<String>,
    ends: i64,
}

/// A code for what a visit asked for.
pub(crate) fn issue(world: &World, visit: &Visit, user: u32) -> String {
    let ticket = Ticket {
        id: world.seal.id(),
        client: visit.client,
        user,
        redirect: visit.redirect.clone(),
        scopes: visit.scopes.clone(),
        challenge: visit.challenge.clone(),
        nonce: visit.nonce.clone(),
        shown: visit.shown.clone(),
        ends: world.clock.now().as_second() + LIFE,
    };
    format!("0.{}", world.seal.close(PURPOSE, &ticket))
}

/// The address that the code of a form was sent to; nothing without one.
pub(crate) fn sent_to(world: &World, form: &Fields) -> Option<String> {
    world.seal.open(PURPOSE, form.get("code")?.strip_prefix("0.")?).map(|ticket: Ticket| ticket.redirect)
}

/// Redeems a code.
///
/// # Errors
/// When it is not this client's, has ended, was redeemed before, or the redirect or verifier is not the right one.
pub(crate) fn redeem(world: &World, registration: &Registration, form: &Fields) -> Result<Value, Refusal> {
    let code = form.get("code").ok_or_else(|| Refusal::missing("code"))?;
    let redirect = form.get("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
    let ticket: Option<Ticket> = world.seal.open(PURPOSE, code.strip_prefix("0.").unwrap_or_default());
    let ticket = ticket.filter(|ticket| ticket.client == registration.app_id).ok_or_else(|| {
        Refusal::new(70_000, "invalid_grant", "The provided value for the input parameter 'code' is not valid.")
    })?;
    if world.clock.now().as_second() >= ticket.ends {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.";
        return Err(Refusal::new(70_008, "invalid_grant", text));
    }
    if ticket.redirect != redirect {
        let text = format!(
            "The reply address '{redirect}' does not match the reply address '{}' provided when requesting the authorization code.",
            ticket.redirect
        );
        return Err(Refusal::new(500_112, "invalid_grant", text));
    }
    let verifier = form.get("code_verifier");
    let met = match &ticket.challenge {
        Some(challenge) => verifier.is_some_and(|verifier| challenge.is_met_by(verifier)),
        None => verifier.is_none(),
    };
    if !met {
        let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        return Err(Refusal::new(501_481, "invalid_grant", text));
    }
    if !world.state().ledger.redeemed.insert(ticket.id) {
        let text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.";
        return Err(Refusal::new(54_005, "invalid_grant", text));
    }
    let mut scopes = ticket.scopes;
    if let Some(text) = form.get("scope") {
        let asked = Scopes::parse(world, text)?;
        scopes.permissions = asked.permissions;
    }
    let sign_in = SignIn::new(world, form, registration, ticket.shown);
    delegated::issue(world, registration, ticket.user, &scopes, ticket.nonce.as_deref(), sign_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_the_standard_meets_its_challenge() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let text = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        assert!(Challenge { text: text.clone(), hashed: true }.is_met_by(verifier));
        assert!(!Challenge { text, hashed: false }.is_met_by(verifier));
        assert!(Challenge { text: verifier.to_owned(), hashed: false }.is_met_by(verifier));
        assert!(!Challenge { text: "short".to_owned(), hashed: false }.is_met_by("short"));
    }
}
