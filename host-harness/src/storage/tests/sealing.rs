//! What is sealed, and what is gone when a connection is forgotten.

use super::sample::{Sample, at, connection, group, task};
use crate::credentials::Vault;
use crate::secret::Secret;
use crate::storage::{ConnectionVault, StorageError};

const PLAIN: &[u8] = b"plain-text-that-nobody-may-see";

fn vault(sample: &Sample) -> ConnectionVault {
    ConnectionVault::new(sample.database.clone(), sample.id)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn get(vault: &ConnectionVault, name: &str) -> Option<Vec<u8>> {
    vault.get(name).unwrap().map(|secret| secret.expose().to_vec())
}

#[test]
fn a_secret_is_kept_replaced_and_deleted() {
    let mut sample = Sample::new();
    assert_eq!(get(&vault(&sample), "password"), None);
    vault(&sample).put("password", &Secret::new(*b"one")).unwrap();
    vault(&sample).put("password", &Secret::new(*b"two")).unwrap();
    sample.reopen();
    assert_eq!(get(&vault(&sample), "password").unwrap(), b"two");
    vault(&sample).delete("password").unwrap();
    vault(&sample).delete("password").unwrap();
    assert_eq!(get(&vault(&sample), "password"), None);
}

#[test]
fn secrets_cursors_and_bookmarks_do_not_show_in_the_files() {
    let sample = Sample::new();
    vault(&sample).put("password", &Secret::new(PLAIN)).unwrap();
    let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.publish(building, &[group("shown", "")], Some(PLAIN), &[], at(0)).unwrap();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[], PLAIN, &[]).unwrap();
    let bytes = sample.bytes();
    assert!(contains(&bytes, b"shown"));
    assert!(!contains(&bytes, PLAIN));
}

#[test]
fn a_sealed_value_that_is_moved_does_not_open() {
    let sample = Sample::new();
    let other = sample.database.save_connection(&connection("other")).unwrap();
    vault(&sample).put("password", &Secret::new(PLAIN)).unwrap();
    let file = rusqlite::Connection::open(sample.database.path()).unwrap();
    let moves = [
        ("INSERT INTO secret SELECT connection, 'token', value FROM secret", sample.id, "token"),
        ("INSERT INTO secret SELECT 2, name, value FROM secret WHERE name = 'password'", other, "password"),
    ];
    assert_eq!(other.0, 2);
    for (sql, connection, name) in moves {
        file.execute(sql, []).unwrap();
        let refused = ConnectionVault::new(sample.database.clone(), connection).get(name);
        assert!(matches!(refused, Err(StorageError::Sealed(_))), "{name}");
    }
}

#[test]
fn a_cursor_that_is_moved_to_another_task_does_not_open() {
    let sample = Sample::new();
    for id in ["a", "b"] {
        let mut building = sample.database.begin(sample.id, &task(id), at(0)).unwrap();
        sample.database.commit_step(&mut building, &[], id.as_bytes(), &[]).unwrap();
    }
    let file = rusqlite::Connection::open(sample.database.path()).unwrap();
    file.execute("UPDATE building SET cursor = (SELECT cursor FROM building ORDER BY generation LIMIT 1)", []).unwrap();
    assert_eq!(sample.database.begin(sample.id, &task("a"), at(0)).unwrap().cursor.as_deref(), Some(&b"a"[..]));
    let refused = sample.database.begin(sample.id, &task("b"), at(0));
    assert!(matches!(refused, Err(StorageError::Sealed(_))));
}

#[test]
fn forgetting_wipes_rows_and_secrets_from_the_files_and_leaves_other_connections() {
    let sample = Sample::new();
    let other = sample.database.save_connection(&connection("other")).unwrap();
    let building = sample.database.begin(other, &task("groups"), at(0)).unwrap();
    sample.database.publish(building, &[group("kept-here", "")], None, &[], at(0)).unwrap();
    vault(&sample).put("password", &Secret::new(PLAIN)).unwrap();
    sample.database.put_reference(sample.id, "prices", b"a-price-list", at(0)).unwrap();
    let rows: Vec<_> = (0..500).map(|number| group(&format!("wiped-away-{number}"), "")).collect();
    sample.publish("groups", &rows);
    sample.publish("groups", &rows[..400]);
    let mut building = sample.database.begin(sample.id, &task("more"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("wiped-too", "")], b"2", &[]).unwrap();
    sample.database.forget("example").unwrap();
    let bytes = sample.bytes();
    assert!(contains(&bytes, b"kept-here"));
    for wiped in [&b"wiped-"[..], b"a-price-list", b"more"] {
        assert!(!contains(&bytes, wiped), "{}", String::from_utf8_lossy(wiped));
    }
    assert_eq!(sample.database.connection("example").unwrap(), None);
    assert!(matches!(sample.database.forget("example"), Err(StorageError::NoConnection(_))));
    let again = sample.database.save_connection(&connection("example")).unwrap();
    assert!(again > other, "ids are never used again");
    let late = sample.database.commit_step(&mut building, &[], b"3", &[]);
    assert!(matches!(late, Err(StorageError::GenerationGone { .. })));
}

#[test]
fn a_connection_with_data_refuses_another_account() {
    let sample = Sample::new();
    let with = |name: &str, id: &str| {
        let mut changed = connection("example");
        (changed.account, changed.account_id) = (Some(name.to_owned()), Some(id.to_owned()));
        sample.database.save_connection(&changed)
    };
    with("First Ltd", "1").unwrap();
    with("Second Ltd", "2").unwrap();
    sample.publish("groups", &[]);
    let told = with("First Ltd", "1").unwrap_err().to_string();
    assert_eq!(
        told,
        "The connection example holds data of Second Ltd, and First Ltd is another account. Use another connection name for it, or forget example first."
    );
    with("Second Ltd, renamed", "2").unwrap();
}

#[test]
fn one_process_at_a_time_has_the_turn_to_renew_and_each_connection_its_own() {
    let sample = Sample::new();
    let other = sample.database.save_connection(&connection("other")).unwrap();
    let first = vault(&sample).turn().unwrap();
    assert!(first.is_some());
    assert!(vault(&sample).turn().unwrap().is_none());
    assert!(ConnectionVault::new(sample.database.clone(), other).turn().unwrap().is_some());
    drop(first);
    assert!(vault(&sample).turn().unwrap().is_some());
}
