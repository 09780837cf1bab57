//! `reference`: files with which a customer adds knowledge, such as own prices.

use super::argument::OneConnection;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{print_bytes, show, tell};
use super::session::Session;
use crate::contract::manifest::{FileFormat, ReferenceFile};
use crate::report::{Cell, Column, Report, Unit};
use crate::sandbox::Plugin;
use crate::storage::{Connection, Database};
use crate::text::{bytes, did_you_mean};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  host-harness reference acme list
  host-harness reference acme import prices prices.csv
  host-harness reference acme export prices > prices.csv
  host-harness reference acme export prices --built-in
";

/// Bytes that are read from the database at a time.
const CHUNK: u32 = 1 << 20;

/// Import, list and export files with which you add knowledge, such as your own prices
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Reference {
    #[command(flatten)]
    connection: OneConnection,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand, Debug)]
enum Act {
    /// Store a file, in place of the one before
    Import {
        /// As the connector names it
        #[arg(value_name = "REFERENCE")]
        reference: String,
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// List the files that the connector takes, and what is stored
    List,
    /// Print what is in force: your own file, or else what the connector brings
    Export {
        /// As the connector names it
        #[arg(value_name = "REFERENCE")]
        reference: String,
        /// What the connector brings, also when a file of your own is stored
        #[arg(long)]
        built_in: bool,
    },
}

pub(super) async fn run(args: Reference, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let mut connection = session.connection(&args.connection.name)?;
    // What is stored can be had without the component.
    if let Act::Export { reference, built_in: false } = &args.act
        && export(&session.database, &connection, reference)?
    {
        return Ok(Exit::Done);
    }
    let shop = session.host()?;
    let plugin = shop.plugin(&mut connection).await?;
    let known = &plugin.manifest().reference_files;
    match args.act {
        Act::Import { reference, file } => {
            let expected = expect(known, &reference, &connection.name)?;
            let content = std::fs::read(&file)
                .map_err(|error| Failure::usage(format!("{} cannot be read: {error}.", file.display())))?;
            judge(expected, &content).map_err(|wrong| {
                Failure::usage(format!("{} is not stored: {wrong}", file.display()))
                    .next(format!("host-harness reference {} list", connection.name))
            })?;
            shop.database.put_reference(connection.id, &reference, &content, shop.host.clock().now())?;
            let size = bytes(content.len() as u64);
            let name = &connection.name;
            tell(&format!("{reference} of {name} is stored ({size}).\nnext: host-harness run {name}"), global);
        }
        Act::Export { reference, .. } => {
            expect(known, &reference, &connection.name)?;
            let Some(file) = plugin.built_in(&reference).await? else {
                let what = format!("No reference file {reference} is stored, and the connector brings none.");
                return Err(Failure::usage(what).next(format!("host-harness reference {} list", connection.name)));
            };
            print_bytes(&file)?;
        }
        Act::List => show(&list(&plugin, &shop.database, &connection).await?, global)?,
    }
    Ok(Exit::Done)
}

fn expect<'a>(known: &'a [ReferenceFile], name: &str, connection: &str) -> Result<&'a ReferenceFile, Failure> {
    if let Some(file) = known.iter().find(|file| file.name == name) {
        return Ok(file);
    }
    let meant = did_you_mean(name, known.iter().map(|file| file.name.as_str()));
    Err(Failure::usage(format!("The connector takes no reference file named {name}.{meant}"))
        .next(format!("host-harness reference {connection} list")))
}

/// What is wrong with a file as a whole. Its single lines are the connector's affair.
fn judge(expected: &ReferenceFile, content: &[u8]) -> Result<(), String> {
    match expected.format {
        FileFormat::Json => match serde_json::from_slice::<serde::de::IgnoredAny>(content) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("it is no JSON ({error}).")),
        },
        FileFormat::Csv => {
            let found = heading(content);
            let missing = expected.required_columns.iter().filter(|column| !found.contains(&folded(column)));
            let missing: Vec<&str> = missing.map(String::as_str).collect();
            if missing.is_empty() {
                return Ok(());
            }
            let found = if found.is_empty() { "nothing".to_owned() } else { found.join(", ") };
            let hint = if found.contains([';', '\t']) { " Separate the columns by commas." } else { "" };
            let missing = missing.join(", ");
            Err(format!(
                "its first line has no column {missing}. It has: {}.{hint}",
                found.chars().take(SHOWN).collect::<String>()
            ))
        }
    }
}

/// Letters of a wrong heading that are shown.
const SHOWN: usize = 300;

/// The names of the columns, folded.
fn heading(content: &[u8]) -> Vec<String> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let names =
        reader.byte_headers().map(|names| names.iter().map(|name| folded(&String::from_utf8_lossy(name))).collect());
    names.unwrap_or_default()
}

/// A name without regard to case and white space.
fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Counts the lines of a file that hold something.
struct Lines {
    lines: u64,
    empty: bool,
}

impl Lines {
    const NONE: Lines = Lines { lines: 0, empty: true };

    fn read(&mut self, part: &[u8]) {
        for byte in part {
            match byte {
                b'\n' => {
                    self.lines += u64::from(!self.empty);
                    self.empty = true;
                }
                b'\r' => {}
                _ => self.empty = false,
            }
        }
    }

    /// All but the heading.
    fn rows(&self) -> u64 {
        (self.lines + u64::from(!self.empty)).saturating_sub(1)
    }
}

async fn list(plugin: &Plugin, database: &Database, connection: &Connection) -> Result<Report, Failure> {
    let stored = database.references(connection.id)?;
    let mut rows = Vec::new();
    for file in &plugin.manifest().reference_files {
        let found = stored.iter().find(|stored| stored.name == file.name);
        let mut lines = Lines::NONE;
        let (in_force, bytes) = match found {
            Some(stored) => {
                parts(database, connection, &file.name, |part| {
                    lines.read(part);
                    Ok(())
                })?;
                ("your own", Some(stored.bytes))
            }
            None => {
                let brought = plugin.built_in(&file.name).await?;
                lines.read(brought.as_deref().unwrap_or_default());
                let in_force = if brought.is_some() { "what the connector brings" } else { "nothing" };
                (in_force, brought.map(|file| file.len() as u64))
            }
        };
        let lines = bytes.filter(|_| matches!(file.format, FileFormat::Csv)).map(|_| lines.rows());
        let count = |number: Option<u64>| {
            number.and_then(|number| i64::try_from(number).ok()).map_or(Cell::Absent, Cell::Count)
        };
        rows.push(vec![
            Cell::Text(file.name.clone()),
            Cell::Text(file.title.clone()),
            Cell::Text(in_force.to_owned()),
            found.map_or(Cell::Absent, |stored| Cell::Instant(stored.imported)),
            count(lines),
            count(bytes),
            Cell::Text(file.help.clone()),
        ]);
    }
    let column = |name, title, unit| Column { name, title, unit };
    Ok(Report {
        title: format!("Reference files of {}", connection.name),
        columns: vec![
            column("name", "Name", Unit::Text),
            column("title", "What it is", Unit::Text),
            column("in_force", "In force", Unit::Text),
            column("imported", "Imported", Unit::Instant),
            column("rows", "Rows", Unit::Count),
            column("bytes", "Bytes", Unit::Count),
            column("help", "Content", Unit::Text),
        ],
        rows,
        totals: Vec::new(),
        notes: Vec::new(),
    })
}

/// Prints a stored file; false when there is none.
fn export(database: &Database, connection: &Connection, name: &str) -> Result<bool, Failure> {
    parts(database, connection, name, print_bytes)
}

/// Gives a stored file part by part; false when there is none.
fn parts(
    database: &Database,
    connection: &Connection,
    name: &str,
    mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut offset = 0;
    loop {
        match database.reference(connection.id, name, offset, CHUNK)? {
            None => return Ok(false),
            Some(part) if part.is_empty() => return Ok(true),
            Some(part) => {
                take(&part)?;
                offset += part.len() as u64;
            }
        }
    }
}
