//! `destination`: where the notifications of a connection go.

use super::argument::{OneConnection, name};
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{show, tell};
use super::session::Session;
use crate::delivery::{MailServer, Security, SigningKey, Target, TargetError, WebhookSecret, is_localhost, judge};
use crate::report::{Cell, Column, Report, Unit};
use crate::secret::Secret;
use crate::storage::{Connection, Destination};
use crate::text::{clean, did_you_mean};
use clap::{Args, Subcommand, ValueHint};
use jiff::Timestamp;
use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use url::Url;

const EXAMPLES: &str = "\
Examples:
  host-harness destination acme add webhook https://hooks.example.com/news --secret-file hook.key
  host-harness destination acme add mail --server smtp.example.com --from host@example.com --to it@example.com \\
    --user host@example.com --password-file mail.pw
  host-harness destination acme add file news.jsonl --topic new-application
  host-harness destination acme add terminal
  host-harness destination acme test webhook
  host-harness destination acme list
  host-harness destination acme remove webhook

What becomes known after a destination was added goes there: at the end of each run, and again when it failed, for three
days. A webhook gets CloudEvents 1.0 signed by Standard Webhooks; the file of its secret is made when it is missing.
";

/// Port of a mail server that encrypts after a plain greeting, and of one that encrypts from the beginning.
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;
/// The port of mail between servers, as on this machine.
const SMTP: u16 = 25;

/// Say where the notifications of a connection go
#[derive(Args, Debug)]
#[command(name = "destination", after_help = EXAMPLES)]
pub(super) struct DestinationCommand {
    #[command(flatten)]
    connection: OneConnection,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Add a destination
    #[command(subcommand)]
    Add(Add),
    /// List the destinations, and what became of what was sent
    List,
    /// Send a test to a destination
    Test(Named),
    /// Send to a disabled destination again
    Enable(Named),
    /// Remove a destination with what waits for it
    Remove(Named),
}

#[derive(Args, Debug)]
struct Named {
    /// Name of the destination
    #[arg(value_name = "DESTINATION")]
    destination: String,
}

#[derive(Subcommand, Debug)]
enum Add {
    /// Signed events to a web address
    Webhook(Webhook),
    /// Mail, one for all that is new
    Mail(Mail),
    /// A JSON line for each event at the end of a file; `-` for standard output
    File(File),
    /// Lines at the end of each run, on standard error
    Terminal(Common),
}

#[derive(Args, Debug)]
struct Common {
    /// Name of the destination [default: its kind]
    #[arg(long = "as", value_name = "DESTINATION", value_parser = name)]
    name: Option<String>,
    /// Only notifications of this topic; may be repeated
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
}

#[derive(Args, Debug)]
struct Webhook {
    /// The address, with https
    url: String,
    /// File with the signing secret, `whsec_` and base64; a new one is made when the file is missing
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "secret_env")]
    secret_file: Option<PathBuf>,
    /// Environment variable with the signing secret
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_file")]
    secret_env: Option<String>,
    /// The address may lie in a private network or on this machine
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
struct Mail {
    /// The server, and its port when it is not the usual one
    #[arg(long, value_name = "HOST[:PORT]")]
    server: String,
    /// How the server is spoken to
    #[arg(long, value_enum, default_value_t)]
    security: Security,
    /// The sender
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// A receiver; may be repeated
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// Who signs in at the server
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// File with the password
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "user")]
    password_file: Option<PathBuf>,
    /// Environment variable with the password
    #[arg(long, value_name = "VARIABLE", requires = "user", conflicts_with = "password_file")]
    password_env: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args, Debug)]
struct File {
    /// The file; `-` for standard output
    #[arg(value_hint = ValueHint::FilePath)]
    path: PathBuf,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(args: DestinationCommand, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let connection = session.connection(&args.connection.name)?;
    match args.act {
        Act::Add(add) => {
            let (target, common, secret) = match add {
                Add::Webhook(webhook) => read_webhook(webhook, global)?,
                Add::Mail(mail) => read_mail(mail)?,
                Add::File(file) => (read_file(&file.path), file.common, None),
                Add::Terminal(common) => (Target::Terminal, common, None),
            };
            let name = common.name.unwrap_or_else(|| target.kind().to_owned());
            let now = Timestamp::now();
            session.database.add_destination(connection.id, &name, &target, &common.topic, secret.as_ref(), now)?;
            let connection = &connection.name;
            tell(&format!("{name} is added.\nnext: host-harness destination {connection} test {name}"), global);
        }
        Act::List => show(&list(&session, &connection)?, global)?,
        Act::Test(named) => {
            let destination = find(&session, &connection, &named.destination)?;
            let taken = session.courier()?.test(&connection, &destination).await?;
            taken.map_err(|cause| Failure::new(Exit::Network, cause))?;
            tell(&format!("{} has taken a test.", destination.name), global);
        }
        Act::Enable(named) => {
            let destination = find(&session, &connection, &named.destination)?;
            session.database.enable_destination(destination.id)?;
            let next = format!("host-harness notifications {} deliver", connection.name);
            tell(&format!("{} is enabled.\nnext: {next}", destination.name), global);
        }
        Act::Remove(named) => {
            let destination = find(&session, &connection, &named.destination)?;
            session.database.remove_destination(connection.id, destination.id)?;
            tell(&format!("{} is removed.", destination.name), global);
        }
    }
    Ok(Exit::Done)
}

fn find(session: &Session<'_>, connection: &Connection, name: &str) -> Result<Destination, Failure> {
    let known = session.database.destinations(connection.id)?;
    let meant = did_you_mean(name, known.iter().map(|one| one.name.as_str()));
    let missing = || {
        Failure::usage(format!("{} has no destination named {}.{meant}", connection.name, clean(name)))
            .next(format!("host-harness destination {} list", connection.name))
    };
    known.into_iter().find(|one| one.name == name).ok_or_else(missing)
}

type Parts = (Target, Common, Option<Secret>);

fn refused(error: &TargetError) -> Failure {
    Failure::usage(error)
}

fn read_webhook(given: Webhook, global: &Global) -> Result<Parts, Failure> {
    let url = Url::parse(&given.url).map_err(|_| refused(&TargetError::NoUrl))?;
    judge(&url, given.allow_private).map_err(|error| refused(&error))?;
    let written = match (&given.secret_file, &given.secret_env) {
        (Some(file), _) => read_or_make_key(file, global)?,
        (None, variable) => from_environment(variable.as_deref().unwrap_or_default())?,
    };
    let written = written.expose_text().unwrap_or_default().trim();
    let key = SigningKey::read(written)
        .map_err(|error| Failure::usage(error).next("Name a file that does not exist: a new secret is made there."))?;
    let origin = url.origin().ascii_serialization();
    let secret = WebhookSecret::new(url, key, written);
    Ok((Target::Webhook { origin, private: given.allow_private }, given.common, Some(secret.sealed().clone())))
}

/// The secret in a file; a new one, which the receiver has to be given, when there is no such file.
fn read_or_make_key(path: &Path, global: &Global) -> Result<Secret, Failure> {
    match std::fs::read(path) {
        Ok(bytes) => return Ok(Secret::new(bytes)),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(unreadable(path, &error)),
        Err(_) => {}
    }
    let secret = SigningKey::make().map_err(|error| Failure::new(Exit::Failed, error))?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(secret.expose()).and_then(|()| file.write_all(b"\n")));
    written.map_err(|error| Failure::usage(format!("{} cannot be written: {error}.", path.display())))?;
    tell(&format!("A new signing secret is in {}; give it to the receiver.", path.display()), global);
    Ok(secret)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{} cannot be read: {error}.", path.display()))
}

fn from_environment(variable: &str) -> Result<Secret, Failure> {
    let missing = || Failure::usage(format!("The environment variable {} is not set.", clean(variable)));
    std::env::var(variable).map(Secret::from).map_err(|_| missing())
}

fn read_mail(given: Mail) -> Result<Parts, Failure> {
    let (host, port) = server(&given.server, given.security)?;
    let is_here = is_localhost(&host) || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if given.security == Security::None && !is_here {
        return Err(refused(&TargetError::PlainMail(host)));
    }
    for address in given.to.iter().chain([&given.from]) {
        if !crate::delivery::is_mail_address(address) {
            return Err(refused(&TargetError::Address(clean(address))));
        }
    }
    let password = match (&given.password_file, &given.password_env) {
        (Some(path), _) => Some(Secret::new(std::fs::read(path).map_err(|error| unreadable(path, &error))?)),
        (None, Some(variable)) => Some(from_environment(variable)?),
        (None, None) if given.user.is_some() => {
            return Err(Failure::usage("Whoever signs in at the server needs a password.")
                .next("Add --password-file FILE or --password-env VARIABLE."));
        }
        (None, None) => None,
    };
    // A file ends its line.
    let password = password
        .map(|secret| Secret::from(secret.expose_text().unwrap_or_default().trim_end_matches(['\r', '\n']).to_owned()));
    let server = MailServer { host, port, security: given.security, from: given.from, to: given.to, user: given.user };
    Ok((Target::Mail(server), given.common, password))
}

/// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
fn server(text: &str, security: Security) -> Result<(String, u16), Failure> {
    let usual = match security {
        Security::Starttls => SUBMISSION,
        Security::Tls => SUBMISSIONS,
        Security::None => SMTP,
    };
    let wrong =
        || Failure::usage("--server takes a host, and a port when it is not the usual one: smtp.example.com:2525.");
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().map_err(|_| wrong())?),
        _ => (text, usual),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(|letter: char| letter.is_whitespace() || letter == '/' || letter == '@') {
        return Err(wrong());
    }
    Ok((host.to_owned(), port))
}

fn read_file(path: &Path) -> Target {
    if path == Path::new("-") {
        return Target::Output;
    }
    Target::File { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
}

fn list(session: &Session<'_>, connection: &Connection) -> Result<Report, Failure> {
    let column = |name, title, unit| Column { name, title, unit };
    let count = |number: u64| Cell::Count(i64::try_from(number).unwrap_or(i64::MAX));
    let mut rows = Vec::new();
    for destination in session.database.destinations(connection.id)? {
        let tally = session.database.tally(destination.id)?;
        let state = if destination.disabled.is_some() { "disabled" } else { "enabled" };
        let cause = destination.disabled.map(|(_, cause)| cause).or(tally.cause);
        rows.push(vec![
            Cell::Text(destination.name),
            Cell::Text(destination.target.kind().to_owned()),
            Cell::Text(destination.target.address()),
            Cell::Text(if destination.topics.is_empty() { "all".to_owned() } else { destination.topics.join(", ") }),
            Cell::Text(state.to_owned()),
            count(tally.delivered),
            count(tally.waiting),
            count(tally.given_up),
            tally.next.map_or(Cell::Absent, Cell::Instant),
            cause.map_or(Cell::Absent, Cell::Text),
        ]);
    }
    Ok(Report {
        title: format!("Destinations of {}", connection.name),
        columns: vec![
            column("destination", "Destination", Unit::Text),
            column("kind", "Kind", Unit::Text),
            column("address", "Address", Unit::Text),
            column("topics", "Topics", Unit::Text),
            column("state", "State", Unit::Text),
            column("delivered", "Delivered", Unit::Count),
            column("waiting", "Waiting", Unit::Count),
            column("given_up", "Given up", Unit::Count),
            column("next", "Next attempt", Unit::Instant),
            column("cause", "Last failure", Unit::Text),
        ],
        rows,
        totals: Vec::new(),
        notes: Vec::new(),
    })
}
