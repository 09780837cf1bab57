//! How single arguments are read.

use clap::Args;

/// The longest name of a connection. It stands in tables and file names.
const LONGEST_NAME: usize = 40;

/// Reads the name of a connection: lower-case letters, digits and hyphens.
pub(super) fn name(text: &str) -> Result<String, String> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = (1..=LONGEST_NAME).contains(&text.len())
        && text.bytes().all(|byte| letter(byte) || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "the name of a connection is made of lower-case letters, digits and hyphens between them, at most \
             {LONGEST_NAME}, such as `acme-eu`"
        ))
    }
}

/// `FIELD=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) field: String,
    pub(super) value: String,
}

/// Reads `FIELD=VALUE`. The message never repeats the value: it may be a secret in the wrong place.
pub(super) fn pair(text: &str) -> Result<Pair, String> {
    match text.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok(Pair { field: field.to_owned(), value: value.to_owned() }),
        _ => Err("FIELD=VALUE is expected, with an equals sign between them".to_owned()),
    }
}

/// The connection that a command is about.
#[derive(Args, Clone, Debug)]
pub(super) struct OneConnection {
    /// Name of the connection
    #[arg(value_name = "NAME", value_parser = name)]
    pub(super) name: String,
}

/// The connections that a command is about.
#[derive(Args, Clone, Debug)]
pub(super) struct SomeConnections {
    /// Names of connections; all when none is named
    #[arg(value_name = "NAME", value_parser = name)]
    pub(super) names: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_lower_case_letters_digits_and_hyphens() {
        for good in ["a", "acme", "acme-eu-2", "7"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "Acme", "a b", "a/b", "../x", "-a", "a-", "ä", &"a".repeat(41)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_value_may_hold_equals_signs_and_be_empty() {
        assert_eq!(pair("a=b=c"), Ok(Pair { field: "a".into(), value: "b=c".into() }));
        assert_eq!(pair("a="), Ok(Pair { field: "a".into(), value: String::new() }));
    }

    #[test]
    fn a_refused_pair_does_not_repeat_what_may_be_a_secret() {
        assert!(!pair("hunter2").unwrap_err().contains("hunter2"));
        assert!(pair("=hunter2").is_err());
    }
}
