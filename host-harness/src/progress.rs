//! How a run goes, for the person who waits: bars on a terminal, nothing in a pipe, lines when they are asked for.

use crate::contract::connector::Task;
use crate::contract::log::Level;
use crate::contract::types::Error;
use crate::sandbox::Log;
use crate::schedule::{Ending, RunReport, TaskReport};
use crate::text::{bytes, clean, counted, duration, thousands};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Who is told how a run goes.
pub trait Progress: Send + Sync {
    /// The run of a connection begins with these tasks.
    fn begins(&self, connection: &str, tasks: &[Task]);
    /// A task starts.
    fn starts(&self, task: &Task);
    /// A step of a task went well; steps and rows of its generation so far.
    fn stepped(&self, task: &Task, steps: u64, rows: u64);
    /// A task waits before it repeats a step.
    fn waits(&self, task: &Task, cause: &Error, time: Duration);
    /// A task has ended.
    fn ended(&self, report: &TaskReport);
    /// The run has ended.
    fn ends(&self, report: &RunReport);
}

/// Tells nobody.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silence;

impl Progress for Silence {
    fn begins(&self, _: &str, _: &[Task]) {}
    fn starts(&self, _: &Task) {}
    fn stepped(&self, _: &Task, _: u64, _: u64) {}
    fn waits(&self, _: &Task, _: &Error, _: Duration) {}
    fn ended(&self, _: &TaskReport) {}
    fn ends(&self, _: &RunReport) {}
}

/// How often a bar is drawn anew at most: often enough to look alive over a slow line.
const DRAWS_A_SECOND: u8 = 10;

/// Bars on standard error: one for the whole run with an estimate, one for each task that runs.
pub struct Bars {
    all: MultiProgress,
    lines: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    overall: Option<ProgressBar>,
    /// Tasks of the foreground that have not ended, and those of the background.
    open: usize,
    behind: usize,
    tasks: HashMap<String, ProgressBar>,
}

impl Bars {
    /// Bars on a terminal, and above them a line for each task that ended when `lines` are wanted. Without a terminal
    /// only the lines.
    pub fn new(terminal: bool, lines: bool) -> Self {
        let target =
            if terminal { ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND) } else { ProgressDrawTarget::hidden() };
        Bars { all: MultiProgress::with_draw_target(target), lines, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, line: &str) {
        if !self.lines {
            return;
        }
        if self.all.is_hidden() {
            // A closed standard error must not end a run.
            let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), format!("{line}\n").as_bytes());
        } else {
            let _ = self.all.println(line);
        }
    }

    fn message(&self, task: &str, message: String) {
        if let Some(bar) = self.state().tasks.get(task) {
            bar.set_message(message);
        }
    }
}

impl Log for Bars {
    fn write(&self, level: Level, message: &str) {
        let level = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warning",
            Level::Error => "error",
        };
        self.line(&format!("{level}: {}", clean(message)));
    }
}

/// The templates are constants, so that a wrong one is found by a test; a plain bar is better than no run.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}

/// Nothing can be reckoned before a task has ended.
const BEGUN: &str = "{prefix:.bold} {bar:24.cyan/dim} {pos}/{len} tasks, {elapsed} gone";
const OVERALL: &str = "{prefix:.bold} {bar:24.cyan/dim} {pos}/{len} tasks, {elapsed} gone, about {eta} left";
const KNOWN: &str = "  {prefix:32!} {bar:16.cyan/dim} {wide_msg}";
const UNKNOWN: &str = "  {prefix:32!} {spinner} {wide_msg}";

impl Progress for Bars {
    fn begins(&self, connection: &str, tasks: &[Task]) {
        let bar = self.all.add(ProgressBar::new(tasks.len() as u64));
        bar.set_style(style(BEGUN));
        bar.set_prefix(clean(connection));
        bar.enable_steady_tick(Duration::from_millis(500));
        let behind = tasks.iter().filter(|task| task.background).count();
        let mut state = self.state();
        state.overall = Some(bar);
        (state.open, state.behind) = (tasks.len() - behind, behind);
    }

    fn starts(&self, task: &Task) {
        let bar = match task.estimate.filter(|steps| *steps > 1) {
            Some(steps) => ProgressBar::new(steps).with_style(style(KNOWN)),
            None => ProgressBar::new_spinner().with_style(style(UNKNOWN)),
        };
        let bar = self.all.add(bar);
        bar.set_prefix(clean(&task.id));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.state().tasks.insert(task.id.clone(), bar);
    }

    fn stepped(&self, task: &Task, steps: u64, rows: u64) {
        if let Some(bar) = self.state().tasks.get(&task.id) {
            // An estimate that was too low grows, so that the bar is never full before the end.
            if bar.length().is_some_and(|length| length <= steps) {
                bar.set_length(steps + 1);
            }
            bar.set_position(steps);
            bar.set_message(counted(rows, "row", "rows"));
        }
    }

    fn waits(&self, task: &Task, cause: &Error, time: Duration) {
        let why = cause.fault().map(|fault| clean(&fault.message)).unwrap_or_default();
        self.message(&task.id, format!("waits {}: {why}", duration(time)));
        self.line(&format!("{}: waits {}: {why}", clean(&task.id), duration(time)));
    }

    fn ended(&self, report: &TaskReport) {
        let mut state = self.state();
        if let Some(bar) = state.tasks.remove(&report.id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
        if let Some(overall) = &state.overall {
            if overall.position() == 0 {
                overall.set_style(style(OVERALL));
            }
            overall.inc(1);
        }
        let was_open = state.open;
        state.open = was_open.saturating_sub(usize::from(!report.background));
        let follows = (was_open == 1 && state.open == 0 && state.behind > 0).then_some(state.behind);
        drop(state);
        self.line(&line_of(report));
        if let Some(behind) = follows {
            let line = behind_line(behind as u64);
            // A person at a terminal is told without having asked for lines.
            if self.all.is_hidden() { self.line(&line) } else { drop(self.all.println(line)) }
        }
    }

    fn ends(&self, _: &RunReport) {
        let mut state = self.state();
        for (_, bar) in state.tasks.drain() {
            bar.finish_and_clear();
        }
        if let Some(overall) = state.overall.take() {
            overall.finish_and_clear();
        }
        drop(state);
        let _ = self.all.clear();
    }
}

/// What is told when all that a person waits for is there.
fn behind_line(tasks: u64) -> String {
    let tasks = counted(tasks, "task", "tasks");
    format!("Results can be shown now. {tasks} more in the background; Ctrl-C stops them, and the next run goes on.")
}

/// One line about a task that has ended.
fn line_of(report: &TaskReport) -> String {
    let ending = match &report.ending {
        Ending::Published => format!("published, {}", counted(report.rows, "row", "rows")),
        Ending::Unchanged => "unchanged".to_owned(),
        Ending::Failed(cause) => format!("failed: {}", clean(&cause.sentence())),
        Ending::Skipped(cause) => format!("skipped: {}", clean(&cause.sentence())),
    };
    let requests = counted(report.requests, "request", "requests");
    let throttled = match report.throttled {
        0 => String::new(),
        times => format!(", throttled {} times", thousands(times)),
    };
    let memory = match report.memory {
        0 => String::new(),
        memory => format!(", {} of memory", bytes(memory)),
    };
    format!("{}: {ending} ({requests}{throttled}, {}{memory})", clean(&report.id), duration(report.took))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_understood() {
        for template in [BEGUN, OVERALL, KNOWN, UNKNOWN] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn what_follows_in_the_background_is_told_when_the_foreground_has_ended() {
        let bars = Bars::new(false, false);
        let task = |id: &str, background| Task {
            id: id.into(),
            dataset: id.into(),
            needs: Vec::new(),
            quota: None,
            parallel: 1,
            background,
            estimate: None,
        };
        let tasks = [task("today", false), task("before", true)];
        bars.begins("acme", &tasks);
        let counts = || {
            let state = bars.state();
            (state.open, state.behind)
        };
        assert_eq!(counts(), (1, 1));
        bars.ended(&TaskReport::untried(&tasks[0], Ending::Published));
        bars.ended(&TaskReport::untried(&tasks[1], Ending::Published));
        assert_eq!(counts(), (0, 1));
        assert!(behind_line(1).starts_with("Results can be shown now. 1 task more"));
    }

    #[test]
    fn a_task_that_ended_is_one_line_with_what_it_took() {
        let task = Task {
            id: "people".into(),
            dataset: "people".into(),
            needs: Vec::new(),
            quota: None,
            parallel: 1,
            background: false,
            estimate: None,
        };
        let report = TaskReport {
            rows: 12_345,
            requests: 1,
            throttled: 3,
            memory: 3 << 20,
            took: Duration::from_millis(61_500),
            ..TaskReport::untried(&task, Ending::Published)
        };
        assert_eq!(
            line_of(&report),
            "people: published, 12,345 rows (1 request, throttled 3 times, 1 min 1 s, 3.0 MiB of memory)"
        );
    }
}
