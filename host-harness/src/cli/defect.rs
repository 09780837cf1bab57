//! What a person reads of a defect of this program: that it was one, and where.

use super::output::complain;
use std::panic;

/// From here on, of a panic only its place is told. Its message may quote what it stumbled over, such as a secret, and
/// so may a backtrace, whatever `RUST_BACKTRACE` asks for.
pub(super) fn tell_place_alone() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        complain(&format!(
            "A defect of this program ended it{place}. Report it to its makers; what was collected is kept."
        ));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::{self, Display, Formatter};
    use std::process::{Command, exit};

    const SECRET: &str = "first-secret-of-the-test-0123456789";

    /// Names this test to the process that it starts, and says that it is that one.
    const PANICS: &str = "cli::defect::tests::a_panic_that_quotes_a_secret_tells_its_place_and_nothing_else";
    const VARIABLE: &str = "HOST_HARNESS_TEST_PANICS";

    /// Gives up while it is written, as the message of a panic may.
    struct Falls;

    impl Display for Falls {
        fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
            panic!("inside a message: {SECRET}")
        }
    }

    /// Gives up once more when it is dropped while somebody gives up already, which ends the process at once.
    struct Twice;

    impl Drop for Twice {
        fn drop(&mut self) {
            panic!("while it fell: {SECRET}");
        }
    }

    fn refused(how: &str) -> Result<(), String> {
        if how.is_empty() { Ok(()) } else { Err(SECRET.to_owned()) }
    }

    fn give_up(how: &str) {
        match how {
            "message" => panic!("with {SECRET}"),
            "unwrap" => refused(how).unwrap(),
            "assert" => assert_eq!(SECRET, "another"),
            "inside" => panic!("{Falls}"),
            "payload" => panic::panic_any(SECRET.to_owned()),
            "passed on" => panic::resume_unwind(Box::new(SECRET)),
            _ => {
                let _twice = Twice;
                panic!("with {SECRET}");
            }
        }
    }

    /// What the process of the program does: the defect is caught, and the exit code tells of it.
    fn fall(how: &str) -> ! {
        tell_place_alone();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (way, thread) = (how.to_owned(), how.to_owned());
        let task = runtime.block_on(runtime.spawn(async move { give_up(&way) }));
        let blocking = runtime.block_on(runtime.spawn_blocking(move || give_up(&thread)));
        let here = panic::catch_unwind(|| give_up(how));
        exit(if task.is_err() && blocking.is_err() && here.is_err() { 1 } else { 0 })
    }

    #[test]
    fn a_panic_that_quotes_a_secret_tells_its_place_and_nothing_else() {
        if let Ok(how) = std::env::var(VARIABLE) {
            fall(&how);
        }
        for how in ["message", "unwrap", "assert", "inside", "payload", "passed on", "twice"] {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", PANICS, "--nocapture"]).env(VARIABLE, how).env("RUST_BACKTRACE", "full");
            let ended = command.output().unwrap();
            let shown = [ended.stdout, ended.stderr].concat();
            let shown = String::from_utf8_lossy(&shown);
            // A panic inside a panic is ended by the system's own signal.
            assert_eq!(ended.status.code(), if ["inside", "twice"].contains(&how) { None } else { Some(1) }, "{shown}");
            let places = shown.matches("A defect of this program ended it (").count();
            // What is passed on was told where it came from; of a message that cannot be written, Rust tells the place.
            assert!(if ["passed on", "inside"].contains(&how) { places == 0 } else { places > 0 }, "{how}: {shown}");
            assert!(!shown.contains("first-secret") && !shown.contains("stack backtrace"), "{how}: {shown}");
        }
    }
}
