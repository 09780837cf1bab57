//! What is typed at a terminal.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::thread::sleep;
use std::time::Duration;

use crate::built::built;
use crate::certificates::fixture;
use crate::desk::{Desk, Limit};
use crate::tenant::{Tenant, small};

/// A command on a terminal, and all that it has shown.
struct Screen {
    child: Child,
    keyboard: ChildStdin,
    screen: ChildStdout,
    seen: String,
    /// Up to where it was read.
    read: usize,
    _limit: Limit,
}

impl Screen {
    fn of(desk: &Desk, line: &str) -> Screen {
        let mut child = desk.on_a_terminal(line).spawn().expect("script starts");
        let keyboard = child.stdin.take().expect("a keyboard");
        let screen = child.stdout.take().expect("a screen");
        let _limit = Limit::of(&child);
        Screen { child, keyboard, screen, seen: String::new(), read: 0, _limit }
    }

    /// Reads on until these words.
    #[track_caller]
    fn wait_for(&mut self, words: &str) {
        loop {
            if let Some(at) = self.seen[self.read..].find(words) {
                self.read += at + words.len();
                return;
            }
            let mut some = [0; 256];
            let read = self.screen.read(&mut some).expect("the screen can be read");
            assert_ne!(read, 0, "it did not show {words:?}: {}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&some[..read]));
        }
    }

    /// Waits for a question, and types the answer.
    #[track_caller]
    fn answer(&mut self, question: &str, typed: &str) {
        self.wait_for(question);
        // What is typed before the echo is off would be shown by the terminal itself.
        sleep(Duration::from_millis(200));
        writeln!(self.keyboard, "{typed}").expect("it can be typed");
    }

    /// Presses Ctrl-C.
    fn interrupt(&mut self) {
        self.keyboard.write_all(&[3]).expect("it can be typed");
    }

    /// All that it has shown when it has ended, and its exit code.
    fn end(mut self) -> (String, i32) {
        self.screen.read_to_string(&mut self.seen).expect("the screen can be read");
        let code = self.child.wait().expect("script ends").code();
        (self.seen, code.unwrap_or(-1))
    }
}

#[test]
fn a_secret_is_asked_for_by_configure_without_echo_and_other_values_with_it() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let line = tenant.configure().replace(" --secret-env client-secret=SECRET", "");
    let line = line.replace(&format!(" --set application-id={}", facts.client_id), "");
    let mut screen = Screen::of(&desk, &line);
    screen.answer("application-id: ", &facts.client_id);
    // How to sign in decides what else is asked for.
    screen.answer("sign-in [application]: ", "");
    screen.answer("client-secret: ", &facts.client_secret);
    let (seen, code) = screen.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains(&facts.client_id), "what is no secret is shown as it is typed: {seen}");
    assert!(!seen.contains(&facts.client_secret), "the secret was shown: {seen}");
    // It arrived as it was typed.
    desk.run("connect acme").with(0);
}

#[test]
fn configure_without_options_asks_anew_and_keeps_what_is_left_empty() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.desk();
    let secret = tenant.facts().client_secret;
    desk.set("SECRET", "abC8Q~not-the-secret-of-it");
    desk.run(&tenant.configure()).with(0);
    let (seen, code) = Screen::of(&desk, "connect acme").end();
    assert_eq!(code, 3, "{seen}");
    assert!(seen.contains("next: host-harness configure acme\r\n"), "{seen}");

    let mut screen = Screen::of(&desk, "configure acme");
    screen.answer(&format!("tenant [{}]: ", tenant.facts().domain), "");
    screen.answer(&format!("application-id [{}]: ", tenant.facts().client_id), "");
    screen.answer("sign-in [application]: ", "certifcate");
    screen.wait_for("This is none of: application, certificate,");
    screen.answer("sign-in [application]: ", "");
    screen.answer("client-secret [as it is]: ", &secret);
    screen.answer("cloud [global]: ", "");
    screen.answer("consent [granted]: ", "");
    let (seen, code) = screen.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("not-the-secret") && !seen.contains(&secret), "{seen}");
    desk.run("connect acme").with(0);
}

#[test]
fn a_secret_that_was_pasted_with_more_lines_is_asked_for_again_and_answers_nothing_else() {
    let tenant = Tenant::new(small());
    let secret = tenant.facts().client_secret;
    let desk = tenant.desk();
    let line = tenant.configure().replace(" --secret-env client-secret=SECRET", " --set sign-in=application");
    let mut screen = Screen::of(&desk, &line.replace(" --yes", ""));
    screen.answer("client-secret: ", &format!("{secret}\ny"));
    screen.wait_for("That was more than one line.");
    screen.answer("client-secret: ", &secret);
    // The second line of the paste has not allowed the hosts.
    screen.answer("Allow them? [y/N] ", "y");
    let (seen, code) = screen.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains(&secret), "{seen}");
    desk.run("connect acme").with(0);
}

#[test]
fn a_wrong_passphrase_gets_another_try() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    fs::write(desk.folder().join("acme.pfx"), fixture("aes.pfx")).expect("a file");
    let way = "--set sign-in=certificate --secret-file certificate=acme.pfx";
    let mut screen = Screen::of(&desk, &tenant.configure().replace("--secret-env client-secret=SECRET", way));
    screen.answer("passphrase of acme.pfx: ", "mixture");
    screen.wait_for("The passphrase does not open the private key.");
    screen.answer("passphrase of acme.pfx: ", "fixture");
    let (seen, code) = screen.end();
    assert_eq!(code, 0, "{seen}");
}

#[test]
fn a_mistyped_answer_of_set_up_is_asked_for_again_and_the_others_stay() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let line = format!("set-up acme --plugin {} --no-browser --yes", built().connector.display());
    let mut screen = Screen::of(&desk, &line);
    screen.answer("tenant: ", &tenant.facts().domain);
    screen.answer("features [spend,use,activity,applications]: ", "spned");
    screen.answer("restricted-user [none]: ", "");
    screen.wait_for("\"spned\" is no feature.");
    screen.answer("features [spend,use,activity,applications]: ", "spend");
    screen.wait_for("press Enter");
    screen.interrupt();
    let (seen, _) = screen.end();
    assert_eq!(seen.matches("\ntenant: ").count(), 1, "{seen}");
}
