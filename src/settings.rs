//! The settings of a connection: read, brought into their normal form, and judged.
//!
//! Everything that is wrong is told at once, each problem with its field and the mend.

use std::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::cloud::Cloud;
use crate::contract::types::{Error, Problem, Setting};
use crate::form;
use crate::reports;
use crate::rules::abilities::Abilities;
use crate::sign_in::assertion;
use crate::time;

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
    /// How the client secret begins, a blank, and the day on which it ends; never that of another secret.
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
        reading.finish()
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
        ];
        values.into_iter().filter_map(|(name, value)| Some(Setting { name: name.to_owned(), value: value? })).collect()
    }
}

/// Settings on their way to their normal form, with what was found wrong so far.
struct Reading<'a> {
    settings: &'a [Setting],
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    fn of(settings: &'a [Setting]) -> Self {
        Self { settings, problems: Vec::new() }
    }

    /// The trimmed value of a field; absent when it is empty.
    fn text(&self, field: &str) -> Option<&'a str> {
        let setting = self.settings.iter().find(|setting| setting.name == field)?;
        Some(setting.value.trim()).filter(|value| !value.is_empty())
    }

    fn problem(&mut self, field: &str, wrong: &str, mend: &str) {
        self.problems.push(Problem { field: field.to_owned(), wrong: wrong.to_owned(), mend: mend.to_owned() });
    }

    /// Fields that the form does not have, and fields that come twice.
    fn known(&mut self) {
        for (at, setting) in self.settings.iter().enumerate() {
            let name = setting.name.as_str();
            if !form::NAMES.contains(&name) {
                let mend = format!("Leave it out. The fields are: {}.", form::NAMES.join(", "));
                self.problem(name, "The form has no such field.", &mend);
            } else if self.settings.iter().take(at).any(|earlier| earlier.name == name) {
                self.problem(name, "The field is given twice.", "Give it once.");
            }
        }
    }

    fn finish(mut self) -> Result<Settings, Error> {
        let tenant = self.tenant();
        let application_id = self.application_id(&tenant);
        let settings = Settings {
            client_secret: self.client_secret(&application_id),
            client_secret_ends: self.client_secret_ends(),
            sign_in: self.one_of(form::SIGN_IN, &SignIn::ALL, SignIn::Application),
            certificate: self.certificate(),
            federated_token: self.federated_token(),
            user_name: self.user_name(),
            password: self.password(),
            cloud: self.one_of(form::CLOUD, &Cloud::ALL.map(|cloud| (cloud.id(), cloud)), Cloud::Global),
            consent: self.one_of(
                form::CONSENT,
                &[(form::GRANTED, Consent::Granted), (form::ASK, Consent::Ask)],
                Consent::Granted,
            ),
            history_days: self.days(form::HISTORY_DAYS, 1, form::MOST_HISTORY_DAYS, form::MOST_HISTORY_DAYS),
            inactive_days: self.one_of(
                form::INACTIVE_DAYS,
                &form::INACTIVE_CHOICES.map(|(value, days, _)| (value, days)),
                form::DEFAULT_INACTIVE_DAYS,
            ),
            grace_days: self.days(form::GRACE_DAYS, 0, form::MOST_GRACE_DAYS, form::DEFAULT_GRACE_DAYS),
            keep_days: self.days(form::KEEP_DAYS, form::LEAST_KEEP_DAYS, form::MOST_KEEP_DAYS, form::DEFAULT_KEEP_DAYS),
            daily_reports: self.daily_reports(),
            keep_sign_ins: self.one_of(form::KEEP_SIGN_INS, &[("false", false), ("true", true)], false),
            renewal_days: self.one_of(
                form::RENEWAL_DAYS,
                &form::INACTIVE_CHOICES.map(|(value, days, _)| (value, days)),
                form::DEFAULT_RENEWAL_DAYS,
            ),
            exclude_users: self.lines(form::EXCLUDE_USERS),
            exclude_groups: self.lines(form::EXCLUDE_GROUPS),
            exclude_products: self.lines(form::EXCLUDE_PRODUCTS),
            not_needed: self.not_needed(),
            tenant,
            application_id,
        };
        if self.problems.is_empty() { Ok(settings) } else { Err(Error::InvalidSettings(self.problems)) }
    }

    fn tenant(&mut self) -> String {
        let mend = "Enter the directory (tenant) id or a verified domain, such as contoso.onmicrosoft.com: Microsoft \
                    Entra admin centre, Overview.";
        let Some(value) = self.text(form::TENANT) else {
            self.problem(form::TENANT, "The tenant is missing.", mend);
            return String::new();
        };
        if let Some(guid) = guid(value) {
            return guid;
        }
        let domain = domain(value);
        if ["common", "organizations", "consumers"].contains(&domain.as_str()) {
            self.problem(form::TENANT, &format!("\"{domain}\" stands for any tenant and names none."), mend);
        } else if domain.contains('@') {
            self.problem(form::TENANT, "This is a principal name or mail address and no tenant.", mend);
        } else if !is_domain(&domain) {
            let wrong = format!("\"{}\" is neither a GUID nor a domain.", shown(value));
            self.problem(form::TENANT, &wrong, mend);
        }
        domain
    }

    fn application_id(&mut self, tenant: &str) -> String {
        let mend = "Copy the application (client) id: Microsoft Entra admin centre, App registrations, the \
                    application, Overview.";
        let Some(value) = self.text(form::APPLICATION_ID) else {
            self.problem(form::APPLICATION_ID, "The application id is missing.", mend);
            return String::new();
        };
        let Some(guid) = guid(value) else {
            let wrong = format!("\"{}\" is no GUID.", shown(value));
            self.problem(form::APPLICATION_ID, &wrong, mend);
            return String::new();
        };
        if guid == tenant {
            self.problem(form::APPLICATION_ID, "This is the id of the tenant once more.", mend);
        }
        guid
    }

    fn client_secret(&mut self, application_id: &str) -> Option<Secret> {
        let value = self.text(form::CLIENT_SECRET)?;
        let mend = "Copy the column Value under App registrations, Certificates & secrets. It is shown only when the \
                    secret is made: make a new one if it is gone.";
        if let Some(guid) = guid(value) {
            let wrong = if guid == application_id {
                "This is the application id and not its secret."
            } else {
                "This is the secret's id, not its value."
            };
            self.problem(form::CLIENT_SECRET, wrong, mend);
        } else if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.problem(form::CLIENT_SECRET, "The client secret has a blank or a line break inside.", mend);
        }
        Some(Secret::new(value.to_owned()))
    }

    /// What is no day, or is said of another secret than the one at hand, says nothing.
    fn client_secret_ends(&self) -> Option<String> {
        let value = self.text(form::SECRET_ENDS)?;
        let (beginning, day) = value.split_once(' ')?;
        time::day(day)?;
        let is_its = self.text(form::CLIENT_SECRET).is_none_or(|secret| secret.starts_with(beginning));
        is_its.then(|| value.to_owned())
    }

    fn certificate(&mut self) -> Option<String> {
        let value = self.text(form::CERTIFICATE)?;
        if assertion::thumbprint(value).is_none() {
            self.problem(form::CERTIFICATE, "This is no certificate.", "Give a PEM or PFX file that holds one.");
        }
        Some(value.to_owned())
    }

    fn federated_token(&mut self) -> Option<Secret> {
        let value = self.text(form::FEDERATED_TOKEN)?;
        let parts: Vec<&str> = value.split('.').collect();
        let word =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b));
        if parts.len() != 3 || !parts.iter().all(word) {
            self.problem(
                form::FEDERATED_TOKEN,
                "The file holds no token: three parts of letters and digits, joined by dots.",
                "Look whether the path is the one at which the other identity provider keeps its token.",
            );
        }
        Some(Secret::new(value.to_owned()))
    }

    fn user_name(&mut self) -> Option<String> {
        let value = self.text(form::USER_NAME)?;
        if !value.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && is_domain(&domain.to_lowercase())) {
            let wrong = format!("\"{}\" is no principal name.", shown(value));
            self.problem(
                form::USER_NAME,
                &wrong,
                "Enter it as Users shows it, such as reader@contoso.onmicrosoft.com.",
            );
        }
        Some(value.to_owned())
    }

    fn password(&mut self) -> Option<Secret> {
        self.text(form::PASSWORD)?;
        // As it was entered: a blank at an end belongs to it, and is what the service refuses.
        let value = &self.settings.iter().find(|setting| setting.name == form::PASSWORD)?.value;
        if value.trim() != value {
            self.problem(
                form::PASSWORD,
                "The password begins or ends with a blank, which this way of signing in does not take.",
                "Enter it without the blank, or change it.",
            );
        }
        Some(Secret::new(value.clone()))
    }

    fn one_of<T: Copy>(&mut self, field: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(value) = self.text(field) else { return default };
        match choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)) {
            Some((_, choice)) => *choice,
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                let wrong = format!("\"{}\" is none of the choices.", shown(value));
                self.problem(field, &wrong, &format!("Choose one of: {}.", names.join(", ")));
                default
            }
        }
    }

    /// The lines of a field that are not empty; semicolons end a line too, for those who type it in one.
    fn lines(&self, field: &str) -> Vec<String> {
        let lines = self.text(field).unwrap_or_default().split(['\n', ';']).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Names that hold no comma, by which people part them as well.
    fn names(&self, field: &str) -> Vec<String> {
        let lines = self.lines(field);
        let names = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        names.filter(|name| !["", form::NOTHING].contains(name)).map(str::to_owned).collect()
    }

    fn daily_reports(&mut self) -> Vec<String> {
        let names = self.names(form::DAILY_REPORTS);
        let all: Vec<&str> = reports::on_request().map(|report| report.id).collect();
        for name in names.iter().filter(|name| *name != form::EVERYTHING && !all.contains(&name.as_str())) {
            let wrong = format!("\"{}\" is no report that is read by day on request.", shown(name));
            self.problem(form::DAILY_REPORTS, &wrong, &format!("Use all, or names such as: {}.", all.join(", ")));
        }
        let wanted = |id: &&str| names.iter().any(|name| name == form::EVERYTHING || name == id);
        all.into_iter().filter(wanted).map(str::to_owned).collect()
    }

    fn not_needed(&mut self) -> Vec<String> {
        let field = form::NOT_NEEDED;
        if self.text(field).is_none() {
            return vec![form::COMPANIONS.to_owned()];
        }
        let names = self.names(field);
        let known = Abilities::of(&[]);
        for name in &names {
            if !known.place(name).and_then(|place| known.at(place)).is_some_and(|ability| ability.signals.is_empty()) {
                let wrong = format!("\"{}\" is none of the abilities that cannot be measured.", shown(name));
                self.problem(field, &wrong, &format!("Use names such as: {}.", known.unmeasured().join(", ")));
            }
        }
        names
    }

    fn days(&mut self, field: &str, least: u16, most: u16, default: u16) -> u16 {
        let Some(value) = self.text(field) else { return default };
        match value.parse::<u16>() {
            Ok(days) if (least..=most).contains(&days) => days,
            _ => {
                let wrong = format!("\"{}\" is no whole number from {least} to {most}.", shown(value));
                self.problem(field, &wrong, &format!("Enter a number of days from {least} to {most}."));
                default
            }
        }
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

/// The domain in what a person pasted: without scheme, path and the final dot, in lower case.
fn domain(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.').to_owned()
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

/// A value as a message shows it: short, and without control characters.
fn shown(value: &str) -> String {
    let clean: String = value.chars().filter(|c| !c.is_control()).take(61).collect();
    match clean.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or_default()),
        None => clean,
    }
}

#[cfg(test)]
mod tests;
