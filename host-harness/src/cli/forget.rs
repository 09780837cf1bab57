//! `forget`: wipes a connection.

use super::argument::OneConnection;
use super::configure::confirmed;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::tell;
use super::session::Session;
use crate::text::clean;
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  host-harness forget acme
  host-harness forget acme --yes
";

/// Wipe a connection with everything that was collected and all its secrets
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Forget {
    #[command(flatten)]
    connection: OneConnection,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(args: Forget, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let connection = session.connection(&args.connection.name)?;
    let name = &connection.name;
    if !args.yes {
        let account = connection.account.as_deref().unwrap_or("no account yet");
        let question = format!("Forget {name} ({}), with all its rows and secrets?", clean(account));
        if !confirmed(&question, &format!("host-harness forget {name} --yes"))? {
            return Err(Failure::new(Exit::Failed, "Nothing was forgotten."));
        }
    }
    session.database.forget(name)?;
    tell(&format!("{name} is forgotten."), global);
    Ok(Exit::Done)
}
