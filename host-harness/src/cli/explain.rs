//! `explain`: why there is, or is not, a row about a subject.

use super::argument::OneConnection;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::show;
use super::session::Session;
use crate::contract::connector::{Context, Explanation};
use crate::contract::rows::{Evidence, Kind};
use crate::report::{Cell, Column, Report, Unit};
use crate::sandbox::Call;
use crate::storage::{ConnectionShelf, date_of_day};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  host-harness explain acme recommendation ada@acme.example
  host-harness explain acme recommendation \"Plan with everything\"
  host-harness explain acme application 11112222-bbbb-3333-cccc-4444dddd5555 --format json
";

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Explained {
    /// For a person or a product: what each rule of advice says, and why
    Recommendation,
    /// For an application: where it was found, and what it was matched with
    Application,
}

/// Tell why something is recommended or not, or how an application was recognised
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    #[command(flatten)]
    connection: OneConnection,
    /// What is to be explained
    #[arg(value_enum)]
    kind: Explained,
    /// A person's principal name, or the id or name of a product or application
    #[arg(value_name = "SUBJECT")]
    subject: String,
}

/// Explains an application, as `explain NAME application SUBJECT` does.
pub(super) async fn application(name: &str, subject: &str, global: &Global) -> Result<Exit, Failure> {
    let connection = OneConnection { name: name.to_owned() };
    run(Explain { connection, kind: Explained::Application, subject: subject.to_owned() }, global).await
}

pub(super) async fn run(args: Explain, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let mut connection = session.connection(&args.connection.name)?;
    let shop = session.host()?;
    let plugin = shop.plugin(&mut connection).await?;
    let kinds = plugin.manifest().datasets.iter().flat_map(|dataset| dataset.kinds.iter().copied()).collect();
    // What is published counts as fresh, unless the last run could not renew it: that partition has a cause.
    let shelf = ConnectionShelf::new(shop.database.clone(), connection.id, kinds, Timestamp::UNIX_EPOCH);
    let context = Context {
        now: shop.host.clock().now().as_second(),
        baseline_ended: connection.baseline_ended.map(Timestamp::as_second),
    };
    let call = Call { shelf: Some(Arc::new(shelf)), ..Call::new(context) };
    let kind = match args.kind {
        Explained::Recommendation => Kind::Recommendation,
        Explained::Application => Kind::Application,
    };
    let found = plugin.explain(&call, &connection.settings, kind, args.subject.trim()).await?;
    show(&report(&found), global)?;
    Ok(Exit::Done)
}

fn report(found: &[Explanation]) -> Report {
    let column = |name, title| Column { name, title, unit: Unit::Text };
    let row = |one: &Explanation| {
        let seen: Vec<String> = one.evidence.iter().map(line).collect();
        let cells = [one.title.clone(), one.verdict.clone(), seen.join("\n"), one.subject.clone()];
        cells.into_iter().map(Cell::Text).collect()
    };
    Report {
        title: "Why".to_owned(),
        columns: vec![
            column("title", "What"),
            column("verdict", "Verdict"),
            column("evidence", "Evidence"),
            column("subject", "Id"),
        ],
        rows: found.iter().map(row).collect(),
        totals: Vec::new(),
        notes: Vec::new(),
    }
}

fn line(seen: &Evidence) -> String {
    let day = seen.as_of.and_then(date_of_day).map(|day| format!(" ({day})")).unwrap_or_default();
    format!("{}: {}{day}", seen.signal, seen.value)
}
