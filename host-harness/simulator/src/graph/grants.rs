//! Delegated grants and application role assignments: who may use an application, and for what.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::clock::{instant, start_of};
use crate::exchange::Response;
use crate::given;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::service_principals::{Either, find};
use crate::graph::{filter, listing};
use crate::id::Id;
use crate::identity::resource::GRAPH;
use crate::tenant::application::{Application, Origin};
use crate::tenant::people::User;

/// What applications ask users for, by how far it reaches.
const SCOPES: [&str; 5] = [
    "openid profile User.Read",
    " openid profile email User.Read offline_access",
    "User.Read Calendars.Read offline_access",
    "User.Read Files.ReadWrite.All offline_access",
    "User.Read Mail.Read Contacts.Read offline_access",
];

/// The id of a grant or assignment, as opaque as the service's.
pub(crate) fn id_of(parts: [Id; 3]) -> String {
    let bytes: Vec<u8> = parts.iter().flat_map(|part| part.bytes().iter().take(11)).copied().collect();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The id of Graph's service principal in this tenant.
pub(crate) fn graph_principal(call: &Call<'_>) -> Id {
    let graph = Id::parse(GRAPH);
    let found = call.world.tenant.shelf.all.iter().find(|application| Some(application.app_id) == graph);
    found.map_or(Id::ZERO, |application| application.principal_id)
}

/// One user in so many consented to a publisher's application alone.
const CONSENTS_ALONE: u32 = 9;

/// `GET /oauth2PermissionGrants`: first those for everybody, then those of single users.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["top", "filter"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let wanted = query.get("filter").map(filter::equals).transpose()?.unwrap_or_default();
    if let Some((name, _)) =
        wanted.iter().find(|(name, _)| !["clientId", "consentType", "principalId"].contains(&name.as_str()))
    {
        return Err(GraphError::unsupported_query(format!("Unsupported filter clause for property '{name}'.")));
    }
    let state = call.world.state();
    let registered = state.registrations.iter().filter(|registration| !registration.scopes.is_empty());
    let registered: Vec<Value> = registered
        .map(|registration| row(call, registration.principal_id, None, &registration.scopes.join(" ")))
        .collect();
    let (removed, gone) = (state.removed.clone(), state.removed_applications.clone());
    drop(state);
    let here = |place: &usize| !gone.contains(place);
    let shelf = || call.world.tenant.shelf.all.iter().enumerate().filter(|(place, _)| here(place));
    let everybody = shelf().filter(|(place, application)| application.origin == Origin::Publisher && place % 2 == 0);
    let everybody = everybody.map(|(place, application)| row(call, application.principal_id, None, scopes(place)));
    let common: Vec<Value> = registered.into_iter().chain(everybody).collect();
    let before = u32::try_from(common.len()).unwrap_or(u32::MAX);
    let users = (0u32..).zip(&call.world.tenant.users).filter(|(place, _)| !removed.contains(place));
    let single = users.flat_map(|(place, user)| {
        let consented = consented(call, place, user);
        // Six slots for applications, so that each grant has a place of its own.
        (0u32..).zip(consented).map(move |(slot, (application, principal))| {
            (before + place * 6 + slot, row(call, principal, Some(user.id), scopes(application)))
        })
    });
    let meets = |(_, row): &(u32, Value)| {
        wanted.iter().all(|(name, value)| row.get(name).and_then(Value::as_str) == Some(value.as_str()))
    };
    let all = (0u32..).zip(common).chain(single).filter(meets);
    listing::respond(call, "oauth2PermissionGrants", top, all, |_, row| Ok(row))
}

/// The applications that a user consented to alone, with their places and principals.
fn consented(call: &Call<'_>, place: u32, user: &User) -> Vec<(usize, Id)> {
    let mut found = Vec::new();
    for slot in user.apps.iter().map(|slot| usize::from(*slot)) {
        let Some(application) = call.world.tenant.shelf.at(slot) else { continue };
        let alone = application.origin == Origin::Publisher && slot % 2 == 1 && place.is_multiple_of(CONSENTS_ALONE);
        if alone && !found.contains(&(slot, application.principal_id)) {
            found.push((slot, application.principal_id));
        }
    }
    found
}

fn scopes(place: usize) -> &'static str {
    SCOPES.get(place / 2 % SCOPES.len()).copied().unwrap_or_default()
}

/// The row of a grant, to one user or to everybody.
pub(crate) fn row(call: &Call<'_>, client: Id, user: Option<Id>, scope: &str) -> Value {
    let resource = graph_principal(call);
    json!({
        "id": id_of([client, resource, user.unwrap_or(Id::ZERO)]),
        "clientId": client.to_string(),
        "consentType": if user.is_some() { "Principal" } else { "AllPrincipals" },
        "principalId": user.map(|id| id.to_string()),
        "resourceId": resource.to_string(),
        "scope": scope,
    })
}

/// `GET /servicePrincipals/{id}/appRoleAssignedTo`: users and groups assigned to an application; for Graph itself,
/// the applications that hold its roles.
pub(crate) fn assigned_to(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["top"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let resource = find(call, call.param(0))?;
    let context = format!("servicePrincipals('{}')/appRoleAssignedTo", call.param(0));
    let name = resource.name(call);
    let all: Box<dyn Iterator<Item = (u32, Value)>> = match &resource {
        Either::Shelf(_, application) if application.principal_id == graph_principal(call) => {
            Box::new((0u32..).zip(role_holders(call, application.principal_id, &name)))
        }
        Either::Shelf(place, application) if application.is_assigned() => {
            Box::new(assigned(call, *place, application, name))
        }
        _ => Box::new(std::iter::empty()),
    };
    listing::respond(call, &context, top, all, |_, row| Ok(row))
}

/// The applications that hold Graph's roles.
fn role_holders(call: &Call<'_>, graph: Id, name: &str) -> Vec<Value> {
    let state = call.world.state();
    let holders = state.registrations.iter().flat_map(|registration| {
        registration.roles.iter().filter_map(move |role| {
            let role = crate::identity::permission::role_id(role)?;
            let principal = (registration.principal_id, "ServicePrincipal", registration.name.clone());
            Some(assignment(call, principal, (graph, name), role))
        })
    });
    holders.collect()
}

/// Groups first, then users who were assigned by name.
fn assigned<'a>(
    call: &'a Call<'a>,
    place: usize,
    application: &'a Application,
    name: String,
) -> impl Iterator<Item = (u32, Value)> + 'a {
    let groups = given::groups(call.world, place, application);
    let before = u32::try_from(groups.len()).unwrap_or(0);
    let rows: Vec<(u32, Value)> = (0u32..)
        .zip(groups)
        .map(|(at, group)| {
            let principal = (group.id, "Group", group.name.clone());
            (at, assignment(call, principal, (application.principal_id, &name), Id::ZERO))
        })
        .collect();
    let removed = call.world.state().removed.clone();
    let users = (0u32..).zip(&call.world.tenant.users);
    let users = users.filter(move |(each, user)| given::by_name(place, *each, user) && !removed.contains(each));
    let users = users.map(move |(each, user)| {
        let principal = (user.id, "User", user.display_name());
        (each + before, assignment(call, principal, (application.principal_id, &name), Id::ZERO))
    });
    rows.into_iter().chain(users)
}

/// The row of an assignment.
pub(crate) fn assignment(call: &Call<'_>, principal: (Id, &str, String), resource: (Id, &str), role: Id) -> Value {
    let (principal_id, kind, principal_name) = principal;
    let (resource_id, resource_name) = resource;
    json!({
        "id": id_of([principal_id, resource_id, role]),
        "deletedDateTime": null,
        "appRoleId": role.to_string(),
        "createdDateTime": instant(start_of(call.world.start - 80) + 29_000),
        "principalDisplayName": principal_name,
        "principalId": principal_id.to_string(),
        "principalType": kind,
        "resourceDisplayName": resource_name,
        "resourceId": resource_id.to_string(),
    })
}
