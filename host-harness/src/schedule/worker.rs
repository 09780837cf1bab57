//! One task from its first step to its end.

use super::Run;
use super::report::{Ending, Stop, TaskReport};
use super::stepper::{Noted, StepCall};
use crate::contract::connector::{Gap, Outcome, Task};
use crate::contract::rows::Row;
use crate::contract::types::{Error, Fault};
use crate::credentials::CredentialError;
use crate::limits::Budget;
use crate::retry::{Patience, Remedy, remedy};
use crate::sandbox::{BearerSource, CallError, Meter, StepOutput};
use crate::storage::{Building, Database, StorageError};
use std::sync::Arc;
use std::time::Duration;

/// What came of a task, and why the whole run has to end because of it.
pub(super) struct TaskEnd {
    pub(super) report: TaskReport,
    pub(super) stop: Option<Stop>,
}

/// The last step of a generation.
enum Last {
    Published(Option<Vec<u8>>),
    Unchanged(Option<Vec<u8>>),
}

/// How building a generation came to its end.
enum Built {
    Complete {
        last: Last,
        rows: Vec<Row>,
        gaps: Vec<Gap>,
    },
    StartAgain(Error),
    /// `unsigned`: there is no credential that the service takes.
    Failed {
        cause: Error,
        keep_cursor: bool,
        unsigned: bool,
    },
}

struct Worker<'a> {
    run: &'a Run,
    task: &'a Task,
    patience: Patience,
    meter: Arc<Meter>,
    steps: u64,
    rows: u64,
    renewed: bool,
}

/// Runs a task to its end. The meter counts what it uses, also when it is dropped before.
pub(super) async fn work(run: &Run, task: &Task, meter: Arc<Meter>) -> TaskEnd {
    let begun = run.clock.now();
    let patience = Patience::new(run.options.policy);
    let mut worker = Worker { run, task, patience, meter, steps: 0, rows: 0, renewed: false };
    let (ending, stop) = match worker.partition().await {
        Ok((ending, stop)) => (ending, stop),
        Err(error) => {
            let cause = Error::Storage(Fault::new(error.to_string(), None));
            (Ending::Failed(cause), stops_everything(&error).then_some(Stop::Storage(error)))
        }
    };
    let report = TaskReport {
        id: task.id.clone(),
        dataset: task.dataset.clone(),
        background: task.background,
        ending,
        steps: worker.steps,
        rows: worker.rows,
        requests: worker.meter.requests(),
        bytes: worker.meter.bytes(),
        throttled: worker.meter.throttled(),
        memory: worker.meter.memory(),
        took: crate::clock::until(begun, run.clock.now()),
        remarks: worker.meter.remarks(),
    };
    TaskEnd { report, stop }
}

/// A storage error that every other task would meet too.
fn stops_everything(error: &StorageError) -> bool {
    !matches!(
        error,
        StorageError::Unfit { .. }
            | StorageError::Position(_)
            | StorageError::NotNeeded(_)
            | StorageError::GenerationGone { .. }
    )
}

impl Worker<'_> {
    /// Builds the partition, from the beginning again when its cursor is too old.
    async fn partition(&mut self) -> Result<(Ending, Option<Stop>), StorageError> {
        loop {
            let (connection, task, now) = (self.run.connection.id, self.task.clone(), self.run.clock.now());
            let building = self.store(move |database| database.begin(connection, &task, now)).await?;
            let (building, built) = self.build(building).await?;
            match built {
                Built::Complete { last, rows, gaps } => return self.finish(building, last, rows, gaps).await,
                Built::StartAgain(cause) => {
                    if !self.patience.start_again() {
                        self.fail(building, cause.clone(), false).await?;
                        return Ok((Ending::Failed(cause), None));
                    }
                    self.store(move |database| database.discard(building)).await?;
                }
                Built::Failed { cause, keep_cursor, unsigned } => {
                    self.fail(building, cause.clone(), keep_cursor).await?;
                    return Ok((Ending::Failed(cause.clone()), unsigned.then_some(Stop::Credential(cause))));
                }
            }
        }
    }

    /// Takes steps until the generation is complete or cannot be completed.
    async fn build(&mut self, mut building: Building) -> Result<(Building, Built), StorageError> {
        let mut budget = Budget::resumed(building.steps, building.rows, building.cursor.as_deref());
        loop {
            let output = match self.step(&building).await {
                Ok(output) => output,
                Err(built) => return Ok((building, built)),
            };
            if let Err(limit) = budget.spend(&output) {
                let cause = host_fault(limit.into());
                return Ok((building, Built::Failed { cause, keep_cursor: false, unsigned: false }));
            }
            self.patience.step_done();
            self.renewed = false;
            self.steps += 1;
            self.rows += output.rows.len() as u64;
            self.run.progress.stepped(self.task, building.steps + 1, building.rows + output.rows.len() as u64);
            let StepOutput { outcome, gaps, rows, .. } = output;
            let last = match outcome {
                Outcome::More(cursor) => {
                    let commit = move |database: &Database| {
                        database.commit_step(&mut building, &rows, &cursor, &gaps).map(|()| building)
                    };
                    building = self.store(commit).await?;
                    continue;
                }
                Outcome::Done(bookmark) => Last::Published(bookmark),
                Outcome::Unchanged(bookmark) => Last::Unchanged(bookmark),
                Outcome::Restart(reason) => {
                    let cause = Error::CursorExpired(Fault::new(reason, None));
                    return Ok((building, Built::StartAgain(cause)));
                }
            };
            return Ok((building, Built::Complete { last, rows, gaps }));
        }
    }

    /// Takes one step, repeated as long as that can help.
    async fn step(&mut self, building: &Building) -> Result<StepOutput, Built> {
        loop {
            let noted = self.run.stepper.bearer().map(Noted::new);
            let call = StepCall {
                task: self.task,
                bookmark: building.bookmark.as_deref(),
                cursor: building.cursor.as_deref(),
                bearer: noted.clone().map(|noted| noted as Arc<dyn BearerSource>),
                meter: self.meter.clone(),
            };
            let (cause, without_credential) = match self.run.stepper.step(call).await {
                Ok(output) => return Ok(output),
                Err(CallError::Connector(cause)) => (cause, false),
                Err(CallError::Credential(error)) => (credential_cause(error), true),
                Err(error @ (CallError::Trap(_) | CallError::Limit(_))) => (host_fault(error), false),
            };
            match remedy(&cause) {
                Remedy::Wait(retry_after) => match self.patience.wait(retry_after, jitter()) {
                    Some(wait) => self.pause(&cause, wait).await,
                    None => return Err(Built::Failed { cause, keep_cursor: true, unsigned: false }),
                },
                _ if without_credential => return Err(Built::Failed { cause, keep_cursor: true, unsigned: true }),
                Remedy::Renew => {
                    let first = !std::mem::replace(&mut self.renewed, true);
                    let again = match &noted {
                        Some(noted) if first => noted.reject_given().await,
                        _ => false,
                    };
                    if !again {
                        return Err(Built::Failed { cause, keep_cursor: true, unsigned: true });
                    }
                }
                Remedy::StartAgain => return Err(Built::StartAgain(cause)),
                Remedy::GiveUp { .. } => {
                    return Err(Built::Failed { cause, keep_cursor: false, unsigned: false });
                }
            }
        }
    }

    async fn pause(&self, cause: &Error, wait: Duration) {
        self.run.progress.waits(self.task, cause, wait);
        self.run.clock.sleep(wait).await;
    }

    async fn finish(
        &self,
        building: Building,
        last: Last,
        rows: Vec<Row>,
        gaps: Vec<Gap>,
    ) -> Result<(Ending, Option<Stop>), StorageError> {
        let now = self.run.clock.now();
        let ending = self.store(move |database| match last {
            Last::Published(bookmark) => {
                database.publish(building, &rows, bookmark.as_deref(), &gaps, now).map(|()| Ending::Published)
            }
            Last::Unchanged(bookmark) => {
                database.unchanged(building, bookmark.as_deref(), &gaps, now).map(|()| Ending::Unchanged)
            }
        });
        Ok((ending.await?, None))
    }

    async fn fail(&self, building: Building, cause: Error, keep_cursor: bool) -> Result<(), StorageError> {
        let now = self.run.clock.now();
        self.store(move |database| database.fail(building, &cause, keep_cursor, now)).await
    }

    async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        super::blocking(&self.run.database, work).await
    }
}

/// A failure that the host found, as the contract tells it: a defect of the connector.
fn host_fault(error: CallError) -> Error {
    Error::Internal(Fault::new(error.to_string(), None))
}

/// Why there is no credential, as the contract tells it.
fn credential_cause(error: CredentialError) -> Error {
    match error {
        CredentialError::Renew(error) => match *error {
            CallError::Connector(cause) => cause,
            CallError::Credential(error) => credential_cause(error),
            error @ (CallError::Trap(_) | CallError::Limit(_)) => host_fault(error),
        },
        CredentialError::Vault(message) => Error::Storage(Fault::new(message, None)),
        error @ CredentialError::Unfit => Error::Internal(Fault::new(error.to_string(), None)),
    }
}

/// A number between 0 and 1. Without random numbers all tasks wait equally long, which does no harm.
fn jitter() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}
