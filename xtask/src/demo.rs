//! `cargo demo`: the whole road with a made tenant, as a person would walk it. The work is the host's.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{built, cargo, root, run, spelled_path, target_dir};
use crate::component;
use crate::tenant::Tenant;

/// The published limits, so many times as generous: with them as they are, a first run of this tenant takes minutes.
const PACE: &str = "100";

/// The hosts that the connector needs in the made tenant's cloud.
const HOSTS: [&str; 3] = ["login.microsoftonline.com", "graph.microsoft.com", "reportsweu.office.com"];

/// Walks the road, prints what was found, and says what to try next.
///
/// # Errors
///
/// When something cannot be built or started, or a command of the host fails.
pub(crate) fn demo(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!(
            "`cargo demo` takes no arguments, and `{argument}` is one. `cargo simulate` takes those of the simulator"
        );
    }
    let plugin = component::connector()?;
    run(&mut cargo("build --quiet --package host-harness --package simulator --bins"))?;
    let start = Instant::now();
    let folder = target_dir().join("demo");
    let data = folder.join("data");
    begin_anew(&data)?;
    title("A made tenant");
    // Stopped when it goes out of scope, however the rest ends.
    let mut tenant = Tenant::start(&folder, PACE)?;
    let host = Host::new(&tenant, &folder)?;
    title("Configure");
    let (tenant_is, application_is) =
        (format!("tenant={}", tenant.fact("domain")?), format!("application-id={}", tenant.fact("application id")?));
    let secret = format!("client-secret={}", spelled_path(&tenant.secret()));
    let plugin = spelled_path(&plugin);
    host.run(&[
        "configure",
        "demo",
        "--plugin",
        &plugin,
        "--set",
        &tenant_is,
        "--set",
        &application_is,
        // The whole month would be ten times as much to read.
        "--set",
        "history-days=3",
        "--secret-file",
        &secret,
        "--yes",
    ])?;
    host.walk(&[("Connect", "connect demo"), ("Collect", "collect demo"), ("Discover", "discover demo")])?;
    title("Later, somebody uses another application");
    println!("  {}", tenant.press_enter()?);
    host.walk(&[
        ("Discover again", "discover demo"),
        ("What is bought, used and spare, and what it costs", "show subscriptions demo"),
        ("The ten largest savings, with their evidence", "show recommendations demo --limit 10"),
        ("What all of it saves, without overlaps", "show plan demo"),
        ("Applications, new ones first", "show applications demo --limit 10"),
        ("News", "show notifications demo --new"),
        ("What was skipped, and why", "show gaps demo"),
        ("What it took", "status demo --runs"),
    ])?;
    println!("\nAfter the build, all this took {:.1} s.", start.elapsed().as_secs_f64());
    host.say_what_next(&data);
    Ok(())
}

/// Runs the simulator until Ctrl-C.
///
/// # Errors
///
/// When it cannot be built or started.
pub(crate) fn simulate(arguments: &[String]) -> Result<()> {
    // The commands that it prints name the component.
    component::connector()?;
    run(&mut cargo("build --quiet --package host-harness --package simulator --bins"))?;
    println!("`host-harness` is {}", spelled_path(&built("host-harness")));
    run(Command::new(built("simulator")).args(arguments).current_dir(root()))
}

/// Removes the database of the last demo. The compiled component and the key that vouches for it stay: to compile it
/// takes longer than all the rest.
fn begin_anew(data: &Path) -> Result<()> {
    for file in ["data.sqlite", "data.sqlite-wal", "data.sqlite-shm"].map(|name| data.join(name)) {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn title(text: &str) {
    println!("\n── {text}");
}

/// The host, with the environment in which it finds the tenant and its data.
struct Host {
    environment: [(&'static str, String); 5],
}

impl Host {
    fn new(tenant: &Tenant, folder: &Path) -> Result<Self> {
        let address = tenant.fact("listens on")?;
        let connect_to: Vec<String> = HOSTS.iter().map(|host| format!("{host}:443={address}")).collect();
        let environment = [
            ("HOST_HARNESS_DATA_DIR", spelled_path(&folder.join("data"))),
            ("HOST_HARNESS_KEY_FILE", spelled_path(&folder.join("key"))),
            ("HOST_HARNESS_CONNECT_TO", connect_to.join(",")),
            ("HOST_HARNESS_CA", spelled_path(&tenant.certificate())),
            ("HOST_HARNESS_QUOTA_SCALE", PACE.to_owned()),
        ];
        println!("  The commands below find it by their environment:");
        let host = Self { environment };
        host.print_environment();
        Ok(host)
    }

    fn print_environment(&self) {
        for (name, value) in &self.environment {
            println!("  export {name}={value}");
        }
    }

    /// Runs a command to its end.
    fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(built("host-harness"));
        command.args(arguments).current_dir(root()).envs(self.environment.iter().map(|(name, value)| (name, value)));
        run(&mut command)
    }

    /// Runs commands one after the other, each under its title.
    fn walk(&self, commands: &[(&str, &str)]) -> Result<()> {
        for (name, line) in commands {
            title(name);
            self.run(&line.split(' ').collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn say_what_next(&self, data: &Path) {
        let host = spelled_path(&built("host-harness"));
        let database = spelled_path(&data.join("data.sqlite"));
        println!("The database is {database}, one SQLite file; its views have the names of what they show.");
        println!("\nTo try next, from {}:", root().display());
        for (name, value) in self.environment.iter().take(2) {
            println!("  export {name}={value}");
        }
        for line in [
            "show costs demo --by department",
            "show utilisation demo --by department",
            "show heat-map demo --limit 20",
            "show applications demo --by category",
            "show recommendations demo --format csv",
            "status demo",
            "--help",
        ] {
            println!("  {host} {line}");
        }
        println!("  sqlite3 {database} 'SELECT rule, count(*), sum(seats) FROM recommendations GROUP BY rule'");
        println!("\nThe tenant has stopped. `cargo simulate` starts one that stays, and prints how to connect to it.");
    }
}
