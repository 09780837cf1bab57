//! Every way to connect a tenant, and what is told when one is refused.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use host_harness::contract::keys::Algorithm;
use host_harness::keys;
use serde_json::{Value, json};
use simulator::{Account, Cloud, Fault, Mishap, Options};
use url::Url;

use crate::built::built;
use crate::certificates::{fixture, pair};
use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::tenant::{Tenant, runtime, small};

/// Configures `acme` with what all ways have in common.
fn configure(desk: &Desk, tenant: &Tenant, client: &str, settings: &str) -> Ended {
    let (plugin, domain) = (built().connector.display(), tenant.facts().domain);
    desk.run(&format!(
        "configure acme --plugin {plugin} --set tenant={domain} --set application-id={client} --set history-days=2 \
         --yes {settings}"
    ))
}

/// A desk with the fixture's files and its passphrase in the environment.
fn with_certificate(tenant: &Tenant) -> Desk {
    let mut desk = tenant.desk();
    desk.set("PASSPHRASE", "fixture");
    desk.set("WRONG", "mule");
    for name in ["locked.pem", "aes.pfx", "legacy.pfx"] {
        fs::write(desk.folder().join(name), fixture(name)).expect("a file");
    }
    desk
}

fn certificate() -> String {
    String::from_utf8(fixture("locked.pem")).expect("text")
}

fn own((before, after): (&str, &str)) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

fn parameter(page: &Url, name: &str) -> String {
    page.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[test]
fn an_application_connects_and_renews_with_a_certificate_from_pem_or_pfx_whose_key_is_sealed() {
    let tenant = Tenant::new(small());
    let client = tenant.facts().client_id;
    let desk = with_certificate(&tenant);
    let way = "--set sign-in=certificate --secret-env certificate=PASSPHRASE --secret-file";
    configure(&desk, &tenant, &client, &format!("{way} certificate=locked.pem")).with(0);

    // Not uploaded yet.
    let refused = desk.run("connect acme");
    assert_ne!(refused.code, 0);
    assert!(refused.tells("AADSTS700027") && refused.tells("Upload the certificate"), "{refused:#?}");

    assert!(tenant.control().add_certificate(&client, &certificate()));
    desk.run("connect acme").with(0);
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert!(tenant.control().token_requests().get("client_credentials") >= Some(&3));

    for file in ["aes.pfx", "legacy.pfx"] {
        configure(&desk, &tenant, &client, &format!("{way} certificate={file}")).with(0);
        desk.run("connect acme").with(0);
    }
    let key = pair().key;
    // The end of the key is a number that only its owner knows; its beginning stands in the certificate too.
    let needle = &key.expose()[key.expose().len() - 64..];
    for file in fs::read_dir(desk.data()).expect("a folder").filter_map(Result::ok).filter(|file| file.path().is_file())
    {
        let bytes = fs::read(file.path()).expect("a file");
        assert!(!bytes.windows(needle.len()).any(|part| part == needle), "{:?} holds the key", file.path());
    }
}

#[test]
fn a_certificate_file_that_does_not_fit_is_told_before_anything_is_stored() {
    let tenant = Tenant::new(small());
    let client = tenant.facts().client_id;
    let desk = with_certificate(&tenant);
    let (_, alone) = certificate().split_once("-----END ENCRYPTED PRIVATE KEY-----").map(own).expect("both");
    fs::write(desk.folder().join("alone.pem"), alone).expect("a file");
    for (given, told) in [
        ("--secret-file certificate=aes.pfx", "--secret-env certificate=VARIABLE"),
        ("--secret-file certificate=aes.pfx --secret-env certificate=WRONG", "does not open the private key"),
        ("--secret-env certificate=PASSPHRASE", "--secret-file certificate=FILE"),
        ("--set certificate=aes.pfx", "--secret-file certificate=FILE"),
        ("--secret-file certificate=alone.pem", "There is no private key inside"),
        ("--secret-file certificate=nowhere.pem", "cannot be read"),
        ("", "The certificate is missing"),
    ] {
        let ended = configure(&desk, &tenant, &client, &format!("--set sign-in=certificate {given}"));
        assert_ne!(ended.code, 0, "{given}");
        assert!(ended.tells(told), "{given}: {ended:#?}");
    }
    assert_eq!(desk.count("SELECT count(*) FROM secret"), 0);
}

#[test]
fn a_person_signs_in_through_an_application_that_proves_itself_by_a_certificate_and_it_lasts() {
    let tenant = Tenant::new(Options { detect_reuse: true, ..small() });
    let (facts, control) = (tenant.facts(), tenant.control());
    let client = facts.client_id;
    let desk = with_certificate(&tenant);
    let way = "--set sign-in=browser --secret-env certificate=PASSPHRASE --secret-file certificate=aes.pfx";
    configure(&desk, &tenant, &client, way).with(0);
    let robot = tenant.robot(facts.administrator, Consent::Accept);
    let connect = || {
        let mut connect = Asking::of(desk.start("connect acme --no-browser"));
        let back = runtime().block_on(robot.browse(&connect.page()));
        runtime().block_on(robot.arrive(back));
        connect.end()
    };
    // Not uploaded yet: the code is no use without the proof.
    let refused = connect();
    assert!(refused.code != 0 && refused.tells("AADSTS700027"), "{refused:#?}");
    assert!(control.add_certificate(&client, &certificate()));
    connect().with(0);
    for _ in 0..2 {
        control.expire_tokens();
        desk.run("collect acme").with(0);
    }
    assert!(control.token_requests().get("refresh_token") >= Some(&2));
    assert!(!control.token_requests().contains_key("client_credentials"));
    assert_eq!(control.refresh_reuses(), 0);
    // A public client must not prove itself; the certificate is taken away again.
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=browser").with(0);
    let public = connect();
    assert!(public.code != 0 && public.tells("AADSTS700025") && public.tells("Empty both"), "{public:#?}");
    configure(&desk, &tenant, &facts.public_client_id, "--set certificate=").with(0);
    connect().with(0);
    configure(&desk, &tenant, &client, way).with(0);
    connect().with(0);
    desk.run("collect acme").with(0);
    // What the application signs in with is known, and that it is no secret.
    let status: Value = serde_json::from_str(&desk.run("status acme --format json").with(0).out).expect("JSON");
    let ends = keys::ends(&pair().certificate).expect("an end");
    assert_eq!(status[0]["credential_ends"], ends.to_string(), "{status:#}");
}

#[test]
fn a_clock_that_is_a_little_wrong_is_borne_and_one_that_is_very_wrong_is_named() {
    let tenant = Tenant::new(small());
    let client = tenant.facts().client_id;
    let desk = with_certificate(&tenant);
    tenant.control().add_certificate(&client, &certificate());
    configure(
        &desk,
        &tenant,
        &client,
        "--set sign-in=certificate --secret-env certificate=PASSPHRASE --secret-file certificate=locked.pem",
    )
    .with(0);
    tenant.control().advance(Duration::from_secs(14 * 60));
    desk.run("connect acme").with(0);
    tenant.control().advance(Duration::from_secs(3 * 60));
    let refused = desk.run("connect acme");
    assert!(refused.tells("AADSTS700024") && refused.tells("Set the clock of this machine"), "{refused:#?}");
}

#[test]
fn a_federated_token_is_read_from_its_file_at_each_sign_in() {
    let tenant = Tenant::new(small());
    let (client, control) = (tenant.facts().client_id, tenant.control());
    let desk = tenant.desk();
    let file = desk.folder().join("token");
    let write = |seconds: i64| fs::write(&file, control.provider_token("machine-7", seconds)).expect("a file");
    write(3600);
    let configured = configure(&desk, &tenant, &client, "--set sign-in=federated --secret-file federated-token=token");
    configured.with(0);
    let refused = desk.run("connect acme");
    assert!(refused.tells("AADSTS700213") && refused.tells("subject"), "{refused:#?}");
    assert!(control.trust(&client, "machine-7"));
    desk.run("connect acme").with(0);

    write(-3600);
    control.expire_tokens();
    let ended = desk.run("collect acme");
    assert!(ended.tells("AADSTS700024") && ended.tells("kept fresh"), "{ended:#?}");
    write(3600);
    desk.run("collect acme").with(0);

    fs::remove_file(&file).expect("a file");
    let gone = desk.run("connect acme");
    assert!(gone.tells("federated-token") && gone.tells("cannot be read"), "{gone:#?}");
}

#[test]
fn a_person_signs_in_by_a_code_on_another_machine_and_it_lasts() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=device-code").with(0);
    let robot = tenant.robot(facts.administrator, Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme"));
    let (page, code) = (connect.page(), connect.code());
    let shown = runtime().block_on(robot.enter_code(&page, &code));
    assert!(shown.contains("You have signed in"), "{shown}");
    connect.end().with(0);
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert!(tenant.control().token_requests().contains_key("refresh_token"));
}

#[test]
fn a_code_that_is_declined_ends_the_connection_with_what_to_do() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let declined = r#"{"error":"authorization_declined","error_description":"AADSTS65004: declined","trace_id":"t-1"}"#;
    let ended = r#"{"error":"expired_token","error_description":"AADSTS70019: expired","trace_id":"t-2"}"#;
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=device-code").with(0);
    for (body, told, id) in
        [(declined, "was declined at the other machine", "t-1"), (ended, "Nobody entered the code", "t-2")]
    {
        answer(&tenant, "oauth2/v2.0/token", 400, &[], body);
        let refused = desk.run("connect acme").with(4);
        assert!(refused.tells(told) && refused.tells(id) && refused.tells("Run connect again"), "{refused:#?}");
    }
}

/// The next request for a path is answered with this.
pub fn answer(tenant: &Tenant, path: &str, status: u16, headers: &[(&str, &str)], body: &str) {
    let headers = headers.iter().chain(&[("content-type", "application/json")]);
    let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    tenant.control().inject(Fault::next(path, Mishap::Answer { status, headers, body: body.to_owned() }));
}

fn with_password(tenant: &Tenant, account: &Account) -> Desk {
    let mut desk = tenant.desk();
    desk.set("PASSWORD", account.password.clone());
    let settings =
        format!("--set sign-in=password --set user-name={} --secret-env password=PASSWORD", account.principal_name);
    configure(&desk, tenant, &tenant.facts().public_client_id, &settings).with(0);
    desk
}

#[test]
fn a_user_name_and_a_password_connect_with_a_warning_and_say_why_they_are_refused() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = with_password(&tenant, &facts.administrator);
    let connected = desk.run("connect acme").with(0);
    assert!(connected.tells("weakest way to sign in") && connected.tells("certificate"), "{connected:#?}");
    assert!(!connected.all().contains(&facts.administrator.password));
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);

    let factor = with_password(&tenant, &facts.user_with_second_factor).run("connect acme").with(4);
    assert!(factor.tells("AADSTS50076") && factor.tells("second factor"), "{factor:#?}");
    assert!(factor.tells("device-code"), "{factor:#?}");
    let wrong = Account { password: "wrong".to_owned(), ..facts.administrator };
    let wrong = with_password(&tenant, &wrong).run("connect acme").with(4);
    assert!(wrong.tells("AADSTS50126") && wrong.tells("with configure"), "{wrong:#?}");
    let nobody = Account { principal_name: format!("nobody@{}", facts.domain), password: "x".to_owned() };
    let nobody = with_password(&tenant, &nobody).run("connect acme").with(4);
    assert!(nobody.tells("AADSTS50034"), "{nobody:#?}");
}

#[test]
fn a_policy_that_wants_more_gets_it_by_a_second_sign_in() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=browser").with(0);
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    tenant.control().demand_claims(claims);
    let robot = tenant.robot(facts.administrator, Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    for expected in ["", claims] {
        let page = connect.page();
        assert_eq!(parameter(&page, "claims"), expected);
        let back = runtime().block_on(robot.browse(&page));
        runtime().block_on(robot.arrive(back));
    }
    connect.end().with(0);
    assert_eq!(tenant.control().token_requests().get("authorization_code"), Some(&2));
}

#[test]
fn the_address_at_which_a_browser_elsewhere_ended_can_be_pasted_and_a_wrong_one_gets_another_try() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=browser").with(0);
    let robot = tenant.robot(facts.administrator, Consent::Accept);
    let mut child = desk.command("connect acme --no-browser").stdin(Stdio::piped()).spawn().expect("the host starts");
    let mut keyboard = child.stdin.take().expect("a keyboard");
    let mut connect = Asking::of(child);
    let back = runtime().block_on(robot.browse(&connect.page()));
    writeln!(keyboard, "https://example.com/?code=x&state=y").expect("typed");
    connect.wait_for("That is not the address at which the browser ended");
    writeln!(keyboard, "{back}").expect("typed");
    connect.end().with(0);
    desk.run("collect acme").with(0);
}

#[test]
fn an_authority_that_detects_reuse_never_sees_a_refresh_token_twice() {
    let tenant = Tenant::new(Options { detect_reuse: true, ..small() });
    let facts = tenant.facts();
    let desk = tenant.desk();
    configure(&desk, &tenant, &facts.public_client_id, "--set sign-in=browser").with(0);
    let robot = tenant.robot(facts.administrator, Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    runtime().block_on(robot.arrive(back));
    connect.end().with(0);
    // Each run is a process of its own, and many tasks find their credential refused at once.
    for _ in 0..3 {
        tenant.control().expire_tokens();
        desk.run("collect acme").with(0);
    }
    assert!(tenant.control().token_requests().get("refresh_token") >= Some(&3));
    assert_eq!(tenant.control().refresh_reuses(), 0);
}

#[test]
fn every_cloud_connects_by_its_own_hosts_with_the_tenant_as_guid_or_domain() {
    for (cloud, name) in
        [(Cloud::Global, "global"), (Cloud::UsGov, "us-gov-l4"), (Cloud::UsDod, "us-gov-l5"), (Cloud::China, "china")]
    {
        let tenant = Tenant::new(Options { cloud, ..small() });
        let facts = tenant.facts();
        let desk = tenant.desk();
        let plugin = built().connector.display();
        for name_of_tenant in [&facts.tenant_id, &facts.domain, &facts.initial_domain] {
            desk.run(&format!(
                "configure acme --plugin {plugin} --set tenant={name_of_tenant} --set application-id={} \
                 --set cloud={name} --secret-env client-secret=SECRET --yes",
                facts.client_id
            ))
            .with(0);
            desk.run("connect acme").with(0);
        }
    }
}

#[test]
fn a_tenant_of_the_classic_guide_connects_and_is_told_what_it_lacks() {
    let tenant = Tenant::new(small());
    tenant.control().set_roles(&tenant.facts().client_id, &["Directory.Read.All", "AuditLog.Read.All"]);
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let connected = desk.run("connect acme").with(0);
    assert!(connected.tells("Reports.Read.All"), "{connected:#?}");
}

#[test]
fn the_simulated_authority_takes_an_assertion_only_when_every_part_of_it_is_right() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    tenant.control().add_certificate(&facts.client_id, &certificate());
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let page: Url =
        format!("https://{}/{}/oauth2/v2.0/token", facts.authority, facts.tenant_id).parse().expect("a page");
    let pair = pair();
    let now = tenant.control().now().as_second();
    let scope = format!("https://{}/.default", facts.graph);
    let thumbprint = thumbprint(&pair.certificate);
    let head = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
    let body = |id: &str| {
        json!({ "aud": page.as_str(), "iss": facts.client_id, "sub": facts.client_id, "jti": id, "nbf": now, "iat": now,
                "exp": now + 600 })
    };
    let changed = |base: &Value, name: &str, value: Value| {
        let mut changed = base.clone();
        changed[name] = value;
        changed
    };
    let ask = |client: &str, head: &Value, body: &Value, break_it: bool| {
        let text = [head, body].map(|part| BASE64.encode(part.to_string())).join(".");
        let mut signature = keys::sign(&pair.key, Algorithm::Ps256, text.as_bytes()).expect("a signature");
        if break_it {
            signature[7] ^= 1;
        }
        let assertion = format!("{text}.{}", BASE64.encode(signature));
        let fields = [
            ("client_id", client),
            ("grant_type", "client_credentials"),
            ("scope", scope.as_str()),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let (status, text) = runtime().block_on(robot.post(&page, &fields));
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        if status == 200 { 0 } else { answer["error_codes"][0].as_u64().expect("a code") }
    };
    let client = facts.client_id.as_str();
    assert_eq!(ask(client, &head, &body("1"), false), 0);
    assert_eq!(ask(client, &head, &body("1"), false), 50_027, "an assertion is good for one use");
    assert_eq!(ask(client, &head, &body("2"), true), 700_027, "the signature");
    assert_eq!(ask(client, &changed(&head, "x5t#S256", json!("AAAA")), &body("3"), false), 700_027, "the thumbprint");
    assert_eq!(ask(client, &changed(&head, "alg", json!("none")), &body("4"), false), 700_027, "the algorithm");
    assert_eq!(ask(client, &changed(&head, "alg", json!("RS256")), &body("5"), false), 700_027, "another algorithm");
    let elsewhere = changed(&body("6"), "aud", json!("https://login.example/token"));
    assert_eq!(ask(client, &head, &elsewhere, false), 700_023, "the audience");
    assert_eq!(ask(client, &head, &changed(&body("7"), "sub", json!("other")), false), 700_021, "the subject");
    assert_eq!(ask(client, &head, &changed(&body("8"), "exp", json!(now - 301)), false), 700_024, "the end");
    assert_eq!(ask(client, &head, &changed(&body("9"), "exp", json!(now - 290)), false), 0, "within the skew");
    assert_eq!(ask(client, &head, &changed(&body("10"), "nbf", json!(now + 310)), false), 700_024, "the beginning");
    assert_eq!(ask(client, &head, &changed(&body("11"), "jti", Value::Null), false), 50_027, "the id");
    let public =
        changed(&changed(&body("12"), "iss", json!(facts.public_client_id)), "sub", json!(facts.public_client_id));
    assert_eq!(ask(&facts.public_client_id, &head, &public, false), 700_025, "a public client has no proof");
}

/// `x5t#S256`, computed apart from the connector.
fn thumbprint(pem: &str) -> String {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).expect("base64");
    BASE64.encode(ring::digest::digest(&ring::digest::SHA256, &der))
}
