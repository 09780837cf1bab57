//! What set-up asks for, and what it is to make of the answers.

use super::permissions::{self, Access};
use crate::contract::manifest::{Choice, Entry, Field, Origin};
use crate::contract::set_up::{Described, Purpose};
use crate::contract::types::{Error, Problem, Setting};
use crate::manifest;
use crate::settings::{Settings, guid};
use crate::{cloud::Cloud, form};

/// Which features are wanted.
const FEATURES: &str = "features";
/// How long the credential is good.
const CREDENTIAL_DAYS: &str = "credential-days";
/// Whether a user is made: [`NONE`], [`READER`] or [`CLASSIC`].
const USER: &str = "restricted-user";
/// How the user is called.
const USER_NAME: &str = "restricted-user-name";
/// Who signs in to the connector and is given the role for it: a principal name or an id.
pub const GIVE_ROLE_TO: &str = "give-role-to";
/// How the application is called.
pub(super) const NAME: &str = "application-name";
/// How the administrator signs in: [`BROWSER`] or [`DEVICE`].
const SIGN_IN: &str = "administrator-sign-in";
/// The client through which the administrator signs in.
pub(super) const CLIENT: &str = "administrator-client";

/// The field of the settings form that holds the certificate, and the way of signing in with it.
pub(super) const CERTIFICATE: &str = "certificate";
/// The way of signing in with the token of another identity provider.
const FEDERATED: &str = "federated";
/// The fields of the settings form for the sign-in with a password, and that way itself.
pub(super) const USER_FIELD: &str = "user-name";
pub(super) const PASSWORD: &str = "password";

const NONE: &str = "none";
const READER: &str = "reports-reader";
const CLASSIC: &str = "classic";
const BROWSER: &str = "browser";
const DEVICE: &str = "device-code";

/// Microsoft Graph Command Line Tools, the public client that most tenants have for work like this.
pub(super) const TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
/// The name that the application is given.
pub(super) const DEFAULT_NAME: &str = "Binadox Office 365 connector";
/// Half a year: long enough not to be a burden, short enough that a lost secret does not live for years.
pub(super) const DEFAULT_DAYS: u32 = 180;
/// The longest that the portal gives.
pub(super) const MOST_DAYS: u32 = 730;

/// Directory roles by template id, with their names (`permissions-reference` of the Entra documentation).
pub(super) type Role = (&'static str, &'static str);
pub(super) const REPORTS_READER: Role = ("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf");
pub(super) const BILLING_ADMINISTRATOR: Role = ("Billing Administrator", "b0f54661-2d74-4c50-afa3-1ec803f12efe");
pub(super) const SECURITY_READER: Role = ("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509");

/// What is to be made.
#[derive(Debug)]
pub(super) struct Wish {
    /// What set-up is to do.
    pub(super) purpose: Purpose,
    /// The permissions of the features.
    pub(super) permissions: Vec<Access>,
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
    /// How many days the credential is good.
    pub(super) days: u32,
    /// The application's name.
    pub(super) name: String,
    /// Roles of the restricted user; empty when none is wanted.
    pub(super) roles: &'static [Role],
    /// The restricted user's name, with or without a domain.
    pub(super) user: String,
    /// The person who is given the role Reports Reader; empty when none is.
    pub(super) reader: String,
    /// Those to whom earlier runs gave it.
    pub(super) readers: Vec<String>,
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
        let all = permissions::FEATURES.map(|(name, _)| name).join(",");
        let permissions = permissions::of(value(answers, FEATURES).unwrap_or(&all)).unwrap_or_else(|name| {
            let wrong =
                if name.is_empty() { "No feature is named.".into() } else { format!("\"{name}\" is no feature.") };
            problem(FEATURES, wrong, "Name some of: spend, use, activity, applications.");
            Vec::new()
        });
        let days = value(answers, CREDENTIAL_DAYS).map_or(Some(DEFAULT_DAYS), |days| days.parse().ok());
        let days = days.filter(|days| (1..=MOST_DAYS).contains(days)).unwrap_or_else(|| {
            problem(CREDENTIAL_DAYS, "This is no number of days.".to_owned(), "Enter a number from 1 to 730.");
            DEFAULT_DAYS
        });
        let client = guid(value(answers, CLIENT).unwrap_or(TOOLS)).unwrap_or_else(|| {
            problem(CLIENT, "This is no GUID.".to_owned(), "Enter the application (client) id of a public client.");
            String::new()
        });
        let mut choice = |field: &str, choices: [&str; 3]| {
            let Some(chosen) = value(answers, field) else { return 0 };
            choices.iter().position(|choice| *choice == chosen).unwrap_or_else(|| {
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
        if !problems.is_empty() {
            return Err(Error::InvalidSettings(problems));
        }
        let sign_in = value(settings, form::SIGN_IN).unwrap_or(form::APPLICATION);
        let delegated = ![form::APPLICATION, CERTIFICATE, FEDERATED].contains(&sign_in);
        let certificate =
            sign_in == CERTIFICATE || (sign_in == form::BROWSER && value(settings, CERTIFICATE).is_some());
        Ok(Wish {
            purpose,
            permissions,
            delegated,
            public: delegated && !certificate && value(settings, form::CLIENT_SECRET).is_none(),
            fallback: delegated && sign_in != form::BROWSER,
            certificate,
            secret: sign_in == form::APPLICATION
                || (delegated && !certificate && value(settings, form::CLIENT_SECRET).is_some()),
            days,
            name: value(answers, NAME).unwrap_or(DEFAULT_NAME).to_owned(),
            roles,
            user: value(answers, USER_NAME)
                .or_else(|| value(settings, USER_FIELD))
                .unwrap_or("binadox-reader")
                .to_owned(),
            reader: value(answers, GIVE_ROLE_TO).unwrap_or_default().to_owned(),
            readers: value(settings, form::ROLE_GIVEN_TO)
                .into_iter()
                .flat_map(|all| all.split([';', '\n']))
                .map(|one| one.trim().to_owned())
                .filter(|one| !one.is_empty())
                .collect(),
            password: sign_in == PASSWORD,
            device,
            client,
        })
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

/// What set-up asks for and reaches.
#[must_use]
pub fn describe(settings: &[Setting]) -> Described {
    let cloud = value(settings, form::CLOUD).and_then(|id| Cloud::ALL.into_iter().find(|cloud| cloud.id() == id));
    let clouds = cloud.map_or_else(|| Cloud::ALL.to_vec(), |cloud| vec![cloud]);
    let cloud = if settings.is_empty() { clouds } else { vec![cloud.unwrap_or(Cloud::Global)] };
    // Pages on which a code is entered.
    let pages = manifest::describe().origins.into_iter().filter(|origin| origin.browse && origin.methods.is_empty());
    Described {
        fields: fields(),
        makes: [
            form::APPLICATION_ID,
            form::CLIENT_SECRET,
            form::SECRET_ENDS,
            form::CONSENT,
            form::ROLE_GIVEN_TO,
            CERTIFICATE,
            USER_FIELD,
            PASSWORD,
        ]
        .map(str::to_owned)
        .to_vec(),
        origins: cloud.into_iter().flat_map(origins).chain(pages).collect(),
    }
}

/// The origins of the connection; at Microsoft Graph things are made, changed and taken away as well.
fn origins(cloud: Cloud) -> Vec<Origin> {
    let wider = |origin: Origin| {
        if origin.host != cloud.graph_host() {
            return origin;
        }
        Origin {
            methods: ["GET", "POST", "PATCH", "DELETE"].map(str::to_owned).to_vec(),
            why:
                "Microsoft Graph, for set-up alone: makes the application, grants it permissions, and takes both away."
                    .to_owned(),
            ..origin
        }
    };
    manifest::origins(cloud).into_iter().map(wider).collect()
}

/// The questions. Those that are `required` are asked of a person, although they have a default.
fn fields() -> Vec<Field> {
    let days = Entry::Number((1, i64::from(MOST_DAYS)));
    vec![
        field(
            FEATURES,
            "Features",
            "What is collected; only the permissions for it are granted. spend: subscriptions, seats and licences. use: \
             usage reports. activity: dates of the last sign-in. applications: applications and who signs in to them. \
             The last two need Microsoft Entra ID P1 or P2. Example: spend,use",
            Entry::Text,
            "spend,use,activity,applications",
            true,
        ),
        field(
            CREDENTIAL_DAYS,
            "Days until it ends",
            "How long the secret or certificate is good that set-up makes. Renew it with set-up --rotate. Example: 180",
            days,
            "180",
            false,
        ),
        field(
            USER,
            "Restricted user",
            "A user to sign in with, where the connector is to read on behalf of a person. Reports Reader opens usage \
             reports and sign-ins. The classic pair is Billing Administrator and Security Reader: the first can buy and \
             cancel, and usage reports still need Reports Reader.",
            choice(&[
                (NONE, "None"),
                (READER, "With the role Reports Reader"),
                (CLASSIC, "With Billing Administrator and Security Reader"),
            ]),
            NONE,
            true,
        ),
        Field {
            only_when: Some((USER.to_owned(), vec![READER.to_owned(), CLASSIC.to_owned()])),
            ..field(
                USER_NAME,
                "Name of the restricted user",
                "The part before the @, or a whole principal name. Example: binadox-reader",
                Entry::Text,
                "binadox-reader",
                true,
            )
        },
        Field {
            default: None,
            ..field(
                GIVE_ROLE_TO,
                "Role for a person",
                "Who signs in to the connector and lacks a role for it: a principal name. That account is given Reports \
                 Reader, which opens usage reports and sign-ins and changes nothing. Example: ada@contoso.com",
                Entry::Text,
                "",
                false,
            )
        },
        field(
            NAME,
            "Name of the application",
            "How the application is called in the tenant. Set-up finds it again by this name and by a tag. Example: \
             Binadox Office 365 connector",
            Entry::Text,
            DEFAULT_NAME,
            false,
        ),
        field(
            SIGN_IN,
            "Sign-in of the administrator",
            "In the browser of this machine; or with a code on another one, which tenants are urged to block.",
            choice(&[(BROWSER, "In the browser"), (DEVICE, "With a code on another device")]),
            BROWSER,
            false,
        ),
        field(
            CLIENT,
            "Client of the administrator",
            "The public client through which the administrator signs in: Microsoft Graph Command Line Tools, or one of \
             your own with the redirect URI http://localhost. Example: 14d82eec-204b-4c2f-b7e8-296a70dab67e",
            Entry::Text,
            TOOLS,
            false,
        ),
    ]
}

fn field(name: &str, label: &str, help: &str, entry: Entry, default: &str, required: bool) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        entry,
        secret: false,
        signs_in: false,
        required,
        default: Some(default.to_owned()),
        only_when: None,
    }
}

fn choice(choices: &[(&str, &str)]) -> Entry {
    let all = choices.iter().map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned() });
    Entry::Choice(all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str)]) -> Vec<Setting> {
        all.iter().map(|(name, value)| Setting { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn every_answer_that_does_not_fit_is_told_at_once() {
        let answers = settings(&[
            (FEATURES, "money"),
            (CREDENTIAL_DAYS, "731"),
            (CLIENT, "x"),
            (USER, "king"),
            (SIGN_IN, "pigeon"),
        ]);
        let Err(Error::InvalidSettings(problems)) = Wish::read(Purpose::Apply, &[], &answers) else { panic!() };
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, [FEATURES, CREDENTIAL_DAYS, CLIENT, USER, SIGN_IN]);
    }

    #[test]
    fn the_way_of_signing_in_decides_who_is_granted_and_how_the_application_proves_itself() {
        let wish = |way: &[(&str, &str)]| Wish::read(Purpose::Apply, &settings(way), &[]).unwrap();
        let usual = wish(&[]);
        assert!(!usual.delegated && usual.secret && !usual.public && usual.permissions.len() == 4);
        let browser = wish(&[(form::SIGN_IN, form::BROWSER)]);
        assert!(browser.delegated && browser.public && !browser.secret && !browser.fallback);
        let confidential = wish(&[(form::SIGN_IN, form::BROWSER), (form::CLIENT_SECRET, "s")]);
        assert!(confidential.secret && !confidential.public);
        let certificate = wish(&[(form::SIGN_IN, CERTIFICATE)]);
        assert!(certificate.certificate && !certificate.delegated && !certificate.secret);
        let both = wish(&[(form::SIGN_IN, form::BROWSER), (CERTIFICATE, "c"), (form::CLIENT_SECRET, "s")]);
        assert!(both.certificate && both.delegated && !both.public && !both.secret);
        assert!(wish(&[(form::SIGN_IN, DEVICE)]).fallback);
    }

    #[test]
    fn only_graph_of_the_chosen_cloud_may_be_changed_and_nothing_else_is_reached() {
        let described = describe(&settings(&[(form::CLOUD, "china")]));
        let writes: Vec<&str> = described
            .origins
            .iter()
            .filter(|origin| origin.methods.iter().any(|method| method == "DELETE"))
            .map(|origin| origin.host.as_str())
            .collect();
        assert_eq!(writes, [Cloud::China.graph_host()]);
        let known = manifest::describe();
        assert!(described.origins.iter().all(|origin| known.origins.iter().any(|own| own.host == origin.host)));
        let names: Vec<&str> = known.fields.iter().map(|field| field.name.as_str()).collect();
        assert!(described.fields.iter().all(|field| !names.contains(&field.name.as_str())));
    }
}
