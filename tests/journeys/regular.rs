//! Regular runs: again and again, one outcome for each connection, until the system ends them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::time::Duration;

use simulator::Options;

use crate::built::built;
use crate::desk::Desk;
use crate::tenant::{Tenant, small};

fn terminate(child: &Child) {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// The code with which a program ended, and all that it has told.
fn end(mut child: Child, mut output: impl Read) -> (i32, String) {
    let mut told = String::new();
    output.read_to_string(&mut told).expect("text");
    let code = child.wait().expect("it ends").code().unwrap_or(-1);
    let mut errors = String::new();
    child.stderr.take().expect("standard error").read_to_string(&mut errors).expect("text");
    (code, format!("{told}{errors}"))
}

fn next_runs(desk: &Desk) -> Vec<String> {
    desk.column("SELECT c.name FROM planned_run p JOIN connection c ON c.id = p.connection ORDER BY 1")
}

#[test]
fn each_connection_has_an_outcome_and_one_that_fails_stops_no_other() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    // The first one has lost its component when it is run.
    let component = desk.folder().join("gone.wasm");
    std::fs::copy(&built().connector, &component).expect("a copy");
    let configure = tenant.configure();
    let words = configure.replace("acme", "broken").replace(&built().connector.display().to_string(), "gone.wasm");
    desk.run(&words).with(0);
    desk.run("connect broken").with(0);
    std::fs::remove_file(&component).expect("the copy can be removed");
    desk.run(&configure).with(0);
    desk.run("connect acme").with(0);

    let mut child = desk.start("run --all --every 4m");
    let mut output = BufReader::new(child.stdout.take().expect("standard output"));
    let mut lines = String::new();
    // Whichever starts later, by chance, may end first.
    while !["acme: ", "broken: "].iter().all(|name| lines.contains(name)) {
        assert_ne!(output.read_line(&mut lines).expect("text"), 0, "it ended: {lines}");
    }
    assert!(lines.contains("broken: failed") && lines.contains("acme: done"), "{lines}");
    assert!(lines.lines().all(|line| line.contains("Next: ")), "{lines}");
    assert_eq!(next_runs(&desk), ["acme", "broken"]);
    assert!(desk.run("status --format json").with(0).out.contains("\"next_run\": \"20"));
    terminate(&child);
    let (code, told) = end(child, output);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("gone.wasm"), "{told}");
    assert_eq!(next_runs(&desk), [""; 0]);
    assert!(desk.count("SELECT count(*) FROM users WHERE connection = 'acme'") > 0);
}

#[test]
fn a_run_that_is_terminated_ends_between_two_steps_and_goes_on_after_a_restart() {
    // Slow enough to be met in the middle.
    let slow = Options { users: 2200, latency: Duration::from_millis(15), ..small() };
    let tenant = Tenant::new(slow);
    let desk = tenant.connected();
    let before = tenant.requests("/users").len();
    let mut child = desk.start("run acme --every 1h");
    let output = child.stdout.take().expect("standard output");
    tenant.wait_for("/users", before + 1);
    terminate(&child);
    let (code, told) = end(child, output);
    assert_eq!(code, 130, "{told}");
    assert!(told.contains("acme: interrupted"), "{told}");
    assert!(!told.contains("panicked"), "{told}");

    // What was left behind goes on at once, and not in an hour.
    let mut child = desk.start("run acme --every 1h");
    let mut output = BufReader::new(child.stdout.take().expect("standard output"));
    let mut line = String::new();
    output.read_line(&mut line).expect("text");
    assert!(line.contains("acme: done"), "{line}");
    terminate(&child);
    assert_eq!(end(child, output).0, 0);
}
