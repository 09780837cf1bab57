//! The settings form: names, limits and the words that a person reads. The host names the connection itself.
//!
//! Where things are found: `quickstart-register-app` and `v2-oauth2-client-creds-grant-flow` of the Entra documentation.

pub mod builder;

use builder::{Form, Kind, choice};

use crate::cloud::Cloud;
use crate::contract::manifest::{Entry, Field};

/// Which tenant.
pub const TENANT: &str = "tenant";
/// Which application registration.
pub const APPLICATION_ID: &str = "application-id";
/// How to sign in: [`APPLICATION`], [`CERTIFICATE`], [`FEDERATED`], [`BROWSER`], [`DEVICE_CODE`] or [`PASSWORD`].
pub const SIGN_IN: &str = "sign-in";
/// The secret of the application.
pub const CLIENT_SECRET: &str = "client-secret";
/// How that secret begins and, behind a blank, the day on which it ends.
pub const SECRET_ENDS: &str = "client-secret-ends";
/// What set-up changed of what it did not make, and has yet to take away.
pub const SET_UP_RECORD: &str = "set-up-record";
/// The token of another identity provider that stands for the application.
pub const FEDERATED_TOKEN: &str = "federated-token";
/// The principal name of the person whose password is used.
pub const USER_NAME: &str = "user-name";
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
/// How long history is kept.
pub const KEEP_DAYS: &str = "keep-days";
/// Reports of which each day is kept.
pub const DAILY_REPORTS: &str = "daily-reports";
/// Whether single sign-ins are kept.
pub const KEEP_SIGN_INS: &str = "keep-sign-ins";
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
pub const NAMES: [&str; 23] = [
    TENANT,
    APPLICATION_ID,
    SIGN_IN,
    CLIENT_SECRET,
    CERTIFICATE,
    FEDERATED_TOKEN,
    USER_NAME,
    PASSWORD,
    CLOUD,
    CONSENT,
    HISTORY_DAYS,
    INACTIVE_DAYS,
    GRACE_DAYS,
    KEEP_DAYS,
    DAILY_REPORTS,
    KEEP_SIGN_INS,
    RENEWAL_DAYS,
    EXCLUDE_USERS,
    EXCLUDE_GROUPS,
    EXCLUDE_PRODUCTS,
    NOT_NEEDED,
    SECRET_ENDS,
    SET_UP_RECORD,
];

/// The ability that nobody needs unless the settings say otherwise.
pub const COMPANIONS: &str = "companions";
/// Stands for all reports of days.
pub const EVERYTHING: &str = "all";
/// Stands for an empty list where an empty field means the default.
pub const NOTHING: &str = "nothing";
/// A quarter: most agreements ask for a notice of a month or two.
pub const DEFAULT_RENEWAL_DAYS: u16 = 90;

/// Signs in as the application itself, with its secret.
pub const APPLICATION: &str = "application";
/// Signs in on behalf of a person.
pub const BROWSER: &str = "browser";
/// Signs in on behalf of a person who enters a code on any machine.
pub const DEVICE_CODE: &str = "device-code";
/// Signs in as the application with a certificate; also the field that holds it.
pub const CERTIFICATE: &str = "certificate";
/// Signs in as the application with the token of another identity provider.
pub const FEDERATED: &str = "federated";
/// Signs in with a user name and a password; also the field that holds the password.
pub const PASSWORD: &str = "password";
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
/// What Microsoft itself keeps of days, so that nothing is deleted that would be read again.
pub const LEAST_KEEP_DAYS: u16 = 30;
/// Ten years.
pub const MOST_KEEP_DAYS: u16 = 3650;
/// A year and a month, so that a month can be held against that of the year before.
pub const DEFAULT_KEEP_DAYS: u16 = 400;
/// The windows of the usage reports; shorter ones say little.
pub const INACTIVE_CHOICES: [(&str, u16, &str); 4] =
    [("30", 30, "30 days"), ("60", 60, "60 days"), ("90", 90, "90 days"), ("180", 180, "180 days")];
/// A quarter.
pub const DEFAULT_INACTIVE_DAYS: u16 = 90;

/// The fields of the form.
#[must_use]
pub fn fields() -> Vec<Field> {
    let mut form = Form::of_settings();
    form.add(TENANT, Entry::Text, None, Kind::Plain, &[]);
    form.add(APPLICATION_ID, Entry::Text, None, Kind::Plain, &[]);
    form.add(
        SIGN_IN,
        choice(&[
            (APPLICATION, "As the application, with a client secret"),
            (CERTIFICATE, "As the application, with a certificate"),
            (FEDERATED, "As the application, with a federated token"),
            (BROWSER, "As a person, in the browser"),
            (DEVICE_CODE, "As a person, by a code for a machine without a browser"),
            (PASSWORD, "As a person, with user name and password (not advised)"),
        ]),
        Some(APPLICATION),
        Kind::Plain,
        &[],
    );
    form.add(CLIENT_SECRET, Entry::Text, None, Kind::OptionalSecret, &[APPLICATION, BROWSER, DEVICE_CODE, PASSWORD]);
    form.add(CERTIFICATE, Entry::Certificate, None, Kind::Optional, &[CERTIFICATE, BROWSER]);
    form.add(FEDERATED_TOKEN, Entry::TokenFile, None, Kind::Secret, &[FEDERATED]);
    form.add(USER_NAME, Entry::Text, None, Kind::Plain, &[PASSWORD]);
    form.add(PASSWORD, Entry::Text, None, Kind::Secret, &[PASSWORD]);
    form.add(
        CLOUD,
        choice(&Cloud::ALL.map(|cloud| (cloud.id(), cloud.label()))),
        Some(Cloud::Global.id()),
        Kind::Plain,
        &[],
    );
    form.add(
        CONSENT,
        choice(&[(GRANTED, "Granted already"), (ASK, "Ask an administrator in the browser")]),
        Some(GRANTED),
        Kind::Plain,
        &[],
    );
    form.add(HISTORY_DAYS, Entry::Number((1, i64::from(MOST_HISTORY_DAYS))), Some("30"), Kind::Plain, &[]);
    form.add(
        INACTIVE_DAYS,
        choice(&INACTIVE_CHOICES.map(|(value, _, label)| (value, label))),
        Some("90"),
        Kind::Plain,
        &[],
    );
    form.add(GRACE_DAYS, Entry::Number((0, i64::from(MOST_GRACE_DAYS))), Some("30"), Kind::Plain, &[]);
    form.add(
        KEEP_DAYS,
        Entry::Number((i64::from(LEAST_KEEP_DAYS), i64::from(MOST_KEEP_DAYS))),
        Some("400"),
        Kind::Plain,
        &[],
    );
    form.add(DAILY_REPORTS, Entry::Lines, None, Kind::Optional, &[]);
    form.add(KEEP_SIGN_INS, Entry::Switch, Some("false"), Kind::Plain, &[]);
    form.add(
        RENEWAL_DAYS,
        choice(&INACTIVE_CHOICES.map(|(value, _, label)| (value, label))),
        Some("90"),
        Kind::Plain,
        &[],
    );
    form.add(EXCLUDE_USERS, Entry::Lines, None, Kind::Optional, &[]);
    form.add(EXCLUDE_GROUPS, Entry::Lines, None, Kind::Optional, &[]);
    form.add(EXCLUDE_PRODUCTS, Entry::Lines, None, Kind::Optional, &[]);
    form.add(NOT_NEEDED, Entry::Lines, Some(COMPANIONS), Kind::Optional, &[]);
    form.add(SECRET_ENDS, Entry::Text, None, Kind::Optional, &[]);
    form.add(SET_UP_RECORD, Entry::Lines, None, Kind::Optional, &[]);
    // Who is signed in to, and how, comes first; the rest says what is read and what is made of it.
    for field in form.fields.iter_mut().take_while(|field| field.name != HISTORY_DAYS) {
        field.signs_in = true;
    }
    form.fields
}
