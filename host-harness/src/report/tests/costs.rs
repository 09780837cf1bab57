//! Prices, seats and persons.

use proptest::prelude::*;

use super::*;
use crate::report::Dimension;

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

/// A person of a department.
fn person(id: &str, department: Option<&str>) -> Row {
    let Row::User(user) = user(id) else { unreachable!() };
    let text = |text: &str| Some(text.to_owned());
    let department = department.map(str::to_owned);
    Row::User(User { department, country: text("DE"), cost_centre: text(" "), ..user })
}

fn costs(rows: &[Row], by: Dimension) -> Report {
    let report = holding(rows).database.costs_report(question(&[]), by).unwrap();
    is_whole(&report);
    report
}

fn lines(report: &Report) -> Vec<String> {
    report.rows.iter().map(|row| row[1..].iter().map(word).collect::<Vec<_>>().join(" | ")).collect()
}

/// Two departments, two currencies, a free product, one without a price, and one for the whole customer.
fn firm() -> Vec<Row> {
    let Row::Product(whole) = product("w", Tier::Paid, 3, 0) else { unreachable!() };
    vec![
        person("ann", Some("Sales")),
        person("bob", Some(" Sales ")),
        person("cat", Some("Legal")),
        person("dan", None),
        product("a", Tier::Paid, 5, 4),
        product("b", Tier::Paid, 1, 1),
        product("f", Tier::Free, 900, 1),
        product("u", Tier::Paid, 3, 1),
        product("x", Tier::Unknown, 3, 1),
        Row::Product(Product { per_user: false, ..whole }),
        price("a", 30, "USD"),
        price("b", 4, "EUR"),
        price("f", 7, "USD"),
        price("w", 1, "USD"),
        seat("ann", "a", None),
        seat("ann", "A", Some("g1")),
        seat("ann", "b", None),
        seat("bob", "a", None),
        seat("bob", "f", None),
        seat("cat", "u", None),
        seat("dan", "a", None),
        seat("dan", "x", None),
        seat("gone", "a", None),
        failed(seat("cat", "a", Some("g1"))),
    ]
}

/// An assignment that failed, and takes no seat.
fn failed(row: Row) -> Row {
    let Row::Entitlement(seat) = row else { unreachable!() };
    Row::Entitlement(Entitlement { state: EntitlementState::Error, ..seat })
}

#[test]
fn costs_of_a_department_are_the_seats_of_its_people_and_spare_seats_stand_apart() {
    let report = costs(&firm(), Dimension::Department);
    assert_eq!(
        lines(&report),
        [
            "Sales | 1 | 4.00 EUR | 0 | - | 0 | list",
            "Sales | 2 | 60.00 USD | 0 | - | 0 | list",
            "(assigned, but not to a person who was collected) | 1 | 30.00 USD | 0 | - | 0 | list",
            "(not held by anybody) | 0 | - | 3 | 30.00 USD | 2 | list",
            "(not said) | 1 | 30.00 USD | 0 | - | 0 | list",
            "(for the whole customer) | 3 | 3.00 USD | 0 | - | 0 | list",
            "Legal | 1 | - | 0 | - | 1 | -",
        ]
    );
    assert_eq!(totals(&report), [vec!["Total", "4.00 EUR"], vec!["Total", "123.00 USD", "30.00 USD"]]);
    assert_eq!(
        report.notes,
        [
            "example: 1 product is left out: nothing says whether it is paid for.",
            "example: no price is known of Product u.",
        ]
    );
}

#[test]
fn costs_of_a_product_have_its_spare_seats_beside_those_that_are_held() {
    let report = costs(&firm(), Dimension::Product);
    assert_eq!(
        lines(&report),
        [
            "Product b | 1 | 4.00 EUR | 0 | - | 0 | list",
            "Product a | 4 | 120.00 USD | 1 | 30.00 USD | 0 | list",
            "Product w | 3 | 3.00 USD | 0 | - | 0 | list",
            "Product u | 1 | - | 2 | - | 3 | -",
        ]
    );
}

#[test]
fn what_is_not_said_is_a_group_of_its_own_and_blanks_say_nothing() {
    for (by, groups) in [
        (Dimension::CostCentre, vec!["(not said)", "(not said)"]),
        (Dimension::Country, vec!["DE", "DE"]),
        (
            Dimension::User,
            vec!["ann@example.com", "ann@example.com", "bob@example.com", "cat@example.com", "dan@example.com"],
        ),
    ] {
        let report = costs(&firm(), by);
        let mut found: Vec<String> = report
            .rows
            .iter()
            .map(|row| word(&row[1]))
            .filter(|name| !name.starts_with("(a") && !name.starts_with("(f") && name != "(not held by anybody)")
            .collect();
        found.sort();
        assert_eq!(found, groups, "{by:?}");
    }
}

#[test]
fn a_seat_has_a_row_for_each_way_in_which_it_is_assigned_and_groups_have_names() {
    let Row::Product(a) = product("a", Tier::Paid, 5, 1) else { unreachable!() };
    let plan = Plan { id: "P1".to_owned(), name: "Mail".to_owned(), enabled: true };
    let Row::Entitlement(direct) = seat("ann", "A", None) else { unreachable!() };
    let off = vec!["p1".to_owned(), "p2".to_owned()];
    let group = Group { id: "G1".to_owned(), name: "All of Sales".to_owned(), products: Vec::new() };
    let rows = [
        Row::Product(Product { plans: vec![plan], ..a }),
        Row::Group(group),
        Row::Entitlement(Entitlement { disabled_plans: off, first_seen: Some(TODAY), ..direct }),
        failed(seat("ann", "a", Some("g1"))),
        seat("bob", "b", Some("g2")),
    ];
    let report = holding(&rows).database.entitlements_report(question(&[])).unwrap();
    is_whole(&report);
    assert_eq!(
        lines(&report),
        [
            "ann@example.com | Product a | direct | active | - | 2026-11-20 | - | Mail, p2",
            "ann@example.com | Product a | All of Sales | error | - | - | - | -",
            "bob@example.com | b | g2 | active | - | - | - | -",
        ]
    );
}

/// A product, its tier, seats, price and currency.
type Made = (Tier, u64, u64, Option<i64>, bool);

fn made() -> impl Strategy<Value = (Vec<Made>, Vec<(u8, u8, u8)>)> {
    let tier =
        prop_oneof![4 => Just(Tier::Paid), 1 => Just(Tier::Free), 1 => Just(Tier::Trial), 1 => Just(Tier::Unknown)];
    let price = prop::option::weighted(0.8, 0_i64..500);
    let products = prop::collection::vec((tier, 0_u64..40, 0_u64..40, price, any::<bool>()), 1..6);
    (products, prop::collection::vec((0_u8..12, 0_u8..6, 0_u8..3), 0..60))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn sums_by_any_dimension_equal_the_total_and_the_bill((products, seats) in made()) {
        let mut rows = Vec::new();
        for (number, (tier, enabled, assigned, amount, euro)) in products.iter().enumerate() {
            let id = format!("p{number}");
            // More assigned than bought is told apart: the bill is lower then.
            rows.push(product(&id, *tier, *enabled, (*assigned).min(*enabled)));
            rows.extend(amount.map(|amount| price(&id, amount, if *euro { "EUR" } else { "USD" })));
        }
        for number in 0..10 {
            let department = (number % 4 > 0).then(|| format!("D{}", number % 4));
            rows.push(person(&format!("user{number}"), department.as_deref()));
        }
        let mut held = std::collections::BTreeMap::<usize, std::collections::BTreeSet<u8>>::new();
        for (who, what, via) in seats {
            let what = usize::from(what) % products.len();
            let holders = held.entry(what).or_default();
            // Nobody holds what was not bought.
            if holders.contains(&who) || (holders.len() as u64) < products[what].1 {
                holders.insert(who);
                let via = (via > 0).then(|| format!("g{via}"));
                rows.push(seat(&format!("user{who}"), &format!("p{what}"), via.as_deref()));
            }
        }
        let sample = holding(&rows);
        let bill = sample.database.subscriptions_report(question(&[])).unwrap();
        let sums = |report: &Report, columns: &[&str]| {
            let mut sums = std::collections::BTreeMap::<String, i128>::new();
            for name in columns {
                for cell in column(report, name) {
                    if let Cell::Money(amount) = cell {
                        *sums.entry(amount.currency.clone()).or_default() += amount.micros;
                    }
                }
            }
            sums.retain(|_, sum| *sum != 0);
            sums
        };
        let owed = sums(&bill, &["monthly_cost"]);
        let paid = |number: &usize| matches!(products[*number].0, Tier::Paid);
        let bought: u64 = (0..products.len()).filter(paid).map(|number| products[number].1).sum();
        for by in Dimension::ALL {
            let report = sample.database.costs_report(question(&[]), by).unwrap();
            is_whole(&report);
            prop_assert_eq!(&sums(&report, &["monthly_cost", "spare_cost"]), &owed, "{:?}", by);
            let count = |name| -> i64 {
                column(&report, name).iter().map(|cell| if let Cell::Count(count) = cell { *count } else { 0 }).sum()
            };
            prop_assert_eq!(count("seats") + count("spare"), i64::try_from(bought).unwrap(), "{:?}", by);
            for total in &report.totals {
                for (cell, about) in total.iter().zip(&report.columns) {
                    if let Cell::Money(total) = cell {
                        let of_column = sums(&report, &[about.name]).get(&total.currency).copied().unwrap_or(0);
                        prop_assert_eq!(of_column, total.micros);
                    }
                }
            }
        }
    }
}
