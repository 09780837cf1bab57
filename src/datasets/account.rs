//! The connected tenant: its id, name and verified domains.

use serde::Deserialize;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Account, Kind, Row};
use crate::contract::types::Error;
use crate::datasets::{columns, permissions};
use crate::fault;
use crate::permission;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "account";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    id: Option<String>,
    display_name: Option<String>,
    country_letter_code: Option<String>,
    verified_domains: Option<Vec<Domain>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    name: Option<String>,
    is_default: Option<bool>,
}

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
    let page = env.graph.needing(permission::ORGANIZATION).page::<Organization>(&url, &[])?;
    let organization = page.value.into_iter().next();
    let organization = organization.ok_or_else(|| fault::protocol("Microsoft Graph tells of no organisation."))?;
    env.sink.emit(vec![Row::Account(organization.row(&env.settings.tenant))])?;
    Ok(step::done())
}

impl Organization {
    /// The row. Where Graph leaves the id out, what the settings call the tenant stands for it.
    fn row(self, tenant: &str) -> Account {
        let mut domains = self.verified_domains.unwrap_or_default();
        domains.sort_by_key(|domain| domain.is_default != Some(true));
        Account {
            id: self.id.unwrap_or_else(|| tenant.to_owned()),
            name: self.display_name.unwrap_or_else(|| tenant.to_owned()),
            domains: domains.into_iter().filter_map(|domain| domain.name).collect(),
            country: self.country_letter_code.filter(|code| !code.is_empty()),
        }
    }
}
