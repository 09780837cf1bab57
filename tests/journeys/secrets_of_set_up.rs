//! What set-up makes and meets is shown nowhere, and the administrator's token is gone when it ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use simulator::{Fault, Mishap, Options};

use crate::canary::{Canaries, LEVELS, subjects};
use crate::desk::Desk;
use crate::set_up::new;
use crate::tenant::{Tenant, small};

/// The client through which an administrator signs in.
const TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// Access tokens of the administrator that the service gave out.
pub fn of_the_administrator(tenant: &Tenant) -> Vec<String> {
    let is_his = |token: &String| {
        let claims = token.split('.').nth(1).and_then(|claims| URL_SAFE_NO_PAD.decode(claims).ok());
        claims.is_some_and(|claims| String::from_utf8_lossy(&claims).contains(TOOLS))
    };
    tenant.control().given().into_iter().filter(is_his).collect()
}

#[test]
fn the_token_of_the_administrator_is_nowhere_when_set_up_has_ended() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let administrator = tenant.facts().administrator;
    let desk = tenant.desk();
    let mut met = 0;
    // Also when it stops half way: the next run asks for a sign-in of its own.
    let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"No."}}"#;
    let denied = Mishap::Answer { status: 403, headers: Vec::new(), body: body.to_owned() };
    tenant.control().inject(Fault::next("addPassword", denied));
    // What has to wait for the service keeps the token for the next step, in memory alone.
    tenant.control().replicate_after(1);
    for (words, code) in [
        (format!("{} --preview", new(&tenant)), 0),
        (new(&tenant), 5),
        (new(&tenant), 0),
        ("--rotate --yes".to_owned(), 0),
        ("--yes --set sign-in=certificate".to_owned(), 0),
        ("--remove --yes".to_owned(), 0),
    ] {
        let ended = tenant.led(&desk, &format!("set-up acme --no-browser {words} -v"), &administrator, 1).with(code);
        let his = of_the_administrator(&tenant);
        assert!(his.len() > met, "{words}: the administrator got no token");
        met = his.len();
        let mut canaries = Canaries::default();
        his.iter().for_each(|token| canaries.add(token.as_bytes()));
        canaries.look_everywhere(&ended.all(), &desk, &["ca.pem"]);
        // Nor is it among what is sealed.
        for (name, secret) in desk.unsealed() {
            assert!(canaries.find(&[(name.clone(), &secret)]).is_empty(), "{words}: {name} holds it");
            assert!(!["bearer", "keep"].contains(&name.as_str()), "{words}: {name}");
        }
    }
    // Nothing could renew it: no refresh token was asked for.
    assert!(!tenant.control().given().iter().any(|given| given.starts_with("1.")));
}

/// Notes what is secret at the desk now.
fn note(canaries: &mut Canaries, tenant: &Tenant, desk: &Desk) {
    tenant.control().given().iter().for_each(|given| canaries.add(given.as_bytes()));
    // A certificate is public; its key is not.
    let secret = desk.unsealed().into_iter().filter(|(name, _)| name != "setting/certificate");
    secret.for_each(|(_, secret)| canaries.add(&secret));
}

#[test]
fn no_secret_key_or_password_that_set_up_makes_is_shown_stored_or_exported() {
    let tenant = Tenant::new(Options { users: 40, ..small() });
    let control = tenant.control();
    let administrator = tenant.facts().administrator;
    let desk = tenant.desk();
    let mut seen = String::new();
    let mut canaries = Canaries::default();
    canaries.add(administrator.password.as_bytes());
    let set_up = |words: &str| tenant.led(&desk, &format!("set-up acme --no-browser {words}"), &administrator, 1);
    // The service quotes what it was shown, in the middle of everything.
    let quote = || {
        let last = control.given().into_iter().rfind(|given| given.starts_with("eyJ")).unwrap_or_default();
        let body = format!(r#"{{"error":{{"code":"Broken","message":"You sent Bearer {last}"}}}}"#);
        Mishap::Answer { status: 403, headers: Vec::new(), body }
    };
    for (words, kept) in [
        (new(&tenant), "setting/client-secret"),
        ("--rotate --yes".to_owned(), "setting/client-secret"),
        ("--yes --set sign-in=certificate".to_owned(), "key/certificate"),
        ("--rotate --yes".to_owned(), "key/certificate"),
    ] {
        for (level, format) in LEVELS.iter().zip(["table", "json", "csv"]) {
            let words = if words.contains("--rotate") { words.as_str() } else { &format!("{words} {level}") };
            seen.push_str(&set_up(&format!("{words} --format {format}")).with(0).all());
            note(&mut canaries, &tenant, &desk);
        }
        assert!(desk.unsealed().iter().any(|(name, _)| name == kept), "{words}: no {kept}");
        control.inject(Fault::next("/v1.0/groups", quote()));
        for line in ["connect acme -v", "collect acme -v", "doctor acme -v", "status --runs"] {
            seen.push_str(&desk.run(line).all());
        }
        note(&mut canaries, &tenant, &desk);
    }
    for format in ["table", "json", "csv"] {
        for subject in subjects(&desk) {
            seen.push_str(&desk.run(&format!("show {subject} --format {format}")).with(0).all());
        }
    }
    // A user with a first password, and a refusal that quotes the token of the administrator.
    let person = "--yes --set sign-in=browser --set restricted-user=reports-reader";
    control.inject(Fault::next("/v1.0/users", quote()).after(1));
    seen.push_str(&set_up(&format!("{person} -v")).all());
    seen.push_str(&set_up(&format!("{person} -v")).with(0).all());
    assert_eq!(control.made_users().len(), 1);
    note(&mut canaries, &tenant, &desk);
    seen.push_str(&set_up("--remove --yes -v").with(0).all());
    seen.push_str(&desk.run("connect acme -v").all());
    note(&mut canaries, &tenant, &desk);
    for words in ["Make a client secret", "Make a certificate", "first password"] {
        assert!(seen.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words} was not met: {seen}");
    }
    canaries.look_everywhere(&seen, &desk, &["ca.pem"]);
}
