//! Changes to registrations and service principals, as strict as the service: what is made works at once for sign-in.

use serde_json::{Value, json};

use crate::clock::DAY_SECONDS;
use crate::exchange::Response;
use crate::graph::applications::row;
use crate::graph::call::{Call, put};
use crate::graph::error::GraphError;
use crate::graph::service_principals::{self, Either};
use crate::id::Id;
use crate::identity::assertion;
use crate::identity::permission::name_of;
use crate::identity::registration::{ClientSecret, EVERYBODY, Registration, SINGLE_TENANT};
use crate::identity::resource::GRAPH;

/// Properties of a registration that can be written here; any other is refused, so that a misspelled one is found.
const WRITABLE: [&str; 8] = [
    "displayName",
    "signInAudience",
    "tags",
    "requiredResourceAccess",
    "web",
    "publicClient",
    "isFallbackPublicClient",
    "keyCredentials",
];

/// Whose accounts may use an application.
const AUDIENCES: [&str; 4] = [SINGLE_TENANT, "AzureADMultipleOrgs", EVERYBODY, "PersonalMicrosoftAccount"];

fn invalid(property: &str) -> GraphError {
    GraphError::new(
        400,
        "Request_BadRequest",
        format!("Invalid value specified for property '{property}' of resource 'Application'."),
    )
}

/// `POST /applications`.
pub(crate) fn create(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let name = body.get("displayName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| invalid("displayName"))?;
    let mut registration = Registration {
        app_id: call.world.seal.id(),
        object_id: call.world.seal.id(),
        principal_id: call.world.seal.id(),
        name: name.to_owned(),
        audience: EVERYBODY.to_owned(),
        fallback: false,
        is_own: true,
        has_principal: false,
        disabled: false,
        web: Vec::new(),
        native: Vec::new(),
        tags: Vec::new(),
        keys: Vec::new(),
        secrets: Vec::new(),
        required: Vec::new(),
        required_roles: Vec::new(),
        roles: Vec::new(),
        scopes: Vec::new(),
    };
    write(&mut registration, &body)?;
    let mut answer = row(call, &registration);
    put(&mut answer, "@odata.context", json!(call.context("applications/$entity")));
    let mut state = call.world.state();
    state.born(registration.object_id);
    state.registrations.push(registration);
    Ok(call.json(201, &answer))
}

/// `PATCH /applications/{id}`: 204 without a body.
pub(crate) fn change(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    with(call, |registration| {
        // A change that is refused leaves it as it was.
        let mut changed = registration.clone();
        write(&mut changed, &body)?;
        *registration = changed;
        Ok(())
    })?;
    Ok(Response::empty(204))
}

/// `DELETE /applications/{id}`: its service principal and its grants go with it.
pub(crate) fn delete(call: &Call<'_>) -> Result<Response, GraphError> {
    let gone = with(call, |registration| Ok(registration.object_id))?;
    call.world.state().registrations.retain(|registration| registration.object_id != gone);
    Ok(Response::empty(204))
}

/// Changes the registration that the path names.
fn with<T>(call: &Call<'_>, change: impl FnOnce(&mut Registration) -> Result<T, GraphError>) -> Result<T, GraphError> {
    let id = call.param(0);
    call.must_be_known(id)?;
    let mut state = call.world.state();
    let found = Id::parse(id).and_then(|id| state.registered_mut(id));
    change(found.ok_or_else(|| GraphError::not_found(id))?)
}

fn write(registration: &mut Registration, body: &Value) -> Result<(), GraphError> {
    let fields = body.as_object().into_iter().flatten();
    if let Some((unknown, _)) = fields.clone().find(|(name, _)| !WRITABLE.contains(&name.as_str())) {
        let text =
            format!("A resource without a property '{unknown}' cannot be given one (microsoft.graph.application).");
        return Err(GraphError::bad_request(text));
    }
    for (name, value) in fields {
        match name.as_str() {
            "displayName" => registration.name = value.as_str().ok_or_else(|| invalid(name))?.to_owned(),
            "signInAudience" => {
                let audience = value.as_str().filter(|audience| AUDIENCES.contains(audience));
                registration.audience = audience.ok_or_else(|| invalid(name))?.to_owned();
            }
            "tags" => registration.tags = texts(value).ok_or_else(|| invalid(name))?,
            "web" => redirects(&mut registration.web, value)?,
            "publicClient" => redirects(&mut registration.native, value)?,
            "isFallbackPublicClient" => registration.fallback = value.as_bool().unwrap_or(false),
            "requiredResourceAccess" => required(registration, value)?,
            "keyCredentials" => keys(registration, value)?,
            _ => return Err(invalid(name)),
        }
    }
    // An address stands once, on one platform.
    let mut all: Vec<&String> = registration.redirects().collect();
    all.sort();
    if all.windows(2).any(|pair| pair.first() == pair.last()) { Err(invalid("redirectUris")) } else { Ok(()) }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|each| each.as_str().map(str::to_owned)).collect()
}

fn redirects(list: &mut Vec<String>, value: &Value) -> Result<(), GraphError> {
    let Some(given) = value.get("redirectUris") else { return Ok(()) };
    let given = texts(given).ok_or_else(|| invalid("redirectUris"))?;
    if given.iter().any(|uri| !uri.starts_with("https://") && !uri.starts_with("http://localhost")) {
        return Err(invalid("redirectUris"));
    }
    *list = given;
    Ok(())
}

fn required(registration: &mut Registration, value: &Value) -> Result<(), GraphError> {
    let refuse = || invalid("requiredResourceAccess");
    let (mut scopes, mut roles) = (Vec::new(), Vec::new());
    for resource in value.as_array().ok_or_else(refuse)? {
        if resource.get("resourceAppId").and_then(Value::as_str) != Some(GRAPH) {
            return Err(refuse());
        }
        for access in resource.get("resourceAccess").and_then(Value::as_array).ok_or_else(refuse)? {
            let id = access.get("id").and_then(Value::as_str).ok_or_else(refuse)?;
            let (list, role) = match access.get("type").and_then(Value::as_str) {
                Some("Scope") => (&mut scopes, false),
                Some("Role") => (&mut roles, true),
                _ => return Err(refuse()),
            };
            list.push(name_of(id, role).ok_or_else(refuse)?.to_owned());
        }
    }
    (registration.required, registration.required_roles) = (scopes, roles);
    Ok(())
}

/// The list is replaced as a whole; one that is there already may come without its key.
fn keys(registration: &mut Registration, value: &Value) -> Result<(), GraphError> {
    let refuse = || invalid("keyCredentials");
    let mut next = Vec::new();
    for given in value.as_array().ok_or_else(refuse)? {
        let key_id = given.get("keyId").and_then(Value::as_str);
        let known = registration.keys.iter().find(|known| key_id.is_some() && known["keyId"] == json!(key_id));
        if let Some(known) = known {
            next.push(known.clone());
            continue;
        }
        let is_certificate = given["type"] == "AsymmetricX509Cert" && given["usage"] == "Verify";
        let key = given.get("key").and_then(Value::as_str).filter(|_| is_certificate).ok_or_else(refuse)?;
        next.push(assertion::key_credential(key, &given["displayName"]).ok_or_else(refuse)?);
    }
    registration.keys = next;
    Ok(())
}

/// `POST /applications/{id}/addPassword`: the text of the secret is told this once.
pub(crate) fn add_password(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let given = |name: &str| body.pointer(&format!("/passwordCredential/{name}")).and_then(Value::as_str);
    let now = call.now.as_second();
    let ends = match given("endDateTime") {
        Some(text) => text.parse::<jiff::Timestamp>().map_err(|_| invalid("endDateTime"))?.as_second(),
        None => now + 730 * DAY_SECONDS,
    };
    if ends <= now {
        return Err(invalid("endDateTime"));
    }
    let letters = call.world.seal.id().to_string().replace('-', "");
    let secret = ClientSecret {
        id: call.world.seal.id(),
        name: given("displayName").unwrap_or_default().to_owned(),
        text: format!("{}Q~{letters}", letters.get(..3).unwrap_or_default()),
        starts: now,
        ends,
    };
    let answer = json!({
        "@odata.context": call.context("microsoft.graph.passwordCredential"),
        "customKeyIdentifier": null,
        "displayName": secret.name,
        "endDateTime": crate::clock::instant(secret.ends),
        "hint": secret.text.get(..3),
        "keyId": secret.id.to_string(),
        "secretText": secret.text,
        "startDateTime": crate::clock::instant(secret.starts),
    });
    let id = secret.id;
    with(call, |registration| {
        registration.secrets.push(secret);
        Ok(())
    })?;
    call.world.state().born(id);
    Ok(call.json(200, &answer))
}

/// `POST /applications/{id}/removePassword`: 204 without a body.
pub(crate) fn remove_password(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let id = body.get("keyId").and_then(Value::as_str).and_then(Id::parse).ok_or_else(|| invalid("keyId"))?;
    with(call, |registration| {
        let before = registration.secrets.len();
        registration.secrets.retain(|secret| secret.id != id);
        let text = format!("No password credential found with keyId '{id}'.");
        let missing = GraphError::new(400, "Request_BadRequest", text);
        if registration.secrets.len() < before { Ok(()) } else { Err(missing) }
    })?;
    Ok(Response::empty(204))
}

/// `POST /servicePrincipals`, for an application of this tenant.
pub(crate) fn create_principal(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let given = body.get("appId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let unknown = || {
        let text =
            format!("The appId '{given}' of the service principal does not reference a valid application object.");
        GraphError::new(400, "Request_BadRequest", text)
    };
    let mut state = call.world.state();
    let app_id = Id::parse(&given).ok_or_else(unknown)?;
    let object_id = state.registration(app_id).filter(|each| each.is_own).map(|each| each.object_id);
    if state.spread(object_id.ok_or_else(unknown)?) {
        return Err(unknown());
    }
    let registration = state.registration_mut(app_id).ok_or_else(unknown)?;
    if registration.has_principal {
        let text = format!(
            "The service principal cannot be created, updated, or restored because the service principal name {given} \
             is already in use."
        );
        return Err(GraphError::new(409, "Request_MultipleObjectsWithSameKeyValue", text));
    }
    registration.has_principal = true;
    let made = registration.clone();
    state.born(made.principal_id);
    drop(state);
    let mut answer = service_principals::row(call, &Either::Registered(Box::new(made)));
    put(&mut answer, "@odata.context", json!(call.context("servicePrincipals/$entity")));
    Ok(call.json(201, &answer))
}
