//! Groups and their members.

use serde_json::{Map, Value, json};

use crate::clock::{instant, start_of};
use crate::dice::{Dice, Topic};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::listing;
use crate::graph::user_fields::{Field, Reader};
use crate::id::Id;
use crate::tenant::group::{Group, Members};
use crate::tenant::people::User;

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

/// Who is listed of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Users and groups that are members themselves.
    Direct,
    /// Those among them that are users.
    Users,
    /// Also the members of groups inside.
    Transitive,
}

/// A user, a group inside, or an account that was made by hand and is told only by its id.
enum Member<'a> {
    User(&'a User),
    Group(&'a Group),
    Made(Id),
}

/// `GET /groups/{id}/members`: users and groups.
pub(crate) fn members(call: &Call<'_>) -> Result<Response, GraphError> {
    listed(call, Listed::Direct)
}

/// `GET /groups/{id}/members/microsoft.graph.user`: a cast, which is an advanced query.
pub(crate) fn members_who_are_users(call: &Call<'_>) -> Result<Response, GraphError> {
    listed(call, Listed::Users)
}

/// `GET /groups/{id}/transitiveMembers`.
pub(crate) fn transitive_members(call: &Call<'_>) -> Result<Response, GraphError> {
    listed(call, Listed::Transitive)
}

fn listed(call: &Call<'_>, listed: Listed) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "count"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let counted = query.get("count").is_some_and(|count| count.eq_ignore_ascii_case("true"));
    let eventual = call.request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    if listed == Listed::Users && !(counted && eventual) {
        return Err(GraphError::unsupported_query(
            "Request with an OData cast requires $count=true and the header ConsistencyLevel: eventual.",
        ));
    }
    let group = find(call)?;
    let (hidden, crowd, removed) = {
        let state = call.world.state();
        let crowd = state.crowds.get(&group.id).copied().unwrap_or_default();
        (state.hidden.contains(&group.id), crowd, state.removed.clone())
    };
    if hidden && !call.may(&["Member.Read.Hidden"]) {
        return Err(GraphError::denied());
    }
    let inside =
        group.inside().and_then(|members| call.world.tenant.groups.iter().find(|each| each.members == members));
    let reaches = |place: u32, user: &User| {
        let within = listed == Listed::Transitive && inside.is_some_and(|inside| inside.has(place, user));
        group.has(place, user) || within
    };
    let users = (0u32..).zip(&call.world.tenant.users);
    let users = users.filter(|(place, user)| reaches(*place, user) && !removed.contains(place));
    let users: Vec<(u32, Member<'_>)> = users.map(|(place, user)| (place, Member::User(user))).collect();
    let after = u32::try_from(call.world.tenant.users.len()).unwrap_or(u32::MAX);
    let inside = inside.filter(|_| listed != Listed::Users).map(|inside| (after, Member::Group(inside)));
    let made = (0..crowd).map(|number| {
        let mut dice = Dice::new(call.world.tenant.seed, Topic::Group, 1, u64::from(number));
        (after + 1 + number, Member::Made(dice.id()))
    });
    let count = users.len() + usize::from(inside.is_some()) + crowd as usize;
    let members = users.into_iter().chain(inside).chain(made);
    let first = call.turn()?.position.is_none();
    let count = Some(count).filter(|_| counted && first);
    listing::respond_counted(call, "directoryObjects", top, count, members, |place, member| {
        member_row(call, place, &member, select.as_deref())
    })
}

fn member_row(call: &Call<'_>, place: u32, member: &Member<'_>, select: Option<&[&str]>) -> Result<Value, GraphError> {
    let user = match member {
        Member::User(user) => *user,
        Member::Made(id) => return Ok(json!({"@odata.type": "#microsoft.graph.user", "id": id.to_string()})),
        Member::Group(group) => {
            return Ok(json!({"@odata.type": "#microsoft.graph.group", "id": group.id.to_string()}));
        }
    };
    let reader = Reader::new(call.world, place, user, call.now.as_second());
    let mut row = Map::new();
    row.insert("@odata.type".to_owned(), json!("#microsoft.graph.user"));
    for name in select.unwrap_or(&MEMBER).iter().chain(&["id"]) {
        match reader.field(name) {
            Field::Value(value) => row.insert((*name).to_owned(), value),
            Field::Absent | Field::Unknown => None,
        };
    }
    Ok(Value::Object(row))
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
        Members::Department(_) | Members::Everybody | Members::Nested | Members::Project => Vec::new(),
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
