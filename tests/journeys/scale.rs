//! Memory against the number of sign-ins in a day. It takes minutes and asserts little, so that it runs only when asked for:
//! `cargo test -p journeys scale -- --ignored --nocapture`. Its figures stand in `docs/architecture.md`.

use std::fs;
use std::time::{Duration, Instant};

use simulator::Options;

use crate::desk::Ended;
use crate::tenant::{Tenant, small};

/// The most memory that a process has had, in MiB; absent where the system does not tell it.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

#[test]
#[ignore = "takes minutes"]
fn memory_does_not_grow_with_the_number_of_sign_ins() {
    // On a working day more than three thousand of five thousand users work.
    assert_level(5000, "history-days=2");
}

#[test]
#[ignore = "takes minutes"]
fn memory_does_not_grow_with_the_number_of_single_sign_ins_that_are_kept() {
    assert_level(1000, "history-days=2 --set keep-sign-ins=true");
}

/// Ten times as many records; the same pages one after the other.
fn assert_level(users: u32, settings: &str) {
    let mut peaks = Vec::new();
    for renewals in [33, 330] {
        let tenant = Tenant::new(Options { users, renewals, ..small() });
        let desk = tenant.desk();
        desk.run(&tenant.configure().replace("history-days=3", settings)).with(0);
        desk.run("connect acme").with(0);
        let begun = Instant::now();
        let mut child = desk.start("discover acme");
        let mut most = 0;
        while child.try_wait().expect("the host runs").is_none() {
            most = peak(child.id()).unwrap_or_default().max(most);
            std::thread::sleep(Duration::from_millis(20));
        }
        let took = begun.elapsed().as_secs();
        Ended::from(child.wait_with_output().expect("it ends")).with(0);
        let how = "how = 'non-interactive' AND user <> ''";
        let counted = desk.count(&format!("SELECT sum(sign_ins + failures) FROM application_use WHERE {how}"));
        let rows = desk.count("SELECT count(*) FROM application_use");
        let (single, bytes) = (
            desk.count("SELECT count(*) FROM sign_ins"),
            fs::metadata(desk.data().join("data.sqlite")).expect("the database is there").len() / 1024,
        );
        println!(
            "{counted} sign-ins of one day, {rows} rows, {single} single ones, {most} MiB at most, {took} s, {bytes} KiB on disk"
        );
        peaks.push(most);
    }
    assert!(peaks[1] < peaks[0] * 2, "{peaks:?} MiB");
}
