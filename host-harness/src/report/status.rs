//! How each connection stands.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Credential, Kind, Row};
use crate::contract::types::Error;
use crate::storage::{
    self, Background, Connection, Database, Failure, PartitionState, StorageError, date_of, each, is_not_possible,
};
use crate::text::counted;

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("account", "Account", Unit::Text),
    column("service", "Connector", Unit::Text),
    column("last_run", "Last run", Unit::Instant),
    column("next_run", "Next run", Unit::Instant),
    column("background_tasks", "In the background", Unit::Count),
    column("background_ended", "Of them ended", Unit::Count),
    column("background_until", "All ended at about", Unit::Instant),
    column("fresh", "Fresh", Unit::Count),
    column("stale", "Stale", Unit::Count),
    column("never", "Never had", Unit::Count),
    column("unfinished", "Unfinished", Unit::Count),
    column("rows", "Rows", Unit::Count),
    column("gaps", "Gaps", Unit::Count),
    column("news", "News", Unit::Count),
    column("baseline_ended", "News since", Unit::Instant),
    column("credential_ends", "Credential ends", Unit::Instant),
    column("next", "What to do next", Unit::Text),
];

/// Days before its end from which the end of a credential is the next thing to be seen to.
const NEAR: i64 = 30;

impl Database {
    /// Connections with the state of their partitions, what they hold, and the next thing to do.
    ///
    /// A partition is stale when its last attempt failed and rows of an earlier one are shown.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn status_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        self.read(|tx| {
            let mut report = Report::new("Status", COLUMNS);
            for connection in question.connections(tx)? {
                let goes_on = self.run_goes_on(connection.id);
                report.rows.push(line(tx, &connection, goes_on, question.now)?);
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn line(tx: &Transaction<'_>, connection: &Connection, goes_on: bool, now: Timestamp) -> Result<Vec<Cell>, Failure> {
    let states = storage::partitions(tx, connection.id)?;
    let count = |of: fn(&PartitionState) -> bool| cell::count(states.iter().filter(|state| of(state)).count() as u64);
    let gaps = storage::gaps(tx, connection.id)?;
    let told = storage::notifications(tx, connection.id)?;
    let news = told.iter().filter(|stored| stored.is_new()).count();
    let run = storage::last_run(tx, connection.id)?;
    let credential = first_to_end(tx, connection, now)?;
    let background = storage::background(tx, connection.id)?;
    let rows = states.iter().map(|state| state.rows).fold(0, u64::saturating_add);
    Ok(vec![
        Cell::Text(connection.name.clone()),
        cell::text(connection.account.as_ref()),
        Cell::Text(connection.plugin_id.clone()),
        run.as_ref().map_or(Cell::Absent, |run| Cell::Instant(run.started)),
        storage::planned_run(tx, connection.id)?.map_or(Cell::Absent, Cell::Instant),
        cell::count(background.tasks),
        cell::count(background.ended),
        background.until(now).filter(|_| goes_on).map_or(Cell::Absent, Cell::Instant),
        count(|state| state.published.is_some() && !state.is_stale()),
        count(PartitionState::is_stale),
        count(|state| state.published.is_none()),
        count(|state| state.unfinished.is_some()),
        cell::count(rows),
        cell::count(gaps.len() as u64),
        cell::count(news as u64),
        connection.baseline_ended.map_or(Cell::Absent, Cell::Instant),
        cell::instant(credential.as_ref().and_then(|credential| credential.ends)),
        Cell::Text(match credential.filter(|one| connection.connected.is_some() && is_near(one, now)) {
            Some(one) if one.in_use == Some(true) => rotate(&connection.name, &one, now),
            _ if goes_on => going_on(background),
            near => match (next(connection, &states, run.is_some(), background.left()), near) {
                (Some(next), _) => next,
                // Of which nobody knows whether it is used: it must not stand before what is known.
                (None, Some(one)) => rotate(&connection.name, &one, now),
                (None, None) => "Nothing. Run it again to renew what it holds.".to_owned(),
            },
        }),
    ])
}

/// The credential that ends first, of those that the connection may sign in with.
fn first_to_end(tx: &Transaction<'_>, connection: &Connection, now: Timestamp) -> Result<Option<Credential>, Failure> {
    let mut all = Vec::new();
    each(tx, connection.id, Kind::Credential, |row| match row {
        Row::Credential(one) if one.in_use != Some(false) => all.push(one),
        _ => {}
    })?;
    let lives = |one: &Credential| one.ends.is_none_or(|ends| ends > now.as_second());
    // Where one lives, one that has ended is used only if somebody knows it.
    let one_lives = all.iter().any(lives);
    let those = all.into_iter().filter(|one| !one_lives || lives(one) || one.in_use == Some(true));
    Ok(those.filter(|one| one.ends.is_some()).min_by_key(|one| one.ends))
}

fn is_near(credential: &Credential, now: Timestamp) -> bool {
    credential.ends.is_some_and(|ends| ends <= now.as_second().saturating_add(NEAR * 86_400))
}

fn rotate(name: &str, credential: &Credential, now: Timestamp) -> String {
    let ends = credential.ends.and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(now);
    let verb = if ends > now { "ends" } else { "ended" };
    let (title, day) = (&credential.title, date_of(ends));
    let make = if credential.in_use.is_some() { "Make" } else { "If this connection signs in with it, make" };
    format!("The {title} {verb} on {day}. {make} the next one: host-harness set-up {name} --rotate, or at the service.")
}

fn going_on(background: Background) -> String {
    match (background.left(), background.tasks) {
        (0, _) => "Nothing: a run goes on.".to_owned(),
        (left, all) => format!("Nothing: a run goes on. {left} of {all} tasks are left in the background."),
    }
}

/// The next thing to do, as a sentence, if there is any. `left`: tasks of the background.
fn next(connection: &Connection, states: &[PartitionState], has_run: bool, left: u64) -> Option<String> {
    let failed = |state: &PartitionState| match &state.cause {
        None | Some(Error::LicenceNeeded(_)) => false,
        Some(cause) => !is_not_possible(&connection.capabilities, &state.dataset, cause),
    };
    let told = if connection.connected.is_none() {
        "Connect it.".to_owned()
    } else if !has_run {
        "Run it.".to_owned()
    } else if states.iter().any(failed) {
        "Look at its gaps: some tasks failed.".to_owned()
    } else if left > 0 {
        format!("Run it again: {} left in the background.", counted(left, "task is", "tasks are"))
    } else if states.iter().any(|state| state.unfinished.is_some()) {
        "Run it again: the last run was stopped.".to_owned()
    } else {
        return None;
    };
    Some(told)
}
