//! When users signed in: `signInActivity`, which Entra ID keeps for as long as the user, longer than any log.
//!
//! A dataset of its own, because tenants without Entra ID P1 or P2 are refused it, and that must cost nothing else.
//! Users of whom Entra ID says nothing get no row: that they never signed in is likely, but not said.

use serde::Deserialize;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Activity, Kind, Row};
use crate::contract::types::{Error, Instant};
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::permission;
use crate::premium;
use crate::step::Env;
use crate::time;

/// The id of the dataset.
pub const ID: &str = "activity";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: Option<String>,
    user_principal_name: Option<String>,
    sign_in_activity: Option<SignInActivity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignInActivity {
    #[serde(default, deserialize_with = "time::lenient")]
    last_sign_in_date_time: Option<Instant>,
    #[serde(default, deserialize_with = "time::lenient")]
    last_non_interactive_sign_in_date_time: Option<Instant>,
    #[serde(default, deserialize_with = "time::lenient")]
    last_successful_sign_in_date_time: Option<Instant>,
}

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
    walk.step(env, cursor, Listed::rows).map_err(|error| premium::judged(env.store, error))
}

impl Listed {
    fn rows(self) -> Option<Vec<Row>> {
        let (user, principal_name) = (self.id?, self.user_principal_name?);
        let rows = self.sign_in_activity.map(|activity| {
            Row::Activity(Activity {
                user,
                principal_name,
                interactive_attempt: activity.last_sign_in_date_time,
                non_interactive_attempt: activity.last_non_interactive_sign_in_date_time,
                success: activity.last_successful_sign_in_date_time,
            })
        });
        Some(rows.into_iter().collect())
    }
}
