use super::*;
use crate::wire::Wire;

const ROOT: &str = "https://graph.microsoft.com";

/// A page, with the ids of its items.
fn read(wire: &Wire) -> Result<(Page, Vec<String>), Error> {
    let page = Graph::new(wire, ROOT.to_owned()).page("https://graph.microsoft.com/v1.0/users", &[])?;
    let ids = page.value.iter().filter_map(|item| item.get("id").and_then(Value::as_str).map(str::to_owned)).collect();
    Ok((page, ids))
}

#[test]
fn a_page_without_rows_and_with_a_next_link_leads_on() {
    let next = "https://graph.microsoft.com/v1.0/users?$skiptoken=x";
    let wire =
        Wire::default().then(200, &format!(r#"{{"value":[],"@odata.nextLink":"{next}","unknown":{{"a":[1]}}}}"#));
    let (page, ids) = read(&wire).unwrap();
    assert_eq!((ids.len(), page.next_link.as_deref(), page.count), (0, Some(next), None));
    let last = Wire::default().then(200, r#"{"@odata.count":1200,"value":[],"@odata.nextLink":null}"#);
    let (page, _) = read(&last).unwrap();
    assert_eq!((page.next_link, page.count), (None, Some(1200)));
}

#[test]
fn a_next_link_to_anywhere_else_is_refused() {
    for link in [
        "https://graph.microsoft.com.evil.test/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "https://graph.microsoft.us/v1.0/users",
        "/v1.0/users",
        "",
    ] {
        let wire = Wire::default().then(200, &format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#));
        let Err(Error::Protocol(fault)) = read(&wire) else { panic!("{link}") };
        assert!(link.is_empty() || !fault.message.contains(link));
    }
}

#[test]
fn an_answer_of_another_shape_is_a_protocol_error() {
    let other_link = r#"{"value":[],"@odata.nextLink":7}"#;
    for body in ["{}", r#"{"value":null}"#, r#"{"value":{}}"#, other_link, "<html>", "", r#"{"value":[{"id":"a"}"#] {
        assert!(matches!(read(&Wire::default().then(200, body)), Err(Error::Protocol(_))), "{body}");
    }
    let redirected = Wire::default().then_with(302, &[("location", "https://x.test")], "");
    assert!(matches!(read(&redirected), Err(Error::Protocol(_))));
}

#[test]
fn keys_that_come_twice_are_tolerated() {
    let wire = Wire::default().then(200, r#"{"value":[{"id":"a","homeTenantId":"x","homeTenantId":"x"}]}"#);
    assert_eq!(read(&wire).unwrap().1, ["a"]);
}

#[test]
fn every_request_carries_an_id_of_its_own_and_the_headers_asked_for() {
    let wire = Wire::default().then(200, "{}").then(200, "{}");
    let graph = Graph::new(&wire, ROOT.to_owned());
    graph.get("https://graph.microsoft.com/a", &[("ConsistencyLevel", "eventual")]).unwrap();
    graph.get("https://graph.microsoft.com/b", &[("Accept", "text/csv")]).unwrap();
    let header = |at: usize, name: &str| {
        let asked = wire.asked();
        let found: Vec<&String> =
            asked[at].headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v).collect();
        assert!(found.len() <= 1);
        found.first().map(|value| (*value).clone())
    };
    assert_eq!(header(0, "consistencylevel").as_deref(), Some("eventual"));
    assert_eq!(header(1, "consistencylevel"), None);
    assert_eq!(header(1, "accept").as_deref(), Some("text/csv"));
    assert_eq!(header(0, "authorization"), None);
    assert_ne!(header(0, "client-request-id").unwrap(), header(1, "client-request-id").unwrap());
}

#[test]
fn a_refusal_names_the_permission_that_was_said_to_be_needed() {
    let wire = Wire::default().then(403, "");
    let graph = Graph::new(&wire, ROOT.to_owned());
    let refused = graph.needing("Reports.Read.All").object("https://graph.microsoft.com/x");
    let Err(Error::Forbidden(refusal)) = refused else { panic!() };
    assert_eq!(refusal.permission, "Reports.Read.All");
}

#[test]
fn a_report_is_redirected_unchanged_or_there_at_once() {
    let wire = Wire::default()
        .then_with(302, &[("Location", "https://reportsweu.office.com/data?token=t")], "")
        .then(304, "")
        .then(200, "a,b")
        .then(302, "")
        .then_with(302, &[("Location", "http://reportsweu.office.com/data?token=t")], "");
    let graph = Graph::new(&wire, ROOT.to_owned());
    let ask = || graph.redirect("https://graph.microsoft.com/v1.0/reports/x", &[("if-none-match", "e")]);
    assert!(matches!(ask(), Ok(Redirect::Location(url, _)) if url.ends_with("token=t")));
    assert!(matches!(ask(), Ok(Redirect::NotModified)));
    assert!(matches!(ask(), Ok(Redirect::Body(body)) if body.status == 200));
    for _ in 0..2 {
        let Err(Error::Protocol(fault)) = ask() else { panic!() };
        assert!(!format!("{fault:?}").contains("token=t"));
    }
}
