//! The datasets: one file each, with what it is (`describe`) and one step of its work (`step`).

pub mod account;
pub mod activity;
pub mod advice;
pub mod app_assignments;
pub mod app_members;
pub mod applications;
pub mod credentials;
pub mod entitlements;
pub mod grants;
pub mod groups;
pub mod non_interactive_sign_ins;
pub mod prices;
pub mod seat_history;
pub mod service_principals;
pub mod service_sign_ins;
pub mod sign_in_summaries;
pub mod sign_ins;
pub mod subscriptions;
pub mod users;
pub mod walk;

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Column, Dataset};
use crate::contract::types::Error;
use crate::permission;
use crate::reports;
use crate::step::Env;

/// One step of a task: what it may use, the task, its bookmark and its cursor.
pub type StepOf = fn(&Env, &Task, Option<&[u8]>, Option<&[u8]>) -> Result<Step, Error>;

/// A dataset of the connector.
pub struct Entry {
    /// As in the manifest.
    pub id: &'static str,
    /// Its page of the manifest.
    pub describe: fn() -> Dataset,
    /// One step of its work.
    pub step: StepOf,
}

/// All datasets but the usage reports, in the order in which people read of them.
pub const ALL: [Entry; 19] = [
    Entry { id: account::ID, describe: account::describe, step: account::step },
    Entry { id: subscriptions::ID, describe: subscriptions::describe, step: subscriptions::step },
    Entry { id: prices::ID, describe: prices::describe, step: prices::step },
    Entry { id: users::ID, describe: users::describe, step: users::step },
    Entry { id: activity::ID, describe: activity::describe, step: activity::step },
    Entry { id: entitlements::ID, describe: entitlements::describe, step: entitlements::step },
    Entry { id: groups::ID, describe: groups::describe, step: groups::step },
    Entry { id: seat_history::ID, describe: seat_history::describe, step: seat_history::step },
    Entry { id: service_principals::ID, describe: service_principals::describe, step: service_principals::step },
    Entry { id: credentials::ID, describe: credentials::describe, step: credentials::step },
    Entry { id: sign_ins::ID, describe: sign_ins::describe, step: sign_ins::step },
    Entry {
        id: non_interactive_sign_ins::ID,
        describe: non_interactive_sign_ins::describe,
        step: non_interactive_sign_ins::step,
    },
    Entry { id: service_sign_ins::ID, describe: service_sign_ins::describe, step: service_sign_ins::step },
    Entry { id: sign_in_summaries::ID, describe: sign_in_summaries::describe, step: sign_in_summaries::step },
    Entry { id: grants::ID, describe: grants::describe, step: grants::step },
    Entry { id: app_assignments::ID, describe: app_assignments::describe, step: app_assignments::step },
    Entry { id: app_members::ID, describe: app_members::describe, step: app_members::step },
    Entry { id: applications::ID, describe: applications::describe, step: applications::step },
    Entry { id: advice::ID, describe: advice::describe, step: advice::step },
];

/// Datasets that are proven by a call of their own, and not by those of the least permissions that open them.
pub const PROBES: [(&str, &str); 3] = [
    (subscriptions::ID, permission::PRODUCTS_PROBE),
    (activity::ID, activity::PROBE),
    (credentials::ID, credentials::PROBE),
];

/// What all datasets are: the usage reports stand after them.
#[must_use]
pub fn described() -> Vec<Dataset> {
    let reports = reports::ALL.iter().map(|report| report.describe());
    ALL.iter().map(|dataset| (dataset.describe)()).chain(reports).collect()
}

/// Columns of a dataset, each a name and its help.
pub(crate) fn columns(columns: &[(&str, &str)]) -> Vec<Column> {
    columns.iter().map(|(name, help)| Column { name: (*name).to_owned(), help: (*help).to_owned() }).collect()
}

/// Permissions of a dataset: any one of the lists is enough.
pub(crate) fn permissions(lists: &[&[&str]]) -> Vec<Vec<String>> {
    lists.iter().map(|list| list.iter().map(|permission| (*permission).to_owned()).collect()).collect()
}

/// Something of a dataset that could not be had.
pub(crate) fn gap(dataset: &str, field: Option<&str>, cause: Error, mend: &str) -> Gap {
    Gap { dataset: dataset.to_owned(), field: field.map(str::to_owned), cause, mend: mend.to_owned() }
}
