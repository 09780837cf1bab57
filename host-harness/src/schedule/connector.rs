//! The connector of a connection, as the scheduler drives it.

use super::stepper::{StepCall, Stepper};
use crate::clock::{Clock, Pending};
use crate::contract::connector::{Agenda, Context, Partition, Task};
use crate::contract::manifest::{Manifest, Verb};
use crate::contract::rows::Kind;
use crate::credentials::{Credentials, Parts, Vault, setting_name};
use crate::quota::Bucket;
use crate::sandbox::{BearerSource, Call, CallError, Host, Log, Meter, Plugin, StepOutput};
use crate::secret::Secret;
use crate::storage::{Connection, ConnectionShelf, ConnectionVault, Database};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A configured connector with its credential and its quotas.
pub struct Connector {
    plugin: Arc<Plugin>,
    connection: Connection,
    database: Database,
    credentials: Arc<Credentials>,
    quotas: BTreeMap<String, Arc<Bucket>>,
    clock: Arc<dyn Clock>,
    begun: Timestamp,
    log: Option<Arc<dyn Log>>,
    // A step is not given them, and hides them all the same should a service quote them.
    secrets: Vec<Secret>,
}

impl Connector {
    /// The connector of a connection, at the beginning of a run: what is published from now on counts as fresh.
    pub fn new(
        host: &Host,
        plugin: Arc<Plugin>,
        connection: Connection,
        database: Database,
        log: Option<Arc<dyn Log>>,
    ) -> Arc<Self> {
        let clock = host.clock().clone();
        let vault = ConnectionVault::new(database.clone(), connection.id);
        let secret = plugin.manifest().fields.iter().filter(|field| field.secret);
        // One that cannot be opened fails where it is needed.
        let secrets = secret.filter_map(|field| vault.get(&setting_name(&field.name)).ok().flatten()).collect();
        let credentials = Credentials::new(Parts {
            renewer: plugin.clone(),
            vault: Arc::new(ConnectionVault::new(database.clone(), connection.id)),
            settings: connection.settings.clone(),
            origins: connection.origins.clone(),
            baseline_ended: connection.baseline_ended.map(Timestamp::as_second),
            meter: Arc::new(Meter::default()),
            log: log.clone(),
            clock: clock.clone(),
        });
        // One for the connection: a service counts the requests of all tasks together.
        let quotas = plugin.manifest().quotas.iter().map(|quota| (quota.id.clone(), host.bucket(quota))).collect();
        let begun = clock.now();
        Arc::new(Connector { plugin, connection, database, credentials, quotas, clock, begun, log, secrets })
    }

    fn context(&self) -> Context {
        let baseline_ended = self.connection.baseline_ended.map(Timestamp::as_second);
        Context { now: self.clock.now().as_second(), baseline_ended }
    }

    fn shelf(&self, kinds: Vec<Kind>) -> ConnectionShelf {
        ConnectionShelf::new(self.database.clone(), self.connection.id, kinds, self.begun)
    }

    /// The kinds that the datasets emit which a task needs, and those of its own.
    fn kinds_for(&self, task: &Task) -> Vec<Kind> {
        let needed = self
            .plugin
            .manifest()
            .datasets
            .iter()
            .filter(|dataset| dataset.id == task.dataset || task.needs.contains(&dataset.id));
        needed.flat_map(|dataset| dataset.kinds.iter().copied()).collect()
    }

    fn verb(&self, task: &Task) -> Option<Verb> {
        let dataset = self.plugin.manifest().datasets.iter().find(|dataset| dataset.id == task.dataset);
        dataset.map(|dataset| dataset.verb)
    }
}

impl Stepper for Connector {
    fn manifest(&self) -> &Manifest {
        self.plugin.manifest()
    }

    fn plan<'a>(&'a self, partitions: &'a [Partition]) -> Pending<'a, Result<Agenda, CallError>> {
        Box::pin(async move {
            let kinds = self.manifest().datasets.iter().flat_map(|dataset| dataset.kinds.iter().copied()).collect();
            let call =
                Call { shelf: Some(Arc::new(self.shelf(kinds))), log: self.log.clone(), ..Call::new(self.context()) };
            self.plugin.plan(&call, &self.connection.settings, partitions).await
        })
    }

    fn step<'a>(&'a self, step: StepCall<'a>) -> Pending<'a, Result<StepOutput, CallError>> {
        Box::pin(async move {
            let StepCall { task, bookmark, cursor, bearer, meter } = step;
            let verb = self.verb(task).unwrap_or(Verb::Collect);
            let datasets: Vec<&str> = task.needs.iter().chain([&task.dataset]).map(String::as_str).collect();
            let call = Call {
                origins: self.connection.origins.clone(),
                bearer,
                shelf: Some(Arc::new(self.shelf(self.kinds_for(task)).of(&datasets))),
                quota: task.quota.as_ref().and_then(|id| self.quotas.get(id)).cloned(),
                meter,
                log: self.log.clone(),
                secrets: self.secrets.clone(),
                ..Call::new(self.context())
            };
            self.plugin.step(&call, verb, &self.connection.settings, task, bookmark, cursor).await
        })
    }

    fn bearer(&self) -> Option<Arc<dyn BearerSource>> {
        Some(self.credentials.clone())
    }
}
