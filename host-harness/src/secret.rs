//! Bytes that nobody may see: a client secret, a refresh token, a bearer credential.

use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Secret bytes, wiped from memory when dropped.
///
/// It has no `Debug`, no `Display`, no `Serialize` and no `PartialEq`: neither a log line nor a failed comparison can
/// show it. [`Secret::expose`] is the only way to the bytes, so that a search for that word finds every use.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over. The caller's buffer becomes the secret's own and is wiped with it.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as text; absent when they are not UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ZeroizeOnDrop for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // This file does not compile when a secret can be shown, written, compared or left behind in memory.
    static_assertions::assert_not_impl_any!(
        Secret: std::fmt::Debug, std::fmt::Display, serde::Serialize, PartialEq, AsRef<[u8]>
    );
    static_assertions::assert_impl_all!(Secret: ZeroizeOnDrop);

    #[test]
    fn a_secret_gives_back_what_it_was_made_of() {
        let secret = Secret::from("correct horse".to_owned());
        assert_eq!(secret.expose(), b"correct horse");
        assert_eq!(secret.expose_text(), Some("correct horse"));
        assert!(!secret.is_empty());
    }

    #[test]
    fn bytes_that_are_no_text_are_not_shown_as_text() {
        assert_eq!(Secret::new([0xff, 0x00]).expose_text(), None);
        assert!(Secret::new([]).is_empty());
    }
}
