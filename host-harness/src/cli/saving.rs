//! Writes what a form has led to into a connection: settings, sealed secrets and private keys, all of it or nothing.

use super::failure::Failure;
use super::form::Form;
use super::session::Workshop;
use crate::contract::connector::Configured;
use crate::contract::manifest::{Entry, Field, Manifest};
use crate::contract::types::Setting;
use crate::credentials::{BEARER, KEEP, setting_name};
use crate::egress::policy;
use crate::keys::{Keys, key_name};
use crate::secret::Secret;
use crate::storage::Connection;

/// What is to be written.
pub(super) struct Saving<'a> {
    pub(super) manifest: &'a Manifest,
    /// Where the settings come from, and the private keys that were given.
    pub(super) form: &'a Form<'a>,
    /// The settings in their normal form, and the origins that were granted.
    pub(super) configured: Configured,
    /// The settings that the connection has.
    pub(super) before: &'a [Setting],
    /// Settings that set-up made.
    pub(super) made: &'a [Setting],
    /// Private keys that were made.
    pub(super) keys: &'a Keys,
}

/// Saves the settings, secrets sealed, and the origins that were granted. True: the connection is still connected.
/// Whoever changed what signing in depends on has to connect again, because only that proves it.
pub(super) fn save(shop: &Workshop<'_>, mut connection: Connection, saving: Saving<'_>) -> Result<bool, Failure> {
    let Saving { manifest, form, configured, before, made, keys } = saving;
    let settings = form.stored(&configured.settings);
    let is_secret = |name: &str| manifest.fields.iter().any(|field| field.secret && field.name == name);
    let (secret, plain): (Vec<_>, Vec<_>) = settings.iter().cloned().partition(|setting| is_secret(&setting.name));
    let signs_in_otherwise = signs_in_otherwise(&manifest.fields, before, &settings, made)
        || policy::is_wider(&connection.origins, &configured.origins)?;
    if signs_in_otherwise {
        connection.connected = None;
    }
    connection.settings = plain;
    connection.origins = configured.origins;
    let mut sealed: Vec<(String, Option<Secret>)> = Vec::new();
    for field in manifest.fields.iter().filter(|field| field.secret) {
        let value = value(&secret, &field.name).map(|value| Secret::from(value.to_owned()));
        sealed.push((setting_name(&field.name), value));
    }
    for field in manifest.fields.iter().filter(|field| matches!(field.entry, Entry::Certificate)) {
        let certificate = value(&settings, &field.name);
        let made = certificate.and_then(|certificate| keys.made(&field.name, certificate));
        let key = made.or_else(|| form.keys().get(&field.name).cloned());
        if key.is_some() || certificate.is_none() {
            sealed.push((key_name(&field.name), key));
        }
    }
    if signs_in_otherwise {
        sealed.extend([BEARER, KEEP].map(|name| (name.to_owned(), None)));
    }
    shop.database.save_with_secrets(&connection, &sealed)?;
    Ok(connection.connected.is_some())
}

fn value<'a>(settings: &'a [Setting], name: &str) -> Option<&'a str> {
    settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
}

/// A setting on which signing in depends has another value than before. A secret or certificate that set-up made in the
/// place of one that was there does not count: it belongs to the same account, and what was signed in stays so.
fn signs_in_otherwise(fields: &[Field], before: &[Setting], after: &[Setting], made: &[Setting]) -> bool {
    let mut those = fields.iter().filter(|field| field.secret || field.signs_in);
    those.any(|field| {
        let (was, is) = (value(before, &field.name), value(after, &field.name));
        let proves = field.secret || matches!(field.entry, Entry::Certificate);
        let renewed = proves && was.is_some() && is.is_some() && value(made, &field.name).is_some();
        was != is && !renewed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, entry: Entry, secret: bool) -> Field {
        Field {
            name: name.into(),
            label: name.into(),
            help: String::new(),
            entry,
            secret,
            signs_in: true,
            required: false,
            default: None,
            only_when: None,
        }
    }

    fn settings(all: &[(&str, &str)]) -> Vec<Setting> {
        all.iter().map(|(name, value)| Setting::new(*name, *value)).collect()
    }

    #[test]
    fn only_a_credential_that_set_up_made_in_the_place_of_one_leaves_the_connection_connected() {
        let fields = [
            field("id", Entry::Text, false),
            field("word", Entry::Text, true),
            field("certificate", Entry::Certificate, false),
        ];
        let before = [("id", "a"), ("word", "old"), ("certificate", "old")];
        let asks = |before: &[(&str, &str)], after: &[(&str, &str)], made: &[(&str, &str)]| {
            signs_in_otherwise(&fields, &settings(before), &settings(after), &settings(made))
        };
        assert!(!asks(&before, &before, &[]));
        let renewed = [("id", "a"), ("word", "new"), ("certificate", "new")];
        assert!(!asks(&before, &renewed, &renewed));
        // Somebody gave it, and it may be that of another account.
        assert!(asks(&before, &renewed, &renewed[..2]));
        // It is another application.
        assert!(asks(&before, &[("id", "b"), renewed[1], renewed[2]], &[("id", "b"), renewed[1], renewed[2]]));
        // There was none, or there is none any more: it is another way of signing in.
        assert!(asks(&before[..2], &renewed, &renewed));
        assert!(asks(&before, &renewed[..2], &renewed));
    }
}
