//! Advice, ranked by what it saves.

use std::cmp::Reverse;

use rusqlite::Transaction;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Effect, Evidence, Kind, Recommendation, Row};
use crate::storage::{Connection, Database, Failure, StorageError, date_of_day, each};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("subject", "Subject", Unit::Text),
    column("product", "Product", Unit::Text),
    column("action", "What to do", Unit::Text),
    column("seats", "Seats", Unit::Count),
    column(SAVING, "Saves a month", Unit::Money),
    column("provenance", "Price from", Unit::Text),
    column("effect", "When", Unit::Text),
    column("confidence", "Confidence", Unit::Text),
    column("evidence", "Evidence", Unit::Text),
    column("safe_because", "Safe because", Unit::Text),
    column("rule", "Rule", Unit::Text),
];
const SAVING: &str = "saving";
const NOT_ADDED: &str = "Savings of different advice can overlap, so that their sum is not the total. What can really be \
                         had: host-harness show plan.";

impl Database {
    /// Advice, the largest saving first; then what has no known price, and last what is a risk and not a saving.
    ///
    /// Savings of different advice can overlap, so they are not added up: the total is that of the plan.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn recommendations_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Recommendations", COLUMNS);
            let mut found = Vec::new();
            for connection in question.connections(tx)? {
                read(tx, &connection, &mut found)?;
            }
            found.sort_by_cached_key(|(connection, advice)| (rank(advice), connection.clone(), advice.id.clone()));
            report.rows = found.iter().map(|(connection, advice)| line(connection, advice)).collect();
            if found.iter().any(|(_, advice)| advice.saving.is_some()) {
                report.notes.push(NOT_ADDED.to_owned());
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn read(
    tx: &Transaction<'_>,
    connection: &Connection,
    found: &mut Vec<(String, Recommendation)>,
) -> Result<(), Failure> {
    each(tx, connection.id, Kind::Recommendation, |row| {
        if let Row::Recommendation(advice) = row {
            found.push((connection.name.clone(), advice));
        }
    })
}

/// Where an advice stands in the list. Currencies are kept apart, because their amounts cannot be compared.
fn rank(advice: &Recommendation) -> (u8, String, Reverse<i64>) {
    match (&advice.effect, &advice.saving) {
        (Effect::Exposure, _) => (2, String::new(), Reverse(0)),
        (_, None) => (1, String::new(), Reverse(0)),
        (_, Some(saving)) => (0, saving.currency.clone(), Reverse(saving.micros)),
    }
}

fn line(connection: &str, advice: &Recommendation) -> Vec<Cell> {
    vec![
        Cell::Text(connection.to_owned()),
        Cell::Text(advice.subject_name.clone()),
        cell::text(advice.product_name.as_ref().or(advice.product.as_ref())),
        Cell::Text(advice.action.clone()),
        cell::count(advice.seats),
        cell::money(advice.saving.as_ref()),
        cell::text(advice.provenance.as_ref()),
        Cell::Text(effect(&advice.effect)),
        cell::name(&advice.confidence),
        Cell::Text(evidence(advice)),
        Cell::Text(advice.safe_because.clone()),
        Cell::Text(advice.rule.clone()),
    ]
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::ReassignNow => "seat free at once".to_owned(),
        Effect::AtRenewal(day) => match date_of_day(*day) {
            Some(day) => format!("at the renewal of {day}"),
            None => "at the renewal".to_owned(),
        },
        Effect::AtNextRenewal => "at the next renewal".to_owned(),
        Effect::Exposure => "a risk, not a saving".to_owned(),
    }
}

/// One line for each thing that was observed.
fn evidence(advice: &Recommendation) -> String {
    let line = |seen: &Evidence| {
        let day = seen.as_of.and_then(date_of_day).map(|day| format!(" ({day})")).unwrap_or_default();
        format!("{}: {}{day}", seen.signal, seen.value)
    };
    advice.evidence.iter().map(line).collect::<Vec<_>>().join("\n")
}
