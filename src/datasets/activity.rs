//! When users signed in: `signInActivity`, which Entra ID keeps for as long as the user, longer than any log.
//!
//! A dataset of its own, because tenants without Entra ID P1 or P2 are refused it, and that must cost nothing else.
//! Users of whom Entra ID says nothing get no row: that they never signed in is likely, but not said.

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Activity, Kind, Row};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::permission;
use crate::premium;
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "activity";

/// The smallest call that proves it: the field is refused by itself to tenants that are not premium.
pub const PROBE: &str = "/v1.0/users?$select=id,signInActivity&$top=1";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Sign-in activity of users".to_owned(),
        help: "When each user last signed in, as Entra ID remembers it. Successes are recorded since December 2023."
            .to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Activity],
        columns: columns(&[
            ("user", "The user's object id."),
            ("principal-name", "The user principal name."),
            ("interactive-attempt", "The last interactive sign-in, successful or not."),
            ("non-interactive-attempt", "The last sign-in of a program on the user's behalf, successful or not."),
            ("success", "The last successful sign-in of either kind."),
        ]),
        permissions: permissions(&[
            &[permission::AUDIT_LOG, permission::DIRECTORY],
            &[permission::AUDIT_LOG, permission::USER],
        ]),
        licence: Some(premium::PLAN.to_owned()),
    }
}

/// Reads one page of users; Graph gives at most 500 with this field.
///
/// # Errors
/// What Graph says; `licence-needed` when the tenant is not premium.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let first = "/v1.0/users?$select=id,userPrincipalName,signInActivity&$top=500".to_owned();
    let walk = Walk { dataset: ID, permission: permission::AUDIT_LOG, first };
    walk.step(env, cursor, rows).map_err(|error| premium::judged(env.store, error))
}

fn rows(listed: &Value) -> Option<Vec<Row>> {
    let (user, principal_name) = (listed.text("id")?, listed.text("userPrincipalName")?);
    let rows = listed.get("signInActivity").filter(|activity| activity.is_object()).map(|activity| {
        Row::Activity(Activity {
            user,
            principal_name,
            interactive_attempt: activity.instant("lastSignInDateTime"),
            non_interactive_attempt: activity.instant("lastNonInteractiveSignInDateTime"),
            success: activity.instant("lastSuccessfulSignInDateTime"),
        })
    });
    Some(rows.into_iter().collect())
}
