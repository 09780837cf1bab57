//! What one call of a connector is given and what comes back.

use crate::clock::Pending;
use crate::contract::connector::{Context, Gap, Outcome};
use crate::contract::log::Level;
use crate::contract::manifest::Origin;
use crate::contract::rows::{Kind, Row};
use crate::contract::store::{Freshness, Page};
use crate::contract::types::{Error, Fault};
use crate::credentials::{Bearer, CredentialError};
use crate::keys::Keys;
use crate::limits::Limit;
use crate::quota::Bucket;
use crate::secret::Secret;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The circumstances of a call: what the instance may reach, and who answers its imports.
#[derive(Clone)]
pub struct Call {
    /// Handed to the connector.
    pub context: Context,
    /// Origins that are granted to the connection. Empty: no network.
    pub origins: Vec<Origin>,
    /// Gives the credential for origins marked `bearer`.
    pub bearer: Option<Arc<dyn BearerSource>>,
    /// The connector may send `Authorization` itself: while it signs in, never while it collects.
    pub guest_authorization: bool,
    /// The private keys of the connection, for calls that sign in. One for all calls of a dialogue, so that a key that
    /// one of them makes can be used by the next.
    pub keys: Arc<Keys>,
    /// What was collected before. Absent: the store answers that it has nothing.
    pub shelf: Option<Arc<dyn Shelf>>,
    /// Paces every request of the call.
    pub quota: Option<Arc<Bucket>>,
    /// Counts what the call uses.
    pub meter: Arc<Meter>,
    /// Takes the connector's log lines.
    pub log: Option<Arc<dyn Log>>,
    /// Kept out of log lines and errors, beside the secret settings and the credential.
    pub secrets: Vec<Secret>,
}

impl Call {
    /// A call without network, store, credential and log.
    pub fn new(context: Context) -> Self {
        Self {
            context,
            origins: Vec::new(),
            bearer: None,
            guest_authorization: false,
            keys: Arc::default(),
            shelf: None,
            quota: None,
            meter: Arc::new(Meter::default()),
            log: None,
            secrets: Vec::new(),
        }
    }
}

/// Gives the bearer credential of a connection.
pub trait BearerSource: Send + Sync {
    /// A credential that is good now.
    fn bearer(&self) -> Pending<'_, Result<Bearer, CredentialError>>;
    /// The service refused exactly this credential: the next one asked for is another.
    fn reject<'a>(&'a self, used: &'a Bearer) -> Pending<'a, ()>;
}

/// What was collected before: the host's side of the interface `store`. Calls block.
pub trait Shelf: Send + Sync {
    /// A page of published rows in the order of their key.
    ///
    /// # Errors
    /// When they cannot be read.
    fn scan(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Page, Fault>;
    /// The rows of one person or application.
    ///
    /// # Errors
    /// When they cannot be read.
    fn find(&self, kind: Kind, key: &str) -> Result<Vec<Row>, Fault>;
    /// How fresh the partitions of a dataset are.
    ///
    /// # Errors
    /// When it cannot be read.
    fn ages(&self, dataset: &str) -> Result<Vec<Freshness>, Fault>;
    /// At most 1 MiB of a reference file from an offset on.
    ///
    /// # Errors
    /// When it cannot be read.
    fn reference(&self, name: &str, offset: u64) -> Result<Option<Vec<u8>>, Fault>;
}

/// Takes a connector's log lines, already freed of secrets. Knows the connection's name.
pub trait Log: Send + Sync {
    /// Takes one line.
    fn write(&self, level: Level, message: &str);
}

/// Counts what calls use. Several calls may share one.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    bytes: AtomicU64,
    throttled: AtomicU64,
    memory: AtomicU64,
    remarks: Mutex<Vec<String>>,
}

/// Remarks that a meter keeps. Each is a different sentence, so more would tell nothing.
const REMARKS: usize = 20;

impl Meter {
    /// Requests that were sent.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Bytes of answers' bodies, after decompression.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Answers by which the service asked for fewer requests.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// The most bytes of linear memory that one instance had.
    pub fn memory(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }

    /// Sentences about requests that were refused by the host or got no answer, each once.
    pub fn remarks(&self) -> Vec<String> {
        self.remarks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn note_memory(&self, bytes: u64) {
        self.memory.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(crate) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn remark(&self, sentence: String) {
        let mut remarks = self.remarks.lock().unwrap_or_else(PoisonError::into_inner);
        if remarks.len() < REMARKS && !remarks.contains(&sentence) {
            remarks.push(sentence);
        }
    }
}

/// What a step gave: nothing of it is kept yet.
#[derive(Debug, Clone)]
pub struct StepOutput {
    /// How it ended.
    pub outcome: Outcome,
    /// What could not be had.
    pub gaps: Vec<Gap>,
    /// Rows in the order in which they were emitted.
    pub rows: Vec<Row>,
    /// Bytes of the rows, as the contract measures a batch.
    pub bytes: u64,
}

impl StepOutput {
    /// The cursor for the next step, when there is one.
    pub fn cursor(&self) -> Option<&[u8]> {
        match &self.outcome {
            Outcome::More(cursor) => Some(cursor),
            Outcome::Done(_) | Outcome::Unchanged(_) | Outcome::Restart(_) => None,
        }
    }
}

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The connector says so.
    #[error("{}", .0.sentence())]
    Connector(Error),
    /// The instance ended by itself. One sentence.
    #[error("{0}")]
    Trap(String),
    /// The instance ran into a bound.
    #[error("{0}; the host ended it. Report this to the maker of the connector.")]
    Limit(#[from] Limit),
    /// A request needed a credential and there is none.
    #[error(transparent)]
    Credential(CredentialError),
}
