//! Advice through the real component: every rule, what it says when it is silent, and the plan that can be had.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use simulator::{Change, Options};

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

/// What all paid seats with a price cost in a month, in millionths.
fn bill(desk: &Desk) -> i64 {
    desk.count(
        "SELECT sum(seats_enabled * amount_micros) FROM products JOIN prices ON prices.product = products.id
         WHERE products.tier = 'paid' AND coalesce(valid_from, '') <= date('now') AND coalesce(valid_to, '9') >= date('now')",
    )
}

fn total(desk: &Desk) -> i64 {
    desk.count("SELECT coalesce(sum(saving_micros), 0) FROM bookings")
}

/// Rows of text, their cells separated by blanks.
fn lines(desk: &Desk, question: &str) -> Vec<Vec<String>> {
    desk.column(question).into_iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

/// What the advice changes for a person, and the bookings that it takes: from which product to which.
type Moved = (Vec<Change>, Vec<(String, String)>);

/// What the plan of bookings changes in the tenant: who gives which seat back, who gets which, and how many seats are
/// bought. A person is moved as long as the booking for it has seats.
fn followed(desk: &Desk) -> Vec<Change> {
    let mut changes = Vec::new();
    let take = |line: &[String]| Change::Take { user: line[0].clone(), product: line[1].clone() };
    let sure = "confidence <> 'low' AND effect <> 'exposure' AND rule <> 'spare-seats'";
    let freed =
        lines(desk, &format!("SELECT subject || ' ' || product FROM recommendations WHERE targets = '[]' AND {sure}"));
    changes.extend(freed.iter().map(|line| take(line)));

    let mut booked: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in lines(
        desk,
        "SELECT from_product || ' ' || product || ' ' || seats FROM bookings WHERE from_product IS NOT NULL",
    ) {
        booked.insert((line[0].clone(), line[1].clone()), line[2].parse().expect("seats"));
    }
    // The dearest seat of a person comes first, as in the bookings. Who needs most of them is served first.
    let mut persons: BTreeMap<String, Moved> = BTreeMap::new();
    let moved = format!(
        "SELECT subject || ' ' || product || ' ' || (SELECT group_concat(value, ' ') FROM json_each(targets))
         FROM recommendations WHERE targets <> '[]' AND {sure} ORDER BY saving_micros DESC"
    );
    for line in lines(desk, &moved) {
        let (wanted, pairs) = persons.entry(line[0].clone()).or_default();
        wanted.push(take(&line));
        for target in &line[2..] {
            if !pairs.iter().any(|(_, known)| known == target) {
                pairs.push((line[1].clone(), target.clone()));
                wanted.push(Change::Give { user: line[0].clone(), product: target.clone() });
            }
        }
    }
    let mut persons: Vec<_> = persons.into_values().collect();
    persons.sort_by_key(|(wanted, pairs)| Reverse((pairs.len(), wanted.len())));
    for (wanted, pairs) in persons {
        if pairs.iter().all(|pair| booked.get(pair).is_some_and(|left| *left > 0)) {
            pairs.iter().for_each(|pair| *booked.get_mut(pair).expect("it is booked") -= 1);
            changes.extend(wanted);
        }
    }
    assert!(booked.values().all(|left| *left == 0), "{booked:?}");

    // A move costs what it buys; a reduction saves what it gives up.
    let bought = "SELECT b.product || ' ' || (-b.saving_micros / p.amount_micros) FROM bookings b
                  JOIN prices p ON p.product = b.product WHERE b.saving_micros <> 0";
    for line in lines(desk, bought) {
        changes.push(Change::Seats { product: line[0].clone(), by: line[1].parse().expect("seats") });
    }
    changes
}

/// Everything that cannot be measured is not needed.
const MEASURED: &str = "--set not-needed=companions;apps-enterprise;identity;device-management;windows;endpoint-protection;\
                        mail-protection;cloud-app-security;identity-protection;compliance;phone;audio-conferencing;\
                        power-platform;power-apps;power-bi;project;visio";

#[test]
fn a_plan_that_is_followed_lowers_the_bill_by_its_total_and_leaves_nothing_to_book() {
    let collected = |options: Options, needed: &str| {
        let tenant = Tenant::new(options);
        let desk = tenant.desk();
        desk.run(&format!("{} {needed}", tenant.configure())).with(0);
        desk.run("connect acme").with(0);
        desk.run("collect acme").with(0);
        desk
    };
    let (mut moves, mut unbought) = (0, 0);
    // At last somebody who needs nothing but what is measured, so that products are bought which nobody had.
    for (seed, users, needed) in
        [(7, 260, ""), (11, 180, ""), (2026, 220, ""), (23, 420, MEASURED), (42, 160, MEASURED)]
    {
        let options = Options { users, seed, ..small() };
        let desk = collected(options.clone(), needed);
        let (before, plan) = (bill(&desk), total(&desk));
        assert!(plan > 0, "seed {seed}");
        moves += desk.count("SELECT count(*) FROM bookings WHERE from_product IS NOT NULL");
        unbought += desk.count("SELECT count(*) FROM bookings WHERE product NOT IN (SELECT id FROM products)");

        // The clock moves past the last renewal, no term being longer than a year.
        let mut changes = followed(&desk);
        changes.push(Change::Pass { days: 366 });
        let again = collected(Options { changes, ..options }, needed);
        assert_eq!(before - bill(&again), plan, "seed {seed}");
        let left = again.column("SELECT why FROM bookings");
        let why = again.column(
            "SELECT rule || ' | ' || action || ' | ' || evidence FROM recommendations WHERE effect <> 'exposure'
             AND product IN (SELECT coalesce(from_product, product) FROM bookings)",
        );
        assert!(left.is_empty(), "seed {seed}: {left:#?}, for {why:#?}");
    }
    println!("{moves} kinds of moves were booked, {unbought} of them to products that nobody had");
    assert!(unbought > 0);
}

#[test]
fn the_plan_is_shown_with_its_total_and_recommendations_name_it() {
    let (desk, _) = Tenant::new(small()).collected();
    let plan = desk.run("show plan acme").with(0);
    let shown = desk.show("plan");
    let sum: f64 =
        shown.iter().map(|row| row["saving"]["amount"].as_str().expect("text").parse::<f64>().expect("number")).sum();
    assert!((sum - total(&desk) as f64 / 1e6).abs() < 0.001);
    assert!(plan.tells("Total"), "{plan:#?}");
    let advice = desk.run("show recommendations acme").with(0);
    assert!(advice.tells("host-harness show plan") && !advice.out.contains("Total"), "{advice:#?}");
}

#[test]
fn every_rule_fires() {
    let (desk, _) = Tenant::new(Options { users: 900, ..small() }).collected();
    let fired: BTreeSet<String> = desk.column("SELECT DISTINCT rule FROM recommendations").into_iter().collect();
    for rule in [
        "add-on-without-base",
        "assignment-errors",
        "blocked",
        "consolidation",
        "copilot",
        "desktop-apps",
        "direct-and-group",
        "guest",
        "inactive",
        "never-signed-in",
        "over-assigned",
        "overlap",
        "price-rise",
        "renewal",
        "right-size",
        "shared-mailbox",
        "spare-seats",
    ] {
        assert!(fired.contains(rule), "{rule} in {fired:?}");
    }
    // Of a seat, one rule alone takes it back.
    let twice = "SELECT subject || ' ' || product FROM recommendations WHERE effect = 'reassign-now'
                 GROUP BY subject, product HAVING count(*) > 1";
    assert_eq!(desk.column(twice), [""; 0]);

    // What was recommended is explained, and what was not too.
    let about = "SELECT users.principal_name FROM recommendations JOIN users ON users.id = subject WHERE rule = 'inactive' LIMIT 1";
    let name = desk.column(about).remove(0);
    let told = desk.run(&format!("explain acme recommendation {name} --format json")).with(0);
    let told: Vec<serde_json::Value> = serde_json::from_str(&told.out).expect("JSON");
    let of = |rule: &str| told.iter().find(|one| one["subject"] == rule).unwrap_or_else(|| panic!("{rule}"));
    assert!(of("inactive")["verdict"].as_str().expect("text").starts_with("Fires."), "{told:#?}");
    assert!(of("blocked")["verdict"].as_str().expect("text").starts_with("Does not fire, because"), "{told:#?}");
    let product = desk.run("explain acme recommendation SPE_E3").with(0);
    assert!(product.tells("Spare seats"), "{product:#?}");
    let nobody = desk.run("explain acme recommendation nobody@example.com");
    assert!(nobody.code != 0 && nobody.all().contains("nobody@example.com"), "{nobody:#?}");
}

#[test]
fn who_is_on_the_list_of_those_left_alone_gets_no_advice() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let one = "SELECT users.principal_name FROM recommendations JOIN users ON users.id = subject ORDER BY 1 LIMIT 1";
    let name = desk.column(one).remove(0);
    desk.run(&format!("configure acme --set exclude-users={} --yes", name.to_uppercase())).with(0);
    desk.run("collect acme").with(0);
    let left = format!(
        "SELECT count(*) FROM recommendations JOIN users ON users.id = subject WHERE principal_name = '{name}'"
    );
    assert_eq!(desk.count(&left), 0);
    let told = desk.run(&format!("explain acme recommendation {name}")).with(0);
    assert!(told.tells("exclude-users"), "{told:#?}");
}
