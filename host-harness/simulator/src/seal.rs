//! Opaque texts that only the simulator reads: page tokens, download tokens, codes and refresh tokens. All hold what
//! they stand for, so that nothing need be remembered and a restart with the same seed forgets none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::dice::{Dice, Topic};
use crate::id::Id;

/// The keys of one simulated tenant.
pub(crate) struct Seal {
    opaque: Option<LessSafeKey>,
    signing: hmac::Key,
    random: SystemRandom,
}

impl Seal {
    /// The keys that belong to a seed.
    pub(crate) fn new(seed: u64) -> Seal {
        let mut dice = Dice::new(seed, Topic::Keys, 0, 0);
        let opaque = UnboundKey::new(&CHACHA20_POLY1305, &dice.bytes()).ok().map(LessSafeKey::new);
        Seal { opaque, signing: hmac::Key::new(hmac::HMAC_SHA256, &dice.bytes()), random: SystemRandom::new() }
    }

    /// An opaque text that stands for the content, for this purpose only.
    pub(crate) fn close<T: Serialize>(&self, purpose: &str, content: &T) -> String {
        let sealed = || {
            let mut nonce = [0; NONCE_LEN];
            self.random.fill(&mut nonce).ok()?;
            let mut text = serde_json::to_vec(content).ok()?;
            let aad = Aad::from(purpose.as_bytes());
            let key = self.opaque.as_ref()?;
            key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?;
            Some(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &text].concat()))
        };
        sealed().unwrap_or_default()
    }

    /// What an opaque text of this purpose stands for; `None` for a forged or foreign one.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: &str, text: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let plain = self.opaque.as_ref()?.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut sealed).ok()?;
        serde_json::from_slice(plain).ok()
    }

    /// The signature of a text.
    pub(crate) fn sign(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.signing, text.as_bytes()).as_ref())
    }

    /// True when the signature belongs to the text.
    pub(crate) fn verify(&self, text: &str, signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        hmac::verify(&self.signing, text.as_bytes(), &signature).is_ok()
    }

    /// A fresh id for a request or a trace.
    pub(crate) fn id(&self) -> Id {
        let mut bytes = [0; 16];
        match self.random.fill(&mut bytes) {
            Ok(()) => Id::random(bytes),
            Err(_) => Id::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_for_its_purpose_and_seed() {
        let seal = Seal::new(1);
        let text = seal.close("page", &7u32);
        assert_eq!(seal.open::<u32>("page", &text), Some(7));
        assert_eq!(seal.open::<u32>("code", &text), None);
        assert_eq!(Seal::new(2).open::<u32>("page", &text), None);
        assert_eq!(seal.open::<u32>("page", &text.to_lowercase()), None);
    }
}
