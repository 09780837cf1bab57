//! Who was given an application through a group: the members of the groups among the assignments.
//!
//! An assignment reaches the direct members of a group and none of the groups inside it ("Nested group memberships aren't
//! supported for group-based assignment to applications", Microsoft Learn, `assign-user-or-group-access-portal`). Each group is
//! asked once, for all applications that it was given: a row for each application and member, and at last one for the
//! group itself, by which it is known that nothing is missing. The rows stand among the assignments, in the order of the
//! application and the person, so that whoever merges them needs no table of groups.

use std::collections::BTreeSet;

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{AppAssignment, Kind, Row};
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::settings::guid;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "app-members";

/// Members of a group of which there is a row for each application: 21 pages. Larger groups stand for "everybody", and
/// would take hours in a tenant that has many of them.
const MOST: u64 = 20_000;

/// Groups with their applications in a cursor: 110 bytes each, which leaves a third of it for the link to the next page.
const AT_ONCE: usize = 400;

/// Groups that may be refused before any was not: with more the permission is missing, and not only for some of them.
const REFUSED: i64 = 5;

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    /// Groups with the applications that they were given, in order: `group application object`.
    pairs: Vec<String>,
    /// The last of them that is done.
    last: String,
    /// The next page of the first group.
    next: Option<String>,
    /// Its members that were read.
    read: u64,
    /// Groups that were refused; far below zero when any was not.
    refused: i64,
}

kept!(Cursor { pairs, last, next, read, refused });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Members of groups that were given applications".to_owned(),
        help: "Which users were given which application through which group.".to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::AppAssignment],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("object", "The object id of its service principal."),
            ("principal", "The object id of the member; once that of the group, when all its members are here."),
            ("group", "The group and not a member."),
            ("via", "The object id of the group."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::GROUP_MEMBER]]),
        licence: None,
    }
}

/// Reads one page of the members of one group.
///
/// # Errors
/// What Graph says, but that a single group is gone or refused; `storage` when the host cannot give the assignments.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let mut at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    if at.pairs.is_empty() {
        at.pairs = pairs(env, &at.last)?;
    }
    let first = at.pairs.first().and_then(|pair| pair.split(' ').next());
    let Some(group) = first.map(str::to_owned) else { return Ok(step::done()) };
    let url = at.next.take().unwrap_or_else(|| {
        let root = &env.graph.root;
        format!("{root}/v1.0/groups/{group}/members/microsoft.graph.user?$select=id&$count=true&$top=999")
    });
    // A cast is an advanced query.
    let page = match env.graph.needing(permission::GROUP_MEMBER).page(&url, &[("consistencylevel", "eventual")]) {
        Ok(page) => page,
        // Deleted since the assignments were read.
        Err(Error::NotFound(_)) => return at.go_on(&group, None),
        Err(cause @ Error::Forbidden(_)) if at.refused < REFUSED => {
            at.refused += 1;
            let mend = "Grant GroupMember.Read.All, and Member.Read.Hidden for groups whose members are hidden.";
            return at.go_on(&group, Some(gap(ID, Some("principal"), cause, mend)));
        }
        Err(error) => return Err(error),
    };
    at.refused = i64::MIN;
    at.read += page.value.len() as u64;
    let many = page.count.unwrap_or_default().max(at.read);
    if many > MOST {
        let message =
            format!("The group {group} was given applications and has {many} members, which is too many to be read.");
        let mend = "Nothing: who was given these applications and does not use them is left unknown.";
        return at.go_on(&group, Some(gap(ID, Some("principal"), fault::other(&message, mend), mend)));
    }
    for pair in &at.pairs {
        if !pair.starts_with(&group) {
            break;
        }
        let mut rows = Vec::new();
        for item in &page.value {
            rows.extend(item.word("id").and_then(|member| row(pair, member)));
        }
        if page.next_link.is_none() {
            rows.extend(row(pair, &group));
        }
        env.sink.emit(rows)?;
    }
    let Some(next) = page.next_link else { return at.go_on(&group, None) };
    refuse_loop(&url, &next)?;
    at.next = Some(next);
    Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
}

impl Cursor {
    /// Leaves a group for the next one.
    fn go_on(mut self, group: &str, gap: Option<Gap>) -> Result<Step, Error> {
        while self.pairs.first().is_some_and(|pair| pair.starts_with(group)) {
            self.last = self.pairs.remove(0);
        }
        self.read = 0;
        Ok(Step { outcome: cursor::more(&self)?, gaps: gap.into_iter().collect() })
    }
}

/// The next groups with their applications, from the assignments.
fn pairs(env: &Env, last: &str) -> Result<Vec<String>, Error> {
    let (mut found, mut after) = (BTreeSet::new(), None);
    loop {
        let page = env.store.scan(Kind::AppAssignment, after.as_deref(), 5000)?;
        for row in page.rows {
            // What goes into an address must be an id. Rows with a group are those of this dataset, of the time before.
            if let Row::AppAssignment(row) = row
                && row.group
                && row.via.is_none()
                && let Some(group) = guid(&row.principal)
            {
                let pair = format!("{group} {} {}", row.application, row.object);
                if *pair > *last {
                    found.insert(pair);
                }
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => {
                let mut found: Vec<String> = found.into_iter().collect();
                found.truncate(AT_ONCE);
                return Ok(found);
            }
        }
    }
}

/// That a member, or at last the group itself, was given an application through the group.
fn row(pair: &str, principal: &str) -> Option<Row> {
    let mut parts = pair.split(' ');
    let (group, application, object) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Row::AppAssignment(AppAssignment {
        application: application.to_owned(),
        object: object.to_owned(),
        group: principal == group,
        principal: principal.to_owned(),
        principal_name: None,
        created: None,
        via: Some(group.to_owned()),
    }))
}

#[cfg(test)]
#[path = "app_members_tests.rs"]
mod tests;
