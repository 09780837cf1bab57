//! The tenant's own registrations.

use serde_json::{Value, json};

use crate::clock::{instant, start_of};
use crate::exchange::Response;
use crate::graph::call::{Call, put};
use crate::graph::error::GraphError;
use crate::graph::filter::equal;
use crate::graph::listing;
use crate::id::Id;
use crate::identity::registration::Registration;
use crate::tenant::application::{Application, Origin};
use crate::world::State;

const KIND: &str = "application";

/// `GET /applications`: pages of 100, at most 999.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "filter"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let wanted = query.get("filter").map(equal).transpose()?;
    let mut found = Vec::new();
    for (place, row) in (0u32..).zip(rows(call)) {
        let meets = match &wanted {
            None => true,
            Some((name, value)) if matches!(name.as_str(), "appId" | "displayName") => {
                row.get(name).and_then(Value::as_str).is_some_and(|held| held.eq_ignore_ascii_case(value))
            }
            Some((name, _)) => {
                let message = format!("Unsupported filter clause for property '{name}'.");
                return Err(GraphError::unsupported_query(message));
            }
        };
        if meets {
            found.push((place, row));
        }
    }
    listing::respond(call, "applications", top, found.into_iter(), |_, row| {
        listing::chosen(row, select.as_deref(), KIND)
    })
}

/// `GET /applications/{id}`.
pub(crate) fn get(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let id = call.param(0);
    call.must_be_known(id)?;
    let found = rows(call).into_iter().find(|row| row.get("id").and_then(Value::as_str) == Some(id));
    let mut row = found.ok_or_else(|| GraphError::not_found(id))?;
    if query.select().is_some_and(|names| names.contains(&"keyCredentials")) {
        let state = call.world.state();
        if let Some(registration) = Id::parse(id).and_then(|id| state.registered(id)) {
            put(&mut row, "keyCredentials", json!(registration.keys));
        }
    }
    Ok(call.object("applications/$entity", listing::chosen(row, query.select().as_deref(), KIND)?))
}

fn rows(call: &Call<'_>) -> Vec<Value> {
    let state = call.world.state();
    let shelf = call.world.tenant.shelf.all.iter().enumerate();
    let own = shelf.filter(|(place, application)| {
        matches!(application.origin, Origin::Home | Origin::Gallery) && !state.removed_applications.contains(place)
    });
    let own = own.map(|(place, application)| shelf_row(call, &state, place, application));
    let registered = state.registrations.iter().filter(|each| each.is_own && !state.is_new(each.object_id));
    own.chain(registered.map(|registration| row(call, registration))).collect()
}

fn shelf_row(call: &Call<'_>, state: &State, place: usize, application: &Application) -> Value {
    let renamed = state.renamed.get(&place).map(|(_, name)| name.as_str());
    json!({
        "id": application.registration_id.to_string(),
        "appId": application.app_id.to_string(),
        "displayName": renamed.unwrap_or(application.listing.name),
        "createdDateTime": instant(start_of(call.world.start - application.created_ago)),
        "publisherDomain": call.world.tenant.domains.own,
        "signInAudience": "AzureADMyOrg",
        "web": {"redirectUris": []},
        "publicClient": {"redirectUris": []},
        "isFallbackPublicClient": null,
        "requiredResourceAccess": [],
        "passwordCredentials": [],
        "keyCredentials": [],
        "tags": [],
    })
}

/// The row of a registration that may ask for tokens.
pub(crate) fn row(call: &Call<'_>, registration: &Registration) -> Value {
    let secrets = registration.secrets.iter().map(|secret| {
        json!({
            "keyId": secret.id.to_string(),
            "displayName": secret.name,
            "hint": secret.text.get(..3),
            "startDateTime": instant(secret.starts),
            "endDateTime": instant(secret.ends),
            "secretText": null,
        })
    });
    json!({
        "id": registration.object_id.to_string(),
        "appId": registration.app_id.to_string(),
        "displayName": registration.name,
        "createdDateTime": instant(start_of(call.world.start)),
        "publisherDomain": call.world.tenant.domains.own,
        "signInAudience": registration.audience,
        "web": {"redirectUris": registration.web},
        "publicClient": {"redirectUris": registration.native},
        "isFallbackPublicClient": registration.fallback,
        "requiredResourceAccess": registration.required_access(),
        "passwordCredentials": secrets.collect::<Vec<_>>(),
        "keyCredentials": registration.keys.iter().map(without_key).collect::<Vec<_>>(),
        "tags": registration.tags,
    })
}

/// A certificate as it is listed. The key itself comes only to who selects the property of one application.
fn without_key(key: &Value) -> Value {
    let mut key = key.clone();
    if let Some(held) = key.get_mut("key") {
        *held = Value::Null;
    }
    key
}
