//! One step of a task: what it may use, and which dataset does it.

use crate::contract::connector::{Context, Gap, Outcome, Step, Task};
use crate::contract::rows::{Kind, Row};
use crate::contract::store::{Freshness, Page};
use crate::contract::types::{Day, Error};
use crate::datasets;
use crate::fault;
use crate::graph::Graph;
use crate::reports;
use crate::settings::Settings;
use crate::time;

/// Takes rows.
pub trait Sink {
    /// Stages rows of the step that runs.
    ///
    /// # Errors
    /// `storage` when the host cannot take them.
    fn emit(&self, rows: Vec<Row>) -> Result<(), Error>;
}

/// Gives what was collected before. The functions are those of `wit/host.wit`.
pub trait Store {
    /// A page of the rows of a kind, in the order of their key.
    ///
    /// # Errors
    /// `storage` when the host cannot read them.
    fn scan(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Page, Error>;

    /// The rows of a kind whose key begins with this principal name or application id.
    ///
    /// # Errors
    /// `storage` when the host cannot read them.
    fn find(&self, kind: Kind, key: &str) -> Result<Vec<Row>, Error>;

    /// How fresh the partitions of a dataset are.
    ///
    /// # Errors
    /// `storage` when the host cannot tell.
    fn ages(&self, dataset: &str) -> Result<Vec<Freshness>, Error>;

    /// Bytes of a reference file of the customer from an offset; `None` when there is no such file.
    ///
    /// # Errors
    /// `storage` when the host cannot read it.
    fn reference(&self, name: &str, offset: u64) -> Result<Option<Vec<u8>>, Error>;
}

/// Everything that a step may use. Time comes from the context alone.
pub struct Env<'a> {
    /// Microsoft Graph.
    pub graph: Graph<'a>,
    /// What was collected before.
    pub store: &'a dyn Store,
    /// Where rows go.
    pub sink: &'a dyn Sink,
    /// The settings of the connection, without its secrets.
    pub settings: &'a Settings,
    /// When the step happens.
    pub context: &'a Context,
}

impl Env<'_> {
    /// The day on which the step happens, in UTC.
    #[must_use]
    pub fn today(&self) -> Day {
        time::day_of(self.context.now)
    }
}

/// Does one step of a task. `bookmark` is what the partition kept when it was published, `cursor` where the step
/// before ended.
///
/// # Errors
/// What the dataset says; `internal` for a task of a dataset that the manifest does not name.
pub fn run(env: &Env, task: &Task, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    match datasets::ALL.iter().find(|dataset| dataset.id == task.dataset) {
        Some(dataset) => (dataset.step)(env, task, bookmark, cursor),
        None => report(env, task, bookmark, cursor),
    }
}

fn report(env: &Env, task: &Task, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    match reports::find(&task.dataset) {
        Some(report) => reports::reader::step(env, report, task, bookmark, cursor),
        None => Err(fault::internal(&format!("There is no dataset \"{}\".", task.dataset))),
    }
}

/// The partition is complete, and nothing is missing.
#[must_use]
pub fn done() -> Step {
    Step { outcome: Outcome::Done(None), gaps: Vec::new() }
}

/// The partition is complete but for this.
#[must_use]
pub fn done_with(gaps: Vec<Gap>) -> Step {
    Step { outcome: Outcome::Done(None), gaps }
}

/// All published rows of a kind of which there are few, such as products.
///
/// # Errors
/// `storage` when the host cannot read them.
pub fn all(store: &dyn Store, kind: Kind) -> Result<Vec<Row>, Error> {
    /// Rows of one page: as many as a host gives at once.
    const LIMIT: u32 = 5000;
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = store.scan(kind, after.as_deref(), LIMIT)?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
}
