//! Signatures by Standard Webhooks 1.0.0: `v1`, HMAC-SHA256 over the id, the time of the attempt and the body.
//!
//! A key is written `whsec_` and base64, and has 24 to 64 bytes.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::hmac;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// How a key begins.
const PREFIX: &str = "whsec_";
/// Bytes of a key that the specification allows.
const FEWEST: usize = 24;
const MOST: usize = 64;
/// Bytes of a key that is made here: as many as the hash has.
const MADE: usize = 32;

/// Why a key is refused. It never repeats the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// It does not begin as a key does.
    #[error("A signing secret begins with whsec_ and goes on in base64.")]
    Prefix,
    /// What follows is no base64.
    #[error("What stands behind whsec_ is no base64.")]
    Base64,
    /// It is too short or too long.
    #[error("A signing secret has {FEWEST} to {MOST} bytes, and this one has {0}.")]
    Length(usize),
    /// The system gives no random numbers.
    #[error("The system gives no random numbers, so that no secret can be made.")]
    Random,
}

/// A key by which a receiver knows who has sent a webhook.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<Vec<u8>>);

impl SigningKey {
    /// Reads a key as it is written.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<Self, SigningKeyError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(SigningKeyError::Prefix)?;
        let bytes = Zeroizing::new(BASE64.decode(encoded).map_err(|_| SigningKeyError::Base64)?);
        match bytes.len() {
            FEWEST..=MOST => Ok(Self(bytes)),
            other => Err(SigningKeyError::Length(other)),
        }
    }

    /// Makes a new key, as it is written.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn make() -> Result<Secret, SigningKeyError> {
        let mut bytes = Zeroizing::new([0; MADE]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| SigningKeyError::Random)?;
        Ok(Secret::from(format!("{PREFIX}{}", BASE64.encode(bytes.as_slice()))))
    }

    /// The value of the header `webhook-signature`. `at` is the time of the attempt in seconds since 1970.
    pub fn sign(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut signed = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        signed.update(format!("{id}.{at}.").as_bytes());
        signed.update(body);
        format!("v1,{}", BASE64.encode(signed.sign()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_has_the_published_signature() {
        // From the tests of the reference implementations, the same in all languages.
        let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_part_is_signed() {
        let key = SigningKey::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = key.sign("a", 1, b"b");
        for (id, at, body) in [("x", 1, b"b"), ("a", 2, b"b"), ("a", 1, b"x")] {
            assert_ne!(key.sign(id, at, body), signature);
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_one_that_is_made_is_not() {
        let refused = |text: &str| SigningKey::read(text).err().unwrap();
        assert_eq!(refused("hunter2"), SigningKeyError::Prefix);
        assert_eq!(refused("whsec_***"), SigningKeyError::Base64);
        assert_eq!(refused("whsec_aHVudGVyMg=="), SigningKeyError::Length(7));
        let (one, other) = (SigningKey::make().unwrap(), SigningKey::make().unwrap());
        assert!(SigningKey::read(one.expose_text().unwrap()).is_ok());
        assert_ne!(one.expose(), other.expose());
    }
}
