//! The applications in the directory: the service principals of the tenant, but for managed identities, into which
//! nobody signs in.

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{InstalledApplication, Kind, Row, SignOn};
use crate::contract::types::Error;
use crate::datasets::walk::Walk;
use crate::datasets::{columns, gap, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "service-principals";

/// The tenant in which Microsoft registers its own applications.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

const FIELDS: &str = "id,appId,displayName,appOwnerOrganizationId,servicePrincipalType,accountEnabled,\
                      preferredSingleSignOnMode,applicationTemplateId,tags,homepage,replyUrls,verifiedPublisher,\
                      createdDateTime,appRoleAssignmentRequired";

/// The entry of the gallery for applications that are not in it: whoever uses it makes an application of one's own.
const NO_ENTRY: &str = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621";

/// Owners come with their applications, at most twenty of each. A page of expanded objects is smaller.
const WITH_OWNERS: &str = "&$expand=owners($select=id,displayName,userPrincipalName)&$top=100";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Applications in the directory".to_owned(),
        help: "The enterprise applications and other service principals of the tenant.".to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::InstalledApplication],
        columns: columns(&[
            ("id", "The application (client) id."),
            ("object", "The object id of the service principal."),
            ("name", "The name for people."),
            ("publisher", "Who made it, when that is known."),
            ("verified-publisher", "The publisher that Microsoft has verified."),
            ("first-party", "Microsoft's own tenant owns the registration."),
            ("home-made", "The connected tenant owns the registration."),
            ("sign-on", "The single sign-on mode."),
            ("template", "The gallery entry that it came from."),
            ("homepage", "The home page."),
            ("reply-urls", "Where sign-in answers go."),
            ("tags", "Tags, such as WindowsAzureActiveDirectoryIntegratedApp."),
            ("enabled", "Whether people may sign in to it."),
            ("created", "When it was installed."),
            ("assignment-required", "Only who was given it may sign in."),
            ("owners", "Principal names, or names, of its owners."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::APPLICATION]]),
        licence: None,
    }
}

/// Reads one page of service principals.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let tenant = tenant(env)?;
    let walk = |rest: &str| {
        let first = format!("/v1.0/servicePrincipals?$select={FIELDS}{rest}");
        let walk = Walk { dataset: ID, permission: permission::APPLICATION, first };
        walk.step(env, cursor, |listed| rows(listed, tenant.as_deref()))
    };
    match walk(WITH_OWNERS) {
        // Not every cloud expands them.
        Err(cause @ Error::Other(_)) if cursor.is_none() => {
            let mut step = walk("&$top=999")?;
            step.gaps.push(gap(ID, Some("owners"), cause, "Nothing: the applications are read without their owners."));
            Ok(step)
        }
        step => step,
    }
}

/// The id of the connected tenant, from what was collected of it, or else from the settings when they hold an id.
fn tenant(env: &Env) -> Result<Option<String>, Error> {
    let account = step::all(env.store, Kind::Account)?.into_iter().find_map(|row| match row {
        Row::Account(account) => Some(account.id),
        _ => None,
    });
    let domain = env.settings.tenant.contains('.');
    Ok(account.or_else(|| (!domain).then(|| env.settings.tenant.clone())))
}

fn rows(listed: &Value, tenant: Option<&str>) -> Option<Vec<Row>> {
    let (object, id) = (listed.text("id")?, listed.text("appId")?);
    if listed.word("servicePrincipalType") == Some("ManagedIdentity") {
        return Some(Vec::new());
    }
    let tenant_of = listed.word("appOwnerOrganizationId");
    let owned_by = |by: &str| tenant_of.map(|owner| owner.eq_ignore_ascii_case(by));
    let first_party = owned_by(MICROSOFT);
    let template = listed.text("applicationTemplateId").filter(|template| !template.eq_ignore_ascii_case(NO_ENTRY));
    let verified = listed.get("verifiedPublisher").and_then(|publisher| publisher.text("displayName"));
    Some(vec![Row::InstalledApplication(InstalledApplication {
        name: listed.text("displayName").unwrap_or_else(|| id.clone()),
        id,
        object,
        publisher: verified.clone().or_else(|| (first_party == Some(true)).then(|| "Microsoft".to_owned())),
        verified_publisher: verified,
        first_party,
        // An application of the gallery is registered here, and made elsewhere.
        home_made: tenant.and_then(owned_by).map(|own| own && template.is_none()),
        sign_on: sign_on(listed.word("preferredSingleSignOnMode")),
        template,
        homepage: listed.text("homepage"),
        reply_urls: listed.texts("replyUrls"),
        tags: listed.texts("tags"),
        enabled: listed.flag("accountEnabled"),
        created: listed.instant("createdDateTime"),
        assignment_required: listed.flag("appRoleAssignmentRequired"),
        owners: listed.items("owners").iter().filter_map(owner).collect(),
    })])
}

/// An owner may be a user or another application.
fn owner(owner: &Value) -> Option<String> {
    ["userPrincipalName", "displayName", "id"].iter().find_map(|name| owner.text(name))
}

fn sign_on(mode: Option<&str>) -> SignOn {
    match mode {
        Some("saml") => SignOn::Saml,
        Some("oidc") => SignOn::Oidc,
        Some("password") => SignOn::Password,
        Some("linked") => SignOn::Linked,
        _ => SignOn::Unknown,
    }
}
