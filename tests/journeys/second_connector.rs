//! A second connector, of another service, in the same host without a change to it.

use std::io::{Read, Write};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::built::built;
use crate::desk::Desk;
use crate::paperclip::{self, HOST, TOKEN};
use crate::tenant::runtime;

fn desk() -> Desk {
    let service = runtime().block_on(paperclip::start());
    let mut desk = Desk::new(&[HOST], service.address, &service.certificate);
    desk.set("TOKEN", TOKEN);
    desk
}

fn configure() -> String {
    format!("configure clips --plugin {} --set workspace=clips --yes", built().tiny.display())
}

#[test]
fn a_connector_of_another_service_runs_in_the_same_host() {
    let desk = desk();
    desk.run(&format!("{} --secret-env token=TOKEN", configure())).with(0);
    let connected = desk.run("connect clips").with(0);
    assert!(connected.out.contains("Clips and Sons"), "{connected:#?}");
    desk.run("run clips").with(0);
    let names = desk.column("SELECT principal_name FROM users ORDER BY 1");
    assert_eq!(names, ["ada@clips.example", "alan@clips.example", "grace@clips.example"]);
    assert_eq!(desk.column("SELECT name FROM products"), ["Paperclip Pro"]);
    assert_eq!(desk.column("SELECT application_name FROM application_use"), ["Stapler"]);
    assert_eq!(desk.show("users").len(), 3);
}

#[test]
fn a_dialogue_asks_the_person_at_the_terminal() {
    let desk = desk();
    desk.run(&configure()).with(0);
    let mut child = desk.on_a_terminal("connect clips").spawn().expect("script starts");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    let mut screen = child.stdout.take().expect("a screen");
    let mut seen = String::new();
    // What is typed before the question would be shown by the terminal itself.
    while !seen.contains("token: ") {
        let mut some = [0; 256];
        let read = screen.read(&mut some).expect("the screen can be read");
        assert_ne!(read, 0, "it did not ask: {seen}");
        seen.push_str(&String::from_utf8_lossy(&some[..read]));
    }
    sleep(Duration::from_millis(200));
    writeln!(keyboard, "{TOKEN}").expect("the token can be typed");
    screen.read_to_string(&mut seen).expect("the screen can be read");
    child.wait().expect("script ends");
    assert!(seen.contains("Clips and Sons"), "{seen}");
    assert!(!seen.contains(TOKEN), "the token was shown: {seen}");
}

#[test]
fn nobody_at_the_terminal_is_told_so() {
    let desk = desk();
    desk.run(&configure()).with(0);
    let ended = desk.run("connect clips");
    assert_ne!(ended.code, 0, "{ended:#?}");
    assert!(ended.err.contains("Tokens"), "{ended:#?}");
}

#[test]
fn a_refused_token_asks_for_connect() {
    let mut desk = desk();
    desk.set("TOKEN", "clip-wrong");
    desk.run(&format!("{} --secret-env token=TOKEN", configure())).with(0);
    let ended = desk.run("connect clips").with(4);
    assert!(ended.err.contains("Paperclip refuses the token."), "{ended:#?}");
    assert!(!ended.all().contains("clip-wrong"), "{ended:#?}");
}

#[test]
fn inspect_shows_what_it_imports_and_asks_for() {
    let ended = Desk::alone().run(&format!("inspect {} --format json", built().tiny.display())).with(0);
    let shown: Value = serde_json::from_str(&ended.out).expect("JSON");
    assert_eq!(shown["id"], "paperclip");
    assert_eq!(shown["origins"][0]["host"], HOST);
    assert_eq!(shown["set_up"], false);
}
