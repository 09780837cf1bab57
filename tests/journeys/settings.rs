//! Settings that change while a connection lives: what counts from the next run, and what has to be signed in for again.

use crate::desk::Desk;
use crate::tenant::{Tenant, small};

/// The command refused because nobody is signed in.
const SIGN_IN: i32 = 4;

/// Persons whose seat is proposed to be taken back because nothing was done with it.
fn inactive(desk: &Desk) -> Vec<String> {
    desk.column("SELECT subject || ' ' || product FROM recommendations WHERE rule = 'inactive' ORDER BY 1")
}

#[test]
fn what_is_made_of_the_data_is_changed_without_connecting_again() {
    let tenant = Tenant::new(small());
    let desk = tenant.connected();
    desk.run("configure acme --set inactive-days=180").with(0);
    desk.run("collect acme").with(0);
    let strict = inactive(&desk);
    let tokens = tenant.requests("/oauth2/v2.0/token").len();

    let changed = desk.run("configure acme --set inactive-days=30 --set exclude-users=nobody@contoso.com").with(0);
    assert!(changed.tells("next: host-harness run acme"), "{changed:#?}");
    desk.run("collect acme").with(0);
    let lenient = inactive(&desk);
    assert!(lenient.len() > strict.len(), "{} and {}", lenient.len(), strict.len());
    assert!(strict.iter().all(|seat| lenient.contains(seat)), "{strict:?} in {lenient:?}");
    assert_eq!(tenant.requests("/oauth2/v2.0/token").len(), tokens, "the credential was made anew");
}

#[test]
fn another_tenant_or_secret_is_connected_before_anything_is_collected() {
    let tenant = Tenant::new(small());
    let mut desk = tenant.connected();
    let (facts, asked) = (tenant.facts(), "configured and not connected");
    desk.run("collect acme").with(0);

    // The same once more is no change.
    desk.run(&format!("configure acme --set tenant={} --secret-env client-secret=SECRET", facts.domain)).with(0);
    desk.run("collect acme").with(0);

    let other = desk.run(&format!("configure acme --set tenant={}", facts.tenant_id)).with(0);
    assert!(other.tells("next: host-harness connect acme"), "{other:#?}");
    let refused = desk.run("collect acme").with(SIGN_IN);
    assert!(refused.tells(asked) && refused.tells("host-harness connect acme"), "{refused:#?}");
    // What was there before was proven before; it is proven again all the same, as no credential is left of it.
    desk.run(&format!("configure acme --set tenant={}", facts.domain)).with(0);
    desk.run("collect acme").with(SIGN_IN);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);

    desk.set("WRONG", "abC8Q~another-secret-of-the-application");
    desk.run("configure acme --secret-env client-secret=WRONG").with(0);
    assert!(desk.run("collect acme").with(SIGN_IN).tells(asked));
    desk.run("configure acme --secret-env client-secret=SECRET").with(0);
    desk.run("connect acme").with(0);
    desk.run("collect acme").with(0);
}
