//! What is typed at a terminal.

use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout};
use std::thread::sleep;
use std::time::Duration;

use crate::tenant::{Tenant, small};

/// Reads what is shown until a question is asked, and types the answer.
fn answer(screen: &mut ChildStdout, keyboard: &mut ChildStdin, seen: &mut String, question: &str, typed: &str) {
    let before = seen.len();
    while !seen[before..].contains(question) {
        let mut some = [0; 256];
        let read = screen.read(&mut some).expect("the screen can be read");
        assert_ne!(read, 0, "it did not ask {question:?}: {seen}");
        seen.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    // What is typed before the echo is off would be shown by the terminal itself.
    sleep(Duration::from_millis(200));
    writeln!(keyboard, "{typed}").expect("it can be typed");
}

#[test]
fn a_secret_is_asked_for_by_configure_without_echo_and_other_values_with_it() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let line = tenant.configure().replace(" --secret-env client-secret=SECRET", "");
    let line = line.replace(&format!(" --set application-id={}", facts.client_id), "");
    let mut child = desk.on_a_terminal(&line).spawn().expect("script starts");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    let mut screen = child.stdout.take().expect("a screen");
    let mut seen = String::new();
    answer(&mut screen, &mut keyboard, &mut seen, "application-id: ", &facts.client_id);
    answer(&mut screen, &mut keyboard, &mut seen, "client-secret: ", &facts.client_secret);
    screen.read_to_string(&mut seen).expect("the screen can be read");
    assert!(child.wait().expect("script ends").success(), "{seen}");
    assert!(seen.contains(&facts.client_id), "what is no secret is shown as it is typed: {seen}");
    assert!(!seen.contains(&facts.client_secret), "the secret was shown: {seen}");
    // It arrived as it was typed.
    desk.run("connect acme").with(0);
}
