//! The terminal that a person reads and types at: how wide it is, and what waits in its input.

use crate::text::fold;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr,
};
use std::io::{self, IsTerminal};
use std::time::Duration;

/// Lines narrower than this are not worth to be broken at words.
const NARROWEST: u16 = 40;
/// The time in which the rest of what was pasted arrives, over a slow line too.
const PASTE: Duration = Duration::from_millis(80);

/// A text for standard error: on a terminal, with its lines broken where words end.
pub fn told(text: &str) -> String {
    let stderr = io::stderr();
    if !stderr.is_terminal() {
        return text.to_owned();
    }
    match tcgetwinsize(&stderr) {
        Ok(size) if size.ws_col >= NARROWEST => fold(text, size.ws_col.into()),
        _ => text.to_owned(),
    }
}

/// Shows nothing of what is typed, from its making to its end.
pub struct Unseen {
    before: Option<Termios>,
}

impl Unseen {
    /// Turns the echo of standard input off.
    pub fn begin() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut unseen = before.clone();
            unseen.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            // A terminal that does not obey shows what is typed after the answer, and nothing else.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &unseen);
        }
        Unseen { before }
    }

    /// Throws away what was typed beyond the answer, and says whether it was more than one more line end.
    ///
    /// # Errors
    /// Standard input is no terminal any more.
    pub fn drain(&self) -> io::Result<bool> {
        std::thread::sleep(PASTE);
        let waiting = rustix::io::ioctl_fionread(io::stdin())?;
        tcflush(io::stdin(), QueueSelector::IFlush)?;
        Ok(waiting > 1)
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
