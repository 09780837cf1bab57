//! What persons did with which feature.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Kind, Row, Usage};
use crate::storage::{Connection, Database, StorageError, date_of_day, each};
use crate::text::{bytes, duration};

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

impl Database {
    /// Use, one row for each person, feature and window of days. Windows of one day are the heat map's.
    ///
    /// Ages are counted from the day of the question. Names are pseudonyms where the service conceals them. `feature`:
    /// of this one alone. `readable`: sizes and spans of time are words for people, such as `1.2 GiB`.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn usage_report(
        &self,
        question: Question<'_>,
        feature: Option<&str>,
        readable: bool,
    ) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Usage", COLUMNS);
            for connection in question.connections(tx)? {
                let (mut concealed, mut days) = (false, false);
                let (mut found, mut others) = (false, BTreeSet::new());
                each(tx, connection.id, Kind::Usage, |row| {
                    let Row::Usage(usage) = row else { return };
                    days |= usage.from == usage.to;
                    if usage.from == usage.to {
                        return;
                    }
                    if feature.is_some_and(|feature| feature != usage.feature) {
                        if !others.contains(&usage.feature) {
                            others.insert(usage.feature);
                        }
                        return;
                    }
                    found = true;
                    concealed |= usage.concealed;
                    report.rows.push(line(&connection, &usage, question.today(), readable));
                })?;
                let name = &connection.name;
                if let Some(feature) = feature.filter(|_| !found && !others.is_empty()) {
                    let others: Vec<String> = others.into_iter().collect();
                    let others = others.join(", ");
                    report
                        .notes
                        .push(format!("{name}: nobody's use is known of \"{feature}\". It is known of: {others}."));
                }
                if days {
                    report.notes.push(format!("{name}: single days are shown by: show heat-map {name}"));
                }
                if concealed {
                    report.notes.push(format!("{name}: the service conceals names, so use cannot be told of persons."));
                }
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn line(connection: &Connection, usage: &Usage, today: Date, readable: bool) -> Vec<Cell> {
    let ago = usage.last_active.and_then(date_of_day).and_then(|day| today.since(day).ok());
    let (count, unit) = match (usage.count, usage.unit.as_deref()) {
        (Some(count), Some("bytes")) if readable => (Cell::Text(bytes(count)), Cell::Absent),
        (Some(count), Some("seconds")) if readable => (Cell::Text(duration(Duration::from_secs(count))), Cell::Absent),
        (count, _) => (cell::count_if_any(count), cell::text(usage.unit.as_ref())),
    };
    vec![
        Cell::Text(connection.name.clone()),
        Cell::Text(usage.principal_name.clone()),
        Cell::Text(if readable { title(&usage.feature) } else { usage.feature.clone() }),
        cell::day(usage.last_active),
        ago.map_or(Cell::Absent, |span| Cell::Count(i64::from(span.get_days()))),
        count,
        unit,
        cell::day(Some(usage.from)),
        cell::day(Some(usage.to)),
    ]
}

/// Lower-case words joined by hyphens as a title: `word-windows` is `Word windows`.
fn title(feature: &str) -> String {
    let mut letters = feature.replace('-', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}
