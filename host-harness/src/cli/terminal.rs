//! The person at the terminal, as a dialogue with a connector sees them.

use super::interruption::{interruption, waits_for};
use crate::clock::Pending;
use crate::contract::dialogue::EnterCode;
use crate::contract::manifest::Field;
use crate::dialogue::{Person, PersonError};
use crate::prompt;
use crate::screen::told;
use crate::secret::Secret;
use crate::text::{clean, instant};
use jiff::Timestamp;
use std::io::Write;
use std::process::{Command, Stdio};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;

/// The program that opens a page in the browser of this system.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// A person who reads standard error and answers at standard input.
pub(super) struct Terminal {
    browser: bool,
    input: Mutex<Option<UnboundedReceiver<String>>>,
    interruption: watch::Receiver<bool>,
}

impl Terminal {
    /// With `browser`, pages are opened by the system; otherwise their addresses are only shown. From here on, an
    /// interruption from the keyboard ends the dialogue and not the program: what was made has to be told and kept.
    pub(super) fn new(browser: bool) -> Self {
        Terminal { browser, input: Mutex::new(None), interruption: interruption() }
    }
}

/// Tells a line. A closed standard error must not end a dialogue.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", told(line));
}

/// Opens a page by the system's own program. The address is one argument, and no shell reads it.
fn open(url: &str) -> bool {
    let mut command = Command::new(OPENER);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}

/// The lines of standard input. They are read on a thread that nobody waits for: when the browser has answered, the
/// program ends without a last line.
fn lines() -> UnboundedReceiver<String> {
    let (line, lines) = unbounded_channel();
    std::thread::spawn(move || {
        for typed in std::io::stdin().lines().map_while(Result::ok) {
            if line.send(typed).is_err() {
                break;
            }
        }
    });
    lines
}

impl Person for Terminal {
    fn show_page(&self, url: &str, help: &str) {
        say(&clean(help));
        say(&format!("\n  {}\n", clean(url)));
        if !self.browser {
            say("Open this page in a browser.");
        } else if !open(url) {
            say(&format!("The browser could not be opened ({OPENER} is missing). Open this page yourself."));
        }
        say("If the browser is on another machine, copy the address at which it ends to here and press Enter.");
    }

    fn show_code(&self, code: &EnterCode) {
        say(&clean(&code.help));
        say(&format!("\n  {}\n  code: {}\n", clean(&code.url), clean(&code.code)));
        if let Ok(expires) = Timestamp::from_second(code.expires) {
            say(&format!("The code is good until {}.", instant(expires)));
        }
    }

    fn ask(&self, field: &Field) -> Result<Option<Secret>, PersonError> {
        if !prompt::possible() {
            return Err(PersonError::Nobody(field.label.clone()));
        }
        let answer = prompt::field(field).map_err(|error| PersonError::Unreadable(error.to_string()))?;
        let left_empty = || field.default.clone().or_else(|| (!field.required).then(String::new));
        Ok(answer.or_else(|| left_empty().map(Secret::from)))
    }

    fn tell(&self, note: &str) {
        say(&clean(note));
    }

    fn interrupted(&self) -> Pending<'_, ()> {
        Box::pin(waits_for(self.interruption.clone()))
    }

    fn pasted(&self) -> Pending<'_, String> {
        Box::pin(async {
            let mut input = self.input.lock().await;
            match input.get_or_insert_with(lines).recv().await {
                Some(line) => line,
                // No input, or its end: the browser alone can answer.
                None => std::future::pending().await,
            }
        })
    }
}
