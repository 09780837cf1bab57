//! How numbers, times and foreign words are written for people.

use jiff::Timestamp;
use std::time::Duration;

/// A number with a separator between each three digits: `12,345`.
pub fn thousands(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut written = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        written.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// A number and what is counted, in the singular or the plural: `1 row`, `2 rows`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A span of time in its two greatest units: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", thousands(seconds / 3600), seconds % 3600 / 60),
    }
}

/// Bytes in the unit that keeps the number small: `812 B`, `270.5 KiB`, `1.2 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64;
    let mut unit = "B";
    for next in UNITS {
        if size < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = next;
    }
    format!("{size:.1} {unit}")
}

/// An instant in UTC: `2026-11-20 10:00Z`. Seconds are left out.
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// An amount with exactly two places, or as many as it needs to lose nothing: `1,234.50`, `0.0625`.
pub fn amount(micros: i128) -> String {
    let (whole, part) = split(micros);
    format!("{}{}.{part}", if micros < 0 { "-" } else { "" }, thousands(whole))
}

/// An amount for machines: the same without separators.
pub fn plain_amount(micros: i128) -> String {
    let (whole, part) = split(micros);
    format!("{}{whole}.{part}", if micros < 0 { "-" } else { "" })
}

fn split(micros: i128) -> (i128, String) {
    const MICROS: u128 = 1_000_000;
    let size = micros.unsigned_abs();
    let part = format!("{:06}", size % MICROS);
    let cents = part.trim_end_matches('0');
    // The whole part of a 128-bit number of millionths always fits.
    (i128::try_from(size / MICROS).unwrap_or(i128::MAX), format!("{cents:0<2}"))
}

/// The text without control characters, so that what a service says cannot steer a terminal. White space of all kinds
/// becomes a space; marks that turn the direction of writing are taken out.
pub fn clean(text: &str) -> String {
    let kept = text.chars().filter(|letter| !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
    kept.map(|letter| match letter {
        letter if letter.is_whitespace() => ' ',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    })
    .collect()
}

/// Breaks lines where words end, so that none is longer than `width` letters. What follows a line that is set in stands
/// under it. A word that is longer stays whole, and so does a line that ends with a command: both are copied.
pub fn fold(text: &str, width: usize) -> String {
    let folded = text.split('\n').map(|line| {
        let words = line.trim_start_matches(' ');
        let indent = line.len() - words.len();
        if line.chars().count() <= width || words.trim_start_matches("next: ").starts_with("host-harness ") {
            return line.to_owned();
        }
        let under = if indent == 0 { 0 } else { indent + 2 };
        let mut written = " ".repeat(indent);
        let mut length = indent;
        for (place, word) in words.split(' ').enumerate() {
            let letters = word.chars().count();
            if place == 0 {
                length += letters;
            } else if length + 1 + letters <= width {
                written.push(' ');
                length += 1 + letters;
            } else {
                written.push('\n');
                written.push_str(&" ".repeat(under));
                length = under + letters;
            }
            written.push_str(word);
        }
        written
    });
    folded.collect::<Vec<_>>().join("\n")
}

/// The same text with line ends in words that are longer than `width`: behind a hyphen, where there is one.
pub fn hyphenated(text: &str, width: usize) -> String {
    let part = |word: &str| {
        if word.chars().count() <= width {
            return word.to_owned();
        }
        let mut written = String::new();
        let mut length = 0;
        for part in word.split_inclusive('-') {
            let letters = part.chars().count();
            if length > 0 && length + letters > width {
                written.push('\n');
                length = 0;
            }
            written.push_str(part);
            length += letters;
        }
        written
    };
    let line = |line: &str| line.split(' ').map(part).collect::<Vec<_>>().join(" ");
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// ` Did you mean acme?`: the names among `known` that differ from `name` by little, nearest first. Empty when there is
/// none.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let near = near(name, known);
    if near.is_empty() { String::new() } else { format!(" Did you mean {}?", near.join(" or ")) }
}

fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|other| (distance(name, other), other))
        .filter(|(away, other)| *away <= most || other.starts_with(name) || name.starts_with(other))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, other)| other).take(3).collect()
}

/// How many letters have to be put in, taken out or changed to make one of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut next = vec![line + 1];
        for ((other, above), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            let change = diagonal + usize::from(letter != *other);
            next.push(change.min(left + 1).min(above + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_digits_stand_together() {
        let written: Vec<String> =
            [0, 7, 999, 1_000, 123_456, 1_234_567, -1_000, -12].map(|number: i64| thousands(number)).into();
        assert_eq!(written, ["0", "7", "999", "1,000", "123,456", "1,234,567", "-1,000", "-12"]);
    }

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        let rows: Vec<String> = [0, 1, 2_000].map(|number| counted(number, "row", "rows")).into();
        assert_eq!(rows, ["0 rows", "1 row", "2,000 rows"]);
    }

    #[test]
    fn a_span_is_told_in_its_two_greatest_units() {
        let spans = [0.43, 12.9, 185.0, 7_800.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(spans, ["0.4 s", "12 s", "3 min 5 s", "2 h 10 min"]);
    }

    #[test]
    fn bytes_are_told_in_the_unit_that_fits() {
        assert_eq!([812, 277_000, 1_300_000].map(bytes), ["812 B", "270.5 KiB", "1.2 MiB"]);
    }

    #[test]
    fn an_amount_has_two_places_or_as_many_as_it_needs() {
        let amounts = [39_000_000, 1_234_500_000, 62_500, -1_500_000, 0, 10].map(amount);
        assert_eq!(amounts, ["39.00", "1,234.50", "0.0625", "-1.50", "0.00", "0.00001"]);
        assert_eq!(plain_amount(1_234_500_000), "1234.50");
    }

    #[test]
    fn an_instant_is_in_utc_and_says_so() {
        assert_eq!(instant("2026-11-20T10:00:59Z".parse().unwrap()), "2026-11-20 10:00Z");
    }

    #[test]
    fn foreign_words_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2J\tb\nc\u{202e}d"), "a\u{fffd}[2J b cd");
    }

    #[test]
    fn near_names_are_found_nearest_first() {
        assert_eq!(near("acne", ["globex", "acme", "acme-dev"]), ["acme"]);
        assert_eq!(near("acme-", ["acme"]), ["acme"]);
        assert!(near("x", ["globex"]).is_empty());
        assert_eq!(did_you_mean("acne", ["acme", "acre"]), " Did you mean acme or acre?");
        assert_eq!(did_you_mean("x", ["globex"]), "");
        assert_eq!(did_you_mean("nonsense", ["consent"]), "", "too many letters differ");
    }

    #[test]
    fn lines_are_broken_where_words_end_and_what_is_copied_stays_whole() {
        let text = "Permissions of its applications are read.\n  users: what they may do in them";
        assert_eq!(
            fold(text, 20),
            "Permissions of its\napplications are\nread.\n  users: what they\n    may do in them"
        );
        assert_eq!(fold("Open https://login.example/with/a/long/path now.", 20).lines().count(), 3);
        let command = "  next: host-harness configure acme --set tenant=VALUE";
        assert_eq!(fold(command, 20), command);
    }

    #[test]
    fn a_long_word_is_broken_behind_its_hyphens() {
        assert_eq!(hyphenated("non-interactive-sign-ins", 14), "non-\ninteractive-\nsign-ins");
        assert_eq!(hyphenated("service-sign-ins of today", 30), "service-sign-ins of today");
    }

    proptest! {
        #[test]
        fn separators_change_no_digit(number in any::<i64>()) {
            prop_assert_eq!(thousands(number).replace(',', ""), number.to_string());
        }

        #[test]
        fn a_plain_amount_is_the_same_amount(micros in -10_000_000_000_i64..10_000_000_000) {
            let written: f64 = plain_amount(micros.into()).parse().unwrap();
            prop_assert!((written * 1e6 - micros as f64).abs() < 0.5);
        }
    }
}
