//! What the scheduler drives: a connector that plans and takes steps. Tests put another one in its place.

use crate::clock::Pending;
use crate::contract::connector::{Agenda, Partition, Task};
use crate::contract::manifest::Manifest;
use crate::credentials::{Bearer, CredentialError};
use crate::sandbox::{BearerSource, CallError, Meter, StepOutput};
use std::sync::{Arc, Mutex, PoisonError};

/// One step of a task.
pub struct StepCall<'a> {
    /// The task.
    pub task: &'a Task,
    /// What the task left for itself when its partition was published.
    pub bookmark: Option<&'a [u8]>,
    /// Where the step begins; absent for the first.
    pub cursor: Option<&'a [u8]>,
    /// Gives the credential.
    pub bearer: Option<Arc<dyn BearerSource>>,
    /// Counts what the task uses.
    pub meter: Arc<Meter>,
}

/// A connector that plans a run and takes the steps of its tasks.
pub trait Stepper: Send + Sync {
    /// What it says of itself.
    fn manifest(&self) -> &Manifest;
    /// The tasks of a run, of all verbs.
    fn plan<'a>(&'a self, partitions: &'a [Partition]) -> Pending<'a, Result<Agenda, CallError>>;
    /// Takes one step in an instance of its own.
    fn step<'a>(&'a self, call: StepCall<'a>) -> Pending<'a, Result<StepOutput, CallError>>;
    /// Gives the credential of the connection.
    fn bearer(&self) -> Option<Arc<dyn BearerSource>>;
}

/// Remembers which credential a step was given, so that exactly this one can be rejected when the service refused it:
/// a sibling may have renewed it in between.
pub(super) struct Noted {
    source: Arc<dyn BearerSource>,
    given: Mutex<Option<Bearer>>,
}

impl Noted {
    pub(super) fn new(source: Arc<dyn BearerSource>) -> Arc<Self> {
        Arc::new(Noted { source, given: Mutex::new(None) })
    }

    /// Rejects the credential that was given last. False: none was given, so that renewing cannot help.
    pub(super) async fn reject_given(&self) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner).take();
        match given {
            Some(bearer) => {
                self.source.reject(&bearer).await;
                true
            }
            None => false,
        }
    }
}

impl BearerSource for Noted {
    fn bearer(&self) -> Pending<'_, Result<Bearer, CredentialError>> {
        Box::pin(async {
            let bearer = self.source.bearer().await?;
            *self.given.lock().unwrap_or_else(PoisonError::into_inner) = Some(bearer.clone());
            Ok(bearer)
        })
    }

    fn reject<'a>(&'a self, used: &'a Bearer) -> Pending<'a, ()> {
        self.source.reject(used)
    }
}
