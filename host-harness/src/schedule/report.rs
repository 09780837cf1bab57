//! What came of a run.

use crate::contract::connector::Task;
use crate::contract::types::Error;
use std::time::Duration;

/// How a task ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// Its partition is complete and visible.
    Published,
    /// Nothing has changed since the partition was published.
    Unchanged,
    /// It failed; the last good rows stay and are stale.
    Failed(Error),
    /// It was not tried, because another task of its dataset was refused with this cause.
    Skipped(Error),
}

impl Ending {
    /// The partition is as it should be.
    pub fn is_good(&self) -> bool {
        matches!(self, Ending::Published | Ending::Unchanged)
    }

    /// Why it is not.
    pub fn cause(&self) -> Option<&Error> {
        match self {
            Ending::Failed(cause) | Ending::Skipped(cause) => Some(cause),
            Ending::Published | Ending::Unchanged => None,
        }
    }

    /// The customer has not bought what it needs: a gap, and no failure.
    pub fn is_not_licensed(&self) -> bool {
        matches!(self.cause(), Some(Error::LicenceNeeded(_)))
    }

    /// Why it failed; what was not bought is no failure.
    pub fn failure(&self) -> Option<&Error> {
        self.cause().filter(|_| !self.is_not_licensed())
    }
}

/// What came of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskReport {
    /// Id of the task.
    pub id: String,
    /// Id of its dataset.
    pub dataset: String,
    /// It ran after everything else.
    pub background: bool,
    /// How it ended.
    pub ending: Ending,
    /// Steps of this run.
    pub steps: u64,
    /// Rows emitted in this run.
    pub rows: u64,
    /// Requests sent in this run.
    pub requests: u64,
    /// Bytes received in this run.
    pub bytes: u64,
    /// Answers by which the service asked for fewer requests.
    pub throttled: u64,
    /// The most bytes of linear memory that a step had.
    pub memory: u64,
    /// From its first step to its end, waits included.
    pub took: Duration,
    /// Sentences about requests that the host refused or that got no answer.
    pub remarks: Vec<String>,
}

impl TaskReport {
    /// The report of a task that took no step.
    pub fn untried(task: &Task, ending: Ending) -> Self {
        TaskReport {
            id: task.id.clone(),
            dataset: task.dataset.clone(),
            background: task.background,
            ending,
            steps: 0,
            rows: 0,
            requests: 0,
            bytes: 0,
            throttled: 0,
            memory: 0,
            took: Duration::ZERO,
            remarks: Vec::new(),
        }
    }
}

/// Why a run ended before all its tasks had.
#[derive(Debug)]
pub enum Stop {
    /// There is no credential that the service takes, because of this.
    Credential(Error),
    /// Nothing can be stored.
    Storage(crate::storage::StorageError),
    /// The run was interrupted.
    Interrupted,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct RunReport {
    /// The tasks that ended, in the order in which they ended.
    pub tasks: Vec<TaskReport>,
    /// Why the run ended before all its tasks had.
    pub stopped: Option<Stop>,
    /// Requests of tasks that were dropped before their end.
    pub dropped_requests: u64,
    /// How long it took.
    pub took: Duration,
}

impl RunReport {
    /// Requests sent.
    pub fn requests(&self) -> u64 {
        self.dropped_requests + self.tasks.iter().map(|task| task.requests).sum::<u64>()
    }

    /// Rows emitted.
    pub fn rows(&self) -> u64 {
        self.tasks.iter().map(|task| task.rows).sum()
    }

    /// Answers by which the service asked for fewer requests.
    pub fn throttled(&self) -> u64 {
        self.tasks.iter().map(|task| task.throttled).sum()
    }

    /// How many tasks ended in such a way.
    pub fn count(&self, ending: impl Fn(&Ending) -> bool) -> usize {
        self.tasks.iter().filter(|task| ending(&task.ending)).count()
    }

    /// Every task ended well.
    pub fn is_good(&self) -> bool {
        self.stopped.is_none() && self.tasks.iter().all(|task| task.ending.is_good())
    }
}
