//! The groups that assign licences, so that advice can name them.
//!
//! A large tenant has tens of thousands of groups, and a handful of them assign licences. Which ones, the licences of users
//! say; so only those are asked for, one by one. A group that assigns licences to nobody is of no interest here.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Group, Kind, Row};
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::settings::guid;
use crate::step::{self, Env};

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

/// Requests of one step.
const AT_ONCE: usize = 20;

/// Groups in a cursor, which holds 64 KiB. No tenant assigns licences through so many.
const MOST: usize = 1500;

/// The groups that are still to be asked for.
struct Cursor {
    groups: Vec<String>,
}

kept!(Cursor { groups });

/// Finds the groups among the licences of users, or asks for the next of them.
///
/// # Errors
/// What Graph says; `storage` when the host cannot give the licences.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let mut at = match cursor::read::<Cursor>(cursor)? {
        Some(at) => at,
        None => Cursor { groups: assigning(env)? },
    };
    let rest = at.groups.split_off(at.groups.len().min(AT_ONCE));
    let mut rows = Vec::new();
    for id in &at.groups {
        let url = format!("{}/v1.0/groups/{id}?$select=id,displayName,assignedLicenses", env.graph.root);
        match env.graph.needing(permission::GROUP_MEMBER).object(&url) {
            Ok(group) => rows.extend(row(&group)),
            // Deleted since the licences were read.
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    env.sink.emit(rows)?;
    if rest.is_empty() {
        return Ok(step::done());
    }
    Ok(Step { outcome: cursor::more(&Cursor { groups: rest })?, gaps: Vec::new() })
}

/// The ids of the groups through which anybody holds a licence.
fn assigning(env: &Env) -> Result<Vec<String>, Error> {
    let (mut found, mut after) = (BTreeSet::new(), None);
    loop {
        let page = env.store.scan(Kind::Entitlement, after.as_deref(), 5000)?;
        for row in page.rows {
            // What goes into an address must be an id.
            if let Row::Entitlement(seat) = row
                && let Some(group) = seat.via.and_then(|via| guid(&via))
                && found.len() < MOST
            {
                found.insert(group);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found.into_iter().collect()),
        }
    }
}

fn row(listed: &Value) -> Option<Row> {
    let id = listed.text("id")?;
    let assigned = listed.items("assignedLicenses").iter();
    let products = assigned.filter_map(|licence| licence.text("skuId")).collect();
    Some(Row::Group(Group { name: listed.text("displayName").unwrap_or_else(|| id.clone()), id, products }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::contract::rows::{Entitlement, EntitlementState};
    use crate::wire::Wire;

    fn seat(user: usize, via: Option<String>) -> Row {
        Row::Entitlement(Entitlement {
            user: user.to_string(),
            principal_name: format!("{user}@x"),
            product: "e3".to_owned(),
            via,
            state: EntitlementState::Active,
            error: None,
            disabled_plans: Vec::new(),
            since: None,
            first_seen: None,
        })
    }

    fn id(group: usize) -> String {
        format!("aaaaaaaa-0000-0000-0000-{group:012}")
    }

    #[test]
    fn only_groups_that_assign_licences_are_asked_for_and_each_once() {
        let answer = |group, name: &str| {
            format!(r#"{{"id":"{}","displayName":"{name}","assignedLicenses":[{{"skuId":"e3"}}]}}"#, id(group))
        };
        let wire = Wire::default().then(200, &answer(1, "Sales")).then(404, "{}").then(200, &answer(3, ""));
        let via = [Some(id(3)), Some(id(1)), None, Some(id(2)), Some(id(1)), Some("../users".to_owned())];
        let seats = via.into_iter().enumerate().map(|(user, via)| seat(user, via)).collect();
        let mut bench = Bench::new(wire).with(seats);
        bench.page = 2;
        let done = bench.finish(ID).unwrap();
        let row = |group, name: &str| {
            Row::Group(Group { id: id(group), name: name.to_owned(), products: vec!["e3".to_owned()] })
        };
        assert_eq!(done.rows, [row(1, "Sales"), row(3, &id(3))]);
        assert_eq!(bench.wire.asked().len(), 3);
    }

    #[test]
    fn many_groups_take_several_steps_and_none_takes_no_request() {
        let wire = (0..45).fold(Wire::default(), |wire, group| wire.then(200, &format!(r#"{{"id":"{}"}}"#, id(group))));
        let done =
            Bench::new(wire).with((0..45).map(|group| seat(group, Some(id(group)))).collect()).finish(ID).unwrap();
        assert_eq!((done.rows.len(), done.steps), (45, 3));
        let done = Bench::new(Wire::default()).with(vec![seat(1, None)]).finish(ID).unwrap();
        assert_eq!((done.rows.len(), done.steps), (0, 1));
    }
}
