//! `connect`: signs in, proves it by the smallest call, and says what works.

use super::argument::OneConnection;
use super::capabilities::{self, Found};
use super::configure::mended_by_configure;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{look, print, show, tell};
use super::session::Session;
use super::terminal::Terminal;
use crate::contract::connector::Context;
use crate::contract::dialogue::Connected;
use crate::credentials::{BEARER, KEEP, Vault};
use crate::dialogue::{Talk, converse};
use crate::progress::Bars;
use crate::sandbox::{Call, Log, Meter};
use crate::secret::Secret;
use crate::storage::{Connection, ConnectionVault};
use crate::table::{Format, wrap};
use crate::text::clean;
use clap::Args;
use jiff::Timestamp;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  host-harness connect acme
  host-harness connect acme --no-browser --port 53682
";

/// Sign in, prove it by the smallest call, and tell what works and what does not
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Connect {
    #[command(flatten)]
    connection: OneConnection,
    /// Show the address of a page instead of opening it
    #[arg(long)]
    no_browser: bool,
    /// Port of this machine to which the browser comes back [default: any that is free]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

pub(super) async fn run(args: Connect, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let mut connection = session.connection(&args.connection.name)?;
    let shop = session.host()?;
    let plugin = shop.plugin(&mut connection).await?;
    let (settings, keys) = shop.opened(&connection, plugin.manifest())?;
    let meter = Arc::new(Meter::default());
    let log: Option<Arc<dyn Log>> = global.verbose.then(|| Arc::new(Bars::new(false, true)) as Arc<dyn Log>);
    let clock = shop.host.clock();
    let call = || Call {
        origins: connection.origins.clone(),
        guest_authorization: true,
        keys: keys.clone(),
        meter: meter.clone(),
        log: log.clone(),
        ..Call::new(Context {
            now: clock.now().as_second(),
            baseline_ended: connection.baseline_ended.map(Timestamp::as_second),
        })
    };
    let talk = Talk {
        partner: plugin.as_ref(),
        call: &call,
        settings: &settings,
        person: &Terminal::new(!args.no_browser),
        port: args.port,
        clock: clock.clone(),
        keeper: None,
    };
    let connected = converse(&talk).await.map_err(|error| {
        let failure = Failure::from(error).details(meter.remarks());
        mended_by_configure(failure, &args.connection.name, &plugin.manifest().fields)
    })?;
    keep(&mut connection, &connected, clock.now(), &shop.database)?;
    tell_about(&connection, &connected, plugin.has_set_up(), global)?;
    Ok(Exit::Done)
}

/// Saves what was connected. The account is checked first: a credential of another one must not replace this one's.
fn keep(
    connection: &mut Connection,
    connected: &Connected,
    now: Timestamp,
    database: &crate::storage::Database,
) -> Result<(), Failure> {
    connection.account = Some(connected.account.clone());
    connection.account_id = Some(connected.account_id.clone());
    connection.capabilities = connected.capabilities.clone();
    connection.connected = Some(now);
    database.save_connection(connection)?;
    let vault = ConnectionVault::new(database.clone(), connection.id);
    vault.delete(BEARER)?;
    match &connected.keep {
        Some(keep) => vault.put(KEEP, &Secret::new(keep.clone()))?,
        None => vault.delete(KEEP)?,
    }
    Ok(())
}

fn tell_about(
    connection: &Connection,
    connected: &Connected,
    has_set_up: bool,
    global: &Global,
) -> Result<(), Failure> {
    let name = &connection.name;
    if global.format == Format::Table {
        print(&format!(
            "{name} is connected to {} ({}).\n\n",
            clean(&connected.account),
            clean(&connected.account_id)
        ))?;
    }
    let (capabilities, granted) = (&connected.capabilities, &connected.granted);
    let found = Found { name, capabilities, granted, has_set_up };
    match global.format {
        Format::Table => capabilities::tell(&found, global)?,
        Format::Json | Format::Csv => show(&found.report(), global)?,
    }
    for note in &connected.notes {
        let code = note.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        let mend = note.mend.as_ref().map(|mend| format!(" {mend}")).unwrap_or_default();
        tell(&wrap(&format!("note: {}{code}{mend}", note.message), look().width), global);
    }
    tell(&format!("next: host-harness run {name}"), global);
    Ok(())
}
