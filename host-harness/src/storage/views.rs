//! Views for people who query the database: visible rows with the name of their connection.
//!
//! They are made from the same lists of columns as the tables, and made anew with every change of the layout.

use rusqlite::Transaction;

use super::error::Failure;
use super::rows::{FOR_EVER, KINDS, Merge, Table, table};

/// A readable decimal of a column of millionths: `39.00`, `-0.125`. Written without `abs` of the whole, which fails for
/// the smallest number.
fn decimal(column: &str) -> String {
    format!(
        "CASE WHEN {column} < 0 THEN '-' ELSE '' END || abs({column} / 1000000) || '.' || CASE
         WHEN {column} % 10000 = 0 THEN printf('%02d', abs({column} % 1000000) / 10000)
         ELSE rtrim(printf('%06d', abs({column} % 1000000)), '0') END"
    )
}

/// Makes all views anew.
pub(super) fn create(tx: &Transaction<'_>) -> Result<(), Failure> {
    for kind in KINDS {
        let table = table(*kind);
        tx.execute_batch(&format!("DROP VIEW IF EXISTS {0}; CREATE VIEW {0} AS {1};", table.view, select(table)))?;
    }
    Ok(tx.execute_batch(OTHERS)?)
}

fn select(table: &Table) -> String {
    let mut columns = vec!["connection.name AS connection".to_owned()];
    for column in &table.columns {
        columns.push(format!("r.\"{column}\""));
        if let Some(money) = column.strip_suffix("_micros") {
            // NULL stays NULL through `||`.
            columns.push(format!("{} AS {money}", decimal(&format!("r.{column}"))));
        }
    }
    if table.kind == "notification" {
        columns.push("CASE WHEN r.baseline THEN 'never' ELSE r.told END AS told".to_owned());
        columns.push("r.acknowledged".to_owned());
    }
    let visible = match table.merge {
        Merge::Keep => format!("WHERE r.generation = {FOR_EVER}"),
        Merge::Replace | Merge::Add => "JOIN task_partition p ON p.generation = r.generation".to_owned(),
    };
    format!(
        "SELECT {} FROM row_{} r JOIN connection ON connection.id = r.connection {visible}",
        columns.join(", "),
        table.kind
    )
}

/// Gaps that hold, partitions and runs.
const OTHERS: &str = "
DROP VIEW IF EXISTS gaps;
CREATE VIEW gaps AS
SELECT connection.name AS connection, p.task, gap.dataset, gap.field, gap.message, gap.code, gap.mend, gap.noticed
FROM gap JOIN task_partition p ON p.id = gap.partition JOIN connection ON connection.id = p.connection
WHERE gap.generation IS NULL OR gap.generation = p.generation;
DROP VIEW IF EXISTS partitions;
CREATE VIEW partitions AS
SELECT connection.name AS connection, p.task, p.dataset, p.published, p.checked, p.rows, p.failed
FROM task_partition p JOIN connection ON connection.id = p.connection;
DROP VIEW IF EXISTS deliveries;
CREATE VIEW deliveries AS
SELECT connection.name AS connection, d.name AS destination, o.notification, o.queued, o.attempts, o.due, o.outcome,
  o.ended, o.cause
FROM outbox o JOIN destination d ON d.id = o.destination JOIN connection ON connection.id = d.connection;
DROP VIEW IF EXISTS runs;
CREATE VIEW runs AS
SELECT connection.name AS connection, run.started, run.ended, run.requests, run.bytes, run.steps, run.rows, run.done,
  run.failed
FROM run JOIN connection ON connection.id = run.connection;
";
