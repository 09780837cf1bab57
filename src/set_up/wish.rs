//! What set-up is to make, read from the answers and the settings of the connection.

use super::form::{
    AS_THEY_ARE, BROWSER, CERTIFICATE, CLASSIC, CLIENT, CREDENTIAL_DAYS, DEFAULT_DAYS, DEFAULT_NAME, DEVICE, FEATURES,
    FEDERATED, GIVE_ROLE_TO, MAKES, MOST_DAYS, NAME, NONE, PASSWORD, READER, REPORT_NAMES, SHOWN, SIGN_IN, TOOLS, USER,
    USER_FIELD, USER_NAME,
};
use super::memory::Memory;
use super::permissions;
use super::record::Record;
use crate::cloud::Cloud;
use crate::contract::set_up::Purpose;
use crate::contract::types::{Error, Problem, Setting};
use crate::fault;
use crate::form;
use crate::settings::{Settings, guid, is_domain, reading};

/// Directory roles by template id, with their names (`permissions-reference` of the Entra documentation).
pub(super) type Role = (&'static str, &'static str);
pub(super) const REPORTS_READER: Role = ("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf");
pub(super) const BILLING_ADMINISTRATOR: Role = ("Billing Administrator", "b0f54661-2d74-4c50-afa3-1ec803f12efe");
pub(super) const SECURITY_READER: Role = ("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509");

pub(super) const ROLES: [Role; 3] = [REPORTS_READER, BILLING_ADMINISTRATOR, SECURITY_READER];

/// What is to be made.
#[derive(Debug)]
pub(super) struct Wish {
    /// What set-up is to do.
    pub(super) purpose: Purpose,
    /// The features that are asked for; `None`: those that the application has, or all of a new one.
    pub(super) features: Option<String>,
    /// What earlier runs changed of what set-up did not make.
    pub(super) record: Record,
    /// They are granted on behalf of persons, and not to the application itself.
    pub(super) delegated: bool,
    /// It is a public client, which proves itself by nothing.
    pub(super) public: bool,
    /// It must be a public client for a sign-in without a redirect.
    pub(super) fallback: bool,
    /// It proves itself by a certificate.
    pub(super) certificate: bool,
    /// It proves itself by a secret.
    pub(super) secret: bool,
    /// It proves itself by the token of another identity provider.
    pub(super) federated: bool,
    /// How many days the credential is good.
    pub(super) days: u32,
    /// The application's name.
    pub(super) name: String,
    /// That name was given, and is not only the usual one.
    pub(super) is_named: bool,
    /// Roles of the restricted user; empty when none is wanted.
    pub(super) roles: &'static [Role],
    /// The restricted user's name, with or without a domain.
    pub(super) user: String,
    /// The person who is given the role Reports Reader; empty when none is.
    pub(super) reader: String,
    /// The names in usage reports are to be shown.
    pub(super) shows_names: bool,
    /// The password of the restricted user is the connection's own.
    pub(super) password: bool,
    /// The administrator signs in with a code on another device.
    pub(super) device: bool,
    /// The client through which the administrator signs in.
    pub(super) client: String,
}

/// The value of a setting or answer; an empty one is none.
pub(super) fn value<'a>(settings: &'a [Setting], name: &str) -> Option<&'a str> {
    let found = settings.iter().find(|setting| setting.name == name)?;
    Some(found.value.trim()).filter(|value| !value.is_empty())
}

/// The most letters of the name of an application; the user's name, which is longer, may have 256, and the application's 120.
const MOST_LETTERS: usize = 100;

/// Whether a user may be called so (`userPrincipalName` of the Graph documentation), with or without a domain.
fn is_principal_name(name: &str) -> bool {
    let (local, domain) = name.split_once('@').unwrap_or((name, "a.b"));
    let is_sign = |c: char| c.is_ascii_alphanumeric() || "'.-_!#^~".contains(c);
    !local.is_empty() && local.len() <= 64 && local.chars().all(is_sign) && !local.ends_with('.') && is_domain(domain)
}

/// What a setting with choices says, in their own letters.
pub(super) fn chosen(settings: &[Setting], name: &str, default: &str) -> String {
    value(settings, name).unwrap_or(default).to_ascii_lowercase()
}

impl Wish {
    /// Reads the answers.
    ///
    /// # Errors
    /// `invalid-settings` with every answer that does not fit.
    pub(super) fn read(purpose: Purpose, settings: &[Setting], answers: &[Setting]) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let mut problem = |field: &str, wrong: String, mend: &str| {
            problems.push(Problem { field: field.to_owned(), wrong, mend: mend.to_owned() });
        };
        let features = value(answers, FEATURES);
        if let Some(Err(name)) = features.map(|all| permissions::of(all.strip_prefix('+').unwrap_or(all))) {
            let wrong =
                if name.is_empty() { "No feature is named.".into() } else { format!("\"{name}\" is no feature.") };
            problem(FEATURES, wrong, "Name some of: spend, use, activity, applications.");
        }
        let days = value(answers, CREDENTIAL_DAYS).map_or(Some(DEFAULT_DAYS), |days| days.parse().ok());
        let days = days.filter(|days| (1..=MOST_DAYS).contains(days)).unwrap_or_else(|| {
            problem(CREDENTIAL_DAYS, "This is no number of days.".to_owned(), "Enter a number from 1 to 730.");
            DEFAULT_DAYS
        });
        let client = guid(value(answers, CLIENT).unwrap_or(TOOLS)).unwrap_or_else(|| {
            problem(CLIENT, "This is no GUID.".to_owned(), "Enter the application (client) id of a public client.");
            String::new()
        });
        let reader = value(answers, GIVE_ROLE_TO).unwrap_or_default();
        if !(reader.is_empty() || reader.contains('@') || guid(reader).is_some()) {
            let mend = "Enter the principal name of the person, such as ada@contoso.com.";
            problem(GIVE_ROLE_TO, "This is no principal name.".to_owned(), mend);
        }
        let name = value(answers, NAME).unwrap_or(DEFAULT_NAME);
        // 120 characters, and a name in brackets behind it for the user.
        if name.chars().count() > MOST_LETTERS || name.chars().any(char::is_control) {
            let mend = "Enter a name in one line, of at most 100 characters.";
            problem(NAME, "This is no name for an application.".to_owned(), mend);
        }
        let user = value(answers, USER_NAME);
        if user.is_some_and(|name| !is_principal_name(name)) {
            let mend = "Enter the part before the @, or the whole principal name, in letters from a to z, digits, dots and hyphens.";
            problem(USER_NAME, "This is no name for a user.".to_owned(), mend);
        }
        let mut choice = |field: &str, choices: [&str; 3]| {
            let Some(chosen) = value(answers, field) else { return 0 };
            choices.iter().position(|choice| choice.eq_ignore_ascii_case(chosen)).unwrap_or_else(|| {
                problem(field, format!("\"{chosen}\" is none of the choices."), "Look at `inspect` for the choices.");
                0
            })
        };
        let roles: &[Role] = match choice(USER, [NONE, READER, CLASSIC]) {
            0 => &[],
            1 => &[REPORTS_READER],
            _ => &[BILLING_ADMINISTRATOR, SECURITY_READER],
        };
        let device = choice(SIGN_IN, [BROWSER, DEVICE, BROWSER]) == 1;
        let shows_names = choice(REPORT_NAMES, [AS_THEY_ARE, SHOWN, SHOWN]) == 1;
        if !problems.is_empty() {
            return Err(Error::InvalidSettings(problems));
        }
        let sign_in = chosen(settings, form::SIGN_IN, form::APPLICATION);
        let sign_in = sign_in.as_str();
        let delegated = ![form::APPLICATION, CERTIFICATE, FEDERATED].contains(&sign_in);
        let certificate =
            sign_in == CERTIFICATE || (sign_in == form::BROWSER && value(settings, CERTIFICATE).is_some());
        let secret = sign_in == form::APPLICATION
            || (delegated && !certificate && value(settings, form::CLIENT_SECRET).is_some());
        let public = delegated && !certificate && !secret;
        Ok(Wish {
            purpose,
            features: features.map(str::to_owned),
            record: Record(reading::lines(value(settings, form::SET_UP_RECORD).unwrap_or_default())),
            delegated,
            public,
            fallback: public && sign_in != form::BROWSER,
            certificate,
            secret,
            federated: sign_in == FEDERATED,
            days,
            name: name.to_owned(),
            is_named: value(answers, NAME).is_some(),
            roles,
            user: user.or_else(|| value(settings, USER_FIELD)).unwrap_or("binadox-reader").to_owned(),
            reader: reader.to_owned(),
            shows_names,
            password: sign_in == PASSWORD,
            device,
            client,
        })
    }

    /// Refuses what could not end well, before anything is changed: settings that `configure` would refuse afterwards, and
    /// a rotation where there is nothing to renew. What set-up makes may be missing.
    ///
    /// # Errors
    /// `invalid-settings` with every setting that does not fit; `other` when there is nothing to renew.
    pub(super) fn judge(&self, settings: &[Setting]) -> Result<(), Error> {
        if self.purpose == Purpose::Remove {
            return Ok(());
        }
        if self.purpose == Purpose::Rotate && !(self.secret || self.certificate) {
            return Err(fault::other(
                "This way of signing in has neither a secret nor a certificate, so that there is none to renew.",
                "Nothing needs to be done.",
            ));
        }
        let mut problems = match Settings::enter(settings) {
            Err(Error::InvalidSettings(problems)) => problems,
            Err(error) => return Err(error),
            Ok(_) => Vec::new(),
        };
        // What set-up makes may be missing; what is given is to be right.
        let knows = |name: &str| value(settings, name).is_some();
        problems.retain(|problem| !MAKES.contains(&problem.field.as_str()) || knows(&problem.field));
        if self.password && self.roles.is_empty() && !(knows(USER_FIELD) && knows(PASSWORD)) {
            problems.push(Problem {
                field: USER.to_owned(),
                wrong: "There is neither a user to sign in with nor is one to be made.".to_owned(),
                mend: "Choose reports-reader, or give the user name and the password of one.".to_owned(),
            });
        }
        let cloud = chosen(settings, form::CLOUD, Cloud::Global.id());
        if self.shows_names && cloud != Cloud::Global.id() {
            problems.push(Problem {
                field: REPORT_NAMES.to_owned(),
                wrong: "Microsoft Graph has this setting in the global cloud alone.".to_owned(),
                mend: "Change it by hand, under Settings, Org settings, Services, Reports.".to_owned(),
            });
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::InvalidSettings(problems)) }
    }

    /// How many secrets of the connection were made in this run, each of which the service shows once.
    pub(super) fn made(&self, memory: &Memory) -> i64 {
        let password = memory.knows("password") && self.password;
        i64::from(memory.knows("secret") || memory.knows(CERTIFICATE)) + i64::from(password)
    }

    /// The settings with which the administrator signs in: those of the connection, with another client and no secret.
    ///
    /// # Errors
    /// `invalid-settings` when the tenant is missing or wrong.
    pub(super) fn administrator(&self, settings: &[Setting]) -> Result<Settings, Error> {
        signing_in(settings, &self.client, &[])
    }
}

/// The settings of tenant and cloud with another application, and that by which it proves itself.
pub(super) fn signing_in(settings: &[Setting], client: &str, proof: &[(&str, &str)]) -> Result<Settings, Error> {
    let kept = settings.iter().filter(|setting| [form::TENANT, form::CLOUD].contains(&setting.name.as_str()));
    let own = proof.iter().copied().chain([(form::APPLICATION_ID, client)]);
    let own = own.map(|(name, value)| Setting { name: name.to_owned(), value: value.to_owned() });
    Settings::read(&kept.cloned().chain(own).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::given as settings;

    #[test]
    fn every_answer_that_does_not_fit_is_told_at_once() {
        let answers = settings(&[
            (FEATURES, "money"),
            (CREDENTIAL_DAYS, "731"),
            (CLIENT, "x"),
            (GIVE_ROLE_TO, "paula"),
            (USER, "king"),
            (SIGN_IN, "pigeon"),
            (REPORT_NAMES, "loud"),
        ]);
        let Err(Error::InvalidSettings(problems)) = Wish::read(Purpose::Apply, &[], &answers) else { panic!() };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, [FEATURES, CREDENTIAL_DAYS, CLIENT, GIVE_ROLE_TO, USER, SIGN_IN, REPORT_NAMES]);
    }

    #[test]
    fn the_way_of_signing_in_decides_who_is_granted_and_how_the_application_proves_itself() {
        let wish = |way: &[(&str, &str)]| Wish::read(Purpose::Apply, &settings(way), &[]).unwrap();
        let usual = wish(&[]);
        assert!(!usual.delegated && usual.secret && !usual.public && usual.features.is_none());
        let browser = wish(&[(form::SIGN_IN, form::BROWSER)]);
        assert!(browser.delegated && browser.public && !browser.secret && !browser.fallback);
        let confidential = wish(&[(form::SIGN_IN, form::BROWSER), (form::CLIENT_SECRET, "s")]);
        assert!(confidential.secret && !confidential.public);
        let certificate = wish(&[(form::SIGN_IN, CERTIFICATE)]);
        assert!(certificate.certificate && !certificate.delegated && !certificate.secret);
        let both = wish(&[(form::SIGN_IN, form::BROWSER), (CERTIFICATE, "c"), (form::CLIENT_SECRET, "s")]);
        assert!(both.certificate && both.delegated && !both.public && !both.secret);
        assert!(wish(&[(form::SIGN_IN, DEVICE)]).fallback);
        // One that proves itself by a secret is no public client, and may not be called one: AADSTS700025.
        let proven = wish(&[(form::SIGN_IN, DEVICE), (form::CLIENT_SECRET, "s")]);
        assert!(proven.secret && !proven.public && !proven.fallback);
    }

    #[test]
    fn settings_that_configure_would_refuse_are_refused_before_anything_is_changed() {
        let wrong = |purpose, own: &[(&str, &str)], answers: &[(&str, &str)]| {
            let own = settings(&[&[(form::TENANT, "contoso.com")], own].concat());
            match Wish::read(purpose, &own, &settings(answers)).unwrap().judge(&own) {
                Err(Error::InvalidSettings(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
                Err(error) => panic!("{error:?}"),
                Ok(()) => Vec::new(),
            }
        };
        assert_eq!(wrong(Purpose::Apply, &[], &[]), [""; 0]);
        let days = [("history-days", "99")];
        assert_eq!(wrong(Purpose::Rotate, &days, &[]), ["history-days"]);
        assert_eq!(wrong(Purpose::Remove, &days, &[]), [""; 0]);
        let public = settings(&[(form::TENANT, "contoso.com"), (form::SIGN_IN, form::BROWSER)]);
        assert!(
            Wish::read(Purpose::Rotate, &public, &[]).unwrap().judge(&public).is_err(),
            "there is nothing to renew"
        );
        let password = [(form::SIGN_IN, PASSWORD)];
        assert_eq!(wrong(Purpose::Apply, &password, &[]), [USER]);
        assert_eq!(wrong(Purpose::Apply, &password, &[(USER, READER)]), [""; 0]);
        let known = [password[0], (USER_FIELD, "reader@contoso.com"), (PASSWORD, "correct horse")];
        assert_eq!(wrong(Purpose::Apply, &known, &[]), [""; 0]);
        assert_eq!(wrong(Purpose::Apply, &[(form::SIGN_IN, FEDERATED)], &[]), [form::FEDERATED_TOKEN]);
    }
}
