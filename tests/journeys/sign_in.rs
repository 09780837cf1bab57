//! Signing in as a person, in the browser.

use simulator::Account;
use url::Url;

use crate::built::built;
use crate::desk::Desk;
use crate::robot::{Asking, Consent};
use crate::tenant::{Tenant, runtime, small};

/// A desk at which `acme` is configured to sign in with the browser.
fn desk(tenant: &Tenant, client: &str, settings: &str) -> Desk {
    let desk = tenant.desk();
    let (plugin, domain) = (built().connector.display(), tenant.facts().domain);
    let line = format!(
        "configure acme --plugin {plugin} --set tenant={domain} --set application-id={client} --set history-days=2 \
         --yes {settings}"
    );
    desk.run(&line).with(0);
    desk
}

fn parameter(page: &Url, name: &str) -> String {
    page.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn administrator(tenant: &Tenant) -> Account {
    tenant.facts().administrator
}

#[test]
fn a_person_signs_in_in_the_browser_and_the_credential_is_renewed_without_them() {
    let tenant = Tenant::new(small());
    let desk = desk(&tenant, &tenant.facts().public_client_id, "--set sign-in=browser");
    let robot = tenant.robot(administrator(&tenant), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let page = connect.page();
    assert_eq!(page.host_str(), Some(tenant.facts().authority));
    assert_eq!(parameter(&page, "code_challenge_method"), "S256");
    assert!(parameter(&page, "redirect_uri").starts_with("http://localhost:"), "{page}");
    assert!(parameter(&page, "redirect_uri").ends_with("/connect"), "{page}");
    let back = runtime().block_on(robot.browse(&page));
    runtime().block_on(robot.arrive(back));
    let ended = connect.end().with(0);
    assert!(ended.out.contains(&tenant.facts().organization), "{ended:#?}");
    assert_eq!(tenant.control().token_requests().get("authorization_code"), Some(&1));

    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
    assert_eq!(desk.count("SELECT count(*) FROM users"), 120);
    assert!(tenant.control().token_requests().contains_key("refresh_token"));
}

#[test]
fn answers_without_the_expected_state_are_ignored_and_the_listener_stays() {
    let tenant = Tenant::new(small());
    let desk = desk(&tenant, &tenant.facts().public_client_id, "--set sign-in=browser");
    let robot = tenant.robot(administrator(&tenant), Consent::Accept);
    let mut connect = Asking::of(desk.start("connect acme --no-browser"));
    let page = connect.page();
    let back = runtime().block_on(robot.browse(&page));
    let port = back.port().expect("a port");
    for forged in
        ["connect?code=stolen&state=forged", "connect?code=stolen", "favicon.ico", "connect?error=access_denied"]
    {
        for host in ["127.0.0.1", "[::1]"] {
            let address = format!("http://{host}:{port}/{forged}").parse().expect("an address");
            runtime().block_on(robot.arrive(address));
        }
    }
    runtime().block_on(robot.arrive(back));
    connect.end().with(0);
}

#[test]
fn an_administrator_consents_in_the_browser_and_the_application_is_connected() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let mut with_secret = desk(&tenant, &facts.fresh_client_id, "--set sign-in=browser");
    with_secret.set("SECRET", facts.fresh_client_secret);
    let change = "configure acme --set sign-in=application --set consent=ask --secret-env client-secret=SECRET";
    with_secret.run(change).with(0);
    let robot = tenant.robot(administrator(&tenant), Consent::Accept);
    let mut connect = Asking::of(with_secret.start("connect acme --no-browser"));
    let page = connect.page();
    assert!(page.path().ends_with("/adminconsent"), "{page}");
    let back = runtime().block_on(robot.browse(&page));
    assert_eq!(parameter(&back, "admin_consent"), "True");
    runtime().block_on(robot.arrive(back));
    let ended = connect.end().with(0);
    assert!(ended.tells("Set consent to \"granted\""), "{ended:#?}");
    with_secret.run("collect acme").with(0);
    // Nobody is asked again.
    with_secret.run("configure acme --set consent=granted").with(0);
    let again = with_secret.run("connect acme").with(0);
    assert!(!again.tells("Set consent"), "{again:#?}");
}

#[test]
fn a_refused_consent_is_told_in_a_sentence() {
    let tenant = Tenant::new(small());
    let facts = tenant.facts();
    let mut refused = desk(&tenant, &facts.fresh_client_id, "--set sign-in=browser");
    refused.set("SECRET", facts.fresh_client_secret);
    let change = "configure acme --set sign-in=application --set consent=ask --secret-env client-secret=SECRET";
    refused.run(change).with(0);
    let robot = tenant.robot(administrator(&tenant), Consent::Cancel);
    let mut connect = Asking::of(refused.start("connect acme --no-browser"));
    let back = runtime().block_on(robot.browse(&connect.page()));
    assert!(!parameter(&back, "error").is_empty(), "{back}");
    let description = parameter(&back, "error_description");
    runtime().block_on(robot.arrive(back));
    let ended = connect.end();
    assert_ne!(ended.code, 0);
    assert!(ended.err.contains("consent"), "{ended:#?}");
    assert!(ended.err.contains("AADSTS65004"), "{ended:#?}");
    for (label, name) in [("Trace ID: ", "trace "), ("Correlation ID: ", "correlation ")] {
        let id = description.lines().find_map(|line| line.strip_prefix(label)).expect("an id");
        assert!(ended.tells(&format!("{name}{id}")), "{id}: {ended:#?}");
    }
    assert!(!ended.out.contains("is connected"), "{ended:#?}");
}
