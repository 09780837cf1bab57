//! Who holds which product: directly or through which group, and in what state.
//!
//! The same product may come twice in `licenseAssignmentStates`, directly and by a group: one seat, two rows. Products
//! that stand in `assignedLicenses` alone are taken as assigned directly, since nothing says otherwise.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Entitlement, EntitlementState, Kind, Row};
use crate::contract::types::{Error, Instant};
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::permission;
use crate::step::Env;
use crate::time;

/// The id of the dataset.
pub const ID: &str = "entitlements";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: Option<String>,
    user_principal_name: Option<String>,
    assigned_licenses: Option<Vec<Assigned>>,
    license_assignment_states: Option<Vec<State>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assigned {
    sku_id: Option<String>,
    disabled_plans: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    sku_id: Option<String>,
    assigned_by_group: Option<String>,
    state: Option<String>,
    error: Option<String>,
    disabled_plans: Option<Vec<String>>,
    #[serde(default, deserialize_with = "time::lenient")]
    last_updated_date_time: Option<Instant>,
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Licences of users".to_owned(),
        help: "Every seat that a user holds, and how it came to the user.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Entitlement],
        columns: columns(&[
            ("user", "The user's object id."),
            ("principal-name", "The user principal name."),
            ("product", "The SKU id."),
            ("via", "The group through which the licence comes; empty: assigned directly."),
            ("state", "Whether the licence works."),
            ("error", "Why it does not, in Microsoft's word, such as CountViolation."),
            ("disabled-plans", "Service plans that are switched off."),
            ("since", "When the assignment last changed."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::USER]]),
        licence: None,
    }
}

/// Reads one page of users with their licences.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let first = "/v1.0/users?$select=id,userPrincipalName,assignedLicenses,licenseAssignmentStates&$top=999".to_owned();
    Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, Listed::rows)
}

impl Listed {
    fn rows(self) -> Option<Vec<Row>> {
        let (user, principal_name) = (self.id?, self.user_principal_name?);
        let states = self.license_assignment_states.unwrap_or_default();
        let told: BTreeSet<String> = states.iter().filter_map(|state| state.sku_id.clone()).collect();
        let silent = self.assigned_licenses.unwrap_or_default().into_iter().filter_map(Assigned::state);
        let silent = silent.filter(|state| state.sku_id.as_ref().is_some_and(|sku| !told.contains(sku)));
        let rows = states.into_iter().chain(silent).filter_map(|state| {
            Some(Row::Entitlement(Entitlement {
                user: user.clone(),
                principal_name: principal_name.clone(),
                state: meaning(state.state.as_deref()),
                product: state.sku_id?,
                via: state.assigned_by_group.filter(|group| !group.is_empty()),
                error: state.error.and_then(normal),
                disabled_plans: state.disabled_plans.unwrap_or_default(),
                since: state.last_updated_date_time,
            }))
        });
        Some(rows.collect())
    }
}

impl Assigned {
    fn state(self) -> Option<State> {
        Some(State {
            sku_id: Some(self.sku_id?),
            assigned_by_group: None,
            state: Some("Active".to_owned()),
            error: None,
            disabled_plans: self.disabled_plans,
            last_updated_date_time: None,
        })
    }
}

/// `ActiveWithError` holds its seat: it is active, and its error is kept.
fn meaning(state: Option<&str>) -> EntitlementState {
    match state {
        Some("Active" | "ActiveWithError") => EntitlementState::Active,
        Some("Error") => EntitlementState::Error,
        Some("Disabled") => EntitlementState::Disabled,
        _ => EntitlementState::Unknown,
    }
}

/// The documented word of an error: `None` means there is none, and `Others` is what `Other` is documented as.
fn normal(error: String) -> Option<String> {
    match error.as_str() {
        "" | "None" => None,
        "Others" => Some("Other".to_owned()),
        _ => Some(error),
    }
}
