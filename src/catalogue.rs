//! What is known of Microsoft's products without asking: names, tiers and list prices, each with its date and source.
//!
//! The files lie in `src/data`; their first lines say where they come from. Name traps that the table resolves: `SPE_F1`
//! is Microsoft 365 F3, `O365_BUSINESS_PREMIUM` is Business Standard, `ENTERPRISEPACK` is Office 365 E3.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::contract::rows::{Price, Provenance, Tier};
use crate::contract::types::{Day, Money};
use crate::money;
use crate::time;

/// Plans that make a tenant premium: `AAD_PREMIUM` and `AAD_PREMIUM_P2`. Some products carry the second alone.
pub const PREMIUM_PLANS: [&str; 2] = ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"];

/// Numbers of seats that Microsoft gives to free products which people take by themselves.
const SEATS_OF_FREE: [u64; 2] = [10_000, 1_000_000];

/// A product of the table.
#[derive(Debug, Deserialize)]
pub struct Known {
    /// The string id, `SPE_E3`.
    pub code: String,
    /// The SKU id, a GUID in lower case.
    pub id: String,
    /// The name for people.
    pub name: String,
    tier: String,
}

#[derive(Deserialize)]
struct Listed {
    code: String,
    amount: String,
    currency: String,
    from: String,
    to: String,
    seen: String,
    uncertain: String,
    source: String,
}

static BY_ID: LazyLock<BTreeMap<String, Known>> = LazyLock::new(|| {
    table::<Known>(include_str!("data/products.csv")).map(|known| (known.id.to_ascii_lowercase(), known)).collect()
});

static BY_CODE: LazyLock<BTreeMap<String, &'static Known>> =
    LazyLock::new(|| BY_ID.values().map(|known| (known.code.to_ascii_lowercase(), known)).collect());

static LIST: LazyLock<Vec<Listed>> = LazyLock::new(|| table(include_str!("data/list-prices.csv")).collect());

static FIRST_PARTY: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    table::<(String, String)>(include_str!("data/first-party.csv"))
        .map(|(id, name)| (id.to_ascii_lowercase(), name))
        .collect()
});

/// The rows of a file of the project. A row of another shape is left out; a test holds the files to their shape.
fn table<T: for<'de> Deserialize<'de> + 'static>(text: &'static str) -> impl Iterator<Item = T> {
    csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes()).into_deserialize().filter_map(Result::ok)
}

/// Finds a product by its SKU id, or else by its string id; case does not matter.
#[must_use]
pub fn product(id: &str, code: &str) -> Option<&'static Known> {
    BY_ID.get(&id.to_ascii_lowercase()).or_else(|| BY_CODE.get(&code.to_ascii_lowercase()).copied())
}

/// Whether a product is paid for, by the table, its name and its seats. A product that the table does not know and
/// whose name says nothing is unknown.
#[must_use]
pub fn tier(id: &str, code: &str, seats: u64) -> Tier {
    let known = product(id, code);
    match known.map(|known| known.tier.as_str()) {
        Some("free") => return Tier::Free,
        Some("trial") => return Tier::Trial,
        Some("unknown") => return Tier::Unknown,
        _ => {}
    }
    if is_trial_name(code) {
        return Tier::Trial;
    }
    let priced = LIST.iter().any(|listed| listed.code.eq_ignore_ascii_case(code));
    if code.to_ascii_uppercase().ends_with("_FREE") || (SEATS_OF_FREE.contains(&seats) && !priced) {
        return Tier::Free;
    }
    if known.is_some() { Tier::Paid } else { Tier::Unknown }
}

/// A string id that says by itself that the product is tried out: `…TRIAL…`, `…VIRAL…`, or a part `IW`.
fn is_trial_name(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    code.contains("TRIAL") || code.contains("VIRAL") || code.split('_').skip(1).any(|part| part == "IW")
}

/// The list prices of a product that hold on a day. The table holds prices of the United States.
#[must_use]
pub fn list_prices(id: &str, code: &str, on: Day) -> Vec<Price> {
    let holds = |listed: &&Listed| {
        listed.code.eq_ignore_ascii_case(code)
            && time::day(&listed.from).is_none_or(|from| from <= on)
            && time::day(&listed.to).is_none_or(|to| on <= to)
    };
    LIST.iter().filter(holds).filter_map(|listed| listed.price(id)).collect()
}

impl Listed {
    fn price(&self, product: &str) -> Option<Price> {
        let seen = if self.seen.is_empty() { "undated" } else { &self.seen };
        Some(Price {
            product: product.to_owned(),
            amount: Money { micros: money::micros(&self.amount).ok()?, currency: self.currency.clone() },
            market: Some("US".to_owned()),
            term_months: None,
            billing: None,
            valid_from: time::day(&self.from),
            valid_to: time::day(&self.to),
            provenance: Provenance::ListPrice,
            source: format!("{} ({seen})", self.source),
            uncertain: !self.uncertain.is_empty(),
        })
    }
}

/// The name of an application that Microsoft is known to have made, by its application id.
#[must_use]
pub fn first_party(application: &str) -> Option<&'static str> {
    FIRST_PARTY.get(&application.to_ascii_lowercase()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> usize {
        text.lines().filter(|line| !line.starts_with('#')).count() - 1
    }

    #[test]
    fn every_line_of_the_tables_is_read() {
        assert_eq!(BY_ID.len(), lines(include_str!("data/products.csv")));
        assert_eq!(FIRST_PARTY.len(), lines(include_str!("data/first-party.csv")));
        assert_eq!(LIST.len(), lines(include_str!("data/list-prices.csv")));
        for listed in LIST.iter() {
            assert!(product("", &listed.code).is_some(), "{}", listed.code);
            assert!(listed.price("x").is_some(), "{}", listed.code);
            assert_eq!(tier("", &listed.code, 5), Tier::Paid, "{}", listed.code);
            for day in [&listed.from, &listed.to] {
                assert!(day.is_empty() || time::day(day).is_some(), "{day}");
            }
        }
    }

    #[test]
    fn names_are_those_for_people_and_not_what_the_code_suggests() {
        let name = |code| product("", code).unwrap().name.as_str();
        assert_eq!(name("SPE_F1"), "Microsoft 365 F3");
        assert_eq!(name("O365_BUSINESS_PREMIUM"), "Microsoft 365 Business Standard");
        assert_eq!(name("enterprisepack"), "Office 365 E3");
        assert_eq!(product("05E9A617-0261-4cee-bb44-138d3ef5d965", "").unwrap().code, "SPE_E3");
        assert!(product("x", "y").is_none());
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
            for listed in LIST.iter() {
                assert!(list_prices("x", &listed.code, time::day(day).unwrap()).len() <= 1, "{} {day}", listed.code);
            }
        }
    }
}
