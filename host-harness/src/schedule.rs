//! Runs a plan: in the order of its needs, several tasks at once, step by step.
//!
//! Every task runs in a future of its own and every step in an instance of its own. Rows and cursor of a step are
//! committed together, so that a run can be dropped at any moment: the next one goes on at the next step.

pub mod connector;
pub mod queue;
pub mod report;
pub mod stepper;
mod worker;

pub use report::{Ending, RunReport, Stop, TaskReport};
pub use stepper::{StepCall, Stepper};

use crate::clock::{Clock, until};
use crate::contract::connector::{Agenda, Partition, Task};
use crate::contract::manifest::{Manifest, Verb};
use crate::contract::rows::Kind;
use crate::contract::types::{Error, Fault};
use crate::progress::Progress;
use crate::retry::{Policy, Remedy, remedy};
use crate::sandbox::{CallError, Meter};
use crate::storage::{Connection, ConnectionId, Database, StorageError};
use jiff::Timestamp;
use queue::{PlanDefect, Queue};
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;
use tokio::task::{Id, JoinSet};
use worker::TaskEnd;

/// How many tasks run at once unless it is said otherwise: enough to keep a published quota busy over a slow line.
pub const AT_ONCE: usize = 8;

/// How a run is paced.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Tasks at once.
    pub at_once: usize,
    /// When a step is repeated and when it is given up.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Options { at_once: AT_ONCE, policy: Policy::default() }
    }
}

/// What a run of a connection needs.
pub struct Run {
    /// The connector.
    pub stepper: Arc<dyn Stepper>,
    /// Where rows go.
    pub database: Database,
    /// The connection.
    pub connection: Connection,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is told how it goes.
    pub progress: Arc<dyn Progress>,
    /// How it is paced.
    pub options: Options,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The connector did not plan.
    #[error(transparent)]
    Plan(#[from] CallError),
    /// The plan cannot be run.
    #[error(
        "The connector made a plan that cannot be run: {0}. This is a defect of the connector; report it to its makers."
    )]
    Defect(#[from] PlanDefect),
    /// What was collected before cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Plans, and runs the tasks of these verbs until all have ended or `interrupted` does.
///
/// A task that fails never stops the others; a refused credential or a storage that takes nothing stops all of them.
///
/// # Errors
/// When there is no plan to run.
pub async fn run(run: Arc<Run>, verbs: &[Verb], interrupted: impl Future<Output = ()>) -> Result<RunReport, RunError> {
    let begun = run.clock.now();
    let connection = run.connection.id;
    let known = blocking(&run.database, move |database| database.partitions(connection)).await?;
    let published: Vec<Partition> = known
        .into_iter()
        .filter_map(|state| {
            let published = state.published?.as_second();
            Some(Partition { id: state.id, dataset: state.dataset, published, bookmark: state.bookmark })
        })
        .collect();
    let Agenda { tasks: plan, expired, unwanted } = run.stepper.plan(&published).await?;
    let manifest = run.stepper.manifest();
    queue::check(&plan, manifest)?;
    if !expired.is_empty() {
        blocking(&run.database, move |database| database.expire(connection, &expired)).await?;
    }
    if !unwanted.is_empty() {
        blocking(&run.database, move |database| database.delete_kinds(connection, &unwanted)).await?;
    }
    let news = Baseline::new(&run.connection, manifest, &plan, published);
    let (tasks, others): (Vec<Task>, Vec<Task>) = plan.into_iter().partition(|task| is_chosen(manifest, task, verbs));
    let planned = tasks.clone();
    blocking(&run.database, move |database| database.plan_background(connection, &planned, &others)).await?;
    run.progress.begins(&run.connection.name, &tasks);
    let crew = Crew { run: &run, set: JoinSet::new(), places: HashMap::new(), report: RunReport::default(), news };
    let mut report = crew.work(tasks, interrupted).await;
    report.took = until(begun, run.clock.now());
    run.progress.ends(&report);
    Ok(report)
}

fn is_chosen(manifest: &Manifest, task: &Task, verbs: &[Verb]) -> bool {
    manifest.datasets.iter().any(|dataset| dataset.id == task.dataset && verbs.contains(&dataset.verb))
}

/// Works on the database on a thread where waiting for the disk holds nobody up.
async fn blocking<T: Send + 'static>(
    database: &Database,
    work: impl FnOnce(&Database) -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    let database = database.clone();
    match tokio::task::spawn_blocking(move || work(&database)).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The program is about to end, and nobody waits for the result any more.
            Err(_) => std::future::pending().await,
        },
    }
}

/// What is noted of a task of the background.
type Mark = fn(&Database, ConnectionId, &str, Timestamp) -> Result<(), StorageError>;

/// A task that runs now.
struct Place {
    index: usize,
    task: Task,
    meter: Arc<Meter>,
}

/// The tasks that run now.
struct Crew<'a> {
    run: &'a Arc<Run>,
    set: JoinSet<TaskEnd>,
    places: HashMap<Id, Place>,
    report: RunReport,
    news: Baseline,
}

impl Crew<'_> {
    async fn work(mut self, tasks: Vec<Task>, interrupted: impl Future<Output = ()>) -> RunReport {
        let mut queue = Queue::new(tasks, self.run.options.at_once);
        tokio::pin!(interrupted);
        while self.report.stopped.is_none() {
            if queue.foreground_ended() {
                self.end_baseline().await;
            }
            while let Some((index, task)) = queue.start_next() {
                self.mark(&task.id, task.background, Database::start_background).await;
                self.start(index, task);
            }
            let ended = tokio::select! {
                biased;
                () = &mut interrupted => {
                    self.report.stopped = Some(Stop::Interrupted);
                    break;
                }
                ended = self.set.join_next_with_id() => ended,
            };
            let Some(ended) = ended else { break };
            let known = self.report.tasks.len();
            self.note(&mut queue, ended);
            self.mark_ended(known).await;
        }
        // Dropping a step loses nothing: what was committed stays, and the step is taken again.
        self.set.shutdown().await;
        self.report.dropped_requests = self.places.values().map(|place| place.meter.requests()).sum();
        self.report
    }

    fn start(&mut self, index: usize, task: Task) {
        self.run.progress.starts(&task);
        let meter = Arc::new(Meter::default());
        let (run, its, counts) = (self.run.clone(), task.clone(), meter.clone());
        let handle = self.set.spawn(async move { worker::work(&run, &its, counts).await });
        self.places.insert(handle.id(), Place { index, task, meter });
    }

    fn note(&mut self, queue: &mut Queue, ended: Result<(Id, TaskEnd), tokio::task::JoinError>) {
        let id = match &ended {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(Place { index, task, .. }) = self.places.remove(&id) else { return };
        queue.end(index);
        let end = match ended {
            Ok((_, end)) => end,
            // Where it was stands on standard error already; the message of a panic is told nobody.
            Err(_) => TaskEnd { report: TaskReport::untried(&task, Ending::Failed(defect())), stop: None },
        };
        let refused = match &end.report.ending {
            Ending::Failed(cause) if remedy(cause) == (Remedy::GiveUp { whole_dataset: true }) => Some(cause.clone()),
            _ => None,
        };
        self.add(end.report);
        self.report.stopped = end.stop;
        if let Some(cause) = refused {
            // One refusal is one gap: the others would be refused in the same way, so that they are not tried.
            for task in queue.end_waiting(&task.dataset) {
                self.add(TaskReport::untried(&task, Ending::Skipped(cause.clone())));
            }
        }
    }

    fn add(&mut self, report: TaskReport) {
        self.news.note(&report);
        self.run.progress.ended(&report);
        self.report.tasks.push(report);
    }

    /// Notes the end of the tasks after the first so many that have ended.
    async fn mark_ended(&mut self, known: usize) {
        let ended = self.report.tasks.get(known..).unwrap_or_default().iter();
        for (id, background) in ended.map(|task| (task.id.clone(), task.background)).collect::<Vec<_>>() {
            self.mark(&id, background, Database::end_background).await;
        }
    }

    /// Notes of a task of the background that it has started or ended.
    async fn mark(&mut self, id: &str, background: bool, note: Mark) {
        if !background {
            return;
        }
        let (connection, id, now) = (self.run.connection.id, id.to_owned(), self.run.clock.now());
        if let Err(error) = blocking(&self.run.database, move |database| note(database, connection, &id, now)).await {
            self.report.stopped.get_or_insert(Stop::Storage(error));
        }
    }

    async fn end_baseline(&mut self) {
        if !std::mem::take(&mut self.news.may_end) || !self.news.missing.is_empty() {
            return;
        }
        let (connection, now) = (self.run.connection.id, self.run.clock.now());
        if let Err(error) = blocking(&self.run.database, move |database| database.end_baseline(connection, now)).await {
            self.report.stopped = Some(Stop::Storage(error));
        }
    }
}

fn defect() -> Error {
    Error::Internal(Fault::new("A defect of this program ended the task.", "Report it.".to_owned()))
}

/// When everything seen so far stops to be the baseline: the foreground tasks of a run have ended, and each that tells
/// news has told it once. So neither a run of one verb alone nor one without a network makes news of what was there.
struct Baseline {
    may_end: bool,
    missing: BTreeSet<String>,
}

impl Baseline {
    fn new(connection: &Connection, manifest: &Manifest, plan: &[Task], published: Vec<Partition>) -> Self {
        let tells_news = |task: &&Task| {
            let of_task = manifest.datasets.iter().find(|dataset| dataset.id == task.dataset);
            of_task.is_some_and(|dataset| dataset.kinds.contains(&Kind::Notification))
        };
        let before: BTreeSet<String> = published.into_iter().map(|partition| partition.id).collect();
        let teller = plan.iter().filter(|task| !task.background).filter(tells_news).map(|task| task.id.clone());
        Baseline {
            may_end: connection.baseline_ended.is_none(),
            missing: teller.filter(|id| !before.contains(id)).collect(),
        }
    }

    fn note(&mut self, report: &TaskReport) {
        if report.ending.is_good() {
            self.missing.remove(&report.id);
        }
    }
}

#[cfg(test)]
mod tests;
