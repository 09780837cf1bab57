//! The plan of bookings: changes of the bill that do not overlap, in the order in which they can be made.

use std::cmp::Reverse;

use super::sums::Sums;
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Booking, Kind, Row};
use crate::storage::{Database, StorageError, each};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("day", "When", Unit::Day),
    column("product", "Product", Unit::Text),
    column("from_product", "In place of", Unit::Text),
    column("seats", "Seats", Unit::Count),
    column(SAVING, "Saves a month", Unit::Money),
    column("why", "Why", Unit::Text),
];
const SAVING: &str = "saving";

impl Database {
    /// The bookings of each connection with their total for each currency. They do not overlap, so that the total is what
    /// can be saved.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn plan_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Plan of bookings", COLUMNS);
            let mut sums = Sums::default();
            for connection in question.connections(tx)? {
                let mut bookings = Vec::new();
                each(tx, connection.id, Kind::Booking, |row| {
                    if let Row::Booking(booking) = row {
                        sums.add(SAVING, i128::from(booking.saving.micros), &booking.saving.currency);
                        bookings.push(booking);
                    }
                })?;
                bookings.sort_by_cached_key(|one| {
                    (one.day.is_none(), one.day, Reverse(one.saving.micros), one.product.clone())
                });
                report.rows.extend(bookings.iter().map(|booking| line(&connection.name, booking)));
            }
            report.totals = sums.rows(COLUMNS);
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn line(connection: &str, booking: &Booking) -> Vec<Cell> {
    vec![
        Cell::Text(connection.to_owned()),
        cell::day(booking.day),
        Cell::Text(booking.product_name.clone()),
        booking.from_product_name.clone().map_or(Cell::Absent, Cell::Text),
        Cell::Count(booking.seats),
        cell::money(Some(&booking.saving)),
        Cell::Text(booking.why.clone()),
    ]
}
