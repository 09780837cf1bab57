//! What Microsoft Entra ID refuses, in every way of signing in but that of `refusals.rs`, and to the administrator of set-up.

use std::fs;

use simulator::{Account, Options};

use crate::desk::{Desk, Ended};
use crate::refusals::{TOKEN, table, tells, token_body};
use crate::robot::{Asking, Consent};
use crate::set_up::{changes, new};
use crate::tenant::{Tenant, runtime, small};
use crate::ways::answer;

/// One code of each kind, with the field `error` with which it comes.
const CODES: [(&str, &str, u16); 5] = [
    ("7000218", "invalid_client", 401),
    ("50057", "invalid_grant", 400),
    ("50105", "invalid_grant", 400),
    ("650057", "invalid_resource", 400),
    ("50196", "invalid_request", 429),
];

fn tenant() -> Tenant {
    Tenant::new(Options { users: 40, ..small() })
}

/// A desk at which `acme` signs in through the public client in some way.
fn desk(tenant: &Tenant, way: &str) -> Desk {
    let facts = tenant.facts();
    let mut desk = tenant.desk();
    desk.set("PASSWORD", facts.administrator.password.clone());
    let (client, own) = match way {
        "password" => (
            &facts.public_client_id,
            format!(" --set user-name={} --secret-env password=PASSWORD", facts.administrator.principal_name),
        ),
        "federated" => {
            fs::write(desk.folder().join("token"), tenant.control().provider_token("machine", 3600)).expect("a file");
            (&facts.client_id, " --secret-file federated-token=token".to_owned())
        }
        _ => (&facts.public_client_id, String::new()),
    };
    desk.run(&tenant.configure_as("acme", client, &format!("--set sign-in={way}{own}"))).with(0);
    desk
}

/// Each code is answered to the next request of a path, and told by what runs then.
fn each_is_told(tenant: &Tenant, path: &str, way: &str, run: &dyn Fn() -> Ended) {
    let table = table("src/data/sign-in-codes.tsv");
    for (code, error, status) in CODES {
        let sentence = table.iter().find(|cells| cells[0] == code).expect("a sentence");
        answer(tenant, path, status, &[], &token_body(error, code));
        let ended = run();
        let [name, trace, correlation] =
            [format!("AADSTS{code}"), format!("trace t-{code}"), format!("correlation c-{code}")];
        // A password alone is told otherwise what an application has to prove.
        let (happened, mend) = match (way, code) {
            ("password", "7000218") => (
                "The application must prove itself, or does not allow sign-ins with a password.",
                "Enter its client secret, or set Allow public client flows under App registrations, Authentication.",
            ),
            _ => (sentence[3].as_str(), sentence[4].as_str()),
        };
        tells(&ended, &[happened, mend, &name, &trace, &correlation]);
        assert_eq!(ended.tells("run the same command again"), status == 429, "{way}: {ended:#?}");
    }
}

#[test]
fn a_password_and_a_federated_token_are_told_why_they_are_refused() {
    let tenant = tenant();
    for way in ["password", "federated"] {
        let desk = desk(&tenant, way);
        each_is_told(&tenant, TOKEN, way, &|| desk.run("connect acme"));
    }
}

#[test]
fn whoever_signs_in_in_the_browser_is_told_why_the_code_is_not_redeemed_or_the_sign_in_not_renewed() {
    let tenant = tenant();
    let person = tenant.facts().administrator;
    let desk = desk(&tenant, "browser");
    let connect = || tenant.led(&desk, "connect acme --no-browser", &person, 1);
    each_is_told(&tenant, TOKEN, "browser", &connect);
    connect().with(0);
    each_is_told(&tenant, TOKEN, "refresh", &|| {
        tenant.control().expire_tokens();
        desk.run("doctor acme")
    });
    // What passed by is forgotten: the sign-in itself stands.
    tenant.control().expire_tokens();
    desk.run("collect acme").with(0);
}

#[test]
fn whoever_signs_in_by_a_code_is_told_why_none_is_given() {
    let tenant = tenant();
    let desk = desk(&tenant, "device-code");
    each_is_told(&tenant, "oauth2/v2.0/devicecode", "device-code", &|| desk.run("connect acme"));
    let person: Account = tenant.facts().administrator;
    tenant.led_by_code(&desk, "connect acme", &person).with(0);
}

#[test]
fn an_administrator_is_told_what_is_wrong_with_the_account_and_not_with_the_application_of_the_connector() {
    let tenant = tenant();
    let desk = tenant.desk();
    let line = format!("set-up acme --no-browser {}", new(&tenant));
    let set_up = || tenant.led(&desk, &line, &tenant.facts().administrator, 1);
    for (code, error, told) in [
        (
            "50079",
            "interaction_required",
            "next: Finish the registration at https://aka.ms/mysecurityinfo, then run set-up",
        ),
        ("50055", "invalid_grant", "next: Change the password, then run set-up again."),
        (
            "650057",
            "invalid_resource",
            "The client that was named for the administrator may not ask for Microsoft Graph.",
        ),
        ("7000218", "invalid_client", "is no public client with the redirect URI http://localhost"),
        ("70011", "invalid_scope", "Look whether the cloud of the connection is the one in which the tenant lives."),
    ] {
        answer(&tenant, TOKEN, 400, &[], &token_body(error, code));
        let (name, trace) = (format!("AADSTS{code}"), format!("trace t-{code}"));
        let ended = set_up();
        tells(&ended, &[told, &name, &trace]);
        assert!(!ended.tells("onnect again"), "{ended:#?}");
    }

    // The page was left by its button "Cancel": it comes back without a number.
    let mut asking = Asking::of(desk.start(&line));
    let page = asking.page();
    let value = |name: &str| page.query_pairs().find(|(known, _)| known == name).expect("a parameter").1.into_owned();
    let mut back: url::Url = value("redirect_uri").parse().expect("an address");
    back.query_pairs_mut().extend_pairs([
        ("error", "access_denied"),
        ("error_subcode", "cancel"),
        ("state", value("state").as_str()),
    ]);
    let robot = tenant.robot(tenant.facts().administrator, Consent::Accept);
    runtime().block_on(robot.arrive(back));
    let cancelled = asking.end();
    tells(&cancelled, &["The consent for the client of set-up was declined.", "code: access_denied", "--preview"]);
    assert_eq!(changes(&tenant.control()), Vec::<String>::new());
}
