//! The token endpoint.

use serde_json::{Value, json};

use crate::exchange::{Fields, Request, Response};
use crate::hosts::is_authority;
use crate::identity::access_token::{self, Claims};
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::{client, code, delegated, device, password};
use crate::throttle::{Meter, Verdict};
use crate::world::World;

/// How long an access token lives, in seconds.
pub(crate) const LIFE: i64 = 3599;

/// Which tenants a sign-in address speaks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    /// The simulated tenant, by id or domain.
    Tenant,
    /// Any account: `common`.
    Common,
    /// Any tenant: `organizations`.
    Organizations,
    /// Personal accounts: `consumers`.
    Consumers,
}

/// Which tenants the first segment of a path speaks for.
///
/// # Errors
/// When there is no such tenant, or it lives in another cloud.
pub(crate) fn door(world: &World, request: &Request, name: &str) -> Result<Door, Refusal> {
    match name.to_ascii_lowercase().as_str() {
        "common" => Ok(Door::Common),
        "organizations" => Ok(Door::Organizations),
        "consumers" => Ok(Door::Consumers),
        _ if is_authority(world.options.cloud, &request.host) && world.tenant.is_called(name) => Ok(Door::Tenant),
        _ if !name.contains('.') && crate::id::Id::parse(name).is_none() => {
            let text = format!(
                "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            );
            Err(Refusal::new(900_023, "invalid_request", text))
        }
        _ => {
            let text = format!(
                "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the \
                 correct cloud. Check with your subscription administrator, this may happen if there are no active \
                 subscriptions for the tenant."
            );
            Err(Refusal::new(90_002, "invalid_request", text))
        }
    }
}

/// Answers the token endpoint.
pub(crate) fn answer(world: &World, request: &Request, tenant: &str) -> Response {
    if let Some(seconds) = throttled(world, request) {
        let text = "Tenant request rate limit exceeded. Try again later.";
        let refusal = Refusal { status: 429, ..Refusal::new(90_055, "temporarily_unavailable", text) };
        return refusal.response(world).with("retry-after", seconds.to_string());
    }
    match granted(world, request, tenant) {
        Ok(body) => Response::json(200, "application/json; charset=utf-8", &body)
            .with("cache-control", "no-store, no-cache")
            .with("pragma", "no-cache"),
        Err(refusal) => refusal.response(world),
    }
}

/// Seconds to wait for an application that asks too often. A request that is refused counts too.
fn throttled(world: &World, request: &Request) -> Option<i64> {
    let meter = Meter::Tokens(world.options.token_limit?);
    let form = request.form_fields();
    let now = world.clock.now().as_millisecond();
    match world.state().throttle.count(form.get("client_id").unwrap_or_default(), meter, 1, now) {
        Verdict::Fine(_) => None,
        Verdict::Wait(seconds) => Some(seconds),
    }
}

fn granted(world: &World, request: &Request, tenant: &str) -> Result<Value, Refusal> {
    if request.method != http::Method::POST {
        return Err(Refusal::new(900_561, "invalid_request", "The endpoint only accepts POST requests."));
    }
    let door = door(world, request, tenant)?;
    let form = request.form_fields();
    let grant = form.get("grant_type").ok_or_else(|| Refusal::missing("grant_type"))?;
    if world.state().ledger.blocked.contains(grant) {
        let text = "Access has been blocked by Conditional Access policies. The access policy does not allow token \
                    issuance.";
        return Err(Refusal::new(53_003, "invalid_grant", text));
    }
    match grant {
        "client_credentials" => client_credentials(world, request, &form, door, tenant),
        "authorization_code" => code::redeem(world, &client::authenticate(world, request, &form, tenant)?, &form),
        "refresh_token" => delegated::refresh(world, &client::authenticate(world, request, &form, tenant)?, &form),
        "password" => password::grant(world, &client::authenticate(world, request, &form, tenant)?, &form, door),
        "urn:ietf:params:oauth:grant-type:device_code" => {
            device::poll(world, &client::authenticate(world, request, &form, tenant)?, &form)
        }
        other => {
            let text = format!("The app requested an unsupported grant type '{other}'.");
            Err(Refusal::new(70_003, "unsupported_grant_type", text))
        }
    }
}

fn client_credentials(
    world: &World,
    request: &Request,
    form: &Fields,
    door: Door,
    tenant: &str,
) -> Result<Value, Refusal> {
    if door != Door::Tenant {
        let text =
            "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(Refusal::new(50_059, "invalid_request", text));
    }
    let registration = client::authenticate(world, request, form, tenant)?;
    if registration.is_public(form) {
        return Err(client::secret_missing());
    }
    let scope = form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
    let scopes = Scopes::parse(world, scope)?;
    if !scopes.default || scope.split_whitespace().count() != 1 {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(Refusal::new(1_002_012, "invalid_scope", text));
    }
    let claims = Claims { shown: form.get("claims").map(str::to_owned), ..claims(world, &registration) };
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": LIFE,
        "ext_expires_in": LIFE,
        "access_token": access_token::issue(world, &claims),
    }))
}

/// What a token says of a client that speaks for itself.
pub(crate) fn claims(world: &World, registration: &Registration) -> Claims {
    let now = world.clock.now().as_second();
    let tenant = world.tenant.id.to_string();
    Claims {
        aud: format!("https://{}", world.options.cloud.graph()),
        iss: format!("https://sts.windows.net/{tenant}/"),
        iat: now,
        nbf: now,
        exp: now + LIFE,
        appid: registration.app_id.to_string(),
        app_displayname: registration.name.clone(),
        oid: registration.principal_id.to_string(),
        tid: tenant,
        idtyp: "app".to_owned(),
        roles: registration.roles.clone(),
        scp: None,
        wids: Vec::new(),
        shown: None,
        upn: None,
        epoch: world.state().token_epoch,
        ver: "1.0".to_owned(),
    }
}
