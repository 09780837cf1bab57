//! Groups and their members.

use serde_json::{Map, Value, json};

use crate::clock::{instant, start_of};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::listing;
use crate::graph::user_fields::{Field, Reader};
use crate::id::Id;
use crate::tenant::group::{Group, Members};

const KIND: &str = "group";

/// Properties of a member that come without `$select`.
const MEMBER: [&str; 11] = crate::graph::user_fields::USUAL;

/// `GET /groups`: pages of 100, at most 999.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let groups = (0u32..).zip(&call.world.tenant.groups);
    listing::respond(call, "groups", top, groups, |_, group| listing::chosen(row(call, group), select.as_deref(), KIND))
}

/// `GET /groups/{id}`.
pub(crate) fn get(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let row = row(call, find(call)?);
    Ok(call.object("groups/$entity", listing::chosen(row, query.select().as_deref(), KIND)?))
}

/// `GET /groups/{id}/members` and `/transitiveMembers`: no group here is inside another.
pub(crate) fn members(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let group = find(call)?;
    let removed = call.world.state().removed.clone();
    let users = (0u32..).zip(&call.world.tenant.users);
    let members = users.filter(|(place, user)| group.has(user) && !removed.contains(place));
    listing::respond(call, "directoryObjects", top, members, |place, user| {
        let reader = Reader::new(call.world, place, user, call.now.as_second());
        let mut row = Map::new();
        row.insert("@odata.type".to_owned(), json!("#microsoft.graph.user"));
        for name in select.as_deref().unwrap_or(&MEMBER).iter().chain(&["id"]) {
            match reader.field(name) {
                Field::Value(value) => row.insert((*name).to_owned(), value),
                Field::Absent | Field::Unknown => None,
            };
        }
        Ok(Value::Object(row))
    })
}

fn find<'a>(call: &Call<'a>) -> Result<&'a Group, GraphError> {
    let wanted = Id::parse(call.param(0));
    let found = call.world.tenant.groups.iter().find(|group| Some(group.id) == wanted);
    found.ok_or_else(|| GraphError::not_found(call.param(0)))
}

fn row(call: &Call<'_>, group: &Group) -> Value {
    let licences: Vec<Value> = match group.members {
        Members::Licensed(licensed) => {
            let products = call.world.tenant.products.iter().filter(|product| product.role == licensed.product());
            products.map(|product| json!({"skuId": product.sku.to_string(), "disabledPlans": []})).collect()
        }
        Members::Department(_) | Members::Everybody => Vec::new(),
    };
    let rule = group.rule();
    json!({
        "id": group.id.to_string(),
        "deletedDateTime": null,
        "assignedLicenses": licences,
        "createdDateTime": instant(start_of(call.world.start - 900)),
        "description": null,
        "displayName": group.name,
        "groupTypes": if rule.is_some() { vec!["DynamicMembership"] } else { Vec::new() },
        "licenseProcessingState": (!licences.is_empty()).then(|| json!({"state": "ProcessingComplete"})),
        "mail": null,
        "mailEnabled": false,
        "mailNickname": group.id.to_string().split('-').next(),
        "membershipRule": rule,
        "membershipRuleProcessingState": rule.is_some().then_some("On"),
        "onPremisesSyncEnabled": null,
        "securityEnabled": true,
        "visibility": null,
    })
}
