//! The settings of a connection: read, brought into their normal form, and judged.
//!
//! Everything that is wrong is told at once, each problem with its field and the mend.

pub(crate) mod reading;

use std::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::cloud::Cloud;
use crate::contract::types::{Error, Setting};
use crate::form;
use reading::Reading;

/// How the connector signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// As the application itself, with a client secret (client credentials).
    Application,
    /// As the application itself, with a certificate.
    Certificate,
    /// As the application itself, with the token of another identity provider.
    Federated,
    /// On behalf of a person who signs in once in the browser (authorization code with PKCE).
    Browser,
    /// On behalf of a person who enters a code on any machine.
    DeviceCode,
    /// On behalf of a person, with the password.
    Password,
}

impl SignIn {
    /// All of them, by the value of the setting.
    const ALL: [(&'static str, Self); 6] = [
        (form::APPLICATION, Self::Application),
        (form::CERTIFICATE, Self::Certificate),
        (form::FEDERATED, Self::Federated),
        (form::BROWSER, Self::Browser),
        (form::DEVICE_CODE, Self::DeviceCode),
        (form::PASSWORD, Self::Password),
    ];

    /// The token speaks for the application and not for a person.
    #[must_use]
    pub fn is_application(self) -> bool {
        matches!(self, Self::Application | Self::Certificate | Self::Federated)
    }
}

/// What `connect` does about consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// An administrator has granted the permissions already.
    Granted,
    /// An administrator is asked for them in the browser first.
    Ask,
}

/// A text that nothing shows: it has no `Debug`, no `Display` and no `Serialize`, and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl ZeroizeOnDrop for Secret {}

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The text itself, to be sent and nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the settings of {}", self.tenant)
    }
}

/// The settings of a connection in their normal form.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The tenant's id as a GUID in lower case, or one of its verified domains.
    pub tenant: String,
    /// The application (client) id as a GUID in lower case.
    pub application_id: String,
    /// How the connector signs in.
    pub sign_in: SignIn,
    /// The client secret. Absent for a public client, and wherever the host gives no secrets.
    pub client_secret: Option<Secret>,
    /// How the client secret begins and, behind a blank, the day on which it ends if that is known; never that of another
    /// secret.
    pub client_secret_ends: Option<String>,
    /// The certificate of the application as PEM. Its private key is the host's.
    pub certificate: Option<String>,
    /// The token of another identity provider.
    pub federated_token: Option<Secret>,
    /// The principal name of the person whose password is used.
    pub user_name: Option<String>,
    /// That password.
    pub password: Option<Secret>,
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
    /// How many days of history are kept: 30 to 3650.
    pub keep_days: u16,
    /// Datasets of the reports whose days are kept beside those of activity by workload.
    pub daily_reports: Vec<String>,
    /// Single sign-ins are kept beside their counts.
    pub keep_sign_ins: bool,
    /// How many days before a renewal spare seats are news: 30, 60, 90 or 180.
    pub renewal_days: u16,
    /// Persons that advice leaves alone, by principal name or id.
    pub exclude_users: Vec<String>,
    /// Groups whose licences advice leaves alone, by name or id.
    pub exclude_groups: Vec<String>,
    /// Products that advice leaves alone, by string id, SKU id or name.
    pub exclude_products: Vec<String>,
    /// What set-up changed of what it did not make, and has yet to take away.
    pub set_up_record: Vec<String>,
    /// Abilities of products that cannot be measured and that nobody needs, by their names in `src/data/abilities.tsv`.
    pub not_needed: Vec<String>,
}

impl Settings {
    /// Reads settings as `configure` has left them. Secrets may be absent.
    ///
    /// # Errors
    /// `invalid-settings` with every problem.
    pub fn read(settings: &[Setting]) -> Result<Self, Error> {
        Reading::of(settings).finish()
    }

    /// The certificate that the application proves itself with: for itself, or as a confidential client in the browser.
    #[must_use]
    pub fn signing_certificate(&self) -> Option<&str> {
        self.certificate.as_deref().filter(|_| matches!(self.sign_in, SignIn::Certificate | SignIn::Browser))
    }

    /// Reads settings as a person has entered them. What the way of signing in needs must be there.
    ///
    /// # Errors
    /// `invalid-settings` with every problem.
    pub fn enter(settings: &[Setting]) -> Result<Self, Error> {
        let mut reading = Reading::of(settings);
        reading.known();
        let way = reading.text(form::SIGN_IN).unwrap_or(form::APPLICATION);
        let way = SignIn::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(way)).map(|(_, way)| *way);
        let needs: &[(&str, &str, &str)] = match way {
            Some(SignIn::Application) => &[(
                form::CLIENT_SECRET,
                "The client secret is missing, and the connector is to sign in as the application.",
                "Make one under App registrations, Certificates & secrets, and enter its value; or let a person sign \
                 in in the browser.",
            )],
            Some(SignIn::Certificate) => &[(
                form::CERTIFICATE,
                "The certificate is missing, and the connector is to sign in with it.",
                "Give the PEM or PFX file that holds the certificate and its private key.",
            )],
            Some(SignIn::Federated) => &[(
                form::FEDERATED_TOKEN,
                "The file of the federated token is missing.",
                "Give the path at which the other identity provider keeps its token.",
            )],
            Some(SignIn::Password) => &[
                (
                    form::USER_NAME,
                    "The user name is missing.",
                    "Enter the principal name of the account, such as reader@contoso.onmicrosoft.com.",
                ),
                (form::PASSWORD, "The password is missing.", "Enter the password of the account."),
            ],
            Some(SignIn::Browser | SignIn::DeviceCode) | None => &[],
        };
        for (field, wrong, mend) in needs {
            if reading.text(field).is_none() {
                reading.problem(field, wrong, mend);
            }
        }
        let settings = reading.finish()?;
        // Whoever enters settings has the secret at hand, if there is one.
        let client_secret_ends = settings.client_secret_ends.filter(|_| settings.client_secret.is_some());
        Ok(Self { client_secret_ends, ..settings })
    }

    /// The settings as the host keeps them: every field that has a value, in the order of the form.
    #[must_use]
    pub fn written(&self) -> Vec<Setting> {
        let sign_in = SignIn::ALL.iter().find(|(_, way)| *way == self.sign_in).map(|(name, _)| (*name).to_owned());
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let consent = match self.consent {
            Consent::Granted => form::GRANTED,
            Consent::Ask => form::ASK,
        };
        let values = [
            (form::TENANT, Some(self.tenant.clone())),
            (form::APPLICATION_ID, Some(self.application_id.clone())),
            (form::SIGN_IN, sign_in),
            (form::CLIENT_SECRET, secret(&self.client_secret)),
            (form::CERTIFICATE, self.certificate.clone()),
            (form::FEDERATED_TOKEN, secret(&self.federated_token)),
            (form::USER_NAME, self.user_name.clone()),
            (form::PASSWORD, secret(&self.password)),
            (form::CLOUD, Some(self.cloud.id().to_owned())),
            (form::CONSENT, Some(consent.to_owned())),
            (form::HISTORY_DAYS, Some(self.history_days.to_string())),
            (form::INACTIVE_DAYS, Some(self.inactive_days.to_string())),
            (form::GRACE_DAYS, Some(self.grace_days.to_string())),
            (form::KEEP_DAYS, Some(self.keep_days.to_string())),
            (form::DAILY_REPORTS, joined(&self.daily_reports)),
            (form::KEEP_SIGN_INS, Some(self.keep_sign_ins.to_string())),
            (form::RENEWAL_DAYS, Some(self.renewal_days.to_string())),
            (form::EXCLUDE_USERS, joined(&self.exclude_users)),
            (form::EXCLUDE_GROUPS, joined(&self.exclude_groups)),
            (form::EXCLUDE_PRODUCTS, joined(&self.exclude_products)),
            (form::NOT_NEEDED, Some(joined(&self.not_needed).unwrap_or_else(|| form::NOTHING.to_owned()))),
            (form::SECRET_ENDS, self.client_secret_ends.clone()),
            (form::SET_UP_RECORD, joined(&self.set_up_record)),
        ];
        values.into_iter().filter_map(|(name, value)| Some(Setting { name: name.to_owned(), value: value? })).collect()
    }
}

/// Lines as one text; `None` when there are none.
fn joined(lines: &[String]) -> Option<String> {
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A GUID in lower case; `None` when the text is none. Braces around it are taken off.
#[must_use]
pub fn guid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let lengths: Vec<usize> = inner.split('-').map(str::len).collect();
    let digits = inner.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    (digits && lengths == [8, 4, 4, 4, 12]).then(|| inner.to_ascii_lowercase())
}

/// Letters, digits and hyphens in at least two labels, as RFC 1035 section 2.3.4 limits them.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests;
