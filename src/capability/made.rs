//! Lines that follow from others: of rules, and of datasets that are worked out from other datasets.

use std::collections::BTreeSet;

use crate::contract::connector::Task;
use crate::contract::dialogue::{Capability, State};
use crate::contract::manifest::Dataset;
use crate::datasets::advice;
use crate::rules;

/// Something that is worked out from other lines: all of `from` must work, and of `better` one at least when there are
/// any; the more the better.
pub(super) struct Made<'a> {
    /// Id of a rule or dataset.
    pub(super) subject: &'a str,
    title: &'a str,
    from: Vec<&'a str>,
    better: Vec<&'a str>,
}

/// The rules, and after them the datasets that are worked out from others: those that need no permission and wait for
/// tasks of others.
pub(super) fn made<'a>(datasets: &'a [Dataset], tasks: &'a [Task]) -> Vec<Made<'a>> {
    let mut all: Vec<Made> = Vec::new();
    for dataset in
        datasets.iter().filter(|dataset| dataset.id != advice::ID && dataset.permissions.iter().all(Vec::is_empty))
    {
        let task = tasks.iter().find(|task| task.dataset == dataset.id);
        let needs = task.map(|task| task.needs.iter().map(String::as_str).filter(|need| *need != dataset.id).collect());
        all.push(Made {
            subject: &dataset.id,
            title: &dataset.title,
            from: Vec::new(),
            better: needs.unwrap_or_default(),
        });
    }
    let rules = rules::ALL;
    for rule in &rules {
        let (from, better) = (rule.needs.to_vec(), rule.needs_one_of.to_vec());
        all.push(Made { subject: rule.id, title: rule.title, from, better });
    }
    if let Some(dataset) = datasets.iter().find(|dataset| dataset.id == advice::ID) {
        let better = rules.iter().map(|rule| rule.id).collect();
        all.push(Made { subject: &dataset.id, title: &dataset.title, from: Vec::new(), better });
    }
    all
}

/// The line of something that is made of others: the first obstacle that matters stands for all.
pub(super) fn combine(made: &Made, lines: &[Capability]) -> Capability {
    let of = |ids: &[&str]| -> Vec<&Capability> {
        ids.iter().filter_map(|id| lines.iter().find(|line| line.subject == *id)).collect()
    };
    let (from, better) = (of(&made.from), of(&made.better));
    let mut uses = BTreeSet::new();
    uses.extend(from.iter().chain(&better).flat_map(|line| line.permissions.clone()));
    let worst = from.iter().find(|line| line.state == State::NotPossible);
    let none = !better.is_empty() && better.iter().all(|line| line.state == State::NotPossible);
    let unclear = from.iter().find(|line| line.state != State::Works);
    let lacking = better.iter().find(|line| line.state != State::Works);
    let (state, cause) = match (worst, none, unclear, lacking) {
        (Some(line), ..) => (State::NotPossible, Some(*line)),
        (None, true, ..) => (State::NotPossible, lacking.copied()),
        (None, false, Some(line), _) => (line.state, Some(*line)),
        (None, false, None, Some(line)) => (State::Degraded, Some(*line)),
        (None, false, None, None) => (State::Works, None),
    };
    Capability {
        subject: made.subject.to_owned(),
        title: made.title.to_owned(),
        state,
        because: cause.and_then(|line| Some(format!("{}: {}", line.title, line.because.as_ref()?))),
        mend: cause.and_then(|line| line.mend.clone()),
        mended_by: cause.and_then(|line| line.mended_by.clone()),
        permissions: uses.into_iter().collect(),
    }
}
