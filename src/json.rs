//! Fields of what a service answers in JSON.
//!
//! Answers are read into a tree and then by name, and not into a struct for each: the code that a struct brings with it
//! is some four kilobytes of the component, and there are dozens. The records of the sign-in log are long and come by the
//! million; a page of a thousand is still read far faster than the log lets the next one be asked for.
//!
//! A field that is missing, null or of another type than documented is absent.

use serde_json::Value;

use crate::contract::types::Instant;
use crate::time;

/// Reads the fields of an object by their names.
pub trait Fields {
    /// A text; an empty one says as little as none.
    fn text(&self, name: &str) -> Option<String>;
    /// A text as it stands in the answer, for comparing.
    fn word(&self, name: &str) -> Option<&str>;
    /// `true` or `false`.
    fn flag(&self, name: &str) -> Option<bool>;
    /// A whole number.
    fn number(&self, name: &str) -> Option<i64>;
    /// An instant, however it says "never".
    fn instant(&self, name: &str) -> Option<Instant>;
    /// The elements of a list.
    fn items(&self, name: &str) -> &[Value];
    /// The texts of a list.
    fn texts(&self, name: &str) -> Vec<String>;
}

impl Fields for Value {
    fn text(&self, name: &str) -> Option<String> {
        self.word(name).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    fn instant(&self, name: &str) -> Option<Instant> {
        time::instant(self.word(name)?)
    }

    fn items(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.items(name).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_missing_null_empty_or_of_another_type_is_absent() {
        let object: Value = serde_json::from_str(
            r#"{"name":"Ada","empty":"","null":null,"number":7,"half":0.5,"flag":true,"at":"1970-01-02T00:00:00Z",
                "never":"0001-01-01T00:00:00Z","list":["a",1,null,"b"]}"#,
        )
        .unwrap();
        assert_eq!((object.text("name"), object.word("empty")), (Some("Ada".to_owned()), Some("")));
        for absent in ["empty", "null", "number", "list", "missing"] {
            assert_eq!(object.text(absent), None, "{absent}");
        }
        assert_eq!((object.number("number"), object.number("half"), object.number("name")), (Some(7), None, None));
        assert_eq!((object.flag("flag"), object.flag("name")), (Some(true), None));
        assert_eq!(
            (object.instant("at"), object.instant("never"), object.instant("number")),
            (Some(86_400), None, None)
        );
        assert_eq!(object.texts("list"), ["a", "b"]);
        assert_eq!((object.items("list").len(), object.items("name").len()), (4, 0));
    }
}
