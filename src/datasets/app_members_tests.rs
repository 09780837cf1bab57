//! Which groups are asked, and what is made of their members.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::bench::{Bench, Finished, given};
use crate::wire::Wire;

const DENIED: &str = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}"#;

fn id(group: usize) -> String {
    format!("aaaaaaaa-0000-0000-0000-{group:012}")
}

fn page(members: &[&str], count: Option<u64>, next: Option<&str>) -> String {
    let members: Vec<_> = members.iter().map(|id| serde_json::json!({ "id": id })).collect();
    let mut page = serde_json::json!({ "value": members });
    if let Some(count) = count {
        page["@odata.count"] = count.into();
    }
    if let Some(next) = next {
        page["@odata.nextLink"] = format!("https://graph.microsoft.com/v1.0/next?{next}").into();
    }
    page.to_string()
}

/// Rows as `application principal via`.
fn told(done: &Finished) -> Vec<String> {
    let line = |row: &Row| {
        let Row::AppAssignment(row) = row else { panic!() };
        assert_eq!(row.group, row.via.as_ref() == Some(&row.principal));
        assert_eq!(row.object, format!("object-{}", row.application));
        format!("{} {} {}", row.application, row.principal, row.via.as_ref().unwrap())
    };
    let mut lines: Vec<String> = done.rows.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn each_group_is_asked_once_for_all_its_applications_and_told_when_nothing_is_missing() {
    let wire = Wire::default()
        .then(200, &page(&["u1", "u2"], Some(3), Some("1")))
        .then(200, &page(&["u3"], None, None))
        .then(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#)
        .then(200, &page(&[], Some(0), None));
    let (one, two, three) = (id(1), id(2), id(3));
    let rows = vec![
        given("a", &one, true, None),
        given("b", &one, true, None),
        given("b", &two, true, None),
        given("c", &three, true, None),
        // A person, what is no id, and what this dataset told the time before.
        given("c", "u7", false, None),
        given("c", "../users", true, None),
        given("c", &id(9), true, Some(&id(9))),
        given("c", "u8", false, Some(&id(9))),
    ];
    let mut bench = Bench::new(wire).with(rows);
    bench.page = 3;
    let done = bench.finish(ID).unwrap();
    let mut expected: Vec<String> = ["u1", "u2", "u3", &one]
        .iter()
        .flat_map(|member| ["a", "b"].map(|app| format!("{app} {member} {one}")))
        .chain([format!("c {three} {three}")])
        .collect();
    expected.sort();
    assert_eq!(told(&done), expected);
    assert!(done.gaps.is_empty());
    let asked = bench.wire.asked();
    let url = format!(
        "https://graph.microsoft.com/v1.0/groups/{one}/members/microsoft.graph.user?$select=id&$count=true&$top=999"
    );
    assert_eq!((asked.len(), asked[0].url.as_str()), (4, url.as_str()));
    let eventual = ("consistencylevel".to_owned(), "eventual".to_owned());
    assert!(asked.iter().all(|request| request.headers.contains(&eventual)), "links carry no headers");
}

#[test]
fn a_group_that_is_too_large_or_refused_is_left_unknown_and_told() {
    let wire = Wire::default()
        .then(403, DENIED)
        .then(200, &page(&["u1"], Some(MOST + 1), Some("1")))
        .then(200, &page(&["u1"], Some(MOST), None));
    let groups = (1..=3).map(|group| given("a", &id(group), true, None)).collect();
    let done = Bench::new(wire).with(groups).finish(ID).unwrap();
    assert_eq!(told(&done), [format!("a {0} {0}", id(3)), format!("a u1 {}", id(3))]);
    assert_eq!(done.gaps.len(), 2);
    assert!(matches!(done.gaps[0].cause, Error::Forbidden(_)) && done.gaps[0].mend.contains("GroupMember.Read.All"));
    assert!(done.told().contains("has 20001 members"), "{}", done.told());
}

#[test]
fn pages_without_end_are_left_at_the_bound() {
    let members: Vec<String> = (0..999).map(|member| format!("u{member}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let wire = (0..30).fold(Wire::default(), |wire, at| {
        wire.then(200, &page(&members, None, Some(if at % 2 == 0 { "1" } else { "2" })))
    });
    let bench = Bench::new(wire).with(vec![given("a", &id(1), true, None)]);
    let done = bench.finish(ID).unwrap();
    assert_eq!((bench.wire.asked().len(), done.gaps.len()), (21, 1));
    assert!(!told(&done).contains(&format!("a {0} {0}", id(1))), "nobody takes it for complete");
}

#[test]
fn without_the_permission_the_dataset_is_refused_after_a_few_groups() {
    let groups = (1..=9).map(|group| given("a", &id(group), true, None)).collect();
    let bench = Bench::new(Wire::default().rest(403, DENIED)).with(groups);
    let Err(Error::Forbidden(refusal)) = bench.finish(ID) else { panic!() };
    assert_eq!(refusal.permission, permission::GROUP_MEMBER);
    assert_eq!(bench.wire.asked().len(), 6);
}

proptest! {
    /// However many groups and applications there are, and however they fall on batches and pages.
    #[test]
    fn every_member_of_every_group_is_told_for_every_application(
        pairs in prop::collection::btree_set((0..40_usize, 0..60_u32), 0..900),
        size in 1..5_usize,
    ) {
        let members = |group: usize| -> Vec<String> { (0..group % 7).map(|member| format!("u{member}")).collect() };
        let wire = Wire::service(move |url| {
            let at = url.split("skip=").nth(1).map_or(0, |skip| skip.parse().unwrap());
            let group = url.split(['/', '?']).find(|part| part.starts_with("aaaa")).unwrap().to_owned();
            let all = members(group[24..].parse().unwrap());
            let rest: Vec<&str> = all.iter().skip(at).take(size).map(String::as_str).collect();
            let next = (at + size < all.len()).then(|| format!("{group}?skip={}", at + size));
            let text = page(&rest, Some(all.len() as u64), None);
            let mut page: serde_json::Value = serde_json::from_str(&text).unwrap();
            if let Some(next) = next {
                page["@odata.nextLink"] = format!("https://graph.microsoft.com/v1.0/{next}").into();
            }
            (200, page.to_string())
        });
        let rows = pairs.iter().map(|(group, app)| given(&format!("app{app:02}"), &id(*group), true, None)).collect();
        let mut bench = Bench::new(wire).with(rows);
        bench.page = 5000;
        let done = bench.finish(ID).unwrap();
        let mut expected = BTreeMap::new();
        for (group, app) in &pairs {
            for member in members(*group).into_iter().chain([id(*group)]) {
                expected.insert(format!("app{app:02} {member} {}", id(*group)), ());
            }
        }
        prop_assert_eq!(told(&done), expected.into_keys().collect::<Vec<_>>());
    }
}
