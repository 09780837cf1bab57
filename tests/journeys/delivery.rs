//! Delivery: notifications go to their destinations, each at least once and under one id, whatever the receiver does and
//! whenever the host is killed.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use simulator::LateSignIn;

use crate::desk::Desk;
use crate::mailbox::Mailbox;
use crate::news::unused;
use crate::receiver::{Answer, Receiver};
use crate::tenant::{Tenant, small};

/// Exit codes, as `host-harness --help` lists them.
const USAGE: i32 = 2;
const NETWORK: i32 = 8;

/// Trusts one more certificate.
fn trust(desk: &mut Desk, certificate: &str) {
    let (first, second) = (desk.folder().join("ca.pem"), desk.folder().join("receiver.pem"));
    fs::write(&second, certificate).expect("the certificate can be written");
    desk.set("HOST_HARNESS_CA", format!("{},{}", first.display(), second.display()));
}

/// A desk at which `acme` is connected and has a webhook.
fn with_webhook(tenant: &Tenant, receiver: &Receiver) -> Desk {
    let mut desk = tenant.connected();
    trust(&mut desk, &receiver.certificate);
    let url = format!("https://localhost:{}/t0ken", receiver.address.port());
    desk.run(&format!("destination acme add webhook {url} --secret-file hook.key --allow-private")).with(0);
    desk
}

fn secret(desk: &Desk) -> String {
    fs::read_to_string(desk.folder().join("hook.key")).expect("a secret was made")
}

/// Somebody uses an application for the first time.
fn make_news(tenant: &Tenant, desk: &Desk) -> String {
    let (application, user) = unused(tenant, desk);
    let now = tenant.control().now();
    let sign_in = LateSignIn { user_id: user, app_id: application.clone(), at: now, visible_from: now, error: 0 };
    assert!(tenant.control().add_sign_in(&sign_in));
    application
}

/// Everything that anybody was to get has been taken.
#[track_caller]
fn nothing_waits(desk: &Desk) {
    assert_eq!(desk.column("SELECT notification FROM deliveries WHERE outcome IS NOT 'delivered'"), [""; 0]);
}

#[test]
fn a_webhook_gets_signed_cloud_events_the_baseline_as_one_and_then_each_that_is_new() {
    let tenant = Tenant::new(small());
    let receiver = Receiver::start();
    let desk = with_webhook(&tenant, &receiver);
    let ended = desk.run("run acme").with(0);
    assert!(ended.tells("1 notification sent to webhook"), "{ended:#?}");
    let application = make_news(&tenant, &desk);
    desk.run("run acme").with(0);
    desk.run("run acme").with(0);

    let arrived = receiver.arrived();
    let events: Vec<Value> = arrived.iter().map(|one| one.event()).collect();
    let topics: Vec<_> = events.iter().map(|event| event["data"]["topic"].as_str()).collect();
    assert_eq!(topics, [Some("baseline"), Some("new-application")], "{events:#?}");
    // What the background finds later joins the baseline, and is not told at all.
    let found = desk.count("SELECT count(*) FROM notifications WHERE baseline");
    let title = events[0]["data"]["title"].as_str().unwrap_or_default();
    let told = title.strip_prefix("The first run found ").and_then(|rest| rest.strip_suffix(" things"));
    let told: i64 = told.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{title}"));
    assert!((1..=found).contains(&told), "{told} of {found}");
    assert_eq!(events[1]["subject"], Value::from(application));
    for (one, event) in arrived.iter().zip(&events) {
        assert!(one.is_signed_with(&secret(&desk)));
        assert!(!one.is_signed_with("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert_eq!(one.header("content-type"), "application/cloudevents+json; charset=utf-8");
        assert_eq!(one.header("webhook-id"), event["id"].as_str().expect("an id"));
        for required in ["id", "source", "specversion", "type"] {
            assert!(event[required].as_str().is_some_and(|value| !value.is_empty()), "{required} of {event}");
        }
        assert_eq!(event["specversion"], "1.0");
    }
    nothing_waits(&desk);
    // Told once: neither the person at the terminal nor the database tells again.
    assert!(desk.show("notifications --new").is_empty());
    let log = desk.run("destination acme list --format json").with(0);
    assert!(!log.all().contains("t0ken") && !log.all().contains(secret(&desk).trim()), "{log:#?}");
}

#[test]
fn a_receiver_that_fails_gets_the_same_event_again_under_the_same_id() {
    let tenant = Tenant::new(small());
    let receiver = Receiver::start();
    let desk = with_webhook(&tenant, &receiver);
    receiver.answer(&[Answer::Status(500), Answer::Later(503, 3600)]);
    let ended = desk.run("run acme").with(0);
    assert!(ended.tells("503"), "{ended:#?}");
    assert_eq!(desk.count("SELECT attempts FROM deliveries"), 2);
    // What the receiver asked for is kept: an hour is not over.
    desk.run("notifications acme deliver").with(0);
    assert_eq!(receiver.arrived().len(), 2);
    desk.run("notifications acme deliver --now").with(0);
    let ids: Vec<_> = receiver.arrived().iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1, "{ids:?}");
    assert!(receiver.arrived().iter().all(|one| one.is_signed_with(&secret(&desk))));
    nothing_waits(&desk);
}

#[test]
fn a_host_that_is_killed_while_the_receiver_hangs_sends_again_under_the_same_id() {
    let tenant = Tenant::new(small());
    let receiver = Receiver::start();
    let desk = with_webhook(&tenant, &receiver);
    receiver.answer(&[Answer::Hang]);
    let mut child = desk.start("run acme");
    receiver.wait_for(1);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(desk.column("SELECT notification FROM deliveries WHERE outcome IS NULL"), ["baseline"]);

    desk.run("run acme").with(0);
    let ids: Vec<_> = receiver.arrived().iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    nothing_waits(&desk);
}

#[test]
fn a_receiver_that_is_gone_is_disabled_until_somebody_enables_it() {
    let tenant = Tenant::new(small());
    let receiver = Receiver::start();
    let desk = with_webhook(&tenant, &receiver);
    receiver.answer(&[Answer::Status(410)]);
    let ended = desk.run("run acme").with(0);
    assert!(ended.tells("webhook is disabled"), "{ended:#?}");
    desk.run("notifications acme deliver --now").with(0);
    assert_eq!(receiver.arrived().len(), 1);
    desk.run("destination acme enable webhook").with(0);
    desk.run("notifications acme deliver").with(0);
    assert_eq!(receiver.arrived().len(), 2);
    nothing_waits(&desk);
}

#[test]
fn what_is_muted_or_acknowledged_is_told_nowhere() {
    let tenant = Tenant::new(small());
    let receiver = Receiver::start();
    let desk = with_webhook(&tenant, &receiver);
    desk.run("notifications acme mute --topic new-application").with(0);
    receiver.answer(&[Answer::Status(500), Answer::Status(500)]);
    desk.run("run acme").with(0);
    make_news(&tenant, &desk);
    desk.run("notifications acme acknowledge baseline").with(0);
    desk.run("discover acme").with(0);
    desk.run("notifications acme deliver --now").with(0);
    assert_eq!(receiver.arrived().len(), 2, "only the two attempts before it was acknowledged");
    assert!(desk.show("notifications --new").is_empty());
    let listed = desk.run("notifications acme list --format json").with(0);
    let rows: Vec<Value> = serde_json::from_str(&listed.out).expect("JSON");
    let states: BTreeSet<_> = rows.iter().map(|row| row["state"].as_str().expect("a state")).collect();
    assert_eq!(states, BTreeSet::from(["acknowledged", "muted"]), "{rows:#?}");

    desk.run("notifications acme unmute --all").with(0);
    assert_eq!(desk.show("notifications --new").len(), 1);
    desk.run("notifications acme acknowledge no-such-id").with(USAGE);
}

#[test]
fn a_file_gets_a_line_for_each_event_even_after_half_a_line() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    desk.run("destination acme add file news.jsonl").with(0);
    let file = desk.folder().join("news.jsonl");
    fs::write(&file, "{\"half\":").expect("a file");
    desk.run("run acme").with(0);
    let text = fs::read_to_string(&file).expect("the file");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let event: Value = serde_json::from_str(lines[1]).expect("JSON");
    assert_eq!(event["type"], "com.binadox.connector.notification.baseline");
    assert!(text.ends_with('\n'));
}

#[test]
fn mail_goes_out_encrypted_with_the_password_from_the_vault() {
    let tenant = Tenant::new(small());
    let mailbox = Mailbox::start("host", "pa55word");
    let mut desk = tenant.connected();
    trust(&mut desk, &mailbox.certificate);
    desk.set("MAIL", "pa55word");
    let add = format!(
        "destination acme add mail --server localhost:{} --from host@acme.example --to it@acme.example \
         --to cfo@acme.example --user host --password-env MAIL",
        mailbox.address.port()
    );
    desk.run(&add).with(0);
    desk.set("MAIL", "");
    desk.run("destination acme test mail").with(0);
    desk.run("run acme").with(0);
    let mails = mailbox.mails();
    assert_eq!(mails.len(), 2, "{mails:#?}");
    assert!(mails[1].from.contains("<host@acme.example>"), "{mails:#?}");
    assert_eq!(mails[1].to.len(), 2, "{mails:#?}");
    for part in ["Subject: acme: The first run found", "Message-ID: <", "Auto-Submitted: auto-generated"] {
        assert!(mails[1].text.contains(part), "{part} is missing in {}", mails[1].text);
    }
    nothing_waits(&desk);
    let database = fs::read(desk.data().join("data.sqlite")).expect("the database");
    assert!(!database.windows(8).any(|part| part == b"pa55word"));
}

#[test]
fn a_wrong_password_of_the_mail_server_is_told_and_nothing_is_lost() {
    let tenant = Tenant::new(small());
    let mailbox = Mailbox::start("host", "another");
    let mut desk = tenant.connected();
    trust(&mut desk, &mailbox.certificate);
    desk.set("MAIL", "pa55word");
    let server = format!("localhost:{}", mailbox.address.port());
    desk.run(&format!(
        "destination acme add mail --server {server} --from a@acme.example --to b@acme.example --user host \
         --password-env MAIL"
    ))
    .with(0);
    let ended = desk.run("destination acme test mail").with(NETWORK);
    assert!(ended.err.contains("535"), "{ended:#?}");
    assert!(!ended.all().contains("pa55word"), "{ended:#?}");
    desk.run("run acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM deliveries WHERE outcome IS NULL AND cause LIKE '%535%'"), 1);
}

#[test]
fn an_address_that_is_not_encrypted_or_private_is_refused_and_not_repeated() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    for (url, says) in [
        ("http://hooks.example.com/t0ken", "not encrypted"),
        ("https://10.0.0.1/t0ken", "--allow-private"),
        ("https://localhost/t0ken", "--allow-private"),
        ("hooks", "no web address"),
    ] {
        let ended = desk.run(&format!("destination acme add webhook {url} --secret-file hook.key")).with(USAGE);
        assert!(ended.err.contains(says), "{ended:#?}");
        assert!(!ended.all().contains("t0ken"), "{ended:#?}");
    }
    assert!(!desk.folder().join("hook.key").exists(), "no secret is made for nothing");
    let plain =
        "destination acme add mail --server mail.example.com --security none --from a@b.example --to c@d.example";
    assert!(desk.run(plain).with(USAGE).err.contains("has to be encrypted"));
}
