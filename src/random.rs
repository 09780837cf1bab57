//! Random bytes from the host, and the identifiers made of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::contract::types::Error;
use crate::fault;

/// So many bytes that nobody can guess.
///
/// # Errors
/// `internal` when the host gives no random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut all = [0; N];
    getrandom::fill(&mut all).map_err(|_| fault::internal("The host gives no random bytes."))?;
    Ok(all)
}

/// 256 random bits in 43 characters of base64url: the length that RFC 7636 section 4.1 asks of a verifier at least.
///
/// # Errors
/// As [`bytes`].
pub fn token() -> Result<String, Error> {
    Ok(URL_SAFE_NO_PAD.encode(bytes::<32>()?))
}

/// A random GUID (RFC 9562 version 4) in lower case.
///
/// # Errors
/// As [`bytes`].
pub fn guid() -> Result<String, Error> {
    let random = u128::from_be_bytes(bytes::<16>()?);
    let version = (random & !(0xf << 76)) | (0x4 << 76);
    let value = (version & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{value:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    Ok([part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_has_the_form_of_version_4() {
        let one = guid().unwrap();
        let shape: String = one.chars().map(|c| if c.is_ascii_hexdigit() { 'x' } else { c }).collect();
        assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
        assert_ne!(one, guid().unwrap());
    }

    #[test]
    fn a_token_has_43_characters_of_base64url() {
        let one = token().unwrap();
        assert_eq!(one.len(), 43);
        assert!(one.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    }
}
