//! Bad input: one clear sentence each, the documented exit code, and nothing that was collected is lost.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use simulator::{Fault, Mishap};

use crate::built::built;
use crate::desk::{Desk, Ended};
use crate::skipped::skipped;
use crate::tenant::{Tenant, small};

/// Exit codes, as `host-harness --help` lists them.
const USAGE: i32 = 2;
const SETTINGS: i32 = 3;
const SIGN_IN: i32 = 4;
const STORAGE: i32 = 6;
const COMPONENT: i32 = 7;
const NETWORK: i32 = 8;

/// One sentence for a person: not a dump, and no empty line.
#[track_caller]
fn is_clear(ended: &Ended, says: &str) {
    assert!(ended.err.starts_with("error: "), "{ended:#?}");
    assert!(ended.err.contains(says), "{says:?} is not in {}", ended.err);
    assert!(ended.err.lines().count() <= 6, "{ended:#?}");
}

#[test]
fn every_wrong_setting_is_named_at_once_with_its_field_and_the_mend() {
    let line = format!(
        "configure acme --plugin {} --yes --set tenant=common --set application-id=12345 --set cloud=germany \
         --set history-days=99 --set inactive-days=7",
        built().connector.display()
    );
    let ended = Desk::alone().run(&line).with(SETTINGS);
    for field in ["tenant:", "application-id:", "client-secret:", "cloud:", "history-days:", "inactive-days:"] {
        assert!(ended.err.lines().any(|line| line.trim().starts_with(field)), "{field} is missing in {}", ended.err);
    }
    assert!(ended.err.contains("--set tenant=VALUE"), "{ended:#?}");
}

#[test]
fn a_setting_that_does_not_exist_hides_no_other_problem() {
    let plugin = built().connector.display();
    let line = format!("configure acme --plugin {plugin} --yes --set tenent=a --set application-id=12345");
    let ended = Desk::alone().run(&line).with(USAGE);
    for field in ["tenent:", "tenant:", "application-id:", "client-secret:"] {
        assert!(ended.err.lines().any(|line| line.trim().starts_with(field)), "{field} is missing in {}", ended.err);
    }
    assert!(ended.tells("Did you mean tenant?"), "{ended:#?}");
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let line = format!("configure acme --plugin {} --set client-secret=hunter2", built().connector.display());
    let ended = Desk::alone().run(&line).with(USAGE);
    assert!(ended.err.contains("--secret-file client-secret=FILE"), "{ended:#?}");
    assert!(!ended.all().contains("hunter2"), "{ended:#?}");
}

/// Tries a file as a component.
#[track_caller]
fn component(content: Option<&[u8]>) -> Ended {
    let desk = Desk::alone();
    let file: PathBuf = desk.folder().join("given.wasm");
    if let Some(content) = content {
        fs::write(&file, content).expect("a file can be written");
    }
    let ended = desk.run(&format!("inspect {}", file.display())).with(COMPONENT);
    assert!(ended.err.contains("given.wasm"), "{ended:#?}");
    assert_eq!(desk.run(&format!("configure acme --plugin {} --yes", file.display())).code, COMPONENT);
    ended
}

#[test]
fn a_missing_component_is_told() {
    is_clear(&component(None), "given.wasm");
}

#[test]
fn a_file_that_is_no_component_is_told() {
    is_clear(&component(Some(b"PK\x03\x04 no component")), "given.wasm");
    is_clear(&component(Some(b"")), "given.wasm");
}

#[test]
fn a_core_module_is_no_component() {
    is_clear(&component(Some(b"\0asm\x01\0\0\0")), "given.wasm");
}

#[test]
fn a_component_without_the_export_is_told_which() {
    is_clear(&component(Some(b"\0asm\x0d\0\x01\0")), "binadox:connector/connector");
}

#[test]
fn a_component_with_a_foreign_import_is_told_which() {
    // A component that imports an instance of a type without members.
    let name = b"evil:files/everything@1.0.0";
    let length = u8::try_from(name.len()).expect("a short name");
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    // Section 7, types: one instance type without declarations.
    bytes.extend([7, 3, 1, 0x42, 0]);
    // Section 10, imports: one, by a plain name, of an instance of type 0.
    bytes.extend([10, length + 5, 1, 0, length]);
    bytes.extend(name);
    bytes.extend([5, 0]);
    is_clear(&component(Some(&bytes)), "evil:files/everything@1.0.0");
}

#[test]
fn a_corrupt_database_is_told_and_left_as_it_is() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let file = desk.data().join("data.sqlite");
    let mut bytes = fs::read(&file).expect("the database");
    let middle = bytes.len() / 2;
    bytes[..4096].fill(0x5a);
    bytes[middle..].fill(0xa5);
    fs::write(&file, &bytes).expect("the database can be spoilt");
    for line in ["collect acme", "show users", "status", "connect acme"] {
        let ended = desk.run(line).with(STORAGE);
        is_clear(&ended, "data.sqlite");
    }
    assert_eq!(fs::read(&file).expect("the database"), bytes);
}

#[test]
fn a_data_folder_that_is_a_file_is_told() {
    let mut desk = Desk::alone();
    let file = desk.folder().join("file");
    fs::write(&file, "no folder").expect("a file");
    desk.set("HOST_HARNESS_DATA_DIR", file.display().to_string());
    is_clear(&desk.run("status").with(STORAGE), "file");
}

#[test]
fn no_rights_on_the_data_folder_are_told() {
    let desk = Desk::alone();
    fs::set_permissions(desk.data(), fs::Permissions::from_mode(0o500)).expect("rights can be taken");
    if fs::write(desk.data().join("probe"), "").is_ok() {
        // Whoever may do everything cannot be kept out.
        skipped("a test: this account may write everywhere");
        return;
    }
    is_clear(&desk.run("status").with(STORAGE), "data");
}

#[test]
fn another_key_does_not_open_the_database() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.connected();
    desk.set("HOST_HARNESS_KEY", "HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=");
    is_clear(&desk.run("collect acme").with(STORAGE), "key");
}

#[test]
fn a_port_in_use_is_told() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let facts = tenant.facts();
    let line = format!(
        "configure acme --plugin {} --set tenant={} --set application-id={} --set sign-in=browser --yes",
        built().connector.display(),
        facts.domain,
        facts.public_client_id
    );
    desk.run(&line).with(0);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("a port").port();
    let ended = desk.run(&format!("connect acme --no-browser --port {port}"));
    assert_ne!(ended.code, 0);
    is_clear(&ended, &port.to_string());
}

#[test]
fn a_tenant_that_does_not_exist_is_told_with_the_code_of_the_service() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    desk.run(&tenant.configure().replace(&tenant.facts().domain, "nowhere.example")).with(0);
    let ended = desk.run("connect acme");
    assert!([SETTINGS, SIGN_IN].contains(&ended.code), "{ended:#?}");
    is_clear(&ended, "AADSTS90002");
    assert!(ended.err.contains("next: "), "{ended:#?}");
}

#[test]
fn a_wrong_secret_is_told_with_the_code_of_the_service() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.desk();
    desk.set("SECRET", "abC8Q~this-is-not-the-secret-of-it");
    desk.run(&tenant.configure()).with(0);
    let ended = desk.run("connect acme");
    assert!([SETTINGS, SIGN_IN].contains(&ended.code), "{ended:#?}");
    is_clear(&ended, "AADSTS7000215");
    assert!(!ended.all().contains("not-the-secret"), "{ended:#?}");
}

#[test]
fn a_service_that_cannot_be_reached_is_told() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    desk.set("HOST_HARNESS_CONNECT_TO", format!("{}:443={free}", tenant.facts().authority));
    is_clear(&desk.run("connect acme").with(NETWORK), tenant.facts().authority);
}

#[test]
fn an_answer_that_is_no_json_costs_nothing_that_was_collected() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let before = desk.rows();
    let body = "<html>Our apologies</html>".to_owned();
    let mishap = Mishap::Answer { status: 200, headers: vec![], body };
    tenant.control().inject(Fault::next("/v1.0/users", mishap).times(100));
    let ended = desk.run("collect acme");
    assert_eq!(ended.code, 5, "{ended:#?}");
    let after = desk.rows();
    for view in ["users", "entitlements", "activity"] {
        assert_eq!(before[view], after[view], "{view}");
    }
}

#[test]
fn a_command_before_its_time_says_what_comes_first() {
    let desk = Desk::alone();
    let ended = desk.run("collect acme").with(USAGE);
    assert!(ended.err.contains("host-harness configure acme"), "{ended:#?}");
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let ended = desk.run("collect acme").with(SIGN_IN);
    assert!(ended.err.contains("host-harness connect acme"), "{ended:#?}");
}

#[test]
fn empty_variables_count_as_none() {
    let mut desk = Desk::alone();
    for name in ["HOST_HARNESS_CONNECT_TO", "HOST_HARNESS_CA", "HOST_HARNESS_PLUGIN", "HOST_HARNESS_QUOTA_SCALE"] {
        desk.set(name, "");
    }
    desk.run("status").with(0);
    desk.set("HOST_HARNESS_CONNECT_TO", "nonsense");
    desk.run("status").with(2);
}

#[test]
fn the_key_of_a_command_opens_what_it_sealed_and_a_command_that_fails_is_one_sentence() {
    let mut desk = Desk::alone();
    desk.set("HOST_HARNESS_KEY", "");
    desk.set("HOST_HARNESS_KEY_COMMAND", "printf '%s' HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=");
    desk.run("status").with(0);
    desk.run("status").with(0);
    // No file was made beside it.
    assert!(!desk.folder().join(".config").exists());
    desk.set("HOST_HARNESS_KEY_COMMAND", "false");
    let ended = desk.run("status").with(6);
    assert!(ended.tells("The command that gives the key, `false`, ended with exit status: 1."), "{ended:#?}");
    // Without it, a new key is made, and does not open the folder.
    desk.set("HOST_HARNESS_KEY_COMMAND", "");
    desk.run("status").with(6);
}
