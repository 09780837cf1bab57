//! What most commands need: the database, the host, a connection and its connector.

use super::again::Again;
use super::configure::mended_by_configure;
use super::exit::Exit;
use super::failure::Failure;
use super::inspect::origin_line;
use super::options::Global;
use crate::cache::Cache;
use crate::clock::{Clock, SystemClock};
use crate::contract::manifest::{Manifest, Origin};
use crate::contract::types::Setting;
use crate::credentials::{Vault, setting_name};
use crate::delivery::Courier;
use crate::egress::policy;
use crate::keys::Keys;
use crate::sandbox::{Host, HostOptions, Plugin};
use crate::seal::{Home, Keyring};
use crate::secret::Secret;
use crate::secrets;
use crate::storage::{Connection, ConnectionVault, Database};
use crate::text::did_you_mean;
use std::path::Path;
use std::sync::Arc;

/// Name of the folder of compiled components in the data folder.
const CACHE: &str = "components";

/// An open database and the options of the command.
pub(super) struct Session<'a> {
    pub(super) global: &'a Global,
    pub(super) database: Database,
    cache: Cache,
}

impl<'a> Session<'a> {
    /// Opens the database; folder, key and file are made when they are missing.
    pub(super) fn open(global: &'a Global) -> Result<Self, Failure> {
        let folder = global.data_dir()?;
        let home = Home { folder: &folder, is_new: !Database::exists(&folder) };
        let keyring = match (&global.key_command, &global.key_file) {
            (Some(line), _) => Keyring::from_command(line)?,
            (None, Some(path)) => Keyring::from_file(path, home)?,
            (None, None) => Keyring::load(home)?,
        };
        let cache = Cache::new(folder.join(CACHE), *keyring.cache_key());
        let database = Database::open(&folder, keyring)?;
        Ok(Session { global, database, cache })
    }

    /// The connection of this name, or names that are nearly the same.
    pub(super) fn connection(&self, name: &str) -> Result<Connection, Failure> {
        if let Some(connection) = self.database.connection(name)? {
            return Ok(connection);
        }
        let known = self.database.connections()?;
        let meant = did_you_mean(name, known.iter().map(|connection| connection.name.as_str()));
        let next = match &self.global.plugin {
            _ if !known.is_empty() => Again::new(&["status"]),
            Some(plugin) => Again::new(&["configure", name, "--plugin", &plugin.to_string_lossy()]),
            None => Again::new(&["configure", name, "--plugin", "FILE"]),
        };
        Err(Failure::usage(format!("There is no connection named {name}.{meant}")).next(next))
    }

    /// The connections of these names, or all.
    pub(super) fn connections(&self, names: &[String]) -> Result<Vec<Connection>, Failure> {
        if names.is_empty() {
            return Ok(self.database.connections()?);
        }
        names.iter().map(|name| self.connection(name)).collect()
    }

    /// The names of connections that exist, checked one by one.
    pub(super) fn checked(&self, names: &[String]) -> Result<(), Failure> {
        names.iter().try_for_each(|name| self.connection(name).map(|_| ()))
    }

    /// What sends notifications, with the options of the command.
    pub(super) fn courier(&self) -> Result<Courier, Failure> {
        courier(self.global, &self.database)
    }

    /// A host with the options of the command. One for the whole command.
    pub(super) fn host(self) -> Result<Workshop<'a>, Failure> {
        let Session { global, database, cache } = self;
        Ok(Workshop { global, database, host: host(global, Some(cache))? })
    }
}

fn courier(global: &Global, database: &Database) -> Result<Courier, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Courier::new(database.clone(), clock, &global.connect_to, &global.ca)?)
}

/// A host with the options of the command.
pub(super) fn host(global: &Global, cache: Option<Cache>) -> Result<Arc<Host>, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Host::new(HostOptions {
        cache,
        connect_to: global.connect_to.clone(),
        ca_files: global.ca.clone(),
        quota_scale: global.quota_scale,
        clock,
    })?)
}

/// A database and a host: what is needed to call a connector.
pub(super) struct Workshop<'a> {
    pub(super) global: &'a Global,
    pub(super) database: Database,
    pub(super) host: Arc<Host>,
}

impl Workshop<'_> {
    /// What sends notifications, with the options of the command.
    pub(super) fn courier(&self) -> Result<Courier, Failure> {
        courier(self.global, &self.database)
    }

    /// Loads the connector of a connection and makes sure that it is what was allowed: the same connector, and, when its
    /// file has changed, no wider origins. What has changed is written into `connection`, and saved.
    pub(super) async fn plugin(&self, connection: &mut Connection) -> Result<Arc<Plugin>, Failure> {
        let path = self.global.plugin.as_deref().unwrap_or(&connection.plugin_path).to_owned();
        let plugin = Plugin::load(&self.host, &path).await?;
        same_connector(connection, plugin.manifest(), &path)?;
        if plugin.digest() == connection.digest {
            return Ok(plugin);
        }
        let (settings, _) = self.opened(connection, plugin.manifest())?;
        let configured = plugin
            .configure(&settings)
            .await
            .map_err(|error| mended_by_configure(error.into(), &connection.name, &plugin.manifest().fields))?;
        let origins = policy::grant(&plugin.manifest().origins, None, &configured.origins)?;
        if policy::is_wider(&connection.origins, &origins)? {
            let is_new =
                |origin: &&Origin| policy::is_wider(&connection.origins, std::slice::from_ref(*origin)).unwrap_or(true);
            let asks: Vec<String> = origins.iter().filter(is_new).map(origin_line).collect();
            let what =
                format!("{} {} asks for more than you allowed:", plugin.manifest().id, plugin.manifest().version);
            let mut words = vec!["configure".to_owned(), connection.name.clone()];
            if let Some(plugin) = &self.global.plugin {
                words.extend(["--plugin".to_owned(), plugin.to_string_lossy().into_owned()]);
            }
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            return Err(Failure::new(Exit::Settings, what).details(asks).next(Again::new(&words)));
        }
        connection.digest = plugin.digest().to_owned();
        connection.plugin_path = std::path::absolute(&path).unwrap_or(path);
        connection.origins = origins;
        self.database.save_connection(connection)?;
        Ok(plugin)
    }

    /// All settings of a connection as a call that signs in needs them, and the private keys.
    pub(super) fn opened(
        &self,
        connection: &Connection,
        manifest: &Manifest,
    ) -> Result<(Vec<Setting>, Arc<Keys>), Failure> {
        let vault = ConnectionVault::new(self.database.clone(), connection.id);
        let opened = secrets::open(&manifest.fields, &vault)?;
        let mut settings = connection.settings.clone();
        settings.extend(opened.settings);
        Ok((settings, opened.keys))
    }

    /// All settings of a connection as they are stored, secrets included; of a token file, its path.
    pub(super) fn settings(&self, connection: &Connection, manifest: &Manifest) -> Result<Vec<Setting>, Failure> {
        let vault = ConnectionVault::new(self.database.clone(), connection.id);
        let mut settings = connection.settings.clone();
        for field in manifest.fields.iter().filter(|field| field.secret) {
            if let Some(value) = vault.get(&setting_name(&field.name))?.as_ref().and_then(Secret::expose_text) {
                settings.push(Setting::new(&field.name, value));
            }
        }
        Ok(settings)
    }
}

/// A connection belongs to the connector that it was configured with, for ever.
pub(super) fn same_connector(connection: &Connection, manifest: &Manifest, path: &Path) -> Result<(), Failure> {
    if connection.plugin_id == manifest.id {
        return Ok(());
    }
    let what = format!(
        "The connection {} belongs to the connector {}, and {} is {}.",
        connection.name,
        connection.plugin_id,
        path.display(),
        manifest.id
    );
    Err(Failure::new(Exit::Component, what).next(format!(
        "Name the right component with --plugin, or choose another name for a new connection; `host-harness forget {}` \
         gives this one up.",
        connection.name
    )))
}
