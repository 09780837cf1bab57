//! What set-up makes is in the connection before anything can lose it: a signal, a full disk, a reader who has seen enough.

use std::fs::File;
use std::process::Stdio;

use rusqlite::Connection;
use simulator::{Fault, Mishap};

use crate::desk::Desk;
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new, set_up};
use crate::set_up_record::{at_its_proof, setting};
use crate::tenant::{Tenant, runtime, small};

/// A secret of the connection, as it is stored.
fn secret(desk: &Desk, name: &str) -> Vec<u8> {
    desk.unsealed().into_iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn a_run_that_is_killed_at_its_proof_leaves_a_connection_with_the_new_secret() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    at_its_proof(&tenant, &desk, &new(&tenant)).kill();
    control.clear_faults();
    desk.run("connect acme").with(0);
    let found = set_up(&tenant, &desk, "--yes").with(0);
    assert!(!found.tells("Create the application") && !found.tells("Make a client secret"), "{found:#?}");
    let client = setting(&desk, "application-id");
    let (first, stored) = (control.secrets(&client), secret(&desk, "setting/client-secret"));

    at_its_proof(&tenant, &desk, "--rotate --yes").kill();
    control.clear_faults();
    assert_ne!(secret(&desk, "setting/client-secret"), stored);
    assert_eq!(control.secrets(&client).len(), 2);
    desk.run("connect acme").with(0);
    let next = set_up(&tenant, &desk, "--yes").with(0);
    println!("{}", next.all());
    assert!(next.tells("Take away the client secret") && !next.tells("Make a client secret"), "{next:#?}");
    let left = control.secrets(&client);
    assert!(left.len() == 1 && left != first, "{left:?}");
    desk.run("connect acme").with(0);
}

#[test]
fn a_run_that_is_killed_at_its_proof_leaves_the_new_certificate_with_its_key() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set sign-in=certificate", new(&tenant))).with(0);
    let client = setting(&desk, "application-id");
    let first = control.certificates(&client);
    at_its_proof(&tenant, &desk, "--rotate --yes").kill();
    control.clear_faults();
    desk.run("connect acme").with(0);
    set_up(&tenant, &desk, "--yes").with(0);
    let left = control.certificates(&client);
    assert!(left.len() == 1 && left != first, "{left:?}");
    desk.run("connect acme").with(0);
}

#[test]
fn the_password_of_a_restricted_user_is_kept_before_the_user_has_its_role() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    let body = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist."}}"#.to_owned();
    let unknown = Mishap::Answer { status: 404, headers: Vec::new(), body };
    control.inject(Fault::next("directory/roleAssignments", unknown).after(1).times(100));
    let words = format!("{} --set sign-in=password --set restricted-user=reports-reader", new(&tenant));
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {words}")));
    let back = runtime().block_on(robot.browse(&asking.page()));
    runtime().block_on(robot.arrive(back));
    // Not before it has waited for some seconds, and once.
    asking.wait_for("Waiting for the service");
    asking.kill();
    control.clear_faults();
    let again = set_up(&tenant, &desk, &words).with(0);
    assert!(!again.tells("Create the user") && again.tells("Give binadox-reader@"), "{again:#?}");
    assert!(!again.tells("Waiting for the service"), "{again:#?}");
    desk.run("connect acme").with(0);
}

#[test]
fn the_last_secret_stays_where_the_next_one_cannot_be_stored() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let client = setting(&desk, "application-id");
    let first = control.secrets(&client);
    let settings = desk.column("SELECT settings FROM connection");
    let file = desk.data().join("data.sqlite");
    let database = Connection::open(file).expect("the database opens");
    let refuse = "CREATE TRIGGER full BEFORE INSERT ON secret BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    database.execute_batch(refuse).expect("a trigger");
    let stopped = set_up(&tenant, &desk, "--rotate --yes").with(6);
    println!("{}", stopped.all());
    assert!(stopped.tells("Make a client secret") && stopped.tells("the disk is full"), "{stopped:#?}");
    assert!(control.secrets(&client).contains(&first[0]));
    assert!(!changes(&control).iter().any(|each| each.contains("removePassword")));
    // All or nothing: when the next secret ends, and what it replaces, is not written without it.
    assert_eq!(desk.column("SELECT settings FROM connection"), settings);
    database.execute_batch("DROP TRIGGER full").expect("no trigger");
    desk.run("connect acme").with(0);
}

#[test]
fn what_was_made_is_written_also_when_nobody_reads_what_is_printed() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let rotated = |stdout: Stdio, is_read: bool| {
        let mut command = desk.command("set-up acme --no-browser --rotate --yes");
        let mut child = command.stdout(stdout).spawn().expect("the host starts");
        if !is_read {
            drop(child.stdout.take());
        }
        let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
        let mut asking = Asking::of(child);
        let back = runtime().block_on(robot.browse(&asking.page()));
        runtime().block_on(robot.arrive(back));
        asking.end()
    };
    rotated(Stdio::piped(), false).with(0);
    desk.run("connect acme").with(0);
    let full = File::options().write(true).open("/dev/full").expect("a full device");
    let ended = rotated(full.into(), true).with(1);
    assert!(ended.tells("The result cannot be written") && ended.tells("acme is configured"), "{ended:#?}");
    desk.run("connect acme").with(0);
}
