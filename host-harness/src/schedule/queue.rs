//! The order of a run: which task may start now.
//!
//! A pure state machine. It starts nothing itself, so that its rules can be tested over any set of tasks.

use crate::contract::connector::Task;
use crate::contract::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet};

/// Why a plan cannot be run. Each is a defect of the connector, never of the person's settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanDefect {
    /// Two tasks have the same id.
    #[error("the plan holds the task `{0}` twice")]
    TwiceTheSame(String),
    /// A task is of a dataset that the manifest does not have.
    #[error("the task `{task}` is of the dataset `{dataset}`, which the manifest does not have")]
    UnknownDataset {
        /// Id of the task.
        task: String,
        /// Id of the dataset.
        dataset: String,
    },
    /// A task needs a dataset that the manifest does not have.
    #[error("the task `{task}` needs the dataset `{dataset}`, which the manifest does not have")]
    UnknownNeed {
        /// Id of the task.
        task: String,
        /// Id of the dataset.
        dataset: String,
    },
    /// A task counts against a quota that the manifest does not have.
    #[error("the task `{task}` names the quota `{quota}`, which the manifest does not have")]
    UnknownQuota {
        /// Id of the task.
        task: String,
        /// Id of the quota.
        quota: String,
    },
    /// Tasks wait for each other.
    #[error("these tasks wait for each other and none can start: {}", .0.join(", "))]
    Cycle(Vec<String>),
}

/// Checks a whole plan, before any part of it is chosen.
pub fn check(tasks: &[Task], manifest: &Manifest) -> Result<(), PlanDefect> {
    let has_dataset = |id: &String| manifest.datasets.iter().any(|dataset| dataset.id == *id);
    let has_quota = |id: &String| manifest.quotas.iter().any(|quota| quota.id == *id);
    let mut seen = BTreeSet::new();
    for task in tasks {
        // What the foreground built, the background may build again with what it read itself.
        if !seen.insert((task.background, task.id.as_str())) {
            return Err(PlanDefect::TwiceTheSame(task.id.clone()));
        }
        if !has_dataset(&task.dataset) {
            return Err(PlanDefect::UnknownDataset { task: task.id.clone(), dataset: task.dataset.clone() });
        }
        if let Some(dataset) = task.needs.iter().find(|id| !has_dataset(id)) {
            return Err(PlanDefect::UnknownNeed { task: task.id.clone(), dataset: dataset.clone() });
        }
        if let Some(quota) = task.quota.as_ref().filter(|id| !has_quota(id)) {
            return Err(PlanDefect::UnknownQuota { task: task.id.clone(), quota: quota.clone() });
        }
    }
    let mut trial = Queue::new(tasks.to_vec(), usize::MAX);
    while let Some((index, _)) = trial.start_next() {
        trial.end(index);
    }
    let stuck = trial.waiting();
    if stuck.is_empty() { Ok(()) } else { Err(PlanDefect::Cycle(stuck)) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Ended,
}

struct Slot {
    task: Task,
    state: State,
}

#[derive(Default)]
struct Count {
    running: usize,
    open_foreground: usize,
    open_background: usize,
}

/// The tasks of a run and how far each is.
pub struct Queue {
    slots: Vec<Slot>,
    datasets: BTreeMap<String, Count>,
    open_foreground: usize,
    running: usize,
    at_once: usize,
}

impl Queue {
    /// A queue of tasks in the order of the plan, of which at most `at_once` run at the same time (0 is read as 1).
    pub fn new(tasks: Vec<Task>, at_once: usize) -> Self {
        let mut datasets: BTreeMap<String, Count> = BTreeMap::new();
        let mut open_foreground = 0;
        for task in &tasks {
            let count = datasets.entry(task.dataset.clone()).or_default();
            if task.background {
                count.open_background += 1;
            } else {
                count.open_foreground += 1;
                open_foreground += 1;
            }
        }
        let slots = tasks.into_iter().map(|task| Slot { task, state: State::Waiting }).collect();
        Queue { slots, datasets, open_foreground, running: 0, at_once: at_once.max(1) }
    }

    /// Starts the first task in the order of the plan that may start now.
    pub fn start_next(&mut self) -> Option<(usize, Task)> {
        if self.running >= self.at_once {
            return None;
        }
        let index = self.slots.iter().position(|slot| self.may_start(slot))?;
        let slot = self.slots.get_mut(index)?;
        slot.state = State::Running;
        self.datasets.entry(slot.task.dataset.clone()).or_default().running += 1;
        self.running += 1;
        Some((index, slot.task.clone()))
    }

    fn may_start(&self, slot: &Slot) -> bool {
        let task = &slot.task;
        let count = |dataset: &str| self.datasets.get(dataset);
        let has_ended = |count: &Count| count.open_foreground == 0 && (!task.background || count.open_background == 0);
        slot.state == State::Waiting
            && (!task.background || self.open_foreground == 0)
            && task.needs.iter().all(|need| count(need).is_none_or(has_ended))
            && count(&task.dataset).is_none_or(|count| count.running < usize::from(task.parallel.max(1)))
    }

    /// Notes that a task has ended, well or not.
    pub fn end(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        let before = std::mem::replace(&mut slot.state, State::Ended);
        if before == State::Ended {
            return;
        }
        let count = self.datasets.entry(slot.task.dataset.clone()).or_default();
        if before == State::Running {
            count.running -= 1;
            self.running -= 1;
        }
        if slot.task.background {
            count.open_background -= 1;
        } else {
            count.open_foreground -= 1;
            self.open_foreground -= 1;
        }
    }

    /// Ends every task of a dataset that has not started, and returns them.
    pub fn end_waiting(&mut self, dataset: &str) -> Vec<Task> {
        let waiting = |slot: &Slot| slot.state == State::Waiting && slot.task.dataset == dataset;
        let found: Vec<_> = self.slots.iter().enumerate().filter(|(_, slot)| waiting(slot)).map(|(i, _)| i).collect();
        for index in &found {
            self.end(*index);
        }
        found.into_iter().filter_map(|index| self.slots.get(index)).map(|slot| slot.task.clone()).collect()
    }

    /// All tasks in the foreground have ended.
    pub fn foreground_ended(&self) -> bool {
        self.open_foreground == 0
    }

    /// Ids of the tasks that have not started.
    pub fn waiting(&self) -> Vec<String> {
        let waiting = self.slots.iter().filter(|slot| slot.state == State::Waiting);
        waiting.map(|slot| slot.task.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
