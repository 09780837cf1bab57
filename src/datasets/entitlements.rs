//! Who holds which product: directly or through which group, and in what state.
//!
//! The same product may come twice in `licenseAssignmentStates`, directly and by a group: one seat, two rows. Products
//! that stand in `assignedLicenses` alone are taken as assigned directly, since nothing says otherwise.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Entitlement, EntitlementState, Kind, Row};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "entitlements";

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
    Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, rows)
}

fn rows(listed: &Value) -> Option<Vec<Row>> {
    let (user, principal_name) = (listed.text("id")?, listed.text("userPrincipalName")?);
    let states = listed.items("licenseAssignmentStates");
    let told: BTreeSet<&str> = states.iter().filter_map(|state| state.word("skuId")).collect();
    let silent = listed.items("assignedLicenses").iter();
    let silent = silent.filter(|licence| licence.word("skuId").is_some_and(|sku| !told.contains(sku)));
    let states = states.iter().map(|state| (state, meaning(state.word("state"))));
    let rows = states.chain(silent.map(|licence| (licence, EntitlementState::Active))).filter_map(|(held, state)| {
        Some(Row::Entitlement(Entitlement {
            user: user.clone(),
            principal_name: principal_name.clone(),
            product: held.text("skuId")?,
            via: held.text("assignedByGroup"),
            state,
            error: held.text("error").and_then(normal),
            disabled_plans: held.texts("disabledPlans"),
            since: held.instant("lastUpdatedDateTime"),
            first_seen: None,
        }))
    });
    Some(rows.collect())
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
        "None" => None,
        "Others" => Some("Other".to_owned()),
        _ => Some(error),
    }
}
