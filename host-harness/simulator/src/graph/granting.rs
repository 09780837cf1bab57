//! Changes to consent: application permissions one by one, delegated ones in one grant for everybody.

use serde_json::{Value, json};

use crate::exchange::Response;
use crate::graph::call::{Call, put};
use crate::graph::error::GraphError;
use crate::graph::grants::{assignment, graph_principal, id_of, row};
use crate::graph::listing;
use crate::id::Id;
use crate::identity::permission::{name_of, role_id};
use crate::identity::registration::Registration;

fn invalid() -> GraphError {
    GraphError::new(400, "Request_BadRequest", "One or more properties are invalid.")
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, GraphError> {
    body.get(name).and_then(Value::as_str).ok_or_else(invalid)
}

/// Changes the registration whose service principal this is, once it is known.
fn with_principal<T>(
    call: &Call<'_>,
    principal: &str,
    change: impl FnOnce(&mut Registration) -> Result<T, GraphError>,
) -> Result<T, GraphError> {
    let id = Id::parse(principal).ok_or_else(invalid)?;
    call.must_be_known(principal)?;
    let mut state = call.world.state();
    let mut all = state.registrations.iter_mut();
    let found = all.find(|each| each.has_principal && each.principal_id == id);
    change(found.ok_or_else(|| GraphError::not_found(principal))?)
}

/// `POST /servicePrincipals/{id}/appRoleAssignedTo`, where the id is that of Graph.
pub(crate) fn assign(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    // The permission to assign is not enough: applications must be readable too (DEVX; microsoft-graph-docs#12833).
    if !call.may(&["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"]) {
        return Err(GraphError::denied());
    }
    let graph = graph_principal(call);
    let (principal, resource, role) =
        (text(&body, "principalId")?, text(&body, "resourceId")?, text(&body, "appRoleId")?);
    if Id::parse(call.param(0)) != Some(graph) || Id::parse(resource) != Some(graph) {
        return Err(GraphError::new(400, "Request_BadRequest", "Not a valid reference update."));
    }
    let permission = name_of(role, true).ok_or_else(|| {
        GraphError::new(400, "Request_BadRequest", "Permission being assigned was not found on application.")
    })?;
    let made = with_principal(call, principal, |registration| {
        if registration.roles.iter().any(|held| held == permission) {
            let text = "Permission being assigned already exists on the object";
            return Err(GraphError::new(400, "Request_BadRequest", text));
        }
        registration.roles.push(permission.to_owned());
        Ok(registration.clone())
    })?;
    let role = role_id(permission).unwrap_or(Id::ZERO);
    let principal = (made.principal_id, "ServicePrincipal", made.name);
    let mut answer = assignment(call, principal, (graph, "Microsoft Graph"), role);
    let context = format!("servicePrincipals('{}')/appRoleAssignedTo/$entity", call.param(0));
    put(&mut answer, "@odata.context", json!(call.context(&context)));
    Ok(call.json(201, &answer))
}

/// `DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}`.
pub(crate) fn unassign(call: &Call<'_>) -> Result<Response, GraphError> {
    let (graph, wanted) = (graph_principal(call), call.param(1));
    let mut state = call.world.state();
    for registration in &mut state.registrations {
        let principal = registration.principal_id;
        let before = registration.roles.len();
        registration.roles.retain(|role| id_of([principal, graph, role_id(role).unwrap_or(Id::ZERO)]) != wanted);
        if registration.roles.len() < before {
            return Ok(Response::empty(204));
        }
    }
    Err(GraphError::not_found(wanted))
}

/// `GET /servicePrincipals/{id}/appRoleAssignments`: the roles that a registration holds.
pub(crate) fn held(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["top", "select"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let graph = graph_principal(call);
    let (id, name, roles) = match super::service_principals::find(call, call.param(0))? {
        super::service_principals::Either::Registered(each) => (each.principal_id, each.name, each.roles),
        super::service_principals::Either::Shelf(_, each) => (each.principal_id, String::new(), Vec::new()),
    };
    let rows = roles.iter().filter_map(|role| {
        Some(assignment(call, (id, "ServicePrincipal", name.clone()), (graph, "Microsoft Graph"), role_id(role)?))
    });
    let rows: Vec<Value> = rows.collect();
    let context = format!("servicePrincipals('{}')/appRoleAssignments", call.param(0));
    listing::respond(call, &context, top, (0u32..).zip(rows), |_, row| Ok(row))
}

/// `POST /oauth2PermissionGrants`, for everybody.
pub(crate) fn grant(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let client = text(&body, "clientId")?;
    let for_everybody =
        text(&body, "consentType")? == "AllPrincipals" && body.get("principalId").is_none_or(Value::is_null);
    if !for_everybody || Id::parse(text(&body, "resourceId")?) != Some(graph_principal(call)) {
        return Err(invalid());
    }
    let scopes = scopes(&body)?;
    let made = with_principal(call, client, |registration| {
        if !registration.scopes.is_empty() {
            let text = "Permission entry already exists.";
            return Err(GraphError::new(409, "Request_MultipleObjectsWithSameKeyValue", text));
        }
        registration.scopes = scopes;
        Ok(registration.clone())
    })?;
    let mut answer = row(call, made.principal_id, None, &made.scopes.join(" "));
    put(&mut answer, "@odata.context", json!(call.context("oauth2PermissionGrants/$entity")));
    Ok(call.json(201, &answer))
}

fn scopes(body: &Value) -> Result<Vec<String>, GraphError> {
    let scopes: Vec<String> = text(body, "scope")?.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() { Err(invalid()) } else { Ok(scopes) }
}

/// `PATCH /oauth2PermissionGrants/{id}`: replaces the scopes.
pub(crate) fn change(call: &Call<'_>) -> Result<Response, GraphError> {
    let scopes = scopes(&call.body()?)?;
    replace(call, scopes)
}

/// `DELETE /oauth2PermissionGrants/{id}`.
pub(crate) fn revoke(call: &Call<'_>) -> Result<Response, GraphError> {
    replace(call, Vec::new())
}

fn replace(call: &Call<'_>, scopes: Vec<String>) -> Result<Response, GraphError> {
    let (graph, wanted) = (graph_principal(call), call.param(0));
    let mut state = call.world.state();
    let mut all = state.registrations.iter_mut();
    let found = all.find(|each| !each.scopes.is_empty() && id_of([each.principal_id, graph, Id::ZERO]) == wanted);
    found.ok_or_else(|| GraphError::not_found(wanted))?.scopes = scopes;
    Ok(Response::empty(204))
}
