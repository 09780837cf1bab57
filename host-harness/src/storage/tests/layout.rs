//! Tables and views.

use std::collections::BTreeMap;

use super::sample::{NOW, Sample, at, connection, forbidden, gap, group, news, task, use_of};
use crate::contract::rows::{Booking, Row};
use crate::contract::types::Money;
use crate::storage::rows::{KINDS, table};

/// The first column of the answer, as text.
fn query(sample: &Sample, sql: &str) -> Vec<String> {
    let database = rusqlite::Connection::open(sample.database.path()).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let found = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
    let text = |value| match value {
        rusqlite::types::Value::Null => "NULL".to_owned(),
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    };
    found.map(|value| text(value.unwrap())).collect()
}

#[test]
fn the_tables_have_exactly_the_columns_of_their_kinds() {
    let sample = Sample::new();
    for kind in KINDS {
        let table = table(*kind);
        let columns = query(&sample, &format!("SELECT name FROM pragma_table_info('row_{}')", table.kind));
        let mut expected = vec!["connection", "key", "generation"];
        expected.extend(table.columns.iter().map(String::as_str));
        if table.kind == "notification" {
            expected.extend(["told", "acknowledged"]);
        }
        assert_eq!(columns, expected);
    }
}

#[test]
fn every_kind_has_a_view_with_the_name_of_the_connection_first() {
    let sample = Sample::new();
    let views: BTreeMap<&str, &str> = KINDS.iter().map(|kind| (table(*kind).view, table(*kind).kind)).collect();
    assert_eq!(views.len(), KINDS.len());
    for view in views.keys().copied().chain(["gaps", "partitions", "runs", "deliveries"]) {
        let columns = query(&sample, &format!("SELECT name FROM pragma_table_info('{view}')"));
        assert_eq!(columns[0], "connection", "{view}");
        assert_eq!(query(&sample, &format!("SELECT connection FROM {view}")), [""; 0]);
    }
}

#[test]
fn views_show_published_rows_with_readable_times() {
    let sample = Sample::new();
    sample.publish("groups", &[group("a", "shown")]);
    sample.publish("use", &[use_of("app", 2, 0, 60, None)]);
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("b", "staged")], b"2", &[]).unwrap();
    assert_eq!(query(&sample, "SELECT name FROM groups"), ["shown"]);
    assert_eq!(query(&sample, "SELECT connection FROM groups"), ["example"]);
    assert_eq!(query(&sample, "SELECT last FROM application_use"), ["2026-11-20T10:01:00Z"]);
    assert_eq!(query(&sample, "SELECT day FROM application_use"), ["2026-11-20"]);
    assert_eq!(NOW, 20_777 * 86_400 + 10 * 3600);
}

#[test]
fn the_view_of_notifications_says_who_was_told() {
    let sample = Sample::new();
    sample.publish("news", &[news("a", "", false), news("b", "", true), news("c", "", false)]);
    sample.database.mark_told(sample.id, &["a".to_owned()], at(0)).unwrap();
    let told = query(&sample, "SELECT told FROM notifications ORDER BY id");
    assert_eq!(told, ["2026-11-20T10:00:00Z", "never", "NULL"]);
}

#[test]
fn the_view_of_gaps_shows_those_that_hold() {
    let sample = Sample::new();
    let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.publish(building, &[], None, &[gap("groups", "name")], at(0)).unwrap();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[], b"2", &[gap("groups", "staged")]).unwrap();
    sample.database.fail(building, &forbidden(), true, at(60)).unwrap();
    assert_eq!(query(&sample, "SELECT field FROM gaps ORDER BY field"), ["NULL", "name"]);
    assert_eq!(query(&sample, "SELECT DISTINCT message FROM gaps"), ["The service refuses (E17)."]);
    assert_eq!(query(&sample, "SELECT failed FROM partitions"), ["2026-11-20T10:01:00Z"]);
}

#[test]
fn money_reads_as_a_decimal_in_the_views() {
    let sample = Sample::new();
    let amounts = [
        (39_000_000, "39.00"),
        (-39_500_000, "-39.50"),
        (125_000, "0.125"),
        (-1, "-0.000001"),
        (0, "0.00"),
        (i64::MAX, "9223372036854.775807"),
        (i64::MIN, "-9223372036854.775808"),
    ];
    let booking = |(number, (micros, _)): (usize, &(i64, &str))| {
        Row::Booking(Booking {
            product: format!("{number}"),
            product_name: String::new(),
            from_product: None,
            from_product_name: None,
            day: None,
            seats: -1,
            saving: Money { micros: *micros, currency: "EUR".to_owned() },
            why: String::new(),
        })
    };
    let rows: Vec<Row> = amounts.iter().enumerate().map(booking).collect();
    sample.publish("bookings", &rows);
    let expected: Vec<&str> = amounts.iter().map(|(_, text)| *text).collect();
    assert_eq!(query(&sample, "SELECT saving FROM bookings ORDER BY product"), expected);
    assert_eq!(query(&sample, "SELECT saving_micros FROM bookings ORDER BY product LIMIT 1"), ["39000000"]);
}

#[test]
fn advice_of_the_fourth_layout_keeps_what_takes_the_place_and_gets_names() {
    let mut sample = Sample::new();
    let database = rusqlite::Connection::open(sample.database.path()).unwrap();
    let rows = "
        DROP VIEW recommendations; DROP VIEW bookings; DROP VIEW app_assignments;
        ALTER TABLE row_app_assignment DROP COLUMN via;
        ALTER TABLE row_recommendation DROP COLUMN targets; ALTER TABLE row_recommendation ADD COLUMN target TEXT;
        ALTER TABLE row_booking DROP COLUMN product_name; ALTER TABLE row_booking DROP COLUMN from_product_name;
        INSERT INTO row_product (connection, key, generation, id, code, name, tier, per_user, seats_enabled, seats_warning,
          seats_suspended, seats_assigned, plans)
          VALUES (1, x'01', 1, 'old', 'OLD', 'Old product', 'paid', 1, 1, 0, 0, 1, '[]');
        INSERT INTO row_booking (connection, key, generation, product, from_product, seats, saving_micros,
          saving_currency, why) VALUES (1, x'02', 1, 'new', 'old', 1, 1, 'USD', ''), (1, x'03', 1, 'old', NULL, 1, 1, 'USD', '');
        INSERT INTO row_recommendation (connection, key, generation, id, rule, subject, subject_name, action, seats, effect,
          confidence, evidence, safe_because, target)
          VALUES (1, x'04', 1, 'a', 'r', 's', '', '', 1, 'exposure', 'low', '[]', '', 'new'),
                 (1, x'05', 1, 'b', 'r', 's', '', '', 1, 'exposure', 'low', '[]', '', NULL);
        PRAGMA user_version = 4;";
    database.execute_batch(rows).unwrap();
    drop(database);
    sample.reopen();
    assert_eq!(query(&sample, "SELECT targets FROM row_recommendation ORDER BY id"), [r#"["new"]"#, "[]"]);
    let names = "SELECT product_name || ' ' || coalesce(from_product_name, '-') FROM row_booking ORDER BY key";
    assert_eq!(query(&sample, names), ["new Old product", "Old product -"]);
    assert_eq!(query(&sample, "SELECT connection FROM bookings"), [""; 0]);
}

#[test]
fn assignments_of_the_fifth_layout_are_unknown_until_they_are_built_again() {
    use crate::contract::rows::AppAssignment;

    let mut sample = Sample::new();
    let given = AppAssignment {
        application: "a".to_owned(),
        object: "o".to_owned(),
        principal: "u".to_owned(),
        principal_name: None,
        group: false,
        created: None,
        via: None,
    };
    sample.publish("given", &[Row::AppAssignment(given.clone())]);
    sample.publish("groups", &[group("g", "stays")]);
    let mut building = sample.database.begin(sample.id, &task("given"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[Row::AppAssignment(given)], b"2", &[]).unwrap();
    let database = rusqlite::Connection::open(sample.database.path()).unwrap();
    let before = "DROP VIEW app_assignments; ALTER TABLE row_app_assignment DROP COLUMN via; PRAGMA user_version = 5;";
    database.execute_batch(before).unwrap();
    drop(database);
    sample.reopen();
    assert_eq!(query(&sample, "SELECT count(*) FROM row_app_assignment"), ["0"]);
    let partitions = "SELECT task || ' ' || rows || ' ' || (published IS NOT NULL) FROM partitions ORDER BY task";
    assert_eq!(query(&sample, partitions), ["given 0 0", "groups 1 1"]);
    assert!(!sample.database.begin(sample.id, &task("given"), at(0)).unwrap().resumed);
}

#[test]
fn commands_of_the_sixth_layout_have_no_answers() {
    use crate::contract::dialogue::Command;

    let mut sample = Sample::new();
    let line = |command: &str| {
        format!(
            r#"{{"subject":"s","title":"t","state":"Degraded","because":null,"mend":null,"mended_by":{command},"permissions":[]}}"#
        )
    };
    let lines = format!("[{},{},{}]", line("\"SetUp\""), line("\"Rotate\""), line("null"));
    let database = rusqlite::Connection::open(sample.database.path()).unwrap();
    database.execute("UPDATE connection SET capabilities = ?1", [lines]).unwrap();
    database.execute_batch("PRAGMA user_version = 6;").unwrap();
    drop(database);
    sample.reopen();
    let found = sample.database.connection("example").unwrap().unwrap().capabilities;
    let commands: Vec<Option<Command>> = found.into_iter().map(|line| line.mended_by).collect();
    assert_eq!(commands, [Some(Command::SetUp(Vec::new())), Some(Command::Rotate), None]);
}

#[test]
fn evidence_reads_as_json_with_days() {
    use crate::contract::rows::{Confidence, Effect, Evidence, Recommendation};

    let sample = Sample::new();
    let evidence = Evidence { signal: "last sign-in".to_owned(), value: "none".to_owned(), as_of: Some(20_777) };
    let advice = Recommendation {
        id: "1".to_owned(),
        rule: "inactive".to_owned(),
        subject: "u1".to_owned(),
        subject_name: "Ann".to_owned(),
        product: None,
        product_name: None,
        action: "Take the seat back.".to_owned(),
        seats: 1,
        saving: None,
        provenance: None,
        effect: Effect::AtRenewal(20_778),
        confidence: Confidence::High,
        evidence: vec![evidence],
        safe_because: "Nobody uses it.".to_owned(),
        targets: Vec::new(),
    };
    sample.publish("advice", &[Row::Recommendation(advice)]);
    let expected = r#"[{"signal":"last sign-in","value":"none","as_of":"2026-11-20"}]"#;
    assert_eq!(query(&sample, "SELECT evidence FROM recommendations"), [expected]);
    assert_eq!(query(&sample, "SELECT effect_day FROM recommendations"), ["2026-11-21"]);
    assert_eq!(query(&sample, "SELECT saving FROM recommendations"), ["NULL"]);
}

#[test]
fn a_connection_comes_back_as_it_was_saved() {
    use crate::contract::dialogue::{Capability, Command, State};
    use crate::contract::manifest::Origin;
    use crate::contract::types::Setting;

    let sample = Sample::new();
    let mut saved = connection("full");
    saved.origins.push(Origin {
        host: "*.example.com".to_owned(),
        methods: vec!["GET".to_owned()],
        bearer: true,
        browse: false,
        redirects_to: vec!["files.example.com".to_owned()],
        why: "To read.".to_owned(),
    });
    saved.capabilities.push(Capability {
        subject: "groups".to_owned(),
        title: "Groups".to_owned(),
        state: State::Degraded,
        because: Some("No right.".to_owned()),
        mend: None,
        mended_by: Some(Command::SetUp(vec![Setting::new("reader", "ada")])),
        permissions: vec!["Groups.Read".to_owned()],
    });
    saved.account = Some("Example Ltd".to_owned());
    saved.account_id = Some("42".to_owned());
    saved.connected = Some(at(5));
    saved.id = sample.database.save_connection(&saved).unwrap();
    assert_eq!(sample.database.connection("full").unwrap(), Some(saved));
    let names: Vec<String> = sample.database.connections().unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["example", "full"]);
    assert_eq!(sample.database.connection("none").unwrap(), None);
}

#[test]
fn the_last_run_is_told_with_what_it_took() {
    use crate::storage::{RunTotals, StoredRun};

    let sample = Sample::new();
    assert_eq!(sample.database.last_run(sample.id).unwrap(), None);
    let first = sample.database.begin_run(sample.id, at(0)).unwrap();
    let totals = RunTotals { requests: 1, bytes: 2, steps: 3, rows: 4, done: 5, failed: 6 };
    sample.database.end_run(first, totals, at(9)).unwrap();
    let expected = StoredRun { id: first, started: at(0), ended: Some(at(9)), totals };
    assert_eq!(sample.database.last_run(sample.id).unwrap(), Some(expected));
    let second = sample.database.begin_run(sample.id, at(20)).unwrap();
    let last = sample.database.last_run(sample.id).unwrap().unwrap();
    assert_eq!((last.id, last.ended, last.totals), (second, None, RunTotals::default()));
}
