//! The dialogue that connects a tenant: consent, sign-in, the smallest call that proves it, and what will work.
//!
//! ```text
//! start ─→ ask for consent ─→ sign in ─→ token ─→ prove ─→ connected
//!          (consent = ask)      ↑  in the browser, by a code, or without asking anybody
//!                               └── once more, when a policy wants to see more (a claims challenge); that is kept
//! ```

use serde_json::Value;

use crate::contract::dialogue::{Ask, Browse, Connected, EnterCode, Progress, Question, Reply};
use crate::contract::types::{Error, Fault, Refusal};
use crate::fault;
use crate::kept;
use crate::kept::Kept;
use crate::permission;
use crate::proof;
use crate::random;
use crate::renew;
use crate::settings::{Consent, Secret, Settings, SignIn};
use crate::sign_in::challenge::Listening;
use crate::sign_in::claims::Claims;
use crate::sign_in::device_code::{Device, Poll};
use crate::sign_in::token::Tokens;
use crate::sign_in::{authorization_code, client_credentials, consent, device_code, password};

/// How often a token without any permission is asked for again after an administrator has just consented, and after
/// how many seconds each time: the grants take a while to reach every server.
const PATIENCE: (u8, u32) = (3, 10);

/// Where the dialogue stands.
enum Phase {
    /// An administrator was asked for consent.
    Consent,
    /// A person was asked to sign in; holds the verifier of PKCE.
    SignIn(String),
    /// A person was shown a code; `false` until the host said so.
    Device(Device, bool),
    /// The grants are on their way; so many tries are left.
    Grants(u8),
}

impl Kept for Phase {
    fn put(&self) -> Value {
        let (name, held) = match self {
            Self::Consent => ("consent", Value::Null),
            Self::SignIn(verifier) => ("verifier", verifier.put()),
            Self::Device(device, false) => ("device", device.put()),
            Self::Device(device, true) => ("shown", device.put()),
            Self::Grants(left) => ("grants", left.put()),
        };
        kept::object(vec![(name, held)])
    }

    fn take(value: &Value) -> Option<Self> {
        let (name, held) = value.as_object()?.iter().next()?;
        Some(match name.as_str() {
            "consent" => Self::Consent,
            "verifier" => Self::SignIn(Kept::take(held)?),
            "device" => Self::Device(Kept::take(held)?, false),
            "shown" => Self::Device(Kept::take(held)?, true),
            "grants" => Self::Grants(Kept::take(held)?),
            _ => return None,
        })
    }
}

/// What is needed again when the reply comes. The host seals it.
struct Continuation {
    phase: Phase,
    /// The address to which the browser comes back.
    redirect: String,
    /// The `state` with which it must come back.
    state: String,
    /// The challenge with which the sign-in was repeated already. A second one would ask without end.
    claims: Option<String>,
}

kept!(Continuation { phase, redirect, state, claims });

/// A dialogue in progress: what every step of it needs.
pub struct Dialogue<'a> {
    /// Carries the requests, and hears what policies want.
    pub transport: Listening<'a>,
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
        let before = continuation.map(|kept| kept::read::<Continuation>(kept).ok_or_else(misfit)).transpose()?;
        let (redirect, challenged) =
            before.as_ref().map_or_else(Default::default, |before| (before.redirect.clone(), before.claims.is_some()));
        let progress = match (reply, before) {
            (Reply::Cancelled, _) => Err(fault::other("The connection was given up.", "Run connect again.")),
            (Reply::Start(base), None) => self.begin(base),
            (Reply::Redirected(parameters), Some(before)) => self.came_back(before, parameters),
            (Reply::Waited, Some(Continuation { phase: Phase::Grants(left), redirect, .. })) => {
                self.as_application(redirect, left)
            }
            (Reply::Waited, Some(before)) => self.poll(before),
            _ => Err(misfit()),
        };
        // Of a connection that stands, part may have been refused to it.
        let ends = matches!(progress, Ok(Progress::Connected(_)) | Err(Error::SignInNeeded(_) | Error::Forbidden(_)));
        match self.transport.heard() {
            Some(claims) if ends && !challenged && self.settings.sign_in != SignIn::Password => {
                match (self.again(redirect, &claims), progress) {
                    (Err(_), Ok(connected)) => Ok(connected),
                    (again, _) => again,
                }
            }
            _ => progress,
        }
    }

    /// The sign-in once more, with what a policy wants to see. With a password nobody is there to show it.
    fn again(&self, redirect: String, claims: &str) -> Result<Progress, Error> {
        match self.settings.sign_in {
            SignIn::Browser => self.browse(redirect, Some(claims)),
            SignIn::DeviceCode => self.show_code(redirect, Some(claims)),
            SignIn::Password => Err(misfit()),
            SignIn::Application | SignIn::Certificate | SignIn::Federated => {
                let tokens = client_credentials::sign_in(&self.transport, self.settings, Some(claims), self.now)?;
                self.prove(&tokens, Some(claims))
            }
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
                            tenant, a Global Administrator or a Privileged Role Administrator, and accept.";
                browse(url, help, Continuation { phase: Phase::Consent, redirect, state, claims: None })
            }
        }
    }

    fn sign_in(&self, redirect: String, patience: u8) -> Result<Progress, Error> {
        match self.settings.sign_in {
            SignIn::Application | SignIn::Certificate | SignIn::Federated => self.as_application(redirect, patience),
            SignIn::Browser => self.browse(redirect, None),
            SignIn::DeviceCode => self.show_code(redirect, None),
            SignIn::Password => self.prove(&password::sign_in(&self.transport, self.settings, self.now)?, None),
        }
    }

    fn browse(&self, redirect: String, claims: Option<&str>) -> Result<Progress, Error> {
        let (state, verifier) = (random::token()?, random::token()?);
        let url = authorization_code::page(self.settings, &redirect, &state, &verifier, claims);
        let help = match claims {
            None => {
                "Sign in with an account of the tenant that has the role Reports Reader or Global Reader. The connector \
                 reads as this account, and changes nothing."
            }
            Some(_) => {
                "A policy of the tenant (conditional access) wants more than was shown, such as a second factor. Sign \
                 in once more, and give what the page asks for."
            }
        };
        let claims = claims.map(str::to_owned);
        browse(url, help, Continuation { phase: Phase::SignIn(verifier), redirect, state, claims })
    }

    fn show_code(&self, redirect: String, claims: Option<&str>) -> Result<Progress, Error> {
        let shown = device_code::begin(&self.transport, self.settings, claims, self.now)?;
        let code = EnterCode {
            url: shown.page,
            code: shown.user_code,
            help:
                "Open the page on any machine, enter the code, and sign in with an account of the tenant that has the \
                   role Reports Reader or Global Reader. Enter the code nowhere else, and only because you began this."
                    .to_owned(),
            expires: shown.device.ends,
        };
        let phase = Phase::Device(shown.device, false);
        let claims = claims.map(str::to_owned);
        ask(Ask::EnterCode(code), &Continuation { phase, redirect, state: String::new(), claims })
    }

    /// The code is shown, or a wait is over: the first says so, each other one is a poll.
    fn poll(&self, before: Continuation) -> Result<Progress, Error> {
        let Phase::Device(mut device, shown) = before.phase else { return Err(misfit()) };
        if shown && let Poll::Done(tokens) = device_code::poll(&self.transport, self.settings, &mut device, self.now)? {
            return self.prove(&tokens, before.claims.as_deref());
        }
        let wait = device.wait();
        ask(Ask::Wait(wait), &Continuation { phase: Phase::Device(device, true), ..before })
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
                    authorization_code::redeem(&self.transport, self.settings, &code, redirect, &verifier, self.now)?;
                self.prove(&tokens, before.claims.as_deref())
            }
            Phase::Grants(_) | Phase::Device(..) => Err(misfit()),
        }
    }

    fn as_application(&self, redirect: String, patience: u8) -> Result<Progress, Error> {
        let tokens = client_credentials::sign_in(&self.transport, self.settings, None, self.now)?;
        let without_grants = Claims::of(&tokens.access).is_some_and(|claims| claims.roles.is_empty());
        match patience.checked_sub(1) {
            Some(left) if without_grants => {
                let next = Continuation { phase: Phase::Grants(left), redirect, state: String::new(), claims: None };
                ask(Ask::Wait(PATIENCE.1), &next)
            }
            _ if without_grants => Err(self.no_grants()),
            _ => self.prove(&tokens, None),
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

    /// `claims`: the challenge that the tokens met, which each later renewal has to meet as well.
    fn prove(&self, tokens: &Tokens, claims: Option<&str>) -> Result<Progress, Error> {
        let proof = proof::read(&self.transport, self.settings, &tokens.access, self.now)?;
        Ok(Progress::Connected(Connected {
            account: proof.name,
            account_id: proof.id,
            keep: renew::kept(tokens.refresh.as_ref().map_or("", Secret::reveal), claims.unwrap_or_default()),
            notes: notes(self.settings, proof.known.claims.as_ref()),
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
    Ok(Progress::Ask(Question { ask, continuation: kept::written(next) }))
}

/// What a person should know of the way of signing in.
fn notes(settings: &Settings, claims: Option<&Claims>) -> Vec<Fault> {
    let (sign_in, mut notes) = (settings.sign_in, Vec::new());
    if settings.consent == Consent::Ask {
        notes.push(Fault {
            mend: Some("Set consent to \"granted\", so that no administrator is asked at the next connect.".to_owned()),
            ..fault::sentence("The consent is given, and lasts.")
        });
    }
    if sign_in == SignIn::Password {
        notes.push(Fault {
            mend: Some(
                "Better: set sign-in to \"certificate\" or \"application\", or to \"browser\" for a person; then run \
                 connect again."
                    .to_owned(),
            ),
            ..fault::sentence(
                "A user name and a password are the weakest way to sign in: the password is stored here, no second \
                 factor protects the account, the connection ends with every change of the password or of a policy, \
                 and Microsoft advises against it.",
            )
        });
    }
    if matches!(sign_in, SignIn::Browser | SignIn::DeviceCode) {
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
