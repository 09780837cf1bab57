//! Where results and errors go, and what the paper is like.

use super::exit::Exit;
use super::failure::Failure;
use super::options::Global;
use crate::report::Report;
use crate::screen::told;
use crate::table::{Look, render};
use crate::text::{clean, fold};
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Characters in a line when nobody says how wide the paper is: enough for most tables, and still readable in a mail.
const WIDTH: u16 = 120;
/// Lines narrower than this hold no table.
const NARROWEST: u16 = 40;

/// Width of the terminal, and whether it takes bold print.
pub(super) fn look() -> Look {
    let stdout = io::stdout();
    let width = if stdout.is_terminal() { comfy_table::Table::new().width() } else { None };
    let styled = anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    Look { width: width.unwrap_or(WIDTH).max(NARROWEST), styled }
}

/// Prints the result of a command.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints a text for people: on a terminal, its lines are broken where words end.
pub(super) fn print_folded(text: &str) -> Result<(), Failure> {
    if io::stdout().is_terminal() { print(&fold(text, look().width.into())) } else { print(text) }
}

/// Prints bytes as they are. A reader that has seen enough, such as `head`, ends the program silently.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::new(Exit::Done, ""),
        _ => Failure::new(Exit::Failed, format!("The result cannot be written: {error}.")),
    })
}

/// Prints a report in the format that was asked for.
pub(super) fn show(report: &Report, global: &Global) -> Result<(), Failure> {
    print(&render(report, global.format, look()))
}

/// Tells a person something that is no result, unless they want it quiet.
pub(super) fn tell(text: &str, global: &Global) {
    if !global.quiet {
        // A closed standard error must not end the command.
        let _ = writeln!(anstream::stderr().lock(), "{}", told(text));
    }
}

/// Tells a person why a command failed.
pub(super) fn complain(text: &str) {
    let style = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let text = told(&format!("error: {text}"));
    let text = text.strip_prefix("error:").unwrap_or(&text);
    let _ = writeln!(anstream::stderr().lock(), "{style}error:{style:#}{text}");
}

/// A list of lines under a heading, for people.
pub(super) fn section(title: &str, lines: impl IntoIterator<Item = String>) -> String {
    let lines: String = lines.into_iter().map(|line| format!("  {}\n", clean(&line))).collect();
    if lines.is_empty() { String::new() } else { format!("\n{title}\n{lines}") }
}
