//! The settings form: names, limits and the words that a person reads. The host names the connection itself.
//!
//! Where things are found: `quickstart-register-app` and `v2-oauth2-client-creds-grant-flow` of the Entra documentation.

use crate::cloud::Cloud;
use crate::contract::manifest::{Choice, Entry, Field};

/// Which tenant.
pub const TENANT: &str = "tenant";
/// Which application registration.
pub const APPLICATION_ID: &str = "application-id";
/// How to sign in: [`APPLICATION`] or [`BROWSER`].
pub const SIGN_IN: &str = "sign-in";
/// The secret of the application.
pub const CLIENT_SECRET: &str = "client-secret";
/// Which cloud, by [`Cloud::id`].
pub const CLOUD: &str = "cloud";
/// Whether an administrator is asked: [`GRANTED`] or [`ASK`].
pub const CONSENT: &str = "consent";
/// How far back sign-ins are read.
pub const HISTORY_DAYS: &str = "history-days";
/// When a seat counts as inactive.
pub const INACTIVE_DAYS: &str = "inactive-days";
/// How long a new seat is left alone.
pub const GRACE_DAYS: &str = "grace-days";

/// How long before a renewal spare seats are news.
pub const RENEWAL_DAYS: &str = "renewal-days";
/// Persons that advice leaves alone.
pub const EXCLUDE_USERS: &str = "exclude-users";
/// Groups whose licences advice leaves alone.
pub const EXCLUDE_GROUPS: &str = "exclude-groups";
/// Products that advice leaves alone.
pub const EXCLUDE_PRODUCTS: &str = "exclude-products";
/// Abilities that cannot be measured and that nobody needs.
pub const NOT_NEEDED: &str = "not-needed";

/// All fields, in the order of the form.
pub const NAMES: [&str; 14] = [
    TENANT,
    APPLICATION_ID,
    SIGN_IN,
    CLIENT_SECRET,
    CLOUD,
    CONSENT,
    HISTORY_DAYS,
    INACTIVE_DAYS,
    GRACE_DAYS,
    RENEWAL_DAYS,
    EXCLUDE_USERS,
    EXCLUDE_GROUPS,
    EXCLUDE_PRODUCTS,
    NOT_NEEDED,
];

/// The ability that nobody needs unless the settings say otherwise.
pub const COMPANIONS: &str = "companions";
/// Stands for an empty list where an empty field means the default.
pub const NOTHING: &str = "nothing";
/// A quarter: most agreements ask for a notice of a month or two.
pub const DEFAULT_RENEWAL_DAYS: u16 = 90;

/// Signs in as the application itself.
pub const APPLICATION: &str = "application";
/// Signs in on behalf of a person.
pub const BROWSER: &str = "browser";
/// The permissions are granted already.
pub const GRANTED: &str = "granted";
/// The permissions are asked for.
pub const ASK: &str = "ask";

/// Sign-ins are kept 30 days with Microsoft Entra ID P1 or P2 (`reference-reports-data-retention`, 2026).
pub const MOST_HISTORY_DAYS: u16 = 30;
/// Half a year: the longest window of a usage report.
pub const MOST_GRACE_DAYS: u16 = 180;
/// A month, in which a new person finds the way to a product.
pub const DEFAULT_GRACE_DAYS: u16 = 30;
/// The windows of the usage reports; shorter ones say little.
pub const INACTIVE_CHOICES: [(&str, u16, &str); 4] =
    [("30", 30, "30 days"), ("60", 60, "60 days"), ("90", 90, "90 days"), ("180", 180, "180 days")];
/// A quarter.
pub const DEFAULT_INACTIVE_DAYS: u16 = 90;

/// The fields of the form.
#[must_use]
pub fn fields() -> Vec<Field> {
    vec![
        field(
            TENANT,
            "Tenant",
            "The tenant to connect: its directory (tenant) id, or one of its verified domains. Microsoft Entra admin \
             centre, Overview. Example: contoso.onmicrosoft.com",
            Entry::Text,
            None,
        ),
        field(
            APPLICATION_ID,
            "Application (client) id",
            "The application registration through which the connector signs in. Microsoft Entra admin centre, App \
             registrations, the application, Overview, Application (client) ID. Example: \
             11112222-bbbb-3333-cccc-4444dddd5555",
            Entry::Text,
            None,
        ),
        field(
            SIGN_IN,
            "Sign in",
            "As the application itself, which works unattended and needs a client secret; or on behalf of a person, \
             who signs in once in the browser and needs a role such as Global Reader. For the browser, the \
             registration needs the redirect URI http://localhost/connect: App registrations, Authentication.",
            choice([(APPLICATION, "As the application (client secret)"), (BROWSER, "As a person, in the browser")]),
            Some(APPLICATION),
        ),
        Field {
            secret: true,
            required: false,
            ..field(
                CLIENT_SECRET,
                "Client secret",
                "The value of a secret of the application, not its id. App registrations, Certificates & secrets, \
                 column Value, shown only when the secret is made. To sign in as the application it is required; to \
                 sign in in the browser, leave it empty when the redirect URI belongs to the platform \"Mobile and \
                 desktop applications\". Example: abC8Q~ followed by some 34 letters, digits and signs",
                Entry::Text,
                None,
            )
        },
        field(
            CLOUD,
            "Cloud",
            "The cloud in which the tenant lives. The application must be registered in the same one. Example: global",
            choice(Cloud::ALL.map(|cloud| (cloud.id(), cloud.label()))),
            Some(Cloud::Global.id()),
        ),
        field(
            CONSENT,
            "Consent",
            "Whether an administrator has granted the permissions (App registrations, API permissions, Grant admin \
             consent), or is to be asked for them in the browser while connecting; that needs the redirect URI \
             http://localhost/connect.",
            choice([(GRANTED, "Granted already"), (ASK, "Ask an administrator in the browser")]),
            Some(GRANTED),
        ),
        field(
            HISTORY_DAYS,
            "Days of sign-ins",
            "How many days of sign-ins the first run reads, to find the applications in use. The service keeps 30 \
             days. Example: 30",
            Entry::Number((1, i64::from(MOST_HISTORY_DAYS))),
            Some("30"),
        ),
        field(
            INACTIVE_DAYS,
            "Days until inactive",
            "After how many days without any activity a seat is proposed to be taken back. Example: 90",
            choice(INACTIVE_CHOICES.map(|(value, _, label)| (value, label))),
            Some("90"),
        ),
        field(
            GRACE_DAYS,
            "Days of grace",
            "How many days a newly assigned seat or a new account is left alone. Example: 30",
            Entry::Number((0, i64::from(MOST_GRACE_DAYS))),
            Some("30"),
        ),
        field(
            RENEWAL_DAYS,
            "Days before a renewal",
            "How many days before a renewal its spare seats are told. Example: 90",
            choice(INACTIVE_CHOICES.map(|(value, _, label)| (value, label))),
            Some("90"),
        ),
        list(
            EXCLUDE_USERS,
            "Persons left alone",
            "Persons for whom nothing is proposed: principal names or ids, one a line or parted by semicolons. Example: ceo@contoso.com",
        ),
        list(
            EXCLUDE_GROUPS,
            "Groups left alone",
            "Groups whose licences are left alone: names or ids, one a line or parted by semicolons. Example: Licences: board",
        ),
        list(
            EXCLUDE_PRODUCTS,
            "Products left alone",
            "Products for which nothing is proposed, and to which nobody is moved: string ids, SKU ids or names, one a line or parted by semicolons. Example: VISIOCLIENT",
        ),
        Field {
            default: Some(COMPANIONS.to_owned()),
            ..list(
                NOT_NEEDED,
                "Not needed",
                "What products can do, cannot be measured, and does not count as needed when a cheaper product is looked for: one a line or parted by semicolons, such as windows or compliance; companions are small apps such as Forms and Planner. Write nothing when all counts as needed. Example: companions",
            )
        },
    ]
}

/// A field without secrets and conditions; required when it has no default.
fn field(name: &str, label: &str, help: &str, entry: Entry, default: Option<&str>) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        entry,
        secret: false,
        required: default.is_none(),
        default: default.map(str::to_owned),
        only_when: None,
    }
}

/// A field of several lines that may stay empty.
fn list(name: &str, label: &str, help: &str) -> Field {
    Field { required: false, ..field(name, label, help, Entry::Lines, None) }
}

fn choice<const N: usize>(choices: [(&str, &str); N]) -> Entry {
    let all = choices.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() });
    Entry::Choice(all.to_vec())
}
