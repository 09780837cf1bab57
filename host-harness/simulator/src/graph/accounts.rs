//! Users who are made and removed, and directory roles of users.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::exchange::{Response, decode};
use crate::graph::call::{Call, put};
use crate::graph::error::GraphError;
use crate::graph::filter::equal;
use crate::graph::listing;
use crate::graph::user_fields::USUAL;
use crate::id::Id;
use crate::world::{FIRST_MADE, MadeUser};

fn invalid(property: &str) -> GraphError {
    GraphError::new(
        400,
        "Request_BadRequest",
        format!("A value is required for property '{property}' of resource 'User'."),
    )
}

/// `POST /users`.
pub(crate) fn create(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    for required in ["displayName", "mailNickname", "userPrincipalName"] {
        text(required).ok_or_else(|| invalid(required))?;
    }
    body.get("accountEnabled").and_then(Value::as_bool).ok_or_else(|| invalid("accountEnabled"))?;
    let name = text("userPrincipalName").unwrap_or_default().to_owned();
    let domains = &call.world.tenant.domains;
    let (_, domain) = name.split_once('@').unwrap_or_default();
    if domain != domains.own && domain != domains.initial {
        let text = "The domain portion of the userPrincipalName property is invalid. You must use one of the verified \
                    domain names in your organization.";
        return Err(GraphError::new(400, "Request_BadRequest", text));
    }
    let password = body.pointer("/passwordProfile/password").and_then(Value::as_str).unwrap_or_default();
    if !is_strong(password) {
        let text = "The specified password does not comply with password complexity requirements. Please provide a \
                    different password.";
        return Err(GraphError::new(400, "Request_BadRequest", text));
    }
    let mut state = call.world.state();
    let taken = state.made.iter().any(|made| made.principal_name.eq_ignore_ascii_case(&name));
    if taken || call.world.tenant.by_name(&name).is_some() {
        let text = "Another object with the same value for property userPrincipalName already exists.";
        return Err(GraphError::new(400, "Request_BadRequest", text));
    }
    let mut fields = body.as_object().cloned().unwrap_or_default();
    fields.remove("passwordProfile");
    let last = state.made.last().map(|made| made.place + 1);
    let id = call.world.seal.id();
    fields.insert("id".to_owned(), json!(id.to_string()));
    let must_change = body.pointer("/passwordProfile/forceChangePasswordNextSignIn").and_then(Value::as_bool);
    let made = MadeUser {
        place: last.unwrap_or(FIRST_MADE),
        id,
        principal_name: name,
        fields,
        password: password.to_owned(),
        must_change: must_change.unwrap_or(true),
    };
    let answer = row(&made, &USUAL);
    state.made.push(made);
    state.born(id);
    drop(state);
    let mut answer = Value::Object(answer);
    put(&mut answer, "@odata.context", json!(call.context("users/$entity")));
    Ok(call.json(201, &answer))
}

/// Eight characters of three kinds at least (`concept-sspr-policy` of the Entra documentation).
fn is_strong(password: &str) -> bool {
    let has = |kind: fn(char) -> bool| u32::from(password.chars().any(kind));
    let kinds = has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| c.is_ascii_punctuation());
    (8..=256).contains(&password.len()) && kinds >= 3
}

/// The properties of a user who was made; null where nothing was given.
pub(crate) fn row(made: &MadeUser, names: &[&str]) -> Map<String, Value> {
    let value = |name: &str| match name {
        "businessPhones" => json!([]),
        "userType" => json!("Member"),
        name => made.fields.get(name).cloned().unwrap_or_default(),
    };
    names.iter().map(|name| ((*name).to_owned(), value(name))).collect()
}

/// The user who was made with this id or principal name.
pub(crate) fn find(call: &Call<'_>, wanted: &str) -> Option<MadeUser> {
    let wanted = decode(wanted);
    let state = call.world.state();
    let fits = |made: &&MadeUser| made.id.to_string() == wanted || made.principal_name.eq_ignore_ascii_case(&wanted);
    state.made.iter().find(fits).cloned()
}

/// `DELETE /users/{id}`.
pub(crate) fn delete(call: &Call<'_>) -> Result<Response, GraphError> {
    let wanted = call.param(0);
    if let Some(made) = find(call, wanted) {
        let mut state = call.world.state();
        // Whoever has one of these is protected: `user-delete` of the Graph documentation.
        let protected = state.roles.get(&made.place).is_some_and(|roles| roles.iter().any(|role| !is_harmless(*role)));
        if protected && !call.may(&["Directory.AccessAsUser.All"]) {
            let text = "Insufficient privileges to complete the operation.";
            return Err(GraphError::new(403, "Authorization_RequestDenied", text));
        }
        state.made.retain(|each| each.id != made.id);
        state.roles.remove(&made.place);
        return Ok(Response::empty(204));
    }
    let place = Id::parse(wanted).and_then(|id| call.world.tenant.place(id));
    let removed = place.is_some_and(|place| call.world.state().removed.insert(place));
    if removed { Ok(Response::empty(204)) } else { Err(GraphError::not_found(wanted)) }
}

/// A role whose holders a user administrator may delete: of those that set-up gives, Reports Reader alone
/// (`privileged-roles-permissions` of the Entra documentation: who can perform sensitive actions).
fn is_harmless(role: Id) -> bool {
    role.to_string() == "4a5d8f65-41da-4de4-8968-e035b65339cf"
}

/// The place of a user, the tenant's own or made.
fn place(call: &Call<'_>, id: Id) -> Option<u32> {
    let made = call.world.state().made.iter().find(|made| made.id == id).map(|made| made.place);
    made.or_else(|| call.world.tenant.place(id))
}

/// `GET /roleManagement/directory/roleAssignments`, of one user.
pub(crate) fn roles(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["filter", "top"])?;
    let (name, value) = equal(query.get("filter").unwrap_or_default())?;
    if name != "principalId" {
        return Err(GraphError::unsupported_query(format!("Unsupported filter clause for property '{name}'.")));
    }
    let id = Id::parse(&value).ok_or_else(|| GraphError::bad_request("Invalid principalId."))?;
    let held = place(call, id).and_then(|place| call.world.state().roles.get(&place).cloned()).unwrap_or_default();
    let rows: Vec<Value> = held.iter().map(|role| assignment(id, *role)).collect();
    listing::respond(
        call,
        "roleManagement/directory/roleAssignments",
        listing::LARGEST,
        (0u32..).zip(rows),
        |_, row| Ok(row),
    )
}

fn assignment_id(user: Id, role: Id) -> String {
    format!("{}-1", super::grants::id_of([user, role, Id::ZERO]))
}

fn assignment(user: Id, role: Id) -> Value {
    json!({
        "id": assignment_id(user, role),
        "roleDefinitionId": role.to_string(),
        "principalId": user.to_string(),
        "directoryScopeId": "/",
    })
}

/// `POST /roleManagement/directory/roleAssignments`.
pub(crate) fn assign(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let refuse = || GraphError::new(400, "Request_BadRequest", "One or more properties are invalid.");
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let scope = text("directoryScopeId") == Some("/");
    let role = text("roleDefinitionId").and_then(Id::parse).filter(|_| scope).ok_or_else(refuse)?;
    let principal = text("principalId").ok_or_else(refuse)?;
    call.must_be_known(principal)?;
    let id = Id::parse(principal).ok_or_else(refuse)?;
    let place = place(call, id).ok_or_else(|| GraphError::not_found(principal))?;
    let mut state = call.world.state();
    let held = state.roles.entry(place).or_default();
    if held.contains(&role) {
        let text =
            "A conflicting object with one or more of the specified property values is present in the directory.";
        return Err(GraphError::new(400, "Request_BadRequest", text));
    }
    held.push(role);
    drop(state);
    let mut answer = assignment(id, role);
    put(&mut answer, "@odata.context", json!(call.context("roleManagement/directory/roleAssignments/$entity")));
    Ok(call.json(201, &answer))
}

/// `DELETE /roleManagement/directory/roleAssignments/{id}`.
pub(crate) fn unassign(call: &Call<'_>) -> Result<Response, GraphError> {
    let wanted = call.param(0);
    let mut state = call.world.state();
    let made: BTreeMap<u32, Id> = state.made.iter().map(|made| (made.place, made.id)).collect();
    let mut found = false;
    for (place, held) in &mut state.roles {
        let user = made.get(place).copied().or_else(|| call.world.tenant.user(*place).map(|user| user.id));
        held.retain(|role| {
            let goes = user.is_some_and(|user| assignment_id(user, *role) == wanted);
            found |= goes;
            !goes
        });
    }
    if found { Ok(Response::empty(204)) } else { Err(GraphError::not_found(wanted)) }
}
