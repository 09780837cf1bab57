//! Everything that can be wrong with the data folder, as one sentence each.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::sample::{Sample, at, connection, group, keyring, task};
use crate::seal::Keyring;
use crate::storage::error::{Failure, io_error};
use crate::storage::{Database, StorageError};

fn refusal(folder: &Path) -> StorageError {
    match Database::open(folder, keyring()) {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

/// Every message is sentences, and says what to do in its last one.
fn told(error: &StorageError) -> String {
    let told = error.to_string();
    assert!(told.ends_with('.') && told.matches(". ").count() + told.matches("): ").count() >= 1, "{told}");
    told
}

#[test]
fn folder_and_file_are_made_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a").join("b");
    let database = Database::open(&data, keyring()).unwrap();
    database.save_connection(&connection("example")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(database.path(), data.join("data.sqlite"));
}

#[test]
fn a_folder_that_is_a_file_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "hello").unwrap();
    let expected = format!("{} is not a folder. Name another data folder, or move that file away.", file.display());
    assert_eq!(told(&refusal(&file)), expected);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "hello");
    let below = file.join("deeper");
    assert!(matches!(refusal(&below), StorageError::NotAFolder(_)));
}

#[test]
fn a_database_that_is_a_folder_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data.sqlite")).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, StorageError::NotAFile(_)));
    assert!(told(&error).contains("data.sqlite is not a file."));
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let letter = "Dear reader, this is no database. ".repeat(100);
    std::fs::write(&file, &letter).unwrap();
    let expected = format!(
        "{} is not a database of this program. Name another data folder, or move that file away.",
        file.display()
    );
    assert_eq!(told(&refusal(folder.path())), expected);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), letter);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE photo (id INTEGER)").unwrap();
    drop(other);
    let before = std::fs::read(&file).unwrap();
    assert!(matches!(refusal(folder.path()), StorageError::NotADatabase(_)));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn an_empty_file_is_a_new_database() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.sqlite"), "").unwrap();
    Database::open(folder.path(), keyring()).unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let mut sample = Sample::new();
    let path = sample.database.path().to_owned();
    let raw = || rusqlite::Connection::open(&path).unwrap();
    let known: i64 = raw().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    raw().pragma_update(None, "user_version", 99).unwrap();
    let expected = format!(
        "The database {} was written by a newer version of this program (layout 99, this one knows {known}). Use the newer version, or name another data folder.",
        path.display()
    );
    assert_eq!(told(&refusal(sample.folder.path())), expected);
    raw().pragma_update(None, "user_version", known).unwrap();
    sample.reopen();
    assert!(sample.database.connection("example").unwrap().is_some());
}

#[test]
fn another_key_is_refused_when_the_database_is_opened() {
    let sample = Sample::new();
    let error = Database::open(sample.folder.path(), Keyring::derive(&[8; 32])).err().unwrap();
    let path = sample.database.path().display();
    let expected = format!(
        "The key does not fit the data folder {path}. Use the key that was in use when the folder was made, or name another data folder."
    );
    assert_eq!(told(&error), expected);
}

#[test]
fn a_damaged_database_is_told_whether_at_opening_or_at_reading() {
    let sample = Sample::new();
    let rows: Vec<_> = (0..2000).map(|number| group(&format!("{number:08}"), &"x".repeat(50))).collect();
    sample.publish("groups", &rows);
    sample.database.empty_log().unwrap();
    let path = sample.database.path().to_owned();
    let whole = std::fs::read(&path).unwrap();
    drop(sample.database);
    let mut damaged = 0;
    for from in (0..whole.len()).step_by(whole.len() / 7) {
        let mut bytes = whole.clone();
        let to = (from + 9000).min(bytes.len());
        bytes[from..to].fill(0xa5);
        std::fs::write(&path, &bytes).unwrap();
        let kind = crate::contract::rows::Kind::Group;
        let read = Database::open(sample.folder.path(), keyring())
            .and_then(|database| database.scan(sample.id, kind, None, 5000));
        if let Err(error) = read {
            let known = matches!(
                error,
                StorageError::Corrupt { .. } | StorageError::NotADatabase(_) | StorageError::Unreadable { .. }
            );
            assert!(known, "{error:?}");
            told(&error);
            damaged += 1;
        }
        let _ = std::fs::remove_file(path.with_extension("sqlite-wal"));
        let _ = std::fs::remove_file(path.with_extension("sqlite-shm"));
    }
    assert!(damaged >= 3, "{damaged}");
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let cut = Database::open(sample.folder.path(), keyring()).map(|_| ());
    assert!(matches!(cut, Err(StorageError::Corrupt { .. })), "{cut:?}");
}

#[test]
fn a_full_disk_is_one_sentence_and_keeps_what_was_committed() {
    let mut sample = Sample::new();
    sample.publish("groups", &[group("a", "a")]);
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("b", "b")], b"2", &[]).unwrap();
    sample.database.limit_pages().unwrap();
    let rows: Vec<_> = (0..5000).map(|number| group(&format!("{number:08}"), &"x".repeat(200))).collect();
    let error = sample.database.commit_step(&mut building, &rows, b"3", &[]).unwrap_err();
    let expected = format!(
        "The disk with {} is full. Free some space and run the same command again: what was collected before is kept.",
        sample.database.path().display()
    );
    assert_eq!(told(&error), expected);
    drop(building);
    sample.reopen();
    let building = sample.database.begin(sample.id, &task("groups"), at(1)).unwrap();
    assert_eq!((building.cursor.as_deref(), building.rows), (Some(&b"2"[..]), 1));
    assert_eq!(sample.database.partitions(sample.id).unwrap()[0].rows, 1);
}

#[test]
fn missing_rights_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    // Whoever may do everything is not refused.
    if std::fs::write(folder.path().join("probe"), "").is_err() {
        assert!(matches!(refusal(folder.path()), StorageError::NoRights { act: "make", .. }));
    }
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_that_may_not_be_written_is_one_sentence() {
    let sample = Sample::new();
    let path = sample.database.path();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o400)).unwrap();
    if std::fs::OpenOptions::new().write(true).open(path).is_err() {
        assert!(matches!(refusal(sample.folder.path()), StorageError::ReadOnly(_)));
    }
}

#[test]
fn what_the_system_refuses_is_told_by_its_reason() {
    use std::io::{Error, ErrorKind};

    let path = Path::new("/data");
    let sentence = |kind: ErrorKind| told(&io_error("make", path, Error::from(kind)));
    assert_eq!(
        sentence(ErrorKind::PermissionDenied),
        "There is no right to make /data. Change its rights or name another data folder."
    );
    assert_eq!(
        sentence(ErrorKind::ReadOnlyFilesystem),
        "/data is read-only. Make it writable, or name another data folder."
    );
    assert!(sentence(ErrorKind::StorageFull).starts_with("The disk with /data is full."));
    assert!(sentence(ErrorKind::NotADirectory).starts_with("/data is not a folder."));
    assert!(sentence(ErrorKind::IsADirectory).starts_with("/data is not a file."));
    assert!(sentence(ErrorKind::TimedOut).starts_with("/data cannot be used: timed out."));
}

#[test]
fn what_sqlite_refuses_is_told_by_its_reason() {
    use rusqlite::ffi;

    let path = Path::new("/data/data.sqlite");
    let sentence = |code: i32| {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        told(&Failure::from(error).at(path))
    };
    assert!(sentence(ffi::SQLITE_FULL).starts_with("The disk with /data/data.sqlite is full."));
    assert!(sentence(ffi::SQLITE_READONLY).starts_with("/data/data.sqlite is read-only."));
    assert!(sentence(ffi::SQLITE_CANTOPEN).starts_with("There is no right to open /data/data.sqlite."));
    assert!(sentence(ffi::SQLITE_BUSY).starts_with("Another process keeps the database /data/data.sqlite busy."));
    assert!(sentence(ffi::SQLITE_NOTADB).starts_with("/data/data.sqlite is not a database"));
    assert!(sentence(ffi::SQLITE_CORRUPT).starts_with("The database /data/data.sqlite is damaged ("));
    assert!(sentence(ffi::SQLITE_IOERR).starts_with("The database /data/data.sqlite failed:"));
}

#[test]
fn a_value_that_cannot_be_read_is_one_sentence() {
    let sample = Sample::new();
    let other = rusqlite::Connection::open(sample.database.path()).unwrap();
    other.execute("UPDATE connection SET created = 'yesterday'", []).unwrap();
    let error = sample.database.connection("example").unwrap_err();
    assert!(matches!(error, StorageError::Unreadable { .. }), "{error:?}");
    told(&error);
}

#[test]
fn an_instant_or_a_day_outside_of_the_calendar_is_refused_with_its_field() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("use"), at(0)).unwrap();
    let row = super::sample::use_of("app", 1, i64::MAX / 2, 0, None);
    let error = sample.database.commit_step(&mut building, &[row], b"2", &[]).unwrap_err();
    assert_eq!(
        told(&error),
        "The connector gave a row of the kind application_use that cannot be kept: first is an instant outside of the years 0 to 9999. This is a defect of the connector; report it to its makers."
    );
}
