//! `set-up`: lets the connector create at the service what a connection needs, and writes what came of it into the
//! connection.

mod writer;

use super::again::Again;
use super::argument::{OneConnection, Pair, pair};
use super::configure::{allowed, confirmed, plugin_path, unreadable};
use super::exit::Exit;
use super::failure::{Failure, exit_of};
use super::form::{Form, Given};
use super::options::Global;
use super::output::{look, print, show, tell};
use super::session::{Session, Workshop, same_connector};
use super::terminal::Terminal;
use crate::contract::connector::Context;
use crate::contract::manifest::{Field, Manifest, Origin};
use crate::contract::set_up::{Act, Described, Finished, Purpose};
use crate::contract::types::Setting;
use crate::credentials::{BEARER, KEEP, Vault, setting_name};
use crate::dialogue::{Keeper, Talk, converse};
use crate::keys::{Keys, key_name};
use crate::progress::Bars;
use crate::prompt;
use crate::report::{Cell, Column, Report, Unit};
use crate::sandbox::{Call, Log, Meter, Plugin, SettingUp};
use crate::secret::Secret;
use crate::secrets;
use crate::storage::{Connection, ConnectionVault, Database};
use crate::table::{Format, wrap};
use crate::text::clean;
use clap::Args;
use std::path::Path;
use std::sync::{Arc, Mutex};
use writer::Writer;

const EXAMPLES: &str = "\
Examples:
  host-harness set-up acme --plugin connector.wasm --preview
  host-harness set-up acme --plugin connector.wasm --set domain=acme.example
  host-harness set-up acme --rotate
  host-harness set-up acme --remove

An administrator signs in in the browser; the credential is kept in memory until the command ends, and nowhere else. The
command can be run again: it finds what exists and changes only what differs. `inspect` shows the fields of --set.
";

/// Create at the service what a connection needs, and configure the connection with it
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct SetUp {
    #[command(flatten)]
    connection: OneConnection,
    /// Look what is there, print the calls that would be made, and change nothing
    #[arg(long, conflicts_with_all = ["rotate", "remove", "show_secret"])]
    preview: bool,
    /// Make the next secret or certificate, prove that it works, and take the last one away
    #[arg(long, conflicts_with = "remove")]
    rotate: bool,
    /// Take away what set-up made
    #[arg(long)]
    remove: bool,
    /// Print the values that were written into the connection, secrets included
    #[arg(long)]
    show_secret: bool,
    /// A setting of the connection, or an answer to a question of set-up; may be repeated
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<Pair>,
    /// A secret setting from a file; may be repeated
    #[arg(long, value_name = "FIELD=FILE", value_parser = pair)]
    secret_file: Vec<Pair>,
    /// A secret setting from an environment variable; may be repeated
    #[arg(long, value_name = "FIELD=VARIABLE", value_parser = pair)]
    secret_env: Vec<Pair>,
    /// Show the address of a page instead of opening it
    #[arg(long)]
    no_browser: bool,
    /// Port of this machine to which the browser comes back [default: any that is free]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Allow the hosts that the connector asks for, and take away what is to be removed, without a question
    #[arg(short, long)]
    yes: bool,
}

impl SetUp {
    fn purpose(&self) -> Purpose {
        match (self.preview, self.rotate, self.remove) {
            (true, ..) => Purpose::Preview,
            (_, true, _) => Purpose::Rotate,
            (.., true) => Purpose::Remove,
            _ => Purpose::Apply,
        }
    }
}

pub(super) async fn run(args: SetUp, global: &Global) -> Result<Exit, Failure> {
    let name = &args.connection.name;
    let purpose = args.purpose();
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
    let described = described(&plugin, &stored).await?;
    let fields = fields(manifest, &described, purpose);
    let mut form = Form::new(&fields, stored.clone(), shop.host.clock().now());
    let given = Given { set: &args.set, secret_file: &args.secret_file, secret_env: &args.secret_env };
    let refused = form.fill(&given);
    if !refused.is_empty() {
        return Err(form.refused(refused, Vec::new(), Again::typed()));
    }
    if prompt::possible() {
        form.ask_for_missing().map_err(unreadable)?;
    }
    let mut allowed = Vec::new();
    for _ in 1..prompt::TRIES {
        let wanted = Wanted { args: &args, shop: &shop, plugin: &plugin, path: &path, existing: existing.as_ref() };
        match lead(wanted, &form, &mut allowed).await {
            Err(failure) if !failure.problems.is_empty() && prompt::possible() => {
                // The dialogue has taken the signal over, and nobody is there to hear it now.
                let stops = tokio::spawn(async {
                    if tokio::signal::ctrl_c().await.is_ok() {
                        std::process::exit(Exit::Interrupted.code().into());
                    }
                });
                let asked = form.ask_again(&failure.problems);
                stops.abort();
                if !asked.map_err(unreadable)? {
                    return Err(failure);
                }
            }
            led => return led,
        }
    }
    let wanted = Wanted { args: &args, shop: &shop, plugin: &plugin, path: &path, existing: existing.as_ref() };
    lead(wanted, &form, &mut allowed).await
}

/// What is to be set up, and with what.
struct Wanted<'a> {
    args: &'a SetUp,
    shop: &'a Workshop<'a>,
    plugin: &'a Plugin,
    path: &'a Path,
    existing: Option<&'a Connection>,
}

/// Leads the dialogue to its end, and writes what came of it. Settings that were refused before anything was asked of the
/// service can be asked for again; `granted` are the hosts that were allowed until then.
async fn lead(wanted: Wanted<'_>, form: &Form<'_>, granted: &mut Vec<Origin>) -> Result<Exit, Failure> {
    let Wanted { args, shop, plugin, path, existing } = wanted;
    let (global, manifest) = (shop.global, plugin.manifest());
    let (name, purpose) = (&args.connection.name, args.purpose());
    let (settings, answers): (Vec<Setting>, Vec<Setting>) =
        form.settings().into_iter().partition(|setting| manifest.fields.iter().any(|field| field.name == setting.name));

    let described = described(plugin, &settings).await?;
    let origins = plugin.set_up_origins(&described, purpose)?;
    let later = later(manifest, &origins, existing);
    if purpose != Purpose::Preview {
        let afterwards = later.iter().filter(|origin| !origins.contains(origin));
        let asks: Vec<Origin> = origins.iter().chain(afterwards).cloned().collect();
        let next = Again::typed().with("--yes");
        if *granted != asks {
            allowed(manifest, &asks, args.yes, &next, global)?;
            *granted = asks;
        }
        let question = format!("Take away what set-up made for {name} at {}?", clean(&manifest.title));
        if purpose == Purpose::Remove && !args.yes && !confirmed(&question, &next)? {
            return Err(Failure::new(Exit::Failed, "Nothing was taken away."));
        }
    }
    let meter = Arc::new(Meter::default());
    let keys = Arc::new(keys(shop, existing, form, manifest)?);
    let log: Option<Arc<dyn Log>> = global.verbose.then(|| Arc::new(Bars::new(false, true)) as Arc<dyn Log>);
    let clock = shop.host.clock().clone();
    let call = || Call {
        origins: origins.clone(),
        guest_authorization: true,
        keys: keys.clone(),
        meter: meter.clone(),
        log: log.clone(),
        ..Call::new(Context { now: clock.now().as_second(), baseline_ended: None })
    };
    let writer = Writer {
        shop,
        plugin,
        path,
        name,
        settings: &settings,
        form,
        granted: &later,
        keys: &keys,
        refused: Mutex::default(),
    };
    let writes = matches!(purpose, Purpose::Apply | Purpose::Rotate);
    let talk = Talk {
        partner: &SettingUp { plugin, purpose, answers: &answers },
        call: &call,
        settings: &settings,
        person: &Terminal::new(!args.no_browser),
        port: args.port,
        clock: clock.clone(),
        keeper: writes.then_some(&writer as &dyn Keeper),
    };
    let finished = converse(&talk).await.map_err(|error| {
        let failure = form.mended(Failure::from(error).details(meter.remarks()), Again::typed());
        if meter.requests() == 0 { failure } else { Failure { problems: Vec::new(), ..failure } }
    })?;

    // Written before anything is printed: a reader who has seen enough ends the program.
    let written = match (purpose, existing) {
        (Purpose::Apply | Purpose::Rotate, _) => writer.end(&finished).await,
        (Purpose::Remove, Some(connection)) => take_away(shop, connection.clone(), manifest, &finished).map(|()| None),
        _ => Ok(None),
    };
    let printed = report(&finished, purpose, args, global);
    if let Some(is_connected) = written? {
        let next = if is_connected { renew_later(&shop.database, name, &finished)? } else { "connect" };
        tell(&format!("{name} is configured.\nnext: host-harness {next} {name}"), global);
    }
    let exit = conclude(&finished, purpose, name, global)?;
    printed.map(|()| exit)
}

/// The private keys of the connection. One that is given now wins.
fn keys(
    shop: &Workshop<'_>,
    connection: Option<&Connection>,
    form: &Form<'_>,
    manifest: &Manifest,
) -> Result<Keys, Failure> {
    let held = match connection {
        Some(connection) => {
            let vault = ConnectionVault::new(shop.database.clone(), connection.id);
            secrets::keys(&manifest.fields, &vault)?
        }
        None => Vec::new(),
    };
    let given = form.keys().iter().map(|(name, key)| (name.clone(), key.clone()));
    Ok(Keys::new(held.into_iter().chain(given)))
}

async fn described(plugin: &Plugin, settings: &[Setting]) -> Result<Described, Failure> {
    plugin.describe_set_up(settings).await?.ok_or_else(|| {
        Failure::usage(format!("The connector {} cannot set anything up at its service.", plugin.manifest().id))
            .next("Create by hand what `host-harness inspect` says it needs, and run configure.")
    })
}

/// The fields of both forms. What set-up makes is not asked for, and nothing but the connection when it makes no choices.
fn fields(manifest: &Manifest, described: &Described, purpose: Purpose) -> Vec<Field> {
    let own = manifest.fields.iter().map(|field| {
        let made = described.makes.contains(&field.name);
        Field { required: field.required && !made, ..field.clone() }
    });
    let chooses = matches!(purpose, Purpose::Apply | Purpose::Preview);
    let answers = described.fields.iter().map(|field| Field { required: field.required && chooses, ..field.clone() });
    own.chain(answers).collect()
}

/// The origins that the connection will reach afterwards, as far as they are known before it is configured: those that it
/// has, and those of the manifest on the hosts that set-up reaches, because another way of signing in may need them.
fn later(manifest: &Manifest, set_up: &[Origin], existing: Option<&Connection>) -> Vec<Origin> {
    let is_named = |origin: &&Origin| set_up.iter().any(|named| named.host == origin.host);
    let mut all = existing.map(|connection| connection.origins.clone()).unwrap_or_default();
    for origin in manifest.origins.iter().filter(is_named) {
        if !all.contains(origin) {
            all.push(origin.clone());
        }
    }
    all
}

/// What comes next for a connection that stays connected. What was changed at the service, such as a permission, is in
/// the next credential and not in the last one: that one is thrown away, and `doctor` shows what works now.
fn renew_later(database: &Database, name: &str, finished: &Finished) -> Result<&'static str, Failure> {
    if !finished.acts.iter().any(|act| act.done) {
        return Ok("run");
    }
    if let Some(connection) = database.connection(name)? {
        ConnectionVault::new(database.clone(), connection.id).delete(BEARER)?;
    }
    Ok("doctor")
}

/// Takes from the connection what is of no use any more. Of a removal that stopped, it notes how far it came.
fn take_away(
    shop: &Workshop<'_>,
    mut connection: Connection,
    manifest: &Manifest,
    finished: &Finished,
) -> Result<(), Failure> {
    let is_secret = |name: &str| manifest.fields.iter().any(|field| field.secret && field.name == name);
    connection.settings.retain(|held| finished.settings.iter().all(|each| each.name != held.name));
    let (gone, changed): (Vec<&Setting>, Vec<&Setting>) =
        finished.settings.iter().partition(|each| each.value.is_empty());
    connection.settings.extend(changed.into_iter().filter(|each| !is_secret(&each.name)).cloned());
    let mut names: Vec<String> =
        gone.iter().flat_map(|each| [setting_name(&each.name), key_name(&each.name)]).collect();
    if !finished.settings.is_empty() {
        connection.connected = None;
        names.extend([BEARER, KEEP].map(str::to_owned));
    }
    let secrets: Vec<(String, Option<Secret>)> = names.into_iter().map(|name| (name, None)).collect();
    shop.database.save_with_secrets(&connection, &secrets)?;
    Ok(())
}

/// Prints what was done, and what was made when it is wanted.
fn report(finished: &Finished, purpose: Purpose, args: &SetUp, global: &Global) -> Result<(), Failure> {
    let values = args.show_secret.then(|| parameters(finished));
    let for_machines = global.format != Format::Table;
    match values {
        Some(values) if for_machines => show(&values, global)?,
        values => {
            if finished.acts.is_empty() && !for_machines {
                let nothing = if purpose == Purpose::Remove { "There is nothing to take away." } else { NOTHING };
                print(&format!("{nothing}\n"))?;
            } else {
                show(&acts(&finished.acts, purpose), global)?;
            }
            if let Some(values) = values.filter(|values| !values.rows.is_empty()) {
                print("\n")?;
                show(&values, global)?;
            }
        }
    }
    for note in &finished.notes {
        tell(&wrap(&format!("note: {note}"), look().width), global);
    }
    if !args.show_secret && !finished.handed_over.is_empty() {
        let names: Vec<&str> = finished.handed_over.iter().map(|setting| setting.name.as_str()).collect();
        let note = format!("note: Not shown without --show-secret, and kept nowhere: {}.", names.join(", "));
        tell(&wrap(&note, look().width), global);
    }
    Ok(())
}

/// What a run says that found nothing to do.
const NOTHING: &str = "Everything is as it should be; nothing was changed.";

fn acts(acts: &[Act], purpose: Purpose) -> Report {
    let column = |name, title| Column { name, title, unit: Unit::Text };
    let state = |act: &Act| match (act.done, purpose) {
        (true, _) => "done",
        (false, Purpose::Preview) => "would be done",
        (false, _) => "not done",
    };
    let rows = acts.iter().map(|act| {
        let request = if act.request.is_empty() { Cell::Absent } else { Cell::Text(act.request.clone()) };
        vec![Cell::Text(state(act).to_owned()), Cell::Text(act.what.clone()), request]
    });
    Report {
        title: "Set-up".to_owned(),
        columns: vec![column("state", "State"), column("what", "What"), column("request", "Request")],
        rows: rows.collect(),
        totals: Vec::new(),
        notes: Vec::new(),
    }
}

/// What was made, secrets included.
fn parameters(finished: &Finished) -> Report {
    let column = |name, title| Column { name, title, unit: Unit::Text };
    let made = finished.settings.iter().filter(|setting| !setting.value.is_empty());
    let row = |setting: &Setting| vec![Cell::Text(setting.name.clone()), Cell::Text(setting.value.clone())];
    Report {
        title: "Values".to_owned(),
        columns: vec![column("name", "Name"), column("value", "Value")],
        rows: made.chain(&finished.handed_over).map(row).collect(),
        totals: Vec::new(),
        notes: Vec::new(),
    }
}

fn conclude(finished: &Finished, purpose: Purpose, name: &str, global: &Global) -> Result<Exit, Failure> {
    if let Some(error) = &finished.failed {
        let failure = Failure::connector(error);
        let some = finished.acts.iter().any(|act| act.done);
        let exit = if some { Exit::Partly } else { exit_of(error) };
        let again = format!("What was done stays. Run the same command again to go on from there: {name}.");
        let details = if some { vec![again] } else { Vec::new() };
        return Err(Failure { exit, ..failure }.details(details));
    }
    if purpose == Purpose::Preview && !finished.acts.is_empty() {
        tell(&format!("Nothing was changed.\nnext: {}", Again::typed().without("--preview")), global);
    }
    Ok(Exit::Done)
}
