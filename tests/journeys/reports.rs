//! Usage reports: every one of them, their days, what is not fetched again, and the history that grows.

use std::collections::BTreeSet;

use rusqlite::Connection;
use simulator::{Cloud, Options};

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

const PARTLY: i32 = 5;

/// Requests for the days of activity.
const DAYS: &str = "getOffice365ActiveUserDetail(date=";

/// Days that a first run asks for: those from 2 to 28 days ago.
const HISTORY: usize = 27;

/// Days that are asked for again: those that ended less than five days ago and are there.
const LATE: usize = 4;

fn days(desk: &Desk) -> Vec<String> {
    desk.column(
        "SELECT task FROM partitions WHERE dataset = 'active-user-days' AND published IS NOT NULL ORDER BY task",
    )
}

#[test]
fn every_report_is_collected_and_none_that_is_the_same_is_fetched_again() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    let features: BTreeSet<String> = desk.column("SELECT DISTINCT feature FROM usage").into_iter().collect();
    for feature in [
        "exchange",
        "apps-windows",
        "word-windows",
        "activation-mac",
        "copilot-word",
        "mail-sent",
        "mail-app-outlook-web",
        "mailbox",
        "teams-audio",
        "teams-device-ios",
        "onedrive-files",
        "onedrive-storage",
        "sharepoint-pages",
        "viva-engage-read",
    ] {
        assert!(features.contains(feature), "{feature} is not in {features:?}");
    }
    // Each report was fetched once, and each day.
    let fetched = || tenant.requests("/data/v1.0/download").len();
    assert_eq!(fetched(), 13 + HISTORY);
    let before = desk.rows();
    desk.run("run acme").with(0);
    assert_eq!(fetched(), 13 + HISTORY);
    assert_eq!(desk.rows()["usage"], before["usage"]);
    assert_eq!(tenant.requests(DAYS).len(), HISTORY + LATE);
    // Seats of the day are written down once, however often it is run.
    let seats = "SELECT count(*) FROM seat_history";
    assert!(desk.count(seats) > 0);
    assert_eq!(desk.count(seats), desk.count("SELECT count(*) FROM products WHERE tier = 'paid'"));
}

#[test]
fn days_that_come_late_are_read_again_and_nothing_is_counted_twice() {
    // Enough persons that some work at a weekend too.
    let tenant = Tenant::new(Options { users: 600, ..small() });
    tenant.control().set_late_reports(true);
    let (desk, _) = tenant.collected();
    let asked = tenant.requests(DAYS);
    let newest_first: Vec<&String> = asked.iter().rev().collect();
    assert!(newest_first.is_sorted(), "{asked:?}");
    let users = "SELECT count(DISTINCT principal_name) FROM usage WHERE \"from\" = \"to\"";
    let newest = days(&desk).last().and_then(|task| task.strip_prefix("active-user-days/").map(str::to_owned));
    let newest = newest.expect("a day was published");
    let of_newest = format!("SELECT count(*) FROM usage WHERE \"from\" = '{newest}' AND \"to\" = '{newest}'");
    let (early, all) = (desk.count(&of_newest), desk.count(users));
    tenant.control().set_late_reports(false);
    desk.run("run acme").with(0);
    assert!(desk.count(&of_newest) > early, "{} after {early}", desk.count(&of_newest));
    assert!(desk.count(users) >= all);
    let doubled = "SELECT count(*) FROM (SELECT 1 FROM usage GROUP BY principal_name, feature, \"from\", \"to\" HAVING count(*) > 1)";
    assert_eq!(desk.count(doubled), 0);
    // Days of which nothing more is expected are left alone.
    assert_eq!(tenant.requests(DAYS).len(), HISTORY + LATE);
}

#[test]
fn days_that_are_not_made_yet_are_not_known_and_come_with_a_later_run() {
    let tenant = Tenant::new(small());
    tenant.control().set_reports_behind(4);
    let (desk, _) = tenant.collected();
    assert_eq!(days(&desk).len(), HISTORY - 2);
    tenant.control().set_reports_behind(2);
    desk.run("run acme").with(0);
    assert_eq!(days(&desk).len(), HISTORY);
}

/// Moves the days that were collected into the past, as if they had been collected then.
fn age(desk: &Desk, by: u32) {
    let database = Connection::open(desk.data().join("data.sqlite")).expect("the database opens");
    let moved = format!(
        "UPDATE row_usage SET \"from\" = date(\"from\", '-{by} days'), \"to\" = date(\"to\", '-{by} days'),
           last_active = date(last_active, '-{by} days') WHERE \"from\" = \"to\";
         UPDATE task_partition SET bookmark = NULL, task = 'active-user-days/' || date(substr(task, 18), '-{by} days')
         WHERE dataset = 'active-user-days';"
    );
    database.execute_batch(&moved).expect("days can be moved");
}

#[test]
fn history_grows_beyond_what_the_service_keeps_and_ends_where_the_setting_says() {
    let tenant = Tenant::new(small());
    let (desk, _) = tenant.collected();
    age(&desk, HISTORY as u32);
    desk.run("run acme").with(0);
    assert_eq!(days(&desk).len(), 2 * HISTORY);
    let known = |desk: &Desk| {
        let cells = desk.show("heat-map acme --feature exchange --days 60");
        cells.iter().map(|cell| cell["day"].as_str().expect("a day").to_owned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(known(&desk).len(), 2 * HISTORY);
    let shares = desk.show("utilisation acme --by feature");
    let exchange = shares.iter().find(|row| row["feature"] == "exchange").expect("a row for the feature");
    let (used, all) = (exchange["used_days"].as_u64().expect("days"), exchange["known_days"].as_u64().expect("days"));
    assert!(0 < used && used < all, "{exchange}");
    let days_of_use = "SELECT count(*) FROM (SELECT DISTINCT principal_name, \"from\" FROM usage
                       WHERE feature = 'exchange' AND \"from\" = \"to\")";
    // Days that were moved to before a person's account was made do not count.
    let days_of_use = desk.count(days_of_use).cast_unsigned();
    assert!(used <= days_of_use && used * 10 >= days_of_use * 8, "{used} of {days_of_use}");
    for by in ["user", "product", "department"] {
        let rows = desk.show(&format!("utilisation acme --by {by}"));
        assert!(rows.iter().any(|row| row["percent"].as_u64().is_some_and(|percent| percent > 0)), "{by}: {rows:?}");
    }
    let map = desk.run("show heat-map acme --limit 20").with(0);
    assert!(map.out.contains('█') && map.tells("Each mark is one week"), "{map:#?}");

    desk.run("configure acme --set keep-days=30 --yes").with(0);
    desk.run("run acme").with(0);
    assert!(known(&desk).len() <= 30, "{:?}", known(&desk));
    assert!(days(&desk).len() <= 30 && days(&desk).len() >= HISTORY, "{:?}", days(&desk));
}

#[test]
fn days_of_every_report_that_is_asked_for_make_the_map_of_its_features() {
    let tenant = Tenant::new(small());
    let desk = tenant.desk();
    desk.run(&format!("{} --set daily-reports=all", tenant.configure())).with(0);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    let by_day = "SELECT count(DISTINCT \"from\") FROM usage WHERE \"from\" = \"to\" AND feature = ";
    for (function, feature) in [
        ("getM365AppUserDetail", "word-windows"),
        ("getEmailActivityUserDetail", "mail-sent"),
        ("getEmailAppUsageUserDetail", "mail-app-outlook-web"),
        ("getTeamsUserActivityUserDetail", "teams-chat"),
        ("getTeamsDeviceUsageUserDetail", "teams-device-windows"),
        ("getOneDriveActivityUserDetail", "onedrive-files"),
        ("getSharePointActivityUserDetail", "sharepoint-pages"),
        ("getYammerActivityUserDetail", "viva-engage-read"),
    ] {
        let asked = tenant.requests(&format!("{function}(date="));
        assert_eq!(asked.len(), HISTORY, "{asked:#?}");
        let days = desk.count(&format!("{by_day}'{feature}'"));
        assert!((1..=HISTORY as i64).contains(&days), "{feature}: {days}");
    }
    let map = desk.show("heat-map acme --feature word-windows --days 60");
    assert!(map.iter().any(|cell| cell["used"] == true) && map.iter().any(|cell| cell["used"] == false), "{map:?}");
    // Who wrote in Teams on a day was active in Teams on that day, as another report tells.
    let of = |feature: &str| {
        format!("SELECT principal_name, \"from\" FROM usage WHERE \"from\" = \"to\" AND feature = '{feature}'")
    };
    let contradicted = format!("SELECT count(*) FROM ({} EXCEPT {})", of("teams-chat"), of("teams"));
    assert_eq!(desk.count(&contradicted), 0);
    // What each did within 180 days is not what was done on a day.
    assert_eq!(desk.count("SELECT count(*) FROM usage WHERE \"from\" = \"to\" AND last_active <> \"from\""), 0);
}

#[test]
fn a_tenant_without_the_report_on_copilot_is_told_so_and_has_all_others() {
    let tenant = Tenant::new(small());
    tenant.control().remove_copilot_report();
    let desk = tenant.connected();
    desk.run("run acme").with(PARTLY);
    let gaps = desk.show("gaps");
    assert!(gaps.iter().any(|gap| gap["dataset"] == "copilot-usage"), "{gaps:#?}");
    assert_eq!(desk.count("SELECT count(*) FROM usage WHERE feature LIKE 'copilot%'"), 0);
    assert!(desk.count("SELECT count(*) FROM usage WHERE feature = 'mailbox'") > 0);
}

#[test]
fn a_national_cloud_gives_the_two_reports_that_it_has_and_tells_of_the_others() {
    let tenant = Tenant::new(Options { cloud: Cloud::UsGov, ..small() });
    let desk = tenant.desk();
    desk.run(&format!("{} --set cloud=us-gov-l4", tenant.configure())).with(0);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
    let features = desk.column("SELECT DISTINCT feature FROM usage");
    for feature in ["exchange", "teams", "teams-device-ios"] {
        assert!(features.iter().any(|known| known == feature), "{feature} is not in {features:?}");
    }
    assert!(!features.iter().any(|feature| feature == "mailbox"));
    assert_eq!(days(&desk).len(), HISTORY);
    let gaps: BTreeSet<String> =
        desk.show("gaps").iter().filter_map(|gap| Some(gap["dataset"].as_str()?.to_owned())).collect();
    assert!(gaps.contains("mailbox-usage") && gaps.contains("copilot-usage"), "{gaps:?}");
    assert!(!gaps.contains("active-user-detail") && !gaps.contains("teams-device-usage"), "{gaps:?}");
}
