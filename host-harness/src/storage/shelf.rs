//! What a component may read of what was collected before.

use std::sync::Arc;

use jiff::Timestamp;

use super::rows::table;
use super::{ConnectionId, Database, PartitionState, StorageError, moment};
use crate::contract::rows::{Kind, Row};
use crate::contract::store::{Age, Freshness, Page};
use crate::contract::types::Fault;
use crate::sandbox::Shelf;

/// Bytes of a reference file that are given at a time.
const REFERENCE_CHUNK: u32 = 1 << 20;

/// The rows and reference files of one connection, as one task may read them.
#[derive(Clone)]
pub struct ConnectionShelf {
    database: Database,
    connection: ConnectionId,
    kinds: Arc<[Kind]>,
    /// Datasets whose rows are given; all when absent. With a blank before and after each.
    datasets: Option<Arc<str>>,
    run_started: Timestamp,
}

impl ConnectionShelf {
    /// A shelf for a task that may read these kinds. What was published since `run_started` counts as fresh.
    pub fn new(database: Database, connection: ConnectionId, kinds: Vec<Kind>, run_started: Timestamp) -> Self {
        Self { database, connection, kinds: kinds.into(), datasets: None, run_started: moment::whole(run_started) }
    }

    /// The same, scanning rows of these datasets alone. Years of days are not read for whoever needs today's snapshot.
    pub fn of(self, datasets: &[&str]) -> Self {
        Self { datasets: Some(format!(" {} ", datasets.join(" ")).into()), ..self }
    }

    fn needed(&self, kind: Kind) -> Result<(), StorageError> {
        if self.kinds.contains(&kind) { Ok(()) } else { Err(StorageError::NotNeeded(table(kind).kind)) }
    }

    fn freshness(&self, state: PartitionState) -> Freshness {
        let fresh = state.checked.is_some_and(|checked| checked >= self.run_started) && state.cause.is_none();
        let age = match state.published {
            None => Age::Missing,
            Some(_) if fresh => Age::Fresh,
            Some(_) => Age::Stale,
        };
        let published = state.published.map(Timestamp::as_second);
        Freshness { partition: state.id, age, published, cause: state.cause }
    }
}

impl Shelf for ConnectionShelf {
    fn scan(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Page, Fault> {
        self.needed(kind)?;
        let page = self.database.scan_of(self.connection, kind, self.datasets.as_deref(), after, limit)?;
        Ok(Page { rows: page.rows, next: page.next })
    }

    fn find(&self, kind: Kind, key: &str) -> Result<Vec<Row>, Fault> {
        self.needed(kind)?;
        Ok(self.database.find(self.connection, kind, key)?)
    }

    fn ages(&self, dataset: &str) -> Result<Vec<Freshness>, Fault> {
        let states = self.database.partitions(self.connection)?;
        Ok(states.into_iter().filter(|state| state.dataset == dataset).map(|state| self.freshness(state)).collect())
    }

    fn reference(&self, name: &str, offset: u64) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.database.reference(self.connection, name, offset, REFERENCE_CHUNK)?)
    }
}
