//! What is known of Microsoft's products without asking: names, tiers and list prices, each with its date and source.
//!
//! The files lie in `src/data`; their first lines say where they come from. Name traps that the table resolves: `SPE_F1`
//! is Microsoft 365 F3, `O365_BUSINESS_PREMIUM` is Business Standard, `ENTERPRISEPACK` is Office 365 E3.

use std::str::Split;

use crate::contract::rows::{Price, Provenance, Tier};
use crate::contract::types::{Day, Money};
use crate::data::{self, Table};
use crate::money;
use crate::time;

/// Plans that make a tenant premium: `AAD_PREMIUM` and `AAD_PREMIUM_P2`. Some products carry the second alone.
pub const PREMIUM_PLANS: [&str; 2] = ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"];

/// Numbers of seats that Microsoft gives to free products which people take by themselves.
const SEATS_OF_FREE: [u64; 2] = [10_000, 1_000_000];

/// What the catalogue says of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The SKU id, in lower case.
    pub id: &'static str,
    /// The string id, such as `SPE_E3`.
    pub code: &'static str,
    /// The name for people.
    pub name: &'static str,
    tier: &'static str,
    plans: &'static str,
}

/// A service plan: what can be switched on and off by itself within a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServicePlan {
    /// The id, in lower case.
    pub id: &'static str,
    /// Microsoft's name, such as `EXCHANGE_S_ENTERPRISE`.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
}

/// A line of the list prices, in the order of its columns.
struct Listed {
    amount: &'static str,
    currency: &'static str,
    from: &'static str,
    to: &'static str,
    seen: &'static str,
    uncertain: bool,
    source: &'static str,
}

/// The cells of the lines of a table whose first cell is this one, whatever its case.
fn lines<'a>(table: Table, first: &'a str) -> impl Iterator<Item = Split<'static, char>> + use<'a> {
    data::text(table).lines().filter_map(move |line| {
        let mut cells = line.split('\t');
        cells.next().filter(|cell| cell.eq_ignore_ascii_case(first)).map(|_| cells)
    })
}

/// All products, in the order of their names.
pub fn products() -> impl Iterator<Item = Known> {
    data::text(Table::Products).lines().filter_map(Known::read)
}

/// A product by its SKU id or, when the catalogue does not have that, by its string id.
#[must_use]
pub fn product(id: &str, code: &str) -> Option<Known> {
    let by_code = || products().find(|known| known.code.eq_ignore_ascii_case(code));
    products().find(|known| known.id.eq_ignore_ascii_case(id)).or_else(by_code)
}

/// All service plans, the most common first.
pub fn service_plans() -> impl Iterator<Item = ServicePlan> {
    data::text(Table::ServicePlans).lines().filter_map(ServicePlan::read)
}

/// A service plan by its id.
#[must_use]
pub fn service_plan(id: &str) -> Option<ServicePlan> {
    service_plans().find(|plan| plan.id.eq_ignore_ascii_case(id))
}

impl Known {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut cell = || cells.next();
        Some(Self { id: cell()?, code: cell()?, name: cell()?, tier: cell()?, plans: cell()? })
    }

    /// The service plans that it holds.
    #[must_use]
    pub fn plans(&self) -> Vec<ServicePlan> {
        let steps = self.plans.split(';').filter_map(|step| step.parse::<usize>().ok());
        let held: Vec<usize> = steps
            .scan(0, |place, step| {
                *place += step;
                Some(*place)
            })
            .collect();
        let plans = service_plans().enumerate();
        plans.filter(|(place, _)| held.binary_search(place).is_ok()).map(|(_, plan)| plan).collect()
    }
}

impl ServicePlan {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (id, name, title) = (cells.next()?, cells.next()?, cells.next()?);
        // Two plans share a name: the table tells them apart by what stands behind the sign.
        Some(Self { id, name: name.split('@').next().unwrap_or(name), title })
    }
}

/// Whether a product is paid for, by the table, its name and its seats. A product that the table does not know and
/// whose name says nothing is unknown.
#[must_use]
pub fn tier(id: &str, code: &str, seats: u64) -> Tier {
    let known = product(id, code);
    match known.map(|known| known.tier) {
        Some("free") => return Tier::Free,
        Some("trial") => return Tier::Trial,
        Some("unknown") => return Tier::Unknown,
        _ => {}
    }
    if is_trial_name(code) {
        return Tier::Trial;
    }
    if code.to_ascii_uppercase().ends_with("_FREE") || (SEATS_OF_FREE.contains(&seats) && !is_listed(code)) {
        return Tier::Free;
    }
    if known.is_some() { Tier::Paid } else { Tier::Unknown }
}

/// A string id that says by itself that the product is tried out: `…TRIAL…`, `…VIRAL…`, or a part `IW`.
fn is_trial_name(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    code.contains("TRIAL") || code.contains("VIRAL") || code.split('_').skip(1).any(|part| part == "IW")
}

/// All list prices of a product, past ones and those to come. The table holds prices of the United States.
#[must_use]
pub fn price_list(id: &str, code: &str) -> Vec<Price> {
    lines(Table::ListPrices, code).filter_map(Listed::read).filter_map(|listed| listed.price(id)).collect()
}

/// Whether the price list has a product, at whatever time.
#[must_use]
pub fn is_listed(code: &str) -> bool {
    lines(Table::ListPrices, code).next().is_some()
}

/// The list prices of a product that hold on a day.
#[must_use]
pub fn list_prices(id: &str, code: &str, on: Day) -> Vec<Price> {
    let mut prices = price_list(id, code);
    prices.retain(|price| money::holds(price, on));
    prices
}

impl Listed {
    fn read(mut cells: Split<'static, char>) -> Option<Self> {
        Some(Self {
            amount: cells.next()?,
            currency: cells.next()?,
            from: cells.next()?,
            to: cells.next()?,
            seen: cells.next()?,
            uncertain: !cells.next()?.is_empty(),
            source: cells.next()?,
        })
    }

    fn price(&self, product: &str) -> Option<Price> {
        let seen = if self.seen.is_empty() { "undated" } else { self.seen };
        Some(Price {
            product: product.to_owned(),
            amount: Money { micros: money::micros(self.amount).ok()?, currency: self.currency.to_owned() },
            market: Some("US".to_owned()),
            term_months: None,
            billing: None,
            valid_from: time::day(self.from),
            valid_to: time::day(self.to),
            provenance: Provenance::ListPrice,
            source: format!("{}, {seen}", self.source),
            uncertain: self.uncertain,
        })
    }
}

/// The name of an application that Microsoft is known to have made, by its application id.
#[must_use]
pub fn first_party(application: &str) -> Option<&'static str> {
    lines(Table::FirstParty, application).next()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::guid;

    fn firsts(table: Table) -> impl Iterator<Item = &'static str> {
        data::text(table).lines().map(|line| line.split('\t').next().unwrap())
    }

    #[test]
    fn every_line_of_the_tables_is_whole() {
        assert_eq!(data::text(Table::Products).lines().count(), 620);
        assert_eq!(products().count(), 620);
        for known in products() {
            assert!(guid(known.id).is_some() && !known.code.is_empty() && !known.name.is_empty(), "{known:?}");
            assert_eq!(product(known.id, ""), Some(known));
            assert!(["", "free", "trial", "unknown"].contains(&known.tier), "{known:?}");
            assert_eq!(known.plans().len(), known.plans.split(';').count(), "{known:?}");
        }
        assert_eq!(service_plans().count(), 796);
        for plan in service_plans() {
            assert!(guid(plan.id).is_some() && !plan.name.is_empty() && !plan.title.is_empty(), "{plan:?}");
            assert_eq!(service_plan(plan.id), Some(plan));
        }
        for code in firsts(Table::ListPrices) {
            assert_eq!(tier("", code, 5), Tier::Paid, "{code}");
            for listed in lines(Table::ListPrices, code) {
                let listed = Listed::read(listed).unwrap();
                assert!(listed.price("x").is_some() && listed.currency == "USD" && !listed.source.is_empty(), "{code}");
                for day in [listed.from, listed.to] {
                    assert!(day.is_empty() || time::day(day).is_some(), "{day}");
                }
            }
        }
        for id in firsts(Table::FirstParty) {
            assert!(first_party(id).is_some() && guid(id).is_some(), "{id}");
        }
    }

    #[test]
    fn names_are_those_for_people_and_not_what_the_code_suggests() {
        let name = |code| product("", code).map(|known| known.name);
        assert_eq!(name("SPE_F1"), Some("Microsoft 365 F3"));
        assert_eq!(name("O365_BUSINESS_PREMIUM"), Some("Microsoft 365 Business Standard"));
        assert_eq!(name("enterprisepack"), Some("Office 365 E3"));
        assert_eq!(name("y"), None);
    }

    #[test]
    fn the_sku_id_goes_before_the_string_id() {
        // Two products share the string id MCOPSTN5.
        let one = product("D43177B5-475b-4880-92d4-d54c27b5efbd", "MCOPSTN5").unwrap();
        let other = product("54a152dc-90de-4996-93d2-bc47e670fc06", "MCOPSTN5").unwrap();
        assert_ne!(one.name, other.name);
        let e5 = product("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E3").unwrap();
        assert_eq!(e5.name, "Microsoft 365 E5");
    }

    #[test]
    fn a_product_names_the_service_plans_that_it_holds() {
        let names = |code| product("", code).unwrap().plans().iter().map(|plan| plan.name).collect::<Vec<_>>();
        let mut exchange = names("EXCHANGESTANDARD");
        exchange.sort_unstable();
        assert_eq!(exchange, ["BPOS_S_TODO_1", "EXCHANGE_S_STANDARD", "INTUNE_O365"]);
        assert!(names("SPE_E5").contains(&"AAD_PREMIUM_P2") && !names("SPE_E3").contains(&"AAD_PREMIUM_P2"));
        let plan = service_plan("EFB87545-963c-4e0d-99df-69c6916d9eb0").unwrap();
        assert_eq!((plan.name, plan.title), ("EXCHANGE_S_ENTERPRISE", "Exchange Online (Plan 2)"));
        let shared: Vec<_> = service_plans().filter(|plan| plan.name == "PROJECT_ESSENTIALS").collect();
        assert_eq!(shared.len(), 2);
    }

    #[test]
    fn free_and_trial_products_are_told_by_the_table_the_name_and_the_seats() {
        for (code, seats, expected) in [
            ("FLOW_FREE", 10_000, Tier::Free),
            ("POWER_BI_STANDARD", 1_000_000, Tier::Free),
            ("TEAMS_EXPLORATORY", 100, Tier::Trial),
            ("FORMS_PRO", 100, Tier::Trial),
            ("BRAND_NEW_vTrial", 25, Tier::Trial),
            ("SOMETHING_VIRAL", 25, Tier::Trial),
            ("D365_SOMETHING_IW", 25, Tier::Trial),
            ("BRAND_NEW_FREE", 25, Tier::Free),
            ("BRAND_NEW", 10_000, Tier::Free),
            ("ADV_COMMS", 1_000_000, Tier::Free),
            ("ADV_COMMS", 999, Tier::Paid),
            ("SPE_E3", 10_000, Tier::Paid),
            ("BRAND_NEW", 25, Tier::Unknown),
            ("IWANT", 25, Tier::Unknown),
            ("CPC_LVL_1", 25, Tier::Unknown),
        ] {
            assert_eq!(tier("", code, seats), expected, "{code} with {seats}");
        }
    }

    #[test]
    fn at_most_one_list_price_of_a_product_holds_on_a_day() {
        for day in ["2026-06-30", "2026-07-01", "2027-01-01"] {
            for code in firsts(Table::ListPrices) {
                assert!(list_prices("x", code, time::day(day).unwrap()).len() <= 1, "{code} {day}");
            }
        }
    }
}
