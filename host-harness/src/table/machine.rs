//! Reports for machines.

use crate::report::{Amount, Cell, Report, Unit};
use crate::text::plain_amount;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// One array of objects, keyed by the columns' names, in their order.
pub(super) fn json(report: &Report) -> String {
    let rows: Vec<Line<'_>> = report.rows.iter().map(|row| Line { report, row }).collect();
    // Texts and numbers alone: nothing that JSON cannot hold.
    let text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    format!("{text}\n")
}

/// A row as an object, its keys in the order of the columns.
struct Line<'a> {
    report: &'a Report,
    row: &'a [Cell],
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.report.columns.iter().zip(self.row);
        serializer.collect_map(pairs.map(|(column, cell)| (column.name, value(cell))))
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Absent => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Count(count) => json!(count),
        Cell::Money(Amount { micros, currency }) => json!({ "amount": plain_amount(*micros), "currency": currency }),
        Cell::Day(day) => json!(day.to_string()),
        Cell::Instant(at) => json!(at.to_string()),
        Cell::Bool(yes) => json!(yes),
    }
}

/// A header, then a line for each row. An amount takes two columns: the number and its currency.
pub(super) fn csv(report: &Report) -> String {
    let mut lines = csv::Writer::from_writer(Vec::new());
    let header = report.columns.iter().flat_map(|column| {
        let currency = (column.unit == Unit::Money).then(|| format!("{}_currency", column.name));
        std::iter::once(column.name.to_owned()).chain(currency)
    });
    let rows = report.rows.iter().map(|row| {
        let pairs = report.columns.iter().zip(row);
        pairs.flat_map(|(column, cell)| fields(column.unit, cell)).collect::<Vec<String>>()
    });
    for line in std::iter::once(header.collect::<Vec<String>>()).chain(rows) {
        // Memory takes every line, and all lines have as many fields as the header.
        let _ = lines.write_record(line);
    }
    lines.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn fields(unit: Unit, cell: &Cell) -> Vec<String> {
    let mut fields = match cell {
        Cell::Absent => vec![String::new()],
        Cell::Text(text) => vec![text.clone()],
        Cell::Count(count) => vec![count.to_string()],
        Cell::Money(Amount { micros, currency }) => vec![plain_amount(*micros), currency.clone()],
        Cell::Day(day) => vec![day.to_string()],
        Cell::Instant(at) => vec![at.to_string()],
        Cell::Bool(yes) => vec![yes.to_string()],
    };
    fields.resize(if unit == Unit::Money { 2 } else { 1 }, String::new());
    fields
}
