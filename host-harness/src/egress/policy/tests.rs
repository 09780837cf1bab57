use super::*;
use proptest::prelude::*;

fn origin(host: &str, methods: &[&str]) -> Origin {
    Origin {
        host: host.into(),
        methods: methods.iter().map(ToString::to_string).collect(),
        bearer: false,
        browse: false,
        redirects_to: Vec::new(),
        why: "to read".into(),
    }
}

fn pattern(text: &str) -> HostPattern {
    text.parse().unwrap()
}

#[test]
fn bad_forms_of_a_host_are_refused_when_they_are_read() {
    let bad = [
        "",
        "*",
        "*.",
        "*.com",
        "*example.com",
        "a.*.com",
        "*.*.com",
        "localhost",
        "example.com.",
        ".example.com",
        "a..b",
        "https://api.example.com",
        "api.example.com:443",
        "api.example.com/v1",
        "API.example.com",
        "bücher.example",
        "10.0.0.1",
        "127.1",
        "1.2.3",
        "0x7f.1",
        "127.0x1",
        "[::1]",
        "::1",
        "user@example.com",
        "example.com?x",
        "example.com#x",
        "exa mple.com",
        "-a.example.com",
        "a-.example.com",
        "*.10.0.0.1",
        "a.b%2e",
    ];
    for text in bad {
        assert!(text.parse::<HostPattern>().is_err(), "{text:?}");
    }
    let long = format!("{}.example.com", "a".repeat(64));
    assert!(long.parse::<HostPattern>().is_err());
    assert!("a.".repeat(130).parse::<HostPattern>().is_err());
}

#[test]
fn a_refusal_names_the_text_and_the_mend() {
    let error = "api.example.com:443".parse::<HostPattern>().unwrap_err().to_string();
    assert_eq!(
        error,
        "`api.example.com:443` is no host: a port or an address is not part of it. Write a name such as \
         `api.example.com`, or `*.example.com` for all names below it."
    );
}

#[test]
fn hosts_match_exactly_or_below_a_domain() {
    let cases = [
        ("api.example.com", "api.example.com", true),
        ("api.example.com", "xapi.example.com", false),
        ("api.example.com", "api.example.com.evil.net", false),
        ("*.example.com", "a.example.com", true),
        ("*.example.com", "a.b.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", ".example.com", false),
        ("*.example.com", "evilexample.com", false),
        ("*.xn--bcher-kva.example", "a.xn--bcher-kva.example", true),
    ];
    for (text, host, fits) in cases {
        assert_eq!(pattern(text).matches(host), fits, "{text} {host}");
    }
}

#[test]
fn a_pattern_covers_the_patterns_within_it() {
    let cases = [
        ("*.example.com", "a.example.com", true),
        ("*.example.com", "*.example.com", true),
        ("*.example.com", "*.a.example.com", true),
        ("*.a.example.com", "*.example.com", false),
        ("a.example.com", "*.a.example.com", false),
        ("*.example.com", "example.com", false),
    ];
    for (wide, narrow, covers) in cases {
        assert_eq!(pattern(wide).covers(&pattern(narrow)), covers, "{wide} {narrow}");
    }
}

#[test]
fn a_grant_holds_only_what_all_three_name() {
    let manifest = [origin("*.example.com", &["GET", "POST"]), origin("login.example.net", &["POST"])];
    let configured = [
        origin("eu.example.com", &["GET", "DELETE"]),
        origin("login.example.net", &["POST"]),
        origin("evil.org", &["GET"]),
    ];
    let all = grant(&manifest, None, &configured).unwrap();
    assert_eq!(all, [origin("eu.example.com", &["GET"]), origin("login.example.net", &["POST"])]);
    let some = grant(&manifest, Some(&[pattern("*.example.com")]), &configured).unwrap();
    assert_eq!(some, [origin("eu.example.com", &["GET"])]);
    assert_eq!(grant(&manifest, Some(&[]), &configured).unwrap(), []);
}

#[test]
fn a_grant_gives_no_credential_page_or_redirect_that_the_manifest_does_not_offer() {
    let manifest = [Origin { redirects_to: vec!["*.files.example.com".into()], ..origin("api.example.com", &["GET"]) }];
    let configured = [Origin {
        bearer: true,
        browse: true,
        redirects_to: vec!["eu.files.example.com".into(), "evil.org".into()],
        ..origin("api.example.com", &["GET"])
    }];
    let granted = grant(&manifest, None, &configured).unwrap();
    let expected = Origin { redirects_to: vec!["eu.files.example.com".into()], ..origin("api.example.com", &["GET"]) };
    assert_eq!(granted, [expected]);
}

#[test]
fn an_operator_who_allows_a_host_does_not_allow_where_it_redirects_to() {
    let manifest = [Origin { redirects_to: vec!["files.example.org".into()], ..origin("api.example.com", &["GET"]) }];
    let granted = grant(&manifest, Some(&[pattern("api.example.com")]), &manifest).unwrap();
    assert_eq!(granted, [origin("api.example.com", &["GET"])]);
}

#[test]
fn a_manifest_is_wider_when_it_reaches_anything_new() {
    let old = [Origin { browse: true, ..origin("*.example.com", &["GET"]) }];
    let widened = |new: Origin| is_wider(&old, &[new]).unwrap();
    assert!(!widened(origin("a.example.com", &["GET"])));
    assert!(!widened(Origin { browse: true, ..origin("*.example.com", &["GET"]) }));
    assert!(widened(origin("a.example.com", &["GET", "POST"])));
    assert!(widened(origin("b.example.net", &["GET"])));
    assert!(widened(Origin { bearer: true, ..origin("a.example.com", &["GET"]) }));
    assert!(widened(Origin { redirects_to: vec!["c.example.com".into()], ..origin("a.example.com", &["GET"]) }));
    assert!(!is_wider(&old, &[]).unwrap());
    assert!(is_wider(&[], &[Origin { browse: true, ..origin("a.example.com", &[]) }]).unwrap());
}

#[test]
fn a_method_in_lower_case_and_a_tunnel_are_refused() {
    for method in ["get", "", "CONNECT", "G T"] {
        assert!(matches!(read(&[origin("a.example.com", &[method])]), Err(OriginError::Method { .. })), "{method}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same_and_nothing_panics(text in "(\\*\\.)?[a-z0-9.*:-]{0,30}") {
        if let Ok(read) = text.parse::<HostPattern>() {
            prop_assert_eq!(read.to_string(), text);
        }
    }

    #[test]
    fn a_grant_is_never_wider_than_the_manifest(
        hosts in prop::collection::vec("(\\*\\.)?([ab]\\.){1,2}ex", 1..4),
        wanted in prop::collection::vec("(\\*\\.)?([ab]\\.){1,2}ex", 1..4),
    ) {
        let manifest: Vec<Origin> = hosts.iter().map(|host| origin(host, &["GET"])).collect();
        let configured: Vec<Origin> = wanted.iter().map(|host| origin(host, &["GET", "POST"])).collect();
        let granted = grant(&manifest, None, &configured).unwrap();
        prop_assert!(!is_wider(&manifest, &granted).unwrap());
        prop_assert!(!is_wider(&configured, &granted).unwrap());
    }
}
