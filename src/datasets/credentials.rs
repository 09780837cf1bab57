//! What the application of the connection signs in with, and when each of it ends.
//!
//! The registration tells of its secrets how they begin, and so do the settings of the one of this connection: with what
//! the others sign in, and with what nothing does any more, is not its concern. Of a certificate the connection holds the
//! public part, which says itself when it ends, also where the registration may not be read; of a secret that set-up has
//! made, the settings hold the end.

use serde_json::Value;

use crate::cloud::Cloud;
use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Credential, Kind, Notification, Row};
use crate::contract::types::{Error, Instant};
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::json::Fields;
use crate::permission;
use crate::settings::{Settings, SignIn};
use crate::sign_in::{assertion, validity};
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "credentials";

/// The smallest call that proves it.
pub const PROBE: &str = "/v1.0/applications?$select=id&$top=1";

/// The topic of what it tells.
const TOPIC: &str = "credential-ends";

/// So many days before the end it is told, each once.
const DAYS_BEFORE: [Instant; 4] = [1, 7, 14, 30];

const SECRETS: &str = "passwordCredentials";
const CERTIFICATES: &str = "keyCredentials";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Secrets and certificates of the connection".to_owned(),
        help:
            "What the application of this connection signs in with, and when it ends. A notification says so 30, 14, 7 \
               and 1 days before."
                .to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Credential, Kind::Notification],
        columns: columns(&[
            (
                "id",
                "The key id; of the certificate that the connection signs in with, its thumbprint; without the registration, the setting of the secret.",
            ),
            ("title", "client secret or certificate, with its name."),
            ("ends", "When it ends."),
            ("in-use", "Whether the connection signs in with it; empty: not known."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::APPLICATION]]),
        licence: None,
    }
}

/// The path of the application's own registration.
#[must_use]
pub fn path(settings: &Settings) -> String {
    format!("/v1.0/applications?$filter=appId%20eq%20'{}'&$select=id,{SECRETS},{CERTIFICATES}", settings.application_id)
}

/// Reads the registration.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    let url = format!("{}{}", env.graph.root, path(env.settings));
    let (registration, gaps) = match env.graph.needing(permission::APPLICATION).page(&url, &[]) {
        Ok(page) if page.value.is_empty() => {
            let cause = "The application is registered in another tenant, which alone knows its secrets.";
            let mend = "Watch over its secrets there; or register an application in this tenant.";
            (None, vec![gap(ID, None, Error::NotFound(fault::sentence(cause)), mend)])
        }
        Ok(page) => (page.value.into_iter().next(), Vec::new()),
        // What the connection itself signs in with is told all the same.
        Err(Error::Forbidden(refusal)) if !rows(env.settings, None, env.context.now).is_empty() => {
            let mend = refusal.fault.mend.clone().unwrap_or_default();
            (None, vec![gap(ID, None, Error::Forbidden(refusal), &mend)])
        }
        Err(error) => return Err(error),
    };
    let now = env.context.now;
    let credentials = rows(env.settings, registration.as_ref(), now);
    let news = credentials.iter().filter_map(|credential| news(credential, env.settings.cloud, now));
    let mut found: Vec<Row> = news.map(Row::Notification).collect();
    found.extend(credentials.into_iter().map(Row::Credential));
    if !found.is_empty() {
        env.sink.emit(found)?;
    }
    Ok(step::done_with(gaps))
}

/// The secrets and certificates of a registration, and the certificate of the connection where it is none of them. A
/// registration tells certificates by their ids alone: the one with the same end is the same.
#[must_use]
pub fn rows(settings: &Settings, registration: Option<&Value>, now: Instant) -> Vec<Credential> {
    let certificate = settings.signing_certificate();
    let own = certificate.and_then(validity::ends);
    // By which it is known whether the registration can be read or not, so that nothing is told twice.
    let thumbprint = certificate.and_then(assertion::thumbprint);
    let begins = settings.client_secret_ends.as_ref().and_then(|ends| ends.split(' ').next());
    let used = match settings.sign_in {
        _ if certificate.is_some() => CERTIFICATES,
        SignIn::Application => SECRETS,
        // With a secret only where the application is a confidential client.
        SignIn::Browser | SignIn::DeviceCode | SignIn::Password if begins.is_some() => SECRETS,
        // Neither secrets nor certificates of the registration.
        _ => "",
    };
    let mut rows = Vec::new();
    let mut is_listed = own.is_none();
    for (list, what) in [(SECRETS, "client secret"), (CERTIFICATES, "certificate")] {
        let listed = registration.map_or(&[][..], |registration| registration.items(list));
        let ends = |key: &Value| key.instant("endDateTime");
        let lives = |key: &Value| ends(key).is_none_or(|ends| ends > now);
        let living = listed.iter().filter(|key| lives(key)).count();
        let is_same = |key: &Value| match list {
            CERTIFICATES => own.is_some() && ends(key) == own,
            _ => begins
                .zip(key.text("hint"))
                .is_some_and(|(begins, hint)| begins.starts_with(&hint) || hint.starts_with(begins)),
        };
        let same = listed.iter().position(|key| is_same(key) && lives(key));
        let same = same.or_else(|| listed.iter().position(is_same));
        is_listed |= list == CERTIFICATES && same.is_some();
        for (at, key) in listed.iter().enumerate() {
            let is_own = same == Some(at);
            let thumbprint = thumbprint.clone().filter(|_| is_own && list == CERTIFICATES);
            let Some(id) = thumbprint.or_else(|| key.text("keyId")) else { continue };
            let name = key.text("displayName").or_else(|| key.text("hint").map(|hint| format!("{hint}…")));
            let in_use = match same {
                _ if used != list => Some(false),
                Some(_) => Some(is_own),
                None if living > 0 && !lives(key) => Some(false),
                // The only one that it can be.
                None if own.is_none() && (living == 1 || listed.len() == 1) => Some(true),
                None => None,
            };
            let title = name.map_or_else(|| what.to_owned(), |name| format!("{what} \"{name}\""));
            rows.push(Credential { id, title, ends: ends(key), in_use });
        }
    }
    if let Some(id) = thumbprint.filter(|_| !is_listed) {
        rows.push(Credential { id, title: "certificate".to_owned(), ends: own, in_use: Some(true) });
    }
    let secret = settings.client_secret_ends.as_ref().filter(|_| registration.is_none() && certificate.is_none());
    if let Some((beginning, day)) = secret.and_then(|ends| ends.split_once(' ')) {
        rows.push(Credential {
            id: secret.cloned().unwrap_or_default(),
            title: ["client secret \"", beginning, "…\""].concat(),
            ends: time::day(day).map(time::start),
            in_use: Some(settings.sign_in != SignIn::Federated),
        });
    }
    rows
}

/// How many days before its end it is told now; `None` when it is not, or is over.
fn due(credential: &Credential, now: Instant) -> Option<(Instant, Instant)> {
    let ends = credential.ends.filter(|ends| *ends > now && credential.in_use != Some(false))?;
    let days = DAYS_BEFORE.into_iter().find(|days| ends <= now.saturating_add(days * time::DAY))?;
    Some((days, ends))
}

/// The one that ends first, of those whose end is near.
#[must_use]
pub fn ending(credentials: &[Credential], now: Instant) -> Option<&Credential> {
    credentials.iter().filter(|credential| due(credential, now).is_some()).min_by_key(|credential| credential.ends)
}

/// What ends, and when.
#[must_use]
pub fn sentence(credential: &Credential, now: Instant) -> String {
    let ends = credential.ends.unwrap_or(now);
    let left = match ends.saturating_sub(now) / time::DAY {
        0 => "in less than a day".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    };
    format!("The {} ends {left}, on {}.", credential.title, time::day_text(time::day_of(ends)))
}

/// How the next one is made.
#[must_use]
pub fn mend(cloud: Cloud) -> String {
    format!(
        "Run set-up with --rotate; or make the next one at {}, App registrations, Certificates & secrets, and enter it \
         with configure.",
        cloud.admin_centre()
    )
}

fn news(credential: &Credential, cloud: Cloud, now: Instant) -> Option<Notification> {
    let (days, _) = due(credential, now)?;
    let told = sentence(credential, now);
    Some(Notification {
        id: format!("{TOPIC}/{}/{days}", credential.id),
        topic: TOPIC.to_owned(),
        subject: credential.id.clone(),
        title: told.trim_end_matches('.').to_owned(),
        body: format!("{told} Without the next one nothing can be collected any more. {}", mend(cloud)),
        at: now,
        baseline: false,
    })
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
