//! Writes what set-up makes into the connection: as soon as the connector says so, and at the end.

use crate::cli::configure::unsaved;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::form::Form;
use crate::cli::saving::{Saving, save};
use crate::cli::session::Workshop;
use crate::clock::Pending;
use crate::contract::connector::Configured;
use crate::contract::manifest::Origin;
use crate::contract::set_up::Finished;
use crate::contract::types::Setting;
use crate::dialogue::Keeper;
use crate::egress::policy;
use crate::keys::Keys;
use crate::sandbox::{CallError, Plugin};
use crate::storage::Connection;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Writes into one connection, which may not exist yet.
pub(super) struct Writer<'a> {
    pub(super) shop: &'a Workshop<'a>,
    pub(super) plugin: &'a Plugin,
    pub(super) path: &'a Path,
    pub(super) name: &'a str,
    /// With which the dialogue began.
    pub(super) settings: &'a [Setting],
    /// The form from which they come.
    pub(super) form: &'a Form<'a>,
    /// Origins that were allowed.
    pub(super) granted: &'a [Origin],
    /// Where the dialogue makes private keys.
    pub(super) keys: &'a Keys,
    /// Why something could not be written while the dialogue went on.
    pub(super) refused: Mutex<Option<Failure>>,
}

impl Writer<'_> {
    /// Writes what has come of it all. True: the connection is still connected. What stopped half way may leave settings
    /// that do not stand by themselves: then nothing is written, and the next run finds what was made.
    pub(super) async fn end(&self, finished: &Finished) -> Result<Option<bool>, Failure> {
        let written = match self.configured(&finished.settings).await {
            Ok(configured) => self.save(configured, &finished.settings).map(Some),
            Err(_) if finished.failed.is_some() => Ok(None),
            Err(error) => Err(error.into()),
        };
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).take();
        refused.map_or(written, Err)
    }

    async fn write(&self, made: &[Setting]) -> Result<bool, Failure> {
        let configured = self.configured(made).await?;
        self.save(configured, made)
    }

    /// The settings of the dialogue with those that were made, in their normal form.
    async fn configured(&self, made: &[Setting]) -> Result<Configured, CallError> {
        let is_kept = |setting: &&Setting| made.iter().all(|made| made.name != setting.name);
        let kept = self.settings.iter().filter(is_kept);
        let all: Vec<Setting> = kept.chain(made.iter().filter(|setting| !setting.value.is_empty())).cloned().collect();
        self.plugin.configure(&all).await
    }

    fn save(&self, mut configured: Configured, made: &[Setting]) -> Result<bool, Failure> {
        let Writer { shop, plugin, name, form, keys, .. } = self;
        let manifest = plugin.manifest();
        configured.origins = policy::grant(&manifest.origins, None, &configured.origins)?;
        if policy::is_wider(self.granted, &configured.origins)? {
            return Err(Failure::new(Exit::Settings, "The connection needs hosts that were not allowed.")
                .next(format!("host-harness configure {name}")));
        }
        // As it is now: it may have been written during the dialogue.
        let existing = shop.database.connection(name)?;
        let before = match &existing {
            Some(connection) => shop.settings(connection, manifest)?,
            None => Vec::new(),
        };
        let connection = Connection {
            plugin_path: std::path::absolute(self.path).unwrap_or_else(|_| self.path.to_owned()),
            digest: plugin.digest().to_owned(),
            plugin_id: manifest.id.clone(),
            ..existing.unwrap_or_else(|| unsaved(name, shop))
        };
        save(shop, connection, Saving { manifest, form, configured, before: &before, made, keys })
    }
}

impl Keeper for Writer<'_> {
    fn keep<'a>(&'a self, settings: &'a [Setting]) -> Pending<'a, bool> {
        Box::pin(async {
            let refused = self.write(settings).await.err();
            let is_written = refused.is_none();
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
            is_written
        })
    }
}
