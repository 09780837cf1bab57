//! The connected tenant: its id, name and verified domains.

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Account, Kind, Row};
use crate::contract::types::Error;
use crate::datasets::{columns, permissions};
use crate::fault;
use crate::json::Fields;
use crate::permission;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "account";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Tenant".to_owned(),
        help: "The connected tenant.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Account],
        columns: columns(&[
            ("id", "The tenant id."),
            ("name", "The name of the organisation."),
            ("domains", "Its verified domains, the default one first."),
            ("country", "Its country, as two letters."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::ORGANIZATION]]),
        licence: None,
    }
}

/// Reads the tenant.
///
/// # Errors
/// What Graph says; `protocol` when it tells of no organisation.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    let url = format!("{}/v1.0/organization?$select=id,displayName,verifiedDomains,countryLetterCode", env.graph.root);
    let page = env.graph.needing(permission::ORGANIZATION).page(&url, &[])?;
    let organization = page.value.first();
    let organization = organization.ok_or_else(|| fault::protocol("Microsoft Graph tells of no organisation."))?;
    env.sink.emit(vec![Row::Account(row(organization, &env.settings.tenant))])?;
    Ok(step::done())
}

/// The row. Where Graph leaves the id out, what the settings call the tenant stands for it.
fn row(organization: &Value, tenant: &str) -> Account {
    let domains = organization.items("verifiedDomains");
    let (default, others): (Vec<&Value>, Vec<&Value>) =
        domains.iter().partition(|domain| domain.flag("isDefault") == Some(true));
    Account {
        id: organization.text("id").unwrap_or_else(|| tenant.to_owned()),
        name: organization.text("displayName").unwrap_or_else(|| tenant.to_owned()),
        domains: default.into_iter().chain(others).filter_map(|domain| domain.text("name")).collect(),
        country: organization.text("countryLetterCode"),
    }
}
