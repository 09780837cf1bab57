//! The groups that assign licences, so that advice can name them.
//!
//! Graph has no filter for them that works without advanced queries, so all groups are listed with three fields, and
//! those without licences are passed over.

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Group, Kind, Row};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "groups";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Groups that assign licences".to_owned(),
        help: "The groups through which users come to their licences, with their names.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Group],
        columns: columns(&[
            ("id", "The group's object id."),
            ("name", "The display name."),
            ("products", "The SKU ids that it assigns."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::GROUP_MEMBER]]),
        licence: None,
    }
}

/// Reads one page of groups.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let first = "/v1.0/groups?$select=id,displayName,assignedLicenses&$top=999".to_owned();
    Walk { dataset: ID, permission: permission::GROUP_MEMBER, first }.step(env, cursor, rows)
}

fn rows(listed: &Value) -> Option<Vec<Row>> {
    let id = listed.text("id")?;
    let assigned = listed.items("assignedLicenses").iter();
    let products: Vec<String> = assigned.filter_map(|licence| licence.text("skuId")).collect();
    if products.is_empty() {
        return Some(Vec::new());
    }
    Some(vec![Row::Group(Group { name: listed.text("displayName").unwrap_or_else(|| id.clone()), id, products })])
}
