//! `configure`: the settings of a connection, and the hosts that its connector may reach.

use super::again::Again;
use super::argument::{OneConnection, Pair, pair};
use super::exit::Exit;
use super::failure::Failure;
use super::form::{Form, Given};
use super::inspect::origin_line;
use super::options::Global;
use super::output::{section, tell};
use super::saving::{Saving, save};
use super::session::{Session, Workshop, same_connector};
use crate::contract::connector::Configured;
use crate::contract::manifest::{Field, Manifest, Origin};
use crate::contract::types::Error;
use crate::egress::policy;
use crate::keys::Keys;
use crate::prompt;
use crate::sandbox::{CallError, Plugin};
use crate::storage::{Connection, ConnectionId};
use clap::Args;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  host-harness configure acme --plugin connector.wasm
  host-harness configure acme --plugin connector.wasm --set domain=acme.example --secret-file api-key=key.txt --yes
  host-harness configure acme --secret-env api-key=ACME_KEY
  host-harness configure acme --secret-file certificate=acme.pfx --secret-env certificate=PASSPHRASE

A value that is given again replaces the one before; everything else stays. An empty value takes a setting away.
Without options, on a terminal, a connection that exists is asked for anew: Enter keeps what is set.
Where signing in depends on what was changed, connect is asked for again; anything else counts from the next run.
Secrets are asked for without echo, or read from a file or an environment variable, and stored sealed.
A certificate is a file in PEM or PFX with its private key; --secret-env then names the passphrase, which is asked for
when it is needed. Of a file that another program keeps fresh, the path is stored, and the file is read at each sign-in.
";

/// Make or change a connection: its settings, and the hosts that its connector may reach
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Configure {
    #[command(flatten)]
    connection: OneConnection,
    /// A setting that is no secret; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<Pair>,
    /// A secret setting from a file; may be repeated
    #[arg(long, value_name = "FIELD=FILE", value_parser = pair)]
    secret_file: Vec<Pair>,
    /// A secret setting from an environment variable; may be repeated
    #[arg(long, value_name = "FIELD=VARIABLE", value_parser = pair)]
    secret_env: Vec<Pair>,
    /// Allow the hosts that the connector asks for, without a question
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(args: Configure, global: &Global) -> Result<Exit, Failure> {
    let name = &args.connection.name;
    let shop = Session::open(global)?.host()?;
    let existing = shop.database.connection(name)?;
    let path = plugin_path(global, existing.as_ref())?;
    let plugin = Plugin::load(&shop.host, &path).await?;
    let manifest = plugin.manifest();
    let stored = match &existing {
        Some(connection) => {
            same_connector(connection, manifest, &path)?;
            shop.settings(connection, manifest)?
        }
        None => Vec::new(),
    };
    let mut form = Form::new(&manifest.fields, stored.clone(), shop.host.clock().now());
    let refused = form.fill(&Given { set: &args.set, secret_file: &args.secret_file, secret_env: &args.secret_env });
    if !refused.is_empty() {
        let problems = match plugin.configure(&form.settings()).await {
            Ok(_) => Vec::new(),
            Err(CallError::Connector(Error::InvalidSettings(problems))) => problems,
            Err(error) => return Err(error.into()),
        };
        return Err(form.refused(refused, problems, Again::typed()));
    }
    let exists = existing.is_some();
    let nothing = args.set.is_empty() && args.secret_file.is_empty() && args.secret_env.is_empty() && !args.yes;
    if prompt::possible() {
        match &existing {
            None => form.ask_for_all(),
            Some(_) if nothing => form.ask_anew(),
            Some(_) => form.ask_for_missing(),
        }
        .map_err(unreadable)?;
    }
    let mut configured = settle(&plugin, &mut form).await?;
    configured.origins = policy::grant(&manifest.origins, None, &configured.origins)?;
    let before = existing.as_ref().map(|connection| connection.origins.as_slice()).unwrap_or_default();
    if policy::is_wider(before, &configured.origins)? {
        allowed(manifest, &configured.origins, args.yes, &Again::typed().with("--yes"), global)?;
    }
    let connection = Connection {
        plugin_path: std::path::absolute(&path).unwrap_or(path),
        digest: plugin.digest().to_owned(),
        plugin_id: manifest.id.clone(),
        ..existing.unwrap_or_else(|| unsaved(name, &shop))
    };
    let (form, before, keys) = (&form, stored.as_slice(), &Keys::default());
    let is_connected = save(&shop, connection, Saving { manifest, form, configured, before, made: &[], keys })?;
    let next = if is_connected { "run" } else { "connect" };
    let as_before = if nothing && exists && !prompt::possible() { " as before: no setting was given" } else { "" };
    tell(&format!("{name} is configured{as_before}.\nnext: host-harness {next} {name}"), global);
    Ok(Exit::Done)
}

/// How often somebody at a terminal may correct what does not fit.
const ROUNDS: usize = 5;

/// Lets the connector check the settings. On a terminal, what is missing or wrong is asked for again.
async fn settle(plugin: &Plugin, form: &mut Form<'_>) -> Result<Configured, Failure> {
    let somebody = prompt::possible();
    let mut round = 0;
    loop {
        round += 1;
        let problems = match plugin.configure(&form.settings()).await {
            Ok(configured) => return Ok(configured),
            Err(CallError::Connector(Error::InvalidSettings(problems))) => problems,
            Err(error) => return Err(error.into()),
        };
        let asked = somebody && round < ROUNDS && form.ask_again(&problems).map_err(unreadable)?;
        if !asked {
            return Err(form.problems(&problems, Again::typed()));
        }
    }
}

/// The component of a connection.
pub(super) fn plugin_path(global: &Global, existing: Option<&Connection>) -> Result<PathBuf, Failure> {
    let remembered = existing.map(|connection| connection.plugin_path.as_path());
    global.plugin.as_deref().or(remembered).map(Path::to_owned).ok_or_else(|| {
        // What was typed is not repeated: without the component, nobody knows which of it is secret.
        Failure::usage("A new connection needs a component.").next("Run the same command with --plugin FILE.")
    })
}

/// A connection of this name that is not in the database yet.
pub(super) fn unsaved(name: &str, shop: &Workshop<'_>) -> Connection {
    Connection {
        id: ConnectionId(0),
        name: name.to_owned(),
        plugin_path: PathBuf::new(),
        digest: String::new(),
        plugin_id: String::new(),
        settings: Vec::new(),
        origins: Vec::new(),
        account: None,
        account_id: None,
        capabilities: Vec::new(),
        created: shop.host.clock().now(),
        connected: None,
        baseline_ended: None,
    }
}

/// Shows the hosts that a connector asks for, and asks whether they are allowed. `next` is the command that allows them.
pub(super) fn allowed(
    manifest: &Manifest,
    origins: &[Origin],
    yes: bool,
    next: &Again,
    global: &Global,
) -> Result<(), Failure> {
    let title = format!("{} {} asks to reach these hosts, over HTTPS alone:", manifest.id, manifest.version);
    let list = section(&title, origins.iter().map(origin_line));
    if yes {
        tell(&list, global);
        return Ok(());
    }
    if !prompt::possible() {
        let lines = origins.iter().map(origin_line);
        return Err(Failure::new(Exit::Settings, format!("{title} Nobody is there to allow it."))
            .details(lines)
            .next(next));
    }
    if prompt::confirm(&format!("{list}\nAllow them?")).map_err(unreadable)? {
        return Ok(());
    }
    Err(Failure::new(Exit::Settings, "The hosts were not allowed, and nothing was changed.").next(next))
}

/// Asks a question that is answered with yes or no; `next` is the command that asks nothing.
pub(super) fn confirmed(question: &str, next: &Again) -> Result<bool, Failure> {
    if !prompt::possible() {
        return Err(Failure::usage("Nobody is there to ask.").next(next));
    }
    prompt::confirm(question).map_err(unreadable)
}

/// What a connector refused of the settings, with the command that gives others: on a terminal, `configure` asks for them.
pub(super) fn mended_by_configure(failure: Failure, name: &str, fields: &[Field]) -> Failure {
    let mut refused =
        fields.iter().filter(|field| failure.problems.iter().any(|problem| problem.field == field.name)).peekable();
    if refused.peek().is_none() {
        return failure;
    }
    let configure = Again::new(&["configure", name]);
    let next = if prompt::possible() { configure } else { refused.fold(configure, Again::value) };
    failure.then(next)
}

pub(super) fn unreadable(error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("The answer could not be read: {error}."))
}
