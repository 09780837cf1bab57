//! Prices, seats and persons.

use super::*;

const DAY: i64 = 86_400;

#[test]
fn seats_are_valued_and_totals_are_kept_apart_by_currency() {
    let over = product("d", Tier::Paid, 5, 8);
    let Row::Product(ending) = product("e", Tier::Paid, 0, 4) else { unreachable!() };
    let ending = Row::Product(Product { seats_warning: 4, ..ending });
    let rows = [
        product("a", Tier::Paid, 10, 7),
        product("b", Tier::Paid, 100, 100),
        product("c", Tier::Paid, 3, 1),
        over,
        ending,
        price("a", 30, "USD"),
        price("b", 2, "USD"),
        price("c", 10, "EUR"),
        price("d", 1, "EUR"),
    ];
    let report = holding(&rows).database.subscriptions_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "product"), ["Product a", "Product b", "Product c", "Product d", "Product e"]);
    assert_eq!(words(&report, "spare"), ["3", "0", "2", "0", "0"]);
    assert_eq!(words(&report, "monthly_cost"), ["300.00 USD", "200.00 USD", "30.00 EUR", "5.00 EUR", "-"]);
    assert_eq!(words(&report, "spare_cost"), ["90.00 USD", "0.00 USD", "20.00 EUR", "0.00 EUR", "-"]);
    assert_eq!(totals(&report), [["Total", "35.00 EUR", "20.00 EUR"], ["Total", "500.00 USD", "90.00 USD"]]);
    assert_eq!(
        report.notes,
        [
            "example: 1 paid product has no known price and no part in the totals.",
            "example: more seats are assigned than bought of Product d.",
            "example: seats are in use whose subscription has ended: Product e.",
        ]
    );
}

#[test]
fn free_trial_unknown_and_unpriced_products_are_marked_and_never_valued() {
    let rows = [
        product("a", Tier::Free, 10, 1),
        product("b", Tier::Trial, 10, 1),
        product("c", Tier::Unknown, 10, 1),
        product("d", Tier::Paid, 10, 1),
        price("a", 9, "USD"),
        price("b", 9, "USD"),
        price("c", 9, "USD"),
    ];
    let report = holding(&rows).database.subscriptions_report(question(&[])).unwrap();
    assert_eq!(words(&report, "monthly_cost"), ["-"; 4]);
    assert_eq!(words(&report, "spare_cost"), ["-"; 4]);
    assert_eq!(words(&report, "price"), ["-"; 4]);
    let from = ["free: not valued", "trial: not valued", "unknown: not valued", "no price known"];
    assert_eq!(words(&report, "provenance"), from);
    assert_eq!(report.totals, Vec::<Vec<Cell>>::new());
    assert_eq!(report.notes, ["example: 1 paid product has no known price and no part in the totals."]);
}

#[test]
fn what_is_bought_for_the_whole_customer_has_no_spare_seats() {
    let Row::Product(whole) = product("a", Tier::Paid, 10, 0) else { unreachable!() };
    let whole = Row::Product(Product { per_user: false, ..whole });
    let report = holding(&[whole, price("a", 2, "USD")]).database.subscriptions_report(question(&[])).unwrap();
    assert_eq!((words(&report, "spare"), words(&report, "spare_cost")), (vec!["-".to_owned()], vec!["-".to_owned()]));
    assert_eq!(words(&report, "monthly_cost"), ["20.00 USD"]);
}

#[test]
fn sums_beyond_64_bits_are_exact() {
    let rows = [product("a", Tier::Paid, i64::MAX as u64, 0), price("a", 9_000_000_000_000, "USD")];
    let report = holding(&rows).database.subscriptions_report(question(&[])).unwrap();
    assert_eq!(words(&report, "monthly_cost"), ["83010348331692982263000000000000.00 USD"]);
}

/// The price that the report takes of these, and where it says it is from.
fn taken(rows: &[Row], prices: &[Price]) -> String {
    let mut rows = rows.to_vec();
    rows.push(product("a", Tier::Paid, 1, 1));
    let prices = prices.iter().enumerate().map(|(number, price)| {
        // The key of a price does not hold its amount.
        Row::Price(Price { billing: Some(number.to_string()), ..price.clone() })
    });
    rows.extend(prices);
    let report = holding(&rows).database.subscriptions_report(question(&[])).unwrap();
    format!("{} {}", words(&report, "price")[0], words(&report, "provenance")[0])
}

#[test]
fn a_contract_goes_before_an_invoice_and_an_invoice_before_a_list() {
    let of = |units, provenance| Price { provenance, ..price_of("A", units, "USD") };
    let all = [of(1, Provenance::ListPrice), of(2, Provenance::Invoice), of(3, Provenance::Contract)];
    assert_eq!(taken(&[], &all), "3.00 USD contract");
    assert_eq!(taken(&[], &all[..2]), "2.00 USD invoice");
    assert_eq!(taken(&[], &all[..1]), "1.00 USD list");
}

#[test]
fn a_price_holds_from_its_first_day_to_its_last() {
    let of = |from, to| Price { valid_from: from, valid_to: to, ..price_of("a", 5, "USD") };
    for (from, to, holds) in [
        (Some(TODAY), None, true),
        (Some(TODAY + 1), None, false),
        (None, Some(TODAY), true),
        (None, Some(TODAY - 1), false),
        (Some(TODAY), Some(TODAY), true),
    ] {
        let found = taken(&[], &[of(from, to)]);
        assert_eq!(found.starts_with("5.00 USD"), holds, "{from:?} {to:?} {found}");
    }
    assert_eq!(taken(&[], &[of(Some(TODAY), None)]), "5.00 USD list 2026-11-20");
}

#[test]
fn of_prices_of_equal_standing_the_customers_market_the_running_term_and_certainty_decide() {
    let of = |units| price_of("a", units, "USD");
    let market = |units, name: &str| Price { market: Some(name.to_owned()), ..of(units) };
    assert_eq!(taken(&[account("DE")], &[market(1, "FR"), market(2, "DE")]), "2.00 USD list");
    assert_eq!(taken(&[], &[market(1, "FR")]), "1.00 USD list");
    let term = |units, months| Price { term_months: Some(months), ..of(units) };
    let running = |months, renews| {
        let one = subscription("s", "A", SubscriptionStatus::Active, Some(at(renews).as_second()));
        [Row::Subscription(Subscription { term_months: Some(months), ..one })]
    };
    assert_eq!(taken(&running(12, DAY), &[term(1, 1), term(2, 12)]), "2.00 USD list");
    assert_eq!(taken(&running(12, -DAY), &[term(1, 1), term(2, 12)]), "1.00 USD list");
    let doubtful = Price { uncertain: true, ..of(1) };
    assert_eq!(taken(&[], &[doubtful.clone(), of(2)]), "2.00 USD list");
    assert_eq!(taken(&[], &[doubtful]), "1.00 USD list (uncertain)");
    assert_eq!(taken(&[], &[of(2), of(1)]), "1.00 USD list");
}

#[test]
fn status_and_renewal_come_from_the_purchases() {
    let renews = |days: i64| Some(at(days * DAY).as_second());
    let rows = [
        product("a", Tier::Paid, 1, 1),
        product("b", Tier::Paid, 1, 1),
        Row::Subscription(subscription("1", "A", SubscriptionStatus::Active, renews(30))),
        Row::Subscription(subscription("2", "a", SubscriptionStatus::LockedOut, renews(20))),
        Row::Subscription(subscription("3", "a", SubscriptionStatus::Deleted, renews(10))),
        Row::Subscription(subscription("4", "a", SubscriptionStatus::Active, renews(-10))),
    ];
    let report = holding(&rows).database.subscriptions_report(question(&[])).unwrap();
    assert_eq!(words(&report, "status"), ["active, deleted, locked-out", "-"]);
    assert_eq!(words(&report, "renews"), ["2026-12-10", "-"]);
}

#[test]
fn a_product_held_directly_and_through_groups_is_one_seat() {
    let rows = [
        user("ann"),
        user("bob"),
        product("a", Tier::Paid, 9, 9),
        product("b", Tier::Free, 9, 9),
        product("c", Tier::Paid, 9, 9),
        price("a", 30, "USD"),
        seat("ann", "a", None),
        seat("ANN", "A", Some("g1")),
        seat("ann", "a", Some("g2")),
        seat("ann", "b", None),
        seat("ann", "c", None),
        seat("ann", "gone", None),
    ];
    let report = holding(&rows).database.users_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(words(&report, "principal_name"), ["ann@example.com", "bob@example.com"]);
    assert_eq!(words(&report, "seats"), ["4", "0"]);
    assert_eq!(words(&report, "monthly_cost"), ["30.00 USD", "-"]);
    assert_eq!(words(&report, "unpriced"), ["2", "0"]);
    assert_eq!(totals(&report), [["Total", "30.00 USD"]]);
}

#[test]
fn seats_in_two_currencies_stand_beside_each_other() {
    let rows = [
        user("ann"),
        product("a", Tier::Paid, 9, 9),
        product("b", Tier::Paid, 9, 9),
        price("a", 30, "USD"),
        price("b", 4, "EUR"),
        seat("ann", "a", None),
        seat("ann", "b", None),
    ];
    let report = holding(&rows).database.users_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(
        (words(&report, "monthly_cost"), words(&report, "further_cost")),
        (vec!["4.00 EUR".to_owned()], vec!["30.00 USD".to_owned()])
    );
    assert_eq!(totals(&report), [["Total", "4.00 EUR"], ["Total", "30.00 USD"]]);
}

#[test]
fn the_last_activity_is_the_newest_of_sign_in_and_use_and_unknown_is_absent() {
    let rows = [
        user("ann"),
        user("bob"),
        user("cat"),
        user("dan"),
        activity("ann", Some(at(-10 * DAY).as_second())),
        usage("Ann@Example.com", None, false, Some(TODAY - 3)),
        activity("bob", Some(at(-DAY).as_second())),
        usage("a pseudonym", Some("bob"), false, Some(TODAY - 5)),
        activity("cat", None),
        usage("dan@example.com", None, true, Some(TODAY - 5)),
    ];
    let report = holding(&rows).database.users_report(question(&[])).unwrap();
    assert_eq!(words(&report, "last_active"), ["2026-11-17", "2026-11-19", "-", "-"]);
}
