//! Takes secrets out of whatever a connector says to people.
//!
//! A connector is told never to put a secret into a message; this holds when it does so by mistake, such as by quoting
//! an answer of the service.

use crate::contract::connector::Gap;
use crate::contract::dialogue::{Ask, Browse, Capability, Command, EnterCode, Input, Question};
use crate::contract::set_up::Finished;
use crate::contract::types::{Error, Fault, Setting};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// What stands where a secret stood.
const HIDDEN: &str = "[hidden]";

/// The shortest text that is looked for: a secret of three letters would be found in every other word.
const SHORTEST: usize = 4;

/// The longest secret that may be an ordinary word.
const LONGEST_WORD: usize = 12;

/// Bytes of the beginning of a secret that tell it from chance.
const BEGINNING: usize = 8;

/// What may stand behind a quotation.
const END_OF_QUOTE: [char; 7] = ['.', '…', '"', '\'', ')', '“', ' '];

/// The secrets of one call.
#[derive(Default)]
pub(crate) struct Scrub {
    secrets: Mutex<Vec<Zeroizing<String>>>,
}

impl Scrub {
    /// Remembers a secret, as it is, as it looks in an address and in quotes.
    pub(crate) fn learn(&self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let quoted = secret.escape_debug().to_string();
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        for form in [secret.to_owned(), with_small_digits(&encoded), encoded, quoted] {
            if !secrets.iter().any(|known| **known == form) {
                secrets.push(Zeroizing::new(form));
            }
        }
        // The longest first: a secret inside another must not leave the rest of the other behind.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text without secrets. One that stands at its end is recognised by its beginning, because whoever quotes
    /// another may have cut it.
    pub(crate) fn text(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let clean = secrets.iter().fold(text.to_owned(), |text, secret| {
            if is_word(secret) { hide_word(&text, secret) } else { text.replace(secret.as_str(), HIDDEN) }
        });
        let said = clean.trim_end_matches(END_OF_QUOTE);
        match beginning_at_end(&secrets, said) {
            BEGINNING.. => {
                let (before, _) = said.split_at(cut(&secrets, said));
                format!("{before}{HIDDEN}{}", clean.get(said.len()..).unwrap_or_default())
            }
            _ => clean,
        }
    }

    /// The text without secrets, when what followed it was cut off: it ends before a secret through which the cut went.
    pub(crate) fn cut_text(&self, text: &str) -> String {
        let end = cut(&self.secrets.lock().unwrap_or_else(PoisonError::into_inner), text);
        self.text(text.get(..end).unwrap_or_default())
    }

    /// The bytes hold a secret that is no ordinary word.
    pub(crate) fn finds_in(&self, bytes: &[u8]) -> bool {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = secrets.iter().filter(|secret| !is_word(secret));
        secrets.any(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
    }

    /// The error without secrets.
    pub(crate) fn error(&self, error: Error) -> Error {
        match error {
            Error::InvalidSettings(mut problems) => {
                for problem in &mut problems {
                    problem.wrong = self.text(&problem.wrong);
                    problem.mend = self.text(&problem.mend);
                }
                Error::InvalidSettings(problems)
            }
            Error::SignInNeeded(fault) => Error::SignInNeeded(self.fault(fault)),
            Error::Forbidden(mut refusal) => {
                refusal.fault = self.fault(refusal.fault);
                Error::Forbidden(refusal)
            }
            Error::LicenceNeeded(mut licence) => {
                licence.fault = self.fault(licence.fault);
                Error::LicenceNeeded(licence)
            }
            Error::NotFound(fault) => Error::NotFound(self.fault(fault)),
            Error::Throttled(mut delay) => {
                delay.fault = self.fault(delay.fault);
                Error::Throttled(delay)
            }
            Error::Unavailable(mut delay) => {
                delay.fault = self.fault(delay.fault);
                Error::Unavailable(delay)
            }
            Error::CursorExpired(fault) => Error::CursorExpired(self.fault(fault)),
            Error::Protocol(fault) => Error::Protocol(self.fault(fault)),
            Error::Storage(fault) => Error::Storage(self.fault(fault)),
            Error::Internal(fault) => Error::Internal(self.fault(fault)),
            Error::Other(fault) => Error::Other(self.fault(fault)),
        }
    }

    /// The fault without secrets.
    pub(crate) fn fault(&self, fault: Fault) -> Fault {
        let clean = |text: Option<String>| text.map(|text| self.text(&text));
        Fault {
            message: self.text(&fault.message),
            mend: clean(fault.mend),
            code: clean(fault.code),
            request_id: clean(fault.request_id),
        }
    }

    /// What a connection can do, without secrets.
    pub(crate) fn capabilities(&self, capabilities: Vec<Capability>) -> Vec<Capability> {
        let clean = |text: Option<String>| text.map(|text| self.text(&text));
        let answer = |answer: Setting| Setting::new(&answer.name, self.text(&answer.value));
        let command = |command: Command| match command {
            Command::SetUp(answers) => Command::SetUp(answers.into_iter().map(answer).collect()),
            Command::Rotate => Command::Rotate,
        };
        let one = |capability: Capability| Capability {
            because: clean(capability.because),
            mend: clean(capability.mend),
            mended_by: capability.mended_by.map(command),
            ..capability
        };
        capabilities.into_iter().map(one).collect()
    }

    /// The question without secrets in what is told beside it.
    pub(crate) fn question(&self, mut question: Question) -> Question {
        match &mut question.ask {
            Ask::Browse(Browse { help, .. })
            | Ask::EnterCode(EnterCode { help, .. })
            | Ask::Input(Input { help, .. }) => {
                *help = self.text(help);
            }
            Ask::Wait(_) => {}
        }
        question
    }

    /// The end of a set-up without secrets but those that it made: they are in its settings, and in what it hands over.
    pub(crate) fn finished(&self, mut finished: Finished) -> Finished {
        for made in &finished.handed_over {
            self.learn(&made.value);
        }
        for act in &mut finished.acts {
            act.what = self.text(&act.what);
            act.request = self.text(&act.request);
        }
        finished.notes = finished.notes.iter().map(|note| self.text(note)).collect();
        finished.failed = finished.failed.map(|error| self.error(error));
        finished
    }

    /// The gap without secrets.
    pub(crate) fn gap(&self, gap: Gap) -> Gap {
        Gap { cause: self.error(gap.cause), mend: self.text(&gap.mend), ..gap }
    }
}

/// Bytes of the longest beginning of a secret with which a text ends; the whole of it counts too.
fn beginning_at_end(secrets: &[Zeroizing<String>], text: &str) -> usize {
    let beginning = |secret: &Zeroizing<String>| {
        let mut ends = secret.char_indices().rev().map(|(at, last)| at + last.len_utf8());
        ends.find(|end| secret.get(..*end).is_some_and(|piece| text.ends_with(piece)))
    };
    secrets.iter().filter_map(beginning).max().unwrap_or_default()
}

/// Where a text has to end, that nothing stays of a secret which its end has cut.
fn cut(secrets: &[Zeroizing<String>], text: &str) -> usize {
    let mut end = text.len().saturating_sub(beginning_at_end(secrets, text));
    // A whole one before it must not be cut in its place.
    while let Some(start) = secrets.iter().find_map(|secret| {
        let mut places = text.match_indices(secret.as_str()).map(|(start, _)| start);
        places.find(|start| *start < end && end < *start + secret.len())
    }) {
        end = start;
    }
    end
}

/// The same address as those write it who take small letters for the digits behind `%`.
fn with_small_digits(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |whole, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        whole + "%" + &digits.to_ascii_lowercase() + rest
    })
}

/// A secret that may as well be a word of the sentence that it would be taken from, such as `wrong`.
fn is_word(secret: &str) -> bool {
    let rest = secret.strip_prefix(|first: char| first.is_ascii_uppercase()).unwrap_or(secret);
    secret.len() <= LONGEST_WORD && rest.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Hides a secret that may be an ordinary word where it stands as a value: alone, in quotes, or behind a sign such as
/// that of `password=wrong`. Between the blanks of a sentence it is left, because there it is a word and tells nothing.
fn hide_word(text: &str, word: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let after = found.get(word.len()..).unwrap_or_default();
        clean.push_str(before);
        let left = clean.chars().next_back();
        let right = after.chars().next();
        let behind_a_sign = clean.trim_end().ends_with([':', '=']);
        let in_a_sentence = |side: Option<char>| side.is_none_or(|c| c.is_whitespace() || ".,;!?)(-".contains(c));
        let inside_a_word = left.is_some_and(char::is_alphanumeric) || right.is_some_and(char::is_alphanumeric);
        let alone = left.is_none() && right.is_none();
        let is_plain = !alone && !behind_a_sign && in_a_sentence(left) && in_a_sentence(right);
        clean.push_str(if inside_a_word || is_plain { word } else { HIDDEN });
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_as_it_is_and_as_it_looks_in_an_address() {
        let scrub = Scrub::default();
        scrub.learn("p@ss word+1");
        scrub.learn("abc");
        assert_eq!(scrub.text("tried p@ss word+1 (?s=p%40ss+word%2B1) abc"), "tried [hidden] (?s=[hidden]) abc");
        assert_eq!(scrub.text("?s=p%40ss+word%2b1"), "?s=[hidden]");
        scrub.learn("say \"Aa\"");
        assert_eq!(scrub.text(r#"{"s":"say \"Aa\""} say%20 say+%22Aa%22"#), r#"{"s":"[hidden]"} say%20 [hidden]"#);
    }

    #[test]
    fn a_secret_that_is_an_ordinary_word_is_hidden_as_a_value_and_left_in_a_sentence() {
        let scrub = Scrub::default();
        scrub.learn("wrong");
        for sentence in ["The secret is wrong.", "Name or password are wrong, or both.", "wrongly", "(wrong)"] {
            assert_eq!(scrub.text(sentence), sentence);
        }
        let shown = [
            ("wrong", "[hidden]"),
            ("'wrong' is no secret", "'[hidden]' is no secret"),
            ("pass=wrong&x=1", "pass=[hidden]&x=1"),
            ("secret: wrong", "secret: [hidden]"),
            ("{\"secret\":\"wrong\"}", "{\"secret\":\"[hidden]\"}"),
            ("at /wrong/", "at /[hidden]/"),
        ];
        for (said, told) in shown {
            assert_eq!(scrub.text(said), told);
        }
        // Anything that no dictionary holds is hidden wherever it stands.
        scrub.learn("wr0ng");
        scrub.learn("correcthorsebattery");
        assert_eq!(scrub.text("is wr0ng, correcthorsebattery"), "is [hidden], [hidden]");
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_behind() {
        let scrub = Scrub::default();
        scrub.learn("token=lo");
        scrub.learn("https://files.example/?token=long");
        assert_eq!(scrub.text("from https://files.example/?token=long"), "from [hidden]");
    }

    #[test]
    fn a_text_that_was_cut_ends_before_the_secret_that_the_cut_went_through() {
        let scrub = Scrub::default();
        scrub.learn("https://files.example/?token=abc7abc7-long");
        scrub.learn("abc7abc7");
        scrub.learn("12abc/de");
        scrub.learn("/def ghi");
        for (cut, told) in [
            ("from https://files.example/?token=abc7ab", "from "),
            ("from https://files.example/?token=abc7abc7", "from "),
            ("abc7abc7 and abc7abc7", "[hidden] and "),
            ("abc7abc7 and x", "[hidden] and x"),
            ("see %2Fdef", "see "),
            // Two whole ones, of which the second begins inside the first.
            ("see 12abc/def", "see "),
            ("nothing of it", "nothing of it"),
            ("", ""),
        ] {
            assert_eq!(scrub.cut_text(cut), told, "{cut}");
        }
    }

    #[test]
    fn a_secret_that_a_message_has_cut_at_its_end_is_hidden_by_its_beginning() {
        let scrub = Scrub::default();
        scrub.learn("abC8Q~0123456789-hunter");
        scrub.learn("p@ss word+1");
        for (said, told) in [
            ("The service says: wrong key abC8Q~0123", "The service says: wrong key [hidden]"),
            ("It says \"abC8Q~0123…\".", "It says \"[hidden]…\"."),
            ("?s=p%40ss+wo", "?s=[hidden]"),
            // So short a piece is in many words.
            ("It ends with p@ss wo", "It ends with p@ss wo"),
            ("It begins with abC8Q~0123 and goes on.", "It begins with abC8Q~0123 and goes on."),
        ] {
            assert_eq!(scrub.text(said), told, "{said}");
        }
    }

    #[test]
    fn every_sentence_of_an_error_is_freed_of_secrets() {
        let scrub = Scrub::default();
        scrub.learn("hunter22");
        let fault = Fault {
            message: "hunter22".into(),
            mend: Some("not hunter22".into()),
            code: Some("hunter22".into()),
            request_id: Some("hunter22".into()),
        };
        let clean = Fault {
            message: HIDDEN.into(),
            mend: Some(format!("not {HIDDEN}")),
            code: Some(HIDDEN.into()),
            request_id: Some(HIDDEN.into()),
        };
        assert_eq!(scrub.error(Error::Other(fault)), Error::Other(clean));
    }

    #[test]
    fn a_secret_is_found_in_bytes_that_are_no_text() {
        let scrub = Scrub::default();
        scrub.learn("hunter22");
        assert!(scrub.finds_in(b"\xff\x00hunter22\xfe"));
        assert!(!scrub.finds_in(b"hunter2"));
    }
}
