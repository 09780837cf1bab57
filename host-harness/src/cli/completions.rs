//! `completions`: a script by which a shell completes the commands.

use super::command;
use super::exit::Exit;
use super::failure::Failure;
use super::output::print_bytes;
use clap::Args;
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
Examples:
  host-harness completions bash > ~/.local/share/bash-completion/completions/host-harness
  host-harness completions zsh > ~/.zfunc/_host-harness
  host-harness completions fish > ~/.config/fish/completions/host-harness.fish
";

/// Print a script that completes the commands in a shell
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut command(), "host-harness", &mut script);
    print_bytes(&script)?;
    Ok(Exit::Done)
}
