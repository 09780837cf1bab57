//! Persons: their seats, what those cost, and when they were last active.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use rusqlite::Transaction;

use super::prices::Prices;
use super::sums::Sums;
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{EntitlementState, Kind, Row, Tier, User};
use crate::contract::types::Money;
use crate::storage::{Connection, Database, Failure, StorageError, date_of, date_of_day, each};
use crate::text::amount;

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("principal_name", "Principal name", Unit::Text),
    column("name", "Name", Unit::Text),
    column("kind", "Kind", Unit::Text),
    column("enabled", "Enabled", Unit::Bool),
    column("seats", "Seats", Unit::Count),
    column(COST, "Cost a month", Unit::Money),
    column("unpriced", "Unpriced", Unit::Count),
    column("last_active", "Last active", Unit::Day),
];
const COST: &str = "monthly_cost";
/// Stands at the end when a person has seats in more than one currency.
const FURTHER: Column = column("further_cost", "And", Unit::Text);

impl Database {
    /// Persons with their seats, by principal name.
    ///
    /// A seat is one product of one person, however often it is assigned. Seats of free and trial products cost
    /// nothing; paid seats without a known price are counted as unpriced. The last activity is the newest of a
    /// successful sign-in and of any use.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn users_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Users", COLUMNS);
            let mut sums = Sums::default();
            let mut further = Vec::new();
            for connection in question.connections(tx)? {
                add(tx, &question, &connection, &mut report, &mut further, &mut sums)?;
            }
            report.totals = sums.rows(COLUMNS);
            if further.iter().any(Option::is_some) {
                widen(&mut report, further);
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

/// Adds the column of further currencies.
fn widen(report: &mut Report, further: Vec<Option<String>>) {
    report.columns.push(FURTHER);
    for (row, text) in report.rows.iter_mut().zip(further) {
        row.push(cell::text(text.as_ref()));
    }
    report.totals.iter_mut().for_each(|row| row.push(Cell::Absent));
}

fn add(
    tx: &Transaction<'_>,
    question: &Question<'_>,
    connection: &Connection,
    report: &mut Report,
    further: &mut Vec<Option<String>>,
    sums: &mut Sums,
) -> Result<(), Failure> {
    let values = values(tx, connection, question.today())?;
    let mut seats: HashMap<String, BTreeSet<String>> = HashMap::new();
    each(tx, connection.id, Kind::Entitlement, |row| {
        // An assignment that failed takes no seat.
        if let Row::Entitlement(seat) = row
            && seat.state != EntitlementState::Error
        {
            seats.entry(seat.user.to_lowercase()).or_default().insert(seat.product.to_lowercase());
        }
    })?;
    let active = Activity::read(tx, connection)?;
    each(tx, connection.id, Kind::User, |row| {
        let Row::User(user) = row else { return };
        let products = seats.remove(&user.id.to_lowercase()).unwrap_or_default();
        let (mut costs, mut unpriced) = (BTreeMap::<&str, i128>::new(), 0);
        for product in &products {
            match values.get(product) {
                Some(Value::Price(price)) => {
                    sums.add(COST, i128::from(price.micros), &price.currency);
                    *costs.entry(&price.currency).or_default() += i128::from(price.micros);
                }
                Some(Value::Nothing) => {}
                Some(Value::Unknown) | None => unpriced += 1,
            }
        }
        let mut costs = costs.into_iter();
        let cost = costs.next().map_or(Cell::Absent, |(currency, micros)| cell::amount(micros, currency));
        let rest: Vec<String> = costs.map(|(currency, micros)| format!("{} {currency}", amount(micros))).collect();
        further.push((!rest.is_empty()).then(|| rest.join(" and ")));
        report.rows.push(vec![
            Cell::Text(connection.name.clone()),
            Cell::Text(user.principal_name.clone()),
            cell::text(user.display_name.as_ref()),
            cell::name(&user.kind),
            cell::yes(user.enabled),
            cell::count(products.len() as u64),
            cost,
            cell::count(unpriced),
            active.of(&user).map_or(Cell::Absent, Cell::Day),
        ]);
    })
}

/// What a seat of a product is worth.
enum Value {
    Price(Money),
    /// It is free or a trial.
    Nothing,
    Unknown,
}

fn values(tx: &Transaction<'_>, connection: &Connection, today: Date) -> Result<HashMap<String, Value>, Failure> {
    let prices = Prices::read(tx, connection.id, today)?;
    let mut values = HashMap::new();
    each(tx, connection.id, Kind::Product, |row| {
        let Row::Product(product) = row else { return };
        let value = match (product.tier, prices.of(&product)) {
            (Tier::Free | Tier::Trial, _) => Value::Nothing,
            (_, Some(price)) => Value::Price(price.amount.clone()),
            (_, None) => Value::Unknown,
        };
        values.insert(product.id.to_lowercase(), value);
    })?;
    Ok(values)
}

/// The last day on which each person was active: by id, and by principal name where the source tells no id.
struct Activity {
    by_id: HashMap<String, Date>,
    by_name: HashMap<String, Date>,
}

impl Activity {
    fn read(tx: &Transaction<'_>, connection: &Connection) -> Result<Self, Failure> {
        let mut found = Self { by_id: HashMap::new(), by_name: HashMap::new() };
        each(tx, connection.id, Kind::Activity, |row| {
            if let Row::Activity(activity) = row
                && let Some(at) = activity.success.and_then(|at| jiff::Timestamp::from_second(at).ok())
            {
                later(&mut found.by_id, &activity.user, date_of(at));
            }
        })?;
        each(tx, connection.id, Kind::Usage, |row| {
            let Row::Usage(usage) = row else { return };
            let Some(day) = usage.last_active.and_then(date_of_day) else { return };
            match usage.user {
                Some(user) => later(&mut found.by_id, &user, day),
                // A pseudonym is nobody's name.
                None if !usage.concealed => later(&mut found.by_name, &usage.principal_name, day),
                None => {}
            }
        })?;
        Ok(found)
    }

    fn of(&self, user: &User) -> Option<Date> {
        let by_id = self.by_id.get(&user.id.to_lowercase());
        by_id.max(self.by_name.get(&user.principal_name.to_lowercase())).copied()
    }
}

fn later(days: &mut HashMap<String, Date>, key: &str, day: Date) {
    let newest = days.entry(key.to_lowercase()).or_insert(day);
    *newest = day.max(*newest);
}
