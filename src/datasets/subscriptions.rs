//! What was bought: purchases with their terms (`/directory/subscriptions`), then products with their seats
//! (`/subscribedSkus`).
//!
//! Purchases come first, because only they tell a trial of a paid product from the product: what they say of a SKU
//! travels in the cursor to the second request. When they may not be read, products are published all the same, with
//! one subscription row for each SKU made of what is known.
//!
//! Graph does not tell the length of a term. It is inferred from the next lifecycle date: more than a year ahead means
//! three years, more than a month ahead one year; nearer, the age of the purchase in whole years means one year, and
//! any other age a month.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Plan, Product, Row, Subscription, SubscriptionStatus, Tier};
use crate::contract::types::{Error, Instant};
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, gap, permissions};
use crate::json::Fields;
use crate::kept;
use crate::kept::Kept;
use crate::permission;
use crate::product_names::Names;
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "subscriptions";

/// Purchases with their terms.
pub const PURCHASES: &str = "/v1.0/directory/subscriptions";
const SKUS: &str = "/v1.0/subscribedSkus";

/// What the purchases of a SKU say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Bought {
    /// Nothing but trials.
    Trials,
    /// At least one that is no trial.
    #[default]
    Paid,
}

/// Where the work goes on.
impl Kept for Bought {
    fn put(&self) -> Value {
        Value::from(*self == Bought::Trials)
    }

    fn take(value: &Value) -> Option<Self> {
        Some(if value.as_bool()? { Bought::Trials } else { Bought::Paid })
    }
}

#[derive(Default)]
struct Cursor {
    /// The page to be read; `None`: the first of its collection.
    next: Option<String>,
    /// The purchases are read, or cannot be.
    skus: bool,
    /// The purchases could not be read: each SKU gets a subscription row of its own.
    bare: bool,
    /// What the purchases say of each SKU, as long as any of them is usable.
    bought: BTreeMap<String, Bought>,
}

kept!(Cursor { next, skus, bare, bought });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Products and subscriptions".to_owned(),
        help: "What was bought: products with their seats, and the purchases behind them with their terms.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Product, Kind::Subscription],
        columns: columns(&[
            ("id", "The SKU id of a product; the id of a subscription."),
            ("code", "The string id of the SKU, such as SPE_E3."),
            ("name", "The name for people, from the customer's file product-names or the connector's catalogue."),
            ("tier", "paid, free or trial, by the purchases, the catalogue and the name."),
            ("per-user", "The product is assigned to users."),
            ("seats-enabled", "Seats that are paid for and can be assigned."),
            ("seats-warning", "Seats whose subscription has ended and that still work."),
            ("seats-suspended", "Seats that no longer work."),
            ("seats-assigned", "Seats that are assigned; may be more than there are."),
            ("plans", "The service plans of the product, with their names for people."),
            ("product", "The SKU id of a subscription."),
            ("status", "The state of a subscription."),
            ("seats", "The seats of a subscription."),
            ("created", "When a subscription was bought."),
            ("renews", "When its term ends or its state changes next."),
            ("term-months", "The length of its term, inferred."),
            ("partner", "The tenant id of the partner who sold it."),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::ORGANIZATION]]),
        licence: None,
    }
}

/// Reads one page of purchases, or of SKUs.
///
/// # Errors
/// What Graph says of SKUs, and of purchases when it does not refuse them.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    if at.skus { skus(env, at) } else { purchases(env, at) }
}

fn purchases(env: &Env, mut at: Cursor) -> Result<Step, Error> {
    let url = at.next.take().unwrap_or_else(|| format!("{}{PURCHASES}", env.graph.root));
    let page = match env.graph.needing(permission::ORGANIZATION).page(&url, &[]) {
        Ok(page) => page,
        Err(cause @ (Error::Forbidden(_) | Error::NotFound(_))) => {
            let mend = "Grant the application Organization.Read.All or Directory.Read.All, so that terms, renewals and \
                        trials are known.";
            let outcome = cursor::more(&Cursor { skus: true, bare: true, ..Cursor::default() })?;
            return Ok(Step { outcome, gaps: vec![gap(ID, Some("renews"), cause, mend)] });
        }
        Err(error) => return Err(error),
    };
    let (names, _) = Names::read(env.store)?;
    let mut rows = Vec::new();
    for purchase in &page.value {
        tally(purchase, &mut at.bought);
        rows.extend(subscription(purchase, env.context.now, &names).map(Row::Subscription));
    }
    env.sink.emit(rows)?;
    match page.next_link {
        Some(next) => {
            refuse_loop(&url, &next)?;
            at.next = Some(next);
        }
        None => at.skus = true,
    }
    Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
}

fn skus(env: &Env, mut at: Cursor) -> Result<Step, Error> {
    let (names, misread) = Names::read(env.store)?;
    let url = at.next.take().unwrap_or_else(|| format!("{}{SKUS}", env.graph.root));
    let page = env.graph.needing(permission::LICENCES).page(&url, &[])?;
    let (mut rows, mut unknown) = (Vec::new(), Vec::new());
    for sku in &page.value {
        let Some(product) = product(sku, &at.bought, &names) else { continue };
        if product.tier == Tier::Unknown {
            unknown.push(product.code.clone());
        }
        if at.bare {
            rows.push(Row::Subscription(bare(sku, &product)));
        }
        rows.push(Row::Product(product));
    }
    env.sink.emit(rows)?;
    let mut gaps = unpriceable(&unknown);
    let Some(next) = page.next_link else {
        gaps.extend(misread);
        return Ok(step::done_with(gaps));
    };
    refuse_loop(&url, &next)?;
    at.next = Some(next);
    Ok(Step { outcome: cursor::more(&at)?, gaps })
}

/// Names the products of which it is not known whether they are paid for.
fn unpriceable(codes: &[String]) -> Vec<Gap> {
    if codes.is_empty() {
        return Vec::new();
    }
    let message = format!("It is not known whether these products are paid for: {}.", codes.join(", "));
    let mend = "Import Microsoft's table of product names as the reference file \"product-names\", or use a newer version \
                of the connector; until then no advice is given on them.";
    vec![gap(ID, Some("tier"), Error::NotFound(crate::fault::sentence(&message)), mend)]
}

/// Counts a purchase among those of its SKU.
fn tally(purchase: &Value, bought: &mut BTreeMap<String, Bought>) {
    let usable = matches!(status(purchase.word("status")), SubscriptionStatus::Active | SubscriptionStatus::Warning);
    let (true, Some(sku), Some(trial)) = (usable, purchase.word("skuId"), purchase.flag("isTrial")) else { return };
    let entry = bought.entry(sku.to_ascii_lowercase()).or_insert(Bought::Trials);
    if !trial {
        *entry = Bought::Paid;
    }
}

fn subscription(purchase: &Value, now: Instant, names: &Names) -> Option<Subscription> {
    let seats = purchase.number("totalLicenses").and_then(|seats| u64::try_from(seats).ok());
    let tier = match purchase.flag("isTrial") {
        Some(true) => Tier::Trial,
        _ => {
            let word = |name| purchase.word(name).unwrap_or_default();
            names.tier(word("skuId"), word("skuPartNumber"), seats.unwrap_or(0))
        }
    };
    let status = status(purchase.word("status"));
    let (created, renews) = (purchase.instant("createdDateTime"), purchase.instant("nextLifecycleDateTime"));
    let runs = status == SubscriptionStatus::Active && tier != Tier::Trial;
    let term_months = renews.filter(|_| runs).and_then(|renews| term(created, renews, now));
    Some(Subscription {
        id: purchase.text("id")?,
        product: purchase.text("skuId")?,
        status,
        tier,
        seats,
        created,
        renews,
        term_months,
        term_inferred: term_months.is_some(),
        partner: purchase.text("ownerTenantId"),
    })
}

fn product(sku: &Value, bought: &BTreeMap<String, Bought>, names: &Names) -> Option<Product> {
    let id = sku.text("skuId")?;
    let code = sku.text("skuPartNumber").unwrap_or_else(|| id.clone());
    let units = |name| count(units(sku, name));
    let seats_enabled = units("enabled");
    let tier = match (names.tier(&id, &code, seats_enabled), bought.get(&id.to_ascii_lowercase())) {
        (Tier::Paid | Tier::Unknown, Some(Bought::Trials)) => Tier::Trial,
        (tier, _) => tier,
    };
    Some(Product {
        name: names.product(&id, &code).unwrap_or(&code).to_owned(),
        per_user: sku.word("appliesTo").is_none_or(|to| to.eq_ignore_ascii_case("user")),
        seats_enabled,
        seats_warning: units("warning"),
        seats_suspended: units("suspended"),
        seats_assigned: count(sku.number("consumedUnits")),
        id,
        code,
        tier,
        plans: sku.items("servicePlans").iter().filter_map(|listed| plan(listed, names)).collect(),
    })
}

/// The purchase behind a SKU, as far as the SKU itself tells.
fn bare(sku: &Value, product: &Product) -> Subscription {
    Subscription {
        id: sku.text("id").unwrap_or_else(|| product.id.clone()),
        product: product.id.clone(),
        status: status(sku.word("capabilityStatus")),
        tier: product.tier,
        seats: units(sku, "enabled").map(|seats| count(Some(seats))),
        created: None,
        renews: None,
        term_months: None,
        term_inferred: false,
        partner: None,
    }
}

fn units(sku: &Value, name: &str) -> Option<i64> {
    sku.get("prepaidUnits")?.number(name)
}

fn plan(listed: &Value, names: &Names) -> Option<Plan> {
    let id = listed.text("servicePlanId")?;
    let name = names.plan(&id).or(listed.word("servicePlanName")).unwrap_or(&id).to_owned();
    Some(Plan { id, name, enabled: listed.word("provisioningStatus") == Some("Success") })
}

/// Seats. Fewer than none are none.
fn count(seats: Option<i64>) -> u64 {
    seats.and_then(|seats| u64::try_from(seats).ok()).unwrap_or(0)
}

fn status(status: Option<&str>) -> SubscriptionStatus {
    match status {
        Some("Enabled") => SubscriptionStatus::Active,
        Some("Warning") => SubscriptionStatus::Warning,
        Some("Suspended") => SubscriptionStatus::Suspended,
        Some("Deleted") => SubscriptionStatus::Deleted,
        Some("LockedOut") => SubscriptionStatus::LockedOut,
        _ => SubscriptionStatus::Unknown,
    }
}

/// The months of a term, inferred as the module says; `None` when nothing speaks for any.
fn term(created: Option<Instant>, renews: Instant, now: Instant) -> Option<u16> {
    match renews.checked_sub(now)? / time::DAY {
        ..0 => None,
        367.. => Some(36),
        32..=366 => Some(12),
        _ => {
            let (months, days) = time::months_between(time::day_of(created?), time::day_of(renews))?;
            // Renewals drift by a day or two against the day of purchase.
            let whole = if days > 27 { months + 1 } else { months };
            Some(if whole > 0 && whole % 12 == 0 && !(4..=27).contains(&days) { 12 } else { 1 })
        }
    }
}

#[cfg(test)]
#[path = "subscriptions_tests.rs"]
mod tests;
