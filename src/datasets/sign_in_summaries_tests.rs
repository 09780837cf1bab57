//! Which report is asked for, and what its rows stand for.

use super::*;
use crate::bench::{Bench, NOW};
use crate::wire::Wire;

const LAST: &str = r#"{"value":[{"appId":"a","lastSignInActivity":{"lastSignInDateTime":"2026-08-01T10:00:00Z"}},
    {"appId":"b","lastSignInActivity":{"lastSignInDateTime":null}}]}"#;
const DENIED: &str = r#"{"error":{"code":"Forbidden","message":"no"}}"#;

fn told(rows: Vec<Row>) -> Vec<(String, u64, u64, Day)> {
    let row = |row| if let Row::ApplicationUse(row) = row { row } else { panic!() };
    let rows = rows.into_iter().map(row);
    rows.map(|row: ApplicationUse| {
        assert_eq!(row.user, "");
        (row.application, row.sign_ins, row.failures, time::day_of(row.first))
    })
    .collect()
}

#[test]
fn only_the_last_sign_ins_are_asked_for_where_the_log_can_be_read() {
    let bench = Bench::new(Wire::default().then(200, LAST)).aged(Age::Fresh, &[sign_ins::ID]);
    let august = time::day_of(time::instant("2026-08-01T00:00:00Z").unwrap());
    assert_eq!(told(bench.finish(ID).unwrap().rows), [("a".to_owned(), 0, 0, august)]);
}

#[test]
fn sums_stand_in_for_a_log_that_cannot_be_read() {
    let detailed = r#"{"value":[
        {"appId":"a","status":{"errorCode":0},"signInCount":7,"aggregatedEventDateTime":"2026-11-19T00:00:00Z"},
        {"appId":"a","status":{"errorCode":50126},"signInCount":2,"aggregatedEventDateTime":"2026-11-19T00:00:00Z"}]}"#;
    let missing = |wire| Bench::new(wire).aged(Age::Missing, &[sign_ins::ID]);
    let bench = missing(Wire::default().then(200, LAST).then(200, detailed));
    let found = told(bench.finish(ID).unwrap().rows);
    assert_eq!(found[1..], [("a".to_owned(), 7, 0, 20_776), ("a".to_owned(), 0, 2, 20_776)]);

    let period = r#"{"value":[{"id":"a","appDisplayName":"A","successfulSignInCount":9,"failedSignInCount":1}]}"#;
    let wire = Wire::default().then(403, DENIED).then(403, DENIED).then(200, period);
    let done = missing(wire).finish(ID).unwrap();
    assert_eq!(done.gaps.len(), 1);
    assert_eq!(told(done.rows), [("a".to_owned(), 9, 1, time::day_of(NOW) - 29)]);

    let wire = (0..3).fold(Wire::default(), |wire, _| wire.then(403, DENIED));
    assert_eq!(missing(wire).finish(ID).unwrap().gaps.len(), 2);
}
