//! Certificates with their private keys, as an administrator has them in files.

use std::fs;
use std::time::Duration;

use host_harness::keys::{self, Pair};
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::built::root;
use crate::desk::Desk;
use crate::tenant::Tenant;

/// A fixture of the host: a certificate with its key; the passphrase is "fixture".
pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(root().join("host-harness/src/keys").join(name)).expect("a fixture")
}

/// The certificate and the key of the fixtures.
pub fn pair() -> Pair {
    keys::read(&fixture("open.pfx"), None).expect("a certificate and its key")
}

/// A certificate that ends so long from now, and the file that holds it with its key: that of the fixtures, because a
/// new one takes a second.
pub fn ending_in(left: Duration) -> (String, String) {
    let key = pair().key;
    let key = PrivatePkcs8KeyDer::from(key.expose());
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_RSA_SHA256).expect("a key");
    let ends = Duration::try_from(Timestamp::now().as_duration()).expect("after 1970") + left;
    let mut params = CertificateParams::default();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + ends;
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    (certificate.clone(), format!("{certificate}{}", key.serialize_pem()))
}

/// Configures `acme` to sign in with the certificate in a file, and connects.
pub fn connect(desk: &Desk, tenant: &Tenant, file: &str) {
    fs::write(desk.folder().join("certificate.pem"), file).expect("a file");
    let way = "--set sign-in=certificate --secret-file certificate=certificate.pem";
    desk.run(&tenant.configure().replace("--secret-env client-secret=SECRET", way)).with(0);
    desk.run("connect acme").with(0);
}
