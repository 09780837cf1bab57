//! Users.

use serde_json::{Map, Value};

use crate::exchange::{Response, decode};
use crate::fault::Mishap;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::page::{self, Page, Position};
use crate::graph::user_fields::{BASIC, Field, Reader, SINGLE, USUAL};
use crate::id::Id;
use crate::options::Premium;

/// The largest page with sign-in dates.
const LARGEST_WITH_ACTIVITY: usize = 500;

/// Permissions that open more than basic fields.
const FULL: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// `GET /users`: pages of 100, at most 999, at most 500 with sign-in dates.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "count", "orderby"])?;
    let mut top = query.top(100, 999)?;
    let select = query.select();
    let names = checked(call, select.as_deref(), true)?;
    if names.contains(&"signInActivity") {
        top = top.min(LARGEST_WITH_ACTIVITY);
    }
    let turn = call.turn()?;
    let start = turn.position.as_ref().and_then(|position| position.0.first()).copied().unwrap_or(0);
    let mut start = u32::try_from(start).unwrap_or(u32::MAX);
    if call.mishap == Some(&Mishap::Overlap) {
        start = start.saturating_sub(1);
    }
    let removed = call.world.state().removed.clone();
    let users = (0u32..).zip(&call.world.tenant.users).skip(start as usize);
    let mut users = users.filter(|(place, _)| !removed.contains(place));
    let mut rows = Vec::with_capacity(top);
    for (place, user) in users.by_ref().take(top) {
        rows.push(row(&Reader::new(call.world, place, user, call.now.as_second()), &names)?);
    }
    let next = users.next().map(|(place, _)| Position(vec![i64::from(place)]));
    let context = match select {
        Some(names) => format!("users({})", names.join(",")),
        None => "users".to_owned(),
    };
    Ok(page::respond(call, &turn, &context, Page { rows, next }))
}

/// `GET /users/{id}`, by id or principal name.
pub(crate) fn get(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let wanted = call.param(0);
    let tenant = &call.world.tenant;
    let named = || tenant.by_name(&decode(wanted)).map(|(place, _)| place);
    let place = Id::parse(wanted).and_then(|id| tenant.place(id)).or_else(named);
    let found = place.filter(|place| !call.world.state().removed.contains(place));
    let found = found.and_then(|place| Some((place, tenant.user(place)?)));
    let (place, user) = found.ok_or_else(|| GraphError::not_found(wanted))?;
    let select = query.select();
    let names = checked(call, select.as_deref(), false)?;
    let row = row(&Reader::new(call.world, place, user, call.now.as_second()), &names)?;
    Ok(call.object("users/$entity", row))
}

/// The properties to give, once it is known that the caller may have them.
fn checked<'a>(call: &Call<'_>, select: Option<&[&'a str]>, collection: bool) -> Result<Vec<&'a str>, GraphError> {
    let Some(select) = select else { return Ok(USUAL.to_vec()) };
    let mut names = vec!["id"];
    names.extend(select.iter().copied().filter(|name| *name != "id"));
    if let Some(single) = names.iter().find(|name| SINGLE.contains(name)) {
        return Err(if collection {
            let message = format!("The property '{single}' can only be selected for a single user.");
            GraphError::new(501, "NotImplemented", message)
        } else {
            GraphError::denied()
        });
    }
    if names.contains(&"signInActivity") {
        if !call.may(&["AuditLog.Read.All"]) {
            return Err(GraphError::denied());
        }
        if call.world.options.premium == Premium::None || call.mishap == Some(&Mishap::NotPremium) {
            return Err(GraphError::not_premium());
        }
    }
    if !call.may(FULL) && names.iter().any(|name| !BASIC.contains(name)) {
        return Err(GraphError::denied());
    }
    Ok(names)
}

fn row(reader: &Reader<'_>, names: &[&str]) -> Result<Value, GraphError> {
    let mut row = Map::new();
    for name in names {
        match reader.field(name) {
            Field::Value(value) => {
                row.insert((*name).to_owned(), value);
            }
            Field::Absent => {}
            Field::Unknown => {
                let message = format!("Could not find a property named '{name}' on type 'microsoft.graph.user'.");
                return Err(GraphError::bad_request(message));
            }
        }
    }
    Ok(Value::Object(row))
}
