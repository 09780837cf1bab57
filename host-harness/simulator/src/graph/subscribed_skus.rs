//! Products that the tenant has, with their seats.

use serde_json::{Value, json};

use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::tenant::product::Product;
use crate::tenant::seats::{Contract, Status, consumed};

/// `GET /subscribedSkus`: all in one answer, without any query option.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    if !call.request.query.is_empty() {
        return Err(GraphError::unsupported_query("Query options are not supported for this resource."));
    }
    let tenant = &call.world.tenant;
    let rows = tenant.products.iter().zip(&tenant.contracts).map(|(product, contract)| row(call, product, contract));
    let context = call.context("subscribedSkus");
    Ok(call.json(200, &json!({"@odata.context": context, "value": rows.collect::<Vec<_>>()})))
}

fn row(call: &Call<'_>, product: &Product, contract: &Contract) -> Value {
    let world = call.world;
    let removed = &world.state().removed;
    let here = (0u32..).zip(&world.tenant.users).filter(|(place, _)| !removed.contains(place));
    let held = consumed(here.map(|(_, user)| user), product.role);
    let seats = |status: Status| if contract.status == status { contract.seats } else { 0 };
    let plan_status = if contract.status == Status::Suspended { "Disabled" } else { "Success" };
    let plans = product.plans.iter().map(|plan| {
        json!({
            "servicePlanId": plan.id.to_string(),
            "servicePlanName": plan.name,
            "provisioningStatus": plan_status,
            "appliesTo": "User",
        })
    });
    json!({
        "id": format!("{}_{}", world.tenant.id, product.sku),
        "accountId": world.tenant.id.to_string(),
        "accountName": world.tenant.name,
        "appliesTo": "User",
        "capabilityStatus": contract.status.word(),
        "consumedUnits": held,
        "prepaidUnits": {
            "enabled": seats(Status::Enabled),
            "suspended": seats(Status::Suspended),
            "warning": seats(Status::Warning),
            "lockedOut": 0,
        },
        "servicePlans": plans.collect::<Vec<_>>(),
        "skuId": product.sku.to_string(),
        "skuPartNumber": product.part_number,
        "subscriptionIds": contract.subscriptions.iter().map(|each| each.id.to_string()).collect::<Vec<_>>(),
    })
}
