//! `forget`: wipes a connection.

use super::again::Again;
use super::argument::OneConnection;
use super::configure::confirmed;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::tell;
use super::session::Session;
use crate::sandbox::Plugin;
use crate::storage::Connection;
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

pub(super) async fn run(args: Forget, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let connection = session.connection(&args.connection.name)?;
    let (name, database) = (&connection.name, session.database.clone());
    let stays = what_stays(session, &connection).await;
    if args.yes {
        stays.iter().for_each(|stays| tell(stays, global));
    } else {
        let account = connection.account.as_deref().unwrap_or("no account yet");
        let question = format!("Forget {name} ({}), with all its rows and secrets?", clean(account));
        let lines: Vec<String> = stays.iter().cloned().chain([question]).collect();
        let asked = confirmed(&lines.join("\n"), &Again::typed().with("--yes"));
        if !asked.map_err(|failure| failure.details(stays))? {
            return Err(Failure::new(Exit::Failed, "Nothing was forgotten."));
        }
    }
    database.forget(name)?;
    tell(&format!("{name} is forgotten."), global);
    Ok(Exit::Done)
}

/// What a person has to know before: that the service keeps what set-up made. A connector that cannot be loaded any more
/// is forgotten without it.
async fn what_stays(session: Session<'_>, connection: &Connection) -> Option<String> {
    let shop = session.host().ok()?;
    let plugin = Plugin::load(&shop.host, &connection.plugin_path).await.ok()?;
    let name = &connection.name;
    let is_its_own = plugin.manifest().id == connection.plugin_id;
    (is_its_own && plugin.has_set_up()).then(|| {
        format!(
            "What set-up made for {name} at {} stays there. To take it away, run this first: host-harness set-up {name} --remove",
            clean(&plugin.manifest().title)
        )
    })
}
