//! Names in a form in which two ways of writing the same one are equal.

use crate::fold::fold;
/// Words that say what a company or a registration is and not which: legal forms, sign-on and its protocols.
const IDLE: [&str; 33] = [
    "ab",
    "ag",
    "app",
    "as",
    "bv",
    "co",
    "company",
    "connector",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "integration",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oauth",
    "oidc",
    "openid",
    "plc",
    "prod",
    "production",
    "provisioning",
    "pty",
    "saml",
    "saml2",
    "scim",
    "srl",
    "sso",
    "the",
];

/// Words that name what an application is made for, after `for`: `Box for Office 365`.
const PLATFORMS: [&str; 16] = [
    "365",
    "ad",
    "azure",
    "entra",
    "excel",
    "id",
    "m365",
    "microsoft",
    "ms",
    "o365",
    "office",
    "office365",
    "onedrive",
    "outlook",
    "sharepoint",
    "teams",
];

/// The bare name: case folded, without punctuation, idle words, `for Office 365` and `by Microsoft` at its end.
///
/// Absent: nothing is left. Whole names are compared, never parts: `Box` is not in `Dropbox`.
#[must_use]
pub(super) fn bare(name: &str) -> Option<String> {
    let folded = fold(name);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let told: Vec<&str> = maker(&words).iter().copied().filter(|word| !IDLE.contains(word)).collect();
    if told.is_empty() { None } else { Some(told.join(" ")) }
}

/// The words before a last `for Office 365` or `by Microsoft`.
fn maker<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let tail = |at: usize| words.get(at + 1..).unwrap_or_default();
    let ends = |at: usize| match words.get(at) {
        Some(&"for") => !tail(at).is_empty() && tail(at).iter().all(|word| PLATFORMS.contains(word)),
        Some(&"by") => tail(at) == ["microsoft"],
        _ => false,
    };
    (1..words.len()).find(|&at| ends(at)).and_then(|at| words.get(..at)).unwrap_or(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_one_name_are_equal() {
        for (name, expected) in [
            ("Slack", "slack"),
            ("SLACK Technologies, LLC", "slack technologies"),
            ("Box for Office 365", "box"),
            ("Zoom for Microsoft Teams", "zoom"),
            ("Zoom for Government", "zoom for government"),
            ("Google Cloud / G Suite Connector by Microsoft", "google cloud g suite"),
            ("Adobe Identity Management (OIDC)", "adobe identity management"),
            ("AWS SSO (Production)", "aws"),
            ("monday.com", "monday com"),
            ("Sage  Intacct\t- SAML2", "sage intacct"),
            ("Café Ltd.", "café"),
            ("For Office", "for office"),
        ] {
            assert_eq!(bare(name).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_name_of_idle_words_alone_says_nothing() {
        for name in ["", "SSO", "The Company, Inc.", "— !"] {
            assert_eq!(bare(name), None, "{name}");
        }
    }

    #[test]
    fn the_word_lists_are_sorted() {
        assert!(IDLE.is_sorted() && PLATFORMS.is_sorted());
    }
}
