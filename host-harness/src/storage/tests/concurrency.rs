//! Several threads and several processes at once.

use super::sample::{Sample, at, group, keyring, task};
use crate::contract::rows::Kind;
use crate::storage::{Database, StorageError};

#[test]
fn one_run_of_a_connection_at_a_time() {
    let sample = Sample::new();
    let other = Database::open(sample.folder.path(), keyring()).unwrap();
    let lock = sample.database.lock_run("example").unwrap();
    let told = other.lock_run("example").unwrap_err().to_string();
    let expected = format!(
        "Another run of example is going on (process {}). Wait until it has ended, or stop it.",
        std::process::id()
    );
    assert_eq!(told, expected);
    assert!(matches!(other.forget("example"), Err(StorageError::RunGoingOn { .. })));
    other.save_connection(&super::sample::connection("other")).unwrap();
    other.lock_run("other").unwrap();
    drop(lock);
    other.lock_run("example").unwrap();
    assert!(matches!(other.lock_run("none"), Err(StorageError::NoConnection(_))));
}

#[test]
fn of_two_that_build_the_same_generation_the_slower_one_is_refused() {
    let sample = Sample::new();
    let other = Database::open(sample.folder.path(), keyring()).unwrap();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[], b"2", &[]).unwrap();
    let mut second = other.begin(sample.id, &task("groups"), at(0)).unwrap();
    other.commit_step(&mut second, &[group("b", "")], b"3", &[]).unwrap();
    let late = sample.database.commit_step(&mut building, &[group("a", "")], b"3", &[]);
    assert!(matches!(late, Err(StorageError::GenerationGone { .. })));
    other.publish(second, &[], None, &[], at(0)).unwrap();
    let late = sample.database.publish(building, &[group("a", "")], None, &[], at(0));
    assert!(matches!(late, Err(StorageError::GenerationGone { .. })));
    assert_eq!(sample.database.scan(sample.id, Kind::Group, None, 10).unwrap().rows, [group("b", "")]);
}

#[test]
fn readers_see_whole_generations_while_several_databases_write() {
    const ROWS: usize = 40;
    let sample = Sample::new();
    let rows = |name: usize| (0..ROWS).map(|id| group(&id.to_string(), &name.to_string())).collect::<Vec<_>>();
    sample.publish("groups", &rows(0));
    std::thread::scope(|scope| {
        for writer in 0..2_usize {
            let database = Database::open(sample.folder.path(), keyring()).unwrap();
            let id = sample.id;
            scope.spawn(move || {
                for round in 0..15 {
                    let task = task(if writer == 0 { "groups" } else { "others" });
                    let mut building = database.begin(id, &task, at(0)).unwrap();
                    let rows = if writer == 0 { rows(round) } else { Vec::new() };
                    let (left, right) = rows.split_at(rows.len() / 2);
                    database.commit_step(&mut building, left, b"2", &[]).unwrap();
                    database.publish(building, right, None, &[], at(0)).unwrap();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..60 {
                    let page = sample.database.scan(sample.id, Kind::Group, None, 5000).unwrap();
                    assert_eq!(page.rows.len(), ROWS);
                    let crate::contract::rows::Row::Group(first) = &page.rows[0] else { panic!() };
                    let name = first.name.clone();
                    let same = |row: &_| matches!(row, crate::contract::rows::Row::Group(group) if group.name == name);
                    assert!(page.rows.iter().all(same));
                }
            });
        }
    });
}
