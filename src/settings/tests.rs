use proptest::prelude::*;

use super::*;
use crate::contract::types::Problem;

// This file does not compile when a secret can be shown, written or left behind in memory.
static_assertions::assert_not_impl_any!(Secret: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_impl_all!(Secret: ZeroizeOnDrop);

fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.to_owned(), value: value.to_owned() }
}

const APP: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

fn good() -> Vec<Setting> {
    vec![
        setting("tenant", "contoso.onmicrosoft.com"),
        setting("application-id", APP),
        setting("client-secret", "abC8Q~made-up-secret-of-a-test"),
    ]
}

fn with(name: &str, value: &str) -> Vec<Setting> {
    let mut all = good();
    all.retain(|setting| setting.name != name);
    all.push(setting(name, value));
    all
}

fn problems(settings: &[Setting]) -> Vec<Problem> {
    match Settings::enter(settings) {
        Err(Error::InvalidSettings(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_least_settings_get_every_default() {
    let settings = Settings::enter(&good()).unwrap();
    assert_eq!(settings.sign_in, SignIn::Application);
    assert_eq!(settings.cloud, Cloud::Global);
    assert_eq!(settings.consent, Consent::Granted);
    assert_eq!((settings.history_days, settings.inactive_days, settings.grace_days), (30, 90, 30));
    let names: Vec<String> = settings.written().into_iter().map(|setting| setting.name).collect();
    let without = [
        form::CERTIFICATE,
        form::FEDERATED_TOKEN,
        form::USER_NAME,
        form::PASSWORD,
        form::DAILY_REPORTS,
        form::EXCLUDE_USERS,
        form::EXCLUDE_GROUPS,
        form::EXCLUDE_PRODUCTS,
        form::SET_UP_RECORD,
    ];
    let expected: Vec<&str> = form::NAMES.into_iter().filter(|name| !without.contains(name)).collect();
    assert_eq!(names, expected);
}

#[test]
fn each_way_of_signing_in_asks_for_what_it_needs_and_takes_it_in_its_normal_form() {
    let certificate = crate::wire::CERTIFICATE;
    type Way<'a> = (&'a str, SignIn, &'a [(&'a str, &'a str)]);
    let ways: [Way; 6] = [
        ("application", SignIn::Application, &[("client-secret", "abC8Q~made-up")]),
        ("certificate", SignIn::Certificate, &[("certificate", certificate)]),
        ("federated", SignIn::Federated, &[("federated-token", "aa.b-b.c_c")]),
        ("browser", SignIn::Browser, &[]),
        ("device-code", SignIn::DeviceCode, &[]),
        ("password", SignIn::Password, &[("user-name", "reader@contoso.com"), ("password", "correct horse")]),
    ];
    for (value, way, needs) in ways {
        let mut least = good();
        least.retain(|setting| setting.name != "client-secret");
        least.push(setting("sign-in", value));
        if !needs.is_empty() {
            let fields: Vec<String> = problems(&least).into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, needs.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>(), "{value}");
        }
        least.extend(needs.iter().map(|(name, value)| setting(name, value)));
        let settings = Settings::enter(&least).unwrap();
        assert_eq!(settings.sign_in, way);
        assert_eq!(Settings::enter(&settings.written()).unwrap(), settings, "{value}");
        // Whoever may see the fields of one way is asked for them in no other.
        for field in form::fields().iter().filter(|field| needs.iter().any(|(name, _)| *name == field.name)) {
            let (other, ways) = field.only_when.clone().unwrap();
            assert!(other == "sign-in" && ways.contains(&value.to_owned()), "{}", field.name);
        }
    }
}

#[test]
fn what_cannot_be_a_certificate_a_token_a_user_name_or_a_password_is_refused_without_repeating_it() {
    for (name, wrong) in [
        ("certificate", "-----BEGIN PRIVATE KEY-----"),
        ("federated-token", "not a token"),
        ("federated-token", "a..b"),
        ("user-name", "reader"),
        ("user-name", "reader@contoso"),
        ("password", " begins with a blank"),
        ("password", "ends with one "),
    ] {
        let found = problems(&with(name, wrong));
        assert_eq!(found[0].field, name, "{wrong}");
        assert!(name == "user-name" || !format!("{found:?}").contains(wrong.trim()), "{wrong}");
    }
    assert_eq!(Settings::enter(&with("password", "in between")).unwrap().password.unwrap().reveal(), "in between");
}

#[test]
fn the_end_of_a_secret_goes_with_the_secret_and_is_a_day() {
    let ends = |value: &str| Settings::enter(&with("client-secret-ends", value)).unwrap().client_secret_ends;
    assert_eq!(ends("abC 2027-05-24").as_deref(), Some("abC 2027-05-24"));
    assert_eq!(ends("xyz 2027-05-24").as_deref(), Some("abC"), "it is that of another secret");
    // Where no secrets are given, it is still known.
    let mut stored = with("client-secret-ends", "abC 2027-05-24");
    stored.retain(|setting| setting.name != "client-secret");
    assert_eq!(Settings::read(&stored).unwrap().client_secret_ends.as_deref(), Some("abC 2027-05-24"));
    // What says nothing leaves how the secret at hand begins.
    for (value, known) in [("2027-05-24", "abC"), ("abC", "abC"), ("abC soon", "abC"), ("", "abC"), ("ab", "ab")] {
        assert_eq!(ends(value).as_deref(), Some(known), "{value:?}");
    }
    let ends = |more: &[Setting]| {
        let mut all = with("sign-in", "browser");
        all.retain(|setting| setting.name != "client-secret");
        all.extend_from_slice(more);
        Settings::enter(&all).unwrap().client_secret_ends
    };
    assert_eq!(ends(&[setting("client-secret", "tooshort")]), None, "much of it would be told");
    assert_eq!(ends(&[setting("client-secret-ends", "abC 2027-05-24")]), None, "the secret was taken away");
}

#[test]
fn lists_are_read_line_by_line_and_abilities_must_be_known() {
    let settings =
        Settings::enter(&with("exclude-users", " ada@contoso.com \n\nbob@contoso.com; cy@contoso.com")).unwrap();
    assert_eq!(settings.exclude_users, ["ada@contoso.com", "bob@contoso.com", "cy@contoso.com"]);
    assert_eq!(settings.not_needed, ["companions"]);
    assert!(Settings::enter(&with("not-needed", "nothing")).unwrap().not_needed.is_empty());
    let daily = |value: &str| Settings::enter(&with("daily-reports", value)).unwrap().daily_reports;
    assert_eq!(daily("teams-activity-days, app-user-days\napp-user-days"), ["app-user-days", "teams-activity-days"]);
    assert_eq!((daily("all; app-user-days").len(), daily("nothing").len()), (8, 0));
    let snapshot = problems(&with("daily-reports", "email-activity"));
    assert!(snapshot[0].mend.contains("email-activity-days"), "{snapshot:?}");
    let named = Settings::enter(&with("not-needed", "windows, compliance;project,")).unwrap();
    assert_eq!(named.not_needed, ["windows", "compliance", "project"]);
    for wrong in ["teleport", "teams"] {
        let problems = problems(&with("not-needed", wrong));
        assert!(problems[0].mend.contains("compliance"), "{problems:?}");
    }
}

#[test]
fn the_form_says_the_same_defaults_and_names_as_the_reading() {
    let fields = form::fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, form::NAMES);
    let signs_in: Vec<&str> = fields.iter().filter(|field| field.signs_in).map(|field| field.name.as_str()).collect();
    assert_eq!(
        signs_in,
        [
            "tenant",
            "application-id",
            "sign-in",
            "client-secret",
            "certificate",
            "federated-token",
            "user-name",
            "password",
            "cloud",
            "consent"
        ]
    );
    let written = Settings::enter(&good()).unwrap().written();
    for field in fields.iter().filter(|field| field.default.is_some()) {
        let value = written.iter().find(|setting| setting.name == field.name).map(|setting| setting.value.clone());
        assert_eq!(value, field.default, "{}", field.name);
    }
}

#[test]
fn what_was_written_reads_as_itself_with_and_without_the_secret() {
    let settings = Settings::enter(&with("inactive-days", "180")).unwrap();
    assert_eq!(Settings::enter(&settings.written()).unwrap(), settings);
    let mut stored = settings.written();
    stored.retain(|setting| setting.name != "client-secret");
    assert_eq!(Settings::read(&stored).unwrap(), Settings { client_secret: None, ..settings });
}

#[test]
fn pasted_tenants_are_brought_into_their_normal_form() {
    for (pasted, tenant) in [
        ("  Contoso.onMicrosoft.com \n", "contoso.onmicrosoft.com"),
        ("https://contoso.com/", "contoso.com"),
        ("http://www.contoso.com/about?x=1", "contoso.com"),
        ("contoso.com.", "contoso.com"),
        ("{AAAABBBB-0000-CCCC-1111-DDDD2222EEEE}", "aaaabbbb-0000-cccc-1111-dddd2222eeee"),
    ] {
        assert_eq!(Settings::enter(&with("tenant", pasted)).unwrap().tenant, tenant, "{pasted}");
    }
}

#[test]
fn what_names_no_tenant_is_refused() {
    for wrong in ["common", "organizations", "contoso", "ada@contoso.com", "con toso.com", "-a.com", "..", ""] {
        let problems = problems(&with("tenant", wrong));
        assert_eq!(problems.len(), 1, "{wrong}");
        assert_eq!(problems[0].field, "tenant");
        assert!(!problems[0].mend.is_empty());
    }
}

#[test]
fn the_id_of_a_secret_is_told_from_its_value() {
    let problems_of_id = problems(&with("client-secret", "0f0f0f0f-1111-2222-3333-444455556666"));
    assert_eq!(problems_of_id[0].wrong, "This is the secret's id, not its value.");
    let problems_of_app = problems(&with("client-secret", APP));
    assert_eq!(problems_of_app[0].wrong, "This is the application id and not its secret.");
}

#[test]
fn every_problem_is_told_at_once() {
    let settings = [
        setting("tenant", ""),
        setting("application-id", "12345"),
        setting("sign-in", "telepathy"),
        setting("cloud", "germany"),
        setting("consent", "maybe"),
        setting("history-days", "31"),
        setting("inactive-days", "91"),
        setting("grace-days", "-1"),
        setting("colour", "blue"),
        setting("cloud", "global"),
    ];
    let fields: Vec<String> = problems(&settings).into_iter().map(|problem| problem.field).collect();
    let expected = [
        "colour",
        "cloud",
        "tenant",
        "application-id",
        "sign-in",
        "cloud",
        "consent",
        "history-days",
        "inactive-days",
        "grace-days",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn a_secret_is_required_only_to_sign_in_as_the_application() {
    let mut settings = good();
    settings.retain(|setting| setting.name != "client-secret");
    assert_eq!(problems(&settings)[0].field, "client-secret");
    settings.push(setting("sign-in", "browser"));
    assert!(Settings::enter(&settings).unwrap().client_secret.is_none());
}

#[test]
fn no_problem_repeats_a_secret_and_no_debug_shows_one() {
    let secret = "very secret value";
    let text = format!("{:?}", problems(&with("client-secret", secret)));
    assert!(!text.contains(secret), "{text}");
    let settings = Settings::enter(&good()).unwrap();
    assert!(!format!("{settings:?}").contains("made-up"));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![proptest::sample::select(form::NAMES.to_vec()).prop_map(str::to_owned), any::<String>()]
}

proptest! {
    #[test]
    fn arbitrary_settings_are_accepted_or_refused_with_a_reason(
        pairs in proptest::collection::vec((name(), any::<String>()), 0..12)
    ) {
        let settings: Vec<Setting> = pairs.iter().map(|(name, value)| setting(name, value)).collect();
        match Settings::enter(&settings) {
            Ok(read) => prop_assert_eq!(Settings::enter(&read.written()).unwrap(), read),
            Err(Error::InvalidSettings(problems)) => {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|problem| !problem.wrong.is_empty() && !problem.mend.is_empty()));
            }
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }
}
