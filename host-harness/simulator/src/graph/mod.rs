//! Graph: who may ask, what it counts against, and which endpoint answers.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod applications;
pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod filter;
pub(crate) mod granting;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod listing;
pub(crate) mod organization;
pub(crate) mod page;
pub(crate) mod query;
pub(crate) mod registering;
pub(crate) mod route;
pub(crate) mod service_principals;
pub(crate) mod sign_ins;
pub(crate) mod subscribed_skus;
pub(crate) mod summaries;
pub(crate) mod user_fields;
pub(crate) mod users;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::exchange::{Request, Response};
use crate::fault::Mishap;
use crate::identity::access_token::{self, Claims, Flaw};
use crate::throttle::{Meter, Verdict};
use crate::world::World;
use call::{Call, Version};
use error::GraphError;
use route::{Family, ROUTES, Route};

/// The share of a limit from which an answer tells how much is used.
const TOLD_FROM: f64 = 0.8;

/// Answers a request to Graph.
pub(crate) fn answer(world: &World, request: &Request, mishap: Option<&Mishap>) -> Response {
    let id = world.seal.id().to_string();
    let client_id = request.header("client-request-id").unwrap_or(&id).to_owned();
    let response = handle(world, request, mishap).unwrap_or_else(|error| {
        let now = world.clock.now().to_string();
        let date = now.get(..19).unwrap_or_default();
        error.response(&json!({"date": date, "request-id": id, "client-request-id": client_id}))
    });
    let diagnostic = json!({"ServerInfo": {"DataCenter": "Simulator", "Slice": "E", "Ring": "1", "ScaleUnit": "000"}});
    response
        .with("request-id", id)
        .with("client-request-id", client_id)
        .with("x-ms-ags-diagnostic", diagnostic.to_string())
}

fn handle(world: &World, request: &Request, mishap: Option<&Mishap>) -> Result<Response, GraphError> {
    let claims = authenticate(world, request)?;
    let mut segments = request.path.split('/').filter(|segment| !segment.is_empty());
    let version = match segments.next() {
        Some("v1.0") => Version::V1,
        Some("beta") => Version::Beta,
        _ => return Err(GraphError::bad_request("Invalid version.")),
    };
    let segments: Vec<&str> = segments.collect();
    let (route, params) = find(request, version, &segments)?;
    let call = Call { world, request, version, params, claims, now: world.clock.now(), mishap };
    authorize(&call, route)?;
    let (units, share) = meter(&call, route)?;
    let mut response = (route.handler)(&call)?;
    if let Family::Directory(_) = route.family {
        response = response.with("x-ms-resource-unit", units.to_string());
    }
    if share >= TOLD_FROM {
        response = response.with("x-ms-throttle-limit-percentage", format!("{share:.2}"));
    }
    Ok(response)
}

fn authenticate(world: &World, request: &Request) -> Result<Claims, GraphError> {
    let refuse_with = |message: &str, more: &str| {
        let mut error = GraphError::new(401, "InvalidAuthenticationToken", message);
        error.headers.push((
            "www-authenticate",
            format!(
                "Bearer realm=\"\", authorization_uri=\"https://{}/common/oauth2/authorize\"{more}",
                world.options.cloud.authority()
            ),
        ));
        error
    };
    let refuse = |message: &str| refuse_with(message, "");
    let Some(token) = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(refuse("Access token is empty."));
    };
    let claims = access_token::verify(world, token, &format!("https://{}", request.host)).map_err(|flaw| {
        refuse(match flaw {
            Flaw::Malformed => "IDX14100: JWT is not well formed, there are no dots (.).",
            Flaw::Forged => "Access token validation failure. Invalid signature.",
            Flaw::Expired => "Lifetime validation failed, the token is expired.",
            Flaw::Audience => "Access token validation failure. Invalid audience.",
        })
    })?;
    let demanded = world.state().ledger.policy_of_graph.clone();
    match demanded {
        Some(demanded) if claims.shown.as_ref() != Some(&demanded) => {
            let demanded = STANDARD.encode(demanded);
            let more = format!(", error=\"insufficient_claims\", claims=\"{demanded}\"");
            Err(refuse_with("Continuous access evaluation resulted in challenge.", &more))
        }
        _ => Ok(claims),
    }
}

fn find<'a>(
    request: &Request,
    version: Version,
    segments: &[&'a str],
) -> Result<(&'static Route, Vec<&'a str>), GraphError> {
    let mut elsewhere = false;
    for route in ROUTES {
        if let Some(params) = route.matches(segments) {
            elsewhere = true;
            if route.method == request.method.as_str() && route.only.is_none_or(|only| only == version) {
                return Ok((route, params));
            }
        }
    }
    let last = segments.last().copied().unwrap_or_default();
    if elsewhere && request.method != http::Method::GET {
        return Err(GraphError::new(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        ));
    }
    Err(GraphError::bad_request(format!("Resource not found for the segment '{last}'.")))
}

/// Directory roles that open sign-in logs to a user: Reports Reader, Security Reader, Security Operator, Security
/// Administrator, Global Reader, Global Administrator.
const SIGN_IN_ROLES: [&str; 6] = [
    "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "5d6b6bb7-de71-4623-b4af-96380a352509",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "62e90394-69f5-4237-9190-012177145e10",
];

/// Directory roles that open usage reports to a user: Reports Reader, Global Reader, Global Administrator, and the
/// administrators of Exchange, SharePoint, Skype for Business and Teams.
const REPORT_ROLES: [&str; 7] = [
    "4a5d8f65-41da-4de4-8968-e035b65339cf",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "62e90394-69f5-4237-9190-012177145e10",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "75941009-915a-4869-abe7-691bff18279e",
    "69091246-20e8-4a56-aa4d-066075b2a7a8",
];

fn authorize(call: &Call<'_>, route: &Route) -> Result<(), GraphError> {
    let permitted = call.may(route.any) && route.all.iter().all(|each| call.may(&[each]));
    let roles: &[&str] = match route.family {
        Family::AuditLogs => &SIGN_IN_ROLES,
        Family::Reports | Family::ReportSettings => &REPORT_ROLES,
        Family::Change(roles) => roles,
        Family::Directory(_) => &[],
    };
    let delegated = call.claims.scp.is_some();
    let has_role = roles.is_empty() || call.claims.wids.iter().any(|role| roles.contains(&role.as_str()));
    if permitted && (!delegated || has_role) {
        return Ok(());
    }
    Err(match route.family {
        Family::Reports | Family::ReportSettings => GraphError::denied_by_reports(),
        _ => GraphError::denied(),
    })
}

/// Counts the call; the resource units that it costs, and the share of the limit that is used.
fn meter(call: &Call<'_>, route: &Route) -> Result<(u32, f64), GraphError> {
    let (meter, units, scope) = match route.family {
        Family::Directory(units) => {
            let query = call.request.query_fields();
            let has = |name: &str| query.get(name).is_some();
            let small = query.get("$top").and_then(|top| top.parse().ok()).is_some_and(|top: u32| top < 20);
            let saved = u32::from(has("$select")) + u32::from(small);
            let units = (units + u32::from(has("$expand"))).saturating_sub(saved).max(1);
            (Meter::Directory, units, "Tenant_Application/ReadWrite")
        }
        Family::Change(_) => (Meter::Directory, 1, "Tenant_Application/ReadWrite"),
        Family::AuditLogs => (Meter::AuditLogs, 1, "Tenant_Application/AuditLogs"),
        Family::Reports => {
            let name = call.param(0).split('(').next().unwrap_or_default();
            (Meter::Report(name.to_owned()), 1, "Tenant_Application/Reports")
        }
        Family::ReportSettings => return Ok((1, 0.0)),
    };
    let now = call.now.as_millisecond();
    match call.world.state().throttle.count(&call.claims.appid, meter, units, now) {
        Verdict::Fine(share) => Ok((units, share)),
        Verdict::Wait(seconds) => Err(GraphError::throttled(seconds, &format!("{scope}/{}", call.claims.appid))),
    }
}
