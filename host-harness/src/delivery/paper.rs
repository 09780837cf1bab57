//! Destinations on this machine: a file, standard output, the terminal.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::event::Event;
use super::round::Refusal;

/// Adds a line for each event to the end of a file, and returns when the disk has them.
pub(super) fn append(path: &Path, events: &[Event]) -> Result<(), Refusal> {
    let add = || {
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let mut lines = String::new();
        // A process that was killed may have left half a line: it stays one line, which is no event.
        if file.metadata()?.is_file() && file.seek(SeekFrom::End(0))? > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                lines.push('\n');
            }
        }
        events.iter().for_each(|event| line(&mut lines, event));
        file.write_all(lines.as_bytes())?;
        // A pipe has nothing to keep.
        if file.metadata()?.is_file() { file.sync_data() } else { Ok(()) }
    };
    add().map_err(|error: std::io::Error| Refusal::new(format!("{} cannot be written: {error}.", path.display())))
}

/// Writes a line for each event to standard output.
pub(super) fn output(events: &[Event]) -> Result<(), Refusal> {
    let mut lines = String::new();
    events.iter().for_each(|event| line(&mut lines, event));
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(lines.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(|error| Refusal::new(format!("Standard output cannot be written: {error}.")))
}

/// Tells a person.
pub(super) fn terminal(events: &[Event]) -> Result<(), Refusal> {
    let bold = anstyle::Style::new().bold();
    let lines: String = events
        .iter()
        .map(|event| format!("{}: {bold}{}{bold:#}. {}\n", event.connection(), event.title(), event.body()))
        .collect();
    let written = anstream::stderr().lock().write_all(lines.as_bytes());
    written.map_err(|error| Refusal::new(format!("Standard error cannot be written: {error}.")))
}

fn line(lines: &mut String, event: &Event) {
    lines.push_str(&event.json());
    lines.push('\n');
}
