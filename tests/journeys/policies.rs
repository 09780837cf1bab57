//! What a tenant's policies want of a sign-in, and what they refuse; and consent before each way of signing in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulator::{Account, Fault, Mishap};
use url::Url;

use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new, set_up};
use crate::tenant::{Tenant, runtime, small};

const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

fn configured(tenant: &Tenant, client: &str, way: &str) -> Desk {
    let desk = tenant.desk();
    desk.run(&tenant.configure_as("acme", client, way)).with(0);
    desk
}

fn asked(tenant: &Tenant, grant: &str) -> u32 {
    tenant.control().token_requests().get(grant).copied().unwrap_or_default()
}

#[test]
fn what_graph_wants_of_an_application_is_brought_by_the_next_token() {
    let tenant = Tenant::new(small());
    let desk = configured(&tenant, &tenant.facts().client_id, "--secret-env client-secret=SECRET");
    tenant.control().demand_claims_at_graph(CLAIMS);
    let connected = desk.run("connect acme").with(0);
    assert!(connected.tells(&tenant.facts().organization), "{connected:#?}");
    assert_eq!(asked(&tenant, "client_credentials"), 2);
    let refused = tenant.control().requests().into_iter().filter(|request| request.status == 401);
    assert_eq!(refused.count(), 1);
    desk.run("collect acme").with(0);
}

#[test]
fn what_graph_wants_of_a_person_is_brought_by_a_second_code() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = configured(&tenant, &facts.public_client_id, "--set sign-in=device-code");
    tenant.control().demand_claims_at_graph(CLAIMS);
    let mut connect = Asking::of(desk.start("connect acme"));
    tenant.enter_code(&mut connect, &facts.administrator);
    tenant.enter_code(&mut connect, &facts.administrator);
    connect.end().with(0);
    assert_eq!(tenant.requests("/oauth2/v2.0/devicecode").len(), 2);
    desk.run("collect acme").with(0);
}

#[test]
fn what_graph_wants_of_the_administrator_is_brought_by_a_second_sign_in_and_set_up_goes_on() {
    let tenant = Tenant::new(small());
    let (control, desk) = (tenant.control(), tenant.desk());
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    let first = asking.page();
    let back = runtime().block_on(robot.browse(&first));
    // The policy comes into force while the administrator signs in: the token does not have what it wants.
    control.demand_claims_at_graph(CLAIMS);
    runtime().block_on(robot.arrive(back));
    let second = asking.page();
    assert!(!first.as_str().contains("claims=") && second.as_str().contains("claims="), "{second}");
    let back = runtime().block_on(robot.browse(&second));
    runtime().block_on(robot.arrive(back));
    asking.end().with(0);
    desk.run("connect acme").with(0);
}

#[test]
fn what_graph_wants_in_the_midst_of_set_up_does_not_lose_what_was_done() {
    let tenant = Tenant::new(small());
    let (control, desk) = (tenant.control(), tenant.desk());
    let before = control.registrations();
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(CLAIMS));
    let headers = vec![("www-authenticate".to_owned(), header)];
    let wants = Mishap::Answer { status: 401, headers, body: String::new() };
    control.inject(Fault::next("appRoleAssignedTo", wants).after(2));
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    for _ in 0..2 {
        let back = runtime().block_on(robot.browse(&asking.page()));
        runtime().block_on(robot.arrive(back));
    }
    let ended = asking.end().with(0);
    println!("{}", ended.all());
    assert!(ended.tells("Create the application") && ended.tells("Grant Reports.Read.All"), "{ended:#?}");
    assert_eq!(control.registrations(), before + 1);
    assert_eq!(changes(&control).iter().filter(|each| each.contains("addPassword")).count(), 1);
    desk.run("connect acme").with(0);
}

#[test]
fn whoever_cancels_the_second_sign_in_of_set_up_is_told_what_exists_and_it_goes_on_from_there() {
    let tenant = Tenant::new(small());
    let (control, desk) = (tenant.control(), tenant.desk());
    let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(CLAIMS));
    let headers = vec![("www-authenticate".to_owned(), header)];
    let wants = Mishap::Answer { status: 401, headers, body: String::new() };
    control.inject(Fault::next("appRoleAssignedTo", wants).after(2));
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    let back = runtime().block_on(robot.browse(&asking.page()));
    runtime().block_on(robot.arrive(back));
    let second = asking.page();
    let parameter =
        |name: &str| second.query_pairs().find(|(known, _)| known == name).expect("a parameter").1.into_owned();
    let mut back: Url = parameter("redirect_uri").parse().expect("an address");
    let refusal = [
        ("error", "access_denied"),
        ("error_description", "AADSTS65004: User declined to consent to access the app."),
        ("state", &parameter("state")),
    ];
    back.query_pairs_mut().extend_pairs(refusal);
    runtime().block_on(robot.arrive(back));
    let ended = asking.end().with(5);
    println!("{}", ended.all());
    assert!(ended.tells("Create the application") && ended.tells("AADSTS65004"), "{ended:#?}");
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("Grant Reports.Read.All") && !again.tells("Create the application"), "{again:#?}");
    desk.run("connect acme").with(0);
}

#[test]
fn what_graph_wants_of_a_password_is_told_because_nobody_is_there_to_bring_it() {
    let tenant = Tenant::new(small());
    let told = by_password(&tenant, &tenant.facts().administrator, || tenant.control().demand_claims_at_graph(CLAIMS));
    let told = told.with(4);
    assert!(told.tells("A policy of the tenant (conditional access) wants more"), "{told:#?}");
    assert_eq!(asked(&tenant, "password"), 1);
}

/// What `connect` tells somebody who signs in by a password, after something happened at the service.
fn by_password(tenant: &Tenant, account: &Account, happens: impl FnOnce()) -> Ended {
    let mut desk = tenant.desk();
    desk.set("PASSWORD", account.password.clone());
    let way =
        format!("--set sign-in=password --set user-name={} --secret-env password=PASSWORD", account.principal_name);
    desk.run(&tenant.configure_as("acme", &tenant.facts().public_client_id, &way)).with(0);
    happens();
    desk.run("connect acme")
}

#[test]
fn a_password_that_another_directory_checks_or_that_conditional_access_blocks_is_told_with_better_ways() {
    let tenant = Tenant::new(small());
    // The directory has no password of somebody who signs in elsewhere.
    let users = tenant.control().truth().users.into_values();
    let elsewhere = users.map(|user| user.principal_name).find(|name| name.contains("#EXT#")).expect("a guest");
    let elsewhere = Account { principal_name: elsewhere, password: "hers-elsewhere".to_owned() };
    let federated = by_password(&tenant, &elsewhere, || ()).with(4);
    for words in ["AADSTS50056", "at another provider (federation)", "Set sign-in to \"browser\""] {
        assert!(federated.tells(words), "{words}: {federated:#?}");
    }
    let block = || tenant.control().block_grant("password");
    let blocked = by_password(&tenant, &tenant.facts().administrator, block);
    assert_ne!(blocked.code, 0);
    for words in ["AADSTS53003", "Conditional access or the security defaults refuse", "device-code"] {
        assert!(blocked.tells(words), "{words}: {blocked:#?}");
    }
    for told in [federated, blocked] {
        assert!(!told.all().contains(&elsewhere.password), "{told:#?}");
        assert!(!told.all().contains(&tenant.facts().administrator.password), "{told:#?}");
    }
}

fn path(page: &Url) -> &str {
    page.path().rsplit('/').next().unwrap_or_default()
}

#[test]
fn consent_is_asked_for_first_and_the_sign_in_follows_in_the_browser() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let mut desk = tenant.desk();
    desk.set("SECRET", facts.fresh_client_secret.clone());
    let way = "--set sign-in=browser --set consent=ask --secret-env client-secret=SECRET";
    desk.run(&tenant.configure_as("acme", &facts.fresh_client_id, way)).with(0);
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    for expected in ["adminconsent", "authorize"] {
        let page = connect.page();
        assert_eq!(path(&page), expected);
        let back = runtime().block_on(robot.browse(&page));
        runtime().block_on(robot.arrive(back));
    }
    connect.end().with(0);
    let (_, scopes) = tenant.control().granted(&facts.fresh_client_id).expect("the application");
    assert!(scopes.iter().any(|scope| scope == "Reports.Read.All"), "{scopes:?}");
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(asked(&tenant, "refresh_token"), 1);
}

#[test]
fn consent_is_asked_for_first_and_the_sign_in_follows_by_a_code() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let mut desk = tenant.desk();
    desk.set("SECRET", facts.fresh_client_secret.clone());
    let way = "--set sign-in=device-code --set consent=ask --secret-env client-secret=SECRET";
    desk.run(&tenant.configure_as("acme", &facts.fresh_client_id, way)).with(0);
    let robot = tenant.robot(facts.administrator.clone(), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let page = connect.page();
    assert_eq!(path(&page), "adminconsent");
    assert!(tenant.requests("devicecode").is_empty(), "no code is asked for before");
    let back = runtime().block_on(robot.browse(&page));
    runtime().block_on(robot.arrive(back));
    tenant.enter_code(&mut connect, &facts.administrator);
    connect.end().with(0);
    assert_eq!(tenant.requests("devicecode").len(), 1);
    desk.run("collect acme").with(0);

    // A refused consent ends it: no code is shown.
    let refused = tenant.robot(facts.administrator, Consent::Cancel);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let back = runtime().block_on(refused.browse(&connect.page()));
    runtime().block_on(refused.arrive(back));
    let ended = connect.end();
    assert!(ended.code != 0 && ended.tells("AADSTS65004"), "{ended:#?}");
    assert_eq!(tenant.requests("devicecode").len(), 1);
}
