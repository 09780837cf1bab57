//! The bearer credential of a connection: made by the connector's `renew`, kept sealed, given to whoever asks, renewed
//! once however many ask.
//!
//! What is in the vault of a connection:
//!
//! | name              | content                                                                    |
//! |-------------------|----------------------------------------------------------------------------|
//! | `setting/<field>` | the value of a secret field of the settings form; the path of a token file |
//! | `key/<field>`     | the private key of a certificate of the settings form, as PKCS#8           |
//! | `keep`            | what the last `connect` or `renew` wants to have at the next `renew`       |
//! | `bearer`          | when it was obtained, when it expires (both seconds), and the credential   |

use crate::clock::{Clock, Pending};
use crate::contract::connector::{Context, Examined, Renewed};
use crate::contract::dialogue::{Capability, Granted};
use crate::contract::manifest::{Field, Origin};
use crate::contract::types::{Error, Setting};
use crate::limits::RETRY_AFTER;
use crate::sandbox::{BearerSource, Call, CallError, Log, Meter};
use crate::secret::Secret;
use crate::secrets;
use crate::storage::StorageError;
use std::sync::Arc;
use std::time::Duration;

/// Name of the kept credential in the vault.
pub const BEARER: &str = "bearer";
/// Name of what the connector wants to have kept.
pub const KEEP: &str = "keep";

/// A credential is renewed this many seconds before it expires: longer than a request may take to begin.
const MARGIN: i64 = 5 * 60;
/// How often it is looked whether another process has ended renewing.
const PAUSE: Duration = Duration::from_millis(200);
/// For so many seconds a failure to renew is told to everybody who asks, so that eight waiting tasks do not try eight
/// times in a row what was just refused. A service that names a time is asked again when it is over.
const HOLD: i64 = 10;

/// The name in the vault of a secret field of the settings form.
pub fn setting_name(field: &str) -> String {
    format!("setting/{field}")
}

/// The sealed secrets of one connection. Calls block, for a moment.
pub trait Vault: Send + Sync {
    /// The secret of this name.
    ///
    /// # Errors
    /// It cannot be read or does not open.
    fn get(&self, name: &str) -> Result<Option<Secret>, StorageError>;
    /// Keeps a secret, in place of the one before.
    ///
    /// # Errors
    /// It cannot be written.
    fn put(&self, name: &str, value: &Secret) -> Result<(), StorageError>;
    /// Deletes a secret; it is no fault when there is none.
    ///
    /// # Errors
    /// It cannot be written.
    fn delete(&self, name: &str) -> Result<(), StorageError>;
    /// The right to renew, which one process has at a time and gives back by dropping it. Absent while another has it: two
    /// that present the same refresh token look like a thief and his victim.
    ///
    /// # Errors
    /// It cannot be asked for.
    fn turn(&self) -> Result<Option<Turn>, StorageError> {
        Ok(Some(Box::new(())))
    }
}

/// The right to renew the credential of a connection, as long as it is held.
pub type Turn = Box<dyn Send + Sync>;

/// A bearer credential: what stands after `Bearer ` in the header.
#[derive(Clone)]
pub struct Bearer {
    token: Secret,
    obtained: i64,
    expires: i64,
}

impl Bearer {
    /// A credential obtained now, and good until an instant (both in seconds).
    pub fn new(token: Secret, obtained: i64, expires: i64) -> Self {
        Self { token, obtained, expires }
    }

    /// What stands after `Bearer ` in the header.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// It is good for a while. A credential with a short life is used for half of it.
    fn is_fresh(&self, now: i64) -> bool {
        let life = self.expires.saturating_sub(self.obtained);
        now < self.expires.saturating_sub(MARGIN.min(life / 2))
    }

    /// Both hold the same credential.
    fn is(&self, other: &Bearer) -> bool {
        self.token.expose() == other.token.expose()
    }

    fn sealed(&self) -> Secret {
        let mut bytes = format!("{} {} ", self.obtained, self.expires).into_bytes();
        bytes.extend_from_slice(self.token.expose());
        Secret::new(bytes)
    }

    /// Absent when the content of the vault is not what is written here; it is then made anew.
    fn opened(sealed: &Secret) -> Option<Self> {
        let mut parts = sealed.expose_text()?.splitn(3, ' ');
        let obtained = parts.next()?.parse().ok()?;
        let expires = parts.next()?.parse().ok()?;
        Some(Self { token: Secret::new(parts.next()?), obtained, expires })
    }
}

/// Why there is no credential.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CredentialError {
    /// The connector could not make one.
    #[error(transparent)]
    Renew(Box<CallError>),
    /// The vault failed.
    #[error("{0}")]
    Vault(String),
    /// The service gave a credential that cannot stand in a header.
    #[error(
        "The connector made a credential that is empty or holds characters that cannot be sent. Report this to its maker."
    )]
    Unfit,
}

impl CredentialError {
    /// What a host can act on; absent when the vault failed.
    pub fn connector(&self) -> Option<&Error> {
        match self {
            Self::Renew(error) => match error.as_ref() {
                CallError::Connector(error) => Some(error),
                _ => None,
            },
            Self::Vault(_) | Self::Unfit => None,
        }
    }
}

impl From<StorageError> for CredentialError {
    fn from(error: StorageError) -> Self {
        Self::Vault(error.to_string())
    }
}

/// Makes credentials: a connector.
pub trait Renewer: Send + Sync {
    /// The settings form.
    fn fields(&self) -> &[Field];
    /// Makes a credential from the settings, secrets included, and what was kept.
    fn renew<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Renewed, CallError>>;
    /// Makes a credential as `renew` does, and finds out with it what the connection can do.
    fn examine<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Examined, CallError>>;
}

/// What the credentials of a connection are made with.
pub struct Parts {
    /// The connector.
    pub renewer: Arc<dyn Renewer>,
    /// The connection's secrets.
    pub vault: Arc<dyn Vault>,
    /// The connection's settings in their normal form, without the secret ones.
    pub settings: Vec<Setting>,
    /// The connection's granted origins.
    pub origins: Vec<Origin>,
    /// When the first run's tasks ended, in seconds; part of the context of every call.
    pub baseline_ended: Option<i64>,
    /// Counts the requests of `renew`.
    pub meter: Arc<Meter>,
    /// Takes the log lines of `renew`.
    pub log: Option<Arc<dyn Log>>,
    /// Tells when a credential expires.
    pub clock: Arc<dyn Clock>,
}

/// The credentials of one connection. One for all its tasks.
pub struct Credentials {
    parts: Parts,
    // Held while renewing: who asks meanwhile waits and finds the new one.
    state: tokio::sync::Mutex<State>,
}

#[derive(Default)]
struct State {
    bearer: Option<Bearer>,
    looked_into_vault: bool,
    failed: Option<(i64, CredentialError)>,
}

impl Credentials {
    /// The credentials of a connection. Nothing is read or renewed before somebody asks.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts, state: tokio::sync::Mutex::default() })
    }

    /// A credential that is good now: the one at hand, the one in the vault, or a new one.
    ///
    /// # Errors
    /// It could not be renewed, or the vault failed.
    pub async fn bearer(&self) -> Result<Bearer, CredentialError> {
        let mut state = self.state.lock().await;
        let now = self.now();
        if !state.looked_into_vault {
            state.bearer = self.parts.vault.get(BEARER)?.as_ref().and_then(Bearer::opened);
            state.looked_into_vault = true;
        }
        if let Some(bearer) = state.bearer.as_ref().filter(|bearer| bearer.is_fresh(now)) {
            return Ok(bearer.clone());
        }
        if let Some((when, error)) = &state.failed
            && (*when..when.saturating_add(hold(error))).contains(&now)
        {
            return Err(error.clone());
        }
        let _turn = self.turn().await?;
        // Another process may have renewed meanwhile.
        let renewed = match self.parts.vault.get(BEARER)?.as_ref().and_then(Bearer::opened) {
            Some(bearer) if bearer.is_fresh(now) => Ok(bearer),
            _ => self.renew(now).await,
        };
        match renewed {
            Ok(bearer) => {
                *state = State { bearer: Some(bearer.clone()), looked_into_vault: true, failed: None };
                Ok(bearer)
            }
            Err(error) => {
                state.failed = Some((self.now(), error.clone()));
                Err(error)
            }
        }
    }

    /// The service refused exactly this credential: it is given to nobody any more. Another one that is in use by now is
    /// left alone, so that the late answers of eight tasks renew once.
    pub async fn reject(&self, used: &Bearer) {
        let mut state = self.state.lock().await;
        if state.bearer.as_ref().is_some_and(|bearer| bearer.is(used)) {
            state.bearer = None;
            // A refused credential that stays in the vault is refused once more in the next run, and renewed then.
            let _stays = self.parts.vault.delete(BEARER);
        }
    }

    /// Finds out what the connection can do. The credential with which that is found out is kept as one of `renew` is,
    /// and whoever asks for one meanwhile waits for it.
    ///
    /// # Errors
    /// It could not be found out, or the vault failed.
    pub async fn examine(&self) -> Result<(Vec<Capability>, Vec<Granted>), CredentialError> {
        let mut state = self.state.lock().await;
        let _turn = self.turn().await?;
        let (call, settings, keep) = self.material(self.now())?;
        let examined = self.parts.renewer.examine(&call, &settings, keep.as_ref().map(Secret::expose)).await;
        let examined = examined.map_err(|error| CredentialError::Renew(Box::new(error)))?;
        let bearer = self.store(examined.renewed)?;
        *state = State { bearer: Some(bearer), looked_into_vault: true, failed: None };
        Ok((examined.capabilities, examined.granted))
    }

    /// Waits until no other process renews.
    async fn turn(&self) -> Result<Turn, CredentialError> {
        loop {
            match self.parts.vault.turn()? {
                Some(turn) => return Ok(turn),
                None => self.parts.clock.sleep(PAUSE).await,
            }
        }
    }

    async fn renew(&self, now: i64) -> Result<Bearer, CredentialError> {
        let (call, settings, keep) = self.material(now)?;
        let renewed = self.parts.renewer.renew(&call, &settings, keep.as_ref().map(Secret::expose)).await;
        self.store(renewed.map_err(|error| CredentialError::Renew(Box::new(error)))?)
    }

    /// What a credential is made from: the circumstances, all settings, and what was kept.
    fn material(&self, now: i64) -> Result<(Call, Vec<Setting>, Option<Secret>), CredentialError> {
        let parts = &self.parts;
        let mut settings = parts.settings.clone();
        let opened = secrets::open(parts.renewer.fields(), parts.vault.as_ref())?;
        settings.extend(opened.settings);
        let keep = parts.vault.get(KEEP)?;
        let call = Call {
            origins: parts.origins.clone(),
            guest_authorization: true,
            keys: opened.keys,
            meter: parts.meter.clone(),
            log: parts.log.clone(),
            secrets: keep.iter().cloned().collect(),
            ..Call::new(Context { now, baseline_ended: parts.baseline_ended })
        };
        Ok((call, settings, keep))
    }

    /// What is to be kept goes first, and is on the disk before anybody uses the credential: a service that gives a new
    /// refresh token may take the old one back, and may end everything when it sees that one again. A process that is
    /// killed between the answer and this write loses the new one; the old one is then tried once more, and a service
    /// that does not take it asks for `connect`.
    fn store(&self, renewed: Renewed) -> Result<Bearer, CredentialError> {
        if let Some(keep) = renewed.keep {
            self.parts.vault.put(KEEP, &Secret::new(keep))?;
        }
        if renewed.bearer.is_empty() || !renewed.bearer.bytes().all(|byte| (b'!'..=b'~').contains(&byte)) {
            return Err(CredentialError::Unfit);
        }
        let bearer = Bearer::new(Secret::from(renewed.bearer), self.now(), renewed.expires);
        self.parts.vault.put(BEARER, &bearer.sealed())?;
        Ok(bearer)
    }

    fn now(&self) -> i64 {
        self.parts.clock.now().as_second()
    }
}

/// How long a failure is told before it is tried again.
fn hold(error: &CredentialError) -> i64 {
    let named = match error.connector() {
        Some(Error::Throttled(delay) | Error::Unavailable(delay)) => delay.retry_after,
        _ => None,
    };
    named.map_or(HOLD, |seconds| i64::from(seconds).min(RETRY_AFTER.as_secs() as i64))
}

impl BearerSource for Credentials {
    fn bearer(&self) -> Pending<'_, Result<Bearer, CredentialError>> {
        Box::pin(Credentials::bearer(self))
    }

    fn reject<'a>(&'a self, used: &'a Bearer) -> Pending<'a, ()> {
        Box::pin(Credentials::reject(self, used))
    }
}

#[cfg(test)]
mod tests;
