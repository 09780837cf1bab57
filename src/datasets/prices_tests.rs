//! Prices from the list and from the customer's file.

use proptest::prelude::*;

use super::*;
use crate::bench::Bench;
use crate::contract::rows::Product;
use crate::wire::Wire;

/// 2026-11-20, the day of the bench.
const TODAY: Day = 20_777;

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

/// The prices of the tenant's products that hold today, and what was told.
fn priced(file: Option<&'static str>, products: Vec<Row>) -> (Vec<Price>, String) {
    let (mut prices, told) = book(file, products);
    prices.retain(|price| price.product.starts_with("sku-") && money::holds(price, TODAY));
    (prices, told)
}

/// The whole price book.
fn book(file: Option<&'static str>, products: Vec<Row>) -> (Vec<Price>, String) {
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
fn own_prices_stand_beside_the_list_and_say_where_they_come_from() {
    let file = "product,amount,currency,valid-from,valid-to,provenance,source\n\
                spe_e3,31.25,EUR,2026-01-01,2026-12-31,contract,Agreement 4711\n\
                SPE_E3,99.00,EUR,2027-01-01,,contract,later\n\
                SPE_E3,28.00,EUR,,2025-12-31,contract,over\n\
                SKU-spe_e5,50,EUR,,,invoice,\n\
                SPE_E5,44,EUR,,,list,our country\n";
    let (prices, told) = book(Some(file), vec![product("SPE_E3", Tier::Paid), product("SPE_E5", Tier::Paid)]);
    assert_eq!(told, "");
    let of = |product: &str| -> Vec<(i64, Provenance, &str)> {
        let of_it = prices.iter().filter(|price| price.product == product);
        of_it.map(|price| (price.amount.micros / 10_000, price.provenance, price.source.as_str())).collect()
    };
    let list = "12Knocksinna/Office365itpros and npifinancial.com SmartSpend bulletin, 2026-07-01";
    assert_eq!(
        of("sku-spe_e3"),
        [
            (3125, Provenance::Contract, "Agreement 4711"),
            (9900, Provenance::Contract, "later"),
            (3900, Provenance::ListPrice, list),
        ]
    );
    assert_eq!(
        of("sku-spe_e5"),
        [
            (4400, Provenance::ListPrice, "our country"),
            (5000, Provenance::Invoice, "reference file \"prices\""),
            (6000, Provenance::ListPrice, list),
        ]
    );
}

#[test]
fn what_the_tenant_has_not_bought_is_in_the_price_book_as_well() {
    let (prices, _) = book(Some("product,amount,currency\nSPE_E5,1,EUR\n"), vec![product("SPE_E3", Tier::Paid)]);
    let e5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";
    let of_it: Vec<&str> =
        prices.iter().filter(|price| price.product == e5).map(|price| price.amount.currency.as_str()).collect();
    assert_eq!(of_it, ["EUR", "USD"]);
    // The tenant's own row of Microsoft 365 E3 is the only one.
    let e3: Vec<&Price> = prices.iter().filter(|price| price.amount.micros == 39_000_000).collect();
    assert_eq!(e3.len(), 1);
    assert_eq!(e3[0].product, "sku-spe_e3");
}

#[test]
fn every_wrong_line_of_the_file_is_told_with_its_number_and_the_others_are_used() {
    let file = "product,amount,currency,market,valid-from,valid-to,provenance\r\n\
                SPE_E3,many,EUR,,,,\r\n\
                \r\n\
                SPE_E3,1,eur,,,,\r\n\
                SPE_E3,1,EUR,,soon,,\r\n\
                SPE_E3,1,EUR,,,,guess\r\n\
                SPE_E3\r\n\
                SPE_E3,7.00,EUR,,,,\r\n\
                SPE_E3,1,EUR,Germany,,,\r\n\
                SPE_E3,1,EUR,,2026-02-01,2026-01-31,\r\n\
                SPE_E33,1,EUR,,,,\r\n\
                SPE_E3,6.00,EUR,,,,\r\n\
                SPE_E3,\"34,50\",EUR,,,,";
    let (prices, told) = priced(Some(file), vec![product("SPE_E3", Tier::Paid)]);
    let own: Vec<i64> = prices
        .iter()
        .filter(|price| price.provenance == Provenance::Contract)
        .map(|price| price.amount.micros)
        .collect();
    assert_eq!(own, [6_000_000]);
    for wrong in [
        "line 2 of the price file, the amount \\\"many\\\" is no decimal number",
        "line 4 of the price file, \\\"eur\\\" is no currency",
        "line 5 of the price file, \\\"soon\\\" is no day",
        "line 6 of the price file, \\\"guess\\\" is neither",
        "line 7 of the price file, the amount is missing",
        "line 8 of the price file, the same is priced as in line 12; the lower price is used",
        "line 9 of the price file, \\\"GERMANY\\\" is no country",
        "line 10 of the price file, the last day lies before the first",
        "line 11 of the price file, \\\"SPE_E33\\\" is no product that is known",
        "line 13 of the price file, the amount \\\"34,50\\\" is no decimal number",
    ] {
        assert!(told.contains(wrong), "{wrong} is not in {told}");
    }
    assert!(!told.contains("line 12 of"), "{told}");
}

#[test]
fn a_file_without_the_columns_is_told_and_does_no_harm() {
    let (prices, told) = priced(Some("a,b\n1,2\n"), vec![product("SPE_E3", Tier::Paid)]);
    assert_eq!(prices[0].amount.micros, 39_000_000);
    assert!(told.contains("no column") && told.contains("product"), "{told}");
}

fn line() -> impl Strategy<Value = String> {
    let words = |words: &[&'static str]| prop::sample::select(words.to_vec());
    let product =
        words(&["SPE_E3", "spe_e3", "SKU-SPE_E3", "SPE_E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "NOBODY"]);
    let (currency, market) = (words(&["EUR", "USD", "wrong"]), words(&["", "DE", "US"]));
    let (term, billing) = (words(&["", "1", "12"]), words(&["", "monthly", "annual"]));
    let (from, provenance) = (words(&["", "2026-01-01", "2027-01-01"]), words(&["", "contract", "invoice", "list"]));
    (product, 0_u32..4, currency, market, term, billing, from, provenance).prop_map(|cells| {
        let (product, amount, currency, market, term, billing, from, provenance) = cells;
        format!("{product},{amount}.50,{currency},{market},{term},{billing},{from},{provenance}")
    })
}

proptest! {
    #[test]
    fn a_file_in_any_order_gives_the_same_prices(
        (lines, mixed) in prop::collection::vec(line(), 0..30).prop_flat_map(|lines| {
            (Just(lines.clone()), Just(lines).prop_shuffle())
        })
    ) {
        let rows = |lines: &[String]| {
            let heading = "product,amount,currency,market,term-months,billing,valid-from,provenance\n";
            let (mut own, gaps) = Own::read((heading.to_owned() + &lines.join("\n")).as_bytes());
            assert!(gaps.is_empty());
            let mut rows = own.book("sku-spe_e3", "SPE_E3", TODAY);
            rows.extend(own.book("06ebc4ee-1bb5-47dd-8120-11324bc54e06", "SPE_E5", TODAY));
            (rows, own.wrong.len())
        };
        let (in_order, wrong) = rows(&lines);
        prop_assert_eq!(&in_order, &rows(&mixed).0);
        prop_assert_eq!(wrong, rows(&mixed).1);
        // No two rows have one key: the host would keep but the last.
        let keys: Vec<_> = in_order.iter().map(|price| (price.product.clone(), key(price))).collect();
        let different: BTreeSet<_> = keys.iter().collect();
        prop_assert_eq!(keys.len(), different.len());
    }
}
