//! The users of the tenant: who they are, whether they may sign in, and to whom their cost belongs.
//!
//! What kind of account a user is, the list of users tells in part only. `userType` tells members from guests. The
//! account with which Entra Connect synchronises has a display name of its own and is a `service`. Shared mailboxes and
//! rooms look like members here (they are told by Exchange, which is not asked), so none is called `shared` or `room`.

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Row, User, UserKind};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "users";

/// The display name that Entra Connect gives to its accounts.
const SYNCHRONISATION: &str = "On-Premises Directory Synchronization Service Account";

const FIELDS: &str = "id,userPrincipalName,displayName,userType,accountEnabled,createdDateTime,onPremisesSyncEnabled,\
                      mail,department,companyName,employeeOrgData,usageLocation";

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
    Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, rows)
}

fn rows(listed: &Value) -> Option<Vec<Row>> {
    let of_organisation = |name| listed.get("employeeOrgData").and_then(|data| data.text(name));
    Some(vec![Row::User(User {
        id: listed.text("id")?,
        principal_name: listed.text("userPrincipalName")?,
        display_name: listed.text("displayName"),
        kind: kind(listed),
        kind_because: None,
        enabled: listed.flag("accountEnabled"),
        created: listed.instant("createdDateTime"),
        // Graph leaves the field out for users that were never synchronised.
        synced: Some(listed.flag("onPremisesSyncEnabled") == Some(true)),
        mail: listed.text("mail"),
        department: listed.text("department"),
        company: listed.text("companyName"),
        cost_centre: of_organisation("costCenter"),
        division: of_organisation("division"),
        country: listed.text("usageLocation"),
        manager: None,
    })])
}

fn kind(listed: &Value) -> UserKind {
    if listed.word("displayName") == Some(SYNCHRONISATION) {
        return UserKind::Service;
    }
    match listed.word("userType") {
        Some(kind) if kind.eq_ignore_ascii_case("guest") => UserKind::Guest,
        Some(kind) if kind.eq_ignore_ascii_case("member") => UserKind::Member,
        _ => UserKind::Unknown,
    }
}
