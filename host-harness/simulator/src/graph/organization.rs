//! The organisation and what it subscribes to.

use serde_json::{Value, json};

use crate::clock::{instant, start_of};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::tenant::product::Product;
use crate::tenant::seats::{Contract, Status, Subscription};

/// `GET /organization`: one item.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["select"])?;
    let tenant = &call.world.tenant;
    let domain = |name: &str, initial: bool| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": !initial,
            "isInitial": initial,
            "name": name,
            "type": "Managed",
        })
    };
    let plans = tenant.products.first().map(|product| product.plans.as_slice()).unwrap_or_default();
    let assigned = plans.iter().map(|plan| {
        json!({
            "assignedDateTime": "2021-03-01T09:00:00Z",
            "capabilityStatus": "Enabled",
            "service": plan.name,
            "servicePlanId": plan.id.to_string(),
        })
    });
    let mut organization = json!({
        "id": tenant.id.to_string(),
        "deletedDateTime": null,
        "businessPhones": [],
        "city": "Hamburg",
        "country": null,
        "countryLetterCode": "DE",
        "createdDateTime": "2018-05-14T08:21:07Z",
        "defaultUsageLocation": null,
        "displayName": tenant.name,
        "onPremisesSyncEnabled": true,
        "preferredLanguage": "en",
        "tenantType": "AAD",
        "verifiedDomains": [domain(&tenant.domains.initial, true), domain(&tenant.domains.own, false)],
        "assignedPlans": assigned.collect::<Vec<_>>(),
    });
    if let (Some(names), Some(fields)) = (query.select(), organization.as_object_mut()) {
        fields.retain(|name, _| name == "id" || names.contains(&name.as_str()));
    }
    Ok(call.json(200, &json!({"@odata.context": call.context("organization"), "value": [organization]})))
}

/// `GET /directory/subscriptions`: purchases and trials.
pub(crate) fn subscriptions(call: &Call<'_>) -> Result<Response, GraphError> {
    call.query(&[])?;
    let tenant = &call.world.tenant;
    let rows = tenant.products.iter().zip(&tenant.contracts);
    let rows = rows.flat_map(|(product, contract)| {
        contract.subscriptions.iter().map(move |subscription| row(call, product, contract, subscription))
    });
    let context = call.context("directory/subscriptions");
    Ok(call.json(200, &json!({"@odata.context": context, "value": rows.collect::<Vec<_>>()})))
}

fn row(call: &Call<'_>, product: &Product, contract: &Contract, subscription: &Subscription) -> Value {
    let start = call.world.start;
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
        "id": subscription.id.to_string(),
        "commerceSubscriptionId": subscription.commerce_id.to_string(),
        "createdDateTime": instant(start_of(start - subscription.created_ago)),
        "isTrial": subscription.trial,
        "nextLifecycleDateTime": subscription.ends_in.map(|days| instant(start_of(start + days))),
        "ownerId": null,
        "ownerTenantId": null,
        "ownerType": null,
        "serviceStatus": plans.collect::<Vec<_>>(),
        "skuId": product.sku.to_string(),
        "skuPartNumber": product.part_number,
        "status": contract.status.word(),
        "totalLicenses": subscription.seats,
    })
}
