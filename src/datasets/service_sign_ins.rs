//! Sign-ins of applications that act by themselves, with a secret or certificate of their own. They are read in the
//! background, and only of days that have ended.

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::Dataset;
use crate::contract::rows::UseKind;
use crate::contract::types::Error;
use crate::datasets::sign_ins::{Log, described, walk};
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "service-sign-ins";

const LOG: Log = Log {
    id: ID,
    path: "/beta/auditLogs/signIns?$filter=signInEventTypes/any(t:%20t%20eq%20'servicePrincipal')%20and%20",
    how: UseKind::Service,
};

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    described(
        &LOG,
        "Sign-ins of applications",
        "Sign-ins of applications that act by themselves, counted by application and day.",
    )
}

/// Reads one page of a day.
///
/// # Errors
/// As [`walk`].
pub fn step(env: &Env, task: &Task, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    walk(&LOG, env, task, bookmark, cursor)
}
