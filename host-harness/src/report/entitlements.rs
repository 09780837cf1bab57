//! Who holds which seat, and how it came to them.

use std::collections::HashMap;

use rusqlite::Transaction;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Entitlement, Kind, Product, Row};
use crate::storage::{Connection, Database, Failure, StorageError, each};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("principal_name", "Principal name", Unit::Text),
    column("product", "Product", Unit::Text),
    column("via", "Through", Unit::Text),
    column("state", "State", Unit::Text),
    column("error", "Error", Unit::Text),
    column("first_seen", "First seen", Unit::Day),
    column("since", "No later than", Unit::Day),
    column("disabled_plans", "Switched off", Unit::Text),
];

/// What stands for an assignment that came through no group.
const DIRECT: &str = "direct";

impl Database {
    /// Assignments of seats by principal name. One seat has a row for each way in which it is assigned.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn entitlements_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Entitlements", COLUMNS);
            for connection in question.connections(tx)? {
                add(tx, &connection, &mut report)?;
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn add(tx: &Transaction<'_>, connection: &Connection, report: &mut Report) -> Result<(), Failure> {
    let mut products: HashMap<String, Product> = HashMap::new();
    each(tx, connection.id, Kind::Product, |row| {
        if let Row::Product(product) = row {
            products.insert(product.id.to_lowercase(), product);
        }
    })?;
    let mut groups: HashMap<String, String> = HashMap::new();
    each(tx, connection.id, Kind::Group, |row| {
        if let Row::Group(group) = row {
            groups.insert(group.id.to_lowercase(), group.name);
        }
    })?;
    each(tx, connection.id, Kind::Entitlement, |row| {
        if let Row::Entitlement(seat) = row {
            let product = products.get(&seat.product.to_lowercase());
            let via = seat.via.as_ref().map_or(DIRECT, |via| groups.get(&via.to_lowercase()).unwrap_or(via).as_str());
            report.rows.push(line(connection, &seat, product, via));
        }
    })
}

fn line(connection: &Connection, seat: &Entitlement, product: Option<&Product>, via: &str) -> Vec<Cell> {
    let plan = |id: &String| {
        let known = product.and_then(|product| product.plans.iter().find(|plan| plan.id.eq_ignore_ascii_case(id)));
        known.map_or(id.clone(), |plan| plan.name.clone())
    };
    let off: Vec<String> = seat.disabled_plans.iter().map(plan).collect();
    vec![
        Cell::Text(connection.name.clone()),
        Cell::Text(seat.principal_name.clone()),
        Cell::Text(product.map_or(&seat.product, |product| &product.name).clone()),
        Cell::Text(via.to_owned()),
        cell::name(&seat.state),
        cell::text(seat.error.as_ref()),
        cell::day(seat.first_seen),
        cell::day_of_instant(seat.since),
        if off.is_empty() { Cell::Absent } else { Cell::Text(off.join(", ")) },
    ]
}
