//! A token endpoint that wants to be asked less often.

use std::time::{Duration, Instant};

use simulator::Options;

use crate::tenant::{Tenant, small};

/// How often the token endpoint has answered with a status.
fn answers(tenant: &Tenant, status: u16) -> usize {
    let log = tenant.control().requests();
    log.iter().filter(|request| request.path.ends_with("/token") && request.status == status).count()
}

#[test]
fn connect_says_how_long_to_wait_for_a_token_and_a_run_waits_by_itself() {
    // One token in 5 seconds, by a clock that stands still.
    let tenant = Tenant::new(Options { token_limit: Some(1), ..small() });
    let control = tenant.control();
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    desk.run("connect acme").with(0);
    let told = desk.run("connect acme").with(8);
    for words in ["The tenant sends too many requests", "AADSTS90055", "Wait 5 seconds, and run the same command"] {
        assert!(told.tells(words), "{words}: {told:#?}");
    }
    control.advance(Duration::from_secs(5));
    desk.run("connect acme").with(0);
    assert_eq!((answers(&tenant, 200), answers(&tenant, 429)), (2, 1));

    // The credential of `connect` is not kept: the run asks for its own, is refused, and waits as long as it is told.
    let child = desk.start("collect acme");
    let started = Instant::now();
    while answers(&tenant, 429) < 2 {
        assert!(started.elapsed() < Duration::from_secs(60), "it was not refused");
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = Instant::now();
    control.advance(Duration::from_secs(5));
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(refused.elapsed() >= Duration::from_secs(5));
    assert_eq!((answers(&tenant, 200), answers(&tenant, 429)), (3, 2), "nobody asked before the time was over");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}
