//! What is known of Microsoft's products without asking: names, tiers and list prices, each with its date and source.
//!
//! The files lie in `src/data`; their first lines say where they come from. Name traps that the table resolves: `SPE_F1`
//! is Microsoft 365 F3, `O365_BUSINESS_PREMIUM` is Business Standard, `ENTERPRISEPACK` is Office 365 E3.

use crate::contract::rows::{Price, Provenance, Tier};
use crate::contract::types::{Day, Money};
use crate::money;
use crate::time;

/// Plans that make a tenant premium: `AAD_PREMIUM` and `AAD_PREMIUM_P2`. Some products carry the second alone.
pub const PREMIUM_PLANS: [&str; 2] = ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"];

/// Numbers of seats that Microsoft gives to free products which people take by themselves.
const SEATS_OF_FREE: [u64; 2] = [10_000, 1_000_000];

const PRODUCTS: &str = include_str!("data/products.tsv");
const LIST_PRICES: &str = include_str!("data/list-prices.tsv");
const FIRST_PARTY: &str = include_str!("data/first-party.tsv");

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

/// The cells of the lines of a table whose first cell is this one, whatever its case. Lines with `#` are comments.
fn lines<'a>(table: &'static str, first: &'a str) -> impl Iterator<Item = std::str::Split<'static, char>> + use<'a> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(move |line| {
        let mut cells = line.split('\t');
        cells.next().filter(|cell| cell.eq_ignore_ascii_case(first)).map(|_| cells)
    })
}

/// The name for people of a product, by its string id.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    lines(PRODUCTS, code).next()?.next()
}

/// Whether a product is paid for, by the table, its name and its seats. A product that the table does not know and
/// whose name says nothing is unknown.
#[must_use]
pub fn tier(code: &str, seats: u64) -> Tier {
    let known = lines(PRODUCTS, code).next().map(|mut cells| cells.nth(1).unwrap_or_default());
    match known {
        Some("free") => return Tier::Free,
        Some("trial") => return Tier::Trial,
        Some("unknown") => return Tier::Unknown,
        _ => {}
    }
    if is_trial_name(code) {
        return Tier::Trial;
    }
    let priced = lines(LIST_PRICES, code).next().is_some();
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
    let holds = |listed: &Listed| {
        time::day(listed.from).is_none_or(|from| from <= on) && time::day(listed.to).is_none_or(|to| on <= to)
    };
    let listed = lines(LIST_PRICES, code).filter_map(Listed::read).filter(holds);
    listed.filter_map(|listed| listed.price(id)).collect()
}

impl Listed {
    fn read(mut cells: std::str::Split<'static, char>) -> Option<Self> {
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
    lines(FIRST_PARTY, application).next()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(table: &'static str) -> impl Iterator<Item = &'static str> {
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split('\t').next().unwrap())
    }

    #[test]
    fn every_line_of_the_tables_is_whole() {
        assert!(codes(PRODUCTS).count() > 600);
        for code in codes(PRODUCTS) {
            assert!(name(code).is_some_and(|name| !name.is_empty()), "{code}");
            assert_eq!(lines(PRODUCTS, code).count(), 1, "{code}");
            let tier = lines(PRODUCTS, code).next().unwrap().nth(1).unwrap_or_default();
            assert!(["", "free", "trial", "unknown"].contains(&tier), "{code}");
        }
        for code in codes(LIST_PRICES) {
            assert_eq!(tier(code, 5), Tier::Paid, "{code}");
            for listed in lines(LIST_PRICES, code) {
                let listed = Listed::read(listed).unwrap();
                assert!(listed.price("x").is_some() && listed.currency == "USD" && !listed.source.is_empty(), "{code}");
                for day in [listed.from, listed.to] {
                    assert!(day.is_empty() || time::day(day).is_some(), "{day}");
                }
            }
        }
        for id in codes(FIRST_PARTY) {
            assert!(first_party(id).is_some() && id.len() == 36, "{id}");
        }
    }

    #[test]
    fn names_are_those_for_people_and_not_what_the_code_suggests() {
        assert_eq!(name("SPE_F1"), Some("Microsoft 365 F3"));
        assert_eq!(name("O365_BUSINESS_PREMIUM"), Some("Microsoft 365 Business Standard"));
        assert_eq!(name("enterprisepack"), Some("Office 365 E3"));
        assert_eq!(name("y"), None);
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
            assert_eq!(tier(code, seats), expected, "{code} with {seats}");
        }
    }

    #[test]
    fn at_most_one_list_price_of_a_product_holds_on_a_day() {
        for day in ["2026-06-30", "2026-07-01", "2027-01-01"] {
            for code in codes(LIST_PRICES) {
                assert!(list_prices("x", code, time::day(day).unwrap()).len() <= 1, "{code} {day}");
            }
        }
    }
}
