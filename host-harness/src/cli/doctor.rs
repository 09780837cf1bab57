//! `doctor`: what a connection can do, what stands in the way, and the one change that would mend it.

use super::argument::OneConnection;
use super::capabilities::{self, Found};
use super::configure::mended_by_configure;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::show;
use super::session::Session;
use crate::credentials::{Credentials, Parts};
use crate::progress::Bars;
use crate::sandbox::{Log, Meter};
use crate::storage::ConnectionVault;
use crate::table::Format;
use clap::Args;
use jiff::Timestamp;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  host-harness doctor acme
  host-harness doctor acme --format json
  host-harness doctor acme --granted --format csv
";

/// Find out what works and what does not, why, and the one change that would mend it; collects nothing
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Doctor {
    #[command(flatten)]
    connection: OneConnection,
    /// Show the permissions that were granted instead, with what each is for
    #[arg(long)]
    granted: bool,
}

pub(super) async fn run(args: Doctor, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let name = &args.connection.name;
    let mut connection = session.connection(name)?;
    if connection.connected.is_none() {
        let what = format!("{name} is configured and not connected.");
        return Err(Failure::new(Exit::SignIn, what).next(format!("host-harness connect {name}")));
    }
    let shop = session.host()?;
    // It renews the credential, as a run does: never both at once.
    let _lock = shop.database.lock_run(name)?;
    let plugin = shop.plugin(&mut connection).await?;
    let meter = Arc::new(Meter::default());
    let credentials = Credentials::new(Parts {
        renewer: plugin.clone(),
        vault: Arc::new(ConnectionVault::new(shop.database.clone(), connection.id)),
        settings: connection.settings.clone(),
        origins: connection.origins.clone(),
        baseline_ended: connection.baseline_ended.map(Timestamp::as_second),
        meter: meter.clone(),
        log: global.verbose.then(|| Arc::new(Bars::new(false, true)) as Arc<dyn Log>),
        clock: shop.host.clock().clone(),
    });
    let (found, granted) = credentials.examine().await.map_err(|error| {
        let failure = match error.connector() {
            Some(error) => Failure::connector(error),
            None => Failure::new(Exit::Failed, &error),
        };
        let failure = failure.details(meter.remarks());
        match failure.exit {
            Exit::SignIn => failure.then(format!("host-harness connect {name}")),
            _ => mended_by_configure(failure, name, &plugin.manifest().fields),
        }
    })?;
    connection.capabilities = found;
    shop.database.save_connection(&connection)?;
    let has_set_up = plugin.has_set_up();
    let found = Found { name, capabilities: &connection.capabilities, granted: &granted, has_set_up };
    match (args.granted, global.format) {
        (true, _) => show(&found.granted(), global)?,
        (false, Format::Table) => capabilities::tell(&found, global)?,
        (false, _) => show(&found.report(), global)?,
    }
    Ok(Exit::Done)
}
