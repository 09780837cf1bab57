//! Keys as bytes whose order is the order of rows.
//!
//! | part | bytes |
//! |---|---|
//! | absent | `01` |
//! | text | `02`, the text in UTF-8 with every `00` written as `00 FF`, `00` |
//! | number | `02`, four bytes, most significant first, the sign bit turned |
//! | exact spelling | `03`, the parts once more without case folding; only when folding changed them |
//!
//! So absent sorts before anything, a shorter text before a longer one that begins with it, and rows whose keys differ
//! only in case stay two rows, beside each other.

/// Folds case, so that names that people take for the same stand together: `str::to_lowercase`, which follows Unicode
/// and no locale.
fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// One part of a key.
#[derive(Clone, Debug)]
pub(in crate::storage) enum Part<'a> {
    /// Not known.
    Absent,
    /// Text, compared case folded.
    Text(&'a str),
    /// A day or a number of months.
    Number(i32),
}

impl<'a> From<&'a String> for Part<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a Option<String>> for Part<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().map_or(Self::Absent, Self::Text)
    }
}

impl From<&i32> for Part<'_> {
    fn from(number: &i32) -> Self {
        Self::Number(*number)
    }
}

impl From<&Option<i32>> for Part<'_> {
    fn from(number: &Option<i32>) -> Self {
        number.map_or(Self::Absent, Self::Number)
    }
}

impl From<&Option<u16>> for Part<'_> {
    fn from(number: &Option<u16>) -> Self {
        number.map_or(Self::Absent, |number| Self::Number(i32::from(number)))
    }
}

impl From<&'static str> for Part<'_> {
    fn from(name: &'static str) -> Self {
        Self::Text(name)
    }
}

/// The bytes of a key.
pub(in crate::storage) fn encode(parts: &[Part<'_>]) -> Vec<u8> {
    let mut key = Vec::with_capacity(96);
    let mut changed = false;
    for part in parts {
        match part {
            Part::Text(text) => {
                let folded = fold(text);
                changed |= folded != *text;
                push_text(&mut key, &folded);
            }
            other => push(&mut key, other),
        }
    }
    if changed {
        key.push(0x03);
        for part in parts {
            push(&mut key, part);
        }
    }
    key
}

/// The first and the last possible bytes of keys whose first part is this text, case folded.
pub(in crate::storage) fn range(first: &str) -> (Vec<u8>, Vec<u8>) {
    let mut from = Vec::new();
    push_text(&mut from, &fold(first));
    let mut to = from.clone();
    // A part begins with a byte of at most 3.
    to.push(0x04);
    (from, to)
}

fn push(key: &mut Vec<u8>, part: &Part<'_>) {
    match part {
        Part::Absent => key.push(0x01),
        Part::Text(text) => push_text(key, text),
        Part::Number(number) => {
            key.push(0x02);
            key.extend_from_slice(&(number.cast_unsigned() ^ 0x8000_0000).to_be_bytes());
        }
    }
}

fn push_text(key: &mut Vec<u8>, text: &str) {
    key.push(0x02);
    for byte in text.bytes() {
        key.push(byte);
        if byte == 0 {
            key.push(0xff);
        }
    }
    key.push(0x00);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_does_not_matter_for_the_order_and_does_for_equality() {
        let key = |text: &'static str| encode(&[Part::Text(text)]);
        assert!(key("adele") < key("Boris"));
        assert!(key("ÄRA") > key("zoe"), "byte by byte, and not as a dictionary would");
        assert_ne!(key("Adele"), key("adele"));
        assert!(key("Adele") < key("adele b"));
        assert!(key("ADELE") < key("Adele") && key("Adele") < key("boris"));
    }

    #[test]
    fn absent_sorts_before_the_empty_text() {
        assert!(encode(&[Part::Absent]) < encode(&[Part::Text("")]));
    }

    #[test]
    fn days_before_1970_sort_before_later_ones() {
        let key = |day: i32| encode(&[Part::Number(day)]);
        assert!(key(i32::MIN) < key(-1) && key(-1) < key(0) && key(0) < key(i32::MAX));
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-c\u{0}]{0,3}", "[A-Ca-cÄä]{0,3}"]
    }

    proptest! {
        #[test]
        fn keys_are_ordered_as_their_folded_parts(a in (text(), any::<i32>(), text()), b in (text(), any::<i32>(), text())) {
            let key = |row: &(String, i32, String)| encode(&[Part::from(&row.0), Part::from(&row.1), Part::from(&row.2)]);
            let folded = |row: &(String, i32, String)| (fold(&row.0), row.1, fold(&row.2));
            let (left, right) = (folded(&a), folded(&b));
            if left == right {
                prop_assert_eq!(key(&a) == key(&b), a == b);
            } else {
                prop_assert_eq!(key(&a).cmp(&key(&b)), left.cmp(&right));
            }
        }

        #[test]
        fn the_range_of_a_first_part_holds_exactly_its_keys(first in text(), row in (text(), text())) {
            let (from, to) = range(&first);
            let key = encode(&[Part::from(&row.0), Part::from(&row.1)]);
            prop_assert_eq!(from <= key && key < to, fold(&first) == fold(&row.0));
        }
    }
}
