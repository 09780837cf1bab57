//! Applications that are used or installed.

use std::cmp::Reverse;
use std::collections::HashSet;

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
    column("installed", "Installed", Unit::Bool),
    column("first_party", "First party", Unit::Bool),
    column("verified", "Verified", Unit::Bool),
    column("sign_on", "Sign-on", Unit::Text),
    column("integration", "Integration", Unit::Text),
    column("id", "Id", Unit::Text),
];

impl Database {
    /// Applications: new ones first, then those with the most users.
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
                read(tx, &connection, &mut found)?;
                if connection.baseline_ended.is_none() {
                    let name = &connection.name;
                    report.notes.push(format!("{name}: the first run has not ended, so nothing counts as new yet."));
                }
            }
            found.sort_by_cached_key(|one| {
                (!one.new, Reverse(one.application.users), Reverse(one.application.sign_ins), one.key())
            });
            let new = found.iter().filter(|one| one.new).count() as u64;
            let (all, new) = (counted(found.len() as u64, "application", "applications"), thousands(new));
            report.notes.push(format!("{all}, {new} of them new."));
            report.rows = found.iter().map(Found::line).collect();
            question.cut(&mut report);
            Ok(report)
        })
    }
}

struct Found {
    connection: String,
    new: bool,
    application: Application,
}

fn read(tx: &Transaction<'_>, connection: &Connection, found: &mut Vec<Found>) -> Result<(), Failure> {
    let told = storage::notifications(tx, connection.id)?;
    let news = told.into_iter().filter(|stored| !stored.notification.baseline);
    let news: HashSet<String> = news.map(|stored| stored.notification.subject.to_lowercase()).collect();
    each(tx, connection.id, Kind::Application, |row| {
        if let Row::Application(application) = row {
            let new = news.contains(&application.id.to_lowercase());
            found.push(Found { connection: connection.name.clone(), new, application });
        }
    })
}

impl Found {
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
            Cell::Bool(application.installed),
            Cell::Bool(application.first_party),
            cell::yes(application.verified),
            cell::name(&application.sign_on),
            cell::text(application.integration.as_ref()),
            Cell::Text(application.id.clone()),
        ]
    }
}
