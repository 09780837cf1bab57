//! A certificate authority made at the start, and a certificate for all simulated hosts.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData, date_time_ymd,
};
use ring::digest;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::clock::{civil, day_of};
use crate::hosts::HOSTS;
use crate::start::StartError;

/// What the listener needs, and what a client must trust.
pub(crate) struct Certificates {
    /// Accepts connections.
    pub(crate) acceptor: TlsAcceptor,
    /// The authority's certificate in PEM.
    pub(crate) ca_pem: String,
    /// SHA-256 of the server's public key (its SubjectPublicKeyInfo), in base64.
    pub(crate) public_key_hash: String,
}

/// Makes the authority and the certificate. They are valid at the simulator's time and at the system's, because
/// clients judge them by the system's.
pub(crate) fn certificates(simulated: Timestamp) -> Result<Certificates, StartError> {
    let system = Timestamp::now();
    let (from, until) = (simulated.min(system), simulated.max(system));
    let ca_key = KeyPair::generate()?;
    let mut ca = params(&[], "Simulator certificate authority", from, until)?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let ca_certificate = ca.self_signed(&ca_key)?;
    let issuer = Issuer::new(ca, ca_key);

    let key = KeyPair::generate()?;
    let leaf = params(&HOSTS, "Simulator", from, until)?.signed_by(&key, &issuer)?;
    let hash = digest::digest(&digest::SHA256, &key.subject_public_key_info());
    let public_key_hash = STANDARD.encode(hash.as_ref());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Certificates { acceptor: TlsAcceptor::from(Arc::new(config)), ca_pem: ca_certificate.pem(), public_key_hash })
}

fn params(hosts: &[&str], name: &str, from: Timestamp, until: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // Two days back for clocks that differ, four years on for clocks that are moved.
    let (from, until) = (civil(day_of(from) - 2), civil(day_of(until) + 4 * 365));
    params.not_before = date_time_ymd(i32::from(from.year()), from.month().unsigned_abs(), from.day().unsigned_abs());
    params.not_after = date_time_ymd(i32::from(until.year()), until.month().unsigned_abs(), until.day().unsigned_abs());
    Ok(params)
}
