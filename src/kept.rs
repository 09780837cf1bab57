//! What the connector keeps from one call to the next, as JSON that only it reads: cursors and continuations.
//!
//! A derived reader and writer for each type would do the same for three times the code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A value that can be kept.
pub trait Kept: Sized {
    /// The value as JSON.
    fn put(&self) -> Value;
    /// The value again; `None` when another version of the connector wrote it.
    fn take(value: &Value) -> Option<Self>;
}

/// Keeps a struct by the names of its fields.
#[macro_export]
macro_rules! kept {
    ($kept:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::kept::Kept for $kept {
            fn put(&self) -> serde_json::Value {
                $crate::kept::object(vec![$((stringify!($field), self.$field.put())),+])
            }

            fn take(value: &serde_json::Value) -> Option<Self> {
                Some(Self { $($field: $crate::kept::field(value, stringify!($field))?),+ })
            }
        }
    };
}

/// An object of these fields.
#[must_use]
pub fn object(fields: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    object.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Value::Object(object)
}

/// A field of an object; `None` when it is missing or of another type.
#[must_use]
pub fn field<T: Kept>(object: &Value, name: &str) -> Option<T> {
    T::take(object.get(name)?)
}

/// Bytes for the host to keep.
#[must_use]
pub fn written(value: &impl Kept) -> Vec<u8> {
    value.put().to_string().into_bytes()
}

/// What [`written`] wrote; `None` when another version of the connector did.
#[must_use]
pub fn read<T: Kept>(bytes: &[u8]) -> Option<T> {
    T::take(&serde_json::from_slice(bytes).ok()?)
}

impl Kept for String {
    fn put(&self) -> Value {
        Value::from(self.as_str())
    }

    fn take(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Kept for bool {
    fn put(&self) -> Value {
        Value::from(*self)
    }

    fn take(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

macro_rules! numbers {
    ($($number:ty: $read:ident),+) => {$(
        impl Kept for $number {
            fn put(&self) -> Value {
                Value::from(*self)
            }

            fn take(value: &Value) -> Option<Self> {
                Self::try_from(value.$read()?).ok()
            }
        }
    )+};
}

numbers!(u8: as_u64, u32: as_u64, u64: as_u64, usize: as_u64, i64: as_i64);

impl<T: Kept> Kept for Option<T> {
    fn put(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::put)
    }

    fn take(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::take(value).map(Some) }
    }
}

impl<T: Kept> Kept for Vec<T> {
    fn put(&self) -> Value {
        Value::Array(self.iter().map(T::put).collect())
    }

    fn take(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::take).collect()
    }
}

impl Kept for BTreeSet<String> {
    fn put(&self) -> Value {
        Value::Array(self.iter().map(String::put).collect())
    }

    fn take(value: &Value) -> Option<Self> {
        let mut set = Self::new();
        set.extend(Vec::take(value)?);
        Some(set)
    }
}

impl<T: Kept> Kept for BTreeMap<String, T> {
    fn put(&self) -> Value {
        object(self.iter().map(|(name, value)| (name.as_str(), value.put())).collect())
    }

    fn take(value: &Value) -> Option<Self> {
        let mut map = Self::new();
        for (name, value) in value.as_object()? {
            map.insert(name.clone(), T::take(value)?);
        }
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct All {
        text: String,
        flag: bool,
        number: u64,
        signed: i64,
        maybe: Option<u32>,
        list: Vec<usize>,
        set: BTreeSet<String>,
        map: BTreeMap<String, u8>,
    }

    kept!(All { text, flag, number, signed, maybe, list, set, map });

    proptest! {
        #[test]
        fn whatever_is_kept_comes_back(
            (text, flag, number, signed) in (".*", any::<bool>(), any::<u64>(), any::<i64>()),
            maybe in any::<Option<u32>>(),
            list in prop::collection::vec(any::<usize>(), 0..4),
            set in prop::collection::btree_set(".*", 0..4),
            map in prop::collection::btree_map(".*", any::<u8>(), 0..4),
        ) {
            let all = All { text, flag, number, signed, maybe, list, set, map };
            prop_assert_eq!(read::<All>(&written(&all)), Some(all));
        }

        #[test]
        fn whatever_else_is_given_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(read::<All>(&bytes), None);
        }
    }

    #[test]
    fn a_field_that_is_missing_or_of_another_type_is_of_another_version() {
        let small: BTreeMap<String, u8> = BTreeMap::from([("a".to_owned(), 255)]);
        assert_eq!(read(br#"{"a":255}"#), Some(small));
        for other in [r#"{"a":256}"#, r#"{"a":-1}"#, r#"{"a":"1"}"#, r#"{"a":1.5}"#, "[]", "{"] {
            assert_eq!(read::<BTreeMap<String, u8>>(other.as_bytes()), None, "{other}");
        }
        assert_eq!(field::<Option<u32>>(&object(vec![("a", Value::Null)]), "a"), Some(None));
        assert_eq!(field::<Option<u32>>(&object(Vec::new()), "a"), None);
    }
}
