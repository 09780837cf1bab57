//! `reference`: files with which a customer adds knowledge, such as own prices.

use super::argument::OneConnection;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{print_bytes, show, tell};
use super::session::Session;
use crate::contract::manifest::{FileFormat, ReferenceFile};
use crate::report::{Cell, Column, Report, Unit};
use crate::storage::{Connection, Database};
use crate::text::{bytes, did_you_mean};
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  host-harness reference acme list
  host-harness reference acme import prices prices.csv
  host-harness reference acme export prices > prices.csv
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
    /// Print a stored file
    Export {
        /// As the connector names it
        #[arg(value_name = "REFERENCE")]
        reference: String,
    },
}

pub(super) async fn run(args: Reference, global: &Global) -> Result<Exit, Failure> {
    let session = Session::open(global)?;
    let mut connection = session.connection(&args.connection.name)?;
    if let Act::Export { reference } = &args.act {
        export(&session.database, &connection, reference)?;
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
        Act::List | Act::Export { .. } => show(&list(known, &shop.database, &connection)?, global)?,
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

/// Lines of a file that hold something, but for its heading.
fn lines(database: &Database, connection: &Connection, name: &str) -> Result<u64, Failure> {
    let (mut offset, mut lines, mut empty) = (0, 0_u64, true);
    while let Some(part) = database.reference(connection.id, name, offset, CHUNK)?.filter(|part| !part.is_empty()) {
        for byte in &part {
            match byte {
                b'\n' => {
                    lines += u64::from(!empty);
                    empty = true;
                }
                b'\r' => {}
                _ => empty = false,
            }
        }
        offset += part.len() as u64;
    }
    Ok((lines + u64::from(!empty)).saturating_sub(1))
}

fn list(known: &[ReferenceFile], database: &Database, connection: &Connection) -> Result<Report, Failure> {
    let stored = database.references(connection.id)?;
    let mut rows = Vec::new();
    for file in known {
        let found = stored.iter().find(|stored| stored.name == file.name);
        let lines = match found {
            Some(_) if matches!(file.format, FileFormat::Csv) => Some(lines(database, connection, &file.name)?),
            _ => None,
        };
        let count = |number: Option<u64>| {
            number.and_then(|number| i64::try_from(number).ok()).map_or(Cell::Absent, Cell::Count)
        };
        let in_force = if found.is_some() { "your own" } else { "what the connector brings" };
        rows.push(vec![
            Cell::Text(file.name.clone()),
            Cell::Text(file.title.clone()),
            Cell::Text(in_force.to_owned()),
            found.map_or(Cell::Absent, |stored| Cell::Instant(stored.imported)),
            count(lines),
            count(found.map(|stored| stored.bytes)),
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

fn export(database: &Database, connection: &Connection, name: &str) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        match database.reference(connection.id, name, offset, CHUNK)? {
            None => {
                let what = format!(
                    "No reference file named {name} is stored for {}: what the connector brings is in force.",
                    connection.name
                );
                return Err(Failure::usage(what).next(format!("host-harness reference {} list", connection.name)));
            }
            Some(part) if part.is_empty() => return Ok(()),
            Some(part) => {
                print_bytes(&part)?;
                offset += part.len() as u64;
            }
        }
    }
}
