//! What persons did with which feature.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::Transaction;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Kind, Row, Usage};
use crate::storage::{Connection, Database, Failure, StorageError, date_of_day, each};
use crate::text::{counted, thousands};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("principal_name", "Principal name", Unit::Text),
    column("feature", "Feature", Unit::Text),
    column("last_active", "Last active", Unit::Day),
    column("days_ago", "Days ago", Unit::Count),
    column("count", "Count", Unit::Count),
    column("unit", "Of", Unit::Text),
    column("from", "From", Unit::Day),
    column("to", "To", Unit::Day),
];

/// Within so many days before the last that the source knows, a person counts as active in the notes.
const RECENT: i32 = 30;

impl Database {
    /// Use, one row for each person, feature and window of days, and a note with the active persons of each feature.
    ///
    /// Ages are counted from the day of the question. Names are pseudonyms where the service conceals them.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn usage_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Usage", COLUMNS);
            for connection in question.connections(tx)? {
                add(tx, &connection, question.today(), &mut report)?;
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

/// Persons of one feature in one window.
#[derive(Default)]
struct Persons {
    known: u64,
    recent: u64,
}

fn add(tx: &Transaction<'_>, connection: &Connection, today: Date, report: &mut Report) -> Result<(), Failure> {
    let mut features: BTreeMap<(String, i32), Persons> = BTreeMap::new();
    let mut concealed = false;
    each(tx, connection.id, Kind::Usage, |row| {
        let Row::Usage(usage) = row else { return };
        let persons = features.entry((usage.feature.clone(), usage.to)).or_default();
        persons.known += 1;
        persons.recent += u64::from(usage.last_active.is_some_and(|day| day > usage.to.saturating_sub(RECENT)));
        concealed |= usage.concealed;
        report.rows.push(line(connection, &usage, today));
    })?;
    let name = &connection.name;
    for ((feature, to), persons) in features {
        let known = counted(persons.known, "person", "persons");
        let to = date_of_day(to).map(|day| format!(" up to {day}")).unwrap_or_default();
        let recent = thousands(persons.recent);
        report.notes.push(format!("{name}: {feature}: {recent} of {known} active in the {RECENT} days{to}."));
    }
    if concealed {
        report.notes.push(format!("{name}: the service conceals names, so use cannot be told of persons."));
    }
    Ok(())
}

fn line(connection: &Connection, usage: &Usage, today: Date) -> Vec<Cell> {
    let ago = usage.last_active.and_then(date_of_day).and_then(|day| today.since(day).ok());
    vec![
        Cell::Text(connection.name.clone()),
        Cell::Text(usage.principal_name.clone()),
        Cell::Text(usage.feature.clone()),
        cell::day(usage.last_active),
        ago.map_or(Cell::Absent, |span| Cell::Count(i64::from(span.get_days()))),
        cell::count_if_any(usage.count),
        cell::text(usage.unit.as_ref()),
        cell::day(Some(usage.from)),
        cell::day(Some(usage.to)),
    ]
}
