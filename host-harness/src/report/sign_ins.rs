//! Single sign-ins, one after another: there may be millions.

use jiff::{Timestamp, ToSpan};
use rusqlite::Row;

use super::{CONNECTION, Cell, Column, Question, Report, Unit, column};
use crate::storage::{Connection, Database, StorageError, date_of};

const COLUMNS: &[Column] = &[
    CONNECTION,
    column("at", "At", Unit::Instant),
    column("principal_name", "Principal name", Unit::Text),
    column("application_name", "Application", Unit::Text),
    column("success", "Success", Unit::Bool),
    column("error", "Error", Unit::Text),
    column("address", "Address", Unit::Text),
    column("country", "Country", Unit::Text),
    column("city", "City", Unit::Text),
    column("client", "Client", Unit::Text),
    column("target", "Signed in to", Unit::Text),
    column("how", "How", Unit::Text),
    column("user", "User", Unit::Text),
    column("application", "Application id", Unit::Text),
    column("id", "Id", Unit::Text),
];

/// The visible rows of a connection from an instant on, by the index of time: the plus sign keeps SQLite from collecting
/// them by generation first, which would have to be sorted.
const NEWEST: &str = "
SELECT at, principal_name, application_name, success, error, address, country, city, client, target, how, user,
  application, id
FROM row_sign_in
WHERE connection = ?1 AND at >= ?2 AND +generation IN (SELECT generation FROM task_partition WHERE connection = ?1)
ORDER BY at DESC, key DESC";

impl Database {
    /// A report of single sign-ins that has no rows yet, and whether the connections have any at all.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn sign_ins_report(&self, question: Question<'_>) -> Result<Report, StorageError> {
        let mut report = Report::new("Sign-ins", COLUMNS);
        self.read(|tx| {
            for connection in question.connections(tx)? {
                let any = "SELECT EXISTS (SELECT 1 FROM row_sign_in WHERE connection = ?)";
                if !tx.prepare_cached(any)?.query_row([connection.id.0], |row| row.get::<_, bool>(0))? {
                    let name = &connection.name;
                    report.notes.push(format!(
                        "{name}: no single sign-in is kept. A connector keeps them only when its settings ask for it; \
                         show application-days {name} tells how many there were."
                    ));
                }
            }
            Ok(())
        })?;
        Ok(report)
    }

    /// Gives each single sign-in to a function, as a row of that report, newest first, until it wants no more. `days`: only those
    /// of so many days back, today included.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn each_sign_in(
        &self,
        question: Question<'_>,
        days: Option<u16>,
        mut take: impl FnMut(Vec<Cell>) -> bool,
    ) -> Result<(), StorageError> {
        // Instants are compared as text: a day stands before its instants.
        let first = |days: u16| date_of(question.now).checked_sub((i64::from(days) - 1).days()).ok();
        let since = days.and_then(first).map(|day| day.to_string()).unwrap_or_default();
        self.read(|tx| {
            for connection in question.connections(tx)? {
                let mut statement = tx.prepare_cached(NEWEST)?;
                let mut found = statement.query(rusqlite::params![connection.id.0, since])?;
                while let Some(row) = found.next()? {
                    if !take(line(&connection, row)?) {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })
    }
}

fn line(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Vec<Cell>> {
    let at: String = row.get(0)?;
    let mut line =
        vec![Cell::Text(connection.name.clone()), at.parse::<Timestamp>().map_or(Cell::Absent, Cell::Instant)];
    for (place, column) in COLUMNS.iter().skip(2).enumerate() {
        line.push(match column.unit {
            Unit::Bool => Cell::Bool(row.get(place + 1)?),
            _ => row.get::<_, Option<String>>(place + 1)?.map_or(Cell::Absent, Cell::Text),
        });
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::tests::sample::Sample;

    #[test]
    fn the_newest_are_found_by_the_index_of_time_and_nothing_is_sorted() {
        let plan: Vec<String> = Sample::new()
            .database
            .read(|tx| {
                let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {NEWEST}"))?;
                let lines = statement.query_map(rusqlite::params![1, "2026-11-20"], |row| row.get(3))?;
                Ok(lines.collect::<Result<_, _>>()?)
            })
            .unwrap();
        assert!(plan[0].contains("USING INDEX row_sign_in_by_time (connection=? AND at>?)"), "{plan:?}");
        assert!(!plan.iter().any(|line| line.contains("ORDER BY")), "{plan:?}");
    }
}
