//! Applications that are used or installed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rusqlite::Transaction;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Application, Kind, Row};
use crate::storage::{self, Connection, Database, Failure, StorageError, each};
use crate::text::{counted, thousands};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("name", "Application", Unit::Text),
    column("publisher", "Publisher", Unit::Text),
    column("new", "New", Unit::Bool),
    column("users", "Users", Unit::Count),
    column("sign_ins", "Sign-ins", Unit::Count),
    column("first_seen", "First seen", Unit::Day),
    column("last_seen", "Last seen", Unit::Day),
    column("category", "Category", Unit::Text),
    column("risk", "Risk", Unit::Text),
    column("trend", "Trend %", Unit::Count),
    column("unused", "Unused 90 d", Unit::Bool),
    column("assigned", "Given to", Unit::Count),
    column("assigned_unused", "Never used", Unit::Count),
    column("used_unassigned", "Not given", Unit::Count),
    column("consent", "Consent", Unit::Text),
    column("failures", "Failures", Unit::Count),
    column("source", "Known from", Unit::Text),
    column("installed", "Installed", Unit::Bool),
    column("first_party", "First party", Unit::Bool),
    column("verified", "Verified", Unit::Bool),
    column("sign_on", "Sign-on", Unit::Text),
    column("domain", "Domain", Unit::Text),
    column("integration", "Integration", Unit::Text),
    column("id", "Id", Unit::Text),
];

/// Days without a sign-in after which an application counts as unused.
const UNUSED: i64 = 90 * 86_400;

const BY_CATEGORY: &[Column] = &[
    CONNECTION,
    column("category", "Category", Unit::Text),
    column("applications", "Applications", Unit::Count),
    column("in_use", "In use", Unit::Count),
    column("users", "Users of the first", Unit::Count),
    column("names", "Which, by users", Unit::Text),
];

const BY_DAY: &[Column] = &[
    CONNECTION,
    column("day", "Day", Unit::Day),
    column("name", "Application", Unit::Text),
    column("users", "Users", Unit::Count),
    column("sign_ins", "Sign-ins", Unit::Count),
    column("failures", "Failures", Unit::Count),
    column("by_itself", "By itself", Unit::Count),
    column("id", "Id", Unit::Text),
];

/// By application and day, from the visible rows. Rows without a user are sums, which may stand for many days, and what
/// an application does by itself is no person's sign-in.
const DAYS: &str = "
SELECT day, max(application_name), count(DISTINCT CASE WHEN sign_ins > 0 AND how <> 'service' THEN user END),
  sum(CASE WHEN how <> 'service' THEN sign_ins ELSE 0 END), sum(failures),
  sum(CASE WHEN how = 'service' THEN sign_ins ELSE 0 END), application
FROM row_application_use r JOIN task_partition p ON p.generation = r.generation AND p.connection = r.connection
WHERE r.connection = ? AND user <> ''
GROUP BY application, day ORDER BY day DESC, 4 DESC, application";

impl Database {
    /// Applications of each category beside each other, so that those that compete are seen together: categories with the
    /// most applications in use first. Applications without a category are left out, and counted in a note.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn categories_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Applications by category", BY_CATEGORY);
            for connection in question.connections(tx)? {
                let mut found = Vec::new();
                read(tx, &connection, &mut found)?;
                categories(&connection, found, &mut report);
            }
            question.cut(&mut report);
            Ok(report)
        })
    }

    /// Users and sign-ins of each application on each day of the history, newest first.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn application_days_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Applications by day", BY_DAY);
            for connection in question.connections(tx)? {
                let mut statement = tx.prepare_cached(DAYS)?;
                let rows = statement.query_map([connection.id.0], |row| day_line(&connection, row))?;
                report.rows.extend(rows.collect::<Result<Vec<_>, _>>()?);
            }
            question.cut(&mut report);
            Ok(report)
        })
    }

    /// Applications: new ones first, then those with the most users; what the vendor of the service made comes last.
    ///
    /// New is what a notification tells of: it was seen first after the baseline. Users and sign-ins are those of the
    /// last 30 days of the history.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn applications_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Applications", COLUMNS);
            let mut found = Vec::new();
            for connection in question.connections(tx)? {
                let since = found.len();
                read(tx, &connection, &mut found)?;
                let whole = whole_history(tx, &connection, question.now.as_second())?;
                found.iter_mut().skip(since).for_each(|one| one.judge(question.now.as_second(), whole));
                if connection.baseline_ended.is_none() {
                    let name = &connection.name;
                    report.notes.push(format!("{name}: the first run has not ended, so nothing counts as new yet."));
                }
            }
            found.sort_by_cached_key(|one| {
                let one_of = &one.application;
                (!one.new, one_of.first_party, Reverse(one_of.users), Reverse(one_of.sign_ins), one.key())
            });
            let new = found.iter().filter(|one| one.new).count() as u64;
            let own = found.iter().filter(|one| one.application.first_party).count() as u64;
            let all = counted(found.len() as u64, "application", "applications");
            let mut note = format!("{all}, {} of them new", thousands(new));
            if own > 0 {
                note.push_str(&format!("; the service's own, {}, come last", thousands(own)));
            }
            report.notes.push(note + ".");
            report.rows = found.iter().map(Found::line).collect();
            question.cut(&mut report);
            Ok(report)
        })
    }
}

struct Found {
    connection: String,
    new: bool,
    /// Not signed in to for ninety days; absent: not known.
    unused: Option<bool>,
    application: Application,
}

/// Whether sign-ins of the last ninety days are all in the history.
fn whole_history(tx: &Transaction<'_>, connection: &Connection, now: i64) -> Result<bool, Failure> {
    let first: Option<String> = tx.query_row(
        "SELECT min(day) FROM row_application_use WHERE connection = ? AND user <> ''",
        [connection.id.0],
        |row| row.get(0),
    )?;
    let first = first.and_then(|day| day.parse::<jiff::civil::Date>().ok());
    let since = Timestamp::from_second(now - UNUSED).ok().map(crate::storage::date_of);
    Ok(first.zip(since).is_some_and(|(first, since)| first <= since))
}

fn categories(connection: &Connection, found: Vec<Found>, report: &mut Report) {
    let mut by_category: BTreeMap<String, Vec<Application>> = BTreeMap::new();
    let mut without = 0;
    for Found { application, .. } in found.into_iter().filter(|one| !one.application.first_party) {
        match application.category.clone() {
            Some(category) => by_category.entry(category).or_default().push(application),
            None => without += 1,
        }
    }
    let mut lines = Vec::new();
    for (category, mut members) in by_category {
        members.sort_by_key(|one| (Reverse(one.users), Reverse(one.sign_ins), one.name.to_lowercase()));
        let in_use = members.iter().filter(|one| one.users.is_some_and(|users| users > 0)).count() as u64;
        let name = |one: &Application| match one.users {
            Some(users) => format!("{} ({})", one.name, thousands(users)),
            None => one.name.clone(),
        };
        let names: Vec<String> = members.iter().map(name).collect();
        let line = vec![
            Cell::Text(connection.name.clone()),
            Cell::Text(category),
            cell::count(members.len() as u64),
            cell::count(in_use),
            cell::count_if_any(members.first().and_then(|one| one.users)),
            Cell::Text(names.join(", ")),
        ];
        lines.push((Reverse(in_use), Reverse(members.len()), line));
    }
    lines.sort_by_key(|(in_use, many, _)| (*in_use, *many));
    report.rows.extend(lines.into_iter().map(|(_, _, line)| line));
    if without > 0 {
        let (name, without) = (&connection.name, counted(without, "application", "applications"));
        report.notes.push(format!("{name}: {without} of other makers without a known category."));
    }
}

fn day_line(connection: &Connection, row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    let count = |at| row.get(at).map(Cell::Count);
    let (day, name, id): (String, Option<String>, String) = (row.get(0)?, row.get(1)?, row.get(6)?);
    Ok(vec![
        Cell::Text(connection.name.clone()),
        day.parse().map_or(Cell::Absent, Cell::Day),
        Cell::Text(name.unwrap_or_else(|| id.clone())),
        count(2)?,
        count(3)?,
        count(4)?,
        count(5)?,
        Cell::Text(id),
    ])
}

fn read(tx: &Transaction<'_>, connection: &Connection, found: &mut Vec<Found>) -> Result<(), Failure> {
    let told = storage::notifications(tx, connection.id)?;
    let news = told.into_iter().filter(|stored| !stored.notification.baseline);
    let news: HashSet<String> = news.map(|stored| stored.notification.subject.to_lowercase()).collect();
    each(tx, connection.id, Kind::Application, |row| {
        if let Row::Application(application) = row {
            let new = news.contains(&application.id.to_lowercase());
            found.push(Found { connection: connection.name.clone(), new, unused: None, application });
        }
    })
}

impl Found {
    /// What was never signed in to is unused when the history would show it and it has been there all the time.
    fn judge(&mut self, now: i64, whole: bool) {
        let application = &self.application;
        self.unused = match application.last_seen {
            Some(last) => Some(last < now - UNUSED),
            None if whole && application.created.is_some_and(|created| created < now - UNUSED) => Some(true),
            None => None,
        };
    }

    fn key(&self) -> (String, String, String) {
        (self.application.name.to_lowercase(), self.connection.clone(), self.application.id.clone())
    }

    fn line(&self) -> Vec<Cell> {
        let application = &self.application;
        vec![
            Cell::Text(self.connection.clone()),
            Cell::Text(application.name.clone()),
            cell::text(application.publisher.as_ref()),
            Cell::Bool(self.new),
            cell::count_if_any(application.users),
            cell::count_if_any(application.sign_ins),
            cell::day_of_instant(application.first_seen),
            cell::day_of_instant(application.last_seen),
            cell::text(application.category.as_ref()),
            cell::name(&application.risk),
            application.trend.map_or(Cell::Absent, |trend| Cell::Count(i64::from(trend))),
            cell::yes(self.unused),
            cell::count_if_any(application.assigned),
            cell::count_if_any(application.assigned_unused),
            cell::count_if_any(application.used_unassigned),
            cell::name(&application.consent),
            cell::count_if_any(application.failures),
            cell::name(&application.source),
            Cell::Bool(application.installed),
            Cell::Bool(application.first_party),
            cell::yes(application.verified),
            cell::name(&application.sign_on),
            cell::text(application.domain.as_ref()),
            cell::text(application.integration.as_ref()),
            Cell::Text(application.id.clone()),
        ]
    }
}
