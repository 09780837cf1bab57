//! Each way of recognising, the order of the ways, and the traps.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::contract::rows::SignOn;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(Vec::new()));

const SLACK_ID: &str = "4e6c12ac-5ba4-424c-9e3c-7b3a087ebd2e";
const AWS_TEMPLATE: &str = "8b1025e4-1dd2-430b-a150-2ef79cd700f5";
const NOBODY: &str = "00000000-0000-0000-0000-000000000001";

fn found(facts: &Facts) -> Option<(&'static str, By)> {
    find(&CATALOGUE, facts).map(|found| (found.application.id.as_str(), found.by))
}

fn by_url(url: &str) -> Option<&'static str> {
    let reply_urls = [url.to_owned()];
    let facts = Facts { reply_urls: &reply_urls, ..Facts::default() };
    found(&facts).map(|(id, by)| {
        assert!(matches!(by, By::ReplyUrl(_)), "{by:?}");
        id
    })
}

fn by_name(name: &str) -> Option<&'static str> {
    found(&Facts { name, ..Facts::default() }).map(|(id, by)| {
        assert_eq!(by, By::Name(name.to_owned()));
        id
    })
}

#[test]
fn an_application_id_is_enough() {
    let upper = SLACK_ID.to_uppercase();
    for application_id in [SLACK_ID, &upper] {
        let facts = Facts { application_id, name: "something else", ..Facts::default() };
        assert_eq!(found(&facts), Some(("slack", By::ApplicationId)));
    }
}

#[test]
fn an_entry_of_the_gallery_is_enough() {
    let facts = Facts { application_id: NOBODY, template: Some(AWS_TEMPLATE), name: "Login", ..Facts::default() };
    assert_eq!(found(&facts), Some(("amazon-web-services", By::Template)));
}

#[test]
fn a_verified_publisher_of_one_application_is_enough() {
    let facts = Facts { verified_publisher: Some("Zoom Video Communications, Inc."), ..Facts::default() };
    let by = By::VerifiedPublisher("Zoom Video Communications, Inc.".to_owned());
    assert_eq!(found(&facts), Some(("zoom", by)));
}

#[test]
fn of_a_verified_publishers_applications_the_name_or_the_addresses_pick_one() {
    let reply_urls = ["https://trello.com/auth".to_owned(), "https://intranet.example/".to_owned()];
    let publisher = Some("Atlassian");
    let by = || By::VerifiedPublisher("Atlassian".to_owned());
    let named = Facts { verified_publisher: publisher, name: "Bitbucket Cloud", ..Facts::default() };
    assert_eq!(found(&named), Some(("bitbucket", by())));
    let addressed =
        Facts { verified_publisher: publisher, name: "Power-Up", reply_urls: &reply_urls, ..Facts::default() };
    assert_eq!(found(&addressed), Some(("trello", by())));
    let neither = Facts { verified_publisher: publisher, name: "Power-Up", ..Facts::default() };
    assert_eq!(found(&neither), None);
}

#[test]
fn a_publisher_that_is_a_domain_leads_to_its_application() {
    let facts = Facts { publisher: Some("Asana.com"), ..Facts::default() };
    assert_eq!(found(&facts), Some(("asana", By::PublisherDomain("asana.com".to_owned()))));
}

#[test]
fn a_publisher_that_nobody_verified_counts_little() {
    let facts = Facts { publisher: Some("Snowflake Inc."), ..Facts::default() };
    assert_eq!(found(&facts), Some(("snowflake", By::Publisher("Snowflake Inc.".to_owned()))));
}

#[test]
fn a_home_page_leads_to_its_application() {
    for page in ["https://www.figma.com/files", "www.figma.com", "figma.com"] {
        let facts = Facts { home_page: Some(page), ..Facts::default() };
        assert_eq!(found(&facts), Some(("figma", By::HomePage("figma.com".to_owned()))), "{page}");
    }
}

#[test]
fn reply_urls_lead_to_the_maker_of_their_host() {
    for (url, expected) in [
        ("https://slack.com/", Some("slack")),
        ("https://acme.slack.com/sso/saml", Some("slack")),
        ("https://ACME.Slack.Com./sso", Some("slack")),
        ("https://*.zendesk.com/access/saml", Some("zendesk")),
        ("https://acme.zoom.us/saml/SSO", Some("zoom")),
        ("https://login.zoominfo.com/callback", Some("zoominfo")),
        ("https://crm.zoho.com/x", Some("zoho-crm")),
        ("https://accounts.zoho.com/samlresponse/1", Some("zoho-one")),
        ("https://www.google.com/a/acme.example/acs", Some("google-workspace")),
        ("https://console.cloud.google.com/", Some("google-cloud")),
        ("https://signin.aws.amazon.com/saml", Some("amazon-web-services")),
        ("https://acme.service-now.com/navpage.do", Some("servicenow")),
    ] {
        assert_eq!(by_url(url), expected, "{url}");
    }
}

#[test]
fn hosts_that_only_look_like_a_makers_do_not_match() {
    for url in [
        "https://notslack.com/",
        "https://slack.com.evil.example/",
        "https://slack-com.example/",
        "https://slack.co/",
        "https://slack.com@evil.example/",
        "https://evil.example/slack.com",
        "https://evil.example/#https://slack.com",
        "https://zoom.us.example/",
        "https://xn--slck-1oa.com/",
        "slack://slack.com/callback",
        "urn:slack.com",
        "https://com/",
    ] {
        assert_eq!(by_url(url), None, "{url}");
    }
}

#[test]
fn hosts_that_anybody_can_have_do_not_match() {
    for url in [
        "https://slack.azurewebsites.net/.auth/login/aad/callback",
        "https://slack.herokuapp.com/",
        "https://acme.okta.com/sso/saml2/0oa1",
        "https://okta.com/",
        "https://acme.auth0.com/login/callback",
        "https://d111111abcdef8.cloudfront.net/",
        "https://acme.onelogin.com/",
        "https://acme.sharepoint.com/",
        "https://acme.myshopify.com/",
        "https://myapp.amazonaws.com/",
        "https://localhost/",
    ] {
        assert_eq!(by_url(url), None, "{url}");
    }
}

#[test]
fn reply_urls_of_several_makers_tell_nothing() {
    let both = ["https://acme.slack.com/a".to_owned(), "https://hooks.zapier.com/b".to_owned()];
    assert_eq!(found(&Facts { reply_urls: &both, name: "Our bridge", ..Facts::default() }), None);
    let one = ["https://acme.slack.com/a".to_owned(), "https://intranet.acme.example/b".to_owned()];
    assert_eq!(
        found(&Facts { reply_urls: &one, name: "Our bridge", ..Facts::default() }),
        Some(("slack", By::ReplyUrl("slack.com".to_owned())))
    );
}

#[test]
fn names_are_compared_whole() {
    for (name, expected) in [
        ("Box", Some("box")),
        ("BOX", Some("box")),
        ("Box for Office 365", Some("box")),
        ("Box, Inc.", Some("box")),
        ("Dropbox", Some("dropbox")),
        ("Dropbox Business SSO", Some("dropbox")),
        ("Zoom", Some("zoom")),
        ("ZoomInfo", Some("zoominfo")),
        ("Zoom for Microsoft Teams", Some("zoom")),
        ("Salesforce (SAML)", Some("salesforce")),
        ("Google Cloud / G Suite Connector by Microsoft", Some("google-workspace")),
        ("Aha", Some("aha")),
        ("Our Box", None),
        ("Box office", None),
        ("Mailbox", None),
        ("Slack bot of the finance team", None),
        ("Slacker", None),
        ("SSO", None),
        ("", None),
    ] {
        assert_eq!(by_name(name), expected, "{name}");
    }
}

#[test]
fn a_verified_publisher_unknown_to_the_catalogue_outweighs_the_name() {
    let facts =
        Facts { name: "Slack", verified_publisher: Some("Evil Ltd"), publisher: Some("Slack"), ..Facts::default() };
    assert_eq!(found(&facts), None);
}

#[test]
fn the_weightiest_fact_that_tells_counts() {
    let reply_urls = ["https://app.asana.com/".to_owned()];
    let all = Facts {
        application_id: SLACK_ID,
        template: Some(AWS_TEMPLATE),
        verified_publisher: Some("Zoom Video Communications, Inc."),
        publisher: Some("miro.com"),
        home_page: Some("https://figma.com"),
        reply_urls: &reply_urls,
        name: "Dropbox",
    };
    let ways = [
        all,
        Facts { application_id: NOBODY, ..all },
        Facts { application_id: NOBODY, template: Some(NOBODY), ..all },
        Facts { application_id: NOBODY, template: None, verified_publisher: None, ..all },
        Facts {
            application_id: NOBODY,
            template: None,
            verified_publisher: None,
            publisher: Some("Snowflake Inc."),
            ..all
        },
        Facts { reply_urls: &[], home_page: all.home_page, publisher: Some("Snowflake Inc."), ..Facts::default() },
        Facts { publisher: Some("Snowflake Inc."), name: "Dropbox", ..Facts::default() },
        Facts { publisher: Some("Somebody"), name: "Dropbox", ..Facts::default() },
    ];
    let found: Vec<&str> = ways.iter().filter_map(|facts| found(facts)).map(|(id, _)| id).collect();
    assert_eq!(found, ["slack", "amazon-web-services", "zoom", "miro", "asana", "figma", "snowflake", "dropbox"]);
}

#[test]
fn a_match_says_how_sure_it_is_and_why() {
    let reply_urls = ["https://acme.slack.com/a".to_owned()];
    for (facts, expected) in [
        (Facts { application_id: SLACK_ID, ..Facts::default() }, "high: the application id is that of Slack"),
        (
            Facts { template: Some(AWS_TEMPLATE), ..Facts::default() },
            "high: it comes from the gallery's entry of Amazon Web Services",
        ),
        (Facts { verified_publisher: Some("Miro"), ..Facts::default() }, "high: the verified publisher is Miro"),
        (
            Facts { publisher: Some("miro.com"), ..Facts::default() },
            "medium: the publisher's domain belongs to miro.com",
        ),
        (Facts { reply_urls: &reply_urls, ..Facts::default() }, "medium: a reply URL leads to slack.com"),
        (Facts { home_page: Some("https://app.box.com"), ..Facts::default() }, "low: the home page lies in box.com"),
        (
            Facts { publisher: Some("Miro"), ..Facts::default() },
            "low: the publisher calls itself Miro, which is not verified",
        ),
        (Facts { name: "Box SSO", ..Facts::default() }, "low: only the name Box SSO is the same"),
    ] {
        assert_eq!(find(&CATALOGUE, &facts).map(|found| found.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn an_installed_application_is_recognised_by_what_the_directory_tells() {
    let installed = InstalledApplication {
        id: NOBODY.to_owned(),
        object: NOBODY.to_owned(),
        name: "Chat of the north".to_owned(),
        publisher: None,
        verified_publisher: None,
        first_party: Some(false),
        home_made: Some(true),
        sign_on: SignOn::Saml,
        template: None,
        homepage: None,
        reply_urls: vec!["https://north.slack.com/sso/saml".to_owned()],
        tags: Vec::new(),
        enabled: Some(true),
        created: None,
        assignment_required: None,
        owners: Vec::new(),
    };
    assert_eq!(found(&Facts::from(&installed)), Some(("slack", By::ReplyUrl("slack.com".to_owned()))));
}

#[test]
fn every_listed_application_is_recognised_by_its_own_facts() {
    for application in CATALOGUE.applications() {
        for name in &application.names {
            assert_eq!(by_name(name), Some(application.id.as_str()), "{name}");
        }
        for domain in &application.domains {
            assert_eq!(by_url(&format!("https://acme.{domain}/saml")), Some(application.id.as_str()), "{domain}");
        }
    }
}

/// Texts like those of a directory, with listed names and domains in them, and any text at all.
fn text() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "slack.com",
        "Slack",
        "Atlassian",
        "https://",
        "okta.com",
        ".",
        "@",
        "/",
        " for Office 365",
        "*.",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(prop_oneof![known.prop_map(str::to_owned), ".{0,4}"], 0..6)
            .prop_map(|parts| parts.concat())
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_matcher_stumble(
        texts in prop::array::uniform6(text()),
        reply_urls in prop::collection::vec(text(), 0..4),
        present in any::<[bool; 4]>(),
    ) {
        let [application_id, template, verified, publisher, home_page, name] = &texts;
        let facts = Facts {
            application_id,
            template: present[0].then_some(template),
            verified_publisher: present[1].then_some(verified),
            publisher: present[2].then_some(publisher),
            home_page: present[3].then_some(home_page),
            reply_urls: &reply_urls,
            name,
        };
        let text = find(&CATALOGUE, &facts).map(|found| found.to_string());
        prop_assert!(text.is_none_or(|text| text.contains(": ")));
    }

    #[test]
    fn a_host_matches_only_at_or_beneath_a_listed_domain(label in "[a-z0-9]{1,12}", glue in "[.-]?") {
        let at_or_beneath = glue == "." ;
        let found = by_url(&format!("https://{label}{glue}slack.com/"));
        prop_assert_eq!(found == Some("slack"), at_or_beneath);
    }
}
