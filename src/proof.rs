//! The smallest calls that prove a connection, and what they tell of it.

use serde_json::Value;

use crate::capability::{self, Known};
use crate::catalogue::PREMIUM_PLANS;
use crate::cloud::Cloud;
use crate::contract::connector::Examined;
use crate::contract::dialogue::{Capability, Granted};
use crate::contract::types::Error;
use crate::fault;
use crate::graph::Graph;
use crate::http::Transport;
use crate::json::Fields;
use crate::manifest;
use crate::permission;
use crate::renew;
use crate::settings::{Secret, Settings};
use crate::sign_in::claims::Claims;

/// A tenant that answered.
#[derive(Debug)]
pub struct Proof {
    /// The name of the tenant for people.
    pub name: String,
    /// The id of the tenant.
    pub id: String,
    /// What was found out of it.
    pub known: Known,
    /// What will work.
    pub capabilities: Vec<Capability>,
    /// What was granted, and what it is for.
    pub granted: Vec<Granted>,
}

/// Reads the tenant with a token that was just issued. Only the first call must succeed; the others tell what will
/// work.
///
/// # Errors
/// What Graph says of the tenant itself.
pub fn read(transport: &dyn Transport, settings: &Settings, token: &Secret) -> Result<Proof, Error> {
    let graph = Graph::new(transport, settings.cloud.graph_root());
    let authorization = format!("Bearer {}", token.reveal());
    let headers = [("authorization", authorization.as_str())];
    let at = |path: &str| format!("{}{path}", graph.root);

    let tenants = graph
        .needing(permission::ORGANIZATION)
        .page::<Value>(&at("/v1.0/organization?$select=id,displayName"), &headers)?;
    let tenant = tenants.value.first();
    let Some((id, name)) = tenant.and_then(|tenant| Some((tenant.text("id")?, tenant.text("displayName")))) else {
        return Err(fault::protocol("Microsoft Graph does not say which tenant this is."));
    };

    let claims = Claims::of(token);
    let skus = graph.page::<Value>(&at("/v1.0/subscribedSkus"), &headers);
    let may_ask = settings.cloud == Cloud::Global
        && claims.as_ref().is_some_and(|claims| claims.grants(permission::REPORT_SETTINGS));
    let concealed = if may_ask { concealed(&graph, &at("/v1.0/admin/reportSettings"), &headers) } else { None };
    let known = Known { claims, premium: skus.ok().map(|skus| premium(&skus.value)), concealed, cloud: settings.cloud };
    let capabilities = capability::report(&known, &manifest::datasets());
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| settings.tenant.clone());
    let granted = capability::granted(&known, &capabilities);
    Ok(Proof { name, id, known, capabilities, granted })
}

/// Finds out what a connection that stands can do, with a credential made for it.
///
/// # Errors
/// As [`renew::renew`] and [`read`].
pub fn examine(
    transport: &dyn Transport,
    settings: &Settings,
    keep: Option<&[u8]>,
    now: i64,
) -> Result<Examined, Error> {
    let renewed = renew::renew(transport, settings, keep, now)?;
    let proof = read(transport, settings, &Secret::new(renewed.bearer.clone()))?;
    Ok(Examined { renewed, capabilities: proof.capabilities, granted: proof.granted })
}

/// Whether a product that can be used holds Entra ID P1 or P2.
fn premium(skus: &[Value]) -> bool {
    let works = |plan: &Value| {
        let id = plan.word("servicePlanId").unwrap_or_default();
        PREMIUM_PLANS.iter().any(|premium| premium.eq_ignore_ascii_case(id))
            && plan.word("provisioningStatus") == Some("Success")
    };
    let usable = |sku: &&Value| matches!(sku.word("capabilityStatus"), Some("Enabled" | "Warning"));
    skus.iter().filter(usable).any(|sku| sku.items("servicePlans").iter().any(works))
}

/// The setting stands in the answer itself or, as the documentation has it, below `value`.
pub(crate) fn concealed(graph: &Graph, url: &str, headers: &[(&str, &str)]) -> Option<bool> {
    let response = graph.get(url, headers).ok()?;
    let settings: Value = serde_json::from_slice(&response.bytes(SETTINGS_CAP).ok()?).ok()?;
    let names = ["/displayConcealedNames", "/value/displayConcealedNames"];
    names.iter().find_map(|name| settings.pointer(name)).and_then(Value::as_bool)
}

/// The report settings are one small object.
const SETTINGS_CAP: usize = 64 * 1024;
