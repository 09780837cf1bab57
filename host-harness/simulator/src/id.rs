//! The 128-bit identifiers of directory objects.

use std::fmt;

use ring::digest;
use serde::{Deserialize, Serialize};

/// An object id, written like `7c9e6679-7425-40de-944b-e07fc1f90ae7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct Id([u8; 16]);

impl Id {
    /// The id of all zeros: default access of an application, and every id in a concealed report.
    pub(crate) const ZERO: Id = Id([0; 16]);

    /// Makes an id of sixteen random bytes, marked as version 4.
    pub(crate) fn random(mut bytes: [u8; 16]) -> Id {
        if let Some(byte) = bytes.get_mut(6) {
            *byte = (*byte & 0x0f) | 0x40;
        }
        if let Some(byte) = bytes.get_mut(8) {
            *byte = (*byte & 0x3f) | 0x80;
        }
        Id(bytes)
    }

    /// The id that belongs to a name: the same in every tenant, as for a published application.
    pub(crate) fn named(name: &str) -> Id {
        let hash = digest::digest(&digest::SHA256, name.as_bytes());
        let mut bytes = [0; 16];
        for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        Id::random(bytes)
    }

    /// Reads an id written with or without its dashes; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Id> {
        let mut digits = text.bytes().filter(|byte| *byte != b'-');
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            let high = char::from(digits.next()?).to_digit(16)?;
            let low = char::from(digits.next()?).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Id(bytes))
    }

    /// The first four bytes.
    pub(crate) fn head(&self) -> [u8; 4] {
        let [one, two, three, four, ..] = self.0;
        [one, two, three, four]
    }

    /// The sixteen bytes.
    pub(crate) fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                out.write_str("-")?;
            }
            write!(out, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = Id::named("anything");
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        assert_eq!(Id::parse("f8cdef31-a31e-4b4a-93e4"), None);
        assert_eq!(Id::parse("not an id"), None);
    }
}
