//! `status`: the connections, how fresh their data is, and what to do next.

use super::argument::SomeConnections;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{print, show};
use super::session::Session;
use crate::report::Question;
use crate::table::Format;
use clap::Args;
use jiff::Timestamp;

const EXAMPLES: &str = "\
Examples:
  host-harness status
  host-harness status acme --format json
  host-harness status --runs
";

/// List the connections, how fresh their data is, and what to do next
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Status {
    #[command(flatten)]
    connections: SomeConnections,
    /// Show what the last run of each connection took instead
    #[arg(long)]
    runs: bool,
}

pub(super) fn run(args: Status, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    session.checked(&args.connections.names)?;
    let question = Question { connections: &args.connections.names, now: Timestamp::now(), limit: None };
    if args.runs {
        show(&session.database.runs_report(question)?, global)?;
        return Ok(Exit::Done);
    }
    let none = session.database.connections()?.is_empty();
    if none && global.format == Format::Table {
        print("There is no connection yet.\nnext: host-harness configure NAME --plugin FILE\n")?;
        return Ok(Exit::Done);
    }
    show(&session.database.status_report(question)?, global)?;
    Ok(Exit::Done)
}
