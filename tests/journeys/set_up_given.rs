//! What a person gives set-up, and what set-up says before and while it works.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Fault, Mishap};
use url::Url;

use crate::certificates;
use crate::desk::Desk;
use crate::robot::{Asking, Consent};
use crate::secrets_of_set_up::of_the_administrator;
use crate::set_up::{changes, new, set_up};
use crate::tenant::{Tenant, runtime, small};

fn parameter(page: &Url, name: &str) -> String {
    page.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[test]
fn the_administrator_signs_in_through_the_public_client_that_is_named() {
    let tenant = Tenant::new(small());
    let administrator = tenant.facts().administrator;
    let desk = tenant.desk();
    // Somebody made it before, by the rights that an administrator of applications has.
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let token = of_the_administrator(&tenant).swap_remove(0);
    let robot = tenant.robot(administrator, Consent::Accept);
    let client = json!({"displayName": "Set-up of Contoso", "publicClient": {"redirectUris": ["http://localhost"]}});
    let made = robot.make("https://graph.microsoft.com/v1.0/applications", &token, &client);
    let (status, made) = runtime().block_on(made);
    assert_eq!(status, 201, "{made:#}");
    let client = made["appId"].as_str().expect("an id");

    let words = new(&tenant);
    let line = format!("set-up globex --no-browser {words} --set administrator-client={client}");
    let mut asking = Asking::of(desk.start(&line));
    let page = asking.page();
    assert_eq!(parameter(&page, "client_id"), client);
    let redirect: Url = parameter(&page, "redirect_uri").parse().expect("an address");
    assert_eq!((redirect.scheme(), redirect.host_str(), redirect.path()), ("http", Some("localhost"), "/"));
    let back = runtime().block_on(robot.browse(&page));
    runtime().block_on(robot.arrive(back));
    asking.end().with(0);
    desk.run("connect globex").with(0);
}

/// What `set-up` lists, and the requests without ids.
fn acts(tenant: &Tenant, desk: &Desk, words: &str) -> Vec<(String, String)> {
    let ended = set_up(tenant, desk, &format!("{words} --format json")).with(0);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).expect("an array");
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let is_id = |part: &str| part == "{id}" || part.len() == 36;
    let request = |row: &Value| {
        let request = text(row, "request");
        let parts = request.split('/').map(|part| if is_id(part) { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    rows.iter().map(|row| (text(row, "what"), request(row))).collect()
}

#[test]
fn a_preview_lists_what_the_run_then_does_for_a_new_application_and_for_one_that_is_there() {
    let tenant = Tenant::new(small());
    let (control, desk) = (tenant.control(), tenant.desk());
    let words = format!("{} --set restricted-user=reports-reader", new(&tenant));
    let told = acts(&tenant, &desk, &format!("{words} --preview"));
    assert!(told.len() >= 8, "{told:#?}");
    assert_eq!(acts(&tenant, &desk, &words), told);

    // Of the application, a part is gone by now.
    let settings = desk.column("SELECT settings FROM connection").concat();
    let settings: Vec<Value> = serde_json::from_str(&settings).expect("settings");
    let client = settings.iter().find(|setting| setting["name"] == "application-id").expect("an id");
    let client = client["value"].as_str().expect("a text");
    assert!(control.set_roles(client, &["Directory.Read.All"]));
    assert!(control.forget_redirects(client) && control.expire_secret(client));
    let told = acts(&tenant, &desk, "--yes --preview");
    let whats: Vec<&str> = told.iter().map(|(what, _)| what.as_str()).collect();
    for part in ["add the redirect address", "Grant Reports.Read.All", "Make a client secret"] {
        assert!(whats.iter().any(|what| what.contains(part)), "{part}: {whats:#?}");
    }
    assert_eq!(acts(&tenant, &desk, "--yes"), told);
    assert_eq!(acts(&tenant, &desk, "--yes --preview"), []);
}

#[test]
fn a_certificate_that_is_given_signs_in_for_the_proof_also_where_the_connection_has_another_key() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let (certificate, file) = certificates::ending_in(Duration::from_secs(90 * 86_400));
    let proofs = |asked| {
        let log = control.requests_since(asked);
        log.iter().filter(|each| each.grant.as_deref() == Some("client_credentials") && each.status == 200).count()
    };
    let given = "--set sign-in=certificate --secret-file certificate=own.pem";
    for has_another in [false, true] {
        let desk = tenant.desk();
        fs::write(desk.folder().join("own.pem"), &file).expect("a file");
        let words = format!("{} --set application-id={client}", new(&tenant));
        if has_another {
            set_up(&tenant, &desk, &format!("{words} --set sign-in=certificate")).with(0);
            desk.run("connect acme").with(0);
        }
        if !has_another {
            assert!(control.add_certificate(&client, &certificate));
        }
        // What is to be granted has to be proven.
        assert!(control.set_roles(&client, &[]));
        let asked = control.requests().len();
        let ended = set_up(&tenant, &desk, &format!("{words} {given}")).with(0);
        assert!(!ended.tells("Make a certificate") && ended.tells("Grant Reports.Read.All"), "{ended:#?}");
        assert_eq!(proofs(asked), 1, "{has_another}");
        desk.run("connect acme").with(0);
        control.expire_tokens();
        desk.run("collect acme").with(0);
    }
}

#[test]
fn without_its_token_file_a_connection_is_taken_back_and_leaves_for_another_way() {
    let tenant = Tenant::new(small());
    let (control, desk) = (tenant.control(), tenant.desk());
    let before = control.registrations();
    let federated = format!("{} --set sign-in=federated --secret-file federated-token=token", new(&tenant));
    let begin = || {
        fs::write(desk.folder().join("token"), control.provider_token("machine-7", 3600)).expect("a file");
        set_up(&tenant, &desk, &federated).with(0);
        fs::remove_file(desk.folder().join("token")).expect("a file");
    };
    begin();
    set_up(&tenant, &desk, "--remove --yes").with(0);
    assert_eq!(control.registrations(), before);
    begin();
    let left = set_up(&tenant, &desk, "--yes --set sign-in=application").with(0);
    assert!(left.tells("Make a client secret"), "{left:#?}");
    desk.run("connect acme").with(0);
}

#[test]
fn an_interruption_is_told_as_one_and_a_change_at_the_service_ends_first() {
    let tenant = Tenant::new(small());
    let (control, facts) = (tenant.control(), tenant.facts());
    let desk = tenant.desk();
    let mut first = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    first.page();
    first.interrupt();
    let ended = first.end().with(130);
    assert!(ended.tells("Interrupted"), "{ended:#?}");
    assert_eq!(changes(&control), Vec::<String>::new());
    desk.run(&tenant.configure_as("globex", &facts.public_client_id, "--set sign-in=browser")).with(0);
    let mut connect = Asking::of(desk.start("connect globex --no-browser"));
    connect.page();
    connect.interrupt();
    connect.end().with(130);

    // In the midst of it a policy wants another sign-in, to which nobody comes.
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==";
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{claims}\"");
    let headers = vec![("www-authenticate".to_owned(), header)];
    control.inject(
        Fault::next("appRoleAssignedTo", Mishap::Answer { status: 401, headers, body: String::new() }).after(2),
    );
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let mut midst = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    let back = runtime().block_on(robot.browse(&midst.page()));
    runtime().block_on(robot.arrive(back));
    midst.page();
    midst.interrupt();
    let ended = midst.end().with(5);
    assert!(ended.tells("Create the application") && ended.tells("Set-up was given up"), "{ended:#?}");
    set_up(&tenant, &desk, "--yes --remove").with(0);

    // The service takes its time for the first grant.
    control.inject(Fault::next("appRoleAssignedTo", Mishap::Hang(Duration::from_secs(3))));
    let asked = control.requests().len();
    let mut slow = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    let back = runtime().block_on(robot.browse(&slow.page()));
    runtime().block_on(robot.arrive(back));
    while !control.requests_since(asked).iter().any(|each| each.path.contains("addPassword")) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    slow.interrupt();
    slow.wait_for("It stops at the next wait");
    let ended = slow.end();
    println!("{}", ended.all());
    assert!(ended.tells("Make a client secret"), "{ended:#?}");
    // What was made is in the connection: the next run has no secret to make.
    let again = set_up(&tenant, &desk, &new(&tenant)).with(0);
    assert!(!again.tells("Create the application") && !again.tells("Make a client secret"), "{again:#?}");
}
