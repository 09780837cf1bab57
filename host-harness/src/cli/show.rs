//! `show`: what was collected, as tables.

use super::argument::SomeConnections;
use super::exit::Exit;
use super::failure::Failure;
use super::news::tell_news;
use super::options::Global;
use super::output::show;
use super::session::Session;
use crate::report::{Cell, Question, Report};
use crate::text::{counted, thousands};
use clap::{Args, ValueEnum};
use jiff::Timestamp;

const EXAMPLES: &str = "\
Examples:
  host-harness show subscriptions
  host-harness show recommendations acme --limit 10
  host-harness show users acme --user ada --format csv > users.csv
  host-harness show notifications --new
  host-harness show gaps --format json

In a table of subscriptions or recommendations, totals are given for each currency by itself.
";

/// What can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Persons, their seats and when they were last active
    Users,
    /// What is bought, used and spare, and what it costs
    Subscriptions,
    /// What to save, with the evidence
    Recommendations,
    /// Applications that are used or installed
    Applications,
    /// News
    Notifications,
    /// What persons did
    Usage,
    /// What could not be had, why, and what would mend it
    Gaps,
}

/// Show what was collected
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Show {
    /// What to show
    #[arg(value_enum)]
    subject: Subject,
    #[command(flatten)]
    connections: SomeConnections,
    /// At most so many rows
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only rows with this person: a part of a name, whatever its case
    #[arg(long, value_name = "TEXT")]
    user: Option<String>,
    /// Only rows with this text in any column, whatever its case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only notifications that were not shown before; they count as shown afterwards
    #[arg(long, conflicts_with_all = ["user", "search"])]
    new: bool,
}

pub(super) fn run(args: Show, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    session.checked(&args.connections.names)?;
    if args.new && args.subject != Subject::Notifications {
        return Err(Failure::usage("Only notifications can be new.").next("host-harness show notifications --new"));
    }
    if args.new {
        tell_news(&session, &args.connections.names, args.limit, global)?;
        return Ok(Exit::Done);
    }
    let filtered = args.user.is_some() || args.search.is_some();
    let question = Question {
        connections: &args.connections.names,
        now: Timestamp::now(),
        limit: args.limit.filter(|_| !filtered),
    };
    let database = &session.database;
    let mut report = match args.subject {
        Subject::Users => database.users_report(question),
        Subject::Subscriptions => database.subscriptions_report(question),
        Subject::Recommendations => database.recommendations_report(question),
        Subject::Applications => database.applications_report(question),
        Subject::Notifications => database.notifications_report(question),
        Subject::Usage => database.usage_report(question),
        Subject::Gaps => database.gaps_report(question),
    }?;
    if filtered {
        filter(&mut report, &args);
    }
    show(&report, global)?;
    Ok(Exit::Done)
}

/// Columns that name a person.
const PERSONS: [&str; 5] = ["user", "principal_name", "display_name", "subject", "mail"];

/// Keeps the rows that were asked for. Totals and notes speak of all rows, so that they go.
fn filter(report: &mut Report, args: &Show) {
    let columns = report.columns.clone();
    let holds = |row: &[Cell], wanted: &str, persons: bool| {
        let wanted = wanted.to_lowercase();
        columns
            .iter()
            .zip(row)
            .filter(|(column, _)| !persons || PERSONS.contains(&column.name))
            .any(|(_, cell)| matches!(cell, Cell::Text(text) if text.to_lowercase().contains(&wanted)))
    };
    let all = report.rows.len();
    report.rows.retain(|row| {
        args.user.as_ref().is_none_or(|user| holds(row, user, true))
            && args.search.as_ref().is_none_or(|text| holds(row, text, false))
    });
    let found = report.rows.len();
    report.rows.truncate(args.limit.unwrap_or(usize::MAX));
    report.totals.clear();
    report.notes = vec![format!("{} of {} fit.", thousands(found as u64), counted(all as u64, "row", "rows"))];
}
