//! What is bought: seats and their cost, one row for each product.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::Transaction;

use super::prices::{Prices, provenance};
use super::sums::Sums;
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Kind, Plan, Product, Row, Subscription, SubscriptionStatus, Tier};
use crate::storage::{Connection, Database, Failure, Named, StorageError, each};
use crate::text::counted;

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("product", "Product", Unit::Text),
    column("tier", "Tier", Unit::Text),
    column("bought", "Bought", Unit::Count),
    column("used", "Used", Unit::Count),
    column("spare", "Spare", Unit::Count),
    column("price", "Seat and month", Unit::Money),
    column("provenance", "Price from", Unit::Text),
    column(COST, "Cost a month", Unit::Money),
    column(SPARE_COST, "Of spare seats", Unit::Money),
    column("status", "Status", Unit::Text),
    column("renews", "Renews", Unit::Day),
    column("code", "Code", Unit::Text),
    column("warning", "Ended, still usable", Unit::Count),
    column("suspended", "Suspended", Unit::Count),
    column("term", "Term", Unit::Text),
    column("partner", "Sold by", Unit::Text),
    column("plans", "Plans", Unit::Text),
];
const COST: &str = "monthly_cost";
const SPARE_COST: &str = "spare_cost";

impl Database {
    /// Products with the seats bought, used and spare, and what those cost; the dearest first.
    ///
    /// Free, trial and unpriced products are marked and never valued. Totals are one row for each currency.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn subscriptions_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Subscriptions", COLUMNS);
            let mut sums = Sums::default();
            for connection in question.connections(tx)? {
                add(tx, &question, &connection, &mut report, &mut sums)?;
            }
            report.totals = sums.rows(COLUMNS);
            question.cut(&mut report);
            Ok(report)
        })
    }
}

/// What the purchases of a product say.
#[derive(Default)]
struct Purchases {
    status: BTreeSet<&'static str>,
    renews: Option<i64>,
    /// Months, and whether they are inferred.
    terms: BTreeSet<(u16, bool)>,
    partners: BTreeSet<String>,
}

fn add(
    tx: &Transaction<'_>,
    question: &Question<'_>,
    connection: &Connection,
    report: &mut Report,
    sums: &mut Sums,
) -> Result<(), Failure> {
    let prices = Prices::read(tx, connection.id, question.today())?;
    let mut purchases: HashMap<String, Purchases> = HashMap::new();
    each(tx, connection.id, Kind::Subscription, |row| {
        if let Row::Subscription(one) = row {
            purchases.entry(one.product.to_lowercase()).or_default().add(&one, question.now);
        }
    })?;
    let mut lines = Vec::new();
    let (mut unpriced, mut over, mut ending) = (0_u64, Vec::new(), Vec::new());
    each(tx, connection.id, Kind::Product, |row| {
        let Row::Product(product) = row else { return };
        unpriced += u64::from(product.tier == Tier::Paid && prices.of(&product).is_none());
        // Seats of a subscription that has just ended can still be used, and cost nothing.
        let usable = product.seats_enabled.saturating_add(product.seats_warning);
        if product.per_user && product.seats_assigned > usable {
            over.push(product.name.clone());
        } else if product.per_user && product.seats_assigned > product.seats_enabled {
            ending.push(product.name.clone());
        }
        let found = purchases.remove(&product.id.to_lowercase()).unwrap_or_default();
        lines.push(line(connection, &product, &prices, &found, sums));
    })?;
    lines.sort_by(|(left, _), (right, _)| right.cmp(left));
    report.rows.extend(lines.into_iter().map(|(_, cells)| cells));
    if unpriced > 0 {
        let products = counted(unpriced, "paid product has", "paid products have");
        report.notes.push(format!("{}: {products} no known price and no part in the totals.", connection.name));
    }
    if !over.is_empty() {
        let names = over.join(", ");
        report.notes.push(format!("{}: more seats are assigned than bought of {names}.", connection.name));
    }
    if !ending.is_empty() {
        let names = ending.join(", ");
        report.notes.push(format!("{}: seats are in use whose subscription has ended: {names}.", connection.name));
    }
    Ok(())
}

/// The cells of a product, and its cost to sort by.
fn line(
    connection: &Connection,
    product: &Product,
    prices: &Prices,
    purchases: &Purchases,
    sums: &mut Sums,
) -> (Option<i128>, Vec<Cell>) {
    let spare = product.per_user.then(|| product.seats_enabled.saturating_sub(product.seats_assigned));
    let price = prices.of(product);
    let mut value = |column, seats: Option<u64>| {
        let (price, seats) = (price?, seats?);
        let micros = i128::from(price.amount.micros).saturating_mul(i128::from(seats));
        sums.add(column, micros, &price.amount.currency);
        Some((micros, cell::amount(micros, &price.amount.currency)))
    };
    let cost = value(COST, Some(product.seats_enabled));
    let spare_cost = value(SPARE_COST, spare);
    let micros = cost.as_ref().map(|(micros, _)| *micros);
    let or_absent = |value: Option<(i128, Cell)>| value.map_or(Cell::Absent, |(_, cell)| cell);
    let from = match (product.tier, price) {
        (Tier::Paid, Some(price)) => provenance(price),
        (Tier::Paid, None) => "no price known".to_owned(),
        (tier, _) => format!("{}: not valued", tier.name()),
    };
    let words = |words: Vec<String>| if words.is_empty() { Cell::Absent } else { Cell::Text(words.join(", ")) };
    let status = purchases.status.iter().map(|status| (*status).to_owned()).collect();
    let term = |(months, inferred): &(u16, bool)| {
        let months = counted(u64::from(*months), "month", "months");
        if *inferred { format!("{months} (inferred)") } else { months }
    };
    let plan = |plan: &Plan| if plan.enabled { plan.name.clone() } else { format!("{} (not provisioned)", plan.name) };
    let cells = vec![
        Cell::Text(connection.name.clone()),
        Cell::Text(product.name.clone()),
        cell::name(&product.tier),
        cell::count(product.seats_enabled),
        cell::count(product.seats_assigned),
        cell::count_if_any(spare),
        cell::money(price.map(|price| &price.amount)),
        Cell::Text(from),
        or_absent(cost),
        or_absent(spare_cost),
        words(status),
        cell::day_of_instant(purchases.renews),
        Cell::Text(product.code.clone()),
        cell::count(product.seats_warning),
        cell::count(product.seats_suspended),
        words(purchases.terms.iter().map(term).collect()),
        words(purchases.partners.iter().cloned().collect()),
        words(product.plans.iter().map(plan).collect()),
    ];
    (micros, cells)
}

impl Purchases {
    /// Every status, and the next renewal of a purchase that is not gone.
    fn add(&mut self, one: &Subscription, now: Timestamp) {
        self.status.insert(one.status.name());
        let lives = one.status != SubscriptionStatus::Deleted;
        self.terms.extend(one.term_months.filter(|_| lives).map(|months| (months, one.term_inferred)));
        self.partners.extend(one.partner.clone().filter(|_| lives));
        if let Some(renews) = one.renews.filter(|renews| lives && *renews >= now.as_second()) {
            self.renews = Some(self.renews.map_or(renews, |next| next.min(renews)));
        }
    }
}
