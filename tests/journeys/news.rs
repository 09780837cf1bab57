//! News: applications that are first seen after the baseline.

use simulator::LateSignIn;

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

/// An application of a third party that nobody has used, and a user.
pub fn unused(tenant: &Tenant, desk: &Desk) -> (String, String) {
    let truth = tenant.control().truth();
    let used: Vec<_> =
        truth.uses.keys().map(|(app, ..)| app).chain(truth.programs.keys().map(|(_, app, ..)| app)).collect();
    let installed = desk.column(
        // One that can be integrated would be told twice: that it is new, and that it can.
        "SELECT i.id FROM installed_applications i JOIN applications a ON a.id = i.id
         WHERE NOT i.first_party AND NOT i.home_made AND coalesce(integration LIKE '%no connector yet)', 1)",
    );
    let application = installed.into_iter().find(|id| !used.contains(&id));
    let user = desk.column("SELECT id FROM users WHERE enabled LIMIT 1").remove(0);
    (application.expect("an application that nobody has used"), user)
}

#[test]
fn what_is_there_at_the_beginning_is_no_news_and_what_comes_later_is_told_once() {
    let tenant = Tenant::new(small());
    let (desk, ended) = tenant.collected();
    assert!(ended.all().contains("1 new notification"), "{ended:#?}");
    let told = desk.show("notifications --new");
    let topics: Vec<_> = told.iter().map(|row| row["topic"].as_str()).collect();
    assert_eq!(topics, [Some("baseline")], "one summary and no flood: {told:#?}");
    // The days that were backfilled after the baseline do not tell either.
    desk.run("run acme").with(0);
    assert!(desk.show("notifications --new").is_empty());

    let (application, user) = unused(&tenant, &desk);
    let now = tenant.control().now();
    let sign_in = LateSignIn { user_id: user, app_id: application.clone(), at: now, visible_from: now, error: 0 };
    assert!(tenant.control().add_sign_in(&sign_in));
    let ended = desk.run("discover acme").with(0);
    assert!(ended.all().contains("1 new notification"), "{ended:#?}");
    let told = desk.show("notifications --new");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["topic"], "new-application", "{told:#?}");
    assert_eq!(
        desk.column("SELECT subject FROM notifications WHERE NOT baseline AND topic <> 'baseline'"),
        [application]
    );

    desk.run("discover acme").with(0);
    assert!(desk.show("notifications --new").is_empty());
    assert_eq!(desk.column("SELECT id FROM notifications WHERE NOT baseline").len(), 2);
}

#[test]
fn a_failed_sign_in_is_no_use() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    desk.show("notifications --new");
    let (application, user) = unused(&tenant, &desk);
    let now = tenant.control().now();
    let attempt = LateSignIn { user_id: user, app_id: application, at: now, visible_from: now, error: 50_126 };
    assert!(tenant.control().add_sign_in(&attempt));
    desk.run("discover acme").with(0);
    assert!(desk.show("notifications --new").is_empty());
}
