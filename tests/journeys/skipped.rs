//! What cannot be tried on this machine.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tells of something that is skipped, with how much was skipped so far. Not by `println!`: what a test prints is shown
/// only when it fails.
pub fn skipped(what: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    let so_far = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    // Where nobody can be told, nothing is lost but the count.
    let _told = writeln!(io::stderr(), "skipped ({so_far} so far): {what}");
}
