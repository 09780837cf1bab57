//! Set-up, run again, beside others, and taken back: what others made and what was chosen before stays.

use std::time::Duration;

use serde_json::Value;
use simulator::{Fault, Mishap, Options};

use crate::desk::Desk;
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new, set_up};
use crate::tenant::{Tenant, runtime, small};

/// Connects `acme` with the secret of an application that was there before.
fn of_an_application_that_was_there(tenant: &Tenant, roles: &[&str]) -> Desk {
    assert!(tenant.control().set_roles(&tenant.facts().client_id, roles));
    tenant.connected()
}

fn row(desk: &Desk, subject: &str) -> Value {
    let rows: Vec<Value> = serde_json::from_str(&desk.run("doctor acme --format json").with(0).out).expect("rows");
    rows.into_iter().find(|row| row["subject"] == subject).expect("a line")
}

#[test]
fn only_the_user_who_was_made_is_removed_and_nobody_else_with_the_same_job_title() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    let users = control.truth().users.len();
    let named = format!("{} --set application-name=Accountant --set restricted-user=reports-reader", new(&tenant));
    set_up(&tenant, &desk, &named).with(0);
    assert_eq!(control.made_users().len(), 1);
    // Accountants there are some in the finance department. The name is not given again: it is that of the application.
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!((control.made_users().len(), control.truth().users.len()), (0, users));
}

#[test]
fn a_second_connection_to_the_same_application_leaves_the_secret_of_the_first() {
    let tenant = Tenant::new(small());
    let (first, second) = (tenant.desk(), tenant.desk());
    set_up(&tenant, &first, &new(&tenant)).with(0);
    let ended = set_up(&tenant, &second, &new(&tenant)).with(0);
    println!("{}", ended.all());
    assert!(ended.tells("Others that set-up made stay"), "{ended:#?}");
    for desk in [&first, &second] {
        desk.run("connect acme").with(0);
    }
    set_up(&tenant, &second, "--yes --rotate").with(0);
    second.run("connect acme").with(0);
    for desk in [&first, &second] {
        desk.run("collect acme").with(0);
    }
}

#[test]
fn features_that_were_chosen_stay_until_others_are_named() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set features=spend", new(&tenant))).with(0);
    desk.run("connect acme").with(0);
    // What was not chosen is no failure of a run.
    let collected = desk.run("collect acme --format json").with(0);
    let rows: Vec<Value> = serde_json::from_str(&collected.out).expect("rows");
    let (failed, not_possible) = (&rows[0]["failed"], &rows[0]["not_possible"]);
    assert!(failed == 0 && not_possible.as_u64() > Some(10), "{rows:#?}");
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    let lacking = row(&desk, "active-user-detail");
    assert_eq!(lacking["command"], "host-harness set-up acme --set 'features=+use'", "{lacking:#}");
    let wider = set_up(&tenant, &desk, "--yes --set features=+use").with(0);
    assert!(wider.tells("Grant Reports.Read.All"), "{wider:#?}");
    assert_eq!(row(&desk, "active-user-detail")["state"], "works");
    let lacking = row(&desk, "sign-ins");
    assert_eq!(lacking["command"], "host-harness set-up acme --set 'features=+applications'", "{lacking:#}");
    // One command after the other: the second takes nothing back.
    set_up(&tenant, &desk, "--yes --set features=+applications").with(0);
    for subject in ["active-user-detail", "sign-ins", "users"] {
        assert_eq!(row(&desk, subject)["state"], "works", "{subject}");
    }
}

#[test]
fn what_set_up_added_to_an_application_of_others_is_taken_back_and_nothing_else() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let before = ["AuditLog.Read.All", "Directory.Read.All"];
    let desk = of_an_application_that_was_there(&tenant, &before);
    set_up(&tenant, &desk, "--yes").with(0);
    assert_eq!(control.granted(&client).expect("the application").0.len(), 4);
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    let mut left = control.granted(&client).expect("the application").0;
    left.sort();
    assert_eq!(left, before);
    let again = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(again.tells("There is nothing to take away"), "{again:#?}");
}

#[test]
fn what_others_granted_in_another_way_stays_and_what_was_given_is_known_after_a_run_that_stopped() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let held = ["AuditLog.Read.All", "Directory.Read.All"];
    assert!(control.set_scopes(&client, &held));
    assert!(control.set_roles(&client, &[]));
    let desk = tenant.desk();
    desk.run(&tenant.configure()).with(0);
    let paula = tenant.facts().user.principal_name;
    let denied = Mishap::Answer { status: 403, headers: Vec::new(), body: "{}".to_owned() };
    // The third permission is refused: what came before is known all the same.
    control.inject(Fault::next("appRoleAssignedTo", denied).after(2));
    set_up(&tenant, &desk, &format!("--yes --set features=spend,use,activity,applications --set give-role-to={paula}"))
        .with(5);
    set_up(&tenant, &desk, &format!("--yes --set features=spend,use,activity,applications --set give-role-to={paula}"))
        .with(0);
    assert_eq!(control.granted(&client).expect("the application").0.len(), 4);
    set_up(&tenant, &desk, "--yes").with(0);
    set_up(&tenant, &desk, "--yes --remove").with(0);
    let (roles, scopes) = control.granted(&client).expect("the application");
    assert_eq!((roles, scopes), (Vec::<String>::new(), held.map(str::to_owned).to_vec()));
    let taken = changes(&control).into_iter().filter(|each| each.contains("DELETE /v1.0/roleManagement"));
    assert_eq!(taken.count(), 1);
}

#[test]
fn nothing_is_taken_away_or_renewed_of_a_connection_that_has_no_application() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let (first, second) = (tenant.desk(), tenant.desk());
    set_up(&tenant, &first, &new(&tenant)).with(0);
    let before = control.registrations();
    set_up(&tenant, &second, &format!("{} --set application-name=Other", new(&tenant))).with(0);
    set_up(&tenant, &second, "--yes --remove").with(0);
    for _ in 0..2 {
        let nothing = set_up(&tenant, &second, "--yes --remove").with(0);
        assert!(nothing.tells("There is nothing to take away"), "{nothing:#?}");
        assert!(nothing.tells("--set application-name=NAME"), "{nothing:#?}");
    }
    assert_ne!(set_up(&tenant, &second, "--yes --rotate").code, 0);
    assert_eq!(control.registrations(), before);
    first.run("connect acme").with(0);
    // By its name it is found, such as for a connection that was forgotten.
    set_up(&tenant, &second, "--yes --remove --set application-name=Binadox").with(0);
    assert_eq!(control.registrations(), before);
}

#[test]
fn a_setting_that_does_not_fit_is_refused_before_the_secret_is_renewed() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let before = changes(&tenant.control());
    let wrong = desk.run("set-up acme --rotate --yes --no-browser --set history-days=99");
    assert!(wrong.code == 3 && wrong.tells("history-days"), "{wrong:#?}");
    let password = desk.run("set-up acme --yes --no-browser --set sign-in=password");
    assert!(password.code == 3 && password.tells("restricted-user"), "{password:#?}");
    assert_eq!(changes(&tenant.control()), before);
    desk.run("connect acme").with(0);
}

#[test]
fn a_connection_with_a_secret_goes_over_to_codes_and_keeps_proving_itself() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    set_up(&tenant, &desk, "--yes --set sign-in=device-code").with(0);
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme"));
    let (page, code) = (connect.page(), connect.code());
    runtime().block_on(robot.enter_code(&page, &code));
    connect.end().with(0);
    desk.run("collect acme").with(0);
}

#[test]
fn a_restricted_user_whose_password_is_not_known_here_is_left_to_whoever_knows_it() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let words = format!("{} --set sign-in=password --set restricted-user=reports-reader", new(&tenant));
    let (first, second) = (tenant.desk(), tenant.desk());
    set_up(&tenant, &first, &words).with(0);
    first.run("connect acme").with(0);
    // A connection that knows the password keeps the user.
    let again = set_up(&tenant, &first, "--yes --set restricted-user=reports-reader").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    let refused = set_up(&tenant, &second, &words);
    assert!(refused.code != 0 && refused.tells("this connection does not know the password"), "{refused:#?}");
    first.run("connect acme").with(0);
    set_up(&tenant, &first, "--yes --remove").with(0);
    assert_eq!(control.made_users(), Vec::<String>::new());
    let configured = first.run("configure acme --yes");
    assert!(configured.code == 3 && configured.tells("user-name") && configured.tells("password"), "{configured:#?}");
    set_up(&tenant, &second, &words).with(0);
    second.run("connect acme").with(0);
}

#[test]
fn to_take_away_is_asked_first_and_an_interruption_tells_what_exists() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let nobody = desk.run("set-up acme --remove").code;
    assert_eq!(nobody, 2);
    // It is not known everywhere yet, for longer than the person waits.
    let body = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist."}}"#.to_owned();
    let unknown = Mishap::Answer { status: 404, headers: Vec::new(), body };
    let control = tenant.control();
    control.inject(Fault::next("appRoleAssignedTo", unknown).times(100));
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    let mut asking = Asking::of(desk.start(&format!("set-up acme --no-browser {}", new(&tenant))));
    let back = runtime().block_on(robot.browse(&asking.page()));
    runtime().block_on(robot.arrive(back));
    while !changes(&control).iter().any(|each| each.ends_with("404")) {
        std::thread::sleep(Duration::from_millis(5));
    }
    asking.interrupt();
    let ended = asking.end();
    println!("{}", ended.all());
    assert_eq!(ended.code, 5);
    assert!(ended.tells("Create the application") && ended.tells("Set-up was given up"), "{ended:#?}");
    control.clear_faults();
    let again = set_up(&tenant, &desk, &new(&tenant)).with(0);
    assert!(!again.tells("Create the application"), "{again:#?}");
}

#[test]
fn names_that_are_concealed_are_shown_by_the_command_of_the_report_and_concealed_again() {
    let tenant = Tenant::new(Options { concealed: true, ..small() });
    let desk = tenant.connected();
    let concealed = row(&desk, "active-user-detail");
    assert_eq!(concealed["state"], "degraded");
    assert_eq!(concealed["command"], "host-harness set-up acme --set 'report-names=shown'", "{concealed:#}");
    let shown = set_up(&tenant, &desk, "--yes --set report-names=shown").with(0);
    assert!(shown.tells("Show the names in usage reports"), "{shown:#?}");
    assert_eq!(row(&desk, "active-user-detail")["state"], "works");
    let again = set_up(&tenant, &desk, "--yes --set report-names=shown").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(removed.tells("Conceal the names in usage reports again"), "{removed:#?}");
    desk.run("connect acme").with(0);
    assert_eq!(row(&desk, "active-user-detail")["state"], "degraded");
    let nothing = set_up(&tenant, &desk, "--yes --remove").with(0);
    assert!(nothing.tells("There is nothing to take away"), "{nothing:#?}");
}

#[test]
fn an_application_id_that_the_tenant_does_not_know_makes_no_other_application() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    let before = control.registrations();
    let unknown = "99990000-aaaa-4bbb-8ccc-ddddeeeeffff";
    let words = format!("{} --set application-id={unknown}", new(&tenant));
    let refused = set_up(&tenant, &desk, &words);
    println!("{}", refused.all());
    assert!(refused.code != 0 && refused.tells(&format!("has no application with the id {unknown}")), "{refused:#?}");
    assert_eq!((changes(&control), control.registrations()), (Vec::new(), before));
    // By a name, another is made on purpose.
    set_up(&tenant, &desk, &format!("{words} --set application-name=Another")).with(0);
    assert_eq!(control.registrations(), before + 1);
    desk.run("connect acme").with(0);
}

#[test]
fn a_user_whose_password_nobody_gave_is_told_before_anything_is_made() {
    let tenant = Tenant::new(small());
    let (control, paula) = (tenant.control(), tenant.facts().user);
    let mut desk = tenant.desk();
    let words = format!(
        "{} --set sign-in=password --set user-name={} --set restricted-user=reports-reader",
        new(&tenant),
        paula.principal_name
    );
    let refused = set_up(&tenant, &desk, &words);
    println!("{}", refused.all());
    assert!(refused.code != 0 && refused.tells("this connection does not know the password"), "{refused:#?}");
    assert_eq!(changes(&control), Vec::<String>::new());

    // With the password she gets the role; she and her other roles stay when all is taken back.
    desk.set("PASSWORD", paula.password.clone());
    let given = set_up(&tenant, &desk, &format!("{words} --secret-env password=PASSWORD")).with(0);
    let told = format!("Give {} the role Reports Reader", paula.principal_name);
    assert!(given.tells(&told), "{given:#?}");
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    assert!(removed.tells("Take the role Reports Reader back") && !removed.tells("Delete the user"), "{removed:#?}");
}

#[test]
fn the_classic_pair_of_roles_goes_before_the_user_whom_graph_lets_nobody_delete_with_them() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set restricted-user=classic", new(&tenant))).with(0);
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    assert!(removed.tells("Take the role Billing Administrator back"), "{removed:#?}");
    assert_eq!(control.made_users(), Vec::<String>::new());
}

#[test]
fn the_restricted_user_goes_also_when_the_application_has_another_name_by_then() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set restricted-user=reports-reader", new(&tenant))).with(0);
    let client = crate::set_up_record::setting(&desk, "application-id");
    assert!(control.rename_registration(&client, "Spend and use"));
    let again = set_up(&tenant, &desk, "--yes --set restricted-user=reports-reader").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!(control.made_users(), Vec::<String>::new());
}

#[test]
fn a_choice_is_understood_in_any_letters() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let words = format!("{} --set sign-in=Certificate --set restricted-user=None", new(&tenant));
    let made = set_up(&tenant, &desk, &words).with(0);
    assert!(made.tells("Make a certificate") && made.tells("to the application"), "{made:#?}");
    assert!(!made.tells("Grant everybody"), "{made:#?}");
    desk.run("connect acme").with(0);
}

#[test]
fn what_was_taken_off_the_list_by_hand_is_neither_widened_nor_undone_by_a_run_that_names_no_features() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set features=use", new(&tenant))).with(0);
    let client = crate::set_up_record::setting(&desk, "application-id");
    let granted = control.granted(&client);
    assert!(control.unlist(&client, "ReportSettings.Read.All"));
    let again = set_up(&tenant, &desk, "--yes").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
    assert_eq!(control.granted(&client), granted);

    // All features, and one permission is off the list: what adds it takes nothing else.
    set_up(&tenant, &desk, "--yes --set features=spend,use,activity,applications").with(0);
    let mut all = control.granted(&client).expect("the application").0;
    all.sort();
    assert_eq!(all.len(), 4);
    assert!(control.unlist(&client, "AuditLog.Read.All"));
    set_up(&tenant, &desk, "--yes --set features=+activity").with(0);
    let mut after = control.granted(&client).expect("the application").0;
    after.sort();
    assert_eq!(after, all);
    // Named without a plus, they are all there is.
    set_up(&tenant, &desk, "--yes --set features=use").with(0);
    let mut left = control.granted(&client).expect("the application").0;
    left.sort();
    assert_eq!(left, ["ReportSettings.Read.All", "Reports.Read.All"]);
}

#[test]
fn a_secret_that_could_not_be_taken_away_stays_in_the_connection() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    let paula = tenant.facts().user.principal_name;
    let desk = tenant.desk();
    let words = format!("{} --set application-id={client} --set give-role-to={paula}", new(&tenant));
    set_up(&tenant, &desk, &words).with(0);
    desk.run("connect acme").with(0);
    let denied = Mishap::Answer { status: 403, headers: Vec::new(), body: "{}".to_owned() };
    control.inject(Fault::next("removePassword", denied));
    let secrets = control.secrets(&client).len();
    set_up(&tenant, &desk, "--yes --remove").with(5);
    assert_eq!(control.secrets(&client).len(), secrets);
    desk.run("connect acme").with(0);
    set_up(&tenant, &desk, "--yes --remove").with(0);
    assert_eq!(control.secrets(&client).len(), secrets - 1);
    assert_ne!(desk.run("connect acme").code, 0);
}

#[test]
fn what_was_added_is_known_also_when_the_answer_was_lost() {
    let tenant = Tenant::new(small());
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    assert!(control.forget_redirects(&client) && control.unlist(&client, "Reports.Read.All"));
    let before = control.redirects(&client);
    let desk = tenant.connected();
    control.inject(Fault::next("/v1.0/applications/", Mishap::Lose));
    set_up(&tenant, &desk, "--yes").with(0);
    assert!(!control.redirects(&client).expect("the application").0.is_empty());
    let removed = set_up(&tenant, &desk, "--yes --remove").with(0);
    println!("{}", removed.all());
    assert!(removed.tells("list 1 permission less"), "{removed:#?}");
    assert_eq!(control.redirects(&client), before);
}

#[test]
fn a_preview_tells_that_the_secret_which_has_ended_goes() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &new(&tenant)).with(0);
    let client = crate::set_up_record::setting(&desk, "application-id");
    assert!(tenant.control().expire_secret(&client));
    let preview = set_up(&tenant, &desk, "--preview").with(0);
    println!("{}", preview.all());
    assert!(preview.tells("Make a client secret") && preview.tells("Take away the client secret"), "{preview:#?}");
    let done = set_up(&tenant, &desk, "--yes").with(0);
    assert!(done.tells("Make a client secret") && done.tells("Take away the client secret"), "{done:#?}");
}

#[test]
fn an_application_by_which_another_connection_signs_in_stays_unless_it_is_named() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let before = control.registrations();
    let (first, second) = (tenant.desk(), tenant.desk());
    set_up(&tenant, &first, &new(&tenant)).with(0);
    let joined = set_up(&tenant, &second, &new(&tenant)).with(0);
    assert!(joined.tells("was there already"), "{joined:#?}");
    let removed = set_up(&tenant, &second, "--yes --remove").with(0);
    println!("{}", removed.all());
    assert!(removed.tells("stays, because another connection may sign in"), "{removed:#?}");
    assert_ne!(second.run("connect acme").code, 0);
    first.run("connect acme").with(0);
    // The last one takes it along.
    set_up(&tenant, &first, "--yes --remove").with(0);
    assert_eq!(control.registrations(), before);

    let shared = format!("{} --set application-name=Shared", new(&tenant));
    set_up(&tenant, &first, &shared).with(0);
    // The id of before leads nowhere, and the name does.
    set_up(&tenant, &second, &shared).with(0);
    set_up(&tenant, &second, "--yes --remove --set application-name=Shared").with(0);
    assert_eq!(control.registrations(), before);
}

#[test]
fn who_leaves_the_classic_pair_of_roles_keeps_neither() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    set_up(&tenant, &desk, &format!("{} --set sign-in=browser --set restricted-user=classic", new(&tenant))).with(0);
    let left = set_up(&tenant, &desk, "--yes --set restricted-user=reports-reader").with(0);
    println!("{}", left.all());
    for told in ["Give binadox-reader", "Take the role Billing Administrator", "Take the role Security Reader"] {
        assert!(left.tells(told), "{told}: {left:#?}");
    }
    let again = set_up(&tenant, &desk, "--yes --set restricted-user=reports-reader").with(0);
    assert!(again.tells("nothing was changed"), "{again:#?}");
}

#[test]
fn names_that_cannot_be_given_are_told_before_anything_is_made() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    let words = format!("{} --set sign-in=browser --set restricted-user=reports-reader", new(&tenant));
    let elsewhere = set_up(&tenant, &desk, &format!("{words} --set restricted-user-name=a@fabrikam.com"));
    println!("{}", elsewhere.all());
    assert!(elsewhere.code != 0 && elsewhere.tells("keeps no users of its own in fabrikam.com"), "{elsewhere:#?}");
    let domain = tenant.facts().domain;
    assert!(elsewhere.tells(&format!("binadox-reader@{domain}")), "{elsewhere:#?}");
    for (wrong, field) in [
        ("restricted-user-name=\u{fc}ber", "restricted-user-name"),
        ("restricted-user-name=a@b", "restricted-user-name"),
        ("application-id=foo", "application-id"),
        (&format!("application-name={}", "x".repeat(101)), "application-name"),
    ] {
        let refused = desk.run(&format!("set-up acme --no-browser {words} --set {wrong}"));
        assert!(refused.code == 3 && refused.tells(field), "{wrong}: {refused:#?}");
    }
    assert_eq!(changes(&tenant.control()), Vec::<String>::new());
}
