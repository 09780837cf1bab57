//! Service principals, registrations, grants and assignments: the applications of the tenant.

use serde_json::{Value, json};

use crate::clock::{day_of, instant, start_of};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::filter::equal;
use crate::graph::listing;
use crate::id::Id;
use crate::identity::permission;
use crate::identity::registration::Registration;
use crate::identity::resource::GRAPH;
use crate::tenant::application::{Application, Origin};
use crate::tenant::people::User;

const KIND: &str = "servicePrincipal";

/// An application, from the tenant's shelf or registered for itself.
pub(crate) enum Either<'a> {
    /// From the shelf, with its place.
    Shelf(usize, &'a Application),
    /// One that may ask for tokens.
    Registered(Box<Registration>),
}

impl Either<'_> {
    /// The client id.
    pub(crate) fn app_id(&self) -> Id {
        match self {
            Either::Shelf(_, application) => application.app_id,
            Either::Registered(registration) => registration.app_id,
        }
    }

    /// The id of the service principal.
    pub(crate) fn principal_id(&self) -> Id {
        match self {
            Either::Shelf(_, application) => application.principal_id,
            Either::Registered(registration) => registration.principal_id,
        }
    }

    /// The name.
    pub(crate) fn name(&self, call: &Call<'_>) -> String {
        match self {
            Either::Shelf(place, _) => call.world.application_name(*place, call.now.as_second()),
            Either::Registered(registration) => registration.name.clone(),
        }
    }
}

/// All service principals, with their places.
pub(crate) fn all<'a>(call: &Call<'a>) -> Vec<(u32, Either<'a>)> {
    let state = call.world.state();
    let days = day_of(call.now) - call.world.start;
    let shelf = call.world.tenant.shelf.all.iter().enumerate();
    let shelf = shelf.map(|(place, application)| match application.is_there(days) {
        true if !state.removed_applications.contains(&place) => Some(Either::Shelf(place, application)),
        _ => None,
    });
    let registered = state.registrations.iter().map(|each| {
        let known = each.has_principal && !state.is_new(each.principal_id);
        known.then(|| Either::Registered(Box::new(each.clone())))
    });
    (0u32..).zip(shelf.chain(registered)).filter_map(|(place, each)| Some((place, each?))).collect()
}

/// The service principal with this id.
///
/// # Errors
/// When there is none.
pub(crate) fn find<'a>(call: &Call<'a>, id: &str) -> Result<Either<'a>, GraphError> {
    call.must_be_known(id)?;
    let wanted = Id::parse(id);
    let found = all(call).into_iter().map(|(_, each)| each).find(|each| Some(each.principal_id()) == wanted);
    found.ok_or_else(|| GraphError::not_found(id))
}

/// `GET /servicePrincipals`: pages of 100, at most 999.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select", "top", "filter", "expand"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let select = query.select();
    let wanted = query.get("filter").map(equal).transpose()?;
    let expand = match query.get("expand") {
        None => false,
        Some(text) if text == "owners" || text.starts_with("owners(") => true,
        Some(text) => return Err(GraphError::bad_request(format!("Could not expand '{text}'."))),
    };
    let meets = |each: &Either<'_>| match &wanted {
        None => Ok(true),
        Some((name, value)) => match name.as_str() {
            "appId" => Ok(each.app_id().to_string().eq_ignore_ascii_case(value)),
            "displayName" => Ok(each.name(call).eq_ignore_ascii_case(value)),
            _ => Err(GraphError::unsupported_query(format!("Unsupported filter clause for property '{name}'."))),
        },
    };
    let mut found = Vec::new();
    for (place, each) in all(call) {
        if meets(&each)? {
            found.push((place, each));
        }
    }
    listing::respond(call, "servicePrincipals", top, found.into_iter(), |_, each| {
        let mut row = listing::chosen(row(call, &each), select.as_deref(), KIND)?;
        if let (true, Value::Object(fields)) = (expand, &mut row) {
            fields.insert("owners".to_owned(), Value::Array(owners(call, &each)));
        }
        Ok(row)
    })
}

/// `GET /servicePrincipals/{id}`.
pub(crate) fn get(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let found = find(call, call.param(0))?;
    Ok(call.object("servicePrincipals/$entity", listing::chosen(row(call, &found), query.select().as_deref(), KIND)?))
}

/// Who owns an application here: one user for each that is not Microsoft's.
fn owners(call: &Call<'_>, each: &Either<'_>) -> Vec<Value> {
    let tenant = &call.world.tenant;
    let Either::Shelf(place, application) = each else { return Vec::new() };
    if application.origin == Origin::Microsoft {
        return Vec::new();
    }
    let owner = tenant.users.get(place * 7 % tenant.users.len().max(1));
    let row = |user: &User| {
        json!({
            "@odata.type": "#microsoft.graph.user",
            "id": user.id.to_string(),
            "displayName": user.display_name(),
            "userPrincipalName": user.principal_name(&tenant.domains),
        })
    };
    owner.map(row).into_iter().collect()
}

/// The row of a service principal.
pub(crate) fn row(call: &Call<'_>, each: &Either<'_>) -> Value {
    let world = call.world;
    let tenant = world.tenant.id;
    let mut row = json!({
        "id": each.principal_id().to_string(),
        "deletedDateTime": null,
        "accountEnabled": true,
        "alternativeNames": [],
        "appDisplayName": each.name(call),
        "appId": each.app_id().to_string(),
        "applicationTemplateId": null,
        "appOwnerOrganizationId": tenant.to_string(),
        "appRoleAssignmentRequired": false,
        "appRoles": [],
        "createdDateTime": instant(start_of(world.start) - 86_400),
        "description": null,
        "displayName": each.name(call),
        "homepage": null,
        "loginUrl": null,
        "logoutUrl": null,
        "notes": null,
        "preferredSingleSignOnMode": null,
        "publisherName": world.tenant.name,
        "replyUrls": [],
        "servicePrincipalNames": [each.app_id().to_string()],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "verifiedPublisher": {"displayName": null, "verifiedPublisherId": null, "addedDateTime": null},
    });
    let own = match each {
        Either::Shelf(_, application) => shelf_fields(call, application),
        Either::Registered(registration) => {
            json!({
                "accountEnabled": !registration.disabled,
                "replyUrls": registration.redirects().collect::<Vec<_>>(),
                "signInAudience": registration.audience,
            })
        }
    };
    if let (Value::Object(fields), Value::Object(own)) = (&mut row, own) {
        fields.extend(own);
    }
    row
}

/// What is different in the row of an application from the shelf.
fn shelf_fields(call: &Call<'_>, application: &Application) -> Value {
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
    // A publisher's number at the partner programme, which is made up like the other ids.
    let number = (application.origin == Origin::Publisher).then(|| {
        let digits = application.owner.map(|owner| u32::from_be_bytes(owner.head())).unwrap_or_default();
        (1_000_000 + digits % 9_000_000).to_string()
    });
    json!({
        "applicationTemplateId": application.template.map(|id| id.to_string()),
        "appOwnerOrganizationId": application.owner.unwrap_or(world.tenant.id).to_string(),
        "appRoleAssignmentRequired": application.is_assigned(),
        "appRoles": if application.app_id == Id::parse(GRAPH).unwrap_or(Id::ZERO) { roles() } else { Vec::new() },
        "createdDateTime": instant(start_of(world.start - application.created_ago) + 30_000),
        "homepage": foreign.then_some(&home),
        "loginUrl": (application.origin == Origin::Gallery).then_some(&home),
        "preferredSingleSignOnMode": listing.sign_on,
        "publisherName": if listing.publisher.is_empty() { world.tenant.name } else { listing.publisher },
        "replyUrls": if foreign { vec![format!("{home}sso/callback")] } else { Vec::new() },
        "signInAudience": if application.owner.is_some() { "AzureADMultipleOrgs" } else { "AzureADMyOrg" },
        "tags": tags,
        "verifiedPublisher": {
            "displayName": number.as_ref().map(|_| listing.publisher),
            "verifiedPublisherId": number,
            "addedDateTime": null,
        },
    })
}

/// The roles that Graph offers to applications.
fn roles() -> Vec<Value> {
    let role = |(name, id): (&str, &str)| json!({"id": id, "value": name, "displayName": name, "isEnabled": true, "allowedMemberTypes": ["Application"]});
    permission::roles().map(role).collect()
}
