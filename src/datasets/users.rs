//! The users of the tenant: who they are, whether they may sign in, and to whom their cost belongs.
//!
//! What kind of account a user is, the list of users tells in part only. `userType` tells members from guests. The
//! account with which Entra Connect synchronises has a display name of its own and is a `service`. Shared mailboxes and
//! rooms look like members here (they are told by Exchange, which is not asked), so none is called `shared` or `room`.

use serde::Deserialize;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Row, User, UserKind};
use crate::contract::types::{Error, Instant};
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::permission;
use crate::step::Env;
use crate::time;

/// The id of the dataset.
pub const ID: &str = "users";

/// The display name that Entra Connect gives to its accounts.
const SYNCHRONISATION: &str = "On-Premises Directory Synchronization Service Account";

const FIELDS: &str = "id,userPrincipalName,displayName,userType,accountEnabled,createdDateTime,onPremisesSyncEnabled,\
                      mail,department,companyName,employeeOrgData,usageLocation";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: Option<String>,
    user_principal_name: Option<String>,
    display_name: Option<String>,
    user_type: Option<String>,
    account_enabled: Option<bool>,
    #[serde(default, deserialize_with = "time::lenient")]
    created_date_time: Option<Instant>,
    on_premises_sync_enabled: Option<bool>,
    mail: Option<String>,
    department: Option<String>,
    company_name: Option<String>,
    employee_org_data: Option<OrgData>,
    usage_location: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrgData {
    cost_center: Option<String>,
    division: Option<String>,
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Users".to_owned(),
        help: "Every account of the tenant: persons, guests and service accounts.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::User],
        columns: columns(&[
            ("id", "The object id."),
            ("principal-name", "The user principal name, with which the person signs in."),
            ("display-name", "The name for people."),
            ("kind", "member or guest, by userType; service for the accounts of Entra Connect."),
            ("enabled", "Whether sign-in is allowed."),
            ("created", "When the account was made."),
            ("synced", "Whether the account is kept in step with a directory on premises."),
            ("mail", "The mail address."),
            ("department", "The department."),
            ("company", "The company."),
            ("cost-centre", "The cost centre, from employeeOrgData."),
            ("division", "The division, from employeeOrgData."),
            ("country", "The usage location, as two letters."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::USER]]),
        licence: None,
    }
}

/// Reads one page of users.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let first = format!("/v1.0/users?$select={FIELDS}&$top=999");
    Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, Listed::rows)
}

impl Listed {
    fn rows(self) -> Option<Vec<Row>> {
        let kind = self.kind();
        let org = self.employee_org_data.unwrap_or(OrgData { cost_center: None, division: None });
        Some(vec![Row::User(User {
            id: self.id?,
            principal_name: self.user_principal_name?,
            display_name: filled(self.display_name),
            kind,
            enabled: self.account_enabled,
            created: self.created_date_time,
            // Graph leaves the field out for users that were never synchronised.
            synced: Some(self.on_premises_sync_enabled == Some(true)),
            mail: filled(self.mail),
            department: filled(self.department),
            company: filled(self.company_name),
            cost_centre: filled(org.cost_center),
            division: filled(org.division),
            country: filled(self.usage_location),
            manager: None,
        })])
    }

    fn kind(&self) -> UserKind {
        if self.display_name.as_deref() == Some(SYNCHRONISATION) {
            return UserKind::Service;
        }
        match self.user_type.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("guest") => UserKind::Guest,
            Some(kind) if kind.eq_ignore_ascii_case("member") => UserKind::Member,
            _ => UserKind::Unknown,
        }
    }
}

/// An empty text says as little as none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
