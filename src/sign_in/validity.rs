//! When a certificate ends: the one thing that is read of it.
//!
//! RFC 5280 section 4.1: a certificate is a sequence that begins with another one, in which the validity follows version,
//! serial number, algorithm and issuer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::contract::types::Instant;
use crate::time;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The end of the first certificate of a PEM text; `None` when there is none that can be read.
#[must_use]
pub fn ends(pem: &str) -> Option<Instant> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let der = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    let (certificate, _) = element(&der, SEQUENCE)?;
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = any(rest)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = any(rest)?.2;
    }
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, _, rest) = any(validity)?;
    let (tag, end, _) = any(rest)?;
    let digits = std::str::from_utf8(end).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        // Two digits stand for 1950 to 2049.
        UTC_TIME => (format!("{}{}", if digits < "50" { "20" } else { "19" }, digits.get(..2)?), digits.get(2..)?),
        GENERALIZED_TIME => (digits.get(..4)?.to_owned(), digits.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    time::instant(&format!("{year}-{}-{}T{}:{}:{}Z", part(0)?, part(2)?, part(4)?, part(6)?, part(8)?))
}

/// The content of an element with this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    any(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag and content of an element, and what follows it.
fn any(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        // So many bytes of length follow; certificates need two.
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As much of a certificate as has an end.
    pub(crate) fn certificate(ends: Instant) -> String {
        let text = time::instant_text(ends).replace(['-', ':', 'T'], "");
        pem(true, &tlv(GENERALIZED_TIME, text.as_bytes()))
    }

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        match content.len() {
            short @ 0..=0x7f => bytes.push(short as u8),
            long => bytes.extend([0x82, (long >> 8) as u8, long as u8]),
        }
        bytes.extend(content);
        bytes
    }

    fn pem(version: bool, end: &[u8]) -> String {
        let head = if version { tlv(VERSION, &tlv(2, &[2])) } else { Vec::new() };
        let validity = tlv(SEQUENCE, &[tlv(UTC_TIME, b"260101000000Z"), end.to_vec()].concat());
        let issuer = tlv(SEQUENCE, &[7; 300]);
        let inner = [head, tlv(2, &[1]), tlv(SEQUENCE, &[5]), issuer, validity, tlv(SEQUENCE, &[9])].concat();
        let der = tlv(SEQUENCE, &[tlv(SEQUENCE, &inner), tlv(3, &[0])].concat());
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[test]
    fn the_end_is_read_in_both_forms_with_and_without_a_version() {
        // 1_800_000_000 is 2027-01-15T08:00:00Z.
        for version in [true, false] {
            assert_eq!(ends(&pem(version, &tlv(UTC_TIME, b"270115080000Z"))), Some(1_800_000_000));
            assert_eq!(ends(&pem(version, &tlv(GENERALIZED_TIME, b"20270115080000Z"))), Some(1_800_000_000));
        }
        assert_eq!(ends(&pem(true, &tlv(UTC_TIME, b"700101000001Z"))), Some(1));
    }

    #[test]
    fn what_is_no_certificate_has_no_end() {
        let whole = pem(true, &tlv(UTC_TIME, b"270115080000Z"));
        for text in ["", "x", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", &whole[..80]] {
            assert_eq!(ends(text), None, "{text}");
        }
        for end in [b"27".as_slice(), b"270115080000", b"2\xff0115080000Z", b""] {
            assert_eq!(ends(&pem(true, &tlv(UTC_TIME, end))), None);
        }
        for at in 0..whole.len() {
            let _ = ends(&whole[..at]);
        }
    }
}
