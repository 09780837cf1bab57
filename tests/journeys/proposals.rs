//! The command that is proposed next does what is needed when it is run as it stands.

use std::fs;
use std::net::TcpListener;

use serde_json::Value;

use crate::built::built;
use crate::desk::{Desk, Ended};
use crate::set_up;
use crate::tenant::{Tenant, small};

/// The command behind the last `next:`.
#[track_caller]
fn proposed(ended: &Ended) -> String {
    let line = ended.err.lines().filter_map(|line| line.trim().strip_prefix("next: host-harness ")).next_back();
    line.unwrap_or_else(|| panic!("nothing is proposed: {ended:#?}")).to_owned()
}

#[test]
fn after_a_wrong_secret_the_proposed_command_takes_another_one() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.desk();
    desk.set("SECRET", "abC8Q~not-the-secret-of-it");
    desk.run(&tenant.configure()).with(0);
    let refused = desk.run("connect acme").with(3);
    assert_eq!(proposed(&refused), "configure acme --secret-file client-secret=FILE", "{refused:#?}");
    // The remedy has a line of its own.
    assert!(refused.err.contains("\n  next: Make a new client secret"), "{refused:#?}");
    fs::write(desk.folder().join("FILE"), tenant.facts().client_secret).expect("a file");
    desk.run(&proposed(&refused)).with(0);
    desk.run("connect acme").with(0);
    // Without a terminal and without a setting, nothing is changed, and that is said.
    assert!(desk.run("configure acme").with(0).tells("acme is configured as before: no setting was given."));
}

#[test]
fn after_a_wrong_tenant_the_proposed_command_names_it_and_so_does_that_of_a_wrong_application() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let right = tenant.configure();
    for (wrong, told) in [
        (right.replace(&tenant.facts().domain, "nowhere.example"), "configure acme --set tenant=VALUE"),
        (
            right.replace(&tenant.facts().client_id, "11112222-bbbb-3333-cccc-4444dddd5555"),
            "configure acme --set application-id=VALUE",
        ),
    ] {
        desk.run(&wrong).with(0);
        assert_eq!(proposed(&desk.run("connect acme").with(3)), told);
    }
}

#[test]
fn hosts_that_were_not_allowed_are_allowed_by_the_proposed_command_with_all_that_was_typed() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let refused = desk.run(&tenant.configure().replace(" --yes", "")).with(3);
    desk.run(&proposed(&refused)).with(0);
    desk.run("connect acme").with(0);

    let refused = desk.run("configure acme --set cloud=china").with(3);
    assert_eq!(proposed(&refused), "configure acme --set cloud=china --yes");
    desk.run(&proposed(&refused)).with(0);
    let cloud = "SELECT count(*) FROM connection WHERE settings LIKE '%china%'";
    assert_eq!(desk.count(cloud), 1);
}

#[test]
fn what_a_new_connection_lacks_is_added_to_what_was_typed() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let wrong = tenant.configure().replace("--secret-env client-secret=SECRET", "--set client-secret=hunter2");
    let refused = desk.run(&wrong).with(2);
    assert!(!refused.all().contains("hunter2"), "{refused:#?}");
    fs::write(desk.folder().join("FILE"), tenant.facts().client_secret).expect("a file");
    desk.run(&proposed(&refused)).with(0);
    desk.run("connect acme").with(0);

    let unknown = Desk::alone().run("connect acme").with(2);
    assert_eq!(proposed(&unknown), "configure acme --plugin FILE");
    let nothing = Desk::alone().run("configure acme --set client-secret=hunter2").with(2);
    assert!(nothing.tells("Run the same command with --plugin FILE.") && !nothing.all().contains("hunter2"));
}

#[test]
fn a_preview_proposes_the_same_set_up() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let words = format!("{} --set application-name=Ours --preview", set_up::new(&tenant));
    let seen = set_up::set_up(&tenant, &desk, &words).with(0);
    let next = proposed(&seen);
    assert!(next.starts_with("set-up acme --no-browser --plugin ") && !next.contains("--preview"), "{next}");
    assert!(next.contains("--set application-name=Ours"), "{next}");
    let words = next.strip_prefix("set-up acme --no-browser ").expect("the same command").to_owned();
    set_up::set_up(&tenant, &desk, &words).with(0);
    desk.run("connect acme").with(0);
}

#[test]
fn whoever_forgets_a_connection_is_told_what_stays_at_the_service() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let stays = "stays there. To take it away, run this first: host-harness set-up acme --remove";
    assert!(desk.run("forget acme").with(2).tells(stays));
    assert!(desk.run("forget acme --yes").with(0).tells(stays));
    // A connector without set-up leaves nothing behind, and one that is gone is forgotten all the same.
    let desk = Desk::alone();
    let copy = desk.folder().join("tiny.wasm");
    fs::copy(&built().tiny, &copy).expect("a copy");
    for name in ["clips", "more"] {
        desk.run(&format!("configure {name} --plugin {} --set workspace=clips --yes", copy.display())).with(0);
    }
    assert!(!desk.run("forget clips --yes").with(0).tells("--remove"));
    fs::remove_file(&copy).expect("it goes");
    desk.run("forget more --yes").with(0);
}

#[test]
fn inspect_shows_when_a_field_is_asked_for_and_what_can_be_chosen() {
    let plugin = built().connector.display();
    let shown = Desk::alone().run(&format!("inspect {plugin}")).with(0);
    for told in [
        "federated-token (required where sign-in is federated, secret): Federated token",
        "tenant (required, for the sign-in): Tenant",
        "features (asked for, spend,use,activity,applications if left empty): Features",
        "restricted-user (asked for, none if left empty): Restricted user",
    ] {
        assert!(shown.out.contains(told), "{told}: {}", shown.out);
    }
    let line = |start: &str| shown.out.lines().any(|line| line.trim().starts_with(start));
    assert!(line("device-code: ") && line("reports-reader: ") && line("a whole number from 1 to 30"), "{}", shown.out);

    let shown = Desk::alone().run(&format!("inspect {plugin} --format json")).with(0);
    let shown: Value = serde_json::from_str(&shown.out).expect("JSON");
    let field = |list: &str, name: &str| {
        let all = shown[list].as_array().expect("a list");
        all.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{name} in {list}")).clone()
    };
    assert_eq!(field("fields", "federated-token")["only_when"]["values"][0], "federated");
    assert_eq!(field("fields", "history-days")["most"], 30);
    let user = field("set_up_fields", "restricted-user");
    assert!(
        user["entry"] == "choice" && user["choices"].as_array().is_some_and(|choices| choices.len() == 3),
        "{user}"
    );
    assert!(shown["set_up_makes"].as_array().is_some_and(|makes| makes.contains(&"client-secret".into())), "{shown}");
}

#[test]
fn a_port_in_use_and_a_lost_token_file_say_what_comes_next() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("a port").port();
    let ended = desk.run(&format!("connect acme --port {port}")).with(1);
    assert!(ended.err.contains("\n  next: End the program that uses it, name another port with --port"), "{ended:#?}");

    let file = desk.folder().join("token");
    fs::write(&file, tenant.control().provider_token("machine-7", 3600)).expect("a file");
    desk.run("configure acme --set sign-in=federated --secret-file federated-token=token").with(0);
    fs::remove_file(&file).expect("it goes");
    let ended = desk.run("connect acme").with(3);
    assert!(ended.err.contains("\n  next: Look whether the program that keeps the file fresh runs"), "{ended:#?}");
}

#[test]
fn a_wrong_command_line_does_not_name_options_that_nobody_typed() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let ended = desk.run("connect acme --nonsense").with(2);
    assert!(ended.err.contains(" connect <NAME>\n"), "{ended:#?}");
    assert!(!ended.err.contains("--data-dir") && !ended.err.contains("--connect-to"), "{ended:#?}");
}

#[test]
fn a_missing_key_file_is_not_made_anew_for_a_folder_in_use_and_one_in_it_is_refused() {
    let mut desk = Desk::alone();
    desk.set("HOST_HARNESS_KEY", "");
    let key = desk.folder().join("key");
    desk.set("HOST_HARNESS_KEY_FILE", key.display().to_string());
    desk.run("status").with(0);
    fs::remove_file(&key).expect("it goes");
    let ended = desk.run("status").with(6);
    assert!(ended.tells("is missing, and what the data folder") && !key.exists(), "{ended:#?}");

    let inside = desk.data().join("key");
    desk.set("HOST_HARNESS_KEY_FILE", inside.display().to_string());
    let ended = desk.run("status").with(6);
    assert!(ended.tells("lies in the data folder") && !inside.exists(), "{ended:#?}");
}
