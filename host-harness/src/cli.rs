//! The command line: one file for each command.

mod again;
mod argument;
mod capabilities;
mod collecting;
mod completions;
mod configure;
mod connect;
mod convert;
mod defect;
mod delivering;
mod destination;
mod doctor;
pub mod exit;
mod explain;
pub mod failure;
mod forget;
mod form;
mod inspect;
mod interruption;
mod news;
mod notifications;
mod options;
mod output;
mod reference;
mod regular;
mod saving;
mod session;
mod set_up;
mod show;
mod sign_ins;
mod status;
mod summary;
mod terminal;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::Exit;
use failure::Failure;
use options::{Color, Global};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Examples:
  host-harness inspect connector.wasm
  host-harness configure acme --plugin connector.wasm
  host-harness connect acme
  host-harness run acme
  host-harness show recommendations acme
  host-harness status --format json
";

/// Runs connectors of SaaS services in a sandbox, and shows what is bought, used and spare.
#[derive(Parser, Debug)]
#[command(name = "host-harness", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Subcommand, Debug)]
enum Command {
    Inspect(inspect::Inspect),
    Configure(configure::Configure),
    SetUp(set_up::SetUp),
    Connect(connect::Connect),
    Doctor(doctor::Doctor),
    Collect(collecting::Collect),
    Discover(collecting::Discover),
    Run(collecting::Everything),
    Status(status::Status),
    Show(show::Show),
    Explain(explain::Explain),
    Notifications(notifications::Notifications),
    Destination(destination::DestinationCommand),
    Reference(reference::Reference),
    Forget(forget::Forget),
    Completions(completions::Completions),
}

/// The command line with its exit codes and examples.
fn command() -> clap::Command {
    let codes: String = Exit::ALL.iter().map(|(exit, what)| format!("  {:>3}  {what}\n", exit.code())).collect();
    // A variable that is empty says as much as none: scripts and unit files often leave one so.
    let command = Cli::command().mut_args(|arg| {
        let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { arg.env(clap::builder::Resettable::Reset) } else { arg }
    });
    command.after_help(format!("{EXAMPLES}\nExit codes:\n{codes}"))
}

/// A wrong command line, without the options that come from the environment in its usage: nobody has typed them.
fn as_typed(error: clap::Error) -> clap::Error {
    let plain = command().mut_args(|arg| arg.env(clap::builder::Resettable::Reset));
    plain.try_get_matches().err().filter(|typed| typed.kind() == error.kind()).unwrap_or(error)
}

/// Reads the command line, does what it says and gives the exit code.
pub fn main() -> ExitCode {
    defect::tell_place_alone();
    if std::env::args_os().len() <= 1 {
        // Variables count as arguments for clap, so that it would complain where help is wanted.
        let _ = command().print_help();
        return Exit::Usage.into();
    }
    let cli = match command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let error = as_typed(error);
            // Help is no error; a closed output is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| start(cli))) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            if !failure.what.is_empty() {
                output::complain(&failure.to_string());
            }
            failure.exit.into()
        }
        Err(_) => Exit::Failed.into(),
    }
}

/// The system's signal for a file that reaches the limit of its size (Linux).
const SIGXFSZ: i32 = 25;

fn start(cli: Cli) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(Exit::Failed, format!("The system gives no threads: {error}.")))?;
    let Cli { command, global } = cli;
    runtime.block_on(async {
        // By itself this signal ends the program in the middle of a write. Listened to, the write fails and is told.
        let _limit_of_files = signal(SignalKind::from_raw(SIGXFSZ)).ok();
        match command {
            Command::Inspect(args) => inspect::run(args, &global).await,
            Command::Configure(args) => configure::run(args, &global).await,
            Command::SetUp(args) => set_up::run(args, &global).await,
            Command::Connect(args) => connect::run(args, &global).await,
            Command::Doctor(args) => doctor::run(args, &global).await,
            Command::Collect(args) => collecting::collect(args, &global).await,
            Command::Discover(args) => collecting::discover(args, &global).await,
            Command::Run(args) => collecting::everything(args, &global).await,
            Command::Status(args) => status::run(args, &global),
            Command::Show(args) => show::run(args, &global).await,
            Command::Explain(args) => explain::run(args, &global).await,
            Command::Notifications(args) => notifications::run(args, &global).await,
            Command::Destination(args) => destination::run(args, &global).await,
            Command::Reference(args) => reference::run(args, &global).await,
            Command::Forget(args) => forget::run(args, &global).await,
            Command::Completions(args) => completions::run(args),
        }
    })
}

#[cfg(test)]
mod tests;
