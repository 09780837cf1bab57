//! Whether the tenant has Entra ID P1 or P2, without which Entra ID tells nothing of sign-ins.
//!
//! Tenants that have it are refused at random all the same (microsoftgraph/microsoft-graph-docs-contrib issue 3033),
//! so a refusal is believed only when the products of the tenant agree with it.

use crate::catalogue::PREMIUM_PLANS;
use crate::contract::rows::{Kind, Product, Row};
use crate::contract::types::{Delay, Error, Fault};
use crate::step::{self, Store};

/// The licence, as Microsoft calls it.
pub const PLAN: &str = "Microsoft Entra ID P1 or P2";

/// What a refusal for want of a licence means: for now, when a product of the tenant holds the licence; else for good.
/// Every other error stays what it is.
#[must_use]
pub fn judged(store: &dyn Store, error: Error) -> Error {
    let Error::LicenceNeeded(licence) = error else { return error };
    let Ok(products) = step::all(store, Kind::Product) else { return Error::LicenceNeeded(licence) };
    let premium = products.iter().any(|row| matches!(row, Row::Product(product) if is_premium(product)));
    if !premium {
        return Error::LicenceNeeded(licence);
    }
    Error::Unavailable(Delay {
        fault: Fault {
            message: format!("{} The tenant does have {PLAN}, so the refusal may pass.", licence.fault.message),
            mend: Some("Run again later; Microsoft at times refuses premium tenants by mistake.".to_owned()),
            ..licence.fault
        },
        retry_after: None,
    })
}

/// Whether a product that can be used now holds a premium plan that works.
fn is_premium(product: &Product) -> bool {
    let usable = product.seats_enabled > 0 || product.seats_warning > 0;
    let holds = |id: &str| PREMIUM_PLANS.iter().any(|plan| plan.eq_ignore_ascii_case(id));
    usable && product.plans.iter().any(|plan| plan.enabled && holds(&plan.id))
}
