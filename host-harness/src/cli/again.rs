//! A command that a person is told to run: complete as it stands, quoted for a shell, and without a secret.

use crate::contract::manifest::{Entry, Field};
use std::fmt;

// The options that give a value to a field.
const SET: &str = "--set";
const FILE: &str = "--secret-file";
const VARIABLE: &str = "--secret-env";

/// A command of this program.
#[derive(Clone, Debug)]
pub(super) struct Again {
    words: Vec<String>,
}

impl Again {
    /// The command that was typed. To be told only after its options were taken over: a secret that stands where no
    /// secret belongs is refused there.
    pub(super) fn typed() -> Self {
        Again { words: std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect() }
    }

    /// Another command.
    pub(super) fn new(words: &[&str]) -> Self {
        Again { words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// The same with an option that has no value.
    #[must_use]
    pub(super) fn with(mut self, option: &str) -> Self {
        if !self.words.iter().any(|word| word == option) {
            self.words.push(option.to_owned());
        }
        self
    }

    /// The same without an option that has no value.
    #[must_use]
    pub(super) fn without(mut self, option: &str) -> Self {
        self.words.retain(|word| word != option);
        self
    }

    /// The same without what was given for a field.
    #[must_use]
    pub(super) fn not(mut self, field: &str) -> Self {
        self.take(field, &[SET, FILE, VARIABLE]);
        self
    }

    /// The same with a place for another value of a field, in the way in which it was given before.
    #[must_use]
    pub(super) fn value(mut self, field: &Field) -> Self {
        let name = &field.name;
        let (option, value) = if matches!(field.entry, Entry::Certificate | Entry::TokenFile) {
            // What the variable of a certificate holds is the passphrase.
            self.take(name, &[SET, FILE]);
            (FILE, "FILE")
        } else {
            match (self.take(name, &[SET, FILE, VARIABLE]), field.secret) {
                (Some(VARIABLE), true) => (VARIABLE, "VARIABLE"),
                (_, true) => (FILE, "FILE"),
                (_, false) => (SET, "VALUE"),
            }
        };
        self.words.extend([option.to_owned(), format!("{name}={value}")]);
        self
    }

    /// Takes what some options gave for a field away, and says which option was the last of them.
    fn take(&mut self, field: &str, options: &[&'static str]) -> Option<&'static str> {
        let is_of = |pair: &str| pair.strip_prefix(field).is_some_and(|rest| rest.starts_with('='));
        let mut found = None;
        let mut words = std::mem::take(&mut self.words).into_iter().peekable();
        while let Some(word) = words.next() {
            let joined = |option: &&&str| word.strip_prefix(**option).and_then(|rest| rest.strip_prefix('='));
            if let Some(option) = options.iter().find(|option| joined(option).is_some_and(is_of)) {
                found = Some(*option);
            } else if let Some(option) = options.iter().find(|option| **option == word)
                && words.next_if(|next| is_of(next)).is_some()
            {
                found = Some(*option);
            } else {
                self.words.push(word);
            }
        }
        found
    }
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("host-harness")?;
        for word in &self.words {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
            if !word.is_empty() && word.bytes().all(plain) {
                write!(f, " {word}")?;
            } else {
                // Only a word with a zero byte cannot be quoted, and the system passes none on.
                write!(f, " {}", shlex::try_quote(word).unwrap_or_default())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, entry: Entry, secret: bool) -> Field {
        Field {
            name: name.into(),
            label: name.into(),
            help: String::new(),
            entry,
            secret,
            signs_in: false,
            required: true,
            default: None,
            only_when: None,
        }
    }

    #[test]
    fn what_was_typed_is_repeated_with_what_is_changed_and_quoted_for_a_shell() {
        let typed = Again::new(&["set-up", "acme", "--set", "title=An App", "--preview", "--plugin=a b.wasm"]);
        assert_eq!(
            typed.clone().without("--preview").to_string(),
            "host-harness set-up acme --set 'title=An App' '--plugin=a b.wasm'"
        );
        let yes = typed.with("--yes").with("--yes").to_string();
        assert!(yes.ends_with(" --preview '--plugin=a b.wasm' --yes"), "{yes}");
    }

    #[test]
    fn another_value_is_given_in_the_way_of_its_field() {
        let typed =
            Again::new(&["configure", "acme", "--set", "domain=x", "--set=domain=y", "--secret-env", "key=KEY"]);
        let domain = typed.clone().value(&field("domain", Entry::Text, false)).to_string();
        assert_eq!(domain, "host-harness configure acme --secret-env key=KEY --set domain=VALUE");
        let key = typed.clone().not("domain").value(&field("key", Entry::Text, true)).to_string();
        assert_eq!(key, "host-harness configure acme --secret-env key=VARIABLE");
        let file = Again::new(&["configure", "acme"]).value(&field("proof", Entry::Certificate, false)).to_string();
        assert_eq!(file, "host-harness configure acme --secret-file proof=FILE");
    }
}
