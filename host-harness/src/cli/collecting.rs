//! `collect`, `discover` and `run`: runs connections one after the other, and gives each an outcome.

use super::argument::{OneConnection, name};
use super::delivering::deliver;
use super::exit::Exit;
use super::failure::Failure;
use super::interruption::{interruption, waits_for};
use super::options::Global;
use super::output::{complain, show, tell};
use super::regular::{period, regularly};
use super::session::{Session, Workshop};
use super::summary::{Outcome, advice, exit_of_all, report};
use crate::contract::dialogue::Capability;
use crate::contract::manifest::Verb;
use crate::progress::Bars;
use crate::sandbox::Log;
use crate::schedule::connector::Connector;
use crate::schedule::{AT_ONCE, Ending, Options, Run, RunReport, Stop, TaskReport, run};
use crate::storage::{Connection, Database, RunTotals, is_not_possible};
use crate::table::Format;
use clap::Args;
use std::future::Future;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

const COLLECT_EXAMPLES: &str = "\
Examples:
  host-harness collect acme
  host-harness collect acme -v 2> collect.log
";

const DISCOVER_EXAMPLES: &str = "\
Examples:
  host-harness discover acme
  host-harness show applications acme
";

const RUN_EXAMPLES: &str = "\
Examples:
  host-harness run acme
  host-harness run acme globex --format json
  host-harness run --all -q || echo \"exit code $?\"
  host-harness run --all --every 24h

A connection that fails does not stop the others. Interrupted with Ctrl-C, nothing is lost: run it again to go on.
With --every, it runs until it is interrupted or terminated, and sends in between what could not be delivered before.
";

/// How a run is paced.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Tasks at once; published quotas are kept whatever it is
    #[arg(long, value_name = "N", default_value_t = AT_ONCE, value_parser = parallel)]
    parallel: usize,
}

/// Tasks beyond this would only wait for the quota and hold memory.
const MOST_AT_ONCE: usize = 64;

fn parallel(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=MOST_AT_ONCE).contains(&number) => Ok(number),
        _ => Err(format!("a number from 1 to {MOST_AT_ONCE} is expected")),
    }
}

/// Collect what is bought and used, and work out what to save
#[derive(Args, Debug)]
#[command(after_help = COLLECT_EXAMPLES)]
pub(super) struct Collect {
    #[command(flatten)]
    connection: OneConnection,
    #[command(flatten)]
    pace: Pace,
}

/// Discover the applications that are used or installed
#[derive(Args, Debug)]
#[command(after_help = DISCOVER_EXAMPLES)]
pub(super) struct Discover {
    #[command(flatten)]
    connection: OneConnection,
    #[command(flatten)]
    pace: Pace,
}

/// Collect and discover, for one, several or all connections
#[derive(Args, Debug)]
#[command(after_help = RUN_EXAMPLES)]
pub(super) struct Everything {
    /// Names of connections
    #[arg(value_name = "NAME", value_parser = name, required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// All connections
    #[arg(long)]
    all: bool,
    /// Run again and again, once in each period: 24h, 90m, 1d
    #[arg(long, value_name = "PERIOD", value_parser = period)]
    every: Option<Duration>,
    #[command(flatten)]
    pace: Pace,
}

pub(super) async fn collect(args: Collect, global: &Global) -> Result<Exit, Failure> {
    each(&[args.connection.name], &[Verb::Collect], args.pace, global).await
}

pub(super) async fn discover(args: Discover, global: &Global) -> Result<Exit, Failure> {
    each(&[args.connection.name], &[Verb::Discover], args.pace, global).await
}

pub(super) async fn everything(args: Everything, global: &Global) -> Result<Exit, Failure> {
    let Some(every) = args.every else {
        return each(&args.names, &[Verb::Collect, Verb::Discover], args.pace, global).await;
    };
    let session = Session::open(global)?;
    session.checked(&args.names)?;
    let shop = session.host()?;
    let courier = shop.courier()?;
    regularly(&args.names, every, args.pace, &shop, &courier, global).await
}

async fn each(names: &[String], verbs: &[Verb], pace: Pace, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let connections = session.connections(names)?;
    if connections.is_empty() {
        return Err(Failure::usage("There is no connection yet.").next("host-harness configure NAME --plugin FILE"));
    }
    let shop = session.host()?;
    let courier = shop.courier()?;
    let interrupted = interruption();
    let mut outcomes = Vec::new();
    for connection in connections {
        if *interrupted.borrow() {
            break;
        }
        let until = waits_for(interrupted.clone());
        let result = one(&shop, connection.clone(), verbs, pace, until).await;
        tokio::select! {
            delivered = deliver(&courier, shop.host.clock().as_ref(), &connection, global) => {
                // What came of the run is told all the same.
                if let Err(failure) = delivered {
                    complain(&failure.to_string());
                }
            }
            () = waits_for(interrupted.clone()) => {}
        }
        outcomes.push(Outcome::of(&connection, result));
    }
    let outcome = report(&outcomes);
    let for_people = global.format == Format::Table;
    // One connection that did not even begin is a failure of the command; among several it is an outcome.
    let failure = match outcomes.as_slice() {
        [Outcome { result: Err(failure), .. }] => Some(failure.clone()),
        _ => None,
    };
    if failure.is_none() || !for_people {
        show(&outcome, global)?;
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    if !for_people {
        // Machines get no notes; whoever looks into a log still wants to know why.
        outcome.notes.iter().for_each(|note| complain(note));
    }
    for line in advice(&outcomes, verbs, &shop.database) {
        tell(&line, global);
    }
    Ok(if outcomes.is_empty() { Exit::Interrupted } else { exit_of_all(&outcomes) })
}

pub(super) async fn one(
    shop: &Workshop<'_>,
    mut connection: Connection,
    verbs: &[Verb],
    pace: Pace,
    interrupted: impl Future<Output = ()>,
) -> Result<RunReport, Failure> {
    let global = shop.global;
    if connection.connected.is_none() {
        let name = &connection.name;
        let next = format!("host-harness connect {name}");
        return Err(Failure::new(Exit::SignIn, format!("{name} is configured and not connected.")).next(next));
    }
    let _lock = shop.database.lock_run(&connection.name)?;
    let plugin = shop.plugin(&mut connection).await?;
    let bars = Arc::new(Bars::new(std::io::stderr().is_terminal() && !global.quiet, global.verbose));
    let log = global.verbose.then(|| bars.clone() as Arc<dyn Log>);
    let connector = Connector::new(&shop.host, plugin, connection.clone(), shop.database.clone(), log);
    let clock = shop.host.clock().clone();
    let stored = shop.database.begin_run(connection.id, clock.now())?;
    let known = connection.capabilities.clone();
    let ran = run(
        Arc::new(Run {
            stepper: connector,
            database: shop.database.clone(),
            connection,
            clock: clock.clone(),
            progress: bars,
            options: Options { at_once: pace.parallel, ..Options::default() },
        }),
        verbs,
        interrupted,
    )
    .await;
    let totals = ran.as_ref().map(|report| totals(report, &known)).unwrap_or_default();
    let writable = ran.as_ref().is_ok_and(|report| !matches!(report.stopped, Some(Stop::Storage(_))));
    end(&shop.database, stored, totals, clock.now(), !writable)?;
    Ok(ran?)
}

/// Notes the end of a run. When the run itself failed, or the database, that is told rather than this.
fn end(
    database: &Database,
    run: crate::storage::RunId,
    totals: RunTotals,
    now: jiff::Timestamp,
    told_otherwise: bool,
) -> Result<(), Failure> {
    match database.end_run(run, totals, now) {
        Err(error) if !told_otherwise => Err(error.into()),
        _ => Ok(()),
    }
}

fn totals(report: &RunReport, known: &[Capability]) -> RunTotals {
    let failed =
        |task: &&TaskReport| task.ending.failure().is_some_and(|cause| !is_not_possible(known, &task.dataset, cause));
    let sum = |part: fn(&TaskReport) -> u64| report.tasks.iter().map(part).sum();
    RunTotals {
        requests: report.requests(),
        bytes: sum(|task| task.bytes),
        steps: sum(|task| task.steps),
        rows: report.rows(),
        done: report.count(Ending::is_good) as u64,
        failed: report.tasks.iter().filter(failed).count() as u64,
    }
}
