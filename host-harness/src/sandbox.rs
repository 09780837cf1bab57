//! Loads connectors and calls them: each call in an instance of its own, which is thrown away afterwards.

mod call;
mod load;
mod manifest;
mod output;
mod scrub;
mod session;
mod set_up;
mod state;
mod stopwatch;
mod trap;
mod weight;

pub use call::{BearerSource, Call, CallError, Log, Meter, Shelf, StepOutput};
pub use load::PluginError;
pub(crate) use scrub::Scrub;
pub use set_up::SettingUp;
pub(crate) use stopwatch::Stopwatch;

use crate::cache::Cache;
use crate::clock::{Clock, Pending};
use crate::contract::connector::{Agenda, Configured, Examined, Explanation, GuestIndices, Partition, Renewed, Task};
use crate::contract::dialogue::{Connected, Progress, Reply};
use crate::contract::manifest::{Field, Manifest, Quota, Verb};
use crate::contract::rows::Kind;
use crate::contract::types::Setting;
use crate::credentials::Renewer;
use crate::dialogue::{Partner, Turn};
use crate::egress::client::{ConnectTo, Network, NetworkError};
use crate::engine;
use crate::limits::{CPU, WALL};
use crate::quota::Bucket;
use session::Purpose;
use state::State;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

/// How a host is made.
pub struct HostOptions {
    /// Where compiled components are kept; absent: every start compiles.
    pub cache: Option<Cache>,
    /// Names that lead to addresses that the operator names.
    pub connect_to: Vec<ConnectTo>,
    /// Files of certificate authorities (PEM) that are trusted beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// Every quota is so many times as generous as its manifest says.
    pub quota_scale: f64,
    /// Tells the time to everything.
    pub clock: Arc<dyn Clock>,
}

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The engine cannot run here.
    #[error("The engine for connectors cannot run on this machine: {0}.")]
    Engine(String),
    /// The network's options do not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A scale that means nothing.
    #[error("A quota scale of {0} means nothing. Use a number above 0; 1 is as published.")]
    QuotaScale(f64),
}

/// Runs connectors. One for the whole process.
pub struct Host {
    engine: Engine,
    linker: Linker<State>,
    cache: Option<Cache>,
    network: Arc<Network>,
    quota_scale: f64,
    clock: Arc<dyn Clock>,
    // Both as in `limits`; shorter in tests.
    cpu: Duration,
    wall: Duration,
}

impl Host {
    /// A host that is ready to load connectors.
    ///
    /// # Errors
    /// An option does not fit, or the engine cannot run here.
    pub fn new(options: HostOptions) -> Result<Arc<Self>, HostError> {
        if !(options.quota_scale > 0.0 && options.quota_scale.is_finite()) {
            return Err(HostError::QuotaScale(options.quota_scale));
        }
        let failed = |error: wasmtime::Error| HostError::Engine(load::one_line(&error));
        let engine = engine::start().map_err(failed)?;
        let linker = load::linker(&engine).map_err(failed)?;
        let network = Arc::new(Network::new(options.connect_to, &options.ca_files)?);
        Ok(Arc::new(Self {
            engine,
            linker,
            cache: options.cache,
            network,
            quota_scale: options.quota_scale,
            clock: options.clock,
            cpu: CPU,
            wall: WALL,
        }))
    }

    /// The clock that everything in this host goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A bucket for a quota of a manifest. One for each connection and quota, shared by all tasks that name it.
    pub fn bucket(&self, quota: &Quota) -> Arc<Bucket> {
        Bucket::new(quota, self.quota_scale, self.clock.clone())
    }
}

/// A connector, loaded and ready to be called.
pub struct Plugin {
    host: Arc<Host>,
    instance: InstancePre<State>,
    connector: GuestIndices,
    // Only of the wider world.
    set_up: Option<crate::contract::set_up::GuestIndices>,
    manifest: Manifest,
    digest: String,
    size: u64,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Plugin {
    /// Loads a component: reads, checks and compiles it, and asks what it is.
    ///
    /// # Errors
    /// One sentence for each thing that can be wrong with the file; see [`PluginError`].
    pub async fn load(host: &Arc<Host>, path: &Path) -> Result<Arc<Self>, PluginError> {
        let task = {
            let (host, path) = (host.clone(), path.to_owned());
            tokio::task::spawn_blocking(move || {
                let file = load::read(&path)?;
                let component = load::compile(&host.engine, host.cache.as_ref(), &path, &file)?;
                load::check_names(&component, &path)?;
                Ok((file, component))
            })
        };
        let does_not_fit = |cause: String| PluginError::DoesNotFit { path: path.to_owned(), cause };
        let (file, component) = task.await.map_err(|error| does_not_fit(error.to_string()))??;
        let fits = |error: wasmtime::Error| does_not_fit(load::one_line(&error));
        let instance = host.linker.instantiate_pre(&component).map_err(fits)?;
        let connector = GuestIndices::new(&instance).map_err(fits)?;
        let exports = load::exports(&component);
        let set_up = match exports.iter().any(|export| export == load::SET_UP) {
            true => Some(crate::contract::set_up::GuestIndices::new(&instance).map_err(fits)?),
            false => None,
        };
        let mut plugin = Self {
            host: host.clone(),
            set_up,
            instance,
            connector,
            manifest: manifest::unknown(),
            digest: file.digest,
            size: file.bytes.len() as u64,
            imports: load::imports(&component),
            exports,
        };
        let said = plugin.describe().await.map_err(|cause| PluginError::Silent { path: path.to_owned(), cause })?;
        manifest::check(&said, path)?;
        plugin.manifest = said;
        Ok(Arc::new(plugin))
    }

    /// What the connector says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// SHA-256 of the file, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Interfaces that the component imports.
    pub fn imports(&self) -> Vec<String> {
        self.imports.clone()
    }

    /// Interfaces that the component exports.
    pub fn exports(&self) -> Vec<String> {
        self.exports.clone()
    }

    /// The connector can also create, at the service, what it needs.
    pub fn has_set_up(&self) -> bool {
        self.set_up.is_some()
    }

    /// What stands in the place of a reference file as long as none is imported; absent: nothing.
    ///
    /// # Errors
    /// How the call failed.
    pub async fn built_in(&self, reference_file: &str) -> Result<Option<Vec<u8>>, CallError> {
        let mut session = self.open(&self.offline_call(), Purpose::Offline, &[]).await?;
        let answer = session.watch.watch(session.guest.call_built_in(&mut session.store, reference_file)).await;
        session.close(answer.map(|answer| answer.map(Ok))).map(|(file, _)| file)
    }

    /// Checks settings and puts them into their normal form. Needs no network.
    ///
    /// # Errors
    /// All problems of the settings at once, or how the call failed.
    pub async fn configure(&self, settings: &[Setting]) -> Result<Configured, CallError> {
        let mut session = self.open(&self.offline_call(), Purpose::Offline, settings).await?;
        let answer = session.watch.watch(session.guest.call_configure(&mut session.store, settings)).await;
        session.close(answer).map(|(configured, _)| configured)
    }

    /// One step of the dialogue that connects an account.
    ///
    /// # Errors
    /// What the connector says, or how the call failed.
    pub async fn connect(
        &self,
        call: &Call,
        settings: &[Setting],
        reply: &Reply,
        continuation: Option<&[u8]>,
    ) -> Result<Progress, CallError> {
        let mut session = self.open(call, Purpose::SignIn, settings).await?;
        let step = session.guest.call_connect(&mut session.store, settings, reply, continuation, call.context);
        let answer = session.watch.watch(step).await;
        let (progress, state) = session.close(answer)?;
        let mut connected = match progress {
            Progress::Connected(connected) => connected,
            Progress::Ask(question) => return Ok(Progress::Ask(state.scrub.question(question))),
        };
        connected.capabilities = state.scrub.capabilities(connected.capabilities);
        connected.notes = connected.notes.into_iter().map(|note| state.scrub.fault(note)).collect();
        Ok(Progress::Connected(connected))
    }

    /// Makes a bearer credential. `settings` holds the secret ones too.
    ///
    /// # Errors
    /// What the connector says, or how the call failed.
    pub async fn renew(&self, call: &Call, settings: &[Setting], keep: Option<&[u8]>) -> Result<Renewed, CallError> {
        let mut session = self.open(call, Purpose::SignIn, settings).await?;
        let step = session.guest.call_renew(&mut session.store, settings, keep, call.context);
        let answer = session.watch.watch(step).await;
        session.close(answer).map(|(renewed, _)| renewed)
    }

    /// The tasks of a run. Secret settings are left out, here and in `step`.
    ///
    /// # Errors
    /// What the connector says, or how the call failed.
    pub async fn plan(&self, call: &Call, settings: &[Setting], partitions: &[Partition]) -> Result<Agenda, CallError> {
        let settings = self.without_secrets(settings);
        let mut session = self.open(call, Purpose::Offline, &settings).await?;
        let step = session.guest.call_plan(&mut session.store, &settings, partitions, call.context);
        let answer = session.watch.watch(step).await;
        session.close(answer).map(|(agenda, _)| agenda)
    }

    /// Finds out what the connection can do. `settings` holds the secret ones too.
    ///
    /// # Errors
    /// What the connector says, or how the call failed.
    pub async fn examine(&self, call: &Call, settings: &[Setting], keep: Option<&[u8]>) -> Result<Examined, CallError> {
        let mut session = self.open(call, Purpose::SignIn, settings).await?;
        let step = session.guest.call_examine(&mut session.store, settings, keep, call.context);
        let answer = session.watch.watch(step).await;
        let (mut examined, state) = session.close(answer)?;
        state.scrub.learn(&examined.renewed.bearer);
        examined.capabilities = state.scrub.capabilities(examined.capabilities);
        Ok(examined)
    }

    /// Why there is, or is not, a row of a kind about a subject. Secret settings are left out.
    ///
    /// # Errors
    /// What the connector says, or how the call failed.
    pub async fn explain(
        &self,
        call: &Call,
        settings: &[Setting],
        kind: Kind,
        subject: &str,
    ) -> Result<Vec<Explanation>, CallError> {
        let settings = self.without_secrets(settings);
        let mut session = self.open(call, Purpose::Offline, &settings).await?;
        let step = session.guest.call_explain(&mut session.store, &settings, kind, subject, call.context);
        let answer = session.watch.watch(step).await;
        session.close(answer).map(|(explanations, _)| explanations)
    }

    /// One step of a task. On an error nothing of it is to be kept.
    ///
    /// # Errors
    /// What the connector says, how the call failed, or the bound that it went over.
    pub async fn step(
        &self,
        call: &Call,
        verb: Verb,
        settings: &[Setting],
        task: &Task,
        bookmark: Option<&[u8]>,
        cursor: Option<&[u8]>,
    ) -> Result<StepOutput, CallError> {
        let settings = self.without_secrets(settings);
        let mut session = self.open(call, Purpose::Step, &settings).await?;
        let (store, guest) = (&mut session.store, &session.guest);
        let answer = match verb {
            Verb::Collect => {
                let step = guest.call_collect(store, &settings, task, bookmark, cursor, call.context);
                session.watch.watch(step).await
            }
            Verb::Discover => {
                let step = guest.call_discover(store, &settings, task, bookmark, cursor, call.context);
                session.watch.watch(step).await
            }
        };
        let (step, state) = session.close(answer)?;
        session::output(step, state)
    }

    fn without_secrets(&self, settings: &[Setting]) -> Vec<Setting> {
        let secret = |name: &str| self.manifest.fields.iter().any(|field| field.secret && field.name == name);
        settings.iter().filter(|setting| !secret(&setting.name)).cloned().collect()
    }
}

impl Renewer for Plugin {
    fn fields(&self) -> &[Field] {
        &self.manifest.fields
    }

    fn renew<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Renewed, CallError>> {
        Box::pin(Plugin::renew(self, call, settings, keep))
    }

    fn examine<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        keep: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Examined, CallError>> {
        Box::pin(Plugin::examine(self, call, settings, keep))
    }
}

impl Partner<Connected> for Plugin {
    fn step<'a>(
        &'a self,
        call: &'a Call,
        settings: &'a [Setting],
        reply: &'a Reply,
        continuation: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Turn<Connected>, CallError>> {
        Box::pin(async move {
            Ok(match self.connect(call, settings, reply, continuation).await? {
                Progress::Ask(question) => Turn::Ask(question),
                Progress::Connected(connected) => Turn::End(connected),
            })
        })
    }
}

#[cfg(test)]
mod tests;
