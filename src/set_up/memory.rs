//! What set-up knows from one step to the next: the administrator's credential, where it stands, what it made.
//!
//! The host keeps it in memory until the dialogue has ended, and never reads it.

use serde_json::{Map, Value};

use crate::contract::set_up::Act;
use crate::contract::types::Error;
use crate::fault;
use crate::json::Fields as _;

/// Texts and numbers by name, and what was done.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    fields: Map<String, Value>,
    /// What was done, or would be, with its request.
    acts: Vec<(String, String)>,
}

impl Memory {
    /// Reads what [`Memory::written`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let document: Result<Value, _> = serde_json::from_slice(bytes);
        let Ok(Value::Object(mut fields)) = document else {
            return Err(fault::internal("The reply does not fit what was asked."));
        };
        let acts = fields.remove("acts").unwrap_or_default();
        let act = |act: &Value| Some((act.get(0)?.as_str()?.to_owned(), act.get(1)?.as_str()?.to_owned()));
        let acts = acts.as_array().map(|acts| acts.iter().filter_map(act).collect()).unwrap_or_default();
        Ok(Memory { fields, acts })
    }

    /// The memory as a continuation.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut fields = self.fields.clone();
        let acts = self.acts.iter().map(|(what, request)| Value::from(vec![what.as_str(), request.as_str()]));
        fields.insert("acts".to_owned(), acts.collect());
        Value::Object(fields).to_string().into_bytes()
    }

    /// A text; an empty one when it is not known.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether something is known.
    pub(super) fn knows(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A number; 0 when it is not known.
    pub(super) fn number(&self, name: &str) -> i64 {
        self.fields.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Keeps a text or a number.
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Keeps a text of an answer, when it is there.
    pub(super) fn take(&mut self, name: &str, answer: &Value, field: &str) {
        if let Some(text) = answer.text(field) {
            self.put(name, text);
        }
    }

    /// Notes what was done. Whatever was done starts the patience anew.
    pub(super) fn note(&mut self, what: &str, request: &str) {
        self.acts.push((what.to_owned(), request.to_owned()));
        self.put("waits", 0);
    }

    /// Whether something was done in this run.
    pub(super) fn has_done(&self, what: &str) -> bool {
        self.acts.iter().any(|(done, _)| done == what)
    }

    /// How much was done.
    pub(super) fn done(&self) -> usize {
        self.acts.len()
    }

    /// What was done, for the person.
    pub(super) fn acts(&self, done: bool) -> Vec<Act> {
        let act = |(what, request): &(String, String)| Act { what: what.clone(), request: request.clone(), done };
        self.acts.iter().map(act).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_an_act_is_known_by_what_it_was() {
        let mut memory = Memory::default();
        memory.put("token", "made-up");
        memory.put("waits", 4);
        memory.note("Create the application \"x\"", "POST /v1.0/applications");
        let again = Memory::read(&memory.written()).unwrap();
        assert_eq!((again.text("token"), again.number("waits"), again.done()), ("made-up", 0, 1));
        assert!(again.has_done("Create the application \"x\"") && !again.has_done("Delete it"));
        assert_eq!(again.acts(true)[0].request, "POST /v1.0/applications");
        assert!(Memory::read(b"[]").is_err() && Memory::read(b"").is_err());
    }
}
