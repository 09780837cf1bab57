//! Reports of a small made-up customer.

mod advice;
mod costs;
mod days;
mod state;

use crate::contract::rows::{
    Account, Activity, Credential, Entitlement, EntitlementState, Group, Plan, Price, Product, Provenance, Row,
    Subscription, SubscriptionStatus, Tier, Usage, User, UserKind,
};
use crate::contract::types::Money;
use crate::report::{Amount, Cell, Question, Report};
use crate::storage::tests::sample::{Sample, at};

/// 2026-11-20, the day of the sample.
const TODAY: i32 = 20_777;

fn question(connections: &[String]) -> Question<'_> {
    Question { connections, now: at(0), limit: None }
}

/// The cells of a column.
fn column<'a>(report: &'a Report, name: &str) -> Vec<&'a Cell> {
    let at = report.columns.iter().position(|column| column.name == name).unwrap();
    report.rows.iter().map(|row| &row[at]).collect()
}

/// The words of a column; absent cells are a dash.
fn words(report: &Report, name: &str) -> Vec<String> {
    column(report, name).into_iter().map(word).collect()
}

fn word(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Money(Amount { micros, currency }) => format!("{} {currency}", crate::text::plain_amount(*micros)),
        Cell::Day(day) => day.to_string(),
        Cell::Instant(at) => at.to_string(),
        Cell::Bool(yes) => yes.to_string(),
    }
}

/// The totals, without absent cells.
fn totals(report: &Report) -> Vec<Vec<String>> {
    let known = |row: &Vec<Cell>| row.iter().filter(|cell| **cell != Cell::Absent).map(word).collect();
    report.totals.iter().map(known).collect()
}

/// Every row has a cell for every column.
fn is_whole(report: &Report) {
    let columns = report.columns.len();
    assert!(report.rows.iter().chain(&report.totals).all(|row| row.len() == columns));
    assert_eq!(report.columns[0].name, "connection");
}

fn product(id: &str, tier: Tier, enabled: u64, assigned: u64) -> Row {
    Row::Product(Product {
        id: id.to_owned(),
        code: id.to_uppercase(),
        name: format!("Product {id}"),
        tier,
        per_user: true,
        seats_enabled: enabled,
        seats_warning: 0,
        seats_suspended: 0,
        seats_assigned: assigned,
        plans: Vec::new(),
    })
}

fn price_of(id: &str, units: i64, currency: &str) -> Price {
    Price {
        product: id.to_owned(),
        amount: Money { micros: units * 1_000_000, currency: currency.to_owned() },
        market: None,
        term_months: None,
        billing: None,
        valid_from: None,
        valid_to: None,
        provenance: Provenance::ListPrice,
        source: "A list".to_owned(),
        uncertain: false,
    }
}

fn price(id: &str, units: i64, currency: &str) -> Row {
    Row::Price(price_of(id, units, currency))
}

fn subscription(id: &str, product: &str, status: SubscriptionStatus, renews: Option<i64>) -> Subscription {
    Subscription {
        id: id.to_owned(),
        product: product.to_owned(),
        status,
        tier: Tier::Paid,
        seats: None,
        created: None,
        renews,
        term_months: None,
        term_inferred: false,
        partner: None,
    }
}

fn account(country: &str) -> Row {
    let (id, name) = ("1".to_owned(), "Example Ltd".to_owned());
    Row::Account(Account { id, name, domains: Vec::new(), country: Some(country.to_owned()) })
}

fn user(id: &str) -> Row {
    Row::User(User {
        id: id.to_owned(),
        principal_name: format!("{id}@example.com"),
        display_name: Some(id.to_uppercase()),
        kind: UserKind::Member,
        kind_because: None,
        enabled: Some(true),
        created: None,
        synced: None,
        mail: None,
        department: None,
        company: None,
        cost_centre: None,
        division: None,
        country: None,
        manager: None,
    })
}

fn seat(user: &str, product: &str, via: Option<&str>) -> Row {
    Row::Entitlement(Entitlement {
        user: user.to_owned(),
        principal_name: format!("{user}@example.com"),
        product: product.to_owned(),
        via: via.map(str::to_owned),
        state: EntitlementState::Active,
        error: None,
        disabled_plans: Vec::new(),
        since: None,
        first_seen: None,
    })
}

fn activity(user: &str, success: Option<i64>) -> Row {
    Row::Activity(Activity {
        user: user.to_owned(),
        principal_name: format!("{user}@example.com"),
        interactive_attempt: Some(at(0).as_second()),
        non_interactive_attempt: None,
        success,
    })
}

fn usage(name: &str, id: Option<&str>, concealed: bool, last_active: Option<i32>) -> Row {
    Row::Usage(Usage {
        user: id.map(str::to_owned),
        principal_name: name.to_owned(),
        concealed,
        feature: "chat".to_owned(),
        from: TODAY - 180,
        to: TODAY - 2,
        last_active,
        count: Some(7),
        unit: Some("messages".to_owned()),
    })
}

/// A sample with these rows published.
fn holding(rows: &[Row]) -> Sample {
    let sample = Sample::new();
    sample.publish("everything", rows);
    sample
}
