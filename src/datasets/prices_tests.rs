//! Prices from the list and from the customer's file.

use super::*;
use crate::bench::Bench;
use crate::wire::Wire;

fn product(code: &str, tier: Tier) -> Row {
    Row::Product(Product {
        id: format!("sku-{}", code.to_lowercase()),
        code: code.to_owned(),
        name: code.to_owned(),
        tier,
        per_user: true,
        seats_enabled: 1,
        seats_warning: 0,
        seats_suspended: 0,
        seats_assigned: 0,
        plans: Vec::new(),
    })
}

fn priced(file: Option<&'static str>, products: Vec<Row>) -> (Vec<Price>, String) {
    let mut bench = Bench::new(Wire::default()).with(products);
    bench.prices = file;
    let done = bench.finish(ID).unwrap();
    let told = done.told();
    let price = |row| if let Row::Price(price) = row { price } else { panic!() };
    (done.rows.into_iter().map(price).collect(), told)
}

#[test]
fn the_list_price_of_the_day_is_given_with_its_date_and_source() {
    let (prices, told) = priced(None, vec![product("SPE_E3", Tier::Paid)]);
    assert_eq!(prices.len(), 1);
    assert_eq!(prices[0].amount, Money { micros: 39_000_000, currency: "USD".to_owned() });
    assert_eq!(prices[0].valid_from, time::day("2026-07-01"));
    assert_eq!(prices[0].provenance, Provenance::ListPrice);
    assert!(!prices[0].uncertain);
    assert_eq!(told, "");
    let before = catalogue::list_prices("x", "SPE_E3", time::day("2026-06-30").unwrap());
    assert_eq!(before[0].amount.micros, 36_000_000);
}

#[test]
fn free_products_and_trials_are_never_priced_and_what_has_no_price_is_named() {
    let products =
        vec![product("SPE_E3", Tier::Trial), product("SPE_E5", Tier::Free), product("ADV_COMMS", Tier::Paid)];
    let (prices, told) = priced(None, products);
    assert!(prices.is_empty());
    assert!(told.contains("ADV_COMMS") && !told.contains("SPE_E"), "{told}");
}

#[test]
fn own_prices_that_hold_today_take_the_place_of_the_list() {
    let file = "product,amount,currency,valid-from,valid-to,provenance,source\n\
                spe_e3,31.25,EUR,2026-01-01,2026-12-31,contract,Agreement 4711\n\
                SPE_E3,99.00,EUR,2027-01-01,,contract,later\n\
                SKU-spe_e5,50,EUR,,,invoice,\n";
    let (prices, told) = priced(Some(file), vec![product("SPE_E3", Tier::Paid), product("SPE_E5", Tier::Paid)]);
    assert_eq!(told, "");
    assert_eq!(prices.len(), 2);
    assert_eq!((prices[0].amount.micros, prices[0].source.as_str()), (31_250_000, "Agreement 4711"));
    assert_eq!(prices[0].product, "sku-spe_e3");
    assert_eq!((prices[1].amount.micros, prices[1].provenance), (50_000_000, Provenance::Invoice));
}

#[test]
fn every_wrong_entry_of_the_file_is_told_and_the_others_are_used() {
    let file = "product,amount,currency,valid-from,provenance\n\
                SPE_E3,many,EUR,,\n\
                SPE_E3,1,eur,,\n\
                SPE_E3,1,EUR,soon,\n\
                SPE_E3,1,EUR,,guess\n\
                SPE_E3\n\
                SPE_E3,7.00,EUR,,\n";
    let (prices, told) = priced(Some(file), vec![product("SPE_E3", Tier::Paid)]);
    assert_eq!(prices.iter().map(|price| price.amount.micros).collect::<Vec<_>>(), [7_000_000]);
    for wrong in ["entry 1", "\\\"many\\\"", "entry 2", "\\\"eur\\\"", "\\\"soon\\\"", "\\\"guess\\\"", "entry 5"] {
        assert!(told.contains(wrong), "{wrong} is not in {told}");
    }
}

#[test]
fn a_file_without_the_columns_is_told_and_does_no_harm() {
    let (prices, told) = priced(Some("a,b\n1,2\n"), vec![product("SPE_E3", Tier::Paid)]);
    assert_eq!(prices[0].amount.micros, 39_000_000);
    assert!(told.contains("no column") && told.contains("product"), "{told}");
}
