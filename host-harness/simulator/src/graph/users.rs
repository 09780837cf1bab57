//! Users.

use serde_json::{Map, Value, json};

use crate::exchange::{Response, decode};
use crate::fault::Mishap;
use crate::graph::accounts;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::filter::equal;
use crate::graph::listing;
use crate::graph::user_fields::{BASIC, Field, Reader, SINGLE, USUAL};
use crate::id::Id;
use crate::options::Premium;
use crate::tenant::people::User;
use crate::world::MadeUser;

/// The largest page with sign-in dates.
const LARGEST_WITH_ACTIVITY: usize = 500;

/// Permissions that open more than basic fields.
const FULL: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

/// `GET /users`: pages of 100, at most 999, at most 500 with sign-in dates.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "filter", "expand"])?;
    let managers = manager(query.get("expand"))?;
    let mut top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let names = checked(call, select.as_deref(), true)?;
    if names.contains(&"signInActivity") {
        top = top.min(LARGEST_WITH_ACTIVITY);
    }
    let context = match &select {
        Some(names) => format!("users({})", names.join(",")),
        None => "users".to_owned(),
    };
    let removed = call.world.state().removed.clone();
    let users = (0u32..).zip(&call.world.tenant.users).filter(|(place, _)| !removed.contains(place));
    let users = users.map(|(place, user)| (place, Ok(user)));
    let made = call.world.state().made.clone();
    let all = users.chain(made.into_iter().map(|made| (made.place, Err(made))));
    let wanted = query.get("filter").map(equal).transpose()?;
    if let Some((name, _)) =
        wanted.as_ref().filter(|(name, _)| !["displayName", "userPrincipalName"].contains(&name.as_str()))
    {
        return Err(GraphError::unsupported_query(format!("Unsupported filter clause for property '{name}'.")));
    }
    let any = |place, user: &Result<&User, MadeUser>, names: &[&str]| match user {
        Ok(user) => row(&Reader::new(call.world, place, user, call.now.as_second()), names),
        Err(made) => Ok(Value::Object(accounts::row(made, names))),
    };
    let meets = |(place, user): &(u32, Result<&User, MadeUser>)| {
        let Some((name, value)) = &wanted else { return true };
        let held = any(*place, user, &[name.as_str()]);
        held.is_ok_and(|row| row.get(name).and_then(Value::as_str) == Some(value.as_str()))
    };
    listing::respond(call, &context, top, all.filter(meets), |place, user| {
        let mut row = any(place, &user, &names)?;
        if managers
            && let Some(fields) = row.as_object_mut()
            && let Some(manager) = call.world.tenant.manager(place)
        {
            let name = manager.principal_name(&call.world.tenant.domains);
            fields.insert(
                "manager".to_owned(),
                json!({
                    "@odata.type": "#microsoft.graph.user",
                    "id": manager.id.to_string(),
                    "userPrincipalName": name,
                }),
            );
        }
        Ok(row)
    })
}

/// Whether managers are asked for: nothing else can be expanded here, and of them nothing but id and principal name.
fn manager(expand: Option<&str>) -> Result<bool, GraphError> {
    match expand {
        None => Ok(false),
        Some("manager($select=id,userPrincipalName)" | "manager($select=userPrincipalName)") => Ok(true),
        Some(other) => Err(GraphError::unsupported_query(format!("The expand '{other}' is not simulated."))),
    }
}

/// `GET /users/{id}`, by id or principal name.
pub(crate) fn get(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let select = query.select();
    if let Some(made) = accounts::find(call, call.param(0)) {
        call.must_be_known(&made.id.to_string())?;
        let names = checked(call, select.as_deref(), false)?;
        return Ok(call.object("users/$entity", Value::Object(accounts::row(&made, &names))));
    }
    let (place, user) = find(call)?;
    let names = checked(call, select.as_deref(), false)?;
    let row = row(&Reader::new(call.world, place, user, call.now.as_second()), &names)?;
    Ok(call.object("users/$entity", row))
}

/// `GET /users/{id}/licenseDetails`: the products of a user with their plans.
pub(crate) fn license_details(call: &Call<'_>) -> Result<Response, GraphError> {
    call.query(&[])?;
    let (_, user) = find(call)?;
    let held = user.products();
    let products = call.world.tenant.products.iter().filter(|product| held.has(product.role));
    let rows: Vec<Value> = products
        .map(|product| {
            let plans = product.plans.iter().map(|plan| {
                json!({
                    "servicePlanId": plan.id.to_string(),
                    "servicePlanName": plan.name,
                    "provisioningStatus": "Success",
                    "appliesTo": "User",
                })
            });
            json!({
                "id": format!("{}_{}", user.id, product.sku),
                "skuId": product.sku.to_string(),
                "skuPartNumber": product.part_number,
                "servicePlans": plans.collect::<Vec<_>>(),
            })
        })
        .collect();
    let context = call.context(&format!("users('{}')/licenseDetails", user.id));
    Ok(call.json(200, &json!({"@odata.context": context, "value": rows})))
}

/// The user that the path names, with the place.
fn find<'a>(call: &Call<'a>) -> Result<(u32, &'a User), GraphError> {
    let wanted = call.param(0);
    let tenant = &call.world.tenant;
    let named = || tenant.by_name(&decode(wanted)).map(|(place, _)| place);
    let place = Id::parse(wanted).and_then(|id| tenant.place(id)).or_else(named);
    let found = place.filter(|place| !call.world.state().removed.contains(place));
    let found = found.and_then(|place| Some((place, tenant.user(place)?)));
    found.ok_or_else(|| GraphError::not_found(wanted))
}

/// The properties to give, once it is known that the caller may have them.
fn checked<'a>(call: &Call<'_>, select: Option<&[&'a str]>, collection: bool) -> Result<Vec<&'a str>, GraphError> {
    let full = call.may(FULL);
    let Some(select) = select else {
        return Ok(USUAL.into_iter().filter(|name| full || BASIC.contains(name)).collect());
    };
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
    if !full && names.iter().any(|name| !BASIC.contains(name)) {
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
