//! The products that the tenant buys: SKUs with their service plans.
//!
//! Part numbers, ids and service plans are those of Microsoft's table of product names and service plan identifiers.

use crate::id::Id;
use crate::options::Premium;
use crate::tenant::change::Change;

/// One row for each service plan of each SKU.
const SERVICE_PLANS: &str = include_str!("../../data/service-plans.csv");

/// What a product is to this tenant. The order is that of `/subscribedSkus` and of the bits in [`Skus`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Role {
    Standard,
    Full,
    Legacy,
    Business,
    Basic,
    Frontline,
    Identity,
    Flow,
    Fabric,
    PowerBi,
    Visio,
    Project,
    Copilot,
    Trial,
    Mailbox,
    Phone,
    Premium,
    LargeMailbox,
    Drawing,
    Apps,
    BusinessApps,
}

/// All roles, in order. The last five are of products that the tenant has only when a change buys them.
pub(crate) const ROLES: [Role; 21] = [
    Role::Standard,
    Role::Full,
    Role::Legacy,
    Role::Business,
    Role::Basic,
    Role::Frontline,
    Role::Identity,
    Role::Flow,
    Role::Fabric,
    Role::PowerBi,
    Role::Visio,
    Role::Project,
    Role::Copilot,
    Role::Trial,
    Role::Mailbox,
    Role::Phone,
    Role::Premium,
    Role::LargeMailbox,
    Role::Drawing,
    Role::Apps,
    Role::BusinessApps,
];

impl Role {
    /// The part number of this role. A tenant without a premium licence must own no plan that would make it one.
    fn part_number(self, premium: Premium) -> Option<&'static str> {
        Some(match (self, premium) {
            (Role::Standard, Premium::None) => "STANDARDPACK",
            (Role::Standard, _) => "SPE_E3",
            (Role::Full, Premium::P2) => "SPE_E5",
            (Role::Full, _) => "ENTERPRISEPREMIUM",
            (Role::Identity, Premium::None) => return None,
            (Role::Identity, Premium::P1) => "AAD_PREMIUM",
            (Role::Identity, Premium::P2) => "AAD_PREMIUM_P2",
            (Role::Legacy, _) => "ENTERPRISEPACK",
            (Role::Business, _) => "O365_BUSINESS_PREMIUM",
            (Role::Basic, _) => "O365_BUSINESS_ESSENTIALS",
            (Role::Frontline, _) => "DESKLESSPACK",
            (Role::Flow, _) => "FLOW_FREE",
            (Role::Fabric, _) => "POWER_BI_STANDARD",
            (Role::PowerBi, _) => "POWER_BI_PRO",
            (Role::Visio, _) => "VISIOCLIENT",
            (Role::Project, _) => "PROJECTPROFESSIONAL",
            (Role::Copilot, _) => "Microsoft_365_Copilot",
            (Role::Trial, _) => "TEAMS_COMMERCIAL_TRIAL",
            (Role::Mailbox, _) => "EXCHANGESTANDARD",
            (Role::Phone, _) => "MCOEV",
            (Role::Premium, _) => "SPB",
            (Role::LargeMailbox, _) => "EXCHANGEENTERPRISE",
            (Role::Drawing, _) => "VISIOONLINE_PLAN1",
            (Role::Apps, _) => "OFFICESUBSCRIPTION",
            (Role::BusinessApps, _) => "O365_BUSINESS",
        })
    }
}

/// A set of products, by role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Skus(u32);

impl Skus {
    /// The set with this product added.
    pub(crate) fn with(self, role: Role) -> Skus {
        Skus(self.0 | (1 << role as u32))
    }

    /// The set without this product.
    pub(crate) fn without(self, role: Role) -> Skus {
        Skus(self.0 & !(1 << role as u32))
    }

    /// True when the product is in the set.
    pub(crate) fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u32) != 0
    }

    /// What is in either set.
    pub(crate) fn or(self, other: Skus) -> Skus {
        Skus(self.0 | other.0)
    }

    /// True when nothing is in the set.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The products in the set, in order.
    pub(crate) fn roles(self) -> impl Iterator<Item = Role> {
        ROLES.into_iter().filter(move |role| self.has(*role))
    }
}

/// A service that people use, with a column of its own in usage reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Workload {
    Exchange,
    OneDrive,
    SharePoint,
    Skype,
    Yammer,
    Teams,
}

/// All workloads, in the order of the report's columns.
pub(crate) const WORKLOADS: [Workload; 6] =
    [Workload::Exchange, Workload::OneDrive, Workload::SharePoint, Workload::Skype, Workload::Yammer, Workload::Teams];

/// A set of workloads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Workloads(u8);

impl Workloads {
    /// The set with this workload added.
    pub(crate) fn with(self, workload: Workload) -> Workloads {
        Workloads(self.0 | (1 << workload as u8))
    }

    /// True when the workload is in the set.
    pub(crate) fn has(self, workload: Workload) -> bool {
        self.0 & (1 << workload as u8) != 0
    }

    /// What is in either set.
    pub(crate) fn or(self, other: Workloads) -> Workloads {
        Workloads(self.0 | other.0)
    }
}

/// One service plan of a SKU.
pub(crate) struct Plan {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its id.
    pub(crate) id: Id,
}

impl Plan {
    /// The workloads that this plan gives.
    fn workloads(&self) -> Workloads {
        let none = Workloads::default();
        match self.name {
            "EXCHANGE_S_FOUNDATION" => none,
            name if name.starts_with("EXCHANGE_S_") => none.with(Workload::Exchange),
            "SHAREPOINTENTERPRISE" | "SHAREPOINTSTANDARD" | "SHAREPOINTDESKLESS" => {
                none.with(Workload::SharePoint).with(Workload::OneDrive)
            }
            "MCOSTANDARD" | "MCOIMP" => none.with(Workload::Skype),
            "YAMMER_ENTERPRISE" => none.with(Workload::Yammer),
            "TEAMS1" => none.with(Workload::Teams),
            _ => none,
        }
    }
}

/// A SKU that the tenant has.
pub(crate) struct Product {
    /// What it is to the tenant.
    pub(crate) role: Role,
    /// The part number, such as `SPE_E3`.
    pub(crate) part_number: &'static str,
    /// The id of the SKU.
    pub(crate) sku: Id,
    /// The name that usage reports show, before it is put into upper case.
    pub(crate) name: &'static str,
    /// Its service plans.
    pub(crate) plans: Vec<Plan>,
    /// The workloads that its plans give.
    pub(crate) workloads: Workloads,
}

/// The products of a tenant with this premium licence to which these changes are made, in order.
pub(crate) fn products(premium: Premium, changes: &[Change]) -> Vec<Product> {
    let products = ROLES.into_iter().filter_map(|role| product(role, role.part_number(premium)?));
    let buys = |product: &Product| {
        let same = |sku: &str| Id::parse(sku) == Some(product.sku);
        changes.iter().any(|change| matches!(change, Change::Seats { product, .. } if same(product)))
    };
    products.filter(|product| product.role < Role::Premium || buys(product)).collect()
}

fn product(role: Role, part_number: &'static str) -> Option<Product> {
    let mut head = None;
    let mut plans = Vec::new();
    for line in SERVICE_PLANS.lines() {
        let mut fields = line.split(',');
        if fields.next() != Some(part_number) {
            continue;
        }
        let (Some(sku), Some(name), Some(plan), Some(id)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        head = Some((Id::parse(sku)?, name));
        plans.push(Plan { name: plan, id: Id::parse(id)? });
    }
    let (sku, name) = head?;
    let workloads = plans.iter().fold(Workloads::default(), |all, plan| all.or(plan.workloads()));
    Some(Product { role, part_number, sku, name, plans, workloads })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_product_with_plans() {
        for premium in [Premium::P1, Premium::P2] {
            let products = products(premium, &[]);
            assert_eq!(products.len(), ROLES.len() - 5);
            assert!(products.iter().all(|product| !product.plans.is_empty()));
        }
    }

    #[test]
    fn a_tenant_without_premium_owns_no_premium_plan() {
        let products = products(Premium::None, &[]);
        assert_eq!(products.len(), ROLES.len() - 6);
        let premium = |plan: &Plan| plan.name.starts_with("AAD_PREMIUM");
        assert!(!products.iter().any(|product| product.plans.iter().any(premium)));
    }

    #[test]
    fn a_product_that_is_bought_comes_to_those_that_the_tenant_has() {
        for role in [Role::Premium, Role::LargeMailbox, Role::Drawing, Role::Apps, Role::BusinessApps] {
            let bought = product(role, role.part_number(Premium::P1).unwrap()).unwrap();
            let buys = Change::Seats { product: bought.sku.to_string().to_uppercase(), by: 3 };
            let products = products(Premium::P1, &[buys]);
            assert_eq!(products.last().map(|product| (product.role, product.plans.is_empty())), Some((role, false)));
        }
    }

    #[test]
    fn an_office_product_gives_all_workloads() {
        let all = WORKLOADS.into_iter().fold(Workloads::default(), Workloads::with);
        assert_eq!(products(Premium::P2, &[]).first().map(|product| product.workloads), Some(all));
    }
}
