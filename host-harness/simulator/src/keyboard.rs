//! Enter on the keyboard lets something happen in the tenant.

use std::io::{Write, stdin, stdout};

use simulator::Control;

/// Listens in a thread of its own. The end of the input, as where there is no keyboard, ends it.
pub(crate) fn listen(control: Control) {
    std::thread::spawn(move || {
        for _ in stdin().lines().map_while(Result::ok) {
            let told = match control.use_another_application() {
                Some(name) => format!("The administrator has signed in to {name}, which nobody had used before."),
                None => "There is no application left that nobody has used.".to_owned(),
            };
            // Nobody reads it any more: then it need not be told.
            let _ = writeln!(stdout(), "{told}");
        }
    });
}
