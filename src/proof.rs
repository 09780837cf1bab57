//! The smallest calls that prove a connection, and what they tell of it.

use serde_json::Value;

use crate::capability::{self, Known, Premium};
use crate::catalogue::{self, PREMIUM_PLANS};
use crate::cloud::Cloud;
use crate::contract::connector::{Context, Examined};
use crate::contract::dialogue::{Capability, Granted};
use crate::contract::rows::Tier;
use crate::contract::types::Error;
use crate::datasets::{credentials, subscriptions};
use crate::fault;
use crate::graph::Graph;
use crate::http::{Response, Transport};
use crate::json::Fields;
use crate::manifest;
use crate::permission;
use crate::plan;
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

/// Reads the tenant with a token that was just issued. Only the first call must succeed, where the token allows it; the
/// others tell what will work.
///
/// # Errors
/// What Graph says of the tenant itself.
pub fn read(transport: &dyn Transport, settings: &Settings, token: &Secret, now: i64) -> Result<Proof, Error> {
    let authorization = format!("Bearer {}", token.reveal());
    let headers = [("authorization", authorization.as_str())];
    let asking = Asking { graph: Graph::new(transport, settings.cloud.graph_root()), headers: &headers };
    let claims = Claims::of(token);
    let may = |permission| claims.as_ref().is_none_or(|claims| claims.grants(permission));
    let (id, name) = match (asking.tenant(), claims.as_ref().and_then(|claims| claims.tenant.clone())) {
        // Granted was less than that, such as usage reports alone: the token itself says of which tenant it is.
        (Err(Error::Forbidden(_)), Some(id)) if !(may(permission::ORGANIZATION) || may(permission::DIRECTORY)) => {
            (id, None)
        }
        (tenant, _) => tenant?,
    };
    let (known, capabilities, granted) = look(&asking, settings, claims, now, None);
    let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| settings.tenant.clone());
    Ok(Proof { name, id, known, capabilities, granted })
}

/// Finds out what a connection that stands can do, with a credential made for it. What Graph refuses is told as a line
/// and no failure, so that the new credential is never lost: with it goes the refresh token that the next one needs.
///
/// # Errors
/// As [`renew::renew`].
pub fn examine(
    transport: &dyn Transport,
    settings: &Settings,
    keep: Option<&[u8]>,
    now: i64,
) -> Result<Examined, Error> {
    let (mut capabilities, mut granted) = (Vec::new(), Vec::new());
    let renewed = renew::renew_and_try(transport, settings, keep, now, &mut |transport, bearer| {
        let authorization = format!("Bearer {bearer}");
        let headers = [("authorization", authorization.as_str())];
        let asking = Asking { graph: Graph::new(transport, settings.cloud.graph_root()), headers: &headers };
        let refused = asking.tenant().err();
        let claims = Claims::of(&Secret::new(bearer.to_owned()));
        (_, capabilities, granted) = look(&asking, settings, claims, now, refused);
    })?;
    Ok(Examined { renewed, capabilities, granted })
}

/// What a token opens, in about ten requests of one entry each, none of them twice. `refused` is why the tenant could not
/// be read.
fn look(
    asking: &Asking,
    settings: &Settings,
    claims: Option<Claims>,
    now: i64,
    refused: Option<Error>,
) -> (Known, Vec<Capability>, Vec<Granted>) {
    let may = |permission| claims.as_ref().is_none_or(|claims| claims.grants(permission));
    let skus = asking.list(permission::PRODUCTS_PROBE, permission::LICENCES);
    let concealed = (settings.cloud == Cloud::Global && may(permission::REPORT_SETTINGS))
        .then(|| asking.get(permission::SETTINGS_PROBE, permission::REPORT_SETTINGS).ok().and_then(read_concealment))
        .flatten();
    let list = |path: &str, permission| {
        let may = may(permission) || may(permission::DIRECTORY);
        may.then(|| asking.list(path, permission))
    };
    let purchases = list(subscriptions::PURCHASES, permission::ORGANIZATION).and_then(Result::ok).unwrap_or_default();
    let own = list(&credentials::path(settings), permission::APPLICATION);
    let registration = own.as_ref().and_then(|own| own.as_ref().ok()?.first());
    let mut known = Known {
        premium: skus.as_ref().ok().map(|skus| premium(skus, &purchases)),
        paid: skus.as_ref().ok().map(|skus| skus.iter().any(|sku| usable(sku) && is_paid(sku, &purchases))),
        concealed,
        cloud: settings.cloud,
        credentials: credentials::rows(settings, registration, now),
        now,
        probes: vec![
            (permission::TENANT_PROBE.to_owned(), refused),
            (permission::PRODUCTS_PROBE.to_owned(), skus.err()),
        ],
        claims,
    };
    if let Some(own) = own {
        known.probes.push((credentials::PROBE.to_owned(), own.err()));
    }
    let datasets = manifest::datasets();
    for dataset in &datasets {
        for (path, permission) in capability::probes(&known, dataset) {
            if known.probes.iter().all(|(asked, _)| asked != path) {
                let refused = asking.get(path, permission).err();
                known.probes.push((path.to_owned(), refused));
            }
        }
    }
    let tasks = plan::plan(settings, &[], &Context { now, baseline_ended: None }).tasks;
    let capabilities = capability::report(&known, &datasets, &tasks);
    let granted = capability::granted(&known, &capabilities);
    (known, capabilities, granted)
}

/// Graph, asked with a token at hand.
struct Asking<'a> {
    graph: Graph<'a>,
    headers: &'a [(&'a str, &'a str)],
}

impl Asking<'_> {
    /// The id of the tenant, and its name for people.
    fn tenant(&self) -> Result<(String, Option<String>), Error> {
        let tenants = self.list(permission::TENANT_PROBE, permission::ORGANIZATION)?;
        let tenant = tenants.first().and_then(|tenant| Some((tenant.text("id")?, tenant.text("displayName"))));
        tenant.ok_or_else(|| fault::protocol("Microsoft Graph does not say which tenant this is."))
    }

    fn get(&self, path: &str, permission: &'static str) -> Result<Response, Error> {
        self.graph.needing(permission).get(&format!("{}{path}", self.graph.root), self.headers)
    }

    fn list(&self, path: &str, permission: &'static str) -> Result<Vec<Value>, Error> {
        let url = format!("{}{path}", self.graph.root);
        self.graph.needing(permission).page(&url, self.headers).map(|page| page.value)
    }
}

/// A product can be used: paid for, or in the time after its end in which it still works.
fn usable(sku: &Value) -> bool {
    matches!(sku.word("capabilityStatus"), Some("Enabled" | "Warning"))
}

/// The purchases of a product that still run.
fn of<'a>(sku: &'a Value, purchases: &'a [Value]) -> impl Iterator<Item = &'a Value> {
    let id = sku.word("skuId").unwrap_or_default();
    purchases.iter().filter(move |purchase| {
        purchase.word("skuId").is_some_and(|sku| sku.eq_ignore_ascii_case(id))
            && matches!(purchase.word("status"), Some("Enabled" | "Warning"))
    })
}

/// Neither free nor a trial, as far as name, seats and purchases tell.
fn is_paid(sku: &Value, purchases: &[Value]) -> bool {
    let seats = sku.get("prepaidUnits").and_then(|units| units.number("enabled")).unwrap_or(0);
    let word = |name| sku.word(name).unwrap_or_default();
    let tier = catalogue::tier(word("skuId"), word("skuPartNumber"), u64::try_from(seats).unwrap_or(0));
    let mut its = of(sku, purchases).peekable();
    let only_trials = its.peek().is_some() && its.all(|purchase| purchase.flag("isTrial") == Some(true));
    matches!(tier, Tier::Paid | Tier::Unknown) && !only_trials
}

/// Whether a product that can be used holds Entra ID P1 or P2, and for how long when that is only a trial.
fn premium(skus: &[Value], purchases: &[Value]) -> Premium {
    let works = |plan: &Value| {
        let id = plan.word("servicePlanId").unwrap_or_default();
        PREMIUM_PLANS.iter().any(|premium| premium.eq_ignore_ascii_case(id))
            && plan.word("provisioningStatus") == Some("Success")
    };
    let holds = |sku: &&Value| usable(sku) && sku.items("servicePlans").iter().any(works);
    let mut holders = skus.iter().filter(holds).peekable();
    if holders.peek().is_none() {
        return Premium::No;
    }
    let mut last = None;
    for sku in holders {
        if is_paid(sku, purchases) {
            return Premium::Yes;
        }
        last = last.max(of(sku, purchases).filter_map(|purchase| purchase.instant("nextLifecycleDateTime")).max());
    }
    Premium::Trial(last)
}

/// Whether names are concealed in reports; `None` when it cannot be found out.
pub(crate) fn concealed(graph: &Graph, url: &str, headers: &[(&str, &str)]) -> Option<bool> {
    read_concealment(graph.get(url, headers).ok()?)
}

fn read_concealment(response: Response) -> Option<bool> {
    concealment(&serde_json::from_slice(&response.bytes(SETTINGS_CAP).ok()?).ok()?)
}

/// The setting stands in the answer itself or, as the documentation has it, below `value`.
pub(crate) fn concealment(settings: &Value) -> Option<bool> {
    let names = ["/displayConcealedNames", "/value/displayConcealedNames"];
    names.iter().find_map(|name| settings.pointer(name)).and_then(Value::as_bool)
}

/// The report settings are one small object.
const SETTINGS_CAP: usize = 64 * 1024;
