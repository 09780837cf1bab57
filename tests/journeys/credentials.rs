//! Of the secrets of an application, the one that the connection signs in with is told, and no other.

use std::time::Duration;

use serde_json::Value;
use simulator::Options;

use crate::desk::Desk;
use crate::doctor::{doctor, row, told};
use crate::set_up::set_up;
use crate::tenant::{Tenant, small};

const DAY: i64 = 86_400;

fn tenant() -> Tenant {
    Tenant::new(Options { users: 40, ..small() })
}

/// What `status` advises, and when a credential ends.
fn status(desk: &Desk) -> (String, Value) {
    let told: Value = serde_json::from_str(&desk.run("status acme --format json").with(0).out).expect("JSON");
    (told[0]["next"].as_str().expect("a sentence").to_owned(), told[0]["credential_ends"].clone())
}

/// `acme` signs in through a public client: with a password, by a code, or in the browser.
fn as_a_person(tenant: &Tenant, way: &str) -> Desk {
    let facts = tenant.facts();
    let mut desk = tenant.desk();
    desk.set("PASSWORD", facts.administrator.password.clone());
    let own = match way {
        "password" => format!(" --set user-name={} --secret-env password=PASSWORD", facts.administrator.principal_name),
        _ => String::new(),
    };
    let settings = format!("--set sign-in={way}{own}");
    desk.run(&tenant.configure_as("acme", &facts.public_client_id, &settings)).with(0);
    match way {
        "password" => desk.run("connect acme"),
        "browser" => tenant.led(&desk, "connect acme --no-browser", &facts.administrator, 1),
        _ => tenant.led_by_code(&desk, "connect acme", &facts.administrator),
    }
    .with(0);
    desk
}

#[test]
fn a_person_at_a_public_client_is_never_told_of_secrets_of_the_application_which_nothing_could_renew() {
    let tenant = tenant();
    let (control, client) = (tenant.control(), tenant.facts().public_client_id);
    assert!(control.add_secret(&client, "forgotten", -5 * DAY));
    for way in ["password", "device-code", "browser"] {
        let desk = as_a_person(&tenant, way);
        desk.run("run acme").with(0);
        let (next, ends) = status(&desk);
        assert!(!next.contains("secret") && ends.is_null(), "{way}: {next}");
        assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works", "{way}");
        let rotated = set_up_refused(&desk);
        assert!(rotated.contains("there is none to renew"), "{way}: {rotated}");
    }
    // Nor of one that ends soon.
    let desk = as_a_person(&tenant, "password");
    for days in [30, 14, 7, 1] {
        assert!(control.end_secret_in(&client, Duration::from_secs(days * 86_400 - 60)));
        desk.run("collect acme").with(0);
        assert_eq!(told(&desk), Vec::<String>::new(), "{days}");
        assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works", "{days}");
        assert!(!status(&desk).0.contains("secret"), "{days}");
    }
}

fn set_up_refused(desk: &Desk) -> String {
    let ended = desk.run("set-up acme --rotate --yes --no-browser");
    assert_ne!(ended.code, 0, "{ended:#?}");
    ended.all()
}

#[test]
fn of_several_secrets_ours_alone_is_told_30_14_7_and_1_days_before_and_renewed() {
    let tenant = tenant();
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    assert!(control.add_secret(&client, "of another connection", 400 * DAY));
    let desk = tenant.connected();
    for days in [30, 14, 7, 1] {
        // The other one ends on the same day, which is none of our concern.
        assert!(control.end_secret_in(&client, Duration::from_secs(days * 86_400 - 60)));
        desk.run("collect acme").with(0);
        let news = told(&desk);
        assert!(matches!(news.as_slice(), [one] if one.starts_with("The client secret \"first\" ends in")), "{news:?}");
        let line = row(&doctor(&desk, ""), "credentials").clone();
        assert!(line["because"].as_str().unwrap().starts_with("The client secret \"first\" ends in"), "{line:#}");
        assert_eq!(line["command"], "host-harness set-up acme --rotate");
        assert!(status(&desk).0.starts_with("The client secret \"first\" ends on"), "{}", status(&desk).0);
    }
    set_up(&tenant, &desk, "--rotate --yes").with(0);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    assert_eq!(control.secrets(&client).len(), 2, "that of the other connection stays");
    assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works");
    assert!(!status(&desk).0.contains("secret"), "{}", status(&desk).0);
    assert_eq!(told(&desk), Vec::<String>::new());
}

#[test]
fn a_secret_that_has_ended_beside_others_that_live_is_not_told_and_hides_no_other_advice() {
    let tenant = tenant();
    let (control, client) = (tenant.control(), tenant.facts().client_id);
    assert!(control.add_secret(&client, "long ago", -100 * DAY));
    assert!(control.add_secret(&client, "of another connection", 3 * DAY));
    let desk = tenant.connected();
    desk.run("run acme").with(0);
    assert_eq!(told(&desk), Vec::<String>::new());
    assert_eq!(row(&doctor(&desk, ""), "credentials")["state"], "works");
    let in_use = desk.column("SELECT title || ' ' || ifnull(in_use, '-') FROM credentials ORDER BY title");
    assert_eq!(
        in_use,
        ["client secret \"first\" 1", "client secret \"long ago\" 0", "client secret \"of another connection\" 0"]
    );
    let (next, _) = status(&desk);
    assert!(!next.contains("secret"), "{next}");
}
