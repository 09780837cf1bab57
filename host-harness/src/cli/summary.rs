//! What came of a command that ran connections: a row for each, and what to do next.

use super::exit::Exit;
use super::failure::{Failure, again, exit_of};
use crate::contract::dialogue::Capability;
use crate::contract::manifest::Verb;
use crate::contract::types::Error;
use crate::prompt;
use crate::report::{Cell, Column, Report, Unit};
use crate::schedule::{Ending, RunReport, Stop, TaskReport};
use crate::storage::{Connection, Database, is_not_possible};
use crate::text::counted;

/// What came of one connection.
pub(super) struct Outcome {
    pub(super) name: String,
    /// What the last report on the connection says: a run without what is not possible went as it could.
    pub(super) capabilities: Vec<Capability>,
    /// The run, or why it did not begin.
    pub(super) result: Result<RunReport, Failure>,
}

impl Outcome {
    /// What came of a connection.
    pub(super) fn of(connection: &Connection, result: Result<RunReport, Failure>) -> Self {
        Self { name: connection.name.clone(), capabilities: connection.capabilities.clone(), result }
    }

    /// The service refused what was known to be refused.
    fn is_not_possible(&self, task: &TaskReport) -> bool {
        task.ending.cause().is_some_and(|cause| is_not_possible(&self.capabilities, &task.dataset, cause))
    }

    /// Why a task failed that could have gone well.
    fn failure<'a>(&self, task: &'a TaskReport) -> Option<&'a Error> {
        task.ending.failure().filter(|_| !self.is_not_possible(task))
    }

    /// What came of it, in a word or two.
    pub(super) fn word(&self) -> &'static str {
        match self.exit() {
            Exit::Done => "done",
            Exit::Partly => "partly done",
            Exit::Interrupted => "interrupted",
            Exit::SignIn => "needs sign-in",
            Exit::Settings => "needs settings",
            Exit::Failed | Exit::Usage | Exit::Storage | Exit::Component | Exit::Network => "failed",
        }
    }

    /// The exit code of this connection alone.
    pub(super) fn exit(&self) -> Exit {
        let report = match &self.result {
            Ok(report) => report,
            Err(failure) => return failure.exit,
        };
        match &report.stopped {
            Some(Stop::Interrupted) => return Exit::Interrupted,
            Some(Stop::Storage(_)) => return Exit::Storage,
            Some(Stop::Credential(cause)) => return exit_of(cause),
            None => {}
        }
        let nothing = report.count(Ending::is_good) == 0;
        let refused =
            || report.tasks.iter().filter(|task| self.is_not_possible(task)).find_map(|task| task.ending.cause());
        match report.tasks.iter().find_map(|task| self.failure(task)) {
            None if nothing => refused().map_or(Exit::Done, exit_of),
            None => Exit::Done,
            Some(cause) if nothing => exit_of(cause),
            Some(_) => Exit::Partly,
        }
    }
}

/// One exit code for all: their common one, an interruption before everything else, `partly` when they differ.
pub(super) fn exit_of_all(outcomes: &[Outcome]) -> Exit {
    let mut exits = outcomes.iter().map(Outcome::exit);
    let first = exits.next().unwrap_or(Exit::Done);
    exits.fold(first, |all, exit| match (all, exit) {
        (Exit::Interrupted, _) | (_, Exit::Interrupted) => Exit::Interrupted,
        (all, exit) if all == exit => all,
        _ => Exit::Partly,
    })
}

/// A row for each connection; for people, also each failure once.
pub(super) fn report(outcomes: &[Outcome]) -> Report {
    let column = |name, title, unit| Column { name, title, unit };
    Report {
        title: "Outcome".to_owned(),
        columns: vec![
            column("connection", "Connection", Unit::Text),
            column("outcome", "Outcome", Unit::Text),
            column("published", "Published", Unit::Count),
            column("unchanged", "Unchanged", Unit::Count),
            column("failed", "Failed", Unit::Count),
            column("skipped", "Skipped", Unit::Count),
            column("not_licensed", "Not licensed", Unit::Count),
            column("not_possible", "Not possible", Unit::Count),
            column("requests", "Requests", Unit::Count),
            column("rows", "Rows", Unit::Count),
            column("throttled", "Throttled", Unit::Count),
            column("seconds", "Seconds", Unit::Count),
        ],
        rows: outcomes.iter().map(row).collect(),
        totals: Vec::new(),
        notes: outcomes.iter().flat_map(failures).collect(),
    }
}

fn row(outcome: &Outcome) -> Vec<Cell> {
    let mut row = vec![Cell::Text(outcome.name.clone()), Cell::Text(outcome.word().to_owned())];
    let Ok(report) = &outcome.result else {
        row.resize(12, Cell::Absent);
        return row;
    };
    let count = |number: u64| Cell::Count(i64::try_from(number).unwrap_or(i64::MAX));
    let tasks =
        |wanted: &dyn Fn(&TaskReport) -> bool| count(report.tasks.iter().filter(|task| wanted(task)).count() as u64);
    let fails = |task: &TaskReport| outcome.failure(task).is_some();
    row.extend([
        tasks(&|task| matches!(task.ending, Ending::Published)),
        tasks(&|task| matches!(task.ending, Ending::Unchanged)),
        tasks(&|task| matches!(task.ending, Ending::Failed(_)) && fails(task)),
        tasks(&|task| matches!(task.ending, Ending::Skipped(_)) && fails(task)),
        tasks(&|task| task.ending.is_not_licensed()),
        tasks(&|task| outcome.is_not_possible(task)),
        count(report.requests()),
        count(report.rows()),
        count(report.throttled()),
        count(report.took.as_secs()),
    ]);
    row
}

/// Each cause once, with the tasks that it stopped.
fn failures(outcome: &Outcome) -> Vec<String> {
    let name = &outcome.name;
    let report = match &outcome.result {
        Ok(report) => report,
        Err(failure) => return vec![format!("{name}: {failure}")],
    };
    // The same words with another request id are the same cause.
    let mut causes: Vec<(String, Vec<&TaskReport>)> = Vec::new();
    for task in report.tasks.iter().filter(|task| !outcome.is_not_possible(task)) {
        let Some(sentence) = task.ending.cause().map(Error::sentence) else { continue };
        match causes.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, tasks)) => tasks.push(task),
            None => causes.push((sentence, vec![task])),
        }
    }
    let mut lines: Vec<String> =
        causes.into_iter().map(|(sentence, tasks)| failure_line(name, &sentence, &tasks)).collect();
    let known = report.tasks.iter().filter(|task| outcome.is_not_possible(task)).count() as u64;
    if known > 0 {
        let tasks = counted(known, "task is", "tasks are");
        lines.push(format!("{name}: {tasks} not possible, as before: host-harness doctor {name}"));
    }
    match &report.stopped {
        // The task that met it has told it already, unless it was met between two tasks.
        Some(Stop::Storage(error)) if lines.iter().all(|line| !line.contains(&error.to_string())) => {
            lines.push(format!("{name}: {error}"));
        }
        Some(Stop::Interrupted) => lines.push(format!("{name}: Interrupted. Nothing is lost: run again to go on.")),
        Some(Stop::Storage(_) | Stop::Credential(_)) | None => {}
    }
    lines
}

fn failure_line(name: &str, sentence: &str, tasks: &[&TaskReport]) -> String {
    let mut datasets: Vec<(&str, u64)> = Vec::new();
    for task in tasks {
        match datasets.iter_mut().find(|(dataset, _)| *dataset == task.dataset) {
            Some((_, count)) => *count += 1,
            None => datasets.push((&task.dataset, 1)),
        }
    }
    let named = datasets.into_iter().map(|(dataset, count)| match count {
        1 => dataset.to_owned(),
        many => format!("{dataset} ({})", counted(many, "task", "tasks")),
    });
    let remark = tasks.iter().flat_map(|task| &task.remarks).next().map(|remark| format!(" {remark}"));
    // What was not bought is missing, and nothing went wrong.
    let came = if tasks.iter().all(|task| task.ending.is_not_licensed()) { "not licensed" } else { "failed" };
    format!("{name}: {} {came}: {sentence}{}", named.collect::<Vec<_>>().join(", "), remark.unwrap_or_default())
}

/// What to do next, one line for each thing.
pub(super) fn advice(outcomes: &[Outcome], verbs: &[Verb], database: &Database) -> Vec<String> {
    let mut lines = Vec::new();
    let worth_seeing = if verbs.contains(&Verb::Collect) { "recommendations" } else { "applications" };
    for outcome in outcomes {
        let name = &outcome.name;
        let Ok(report) = &outcome.result else { continue };
        match &report.stopped {
            // On a terminal it asks for them; elsewhere `connect` says with which options they are given.
            Some(Stop::Credential(Error::InvalidSettings(_))) if prompt::possible() => {
                lines.push(format!("next: host-harness configure {name}"))
            }
            Some(Stop::Credential(_)) => lines.push(format!("next: host-harness connect {name}")),
            Some(Stop::Interrupted) => lines.push(format!("next: host-harness run {name}")),
            Some(Stop::Storage(_)) | None => {}
        }
        // The run has tried it again already, as often as it may.
        if report.stopped.is_none()
            && let Some(again) = report.tasks.iter().filter_map(|task| outcome.failure(task)).find_map(again)
        {
            lines.push(format!("next: {again} {name} goes on where it was."));
        }
        if report.stopped.is_none() && report.count(Ending::is_good) > 0 {
            lines.push(format!("next: host-harness show {worth_seeing} {name}"));
        }
        // News are an extra: when they cannot be read, the run is not a failure.
        let news = database.connection(name).ok().flatten().and_then(|connection| database.untold(connection.id).ok());
        if let Some(news) = news.filter(|news| !news.is_empty()) {
            let count = counted(news.len() as u64, "new notification", "new notifications");
            lines.push(format!("{name} has {count}: host-harness show notifications {name} --new"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::connector::Task;
    use crate::contract::dialogue::State;
    use crate::contract::types::{Fault, Licence, Refusal};

    fn task(id: &str, ending: Ending) -> TaskReport {
        let task = Task {
            id: id.into(),
            dataset: "day".into(),
            needs: Vec::new(),
            quota: None,
            parallel: 1,
            background: false,
            estimate: None,
        };
        TaskReport::untried(&task, ending)
    }

    fn refused() -> Error {
        refused_as(None)
    }

    fn refused_as(request_id: Option<&str>) -> Error {
        let fault = Fault { request_id: request_id.map(str::to_owned), ..Fault::new("No right.", None) };
        Error::Forbidden(Refusal { fault, permission: "read".into() })
    }

    fn outcome(tasks: Vec<TaskReport>, stopped: Option<Stop>) -> Outcome {
        let capabilities = Vec::new();
        Outcome { name: "acme".into(), capabilities, result: Ok(RunReport { tasks, stopped, ..RunReport::default() }) }
    }

    #[test]
    fn the_exit_code_tells_done_partly_and_the_cause_of_a_failure() {
        let good = || task("a", Ending::Published);
        let bad = || task("b", Ending::Failed(refused()));
        let refused_sign_in = || Stop::Credential(Error::SignInNeeded(Fault::new("Ended.", None)));
        assert_eq!(outcome(vec![good()], None).exit(), Exit::Done);
        assert_eq!(outcome(Vec::new(), None).exit(), Exit::Done);
        assert_eq!(outcome(vec![good(), bad()], None).exit(), Exit::Partly);
        assert_eq!(outcome(vec![bad()], None).exit(), Exit::Failed);
        assert_eq!(outcome(vec![good(), bad()], Some(refused_sign_in())).exit(), Exit::SignIn);
        assert_eq!(outcome(vec![good()], Some(Stop::Interrupted)).exit(), Exit::Interrupted);
    }

    #[test]
    fn what_was_not_bought_is_no_failure_and_is_said() {
        let fault = Fault::new("No premium.", None);
        let cause = || Error::LicenceNeeded(Licence { fault: fault.clone(), plan: "premium".into() });
        let tasks = vec![
            task("a", Ending::Published),
            task("day/1", Ending::Failed(cause())),
            task("day/2", Ending::Skipped(cause())),
        ];
        let without = outcome(tasks, None);
        assert_eq!(without.exit(), Exit::Done);
        let report = report(&[without]);
        assert_eq!(report.notes, ["acme: day (2 tasks) not licensed: No premium."]);
        let cell = |name: &str| {
            let at = report.columns.iter().position(|column| column.name == name).unwrap();
            report.rows[0][at].clone()
        };
        assert_eq!(cell("outcome"), Cell::Text("done".into()));
        assert_eq!(
            (cell("failed"), cell("skipped"), cell("not_licensed")),
            (Cell::Count(0), Cell::Count(0), Cell::Count(2))
        );
        // Another failure beside it stays one.
        let mixed = outcome(
            vec![
                task("a", Ending::Published),
                task("b", Ending::Failed(cause())),
                task("c", Ending::Failed(refused())),
            ],
            None,
        );
        assert_eq!(mixed.exit(), Exit::Partly);
    }

    #[test]
    fn what_was_known_to_be_refused_is_no_failure_and_everything_else_stays_one() {
        let known = |cause: Error| {
            let tasks = vec![
                task("a", Ending::Published),
                TaskReport { dataset: "use".into(), ..task("use", Ending::Failed(cause)) },
            ];
            let line = Capability {
                subject: "use".into(),
                title: "Use".into(),
                state: State::NotPossible,
                because: None,
                mend: None,
                mended_by: None,
                permissions: Vec::new(),
            };
            Outcome { capabilities: vec![line], ..outcome(tasks, None) }
        };
        let refused = known(refused());
        assert_eq!(refused.exit(), Exit::Done);
        let report = report(&[refused]);
        assert_eq!(report.notes, ["acme: 1 task is not possible, as before: host-harness doctor acme"]);
        let cell = |name: &str| {
            let at = report.columns.iter().position(|column| column.name == name).unwrap();
            report.rows[0][at].clone()
        };
        assert_eq!((cell("failed"), cell("not_possible")), (Cell::Count(0), Cell::Count(1)));
        assert_eq!(known(Error::Protocol(Fault::new("Odd.", None))).exit(), Exit::Partly);
        let mut unknown = known(self::refused());
        unknown.capabilities.clear();
        assert_eq!(unknown.exit(), Exit::Partly);
        // A run that brought nothing at all has failed.
        let mut nothing = known(self::refused());
        nothing.result.as_mut().unwrap().tasks.remove(0);
        assert_eq!(nothing.exit(), Exit::Failed);
    }

    #[test]
    fn connections_that_end_differently_are_done_partly() {
        let done = || outcome(vec![task("a", Ending::Published)], None);
        let failed = || Outcome {
            name: "globex".into(),
            capabilities: Vec::new(),
            result: Err(Failure::new(Exit::SignIn, "Not connected.")),
        };
        assert_eq!(exit_of_all(&[done(), done()]), Exit::Done);
        assert_eq!(exit_of_all(&[done(), failed()]), Exit::Partly);
        assert_eq!(exit_of_all(&[failed(), failed()]), Exit::SignIn);
        assert_eq!(exit_of_all(&[done(), outcome(Vec::new(), Some(Stop::Interrupted))]), Exit::Interrupted);
    }

    #[test]
    fn thirty_equal_refusals_are_one_line() {
        let mut tasks = vec![task("day/1", Ending::Failed(refused()))];
        tasks.extend((2..=30).map(|day| task(&format!("day/{day}"), Ending::Skipped(refused_as(Some("r2"))))));
        tasks.push(TaskReport { dataset: "advice".into(), ..task("advice", Ending::Failed(refused())) });
        assert_eq!(report(&[outcome(tasks, None)]).notes, ["acme: day (30 tasks), advice failed: No right."]);
    }
}
