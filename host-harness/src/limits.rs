//! Every bound on what a connector may use, in one place, each with its reason.
//!
//! A step is one call of one instance; a task is a run of steps. The first group keeps the machine alive, the second
//! keeps a task finite, the third keeps the network from hanging.

use crate::sandbox::StepOutput;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

// An instance.

/// Bytes of linear memory of one instance. A page of a thousand persons with all their products is 16 MB of JSON; eight
/// instances at this bound still fit a machine of 8 GiB, and almost none gets near.
pub const MEMORY: usize = 512 * MIB;
/// Linear memories of one instance: the connector's and those of adapters.
pub const MEMORIES: usize = 8;
/// Elements of all tables together. A table holds the functions that are called through a pointer.
pub const TABLE_ELEMENTS: usize = 100_000;
/// Tables of one instance.
pub const TABLES: usize = 32;
/// Core instances in one component instance: a compiler makes about ten, for shims and adapters.
pub const INSTANCES: usize = 64;
/// Stack of the guest in bytes. Parsers recurse; deeper recursion is a defect and ends the call.
pub const STACK: usize = MIB;
/// Handles that the host keeps for one instance. A request needs about ten.
pub const RESOURCES: usize = 1_000;
/// Bytes that the guest hands over in one host call. A full batch of rows, as the host stores it, is a few times as large
/// as in the guest.
pub const HOSTCALL_BYTES: usize = 64 * MIB;
/// Random bytes in one call. Nobody needs more than a key.
pub const RANDOM_BYTES: u64 = 64 * KIB as u64;
/// Bytes of one component file. A connector is below one; an interpreter inside would make it twenty.
pub const COMPONENT: u64 = 64 * MIB as u64;

/// The beat of the engine: so often a guest that computes is interrupted to let others run and to look at its bounds.
pub const BEAT: Duration = Duration::from_millis(20);
/// Time for which a guest may compute in one call. To read 200 MB of CSV takes ten seconds on a slow machine.
pub const CPU: Duration = Duration::from_secs(60);
/// Time for one call, without the time in which the host lets it wait for a quota or a credential. A report of several
/// hundred megabytes over a slow line takes minutes.
pub const WALL: Duration = Duration::from_secs(15 * 60);

/// Bytes of what a guest writes to its standard output and error in one call; more is dropped.
pub const OUTPUT: usize = 64 * KIB;
/// Log lines of one call; more are dropped.
pub const LOG_LINES: usize = 1_000;
/// Bytes of one log line; the rest is cut off.
pub const LOG_LINE: usize = 4 * KIB;

// A step and a task.

/// Bytes of one batch of rows, as the contract says.
pub const BATCH: usize = 4 * MIB;
/// Bytes of all rows that one step stages in memory: the largest usage report as one step.
pub const STEP_BYTES: u64 = 512 * MIB as u64;
/// Rows of one step: a report of 400,000 persons with five features. As the host keeps them, each takes a few hundred
/// bytes.
pub const STEP_ROWS: u64 = 2_000_000;
/// Bytes of a cursor, as the contract says: a cursor is a place to go on from and no store of data.
pub const CURSOR: usize = 64 * KIB;
/// Steps of a task: a million persons by pages of a hundred, and again as much.
pub const TASK_STEPS: u64 = 20_000;
/// Rows of a task: a million persons with twenty rows each.
pub const TASK_ROWS: u64 = 20_000_000;
/// Bytes of the rows of a task.
pub const TASK_BYTES: u64 = 16 * 1024 * MIB as u64;
/// Gaps that one step tells: more than there are datasets and columns.
pub const GAPS: usize = 1_000;

// The network.

/// Time to look a name up, connect and agree on encryption.
pub const CONNECT: Duration = Duration::from_secs(15);
/// Time until the answer begins. Services compute some reports while the client waits.
pub const FIRST_BYTE: Duration = Duration::from_secs(120);
/// Time between two parts of an answer.
pub const BETWEEN_BYTES: Duration = Duration::from_secs(60);
/// Bytes of a request's body: forms and small JSON.
pub const REQUEST_BODY: usize = MIB;
/// Bytes of an answer's body after decompression. Ten kilobytes of zeros, compressed twice, unfold to gigabytes.
pub const RESPONSE_BODY: u64 = 1024 * MIB as u64;
/// Bytes of all header fields of a request or an answer. Sign-in services send a few kilobytes of policies.
pub const HEADERS: usize = 64 * KIB;
/// Bytes of a request's address. Pre-authenticated addresses carry tokens of several kilobytes.
pub const ADDRESS: usize = 16 * KIB;
/// The longest time for which an answer may close a quota. A service that asks for more is asked again then.
pub const RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// The longest time that a request or a task waits because the service asked for it. Services name waits of up to ten
/// minutes; two of those, and a run still ends within the hour.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30 * 60);
/// How long a redirect stays granted: as long as the contract says.
pub const REDIRECT: Duration = Duration::from_secs(5 * 60);
/// Redirects that are granted and not used, in one call.
pub const REDIRECTS: usize = 16;

/// A bound that a connector ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// See [`MEMORY`].
    #[error("the connector needs more than {} MiB of memory", MEMORY / MIB)]
    Memory,
    /// See [`CPU`].
    #[error("the connector computed for more than {} seconds in one step", CPU.as_secs())]
    Cpu,
    /// See [`WALL`].
    #[error("a step of the connector took more than {} minutes", WALL.as_secs() / 60)]
    Wall,
    /// See [`STEP_ROWS`] and [`STEP_BYTES`].
    #[error("a step of the connector emitted more than {STEP_ROWS} rows or {} MiB", STEP_BYTES / MIB as u64)]
    StepRows,
    /// See [`GAPS`].
    #[error("a step of the connector told more than {GAPS} gaps")]
    Gaps,
    /// See [`CURSOR`].
    #[error("the connector returned a cursor of more than {} KiB", CURSOR / KIB)]
    Cursor,
    /// A cursor that was given before in this task.
    #[error("the connector returned a cursor that it had returned before, so that the task would never end")]
    CursorTwice,
    /// See [`TASK_STEPS`].
    #[error("the task took more than {TASK_STEPS} steps")]
    TaskSteps,
    /// See [`TASK_ROWS`] and [`TASK_BYTES`].
    #[error("the task emitted more than {TASK_ROWS} rows or {} GiB", TASK_BYTES / (1024 * MIB as u64))]
    TaskRows,
}

/// What one task has used so far. Whoever runs the steps keeps it from the first step to the last.
#[derive(Debug, Default)]
pub struct Budget {
    steps: u64,
    rows: u64,
    bytes: u64,
    cursors: HashSet<[u8; 32]>,
}

impl Budget {
    /// A budget of a task that goes on where an earlier run was interrupted: what it used before counts.
    pub fn resumed(steps: u64, rows: u64, cursor: Option<&[u8]>) -> Self {
        let mut budget = Self { steps, rows, ..Self::default() };
        if let Some(cursor) = cursor {
            budget.cursors.insert(Sha256::digest(cursor).into());
        }
        budget
    }

    /// Counts a step, its rows and the cursor that it returned.
    ///
    /// # Errors
    /// The bound that the step went over. Nothing of the step is to be kept.
    pub fn spend(&mut self, step: &StepOutput) -> Result<(), Limit> {
        self.steps = self.steps.saturating_add(1);
        self.rows = self.rows.saturating_add(step.rows.len() as u64);
        self.bytes = self.bytes.saturating_add(step.bytes);
        if self.steps > TASK_STEPS {
            return Err(Limit::TaskSteps);
        }
        if self.rows > TASK_ROWS || self.bytes > TASK_BYTES {
            return Err(Limit::TaskRows);
        }
        match step.cursor() {
            Some(cursor) if !self.cursors.insert(Sha256::digest(cursor).into()) => Err(Limit::CursorTwice),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connector::Outcome;

    fn step(outcome: Outcome) -> StepOutput {
        StepOutput { outcome, gaps: Vec::new(), rows: Vec::new(), bytes: 0 }
    }

    #[test]
    fn a_cursor_that_comes_back_ends_the_task() {
        let mut budget = Budget::default();
        assert_eq!(budget.spend(&step(Outcome::More(b"a".to_vec()))), Ok(()));
        assert_eq!(budget.spend(&step(Outcome::More(b"b".to_vec()))), Ok(()));
        assert_eq!(budget.spend(&step(Outcome::More(b"a".to_vec()))), Err(Limit::CursorTwice));
    }

    #[test]
    fn the_cursor_from_which_a_task_goes_on_counts_as_given() {
        let mut budget = Budget::resumed(3, 10, Some(b"a"));
        assert_eq!(budget.spend(&step(Outcome::More(b"a".to_vec()))), Err(Limit::CursorTwice));
    }

    #[test]
    fn a_task_ends_at_its_last_step() {
        let mut budget = Budget::resumed(TASK_STEPS - 1, 0, None);
        assert_eq!(budget.spend(&step(Outcome::Done(None))), Ok(()));
        assert_eq!(budget.spend(&step(Outcome::Done(None))), Err(Limit::TaskSteps));
    }

    #[test]
    fn rows_and_bytes_of_all_steps_count_together() {
        let mut budget = Budget::resumed(0, TASK_ROWS + 1, None);
        assert_eq!(budget.spend(&step(Outcome::Done(None))), Err(Limit::TaskRows));
        let mut budget = Budget::default();
        let large = StepOutput { bytes: TASK_BYTES, ..step(Outcome::More(b"a".to_vec())) };
        assert_eq!(budget.spend(&large), Ok(()));
        assert_eq!(budget.spend(&StepOutput { bytes: 1, ..large }), Err(Limit::TaskRows));
    }

    #[test]
    fn a_limit_is_told_as_a_sentence() {
        assert_eq!(Limit::Memory.to_string(), "the connector needs more than 512 MiB of memory");
        assert_eq!(Limit::TaskRows.to_string(), "the task emitted more than 20000000 rows or 16 GiB");
    }
}
