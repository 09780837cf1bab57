//! Sign-ins of programs on a person's behalf: an application that renews its session in the background. There are ten to
//! fifty times as many as interactive ones, so they are read in the background, and only of days that have ended.

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::Dataset;
use crate::contract::rows::UseKind;
use crate::contract::types::Error;
use crate::datasets::sign_ins::{Log, described, walk};
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "non-interactive-sign-ins";

const LOG: Log = Log {
    id: ID,
    path: "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:%20t%20eq%20'nonInteractiveUser')%20and%20",
    how: UseKind::NonInteractive,
};

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    described(
        &LOG,
        "Sign-ins on behalf of users",
        "Sign-ins of applications in the name of a user who is not asked, counted by application, user and day.",
    )
}

/// Reads one page of a day.
///
/// # Errors
/// As [`walk`].
pub fn step(env: &Env, task: &Task, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    walk(&LOG, env, task, bookmark, cursor)
}
