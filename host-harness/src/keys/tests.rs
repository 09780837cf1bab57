use super::*;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use rsa::pkcs1::EncodeRsaPrivateKey;
use std::sync::LazyLock;

// Made with OpenSSL 3 for these tests alone; the passphrase is "fixture".
const AES: &[u8] = include_bytes!("aes.pfx");
const LEGACY: &[u8] = include_bytes!("legacy.pfx");
const LOCKED: &[u8] = include_bytes!("locked.pem");
const OPEN: &[u8] = include_bytes!("open.pfx");

/// To make a key takes a while, so the tests share one.
static PAIR: LazyLock<Pair> = LazyLock::new(|| make("acme", 90, at(1_800_000_000)).unwrap());

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::from(text.to_owned())
}

fn key() -> PrivateKey {
    PrivateKey::from_pkcs8_der(PAIR.key.expose()).unwrap()
}

fn verifies(certificate: &str, algorithm: &'static dyn VerificationAlgorithm, data: &[u8], signature: &[u8]) -> bool {
    let part = pem::parse(certificate).unwrap();
    let (_, parsed) = X509Certificate::from_der(part.contents()).unwrap();
    let public = parsed.public_key().subject_public_key.data.to_vec();
    UnparsedPublicKey::new(algorithm, public).verify(data, signature).is_ok()
}

fn refused(file: &[u8], passphrase: Option<&str>) -> KeyError {
    read(file, passphrase.map(secret).as_ref()).err().unwrap()
}

#[test]
fn what_is_signed_is_verified_with_the_certificate_in_either_algorithm() {
    let pss = sign(&PAIR.key, Algorithm::Ps256, b"data").unwrap();
    let pkcs1 = sign(&PAIR.key, Algorithm::Rs256, b"data").unwrap();
    assert!(verifies(&PAIR.certificate, &RSA_PSS_2048_8192_SHA256, b"data", &pss));
    assert!(verifies(&PAIR.certificate, &RSA_PKCS1_2048_8192_SHA256, b"data", &pkcs1));
    assert!(!verifies(&PAIR.certificate, &RSA_PSS_2048_8192_SHA256, b"other", &pss));
    assert!(!verifies(&PAIR.certificate, &RSA_PSS_2048_8192_SHA256, b"data", &pkcs1));
}

#[test]
fn a_certificate_made_here_is_self_signed_names_its_owner_and_ends_in_time() {
    let part = pem::parse(&PAIR.certificate).unwrap();
    let (_, parsed) = X509Certificate::from_der(part.contents()).unwrap();
    assert_eq!(parsed.subject().to_string(), "CN=acme");
    assert_eq!(parsed.issuer(), parsed.subject());
    assert_eq!(parsed.validity().not_before.timestamp(), 1_800_000_000 - 600);
    assert_eq!(ends(&PAIR.certificate), Some(at(1_800_000_000 + 90 * 86_400)));
    let (body, signature) = (parsed.tbs_certificate.as_ref(), &parsed.signature_value.data);
    assert!(verifies(&PAIR.certificate, &RSA_PKCS1_2048_8192_SHA256, body, signature));
    assert_eq!(ends("no certificate"), None);
}

#[test]
fn pem_is_read_in_every_encoding_of_the_key_and_in_any_order() {
    let (pkcs8, pkcs1) =
        (key().to_pkcs8_pem(Default::default()).unwrap(), key().to_pkcs1_pem(Default::default()).unwrap());
    let stranger = armoured(&stranger_certificate());
    for text in [
        format!("{}{}", PAIR.certificate, *pkcs8),
        format!("{}\r\n{}", *pkcs1, PAIR.certificate.replace('\n', "\r\n")),
        format!("Bag Attributes\n  friendlyName: acme\n{stranger}{}{}", *pkcs8, PAIR.certificate),
    ] {
        let read = read(text.as_bytes(), None).unwrap();
        assert_eq!(read.certificate, PAIR.certificate);
        assert!(read.key.expose() == PAIR.key.expose());
    }
}

fn stranger_certificate() -> Vec<u8> {
    pem::parse(read(OPEN, None).unwrap().certificate).unwrap().into_contents()
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_alone() {
    let pair = read(LOCKED, Some(&secret("fixture"))).unwrap();
    let signature = sign(&pair.key, Algorithm::Rs256, b"data").unwrap();
    assert!(verifies(&pair.certificate, &RSA_PKCS1_2048_8192_SHA256, b"data", &signature));
    assert_eq!(refused(LOCKED, None), KeyError::Protected);
    assert_eq!(refused(LOCKED, Some("mule")), KeyError::Passphrase);
}

#[test]
fn pfx_of_another_program_is_read_with_old_and_new_encryption() {
    for file in [AES, LEGACY] {
        let pair = read(file, Some(&secret("fixture"))).unwrap();
        let signature = sign(&pair.key, Algorithm::Ps256, b"data").unwrap();
        assert!(verifies(&pair.certificate, &RSA_PSS_2048_8192_SHA256, b"data", &signature));
        assert_eq!(refused(file, None), KeyError::Protected);
        assert_eq!(refused(file, Some("wrong")), KeyError::Passphrase);
    }
    assert!(read(OPEN, None).is_ok());
}

#[test]
fn what_is_wrong_with_a_file_is_told_apart() {
    let pkcs8 = key().to_pkcs8_pem(Default::default()).unwrap();
    assert_eq!(refused(PAIR.certificate.as_bytes(), None), KeyError::NoKey);
    assert_eq!(refused(pkcs8.as_bytes(), None), KeyError::NoCertificate);
    assert_eq!(
        refused(format!("{}{}", *pkcs8, armoured(&stranger_certificate())).as_bytes(), None),
        KeyError::Strangers
    );
    assert_eq!(refused(b"", None), KeyError::Unreadable);
    assert_eq!(refused(b"\x30\x82\x00\x00 not a keystore", None), KeyError::Unreadable);
    assert_eq!(refused(b"-----BEGIN CERTIFICATE-----\nno end", None), KeyError::Unreadable);
    let elliptic = Signer::generate().unwrap();
    let part = pem::encode(&Pem::new("PRIVATE KEY", elliptic.serialize_der()));
    assert_eq!(refused(format!("{part}{}", PAIR.certificate).as_bytes(), None), KeyError::Unfit);
    let outdated = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    assert_eq!(refused(outdated.as_bytes(), None), KeyError::Outdated);
}

#[test]
fn a_dialogue_signs_with_what_it_made_and_keeps_it_only_for_its_own_certificate() {
    let held = read(OPEN, None).unwrap();
    let keys = Keys::new([("certificate".to_owned(), held.key.clone())]);
    let before = keys.sign("certificate", Algorithm::Rs256, b"x").unwrap();
    assert!(verifies(&held.certificate, &RSA_PKCS1_2048_8192_SHA256, b"x", &before));
    let certificate = keys.make("certificate", "acme", 30, at(1_800_000_000)).unwrap();
    let after = keys.sign("certificate", Algorithm::Rs256, b"x").unwrap();
    assert!(verifies(&certificate, &RSA_PKCS1_2048_8192_SHA256, b"x", &after));
    assert!(keys.made("certificate", &held.certificate).is_none());
    assert!(keys.made("other", &certificate).is_none());
    let kept = keys.made("certificate", &certificate).unwrap();
    assert!(sign(&kept, Algorithm::Rs256, b"x").unwrap() == after);
    let Err(Error::InvalidSettings(problems)) = keys.sign("other", Algorithm::Rs256, b"x") else { panic!() };
    assert_eq!(problems[0].field, "other");
}
