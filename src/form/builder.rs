//! A form while it is written.

use super::SIGN_IN;
use crate::contract::manifest::{Choice, Entry, Field};
use crate::data::{self, Table};

/// What a field is beside its words. One that has a default is never required.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Shown, and required unless it has a default.
    Plain,
    /// Shown, and may be left out.
    Optional,
    /// Never shown, and required.
    Secret,
    /// Never shown, and may be left out.
    OptionalSecret,
}

/// The form while it is written. The fields are added one by one, because the code for a list of them is twice as long.
pub struct Form {
    /// The fields so far.
    pub fields: Vec<Field>,
    /// On whose value it depends whether a field applies.
    switch: &'static str,
}

impl Form {
    /// The form of the settings, where the way of signing in decides.
    #[must_use]
    pub fn of_settings() -> Self {
        Self::of(SIGN_IN)
    }

    /// A form in which this field decides.
    #[must_use]
    pub fn of(switch: &'static str) -> Self {
        Self { fields: Vec::new(), switch }
    }

    /// Adds a field, whose label and help stand in `src/data/form-fields.tsv`; with the values of the deciding field to
    /// which it belongs, or none when it belongs to all.
    pub fn add(&mut self, name: &str, entry: Entry, default: Option<&str>, kind: Kind, when: &[&str]) {
        let line = data::text(Table::FormFields).lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'));
        let (label, help) = line.and_then(|line| line.split_once('\t')).unwrap_or_default();
        let when: Vec<String> = when.iter().map(|way| (*way).to_owned()).collect();
        self.fields.push(Field {
            name: name.to_owned(),
            label: label.to_owned(),
            help: help.to_owned(),
            entry,
            secret: matches!(kind, Kind::Secret | Kind::OptionalSecret),
            signs_in: false,
            required: default.is_none() && matches!(kind, Kind::Plain | Kind::Secret),
            default: default.map(str::to_owned),
            only_when: (!when.is_empty()).then(|| (self.switch.to_owned(), when)),
        });
    }
}

/// A choice of values, each with its label.
#[must_use]
pub fn choice(choices: &[(&str, &str)]) -> Entry {
    let choice = |(value, label): &(&str, &str)| Choice { value: (*value).to_owned(), label: (*label).to_owned() };
    Entry::Choice(choices.iter().map(choice).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{form, set_up};

    #[test]
    fn every_field_of_both_forms_has_its_line_and_no_line_is_left_over() {
        let mut fields = form::fields();
        fields.extend(set_up::form::describe(&[]).fields);
        for field in &fields {
            assert!(!field.label.is_empty() && field.help.contains(['.', ':']), "{}", field.name);
        }
        assert_eq!(data::text(Table::FormFields).lines().count(), fields.len());
    }
}
