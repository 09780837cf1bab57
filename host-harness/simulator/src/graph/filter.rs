//! The filters that the sign-in log takes: comparisons joined by `and`, and nothing else.

use jiff::Timestamp;

use crate::graph::error::GraphError;
use crate::sign_in_log::Sort;

/// One comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    /// At this second or later.
    From(i64),
    /// At this second or earlier.
    Until(i64),
    /// The property equals the text.
    Equal(Property, String),
    /// The property begins with the text.
    StartsWith(Property, String),
    /// The events are of this sort, which only beta knows.
    Event(Sort),
    /// The error code is this.
    ErrorCode(u32),
}

/// A property that may be compared with a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Property {
    /// `appId`
    AppId,
    /// `userId`
    UserId,
    /// `appDisplayName`
    AppDisplayName,
    /// `userPrincipalName`
    UserPrincipalName,
    /// `id`
    Id,
}

impl Property {
    fn parse(name: &str) -> Option<Property> {
        Some(match name {
            "appId" => Property::AppId,
            "userId" => Property::UserId,
            "appDisplayName" => Property::AppDisplayName,
            "userPrincipalName" => Property::UserPrincipalName,
            "id" => Property::Id,
            _ => return None,
        })
    }
}

/// Reads a filter.
///
/// # Errors
/// When it is anything but known comparisons joined by `and`.
pub(crate) fn parse(text: &str) -> Result<Vec<Condition>, GraphError> {
    let refuse = || GraphError::bad_request(format!("Invalid filter clause: '{text}'."));
    let tokens = tokens(text).ok_or_else(refuse)?;
    let clauses = tokens.split(|token| *token == Token::Word("and"));
    let mut conditions = Vec::new();
    for clause in clauses {
        conditions.extend(condition(clause).ok_or_else(refuse)?);
    }
    Ok(conditions)
}

/// Reads a filter of a directory collection: one property equal to a text.
///
/// # Errors
/// When it is anything else.
pub(crate) fn equal(text: &str) -> Result<(String, String), GraphError> {
    match tokens(text).as_deref() {
        Some([Token::Word(name), Token::Word("eq"), Token::Text(value)]) => Ok(((*name).to_owned(), value.clone())),
        _ => Err(GraphError::unsupported_query(format!("Unsupported filter clause: '{text}'."))),
    }
}

/// Reads a filter of a collection of grants: properties equal to texts, joined by `and`.
///
/// # Errors
/// When it is anything else.
pub(crate) fn equals(text: &str) -> Result<Vec<(String, String)>, GraphError> {
    let refuse = || GraphError::unsupported_query(format!("Unsupported filter clause: '{text}'."));
    let tokens = tokens(text).ok_or_else(refuse)?;
    let clauses = tokens.split(|token| *token == Token::Word("and"));
    clauses
        .map(|clause| match clause {
            [Token::Word(name), Token::Word("eq"), Token::Text(value)] => Ok(((*name).to_owned(), value.clone())),
            _ => Err(refuse()),
        })
        .collect()
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token<'a> {
    Word(&'a str),
    Text(String),
    Sign(char),
}

/// Splits a filter into words, quoted texts and signs. A quote inside a text is doubled.
fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        match first {
            '\'' => {
                let (quoted, after) = quoted(rest)?;
                tokens.push(Token::Text(quoted));
                rest = after;
            }
            '(' | ')' | ',' => {
                tokens.push(Token::Sign(first));
                rest = rest.get(1..)?;
            }
            _ => {
                let end = rest.find([' ', '(', ')', ',', '\'']).unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..end)?));
                rest = rest.get(end..)?;
            }
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let (before, after) = rest.split_once('\'')?;
        content.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                content.push('\'');
                rest = more;
            }
            None => return Some((content, after)),
        }
    }
}

fn condition(clause: &[Token<'_>]) -> Option<Vec<Condition>> {
    match clause {
        [Token::Sign('('), inner @ .., Token::Sign(')')] => condition(inner),
        [Token::Word("createdDateTime"), Token::Word(operator), Token::Word(value)] => {
            // Rows are kept to the second: one at 10:00:00 is at or after 10:00:00, and not after 10:00:00.5.
            let at: Timestamp = value.parse().ok()?;
            let (floor, whole) = (at.as_second(), at.subsec_nanosecond() == 0);
            let first = if whole { floor } else { floor + 1 };
            match *operator {
                "ge" => Some(vec![Condition::From(first)]),
                "le" => Some(vec![Condition::Until(floor)]),
                "eq" => Some(vec![Condition::From(first), Condition::Until(floor)]),
                _ => None,
            }
        }
        [
            Token::Word("signInEventTypes/any"),
            Token::Sign('('),
            Token::Word(variable),
            Token::Word(same),
            Token::Word("eq"),
            Token::Text(value),
            Token::Sign(')'),
        ] if variable.strip_suffix(':') == Some(*same) => Some(vec![Condition::Event(match value.as_str() {
            "interactiveUser" => Sort::Interactive,
            "nonInteractiveUser" => Sort::NonInteractive,
            "servicePrincipal" => Sort::Service,
            "managedIdentity" => Sort::Managed,
            _ => return None,
        })]),
        [Token::Word("status/errorCode"), Token::Word("eq"), Token::Word(value)] => {
            Some(vec![Condition::ErrorCode(value.parse().ok()?)])
        }
        [Token::Word(name), Token::Word("eq"), Token::Text(value)] => {
            Some(vec![Condition::Equal(Property::parse(name)?, value.clone())])
        }
        [
            Token::Word("startsWith" | "startswith"),
            Token::Sign('('),
            Token::Word(name),
            Token::Sign(','),
            Token::Text(value),
            Token::Sign(')'),
        ] => {
            let property = Property::parse(name)?;
            let may = matches!(property, Property::AppDisplayName | Property::UserPrincipalName);
            may.then(|| vec![Condition::StartsWith(property, value.clone())])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_joined_by_and_are_taken() {
        let text = "createdDateTime ge 2026-11-20T10:00:00Z and createdDateTime le 2026-11-20T10:59:59.5Z \
                    and appId eq 'one' and (userId eq 'it''s') and status/errorCode eq 0";
        let conditions = parse(text).unwrap();
        assert_eq!(
            conditions,
            [
                Condition::From(1_795_168_800),
                Condition::Until(1_795_172_399),
                Condition::Equal(Property::AppId, "one".to_owned()),
                Condition::Equal(Property::UserId, "it's".to_owned()),
                Condition::ErrorCode(0),
            ]
        );
    }

    #[test]
    fn names_may_be_compared_by_their_beginning() {
        let conditions = parse("startsWith(appDisplayName, 'Sal')").unwrap();
        assert_eq!(conditions, [Condition::StartsWith(Property::AppDisplayName, "Sal".to_owned())]);
    }

    #[test]
    fn the_sort_of_events_is_chosen_by_a_lambda() {
        let conditions = parse("signInEventTypes/any(t: t eq 'nonInteractiveUser') and status/errorCode eq 0").unwrap();
        assert_eq!(conditions, [Condition::Event(Sort::NonInteractive), Condition::ErrorCode(0)]);
        assert!(parse("signInEventTypes/any(t: x eq 'nonInteractiveUser')").is_err());
        assert!(parse("signInEventTypes/any(t: t eq 'robot')").is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "createdDateTime gt 2026-11-20T10:00:00Z",
            "createdDateTime lt 2026-11-20T10:00:00Z",
            "createdDateTime ge 'yesterday'",
            "appId eq 'one' or appId eq 'two'",
            "not appId eq 'one'",
            "appId ne 'one'",
            "appId eq one",
            "appId eq 'one",
            "startsWith(appId, 'o')",
            "isInteractive eq true",
            "appId eq 'one' and",
        ] {
            assert_eq!(parse(text).map_err(|error| error.status), Err(400), "{text}");
        }
    }
}
