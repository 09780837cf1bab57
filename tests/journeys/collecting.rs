//! Collecting: complete, repeatable, resumable, and never at the cost of what is there.

use std::collections::BTreeSet;
use std::time::Duration;

use simulator::{Fault, Mishap, Options, Premium};

use crate::desk::{Desk, differences};
use crate::tenant::{Tenant, small};

const PARTLY: i32 = 5;

#[test]
fn what_is_collected_is_what_there_is() {
    let tenant = Tenant::new(small());
    let (desk, ended) = tenant.collected();
    assert!(ended.out.contains("done"), "{ended:#?}");
    let truth = tenant.control().truth();

    let users: BTreeSet<String> =
        desk.column("SELECT id || ' ' || principal_name || ' ' || enabled FROM users").into_iter().collect();
    let truly = |(id, user): (&String, &simulator::TrueUser)| {
        format!("{id} {} {}", user.principal_name, i32::from(user.enabled))
    };
    assert_eq!(users, truth.users.iter().map(truly).collect());

    let seats: BTreeSet<String> =
        desk.column("SELECT DISTINCT user || ' ' || product FROM entitlements").into_iter().collect();
    let truly = truth.users.iter().flat_map(|(id, user)| user.skus.iter().map(move |sku| format!("{id} {sku}")));
    assert!(truly.collect::<BTreeSet<_>>().is_subset(&seats));

    for (sku, product) in &truth.products {
        let assigned = desk.count(&format!("SELECT seats_assigned FROM products WHERE id = '{sku}'"));
        assert_eq!(assigned, i64::from(product.consumed), "{}", product.part_number);
    }
}

#[test]
fn discovery_counts_what_the_log_holds() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let days: BTreeSet<String> =
        desk.column("SELECT DISTINCT day FROM application_use WHERE how = 'interactive'").into_iter().collect();
    let found: BTreeSet<String> = desk
        .column("SELECT application || ' ' || user || ' ' || day || ' ' || sign_ins || ' ' || failures FROM application_use WHERE how = 'interactive'")
        .into_iter()
        .collect();
    let truth = tenant.control().truth();
    let uses = truth.uses.iter().filter(|((_, _, day), _)| days.contains(day));
    let truly = uses.map(|((app, user, day), many)| format!("{app} {user} {day} {} {}", many.successes, many.failures));
    assert_eq!(found, truly.collect());
    // In the first hours of a day nobody has signed in yet.
    let oldest = desk.column("SELECT date('now', '-2 days')").remove(0);
    let recent: BTreeSet<String> =
        truth.uses.keys().map(|(_, _, day)| day.clone()).filter(|day| *day >= oldest).collect();
    assert_eq!(days, recent);
    assert!(days.len() > 1, "{days:?}");
}

#[test]
fn the_same_collection_twice_gives_the_same_rows() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let today = || desk.column("SELECT date('now')");
    let begun = today();
    let once = desk.rows();
    desk.run("run acme").with(0);
    // Days that were read in the background show among the applications of the next run.
    let twice = desk.rows();
    desk.run("run acme").with(0);
    let thrice = desk.rows();
    if today() != begun {
        // A new day is another collection, with other windows.
        return the_same_collection_twice_gives_the_same_rows();
    }
    assert_eq!(differences(&twice, &thrice), [""; 0]);
    let stable = |rows: &crate::desk::Rows| {
        let mut rows = rows.clone();
        for merged in ["applications", "notifications"] {
            rows.remove(merged);
        }
        rows
    };
    assert_eq!(differences(&stable(&once), &stable(&twice)), [""; 0]);
    assert!(once["users"].len() == 120 && !once["recommendations"].is_empty());
}

/// A tenant whose collection has many steps.
fn with_many_pages() -> Options {
    Options { users: 2200, empty_page_every: 2, latency: Duration::from_millis(15), ..small() }
}

#[test]
fn killed_in_the_middle_it_goes_on_and_the_rows_are_those_of_an_undisturbed_run() {
    let tenant = Tenant::new(with_many_pages());
    let (undisturbed, _) = tenant.collected();
    undisturbed.run("run acme").with(0);
    let desk = tenant.connected();
    let all = || tenant.control().requests().len();
    for many in [3, 9, 14, 22, 40] {
        let before = all();
        let mut child = desk.start("run acme");
        while all() < before + many && child.try_wait().expect("the host runs").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("SIGKILL");
        child.wait().expect("it is gone");
    }
    desk.run("run acme").with(0);
    desk.run("run acme").with(0);
    assert_eq!(differences(&undisturbed.rows(), &desk.rows()), [""; 0]);
}

#[test]
fn killed_in_the_middle_it_goes_on_at_the_next_step() {
    let tenant = Tenant::new(Options { users: 2200, ..small() });
    let desk = tenant.connected();
    let pages = "signInActivity";
    let before = tenant.requests(pages).len();
    // The third page never comes, so that the first two are surely kept when the host is killed.
    let hang = Fault::next(pages, Mishap::Hang(Duration::from_secs(600))).after(2).times(1);
    tenant.control().inject(hang);
    let mut child = desk.start("collect acme");
    let unfinished = "SELECT count(*) FROM row_activity";
    tenant.wait_for(pages, before + 2);
    // A page has 500 users at most.
    while desk.count(unfinished) <= 500 {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it is gone");
    tenant.control().clear_faults();
    let first = tenant.requests(pages)[before..][..2].to_vec();
    let so_far = tenant.requests(pages).len();
    desk.run("collect acme").with(0);
    let resumed = tenant.requests(pages)[so_far..].to_vec();
    assert!(!resumed.is_empty());
    assert!(first.iter().all(|page| !resumed.contains(page)), "{resumed:#?}");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 2200);
}

#[test]
fn interrupted_from_the_keyboard_it_says_so_and_goes_on_later() {
    let tenant = Tenant::new(Options { latency: Duration::from_millis(200), ..small() });
    let desk = tenant.connected();
    let before = tenant.requests("").len();
    let child = desk.start("run acme");
    tenant.wait_for("", before + 2);
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill starts");
    assert!(killed.success());
    let ended = crate::desk::Ended::from(child.wait_with_output().expect("it ends")).with(130);
    assert!(ended.all().contains("Nothing is lost"), "{ended:#?}");
    desk.run("run acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

#[test]
fn who_vanished_upstream_vanishes_at_the_next_complete_run() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let gone = desk.column("SELECT user FROM entitlements ORDER BY user DESC LIMIT 1").remove(0);
    assert!(tenant.control().remove_user(&gone));
    let about = |desk: &Desk| {
        let of =
            |view: &str, column: &str| desk.count(&format!("SELECT count(*) FROM {view} WHERE {column} = '{gone}'"));
        (of("users", "id"), of("entitlements", "user") > 0, of("recommendations", "subject") > 0)
    };

    // A run that is not complete leaves what is there.
    let broken = Mishap::Answer { status: 400, headers: vec![], body: "{}".into() };
    tenant.control().inject(Fault::next("/v1.0/users", broken).times(50));
    desk.run("collect acme").with(PARTLY);
    assert_eq!(about(&desk).0, 1);

    tenant.control().clear_faults();
    desk.run("collect acme").with(0);
    assert_eq!(about(&desk), (0, false, false));
    assert_eq!(desk.count("SELECT count(*) FROM users"), 119);
}

#[test]
fn a_refusal_leaves_the_last_good_rows_marked_stale_and_shows_the_gap() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let before = desk.rows();
    assert!(!before["usage"].is_empty());
    let client = tenant.facts().client_id;
    tenant.control().set_roles(&client, &["Directory.Read.All", "AuditLog.Read.All"]);
    tenant.control().expire_tokens();
    let ended = desk.run("collect acme").with(PARTLY);
    assert!(ended.all().contains("Reports.Read.All"), "{ended:#?}");
    assert_eq!(before["usage"], desk.rows()["usage"]);
    let status = desk.run("status acme --format json").with(0);
    let status: serde_json::Value = serde_json::from_str(&status.out).expect("JSON");
    // All reports, and the days of them that were asked for again.
    assert!(status[0]["stale"].as_u64().is_some_and(|stale| stale >= 13), "{status}");
    let gaps = desk.show("gaps");
    let told = gaps.iter().find(|gap| gap["dataset"] == "active-user-detail").unwrap_or_else(|| panic!("{gaps:#?}"));
    assert!(told.to_string().contains("Reports.Read.All"), "{told}");

    // Given back, it is fresh again and the gap is gone.
    tenant.control().set_roles(&client, &["Directory.Read.All", "AuditLog.Read.All", "Reports.Read.All"]);
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert!(desk.show("gaps").iter().all(|gap| gap["dataset"] != "active-user-detail"));
}

#[test]
fn eight_tasks_renew_one_credential_exactly_once() {
    let tenant = Tenant::new(Options { latency: Duration::from_millis(60), ..small() });
    let (desk, _) = tenant.collected();
    let tokens = || tenant.control().token_requests().values().sum::<u32>();
    // The stored credential is refused to all tasks at the same time.
    tenant.control().expire_tokens();
    let before = tokens();
    desk.run("run acme").with(0);
    assert_eq!(tokens(), before + 1);
    let refused = tenant.control().requests().iter().filter(|request| request.status == 401).count();
    assert!(refused > 1, "only {refused} tasks met the ended credential");
    // A good one is used again.
    desk.run("run acme").with(0);
    assert_eq!(tokens(), before + 1);
}

#[test]
fn a_tenant_without_premium_is_told_so_and_everything_else_is_collected() {
    let tenant = Tenant::new(Options { premium: Premium::None, retention_days: 7, ..small() });
    let desk = tenant.connected();
    // What was not bought is missing, and nothing went wrong.
    let ended = desk.run("run acme").with(0);
    assert!(ended.tells("Buy Microsoft Entra ID P1") && ended.tells("not licensed"), "{ended:#?}");
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
    assert!(desk.count("SELECT count(*) FROM usage") > 0);
    assert!(desk.count("SELECT count(*) FROM recommendations") > 0);
    assert!(desk.count("SELECT count(*) FROM applications") > 0);
    assert_eq!(desk.count("SELECT count(*) FROM activity"), 0);
    // Unknown is never zero; what Microsoft adds up itself names no users, and says so.
    assert_eq!(desk.count("SELECT count(*) FROM applications WHERE users IS NOT NULL"), 0);
    assert_eq!(desk.count("SELECT count(*) FROM applications WHERE sign_ins IS NOT NULL AND source <> 'aggregate'"), 0);
    assert!(desk.count("SELECT count(*) FROM applications WHERE sign_ins > 0") > 5);
    assert_eq!(desk.count("SELECT count(*) FROM notifications WHERE topic = 'premium-missing' AND NOT baseline"), 1);
    let gaps = desk.show("gaps");
    for dataset in ["activity", "sign-ins"] {
        assert!(gaps.iter().any(|gap| gap["dataset"] == dataset), "{dataset}: {gaps:#?}");
    }
}

#[test]
fn free_products_and_trials_are_marked_and_never_valued() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    assert!(desk.count("SELECT count(*) FROM products WHERE tier = 'free'") > 0);
    assert!(desk.count("SELECT count(*) FROM products WHERE tier = 'trial'") > 0);
    let of =
        "SELECT count(*) FROM {} JOIN products ON products.id = {}.product WHERE products.tier IN ('free', 'trial')";
    for view in ["prices", "recommendations"] {
        assert_eq!(desk.count(&of.replace("{}", view)), 0, "{view}");
    }
    let valued = desk.show("subscriptions");
    let unpaid = valued.iter().filter(|row| row["tier"] != "paid");
    assert!(unpaid.clone().count() > 1);
    assert!(unpaid.clone().all(|row| row["monthly_cost"].is_null()), "{valued:#?}");
}

#[test]
fn throttling_and_outages_are_waited_for() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    let throttled = |status: u16| Mishap::Answer {
        status,
        headers: vec![("Retry-After".into(), "1".into())],
        body: r#"{"error":{"code":"TooManyRequests","message":"Too many"}}"#.into(),
    };
    tenant.control().inject(Fault::next("/v1.0/users", throttled(429)));
    tenant.control().inject(Fault::next("/v1.0/subscribedSkus", throttled(503)));
    tenant.control().inject(Fault::next("/v1.0/organization", Mishap::Drop));
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

#[test]
fn a_service_that_wants_silence_for_an_hour_is_left_alone_and_the_run_ends_and_goes_on_later() {
    let tenant = Tenant::new(small());
    let control = tenant.control();
    let desk = tenant.connected();
    let silence = Mishap::Answer {
        status: 429,
        headers: vec![("Retry-After".into(), "3600".into())],
        body: r#"{"error":{"code":"TooManyRequests","message":"Too many"}}"#.into(),
    };
    control.inject(Fault::next("/v1.0/users", silence));
    let before = control.requests().len();
    let ended = desk.run("collect acme").with(5);
    assert!(ended.tells("asks for fewer requests"), "{ended:#?}");
    let asked = control.requests_since(before);
    let of_the_directory = |path: &str| ["users", "groups", "servicePrincipals"].iter().any(|end| path.ends_with(end));
    assert_eq!(asked.iter().filter(|request| request.status == 429).count(), 1);
    assert!(asked.iter().filter(|request| of_the_directory(&request.path)).count() <= 4, "{asked:#?}");
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
}

#[test]
fn the_credential_is_never_shown_to_the_server_of_report_files() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    assert!(desk.count("SELECT count(*) FROM usage") > 0);
    assert_eq!(tenant.control().leaks(), 0);
}

#[test]
fn concealed_names_are_told_and_nobody_is_called_inactive_for_them() {
    let tenant = Tenant::new(Options { concealed: true, premium: Premium::None, ..small() });
    let desk = tenant.connected();
    desk.run("run acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM recommendations WHERE rule = 'inactive'"), 0);
    assert!(desk.show("gaps").iter().any(|gap| gap["dataset"] == "active-user-detail"));
}
