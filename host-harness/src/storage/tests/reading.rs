//! Scans and finds.

use proptest::prelude::*;

use super::sample::{Sample, at, group, news, use_of};
use crate::contract::rows::{Group, Kind, Row};
use crate::sandbox::Shelf;
use crate::storage::rows::{KINDS, table};
use crate::storage::scan::{find_sql, scan_sql};
use crate::storage::{ConnectionShelf, StorageError};

fn ids(rows: &[Row]) -> Vec<&str> {
    let id = |row| match row {
        &Row::Group(Group { ref id, .. }) => id.as_str(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(id).collect()
}

/// Every page of a kind, `limit` rows at a time.
fn pages(sample: &Sample, kind: Kind, limit: u32) -> Vec<Vec<Row>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = sample.database.scan(sample.id, kind, after.as_deref(), limit).unwrap();
        pages.push(page.rows);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

#[test]
fn rows_come_in_the_order_of_their_folded_key_over_all_partitions() {
    let sample = Sample::new();
    sample.publish("groups/1", &[group("b", ""), group("D", ""), group("Ä", "")]);
    sample.publish("groups/2", &[group("C", ""), group("a", ""), group("B", "")]);
    let pages = pages(&sample, Kind::Group, 2);
    let all: Vec<Row> = pages.concat();
    assert_eq!(ids(&all), ["a", "b", "B", "C", "D", "Ä"]);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
}

#[test]
fn rows_of_equal_key_in_several_partitions_all_come_whatever_the_page() {
    let sample = Sample::new();
    for partition in ["use/1", "use/2", "use/3"] {
        sample.publish(partition, &[use_of("app", 1, 0, 0, None)]);
    }
    for limit in 1..5 {
        assert_eq!(pages(&sample, Kind::ApplicationUse, limit).concat().len(), 3, "{limit}");
    }
}

#[test]
fn half_a_generation_and_other_connections_are_not_seen() {
    let sample = Sample::new();
    let other = sample.database.save_connection(&super::sample::connection("other")).unwrap();
    sample.publish("groups", &[group("a", "")]);
    let mut building = sample.database.begin(sample.id, &super::sample::task("groups"), at(0)).unwrap();
    let staged = [group("a", "new"), group("b", ""), news("n", "", false)];
    sample.database.commit_step(&mut building, &staged, b"2", &[]).unwrap();
    assert_eq!(pages(&sample, Kind::Group, 10), [[group("a", "")]]);
    assert_eq!(pages(&sample, Kind::Notification, 10), [[]]);
    assert_eq!(sample.database.scan(other, Kind::Group, None, 10).unwrap().rows, []);
}

#[test]
fn find_takes_the_whole_first_part_of_the_key_without_regard_to_case() {
    let sample = Sample::new();
    let rows = [use_of("App", 1, 0, 0, None), use_of("app", 2, 0, 0, None), use_of("app2", 3, 0, 0, None)];
    sample.publish("use", &rows);
    let found = sample.database.find(sample.id, Kind::ApplicationUse, "APP").unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(sample.database.find(sample.id, Kind::ApplicationUse, "ap").unwrap(), []);
    assert_eq!(sample.database.find(sample.id, Kind::ApplicationUse, "").unwrap(), []);
}

#[test]
fn a_page_has_one_row_at_least_and_5000_at_most() {
    let sample = Sample::new();
    let rows: Vec<Row> = (0..5001).map(|number| group(&format!("{number:05}"), "")).collect();
    sample.publish("groups", &rows);
    let page = |limit| sample.database.scan(sample.id, Kind::Group, None, limit).unwrap();
    assert_eq!(page(0).rows.len(), 1);
    assert_eq!(page(u32::MAX).rows.len(), 5000);
    let rest = sample.database.scan(sample.id, Kind::Group, page(5000).next.as_deref(), 5000).unwrap();
    assert_eq!((rest.rows.len(), rest.next), (1, None));
}

#[test]
fn a_position_that_no_scan_gave_is_refused() {
    let sample = Sample::new();
    for position in ["", "x", "1", "1-abc", "1-zz", "a-00", "1-0\u{1d7d8}"] {
        let refused = sample.database.scan(sample.id, Kind::Group, Some(position), 10);
        assert!(matches!(refused, Err(StorageError::Position(_))), "{position}");
    }
}

#[test]
fn a_scan_walks_the_primary_key_and_sorts_nothing() {
    let sample = Sample::new();
    for kind in KINDS {
        for sql in [scan_sql(table(*kind)), find_sql(table(*kind))] {
            let plan: Vec<String> = sample
                .database
                .read(|tx| {
                    let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let count = statement.parameter_count();
                    let none = rusqlite::params_from_iter(std::iter::repeat_n(rusqlite::types::Null, count));
                    let lines = statement.query_map(none, |row| row.get(3))?;
                    Ok(lines.collect::<Result<_, _>>()?)
                })
                .unwrap();
            let walk = format!("SEARCH row_{} USING PRIMARY KEY (connection=? AND ", table(*kind).kind);
            assert!(plan[0].starts_with(&walk), "{plan:?}");
            assert!(!plan.iter().any(|line| line.contains("ORDER BY")), "{plan:?}");
        }
    }
}

#[test]
fn a_task_reads_only_kinds_that_it_needs() {
    let sample = Sample::new();
    sample.publish("groups", &[group("a", "")]);
    let shelf = ConnectionShelf::new(sample.database.clone(), sample.id, vec![Kind::Group], at(0));
    assert_eq!(shelf.scan(Kind::Group, None, 10).unwrap().rows, [group("a", "")]);
    assert_eq!(shelf.find(Kind::Group, "A").unwrap(), [group("a", "")]);
    sample.publish("days/2026-11-20", &[group("b", "")]);
    assert_eq!(shelf.clone().of(&["groups", "other"]).scan(Kind::Group, None, 10).unwrap().rows, [group("a", "")]);
    assert_eq!(shelf.clone().of(&["days"]).scan(Kind::Group, None, 10).unwrap().rows, [group("b", "")]);
    assert_eq!(shelf.scan(Kind::Group, None, 10).unwrap().rows.len(), 2);
    let told = shelf.scan(Kind::User, None, 10).unwrap_err().message;
    assert!(told.starts_with("The task may not read rows of the kind user"), "{told}");
    assert!(shelf.find(Kind::User, "a").is_err());
}

#[test]
fn a_reference_file_is_read_in_pieces_and_replaced_as_a_whole() {
    let sample = Sample::new();
    let shelf = ConnectionShelf::new(sample.database.clone(), sample.id, Vec::new(), at(0));
    assert_eq!(shelf.reference("prices", 0).unwrap(), None);
    let long: Vec<u8> = (0..(1 << 20) + 5_u32).map(|number| (number % 251) as u8).collect();
    sample.database.put_reference(sample.id, "prices", &long, at(3)).unwrap();
    assert_eq!(shelf.reference("prices", 0).unwrap().unwrap(), long[..1 << 20]);
    assert_eq!(shelf.reference("prices", 1 << 20).unwrap().unwrap(), long[1 << 20..]);
    assert_eq!(shelf.reference("prices", (1 << 20) + 5).unwrap().unwrap(), b"");
    assert_eq!(shelf.reference("prices", u64::MAX).unwrap().unwrap(), b"");
    sample.database.put_reference(sample.id, "prices", b"short", at(4)).unwrap();
    assert_eq!(shelf.reference("prices", 1).unwrap().unwrap(), b"hort");
    let kept = sample.database.references(sample.id).unwrap();
    assert_eq!((kept.len(), kept[0].bytes, kept[0].imported), (1, 5, at(4)));
}

#[test]
fn a_reference_file_that_is_too_large_is_refused() {
    let sample = Sample::new();
    let refused = sample.database.put_reference(sample.id, "prices", &vec![0; (64 << 20) + 1], at(0));
    let told = refused.unwrap_err().to_string();
    assert_eq!(told, "The file prices has 67108865 bytes; a reference file has at most 67108864. Shorten it.");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_of_any_size_give_every_row_once_in_order(
        keys in proptest::collection::btree_set(("[a-cA-C\u{0}é]{0,3}", 0..3_u8), 0..30),
        limit in 1..7_u32,
    ) {
        let sample = Sample::new();
        for partition in 0..3_u8 {
            let of = keys.iter().filter(|(_, of)| *of == partition);
            let rows: Vec<Row> = of.map(|(id, _)| group(id, "")).collect();
            sample.publish(&format!("groups/{partition}"), &rows);
        }
        let all = pages(&sample, Kind::Group, limit).concat();
        let found: Vec<String> = ids(&all).into_iter().map(str::to_lowercase).collect();
        let mut expected: Vec<String> = keys.iter().map(|(id, _)| id.to_lowercase()).collect();
        expected.sort();
        prop_assert_eq!(found, expected);
    }
}
