//! Set-up where a browser is elsewhere, and with a certificate in place of a secret.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use simulator::{Control, Fault, Logged, Mishap};

use crate::certificates;
use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new, set_up};
use crate::tenant::{Tenant, runtime, small};

const BY_CODE: &str = "--set administrator-sign-in=device-code";

/// Runs `set-up acme` with these words; the administrator enters the code on another machine.
fn by_code(tenant: &Tenant, desk: &Desk, words: &str, consent: Consent) -> Ended {
    let robot = tenant.robot(tenant.facts().administrator, consent);
    let mut asking = Asking::of(desk.start(&format!("set-up acme {BY_CODE} {words}")));
    let (page, code) = (asking.page(), asking.code());
    runtime().block_on(robot.enter_code(&page, &code));
    asking.end()
}

/// What was done to the application and through it, after so many requests.
fn steps(control: &Control, asked: usize) -> Vec<&'static str> {
    let step = |request: Logged| match request.grant.as_deref() {
        Some("client_credentials") => Some("signs in"),
        _ if request.method == "PATCH" => Some("changes"),
        _ => None,
    };
    control.requests_since(asked).into_iter().filter_map(step).collect()
}

#[test]
fn an_administrator_without_a_browser_sets_up_by_a_code_and_removes_by_one() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let before = control.registrations();
    let desk = tenant.desk();
    let declined = by_code(&tenant, &desk, &new(&tenant), Consent::Cancel);
    assert_eq!(declined.code, 1, "{declined:#?}");
    assert!(declined.tells("AADSTS65004") && declined.tells("was declined"), "{declined:#?}");
    assert_eq!(changes(&control), Vec::<String>::new());

    let made = by_code(&tenant, &desk, &new(&tenant), Consent::Accept).with(0);
    assert!(made.tells("Make a client secret"), "{made:#?}");
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
    by_code(&tenant, &desk, "--remove --yes", Consent::Accept).with(0);
    assert_eq!(control.registrations(), before);
    // No token of the administrator can be renewed: none was asked for.
    assert!(!control.token_requests().contains_key("refresh_token"));
}

#[test]
fn where_device_codes_are_blocked_set_up_says_so_and_works_in_a_browser_elsewhere() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let body = r#"{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","error_codes":[53003],"trace_id":"t-7"}"#;
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let blocked = || Mishap::Answer { status: 400, headers: headers.clone(), body: body.to_owned() };
    tenant.control().inject(Fault::next("oauth2/v2.0/token", blocked()));
    let ended = by_code(&tenant, &desk, &new(&tenant), Consent::Accept);
    assert_eq!(ended.code, 1, "{ended:#?}");
    let own = "Let an administrator look up the policy in the Microsoft Entra admin centre, Sign-in logs";
    for words in ["AADSTS53003", "t-7", own, "Device codes are blocked more often than the browser"] {
        assert!(ended.tells(words), "{words}: {ended:#?}");
    }
    assert_eq!(changes(&tenant.control()), Vec::<String>::new());

    // The browser is on another machine: the address at which it ended is pasted.
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut command = desk.command(&format!("set-up acme --no-browser {}", new(&tenant)));
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the host starts");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    let mut asking = Asking::of(child);
    let back = runtime().block_on(robot.browse(&asking.page()));
    writeln!(keyboard, "{back}").expect("typed");
    asking.end().with(0);
    desk.run("connect acme").with(0);
}

#[test]
fn a_certificate_that_set_up_made_connects_ends_is_followed_by_the_next_and_is_taken_away() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let before = control.registrations();
    let desk = tenant.desk();
    let words = format!("{} --set sign-in=certificate --set credential-days=5", new(&tenant));
    let made = set_up(&tenant, &desk, &format!("{words} --show-secret --format json")).with(0);
    assert!(made.out.contains("BEGIN CERTIFICATE") && !made.all().contains("PRIVATE KEY"), "{made:#?}");
    let rows: Vec<Value> = serde_json::from_str(&made.out).expect("an array");
    let of = |name: &str| rows.iter().find(|row| row["name"] == name).map(|row| row["value"].as_str().expect("a text"));
    assert_eq!(of("client-secret"), None);
    let client = of("application-id").expect("an id").to_owned();
    let first = control.certificates(&client);
    assert_eq!(first.len(), 1);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    let doctor = || -> Vec<Value> {
        let told = desk.run("doctor acme --format json").with(0).out;
        let rows: Vec<Value> = serde_json::from_str(&told).expect("an array");
        rows.into_iter().filter(|row| row["subject"] == "credentials").collect()
    };
    let because = doctor()[0]["because"].as_str().expect("a reason").to_owned();
    // 5 in the second in which it was made, 4 from then on.
    assert!(["ends in 5 days", "ends in 4 days"].iter().any(|left| because.contains(left)), "{because}");

    // A second run finds the certificate, and leaves it.
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    assert_eq!(control.certificates(&client), first);

    // At first the service does not know the next one everywhere.
    let body = r#"{"error":"invalid_client","error_description":"AADSTS700027: The key was not found.","error_codes":[700027]}"#;
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let unknown = Mishap::Answer { status: 401, headers, body: body.to_owned() };
    control.inject(Fault::next("oauth2/v2.0/token", unknown).after(1));
    let asked = control.requests().len();
    let rotated = set_up(&tenant, &desk, "--rotate --yes").with(0);
    assert!(rotated.tells("Make a certificate") && rotated.tells("Take the last certificate away"), "{rotated:#?}");
    // The next is there and has signed in before the last one goes.
    assert_eq!(steps(&control, asked), ["changes", "signs in", "signs in", "changes"]);
    let second = control.certificates(&client);
    assert!(second.len() == 1 && second != first, "{second:?}");
    desk.run("connect acme").with(0);
    control.expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(doctor()[0]["state"], "works");

    set_up(&tenant, &desk, "--remove --yes").with(0);
    assert_eq!(control.registrations(), before);
    let gone = desk.run("connect acme");
    assert_ne!(gone.code, 0, "{gone:#?}");
    // What is left of the settings makes a new one.
    set_up(&tenant, &desk, "--yes").with(0);
    desk.run("connect acme").with(0);
}

#[test]
fn of_an_application_that_set_up_did_not_make_only_its_own_certificate_is_taken_away() {
    let tenant = Tenant::new(small());
    let (control, facts) = (tenant.control(), tenant.facts());
    let (others, _) = certificates::ending_in(Duration::from_secs(90 * 86_400));
    assert!(control.add_certificate(&facts.client_id, &others));
    let before = control.certificates(&facts.client_id);
    let desk = tenant.desk();
    let words = format!("{} --set sign-in=certificate --set application-id={}", new(&tenant), facts.client_id);
    set_up(&tenant, &desk, &words).with(0);
    assert_eq!(control.certificates(&facts.client_id).len(), before.len() + 1);
    desk.run("connect acme").with(0);

    let removed = set_up(&tenant, &desk, "--remove --yes").with(0);
    assert!(removed.tells("Take the last certificate away") && removed.tells("stays, because"), "{removed:#?}");
    assert_eq!(control.certificates(&facts.client_id), before);
    assert_ne!(desk.run("connect acme").code, 0);
}

#[test]
fn another_way_of_signing_in_takes_back_what_the_last_one_needed() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set sign-in=device-code", new(&tenant))).with(0);
    let changed = set_up(&tenant, &desk, "--yes --set sign-in=application").with(0);
    for told in ["allow no public client flows", "Grant Reports.Read.All", "Take back what was granted to everybody"] {
        assert!(changed.tells(told), "{told}: {changed:#?}");
    }
    assert!(changed.tells("next: host-harness connect acme"), "{changed:#?}");
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);

    // Of fewer features the permissions go as well, and what is left is told at once.
    let fewer = set_up(&tenant, &desk, "--yes --set features=spend,use").with(0);
    assert!(fewer.tells("Take AuditLog.Read.All back") && fewer.tells("host-harness doctor acme"), "{fewer:#?}");
    let left = desk.run("doctor acme --granted --format csv").with(0).out;
    assert!(left.contains("Reports.Read.All") && !left.contains("AuditLog.Read.All"), "{left}");
    let made = changes(&control).len();
    set_up(&tenant, &desk, "--yes --set features=spend,use").with(0);
    assert_eq!(changes(&control).len(), made);
}

#[test]
fn the_certificate_of_an_application_through_which_persons_sign_in_is_renewed_after_a_proof_too() {
    let tenant = Tenant::new(small());
    let (control, facts) = (tenant.control(), tenant.facts());
    let desk = tenant.desk();
    let (certificate, file) = certificates::ending_in(Duration::from_secs(9 * 86_400));
    assert!(control.add_certificate(&facts.client_id, &certificate));
    let first = control.certificates(&facts.client_id);
    fs::write(desk.folder().join("own.pem"), file).expect("a file");
    let way = "--set sign-in=browser --secret-file certificate=own.pem";
    desk.run(&tenant.configure().replace("--secret-env client-secret=SECRET", way)).with(0);
    let connect = || {
        let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
        let mut connect = Asking::of(desk.start("connect acme --no-browser"));
        let back = runtime().block_on(robot.browse(&connect.page()));
        runtime().block_on(robot.arrive(back));
        connect.end().with(0)
    };
    let told = connect();
    assert!(told.tells("--rotate"), "the end is near: {told:#?}");
    let asked = control.requests().len();
    set_up(&tenant, &desk, "--rotate --yes").with(0);
    assert_eq!(steps(&control, asked), ["changes", "signs in", "changes"]);
    let second = control.certificates(&facts.client_id);
    assert!(second.len() == 1 && second != first, "{second:?}");
    // The person stays signed in: the next run renews by the refresh token, and proves itself by the next certificate.
    let codes = control.token_requests().get("authorization_code").copied();
    desk.run("collect acme").with(0);
    control.expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(control.token_requests().get("authorization_code").copied(), codes);
    assert!(control.token_requests().get("refresh_token") >= Some(&2));
}

#[test]
fn the_next_secret_of_an_application_ends_no_sign_in_of_a_person_and_another_secret_does() {
    let tenant = Tenant::new(small());
    let (control, facts) = (tenant.control(), tenant.facts());
    let mut desk = tenant.desk();
    let way = "--set sign-in=browser --secret-env client-secret=SECRET";
    desk.run(&tenant.configure_as("acme", &facts.client_id, way)).with(0);
    tenant.led(&desk, "connect acme --no-browser", &facts.administrator, 1).with(0);
    let rotated = set_up(&tenant, &desk, "--rotate --yes").with(0);
    assert!(rotated.tells("Make a client secret") && !rotated.tells("host-harness connect acme"), "{rotated:#?}");
    let kept = |desk: &Desk| desk.unsealed().into_iter().any(|(name, _)| name == "keep");
    assert!(kept(&desk));
    desk.run("collect acme").with(0);
    control.expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(control.token_requests().get("authorization_code"), Some(&2), "the person and the administrator");
    // A secret that somebody gives may be that of another application.
    desk.set("OTHER", "abc8Q~another-secret-of-some-application");
    desk.run("configure acme --secret-env client-secret=OTHER --yes").with(0);
    assert!(!kept(&desk));
    desk.run("collect acme").with(4);
}
