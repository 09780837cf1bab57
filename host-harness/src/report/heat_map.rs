//! On which days each person used which feature.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::days::{Known, Look, since_created, users};
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::storage::{Database, StorageError};

const BARS: &[Column] = &[
    CONNECTION,
    column("principal_name", "Principal name", Unit::Text),
    column("feature", "Feature", Unit::Text),
    column("days", "Days", Unit::Text),
    column("used", "Used", Unit::Count),
    column("known", "Of", Unit::Count),
    column("last_used", "Last used", Unit::Day),
];

const DAYS: &[Column] = &[
    CONNECTION,
    column("principal_name", "Principal name", Unit::Text),
    column("feature", "Feature", Unit::Text),
    column("day", "Day", Unit::Day),
    column("used", "Used", Unit::Bool),
];

/// So many days have a mark each; more have one for each week, so that a row fits a terminal.
const MARKS: usize = 31;

const WEEK: usize = 7;

impl Database {
    /// The heat map: a row for each person and feature with one mark for each day or week; or, with `by_day`, a row for
    /// each known day.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn heat_map_report(
        &self,
        question: Question<'_>,
        look: Look<'_>,
        by_day: bool,
    ) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Heat map", if by_day { DAYS } else { BARS });
            let today = question.today();
            for connection in question.connections(tx)? {
                let known = Known::read(tx, &connection, &look, today)?;
                let users = users(tx, &connection)?;
                known.persons(tx, &connection, &look, |person| {
                    let user = users.get(&person.name.to_lowercase());
                    for (feature, used) in &person.used {
                        let days = since_created(&known.of(feature), user);
                        let begin = |more: Vec<Cell>| {
                            let name = Cell::Text(connection.name.clone());
                            let all = [name, Cell::Text(person.name.clone()), Cell::Text(feature.clone())];
                            all.into_iter().chain(more).collect::<Vec<_>>()
                        };
                        if by_day {
                            let row = |day: &Date| begin(vec![Cell::Day(*day), Cell::Bool(used.contains(day))]);
                            report.rows.extend(days.iter().map(row));
                        } else {
                            report.rows.push(begin(vec![
                                Cell::Text(bar(known.since, today, &days, used)),
                                cell::count(used.intersection(&days).count() as u64),
                                cell::count(days.len() as u64),
                                used.last().map_or(Cell::Absent, |day| Cell::Day(*day)),
                            ]));
                        }
                    }
                })?;
                report.notes.push(told(&connection.name, &known, &look, today));
            }
            if !by_day && !report.rows.is_empty() {
                report.notes.push(legend(look.days));
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

pub(super) fn told(name: &str, known: &Known, look: &Look<'_>, today: Date) -> String {
    if let Some(feature) = look.feature.filter(|feature| known.features().all(|known| known != *feature)) {
        let all: Vec<&str> = known.features().collect();
        let others = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
        return format!("{name}: no single days are known of \"{feature}\". They are known of: {others}.");
    }
    let days = known.of_any(look);
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => {
            let many = days.len();
            format!("{name}: of the {} days up to {today}, {many} are known, from {first} to {last}.", look.days)
        }
        _ => format!("{name}: of the {} days up to {today}, none is known yet.", look.days),
    }
}

fn legend(days: u16) -> String {
    let what = if usize::from(days) > MARKS { "week" } else { "day" };
    format!(
        "Each mark is one {what}, the last one on the right: · not used, ░ ▒ ▓ █ used on up to a quarter, half, three \
         quarters or all of its known days, - not known."
    )
}

/// One mark for each day up to today, or for each week when there are many.
fn bar(since: Date, today: Date, known: &BTreeSet<Date>, used: &BTreeSet<Date>) -> String {
    let mut days: Vec<Date> = since.series(1.day()).take_while(|day| *day <= today).collect();
    days.reverse();
    let length = if days.len() > MARKS { WEEK } else { 1 };
    let mark = |days: &[Date]| {
        let known: Vec<&Date> = days.iter().filter(|day| known.contains(day)).collect();
        let used = known.iter().filter(|day| used.contains(**day)).count();
        shade(used, known.len())
    };
    let marks: Vec<char> = days.chunks(length).map(mark).collect();
    marks.into_iter().rev().collect()
}

fn shade(used: usize, known: usize) -> char {
    match (used, known) {
        (_, 0) => '-',
        (0, _) => '·',
        _ if used * 4 <= known => '░',
        _ if used * 2 <= known => '▒',
        _ if used * 4 <= known * 3 => '▓',
        _ => '█',
    }
}
