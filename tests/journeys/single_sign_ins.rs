//! Single sign-ins: kept when they are asked for and as they are in the log, shown, and gone when nobody wants them any more.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use simulator::{Control, Fault, LateSignIn, Mishap, Options, TrueSignIn};

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

/// Sixty users, whose applications renew their sessions so often that a day of that log has several pages.
fn busy(seed: u64) -> Options {
    Options { users: 60, seed, renewals: 40, ..small() }
}

/// Switches single sign-ins on or off.
fn keep(desk: &Desk, on: bool) {
    desk.run(&format!("configure acme --set keep-sign-ins={on} --yes")).with(0);
    desk.run("connect acme").with(0);
}

/// Rows as text, with the text of what is absent.
const ROWS: &str = "SELECT id || ' ' || at || ' ' || how || ' ' || user || ' ' || application || ' ' || success || ' ' ||
    ifnull(error, 0) || ' ' || address || ' ' || client || ' ' || ifnull(country, '-') || ' ' || ifnull(city, '-') FROM sign_ins";

fn kept(desk: &Desk) -> BTreeSet<String> {
    let rows = desk.column(ROWS);
    let all = rows.len();
    let rows: BTreeSet<String> = rows.into_iter().collect();
    assert_eq!(rows.len(), all, "no sign-in stands twice");
    rows
}

/// The same from the simulator's own days, for the days that were read.
fn truly(desk: &Desk, control: &Control) -> BTreeSet<String> {
    let tasks: BTreeSet<String> =
        desk.column("SELECT task FROM partitions WHERE published IS NOT NULL").into_iter().collect();
    let dataset = |one: &TrueSignIn| match one.how {
        "interactive" => "sign-ins",
        "service" => "service-sign-ins",
        _ => "non-interactive-sign-ins",
    };
    let read =
        |one: &TrueSignIn| tasks.contains(&format!("{}/{}", dataset(one), one.at.split('T').next().expect("a day")));
    let line = |one: TrueSignIn| {
        let TrueSignIn { id, at, how, who, application, error, address, client, country, city } = one;
        let (success, country, city) = (i32::from(error == 0), country.unwrap_or("-"), city.unwrap_or("-"));
        format!("{id} {at} {how} {who} {application} {success} {error} {address} {client} {country} {city}")
    };
    control.sign_ins().into_iter().filter(read).map(line).collect()
}

#[track_caller]
fn assert_same(found: &BTreeSet<String>, truth: &BTreeSet<String>) {
    let wrong: Vec<_> = found.symmetric_difference(truth).take(5).collect();
    assert!(wrong.is_empty(), "{} rows and {}: {wrong:#?}", found.len(), truth.len());
}

/// Counts by day.
fn counts(desk: &Desk) -> BTreeSet<String> {
    let rows = "SELECT how || application || user || day || sign_ins || ' ' || failures FROM application_use";
    desk.column(rows).into_iter().collect()
}

#[test]
fn none_is_kept_unless_asked_for_and_then_all_are_as_they_are_in_the_log() {
    let tenant = Tenant::new(busy(11));
    let (desk, control) = (tenant.connected(), tenant.control());
    desk.run("run acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM sign_ins"), 0);
    assert!(desk.run("show sign-ins acme").with(0).tells("no single sign-in is kept"));
    assert_eq!(desk.run("show sign-ins acme --format json").with(0).out, "[]\n");
    let before = counts(&desk);

    // Days that were read already are read once more, while records come twice and links expire.
    keep(&desk, true);
    control.inject(Fault::next("nonInteractiveUser", Mishap::EmptyPage).after(1).times(2));
    control.inject(Fault::next("skiptoken", Mishap::Overlap).after(1).times(3));
    control.inject(Fault::next("skiptoken", Mishap::ExpiredPage).after(4).times(2));
    desk.run("run acme").with(0);
    let found = kept(&desk);
    assert_same(&found, &truly(&desk, &control));
    for how in [" interactive ", " non-interactive ", " service "] {
        assert!(found.iter().any(|row| row.contains(how)), "none is{how}");
    }
    assert!(found.iter().any(|row| row.contains(" 0 50126 ")), "failures are kept with their code");
    assert_eq!(counts(&desk), before, "counts are what they were");
    let named = "SELECT count(*) FROM sign_ins WHERE target = 'Microsoft Graph' AND application_name IS NOT NULL
                 AND (principal_name IS NULL) = (how = 'service')";
    assert_eq!(desk.count(named), i64::try_from(found.len()).expect("a number"));
    // Each count is the number of its single ones.
    let apart = "SELECT count(*) FROM application_use u WHERE user <> '' AND sign_ins + failures <> (
        SELECT count(*) FROM sign_ins s WHERE s.application = u.application AND s.user = u.user AND s.how = u.how
          AND substr(s.at, 1, 10) = u.day)";
    assert_eq!(desk.count(apart), 0);

    // Read again, nothing comes twice, and days that have ended are not asked for again.
    let asked = tenant.requests("/beta/auditLogs/signIns").len();
    desk.run("run acme").with(0);
    assert_same(&kept(&desk), &found);
    assert_eq!(tenant.requests("/beta/auditLogs/signIns").len(), asked);

    // Off again, they go at once, and the counts stay.
    keep(&desk, false);
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM row_sign_in"), 0);
    assert_eq!(counts(&desk), before);
    desk.run("run acme").with(0);
    assert_eq!((desk.count("SELECT count(*) FROM row_sign_in"), counts(&desk)), (0, before.clone()));
    // On once more, all are there again.
    keep(&desk, true);
    desk.run("run acme").with(0);
    assert_same(&kept(&desk), &found);
    assert_eq!(counts(&desk), before);
}

#[test]
fn what_comes_late_is_kept_once() {
    let today = Timestamp::from_second(Timestamp::now().as_second().div_euclid(86_400) * 86_400).expect("a day");
    let tenant = Tenant::new(Options { now: Some(today - Duration::from_secs(30)), ..busy(5) });
    let (desk, control) = (tenant.desk(), tenant.control());
    desk.run(&format!("{} --set keep-sign-ins=true", tenant.configure())).with(0);
    desk.run("connect acme").with(0);
    desk.run("run acme").with(0);
    let interactive = |rows: BTreeSet<String>| -> BTreeSet<String> {
        rows.into_iter().filter(|row| row.contains(" interactive ")).collect()
    };
    let early = interactive(kept(&desk));
    assert_same(&early, &interactive(truly(&desk, &control)));
    let user_id = desk.column("SELECT id FROM users WHERE enabled LIMIT 1").remove(0);
    let app_id = desk.column("SELECT id FROM installed_applications WHERE first_party LIMIT 1").remove(0);
    for (at, visible_from, error) in [
        (today - Duration::from_secs(1), today, 0),
        (today, today, 50_126),
        (today - Duration::from_secs(20_000), today + Duration::from_secs(50), 0),
    ] {
        let late = LateSignIn { user_id: user_id.clone(), app_id: app_id.clone(), at, visible_from, error };
        assert!(control.add_sign_in(&late));
    }
    for _ in 0..2 {
        control.advance(Duration::from_secs(60));
        desk.run("run acme").with(0);
    }
    let late = interactive(kept(&desk));
    assert_same(&late, &interactive(truly(&desk, &control)));
    assert!(early.is_subset(&late) && late.len() >= early.len() + 3, "{} and {}", early.len(), late.len());
}

#[test]
fn they_are_shown_newest_first_by_person_by_text_by_day_and_in_every_format() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.desk();
    desk.run(&format!("{} --set keep-sign-ins=true", tenant.configure())).with(0);
    desk.run("connect acme").with(0);
    desk.run("run acme").with(0);
    let all = desk.count("SELECT count(*) FROM sign_ins");
    assert!(all > 2000, "{all} are more than two pages");
    let rows = desk.show("sign-ins acme");
    assert_eq!(i64::try_from(rows.len()).expect("a number"), all);
    let times: Vec<&str> = rows.iter().map(|row| row["at"].as_str().expect("an instant")).collect();
    assert!(times.is_sorted_by(|one, other| one >= other));
    let csv = desk.run("show sign-ins acme --format csv").with(0).out;
    assert!(csv.starts_with("connection,at,principal_name,application_name,success,error,address,"), "{}", &csv[..80]);
    assert_eq!(i64::try_from(csv.lines().count()).expect("a number"), all + 1);
    assert_eq!(csv.lines().nth(1500).map(|line| line.ends_with(rows[1499]["id"].as_str().expect("an id"))), Some(true));

    let person = rows.iter().find_map(|row| row["principal_name"].as_str()).expect("a person");
    let of = format!("SELECT count(*) FROM sign_ins WHERE principal_name = '{person}'");
    assert_eq!(
        i64::try_from(desk.show(&format!("sign-ins acme --user {person}")).len()).expect("a number"),
        desk.count(&of)
    );
    let address = rows[0]["address"].as_str().expect("an address");
    let found = desk.show(&format!("sign-ins acme --search {address} --limit 2"));
    assert!(!found.is_empty() && found.len() <= 2);
    assert!(found.iter().all(|row| row.to_string().contains(address)), "{found:#?}");
    assert_eq!(desk.show("sign-ins acme --limit 1500")[..], rows[..1500]);
    let recent = desk.count("SELECT count(*) FROM sign_ins WHERE at >= date('now', '-1 days')");
    let shown = desk.show("sign-ins acme --days 2");
    assert!(0 < recent && recent < all);
    assert_eq!(i64::try_from(shown.len()).expect("a number"), recent);
    let table = desk.run("show sign-ins acme").with(0);
    assert!(table.tells("The newest 1,000 are shown"), "{}", table.out.lines().last().unwrap_or_default());
    let table = desk.run("show sign-ins acme --limit 2").with(0);
    assert!(table.out.lines().count() < 40 && table.tells("The newest 2 are shown"), "{table:#?}");
    let none = desk.run("show sign-ins acme --user nobody@nowhere").with(0);
    assert!(none.tells("Nothing to show"), "{none:#?}");
    desk.run("show sign-ins acme --feature teams").with(2);
}

/// Makes everything that was read of sign-ins older, as if so many days had passed and nothing been read.
fn age(desk: &Desk, by: u32) {
    let database = Connection::open(desk.data().join("data.sqlite")).expect("the database opens");
    let moved = format!(
        "UPDATE row_application_use SET day = date(day, '-{by} days'), first = replace(datetime(first, '-{by} days'), ' ', 'T') || 'Z',
           last = replace(datetime(last, '-{by} days'), ' ', 'T') || 'Z' WHERE user <> '';
         UPDATE row_application SET first_seen = replace(datetime(first_seen, '-{by} days'), ' ', 'T') || 'Z',
           last_seen = replace(datetime(last_seen, '-{by} days'), ' ', 'T') || 'Z' WHERE last_seen IS NOT NULL;
         UPDATE row_sign_in SET at = replace(datetime(at, '-{by} days'), ' ', 'T') || 'Z';
         UPDATE task_partition SET bookmark = NULL,
           task = dataset || '/' || date(substr(task, length(dataset) + 2), '-{by} days')
         WHERE dataset LIKE '%sign-ins';"
    );
    database.execute_batch(&moved).expect("days can be moved");
}

#[test]
fn retention_takes_old_days_with_their_sign_ins_and_leaves_young_ones_and_what_was_seen() {
    let tenant = Tenant::new(busy(7));
    let desk = tenant.desk();
    desk.run(&format!("{} --set keep-sign-ins=true", tenant.configure())).with(0);
    desk.run("connect acme").with(0);
    desk.run("run acme").with(0);
    age(&desk, 100);
    let old = desk.column("SELECT DISTINCT day FROM application_use WHERE user <> '' ORDER BY day");
    assert!(old.len() > 1, "{old:?}");
    desk.run("run acme").with(0);
    let days = |table: &str, day: &str| {
        desk.column(&format!("SELECT DISTINCT {day} FROM {table} WHERE user <> '' ORDER BY 1"))
    };
    let (counted, single) = (days("application_use", "day"), days("sign_ins", "substr(at, 1, 10)"));
    assert_eq!(&counted[..old.len()], &old[..], "400 days are kept unless set otherwise");
    assert!(counted.len() > old.len());
    assert_eq!(single, counted);
    let seen = |desk: &Desk| {
        desk.column("SELECT id || ' ' || first_seen || ' ' || last_seen FROM applications WHERE first_seen IS NOT NULL ORDER BY id")
    };
    let before = seen(&desk);
    let long_ago = before.iter().filter(|row| row.contains(&old[0])).count();
    assert!(long_ago > 0, "{before:#?}");

    desk.run("configure acme --set keep-days=100 --yes").with(0);
    desk.run("connect acme").with(0);
    desk.run("run acme").with(0);
    // The day of a hundred days ago is still kept, those before are not.
    let oldest = desk.column("SELECT date('now', '-100 days')").remove(0);
    let young: Vec<String> = counted.iter().filter(|day| **day >= oldest).cloned().collect();
    assert!(!young.is_empty() && young.len() < counted.len(), "{young:?} of {counted:?}");
    assert_eq!((days("application_use", "day"), days("sign_ins", "substr(at, 1, 10)")), (young.clone(), young));
    assert_eq!(desk.count("SELECT count(*) FROM row_sign_in"), desk.count("SELECT count(*) FROM sign_ins"));
    assert_eq!(seen(&desk), before, "what was seen stays");
    desk.run("run acme").with(0);
    assert_eq!(seen(&desk), before);
}
