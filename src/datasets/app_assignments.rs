//! Who was given an application: the role assignments of each application that is not Microsoft's.
//!
//! Graph tells them for one application at a time, so only those are asked for that a person could have been given, and
//! in the background: a tenant with thousands takes minutes.

use serde_json::Value;

use crate::contract::connector::{Outcome, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{AppAssignment, InstalledApplication, Kind, Row, SignOn};
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "app-assignments";

/// The tag of service principals that the admin centre shows as enterprise applications.
const ENTERPRISE: &str = "WindowsAzureActiveDirectoryIntegratedApp";

/// Applications that one step looks at until it finds one to ask for.
const LOOKS: u32 = 500;

/// Where the work goes on.
#[derive(Clone, Default)]
struct Cursor {
    /// The place among the applications, as the store names it.
    after: Option<String>,
    /// The application whose assignments go on over several pages.
    open: Option<Open>,
}

kept!(Cursor { after, open });

#[derive(Clone)]
struct Open {
    application: String,
    object: String,
    url: String,
    /// It was the last.
    last: bool,
}

kept!(Open { application, object, url, last });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Assignments of applications".to_owned(),
        help: "Which users and groups were given which application.".to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::AppAssignment],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("object", "The object id of its service principal."),
            ("principal", "The object id of the user or group."),
            ("principal-name", "The name of the user or group."),
            ("group", "A group and not a user."),
            ("created", "When it was given."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::APPLICATION]]),
        licence: None,
    }
}

/// Reads one page of the assignments of one application.
///
/// # Errors
/// What Graph says, but that an application is gone.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let mut at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    let open = match at.open.take() {
        Some(open) => open,
        None => match at.next(env)? {
            Found::One(open) => open,
            Found::NotYet => return Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() }),
            Found::End => return Ok(step::done()),
        },
    };
    let page = match env.graph.needing(permission::APPLICATION).page(&open.url, &[]) {
        Ok(page) => page,
        // It was removed since the list of applications was read.
        Err(Error::NotFound(_)) => return at.go_on(open.last),
        Err(error) => return Err(error),
    };
    let rows: Vec<Row> = page.value.iter().filter_map(|item| row(item, &open)).collect();
    if !rows.is_empty() {
        env.sink.emit(rows)?;
    }
    let Some(next) = page.next_link else { return at.go_on(open.last) };
    refuse_loop(&open.url, &next)?;
    at.open = Some(Open { url: next, ..open });
    Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
}

enum Found {
    One(Open),
    NotYet,
    End,
}

impl Cursor {
    /// Looks for the next application that a person could have been given.
    fn next(&mut self, env: &Env) -> Result<Found, Error> {
        for _ in 0..LOOKS {
            let page = env.store.scan(Kind::InstalledApplication, self.after.as_deref(), 1)?;
            let last = page.next.is_none();
            self.after = page.next;
            if let Some(Row::InstalledApplication(row)) = page.rows.into_iter().next().filter(may_be_given) {
                let InstalledApplication { id: application, object, .. } = row;
                let root = &env.graph.root;
                let url = format!("{root}/v1.0/servicePrincipals/{object}/appRoleAssignedTo?$top=999");
                return Ok(Found::One(Open { application, object, url, last }));
            }
            if last {
                return Ok(Found::End);
            }
        }
        Ok(Found::NotYet)
    }

    fn go_on(self, last: bool) -> Result<Step, Error> {
        let outcome = if last { Outcome::Done(None) } else { cursor::more(&self)? };
        Ok(Step { outcome, gaps: Vec::new() })
    }
}

fn may_be_given(row: &Row) -> bool {
    let Row::InstalledApplication(row) = row else { return false };
    let marked = row.assignment_required == Some(true)
        || row.template.is_some()
        || row.sign_on != SignOn::Unknown
        || row.tags.iter().any(|tag| tag == ENTERPRISE);
    row.first_party != Some(true) && marked
}

fn row(item: &Value, open: &Open) -> Option<Row> {
    let group = match item.word("principalType") {
        Some("User") => false,
        Some("Group") => true,
        // Applications hold roles too; those are rights and stand among the grants.
        _ => return None,
    };
    Some(Row::AppAssignment(AppAssignment {
        application: open.application.clone(),
        object: open.object.clone(),
        principal: item.text("principalId")?,
        principal_name: item.text("principalDisplayName"),
        group,
        created: item.instant("createdDateTime"),
        via: None,
    }))
}

#[cfg(test)]
#[path = "app_assignments_tests.rs"]
mod tests;
