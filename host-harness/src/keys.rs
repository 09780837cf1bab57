//! Private keys: read from a file or made here, used to sign, and never given to a component.
//!
//! A component is handed the certificate alone. The private key lies sealed in the vault, as `key/<field>`, in PKCS#8.
//! Only RSA keys are taken, because the contract signs with PS256 and RS256.

use crate::contract::keys::Algorithm;
use crate::contract::types::{Error, Fault, Problem};
use crate::secret::Secret;
use jiff::Timestamp;
use p12_keystore::{KeyStore, Pkcs12ImportPolicy, error::Error as PfxError};
use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair as Signer, KeyUsagePurpose, PKCS_RSA_SHA256};
use ring::rand::SystemRandom;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use rsa::PrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// Bits of a key that is made here: what RFC 7518 asks for at least, and quick to sign with.
const BITS: usize = 2048;
/// A certificate that is made here holds from so many seconds before now on, for services whose clock is late.
const EARLY: Duration = Duration::from_secs(10 * 60);
/// The longest life of a certificate that is made here, in days: services take no longer ones.
const MOST_DAYS: u32 = 730;

/// The name in the vault of the private key of a certificate field.
pub fn key_name(field: &str) -> String {
    format!("key/{field}")
}

/// A certificate and its private key.
#[derive(Clone)]
pub struct Pair {
    /// The certificate as PEM, alone and in one normal form.
    pub certificate: String,
    /// The private key as PKCS#8.
    pub key: Secret,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A passphrase is needed and none was given.
    #[error("The private key is protected by a passphrase.")]
    Protected,
    /// The passphrase given is another one.
    #[error("The passphrase does not open the private key.")]
    Passphrase,
    /// Neither PEM nor PFX.
    #[error("This is neither a PEM nor a PFX file, or it is damaged.")]
    Unreadable,
    /// No private key inside.
    #[error("There is no private key inside. Export the certificate together with its private key.")]
    NoKey,
    /// No certificate inside.
    #[error("There is no certificate inside. Put it into the same file as its private key.")]
    NoCertificate,
    /// The key belongs to no certificate of the file.
    #[error("The private key belongs to none of the certificates in the file.")]
    Strangers,
    /// Another kind of key.
    #[error("The private key is not RSA with 2048 to 4096 bits, which is what signing in takes.")]
    Unfit,
    /// Encrypted as OpenSSL did before PKCS#8.
    #[error("The private key is encrypted in an outdated way. Convert it first: openssl pkcs8 -topk8 -in FILE.")]
    Outdated,
    /// A key could not be made.
    #[error("No key could be made.")]
    NotMade,
    /// A signature could not be made.
    #[error("The key does not sign.")]
    Signing,
}

/// Reads a certificate with its private key from the bytes of a file in PEM or PFX.
///
/// # Errors
/// [`KeyError::Protected`] when it needs a passphrase, and what else is wrong with it.
pub fn read(file: &[u8], passphrase: Option<&Secret>) -> Result<Pair, KeyError> {
    let begins = |window: &[u8]| window == b"-----BEGIN ";
    if file.windows(11).any(begins) { read_pem(file, passphrase) } else { read_pfx(file, passphrase) }
}

fn read_pem(file: &[u8], passphrase: Option<&Secret>) -> Result<Pair, KeyError> {
    // What has no end is passed over by the parser.
    let parts = pem::parse_many(file).ok().filter(|parts| !parts.is_empty()).ok_or(KeyError::Unreadable)?;
    let certificates: Vec<&[u8]> = parts.iter().filter(|part| part.tag() == "CERTIFICATE").map(Pem::contents).collect();
    let part = parts.iter().find(|part| part.tag().ends_with("PRIVATE KEY")).ok_or(KeyError::NoKey)?;
    if part.headers().get("Proc-Type").is_some() {
        return Err(KeyError::Outdated);
    }
    let key = match part.tag() {
        "PRIVATE KEY" => PrivateKey::from_pkcs8_der(part.contents()).map_err(|_| KeyError::Unfit)?,
        "RSA PRIVATE KEY" => PrivateKey::from_pkcs1_der(part.contents()).map_err(|_| KeyError::Unfit)?,
        "ENCRYPTED PRIVATE KEY" => {
            let passphrase = passphrase.ok_or(KeyError::Protected)?;
            PrivateKey::from_pkcs8_encrypted_der(part.contents(), passphrase.expose())
                .map_err(|_| KeyError::Passphrase)?
        }
        _ => return Err(KeyError::Unfit),
    };
    pair(&key, &certificates)
}

fn read_pfx(file: &[u8], passphrase: Option<&Secret>) -> Result<Pair, KeyError> {
    let text = passphrase.map_or(Some(""), Secret::expose_text).ok_or(KeyError::Passphrase)?;
    let store = KeyStore::from_pkcs12(file, text, Pkcs12ImportPolicy::Strict).map_err(|error| match error {
        PfxError::MacError(_) | PfxError::Pkcs5Error(_) | PfxError::UnpadError if passphrase.is_none() => {
            KeyError::Protected
        }
        PfxError::MacError(_) | PfxError::Pkcs5Error(_) | PfxError::UnpadError => KeyError::Passphrase,
        _ => KeyError::Unreadable,
    })?;
    let (_, chain) = store.private_key_chain().ok_or(KeyError::NoKey)?;
    let key = PrivateKey::from_pkcs8_der(chain.key().as_der()).map_err(|_| KeyError::Unfit)?;
    let certificates: Vec<&[u8]> = chain.certs().iter().map(p12_keystore::Certificate::as_der).collect();
    pair(&key, &certificates)
}

/// The key with the one certificate that belongs to it: a file may hold a whole chain, in any order.
fn pair(key: &PrivateKey, certificates: &[&[u8]]) -> Result<Pair, KeyError> {
    let key = key.to_pkcs8_der().map_err(|_| KeyError::Unfit)?;
    let signer = RsaKeyPair::from_pkcs8(key.as_bytes()).map_err(|_| KeyError::Unfit)?;
    if certificates.is_empty() {
        return Err(KeyError::NoCertificate);
    }
    let own = |der: &&&[u8]| {
        X509Certificate::from_der(der)
            .is_ok_and(|(_, parsed)| *parsed.public_key().subject_public_key.data == *signer.public_key().as_ref())
    };
    let certificate = certificates.iter().find(own).ok_or(KeyError::Strangers)?;
    Ok(Pair { certificate: armoured(certificate), key: Secret::new(key.as_bytes()) })
}

fn armoured(certificate: &[u8]) -> String {
    pem::encode_config(&Pem::new("CERTIFICATE", certificate), EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// When a certificate in PEM ends; absent when it is none.
pub fn ends(certificate: &str) -> Option<Timestamp> {
    let part = pem::parse(certificate).ok().filter(|part| part.tag() == "CERTIFICATE")?;
    let (_, parsed) = X509Certificate::from_der(part.contents()).ok()?;
    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
}

/// Makes an RSA key, and a certificate that it signs itself. Takes up to some seconds.
///
/// # Errors
/// The system gives no random bytes, or the name cannot stand in a certificate.
pub fn make(common_name: &str, days: u32, now: Timestamp) -> Result<Pair, KeyError> {
    let made = PrivateKey::new(&mut getrandom::SysRng, BITS).map_err(|_| KeyError::NotMade)?;
    let key = made.to_pkcs8_der().map_err(|_| KeyError::NotMade)?;
    let signer = Signer::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(key.as_bytes()), &PKCS_RSA_SHA256)
        .map_err(|_| KeyError::NotMade)?;
    let since_1970 = Duration::try_from(now.as_duration()).map_err(|_| KeyError::NotMade)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + since_1970.saturating_sub(EARLY);
    params.not_after = epoch + since_1970 + Duration::from_secs(u64::from(days.clamp(1, MOST_DAYS)) * 86_400);
    let certificate = params.self_signed(&signer).map_err(|_| KeyError::NotMade)?;
    Ok(Pair { certificate: armoured(certificate.der()), key: Secret::new(key.as_bytes()) })
}

/// Signs bytes with a private key in PKCS#8.
///
/// # Errors
/// The key is none, or the system gives no random bytes.
pub fn sign(key: &Secret, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>, KeyError> {
    let signer = RsaKeyPair::from_pkcs8(key.expose()).map_err(|_| KeyError::Unfit)?;
    let padding: &'static dyn ring::signature::RsaEncoding = match algorithm {
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Rs256 => &RSA_PKCS1_SHA256,
    };
    let mut signature = vec![0; signer.public().modulus_len()];
    signer.sign(padding, &SystemRandom::new(), data, &mut signature).map_err(|_| KeyError::Signing)?;
    Ok(signature)
}

/// The keys of a connection, as the calls of one dialogue see them: those of its certificates, and those that the
/// dialogue makes. A key that was made and not asked for with [`Keys::made`] goes when this does.
#[derive(Default)]
pub struct Keys {
    held: BTreeMap<String, Secret>,
    made: Mutex<BTreeMap<String, Pair>>,
}

impl Keys {
    /// The keys of a connection, by the names of their fields.
    pub fn new(held: impl IntoIterator<Item = (String, Secret)>) -> Self {
        Self { held: held.into_iter().collect(), made: Mutex::default() }
    }

    /// Signs with the key of a field: with the one made last in this dialogue, else with the one of the connection.
    ///
    /// # Errors
    /// `invalid-settings` when there is none.
    pub fn sign(&self, field: &str, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>, Error> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(key) = made.get(field).map(|pair| &pair.key).or_else(|| self.held.get(field)) else {
            return Err(Error::InvalidSettings(vec![Problem {
                field: field.to_owned(),
                wrong: "There is no private key for it.".to_owned(),
                mend: "Give the file that holds the certificate and its private key once more.".to_owned(),
            }]));
        };
        sign(key, algorithm, data).map_err(internal)
    }

    /// Makes a key for a field, and gives its certificate. Takes up to some seconds.
    ///
    /// # Errors
    /// `internal` when it cannot be made.
    pub fn make(&self, field: &str, common_name: &str, days: u32, now: Timestamp) -> Result<String, Error> {
        let pair = make(common_name, days, now).map_err(internal)?;
        let certificate = pair.certificate.clone();
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(field.to_owned(), pair);
        Ok(certificate)
    }

    /// The private key that this dialogue made for a field, when its certificate is the one that the connector returned
    /// as the value of the field: this is the key to be kept.
    pub fn made(&self, field: &str, certificate: &str) -> Option<Secret> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(field).filter(|pair| pair.certificate.trim() == certificate.trim()).map(|pair| pair.key.clone())
    }
}

fn internal(error: KeyError) -> Error {
    Error::Internal(Fault::new(error.to_string(), None))
}

#[cfg(test)]
mod tests;
