//! Reports for machines.

use crate::report::{Amount, Cell, Report, Unit};
use crate::text::plain_amount;
use serde_json::{Map, Value, json};

/// One array of objects, keyed by the columns' names.
pub(super) fn json(report: &Report) -> String {
    let rows: Vec<Value> = report
        .rows
        .iter()
        .map(|row| {
            let pairs = report.columns.iter().zip(row);
            Value::Object(pairs.map(|(column, cell)| (column.name.to_owned(), value(cell))).collect::<Map<_, _>>())
        })
        .collect();
    format!("{:#}\n", Value::Array(rows))
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
