//! The users of the tenant: who they are, whether they may sign in, and to whom their cost belongs.
//!
//! What kind of account a user is, the list of users tells in part only: `userType` tells members from guests. Shared
//! mailboxes, rooms and accounts of programs are members there, and are recognised by what they have and lack, the surest
//! sign first; each says by which. Exchange knows them for certain, but only account by account.
//!
//! Managers come with the same pages: `$expand` makes a page dearer by one unit, where asking for each person would take
//! as many requests as there are persons. Where Graph refuses that, pages are read without.

use serde_json::Value;

use crate::catalogue;
use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Row, User, UserKind};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, gap, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::Env;

/// The id of the dataset.
pub const ID: &str = "users";

/// The display name that Entra Connect gives to its accounts.
const SYNCHRONISATION: &str = "On-Premises Directory Synchronization Service Account";

/// The local parts with which the accounts of Entra Connect and of its cloud sync begin.
const SYNCHRONISING: [&str; 2] = ["sync_", "adtoaadsyncserviceaccount"];

/// Parts of the string ids of products that are for rooms and for telephones in common areas, and not for persons.
const FOR_DEVICES: [&str; 4] = ["MEETING_ROOM", "TEAMS_ROOMS", "MCOCAP", "SHARED_DEVICE"];

/// How names of accounts begin that programs use. Weak by itself, so that it counts only where no person is named.
const PROGRAMS: [&str; 6] = ["svc", "service", "sa", "bot", "app", "automation"];

/// The same of rooms and equipment.
const ROOMS: [&str; 6] = ["room", "conf", "conference", "meeting", "boardroom", "equipment"];

const FIELDS: &str = "id,userPrincipalName,displayName,userType,accountEnabled,createdDateTime,onPremisesSyncEnabled,\
                      mail,givenName,surname,department,companyName,employeeOrgData,usageLocation,assignedLicenses";

const MANAGER: &str = "&$expand=manager($select=id,userPrincipalName)";

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
            ("kind", "member or guest, by userType; shared, room or service where signs speak for it."),
            ("kind-because", "The sign by which a shared mailbox, room or service account was recognised."),
            ("enabled", "Whether sign-in is allowed."),
            ("created", "When the account was made."),
            ("synced", "Whether the account is kept in step with a directory on premises."),
            ("mail", "The mail address."),
            ("department", "The department."),
            ("company", "The company."),
            ("cost-centre", "The cost centre, from employeeOrgData."),
            ("division", "The division, from employeeOrgData."),
            ("country", "The usage location, as two letters."),
            ("manager", "The user principal name of the manager."),
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
    let devices: Vec<&str> = catalogue::products()
        .filter(|known| FOR_DEVICES.iter().any(|part| known.code.to_ascii_uppercase().contains(part)))
        .map(|known| known.id)
        .collect();
    let walk = |more: &str| {
        let first = format!("/v1.0/users?$select={FIELDS}&$top=999{more}");
        Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, |listed| rows(listed, &devices))
    };
    let refused = match walk(MANAGER) {
        Err(cause @ (Error::Other(_) | Error::Forbidden(_) | Error::NotFound(_))) if cursor.is_none() => cause,
        read => return read,
    };
    let mut step = walk("")?;
    let mend = "Grant the application Directory.Read.All or User.Read.All, which open managers.";
    step.gaps.push(gap(ID, Some("manager"), refused, mend));
    Ok(step)
}

fn rows(listed: &Value, devices: &[&str]) -> Option<Vec<Row>> {
    let of_organisation = |name| listed.get("employeeOrgData").and_then(|data| data.text(name));
    let (kind, kind_because) = kind(listed, devices);
    Some(vec![Row::User(User {
        id: listed.text("id")?,
        principal_name: listed.text("userPrincipalName")?,
        display_name: listed.text("displayName"),
        kind,
        kind_because,
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
        manager: listed.get("manager").and_then(|manager| manager.text("userPrincipalName")),
    })])
}

/// What kind of account it is, and by which sign when the service does not say it outright.
fn kind(listed: &Value, devices: &[&str]) -> (UserKind, Option<String>) {
    let told = match listed.word("userType") {
        Some(kind) if kind.eq_ignore_ascii_case("guest") => return (UserKind::Guest, None),
        Some(kind) if kind.eq_ignore_ascii_case("member") => UserKind::Member,
        _ => UserKind::Unknown,
    };
    let name = listed.word("displayName").unwrap_or_default();
    let local = listed.word("userPrincipalName").unwrap_or_default().to_ascii_lowercase();
    let because = |kind, why: &str| (kind, Some(why.to_owned()));
    if name == SYNCHRONISATION || SYNCHRONISING.iter().any(|begin| local.starts_with(begin)) {
        return because(UserKind::Service, "It is an account with which Entra Connect synchronises.");
    }
    let licences = listed.items("assignedLicenses");
    let for_device = |licence: &Value| {
        licence.word("skuId").is_some_and(|sku| devices.iter().any(|device| device.eq_ignore_ascii_case(sku)))
    };
    if licences.iter().any(for_device) {
        return because(UserKind::Room, "It holds a licence for rooms or shared devices.");
    }
    let named = ["givenName", "surname"].iter().any(|field| listed.text(field).is_some());
    if named {
        return (told, None);
    }
    let begins = |words: &[&str], text: &str| {
        let first = text.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        words.iter().any(|word| first.eq_ignore_ascii_case(word))
    };
    let is = |words: &[&str]| begins(words, name) || begins(words, &local);
    // Exchange blocks the sign-in of the accounts behind shared mailboxes and rooms, and gives them a mail address.
    if listed.flag("accountEnabled") == Some(false) && listed.text("mail").is_some() {
        let kind = if is(&ROOMS) { UserKind::Room } else { UserKind::Shared };
        let held = if licences.is_empty() { "It holds no licence" } else { "It holds a licence" };
        let why = "has a mail address, may not sign in, and has neither a first nor a last name";
        return because(kind, &format!("{held}, {why}."));
    }
    if is(&PROGRAMS) {
        return because(UserKind::Service, "Its name begins as those of programs do, and no person is named.");
    }
    if is(&ROOMS) && listed.text("mail").is_some() {
        return because(UserKind::Room, "Its name begins as those of rooms do, and no person is named.");
    }
    (told, None)
}

#[cfg(test)]
#[path = "users_tests.rs"]
mod tests;
