//! The settings of a connection: read, brought into their normal form, and judged.
//!
//! Everything that is wrong is told at once, each problem with its field and the mend.

use std::fmt;

use crate::cloud::Cloud;
use crate::contract::types::{Error, Problem, Setting};

/// How the connector signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// As the application itself, with a client secret (client credentials).
    Application,
    /// On behalf of a person who signs in once in the browser (authorization code with PKCE).
    Browser,
}

/// What `connect` does about consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// An administrator has granted the permissions already.
    Granted,
    /// An administrator is asked for them in the browser first.
    Ask,
}

/// A text that no message and no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The text itself, to be sent and nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// The settings of a connection in their normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The tenant's id as a GUID in lower case, or one of its verified domains.
    pub tenant: String,
    /// The application (client) id as a GUID in lower case.
    pub application_id: String,
    /// How the connector signs in.
    pub sign_in: SignIn,
    /// The client secret. Absent for a public client, and wherever the host gives no secrets.
    pub client_secret: Option<Secret>,
    /// The cloud of the tenant.
    pub cloud: Cloud,
    /// What `connect` does about consent.
    pub consent: Consent,
    /// How many days of sign-ins the first run reads: 1 to 30.
    pub history_days: u16,
    /// After how many days without activity a seat counts as inactive: 30, 60, 90 or 180.
    pub inactive_days: u16,
    /// How many days a new seat is left alone: 0 to 180.
    pub grace_days: u16,
}

impl Settings {
    /// Reads settings as `configure` has left them. Secrets may be absent.
    ///
    /// # Errors
    /// `invalid-settings` with every problem.
    pub fn read(settings: &[Setting]) -> Result<Self, Error> {
        let _ = settings;
        Err(Error::InvalidSettings(Vec::<Problem>::new()))
    }
}
