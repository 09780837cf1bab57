//! Rights that were given to applications: delegated ones, which a user or an administrator consented to, and those with
//! which an application acts by itself.
//!
//! Both name service principals, and are kept by application id. Rights of service principals that are not applications,
//! such as managed identities, are left out with them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Grant, InstalledApplication, Kind, Row};
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::step::{self, Env, Store};

/// The id of the dataset.
pub const ID: &str = "grants";

/// Resources whose roles reach mail, files and the directory: Microsoft Graph, Exchange Online and SharePoint Online.
const RESOURCES: [&str; 3] = [
    "00000003-0000-0000-c000-000000000000",
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0ff1-ce00-000000000000",
];

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    /// The resource whose roles are read, counted from 1; 0 while delegated grants are.
    resource: usize,
    next: Option<String>,
}

kept!(Cursor { resource, next });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Rights of applications".to_owned(),
        help: "Which application may do what: consent of users and administrators, and roles for acting by itself."
            .to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::Grant],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("object", "The object id of its service principal."),
            ("target", "The application id of what the rights are for, such as that of Microsoft Graph."),
            ("principal", "The object id of the user who consented alone; absent: for everyone."),
            ("scopes", "The rights, by their names."),
            ("application-right", "The application acts by itself."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY]]),
        licence: None,
    }
}

/// Reads one page of delegated grants, or of the roles of one resource.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let mut at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    let known = by_object(env.store)?;
    let graph = env.graph.needing(permission::DIRECTORY);
    let root = &graph.root;
    let linked = at.next.take();
    let (url, target, roles) = match at.resource.checked_sub(1).and_then(|place| RESOURCES.get(place)) {
        None => (format!("{root}/v1.0/oauth2PermissionGrants?$top=999"), "", BTreeMap::new()),
        Some(resource) => {
            let Some(object) = object_of(env.store, resource)? else { return at.go_on(None) };
            let own: Value = graph.object(&format!("{root}/v1.0/servicePrincipals/{object}?$select=id,appRoles"))?;
            let role = |role: &Value| Some((role.text("id")?, role.text("value")?));
            let url = format!("{root}/v1.0/servicePrincipals/{object}/appRoleAssignedTo?$top=999");
            let mut roles = BTreeMap::new();
            roles.extend(own.items("appRoles").iter().filter_map(role));
            (url, *resource, roles)
        }
    };
    let url = linked.unwrap_or(url);
    let page = graph.page(&url, &[])?;
    let row =
        |item: &Value| if target.is_empty() { delegated(item, &known) } else { own(item, target, &roles, &known) };
    let rows: Vec<Row> = page.value.iter().filter_map(row).map(Row::Grant).collect();
    if !rows.is_empty() {
        env.sink.emit(rows)?;
    }
    if let Some(next) = &page.next_link {
        refuse_loop(&url, next)?;
    }
    at.go_on(page.next_link)
}

impl Cursor {
    fn go_on(self, next: Option<String>) -> Result<Step, Error> {
        let resource = if next.is_some() { self.resource } else { self.resource + 1 };
        if resource > RESOURCES.len() {
            return Ok(step::done());
        }
        Ok(Step { outcome: cursor::more(&Self { resource, next })?, gaps: Vec::new() })
    }
}

/// Application ids by object id.
fn by_object(store: &dyn Store) -> Result<BTreeMap<String, String>, Error> {
    let (mut known, mut after) = (BTreeMap::new(), None);
    loop {
        let page = store.scan(Kind::InstalledApplication, after.as_deref(), 1000)?;
        known.extend(page.rows.into_iter().filter_map(|row| match row {
            Row::InstalledApplication(InstalledApplication { object, id, .. }) => Some((object, id)),
            _ => None,
        }));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(known),
        }
    }
}

fn object_of(store: &dyn Store, application: &str) -> Result<Option<String>, Error> {
    let found = store.find(Kind::InstalledApplication, application)?;
    Ok(found.into_iter().find_map(|row| match row {
        Row::InstalledApplication(row) => Some(row.object),
        _ => None,
    }))
}

fn delegated(item: &Value, known: &BTreeMap<String, String>) -> Option<Grant> {
    let (object, resource) = (item.text("clientId")?, item.text("resourceId")?);
    let alone = item.word("consentType").is_some_and(|kind| kind.eq_ignore_ascii_case("Principal"));
    Some(Grant {
        application: known.get(&object)?.clone(),
        object,
        target: known.get(&resource).cloned().unwrap_or(resource),
        principal: item.text("principalId").filter(|_| alone),
        // The list may begin with a blank.
        scopes: item.word("scope")?.split_whitespace().map(str::to_owned).collect(),
        application_right: false,
    })
}

fn own(
    item: &Value,
    target: &str,
    roles: &BTreeMap<String, String>,
    known: &BTreeMap<String, String>,
) -> Option<Grant> {
    let (object, role) = (item.text("principalId")?, item.text("appRoleId")?);
    Some(Grant {
        application: known.get(&object)?.clone(),
        object,
        target: target.to_owned(),
        principal: None,
        scopes: vec![roles.get(&role).cloned().unwrap_or(role)],
        application_right: true,
    })
}

#[cfg(test)]
#[path = "grants_tests.rs"]
mod tests;
