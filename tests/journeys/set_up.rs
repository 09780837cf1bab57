//! Set-up: an administrator signs in once, and everything that a connection needs is there.

use serde_json::Value;
use simulator::{Account, Control, Fault, Mishap};

use crate::built::built;
use crate::desk::{Desk, Ended};
use crate::robot::{Asking, Consent};
use crate::tenant::{Tenant, runtime, small};

/// Runs `set-up acme` with these words; the administrator accepts.
pub fn set_up(tenant: &Tenant, desk: &Desk, words: &str) -> Ended {
    by(tenant, desk, words, tenant.facts().administrator, Consent::Accept)
}

fn by(tenant: &Tenant, desk: &Desk, words: &str, account: Account, consent: Consent) -> Ended {
    let robot = tenant.robot(account, consent);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {words}")));
    let back = runtime().block_on(robot.browse(&asking.page()));
    runtime().block_on(robot.arrive(back));
    asking.end()
}

/// The words for a connection that does not exist yet.
pub fn new(tenant: &Tenant) -> String {
    format!("--plugin {} --set tenant={} --yes", built().connector.display(), tenant.facts().domain)
}

/// Requests to Graph that change something.
pub fn changes(control: &Control) -> Vec<String> {
    let log = control.requests().into_iter();
    let changing = log.filter(|request| request.method != "GET" && request.path.starts_with("/v1.0/"));
    changing.map(|request| format!("{} {} {}", request.method, request.path, request.status)).collect()
}

const ALL: [&str; 4] = ["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All", "ReportSettings.Read.All"];

#[test]
fn one_command_creates_everything_and_connect_and_collect_work_with_it_and_a_second_changes_nothing() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    let before = control.registrations();
    let ended = set_up(&tenant, &desk, &new(&tenant)).with(0);
    println!("{}", ended.all());
    assert_eq!(control.registrations(), before + 1);
    for told in ["POST /v1.0/applications", "Create its service principal", "Grant Reports.Read.All", "addPassword"] {
        assert!(ended.tells(told), "{told}: {ended:#?}");
    }
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);

    let made = changes(&control).len();
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    assert_eq!(changes(&control).len(), made);
    desk.run("collect acme").with(0);
}

#[test]
fn a_preview_prints_the_calls_and_makes_none() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let ended = set_up(&tenant, &desk, &format!("{} --preview", new(&tenant))).with(0);
    println!("{}", ended.all());
    assert!(ended.tells("would be done"), "{ended:#?}");
    assert!(ended.tells("POST /v1.0/servicePrincipals"), "{ended:#?}");
    assert!(ended.tells("Make a client secret"), "{ended:#?}");
    assert_eq!(changes(&tenant.control()), Vec::<String>::new());
    assert_eq!(desk.run("connect acme").code, 2);
}

/// Runs `set-up` and reads the values that it made.
fn values(tenant: &Tenant, desk: &Desk, words: &str) -> Vec<(String, String)> {
    let ended = set_up(tenant, desk, &format!("{words} --show-secret --format json")).with(0);
    let rows: Vec<Value> = serde_json::from_str(&ended.out).expect("an array");
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    rows.iter().map(|row| (text(row, "name"), text(row, "value"))).collect()
}

fn value(values: &[(String, String)], name: &str) -> String {
    values.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name} in {values:?}")).1.clone()
}

#[test]
fn the_next_secret_is_made_before_the_last_is_removed_and_remove_takes_everything_away() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let before = control.registrations();
    let desk = tenant.desk();
    let first = values(&tenant, &desk, &format!("{} --set application-name=Rotated", new(&tenant)));
    let (client, secret) = (value(&first, "application-id"), value(&first, "client-secret"));
    desk.run("connect acme").with(0);

    let rotated = set_up(&tenant, &desk, "--rotate --yes").with(0);
    println!("{}", rotated.all());
    assert!(!rotated.all().contains(&secret), "a secret is shown: {rotated:#?}");
    let made = changes(&control);
    let position = |part: &str| made.iter().rposition(|each| each.contains(part)).expect("it was asked");
    assert!(position("addPassword") < position("removePassword"), "{made:?}");
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    let configure = format!("configure acme --secret-env client-secret=OLD --set application-id={client}");
    let mut with_old = desk;
    with_old.set("OLD", secret);
    with_old.run(&configure).with(0);
    assert_ne!(with_old.run("connect acme").code, 0, "the last secret still works");

    // The connection does not know the secret that the application has by now.
    let removed = set_up(&tenant, &with_old, "--remove --yes --set application-name=Rotated").with(0);
    println!("{}", removed.all());
    assert_eq!(control.registrations(), before);
    assert_ne!(with_old.run("connect acme").code, 0);
    let nothing = set_up(&tenant, &with_old, "--remove --yes").with(0);
    assert!(nothing.tells("There is nothing to take away"), "{nothing:#?}");
    set_up(&tenant, &with_old, "--yes").with(0);
    with_old.run("connect acme").with(0);
}

#[test]
fn what_stops_half_way_says_what_exists_and_the_next_run_goes_on_from_there() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let before = control.registrations();
    let desk = tenant.desk();
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}"#;
    let denied = Mishap::Answer { status: 403, headers: Vec::new(), body: body.to_owned() };
    control.inject(Fault::next("appRoleAssignedTo", denied).after(2));
    let ended = set_up(&tenant, &desk, &new(&tenant)).with(5);
    println!("{}", ended.all());
    assert!(ended.tells("Create the application") && ended.tells("Grant AuditLog.Read.All"), "{ended:#?}");
    assert!(!ended.tells("Grant Reports.Read.All"), "{ended:#?}");
    assert!(ended.tells("Privileged Role Administrator"), "{ended:#?}");

    let again = set_up(&tenant, &desk, &new(&tenant)).with(0);
    println!("{}", again.all());
    assert!(!again.tells("Create the application") && !again.tells("Make a client secret"), "{again:#?}");
    assert!(again.tells("Grant Reports.Read.All"), "{again:#?}");
    assert_eq!(control.registrations(), before + 1);
    desk.run("connect acme").with(0);
}

#[test]
fn objects_that_are_not_known_everywhere_yet_are_waited_for_and_made_once() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    control.replicate_after(3);
    let before = control.registrations();
    let desk = tenant.desk();
    let ended = set_up(&tenant, &desk, &new(&tenant)).with(0);
    println!("{}", ended.all());
    assert_eq!(control.registrations(), before + 1);
    let unknown = control.requests().into_iter().filter(|request| [400, 404].contains(&request.status)).count();
    assert!(unknown > 0, "nothing had to be waited for: {:?}", changes(&control));
    desk.run("connect acme").with(0);
}

#[test]
fn a_restricted_user_reads_reports_and_the_classic_pair_comes_with_a_warning() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    let words = format!("{} --set sign-in=browser --set restricted-user=reports-reader", new(&tenant));
    let made = values(&tenant, &desk, &words);
    let user = control.made_users().pop().expect("a user");
    assert_eq!(user, format!("binadox-reader@{}", tenant.facts().domain));
    let password = value(&made, &format!("first password of {user}"));
    let (roles, scopes) = control.granted(&value(&made, "application-id")).expect("an application");
    assert!(roles.is_empty(), "{roles:?}");
    assert!(ALL.iter().all(|name| scopes.iter().any(|scope| scope == name)), "{scopes:?}");

    let robot = tenant.robot(Account { principal_name: user.clone(), password }, Consent::Cancel);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    runtime().block_on(robot.arrive(back));
    connect.end().with(0);
    desk.run("collect acme").with(0);
    assert!(desk.count("SELECT count(*) FROM usage") > 0);

    let classic = set_up(&tenant, &desk, "--yes --set restricted-user=classic").with(0);
    println!("{}", classic.all());
    assert!(classic.tells("can buy and cancel") && classic.tells("Billing Administrator"), "{classic:#?}");
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!(control.made_users(), Vec::<String>::new());
}

#[test]
fn a_declined_consent_and_an_account_that_may_not_consent_change_nothing_and_are_explained() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let declined = by(&tenant, &desk, &new(&tenant), facts.administrator, Consent::Cancel);
    println!("{}", declined.all());
    assert_eq!(declined.code, 1);
    assert!(declined.tells("client of set-up was declined") && declined.err.contains("AADSTS65004"), "{declined:#?}");
    assert_eq!(changes(&tenant.control()), Vec::<String>::new());
    assert_eq!(desk.run("connect acme").code, 2);
}

#[test]
fn a_tenant_of_the_classic_guide_is_upgraded_by_one_command() {
    let tenant = Tenant::new(small());
    let (control, facts) = (tenant.control(), tenant.facts());
    control.set_roles(&facts.client_id, &["Directory.Read.All", "AuditLog.Read.All"]);
    let desk = tenant.connected();
    let before = desk.run("connect acme").with(0);
    assert!(before.tells("Reports.Read.All"), "{before:#?}");
    let registrations = control.registrations();

    let upgraded = set_up(&tenant, &desk, "--yes").with(0);
    println!("{}", upgraded.all());
    assert!(upgraded.tells("Grant Reports.Read.All") && !upgraded.tells("Make a client secret"), "{upgraded:#?}");
    assert_eq!(control.registrations(), registrations);
    let (roles, _) = control.granted(&facts.client_id).expect("the application");
    assert!(ALL.iter().all(|name| roles.iter().any(|role| role == name)), "{roles:?}");
    // The credential of before does not hold what was granted, and is not used any more.
    assert!(upgraded.tells("next: host-harness doctor acme"), "{upgraded:#?}");
    desk.run("collect acme").with(0);
    assert!(desk.count("SELECT count(*) FROM usage") > 0);
    let stays = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(stays.tells("stays, because set-up did not make it"), "{stays:#?}");
    assert_eq!(control.registrations(), registrations);
}

#[test]
fn a_person_without_a_role_gets_it_by_the_command_of_the_report_and_remove_takes_it_back() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let desk = tenant.desk();
    let (plugin, client, domain) = (built().connector.display(), &facts.public_client_id, &facts.domain);
    let settings = format!("--set tenant={domain} --set application-id={client} --set sign-in=browser");
    desk.run(&format!("configure acme --plugin {plugin} {settings} --yes")).with(0);
    let person = facts.user.principal_name.clone();
    let robot = tenant.robot(facts.user.clone(), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    runtime().block_on(robot.arrive(back));
    connect.end().with(0);
    let line = |subject: &str| {
        let rows: Vec<Value> = serde_json::from_str(&desk.run("doctor acme --format json").with(0).out).expect("rows");
        rows.into_iter().find(|row| row["subject"] == subject).expect("a line")
    };
    for subject in ["active-user-detail", "sign-ins"] {
        let lacking = line(subject);
        assert_eq!(lacking["because"], "The account that signed in has no role that may read this.", "{lacking:#}");
        assert_eq!(
            lacking["command"],
            format!("host-harness set-up acme --set 'give-role-to={person}'"),
            "{lacking:#}"
        );
    }

    let words = format!("--yes --set give-role-to={person}");
    let given = set_up(&tenant, &desk, &words).with(0);
    println!("{}", given.all());
    assert!(given.tells(&format!("Give {person} the role Reports Reader")), "{given:#?}");
    for subject in ["active-user-detail", "sign-ins"] {
        assert_eq!(line(subject)["state"], "works");
    }
    let again = set_up(&tenant, &desk, &words).with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    // Somebody who had a role before keeps it.
    let administrator = &facts.administrator.principal_name;
    set_up(&tenant, &desk, &format!("--yes --set give-role-to={administrator}")).with(0);
    let unknown = set_up(&tenant, &desk, "--yes --set give-role-to=nobody@contoso.com");
    assert!(unknown.code != 0 && unknown.tells("There is no user nobody@contoso.com in the tenant."), "{unknown:#?}");

    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    let taken = changes(&tenant.control()).into_iter().filter(|each| each.contains("DELETE /v1.0/roleManagement"));
    assert_eq!(taken.filter(|each| each.ends_with(" 204")).count(), 2);
    let nothing = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(nothing.tells("There is nothing to take away"), "{nothing:#?}");
}
