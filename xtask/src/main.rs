//! The commands of this workspace beside cargo's own. Each is also an alias: `cargo demo`, `cargo simulate`,
//! `cargo verify`, `cargo audit-online`.

mod command;
mod component;
mod demo;
mod policy;
mod tenant;
mod verify;

use std::process::ExitCode;

const HELP: &str = "\
cargo demo              build all, start a made tenant, connect to it, collect, discover, and show what was found
cargo simulate [ARGS]   the made tenant alone, to try the commands by hand; ARGS go to the simulator (--help lists them)
cargo verify            formatting, lints, components, all tests, dependency policy
cargo audit-online      asks the advisory database about the dependencies
cargo xtask component   build the components, and print where they are and how large";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let verb = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match verb.as_str() {
        "demo" => demo::demo(&rest),
        "simulate" => demo::simulate(&rest),
        "verify" => verify::verify(),
        "audit-online" => policy::advisories(),
        "component" => component::build_all().map(drop),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("There is no command `{other}`. There are:\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
