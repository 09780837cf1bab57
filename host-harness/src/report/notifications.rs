//! News.

use std::cmp::Reverse;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::storage::{self, Database, StorageError, StoredNotification};
use crate::text::counted;

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("at", "At", Unit::Instant),
    column("title", "News", Unit::Text),
    column("body", "About it", Unit::Text),
    column("topic", "Topic", Unit::Text),
    column("told", "Told", Unit::Instant),
    column("state", "State", Unit::Text),
    column("id", "Id", Unit::Text),
    column("subject", "Subject", Unit::Text),
];

/// What became of it, in a word.
fn state(stored: &StoredNotification) -> &'static str {
    match stored {
        StoredNotification { acknowledged: Some(_), .. } => "acknowledged",
        StoredNotification { muted: true, .. } => "muted",
        StoredNotification { told: Some(_), .. } => "told",
        _ => "new",
    }
}

impl Database {
    /// Notifications, newest first. Those of the baseline are counted and not shown.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn notifications_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Notifications", COLUMNS);
            let mut news = Vec::new();
            for connection in question.connections(tx)? {
                let (baseline, shown): (Vec<_>, Vec<_>) = storage::notifications(tx, connection.id)?
                    .into_iter()
                    .partition(|stored| stored.notification.baseline);
                if !baseline.is_empty() {
                    let count = counted(baseline.len() as u64, "thing was", "things were");
                    report.notes.push(format!("{}: {count} found at the beginning and not news.", connection.name));
                }
                news.extend(shown.into_iter().map(|stored| (connection.name.clone(), stored)));
            }
            news.sort_by_key(|(_, stored)| Reverse(stored.notification.at));
            report.rows = news
                .into_iter()
                .map(|(connection, stored)| {
                    let state = state(&stored);
                    vec![
                        Cell::Text(connection),
                        cell::instant(Some(stored.notification.at)),
                        Cell::Text(stored.notification.title),
                        Cell::Text(stored.notification.body),
                        Cell::Text(stored.notification.topic),
                        stored.told.map_or(Cell::Absent, Cell::Instant),
                        Cell::Text(state.to_owned()),
                        Cell::Text(stored.notification.id),
                        Cell::Text(stored.notification.subject),
                    ]
                })
                .collect();
            question.cut(&mut report);
            Ok(report)
        })
    }
}
