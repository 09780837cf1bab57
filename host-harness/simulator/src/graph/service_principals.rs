//! Service principals: the applications of the tenant.

use serde_json::{Map, Value, json};

use crate::clock::{instant, start_of};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::page::{self, Page, Position};
use crate::tenant::application::{Application, Origin};

/// `GET /servicePrincipals`: pages of 100, at most 999.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "count"])?;
    let top = query.top(100, 999)?;
    let select = query.select();
    let turn = call.turn()?;
    let start = turn.position.as_ref().and_then(|position| position.0.first()).copied().unwrap_or(0);
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let removed = call.world.state().removed_applications.clone();
    let days = crate::clock::day_of(call.now) - call.world.start;
    let all = call.world.tenant.shelf.all.iter().enumerate().skip(start);
    let mut here = all.filter(|(place, each)| !removed.contains(place) && each.is_there(days));
    let rows = here.by_ref().take(top);
    let rows = rows.map(|(place, each)| chosen(row(call, place, each), select.as_deref())).collect::<Result<_, _>>()?;
    let next = here.next().map(|(place, _)| Position(vec![i64::try_from(place).unwrap_or(i64::MAX)]));
    Ok(page::respond(call, &turn, "servicePrincipals", Page { rows, next }))
}

/// The row with only the properties asked for.
fn chosen(row: Value, select: Option<&[&str]>) -> Result<Value, GraphError> {
    let (Value::Object(mut fields), Some(names)) = (row.clone(), select) else { return Ok(row) };
    let mut kept = Map::new();
    for name in ["id"].iter().chain(names) {
        let value = fields.remove(*name).or_else(|| kept.remove(*name)).ok_or_else(|| {
            let message =
                format!("Could not find a property named '{name}' on type 'microsoft.graph.servicePrincipal'.");
            GraphError::bad_request(message)
        })?;
        kept.insert((*name).to_owned(), value);
    }
    Ok(Value::Object(kept))
}

fn row(call: &Call<'_>, place: usize, application: &Application) -> Value {
    let world = call.world;
    let listing = application.listing;
    let home = match application.origin {
        Origin::Home => format!("https://{}.{}/", listing.domain, world.tenant.domains.own),
        _ => format!("https://www.{}/", listing.domain),
    };
    let foreign = application.origin != Origin::Microsoft;
    let tags: &[&str] = match application.origin {
        Origin::Microsoft => &[],
        Origin::Gallery => {
            &["WindowsAzureActiveDirectoryGalleryApplicationPrimaryV1", "WindowsAzureActiveDirectoryIntegratedApp"]
        }
        Origin::Publisher | Origin::Home => &["WindowsAzureActiveDirectoryIntegratedApp"],
    };
    let verified = (application.origin == Origin::Publisher).then_some(listing.publisher);
    json!({
        "id": application.principal_id.to_string(),
        "deletedDateTime": null,
        "accountEnabled": true,
        "alternativeNames": [],
        "appDisplayName": world.application_name(place, call.now.as_second()),
        "appId": application.app_id.to_string(),
        "applicationTemplateId": application.template.map(|id| id.to_string()),
        "appOwnerOrganizationId": application.owner.unwrap_or(world.tenant.id).to_string(),
        "appRoleAssignmentRequired": application.is_assigned(),
        "createdDateTime": instant(start_of(world.start - application.created_ago) + 30_000),
        "description": null,
        "displayName": world.application_name(place, call.now.as_second()),
        "homepage": foreign.then_some(&home),
        "loginUrl": (application.origin == Origin::Gallery).then_some(&home),
        "preferredSingleSignOnMode": listing.sign_on,
        "publisherName": if listing.publisher.is_empty() { world.tenant.name } else { listing.publisher },
        "replyUrls": if foreign { vec![format!("{home}sso/callback")] } else { Vec::new() },
        "servicePrincipalNames": [application.app_id.to_string()],
        "servicePrincipalType": "Application",
        "signInAudience": if application.owner.is_some() { "AzureADMultipleOrgs" } else { "AzureADMyOrg" },
        "tags": tags,
        "verifiedPublisher": {
            "displayName": verified,
            "verifiedPublisherId": verified.map(|_| "1".repeat(7)),
            "addedDateTime": null,
        },
    })
}
