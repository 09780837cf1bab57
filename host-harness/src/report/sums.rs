//! Sums of money, one for each currency and column.

use std::collections::BTreeMap;

use super::{Cell, Column, cell};

/// Sums by currency and name of a column.
#[derive(Default)]
pub(super) struct Sums(BTreeMap<String, BTreeMap<&'static str, i128>>);

impl Sums {
    /// Adds an amount to a column.
    pub(super) fn add(&mut self, column: &'static str, micros: i128, currency: &str) {
        let sums = self.0.entry(currency.to_owned()).or_default();
        let sum = sums.entry(column).or_default();
        *sum = sum.saturating_add(micros);
    }

    /// One row for each currency, with the word "Total" in the first column.
    pub(super) fn rows(&self, columns: &[Column]) -> Vec<Vec<Cell>> {
        let row = |(currency, sums): (&String, &BTreeMap<&'static str, i128>)| {
            let cells = columns.iter().enumerate().map(|(at, column)| match sums.get(column.name) {
                Some(sum) => cell::amount(*sum, currency),
                None if at == 0 => Cell::Text("Total".to_owned()),
                None => Cell::Absent,
            });
            cells.collect()
        };
        self.0.iter().map(row).collect()
    }
}
