//! What set-up changed of what others made stands in the connection, and is taken back: that and nothing else.

use std::time::Duration;

use serde_json::Value;
use simulator::{Control, Fault, Mishap};

use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new, set_up};
use crate::tenant::{Tenant, runtime, small};

/// A setting of the connection.
pub fn setting(desk: &Desk, name: &str) -> String {
    let written = desk.column("SELECT settings FROM connection").concat();
    let settings: Vec<Value> = serde_json::from_str(&written).expect("settings");
    let found = settings.into_iter().find(|setting| setting["name"] == name).expect("the setting");
    found["value"].as_str().expect("a text").to_owned()
}

/// Runs `set-up acme` with these words until the service is asked for a proof of what was made, and does not know it yet.
pub fn at_its_proof(tenant: &Tenant, desk: &Desk, words: &str) -> Asking {
    let control = tenant.control();
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#;
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let unknown = Mishap::Answer { status: 401, headers, body: body.to_owned() };
    // The first token is the administrator's.
    control.inject(Fault::next("oauth2/v2.0/token", unknown).after(1).times(100));
    let asked = control.requests().len();
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {words}")));
    let back = runtime().block_on(robot.browse(&asking.page()));
    runtime().block_on(robot.arrive(back));
    let refused =
        || control.requests_since(asked).iter().any(|each| each.path.ends_with("/token") && each.status == 401);
    while !refused() {
        std::thread::sleep(Duration::from_millis(5));
    }
    asking
}

/// Renews the credential, and gives up while the service does not know the next one yet.
fn given_up_at_its_proof(tenant: &Tenant, desk: &Desk) -> Ended {
    let asking = at_its_proof(tenant, desk, "--rotate --yes");
    asking.interrupt();
    let ended = asking.end().with(5);
    tenant.control().clear_faults();
    ended
}

#[test]
fn a_secret_whose_successor_had_yet_to_prove_itself_goes_in_the_next_run() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let client = setting(&desk, "application-id");
    let first = control.secrets(&client);
    let stopped = given_up_at_its_proof(&tenant, &desk);
    println!("{}", stopped.all());
    assert!(stopped.tells("Make a client secret") && !stopped.tells("Take away"), "{stopped:#?}");
    assert_eq!(control.secrets(&client).len(), 2);

    let next = set_up(&tenant, &desk, "--yes").with(0);
    println!("{}", next.all());
    assert!(next.tells("Take away the client secret") && !next.tells("Make a client secret"), "{next:#?}");
    let left = control.secrets(&client);
    assert!(left.len() == 1 && left != first, "{left:?}");
    desk.run("connect acme").with(0);
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");

    // Two in a row, and then one that ends well.
    given_up_at_its_proof(&tenant, &desk);
    given_up_at_its_proof(&tenant, &desk);
    assert_eq!(control.secrets(&client).len(), 3);
    let rotated = set_up(&tenant, &desk, "--rotate --yes").with(0);
    assert!(!rotated.tells("Others that set-up made stay"), "{rotated:#?}");
    assert_eq!(control.secrets(&client).len(), 1);
    desk.run("connect acme").with(0);
}

#[test]
fn a_renewal_that_stopped_is_finished_also_where_persons_sign_in() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let client = setting(&desk, "application-id");
    // A person signs in through it, and it proves itself by the secret.
    set_up(&tenant, &desk, "--yes --set sign-in=browser").with(0);
    let first = control.secrets(&client);
    given_up_at_its_proof(&tenant, &desk);
    assert_eq!(control.secrets(&client).len(), 2);
    let next = set_up(&tenant, &desk, "--yes").with(0);
    println!("{}", next.all());
    assert!(next.tells("Take away the client secret"), "{next:#?}");
    let left = control.secrets(&client);
    assert!(left.len() == 1 && left != first, "{left:?}");
}

#[test]
fn a_credential_whose_answer_was_lost_is_not_left_behind() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    for (way, part, list) in [
        ("application", "addPassword", Control::secrets as fn(&Control, &str) -> Vec<String>),
        ("certificate", "/v1.0/applications/", Control::certificates),
    ] {
        let desk = tenant.desk();
        let lost = Fault::next(part, Mishap::Lose);
        // The certificates are read first.
        control.inject(if way == "certificate" { lost.after(1) } else { lost });
        let words = format!("{} --set sign-in={way} --set application-name={way}", new(&tenant));
        let made = set_up(&tenant, &desk, &words).with(0);
        println!("{}", made.all());
        let client = setting(&desk, "application-id");
        assert_eq!(list(&control, &client).len(), 1, "{way}");
        desk.run("connect acme").with(0);
        let before = control.registrations();
        set_up(&tenant, &desk, "--yes --remove").with(0);
        assert_eq!(control.registrations(), before - 1, "{way}");
    }
}

#[test]
fn what_another_way_of_signing_in_left_half_renewed_goes_too() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set sign-in=certificate", new(&tenant))).with(0);
    let client = setting(&desk, "application-id");
    let first = control.certificates(&client);
    given_up_at_its_proof(&tenant, &desk);
    let changed = set_up(&tenant, &desk, "--yes --set sign-in=application").with(0);
    println!("{}", changed.all());
    assert!(!control.certificates(&client).contains(&first[0]));
    assert_eq!(control.secrets(&client).len(), 1);
    desk.run("connect acme").with(0);
}

#[test]
fn the_redirect_address_that_set_up_added_moves_with_the_way_of_signing_in() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    assert!(control.forget_redirects(&client));
    let before = control.redirects(&client);
    let desk = tenant.desk();
    let words = format!("{} --set application-id={client} --set sign-in=certificate", new(&tenant));
    set_up(&tenant, &desk, &words).with(0);
    set_up(&tenant, &desk, "--yes --set sign-in=device-code").with(0);
    assert!(setting(&desk, "set-up-record").contains("redirect address (publicClient)"));
    assert!(!setting(&desk, "set-up-record").contains("redirect address (web)"));
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!(control.redirects(&client), before);
}

#[test]
fn a_name_takes_away_no_application_that_is_called_otherwise() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set application-name=First", new(&tenant))).with(0);
    let before = control.registrations();
    let refused = set_up(&tenant, &desk, "--yes --remove --set application-name=Second");
    println!("{}", refused.all());
    assert!(refused.code != 0 && refused.tells("is called \"First\", and not \"Second\""), "{refused:#?}");
    assert_eq!(control.registrations(), before);
    desk.run("connect acme").with(0);
}

#[test]
fn whoever_goes_back_to_the_last_secret_keeps_it() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let mut desk = tenant.desk();
    let made = set_up(&tenant, &desk, &format!("{} --show-secret --format json", new(&tenant))).with(0);
    let rows: Vec<Value> = serde_json::from_str(&made.out).expect("an array");
    let secret = rows.iter().find(|row| row["name"] == "client-secret").expect("a secret")["value"].clone();
    let client = setting(&desk, "application-id");
    let first = control.secrets(&client);
    given_up_at_its_proof(&tenant, &desk);
    desk.set("OLD", secret.as_str().expect("a text"));
    desk.run("configure acme --secret-env client-secret=OLD --yes").with(0);
    let next = set_up(&tenant, &desk, "--yes").with(0);
    println!("{}", next.all());
    desk.run("connect acme").with(0);
    assert!(control.secrets(&client).contains(&first[0]));
}

#[test]
fn a_certificate_whose_successor_had_yet_to_prove_itself_goes_in_the_next_run() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set sign-in=certificate", new(&tenant))).with(0);
    let client = setting(&desk, "application-id");
    let first = control.certificates(&client);
    given_up_at_its_proof(&tenant, &desk);
    assert_eq!(control.certificates(&client).len(), 2);
    let next = set_up(&tenant, &desk, "--yes").with(0);
    assert!(next.tells("Take the last certificate away"), "{next:#?}");
    let left = control.certificates(&client);
    assert!(left.len() == 1 && left != first, "{left:?}");
    desk.run("connect acme").with(0);
}

#[test]
fn the_redirect_address_and_the_public_client_flows_of_an_application_of_others_are_as_they_were() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    assert!(control.forget_redirects(&client));
    let before = control.redirects(&client);
    let desk = tenant.desk();
    let words = format!("{} --set application-id={client} --set sign-in=device-code", new(&tenant));
    let added = set_up(&tenant, &desk, &words).with(0);
    assert!(added.tells("add the redirect address") && added.tells("allow public client flows"), "{added:#?}");
    assert_eq!(control.redirects(&client), Some((vec!["http://localhost/connect".to_owned()], true)));
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    assert_eq!(control.redirects(&client), before);
    let nothing = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(nothing.tells("There is nothing to take away"), "{nothing:#?}");
}

#[test]
fn a_redirect_address_that_was_there_stays() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let before = control.redirects(&client).expect("the application");
    assert_eq!(before.0, ["http://localhost/connect"]);
    let desk = tenant.connected();
    set_up(&tenant, &desk, "--yes").with(0);
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!(control.redirects(&client), Some(before));
}

#[test]
fn a_role_is_taken_back_by_the_id_of_the_person_who_may_have_another_name_by_then() {
    let tenant = Tenant::new(small());
    let (control, paula) = (tenant.control(), tenant.facts().user.principal_name);
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set give-role-to={paula}", new(&tenant))).with(0);
    let record = setting(&desk, "set-up-record");
    let (_, id) = record.split_once(&format!("Reports Reader for {paula} (")).expect("a line on the role");
    let path = format!("/v1.0/users/{}", id.trim_end_matches(')'));
    let asked = control.requests().len();
    set_up(&tenant, &desk, "--yes --remove").with(0);
    let seen = control.requests_since(asked);
    let users: Vec<&str> =
        seen.iter().map(|each| each.path.as_str()).filter(|path| path.starts_with("/v1.0/users/")).collect();
    assert_eq!(users, [path.as_str()]);
    assert!(
        changes(&control).iter().any(|each| each.contains("DELETE /v1.0/roleManagement") && each.ends_with(" 204"))
    );
}
