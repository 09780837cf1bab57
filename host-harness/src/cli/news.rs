//! Notifications that nobody was told yet.

use super::failure::Failure;
use super::options::Global;
use super::output::show;
use super::session::Session;
use crate::report::{Cell, Column, Report, Unit};
use jiff::Timestamp;

/// Shows the news of these connections; they count as told afterwards.
pub(super) fn tell_news(
    session: &Session<'_>,
    names: &[String],
    limit: Option<usize>,
    global: &Global,
) -> Result<(), Failure> {
    let column = |name, title, unit| Column { name, title, unit };
    let mut report = Report {
        title: "New notifications".to_owned(),
        columns: vec![
            column("connection", "Connection", Unit::Text),
            column("at", "When", Unit::Instant),
            column("topic", "Topic", Unit::Text),
            column("title", "News", Unit::Text),
            column("body", "More", Unit::Text),
        ],
        rows: Vec::new(),
        totals: Vec::new(),
        notes: Vec::new(),
    };
    let mut told = Vec::new();
    for connection in session.connections(names)? {
        let left = limit.map_or(usize::MAX, |limit| limit - report.rows.len().min(limit));
        let news: Vec<_> = session.database.untold(connection.id)?.into_iter().take(left).collect();
        for item in &news {
            report.rows.push(vec![
                Cell::Text(connection.name.clone()),
                Timestamp::from_second(item.at).map_or(Cell::Absent, Cell::Instant),
                Cell::Text(item.topic.clone()),
                Cell::Text(item.title.clone()),
                Cell::Text(item.body.clone()),
            ]);
        }
        told.push((connection.id, news.into_iter().map(|item| item.id).collect::<Vec<_>>()));
    }
    show(&report, global)?;
    // Only what reached the paper counts as told.
    for (connection, ids) in told {
        session.database.mark_told(connection, &ids, Timestamp::now())?;
    }
    Ok(())
}
