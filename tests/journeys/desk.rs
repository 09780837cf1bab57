//! A person's place: a data folder, and the host's command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use host_harness::seal::{Keyring, Place, Purpose};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tempfile::TempDir;

use crate::built::{built, target_dir};

/// The key of all desks, so that a component is compiled once and not for each.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The rows of a database: for each view its lines, sorted.
pub type Rows = BTreeMap<String, Vec<Vec<String>>>;

/// Ends a command that waits for more than the test gives it, so that the test fails and does not wait as well.
pub struct Limit {
    _held: Sender<()>,
}

impl Limit {
    /// The slowest command takes a minute where several builds run beside it.
    const TIME: Duration = Duration::from_secs(300);

    /// The limit holds until this is dropped.
    pub fn of(child: &Child) -> Limit {
        let id = child.id().to_string();
        let (held, dropped) = channel();
        std::thread::spawn(move || {
            if dropped.recv_timeout(Self::TIME) == Err(RecvTimeoutError::Timeout) {
                let _killed = Command::new("kill").args(["-KILL", &id]).status();
            }
        });
        Limit { _held: held }
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ended {
    /// The same, when it ended with this code.
    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// A person reads these words, wherever the lines are broken.
    pub fn tells(&self, words: &str) -> bool {
        self.all().split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
    }

    /// Everything that a person could read.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
        Ended { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A data folder, and what leads to a service.
pub struct Desk {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Desk {
    /// A new desk from which hosts are reached at an address.
    pub fn new(hosts: &[&str], address: SocketAddr, ca: &str) -> Desk {
        let folder = TempDir::new().expect("a folder for tests");
        let file = folder.path().join("ca.pem");
        fs::write(&file, ca).expect("the certificate can be written");
        let connect_to: Vec<_> = hosts.iter().map(|host| format!("{host}:443={address}")).collect();
        let environment = vec![
            ("HOST_HARNESS_CONNECT_TO", connect_to.join(",")),
            ("HOST_HARNESS_CA", file.display().to_string()),
            // By the published limits, three days of sign-ins would take minutes.
            ("HOST_HARNESS_QUOTA_SCALE", "1000".to_owned()),
        ];
        let desk = Desk { folder, environment };
        desk.share_compiled();
        desk
    }

    /// A desk from which nothing is reached.
    pub fn alone() -> Desk {
        let desk = Desk { folder: TempDir::new().expect("a folder for tests"), environment: Vec::new() };
        desk.share_compiled();
        desk
    }

    /// Compiled components lie in one folder for all desks, as they would for a person who tries again.
    fn share_compiled(&self) {
        let shared = target_dir().join("journeys").join("components");
        fs::create_dir_all(&shared).expect("a folder for compiled components");
        fs::create_dir_all(self.data()).expect("a data folder");
        symlink(shared, self.data().join("components")).expect("a link");
    }

    /// The folder for files of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Adds an environment variable to all commands.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.retain(|(known, _)| *known != name);
        self.environment.push((name, value.into()));
    }

    /// A command of the host, its words separated by blanks. It sees no environment but that of the desk.
    pub fn command(&self, line: &str) -> Command {
        let mut command = self.bare(&built().host);
        command.args(line.split_whitespace());
        command
    }

    /// The same on a terminal of its own: what is shown there comes out of standard output, and what goes into standard
    /// input is typed.
    pub fn on_a_terminal(&self, line: &str) -> Command {
        let mut command = self.bare(Path::new("script"));
        let line = format!("{} {line}", built().host.display());
        command.args(["-qec", &line, "/dev/null"]).env("SHELL", "/bin/sh").stdin(Stdio::piped());
        command
    }

    fn bare(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("HOST_HARNESS_KEY", KEY)
            .env("HOST_HARNESS_DATA_DIR", self.data())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, line: &str) -> Ended {
        let child = self.start(line);
        let _limit = Limit::of(&child);
        child.wait_with_output().expect("the host ends").into()
    }

    /// Starts a command.
    pub fn start(&self, line: &str) -> Child {
        self.command(line).spawn().expect("the host starts")
    }

    /// The secrets of all connections, unsealed: name and content.
    pub fn unsealed(&self) -> Vec<(String, Vec<u8>)> {
        let key = STANDARD.decode(KEY).expect("base64");
        let keyring = Keyring::derive(key.as_slice().try_into().expect("a key"));
        let database = self.database();
        let mut statement = database.prepare("SELECT connection, name, value FROM secret").expect("secrets");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("rows");
        let open = |row: rusqlite::Result<(i64, String, Vec<u8>)>| {
            let (connection, name, sealed) = row.expect("a secret");
            let place = Place { connection, name: &name, purpose: Purpose::Secret };
            let secret = keyring.unseal(place, &sealed).expect("it opens");
            let bytes = secret.expose().to_vec();
            (name, bytes)
        };
        rows.map(open).collect()
    }

    /// The rows of `show`, as a machine reads them.
    #[track_caller]
    pub fn show(&self, what: &str) -> Vec<Value> {
        let ended = self.run(&format!("show {what} --format json")).with(0);
        serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error} in {}", ended.out))
    }

    /// Opens the database to read it, as a person with a database tool would.
    pub fn database(&self) -> Connection {
        let file = self.data().join("data.sqlite");
        Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database opens")
    }

    /// One number from the database.
    #[track_caller]
    pub fn count(&self, question: &str) -> i64 {
        self.database().query_row(question, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{question}: {error}"))
    }

    /// One column of text from the database.
    #[track_caller]
    pub fn column(&self, question: &str) -> Vec<String> {
        let database = self.database();
        let mut statement = database.prepare(question).unwrap_or_else(|error| panic!("{question}: {error}"));
        let rows = statement.query_map([], |row| row.get(0)).expect("the question fits");
        rows.collect::<Result<_, _>>().expect("a column of text")
    }

    /// Everything that was collected.
    pub fn rows(&self) -> Rows {
        let about_runs = ["gaps", "partitions", "runs"];
        let views = self.column("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name");
        views.into_iter().filter(|view| !about_runs.contains(&view.as_str())).map(|view| self.lines(view)).collect()
    }

    fn lines(&self, view: String) -> (String, Vec<Vec<String>>) {
        let database = self.database();
        let mut statement = database.prepare(&format!("SELECT * FROM {view}")).expect("a view");
        let columns = statement.column_count();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let line =
            |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column).map(|cell| text(&cell))).collect();
        let mut lines: Vec<Vec<String>> =
            statement.query_map([], line).expect("a view can be read").collect::<Result<_, _>>().expect("lines");
        if view == "notifications" {
            // When something was noticed is not what was noticed.
            let at = names.iter().position(|column| column == "at");
            lines.iter_mut().filter_map(|line| line.get_mut(at?)).for_each(String::clear);
        }
        lines.sort();
        (view, lines)
    }
}

fn text(cell: &Cell) -> String {
    format!("{cell:?}")
}

/// Where two collections differ, in few words.
pub fn differences(one: &Rows, other: &Rows) -> Vec<String> {
    let mut found = Vec::new();
    for view in one.keys().chain(other.keys().filter(|view| !one.contains_key(*view))) {
        let none = Vec::new();
        let (left, right) = (one.get(view).unwrap_or(&none), other.get(view).unwrap_or(&none));
        if left != right {
            let (here, there): (BTreeSet<_>, BTreeSet<_>) = (left.iter().collect(), right.iter().collect());
            let (lost, new) = (here.difference(&there).next(), there.difference(&here).next());
            found.push(format!(
                "{view}: {} rows and {} rows; only here {lost:?}; only there {new:?}",
                left.len(),
                right.len()
            ));
        }
    }
    found
}
