//! `reference`: files with which a customer adds knowledge, such as own prices.

use super::argument::OneConnection;
use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use super::output::{print_bytes, show, tell};
use super::session::Session;
use crate::contract::manifest::ReferenceFile;
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
            expect(known, &reference, &connection.name)?;
            let content = std::fs::read(&file)
                .map_err(|error| Failure::usage(format!("{} cannot be read: {error}.", file.display())))?;
            shop.database.put_reference(connection.id, &reference, &content, shop.host.clock().now())?;
            let size = bytes(content.len() as u64);
            let name = &connection.name;
            tell(&format!("{reference} of {name} is stored ({size}).\nnext: host-harness run {name}"), global);
        }
        Act::List | Act::Export { .. } => show(&list(known, &shop.database, &connection)?, global)?,
    }
    Ok(Exit::Done)
}

fn expect(known: &[ReferenceFile], name: &str, connection: &str) -> Result<(), Failure> {
    if known.iter().any(|file| file.name == name) {
        return Ok(());
    }
    let meant = did_you_mean(name, known.iter().map(|file| file.name.as_str()));
    Err(Failure::usage(format!("The connector takes no reference file named {name}.{meant}"))
        .next(format!("host-harness reference {connection} list")))
}

fn list(known: &[ReferenceFile], database: &Database, connection: &Connection) -> Result<Report, Failure> {
    let stored = database.references(connection.id)?;
    let rows = known.iter().map(|file| {
        let found = stored.iter().find(|stored| stored.name == file.name);
        let size = found.and_then(|stored| i64::try_from(stored.bytes).ok());
        vec![
            Cell::Text(file.name.clone()),
            Cell::Text(file.title.clone()),
            Cell::Text(file.help.clone()),
            size.map_or(Cell::Absent, Cell::Count),
            found.map_or(Cell::Absent, |stored| Cell::Instant(stored.imported)),
        ]
    });
    let column = |name, title, unit| Column { name, title, unit };
    Ok(Report {
        title: format!("Reference files of {}", connection.name),
        columns: vec![
            column("name", "Name", Unit::Text),
            column("title", "What it is", Unit::Text),
            column("help", "Content", Unit::Text),
            column("bytes", "Bytes", Unit::Count),
            column("imported", "Imported", Unit::Instant),
        ],
        rows: rows.collect(),
        totals: Vec::new(),
        notes: Vec::new(),
    })
}

fn export(database: &Database, connection: &Connection, name: &str) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        match database.reference(connection.id, name, offset, CHUNK)? {
            None => {
                let what = format!("No reference file named {name} is stored for {}.", connection.name);
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
