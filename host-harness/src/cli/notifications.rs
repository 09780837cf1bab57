//! `notifications`: what is new, what needs no more attention, and what nobody wants to hear.

use super::argument::OneConnection;
use super::delivering::deliver;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{show, tell};
use super::session::Session;
use crate::clock::SystemClock;
use crate::report::{Cell, Question};
use crate::storage::{MuteBy, Selection};
use crate::text::{clean, counted, instant};
use clap::{Args, Subcommand};
use jiff::Timestamp;

const EXAMPLES: &str = "\
Examples:
  host-harness notifications acme list
  host-harness notifications acme acknowledge --topic new-application
  host-harness notifications acme mute --subject app-1
  host-harness notifications acme unmute --all
  host-harness notifications acme deliver --now

Each notification is told once. What is acknowledged or muted is told nowhere any more.
";

/// List, acknowledge, mute and deliver notifications
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Notifications {
    #[command(flatten)]
    connection: OneConnection,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// List notifications with their ids, newest first
    List {
        /// Only those that still need attention: neither acknowledged nor muted
        #[arg(long)]
        open: bool,
    },
    /// Say that notifications need no more attention
    Acknowledge(Chosen),
    /// Tell nobody of these, now and in future
    Mute(Chosen),
    /// Take mutes back
    Unmute(Chosen),
    /// Send what waits for a destination and is due
    Deliver {
        /// Send what is not due yet, too
        #[arg(long)]
        now: bool,
    },
}

/// Which notifications are meant.
#[derive(Args, Debug)]
#[group(id = "which", required = true, multiple = true)]
struct Chosen {
    /// Ids of notifications
    #[arg(value_name = "ID", group = "which")]
    ids: Vec<String>,
    /// All of a topic; may be repeated
    #[arg(long, value_name = "TOPIC", group = "which")]
    topic: Vec<String>,
    /// All about a subject; may be repeated
    #[arg(long, value_name = "SUBJECT", group = "which")]
    subject: Vec<String>,
    /// All there are
    #[arg(long, group = "which", conflicts_with_all = ["ids", "topic", "subject"])]
    all: bool,
}

impl Chosen {
    fn selections(&self) -> Vec<Selection> {
        let of =
            |by, values: &[String]| values.iter().cloned().map(|value| Selection::By(by, value)).collect::<Vec<_>>();
        if self.all {
            return vec![Selection::All];
        }
        [of(MuteBy::Id, &self.ids), of(MuteBy::Topic, &self.topic), of(MuteBy::Subject, &self.subject)].concat()
    }
}

pub(super) async fn run(args: Notifications, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let connection = session.connection(&args.connection.name)?;
    let (name, id, database) = (&connection.name, connection.id, &session.database);
    match args.act {
        Act::List { open } => return list(&session, name, open, global),
        Act::Acknowledge(chosen) => {
            let mut sum = 0;
            for selection in chosen.selections() {
                let done = database.acknowledge(id, &selection, Timestamp::now())?;
                if done == 0 && selection != Selection::All {
                    return Err(nothing(&selection, name));
                }
                sum += done;
            }
            tell(&format!("{} of {name} acknowledged.", counted(sum, "notification", "notifications")), global);
        }
        Act::Mute(chosen) => {
            for selection in chosen.selections() {
                let Selection::By(by, value) = &selection else {
                    return Err(Failure::usage("Everything cannot be muted at once.").next(format!(
                        "Name ids, --topic or --subject, or remove destinations: host-harness destination {name} list"
                    )));
                };
                database.mute(id, *by, value, Timestamp::now())?;
                tell(&format!("Muted for {name}: {} {}.", by.name(), clean(value)), global);
            }
        }
        Act::Unmute(chosen) => {
            let mut sum = 0;
            for selection in chosen.selections() {
                sum += database.unmute(id, &selection)?;
            }
            tell(&format!("{} of {name} taken back.", counted(sum, "mute", "mutes")), global);
        }
        Act::Deliver { now } => {
            if now {
                database.hurry(id)?;
            }
            let round = deliver(&session.courier()?, &SystemClock, &connection, global).await?;
            if round.is_empty() {
                tell("Nothing is due.", global);
            }
            let failed = round.iter().any(|one| one.waiting + one.given_up > 0);
            let some = round.iter().any(|one| one.delivered > 0);
            return Ok(match (failed, some) {
                (false, _) => Exit::Done,
                (true, true) => Exit::Partly,
                (true, false) => Exit::Network,
            });
        }
    }
    Ok(Exit::Done)
}

fn nothing(selection: &Selection, name: &str) -> Failure {
    let what = match selection {
        Selection::By(by, value) => format!("There is no notification with the {} {value}.", by.name()),
        Selection::All => "There is no notification.".to_owned(),
    };
    Failure::usage(what).next(format!("host-harness notifications {name} list"))
}

fn list(session: &Session<'_>, name: &String, open: bool, global: &Global) -> Result<Exit, Failure> {
    let names = std::slice::from_ref(name);
    let question = Question { connections: names, now: Timestamp::now(), limit: None };
    let mut report = session.database.notifications_report(question)?;
    if let (true, Some(state)) = (open, report.columns.iter().position(|column| column.name == "state")) {
        let is_open =
            |row: &Vec<Cell>| matches!(row.get(state), Some(Cell::Text(state)) if state == "new" || state == "told");
        report.rows.retain(is_open);
    }
    // Whoever lists wants the ids, which stand last where news is shown.
    if let Some(id) = report.columns.iter().position(|column| column.name == "id") {
        let first = |row: &mut Vec<Cell>| {
            let cell = row.remove(id);
            row.insert(1, cell);
        };
        let column = report.columns.remove(id);
        report.columns.insert(1, column);
        report.rows.iter_mut().for_each(first);
    }
    let connection = session.connection(name)?;
    for mute in session.database.mutes(connection.id)? {
        report.notes.push(format!("Muted since {}: {} {}.", instant(mute.since), mute.what, mute.value));
    }
    show(&report, global)?;
    Ok(Exit::Done)
}
