//! The dialogue that connects a tenant: consent, sign-in, the smallest call that proves it, and what will work.
//!
//! ```text
//! start ─→ ask for consent ─→ sign in in the browser ─→ token ─→ prove ─→ connected
//!          (consent = ask)    (sign-in = browser)
//! ```

use serde::{Deserialize, Serialize};

use crate::contract::dialogue::{Ask, Browse, Connected, Progress, Question, Reply};
use crate::contract::types::{Error, Fault, Refusal};
use crate::fault;
use crate::http::Transport;
use crate::permission;
use crate::proof;
use crate::random;
use crate::renew;
use crate::settings::{Consent, Settings, SignIn};
use crate::sign_in::claims::Claims;
use crate::sign_in::token::Tokens;
use crate::sign_in::{authorization_code, client_credentials, consent};

/// How often a token without any permission is asked for again after an administrator has just consented, and after
/// how many seconds each time: the grants take a while to reach every server.
const PATIENCE: (u8, u32) = (3, 10);

/// Where the dialogue stands.
#[derive(Serialize, Deserialize)]
enum Phase {
    /// An administrator was asked for consent.
    Consent,
    /// A person was asked to sign in; holds the verifier of PKCE.
    SignIn(String),
    /// The grants are on their way; so many tries are left.
    Grants(u8),
}

/// What is needed again when the reply comes. The host seals it.
#[derive(Serialize, Deserialize)]
struct Continuation {
    phase: Phase,
    /// The address to which the browser comes back.
    redirect: String,
    /// The `state` with which it must come back.
    state: String,
}

/// A dialogue in progress: what every step of it needs.
pub struct Dialogue<'a> {
    /// Carries the requests.
    pub transport: &'a dyn Transport,
    /// Secrets included.
    pub settings: &'a Settings,
    /// Seconds since 1970.
    pub now: i64,
}

impl Dialogue<'_> {
    /// One step: a reply in, the next question or the end out.
    ///
    /// # Errors
    /// What was refused; `other` when the person gave up; `internal` when the reply does not fit the question.
    pub fn step(&self, reply: &Reply, continuation: Option<&[u8]>) -> Result<Progress, Error> {
        let before = continuation.map(serde_json::from_slice::<Continuation>).transpose().map_err(|_| misfit())?;
        match (reply, before) {
            (Reply::Cancelled, _) => Err(fault::other("The connection was given up.", "Run connect again.")),
            (Reply::Start(base), None) => self.begin(base),
            (Reply::Redirected(parameters), Some(before)) => self.came_back(before, parameters),
            (Reply::Waited, Some(Continuation { phase: Phase::Grants(left), redirect, .. })) => {
                self.as_application(redirect, left)
            }
            _ => Err(misfit()),
        }
    }

    fn begin(&self, base: &str) -> Result<Progress, Error> {
        let redirect = format!("{}{}", base.trim_end_matches('/'), authorization_code::PATH);
        match self.settings.consent {
            Consent::Granted => self.sign_in(redirect, 0),
            Consent::Ask => {
                let state = random::token()?;
                let url = consent::page(self.settings, &redirect, &state);
                let help = "Microsoft shows what the connector wants to read. Sign in as an administrator of the \
                            tenant, such as a Cloud Application Administrator, and accept.";
                browse(url, help, Continuation { phase: Phase::Consent, redirect, state })
            }
        }
    }

    fn sign_in(&self, redirect: String, patience: u8) -> Result<Progress, Error> {
        match self.settings.sign_in {
            SignIn::Application => self.as_application(redirect, patience),
            SignIn::Browser => {
                let (state, verifier) = (random::token()?, random::token()?);
                let url = authorization_code::page(self.settings, &redirect, &state, &verifier);
                let help = "Sign in with an account of the tenant that has a role such as Global Reader. The \
                            connector reads as this account, and changes nothing.";
                browse(url, help, Continuation { phase: Phase::SignIn(verifier), redirect, state })
            }
        }
    }

    fn came_back(&self, before: Continuation, parameters: &[(String, String)]) -> Result<Progress, Error> {
        let expected = |(name, value): &(String, String)| name == "state" && *value == before.state;
        if !parameters.iter().any(expected) {
            return Err(misfit());
        }
        match before.phase {
            Phase::Consent => {
                consent::granted(parameters)?;
                self.sign_in(before.redirect, PATIENCE.0)
            }
            Phase::SignIn(verifier) => {
                let code = authorization_code::code(parameters)?;
                let redirect = &before.redirect;
                let tokens =
                    authorization_code::redeem(self.transport, self.settings, &code, redirect, &verifier, self.now)?;
                self.prove(&tokens)
            }
            Phase::Grants(_) => Err(misfit()),
        }
    }

    fn as_application(&self, redirect: String, patience: u8) -> Result<Progress, Error> {
        let tokens = client_credentials::sign_in(self.transport, self.settings, self.now)?;
        let without_grants = Claims::of(&tokens.access).is_some_and(|claims| claims.roles.is_empty());
        match patience.checked_sub(1) {
            Some(left) if without_grants => {
                let next = Continuation { phase: Phase::Grants(left), redirect, state: String::new() };
                ask(Ask::Wait(PATIENCE.1), &next)
            }
            _ if without_grants => Err(self.no_grants()),
            _ => self.prove(&tokens),
        }
    }

    /// The token endpoint gives a token even to an application to which nothing was granted; Graph would refuse it.
    fn no_grants(&self) -> Error {
        let needed: Vec<&str> =
            permission::ALL.iter().filter(|permission| !permission.optional).map(|permission| permission.id).collect();
        Error::Forbidden(Refusal {
            fault: Fault {
                mend: Some(format!(
                    "At {}, App registrations, API permissions, add the application permissions {} of Microsoft Graph \
                     and grant admin consent; or set consent to \"ask\". Then connect again.",
                    self.settings.cloud.admin_centre(),
                    needed.join(", ")
                )),
                ..fault::sentence("The application signs in, but no permission was granted to it.")
            },
            permission: permission::DIRECTORY.to_owned(),
        })
    }

    fn prove(&self, tokens: &Tokens) -> Result<Progress, Error> {
        let proof = proof::read(self.transport, self.settings, &tokens.access, self.now)?;
        Ok(Progress::Connected(Connected {
            account: proof.name,
            account_id: proof.id,
            keep: renew::kept(tokens),
            notes: notes(self.settings.sign_in, proof.known.claims.as_ref()),
            capabilities: proof.capabilities,
            granted: proof.granted,
        }))
    }
}

fn browse(url: String, help: &str, next: Continuation) -> Result<Progress, Error> {
    let browse =
        Browse { url, path: authorization_code::PATH.to_owned(), state: next.state.clone(), help: help.to_owned() };
    ask(Ask::Browse(browse), &next)
}

fn ask(ask: Ask, next: &Continuation) -> Result<Progress, Error> {
    let continuation = serde_json::to_vec(next).map_err(|_| misfit())?;
    Ok(Progress::Ask(Question { ask, continuation }))
}

/// What a person should know of the way of signing in.
fn notes(sign_in: SignIn, claims: Option<&Claims>) -> Vec<Fault> {
    let mut notes = Vec::new();
    if sign_in == SignIn::Browser {
        notes.push(Fault {
            mend: Some("Run collect at least every 90 days; connect again when it asks for it.".to_owned()),
            ..fault::sentence(
                "The sign-in lasts while it is used. It ends after 90 days without use, when it is revoked, and, for a \
                 public client, with a new password.",
            )
        });
    }
    let writes: Vec<&str> =
        claims.iter().flat_map(|claims| claims.permissions()).filter(|name| name.contains("Write")).collect();
    if !writes.is_empty() {
        notes.push(Fault {
            mend: Some("Take them away under App registrations, API permissions.".to_owned()),
            ..fault::sentence(&format!(
                "The application may change things, and the connector only reads. Not needed: {}.",
                writes.join(", ")
            ))
        });
    }
    notes
}

fn misfit() -> Error {
    fault::internal("The reply does not fit what was asked.")
}

#[cfg(test)]
mod tests;
