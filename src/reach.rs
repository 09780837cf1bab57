//! How far the rights of an application reach, by the table `data/scopes.tsv`.

use std::collections::BTreeSet;

use crate::contract::rows::Risk;
use crate::data::{self, Table};

/// What stands behind a right with which an application acts by itself.
pub const OWN: &str = " (application)";

/// Reaches that a note names; the rest is counted.
const NAMED: usize = 6;

/// How far one right reaches: the risk, and in words.
#[must_use]
pub fn of(right: &str) -> (Risk, &'static str) {
    let (name, own) = match right.strip_suffix(OWN) {
        Some(name) => (name, true),
        None => (right, false),
    };
    for line in data::text(Table::Scopes).lines() {
        let mut cells = line.split('\t');
        if cells.next().is_some_and(|known| known.eq_ignore_ascii_case(name)) {
            let (delegated, by_itself) = (cells.next(), cells.next());
            return (risk(if own { by_itself } else { delegated }), cells.next().unwrap_or_default());
        }
    }
    (guessed(name, own), "")
}

fn risk(word: Option<&str>) -> Risk {
    match word {
        Some("low") => Risk::Low,
        Some("medium") => Risk::Medium,
        Some("high") => Risk::High,
        _ => Risk::Unknown,
    }
}

/// By its name alone: what changes things outweighs what reads them.
fn guessed(name: &str, own: bool) -> Risk {
    let changes = [".ReadWrite", ".FullControl", ".Manage", ".Write", ".Send"].iter().any(|part| name.contains(part));
    match (changes, own || name.ends_with(".All")) {
        (true, true) => Risk::High,
        (true, false) | (false, true) => Risk::Medium,
        (false, false) => Risk::Low,
    }
}

/// What rights come to: the greatest risk, and a sentence. Without rights both say so.
#[must_use]
pub fn note(rights: &BTreeSet<String>) -> (Risk, Option<String>) {
    let (mut risk, mut high, mut rest) = (Risk::Low, Vec::new(), Vec::new());
    for right in rights {
        let (one, words) = of(right);
        risk = greater(risk, one);
        let words = match words {
            "" if one == Risk::Low => continue,
            "" => right.clone(),
            words if right.ends_with(OWN) => format!("{words} of everyone, by itself"),
            words => words.to_owned(),
        };
        let list = if one == Risk::High { &mut high } else { &mut rest };
        if !list.contains(&words) {
            list.push(words);
        }
    }
    high.append(&mut rest);
    if high.is_empty() {
        let words = if rights.is_empty() { "Has no rights." } else { "Signs people in and reads their own entry." };
        return (risk, Some(words.to_owned()));
    }
    let more = high.len().saturating_sub(NAMED);
    high.truncate(NAMED);
    if more > 0 {
        high.push(format!("{more} more"));
    }
    let list = high.join("; ");
    let mut letters = list.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter();
    (risk, Some(format!("{}.", first.chain(letters).collect::<String>())))
}

fn greater(one: Risk, other: Risk) -> Risk {
    let rank = |risk: &Risk| matches!(risk, Risk::Medium) as u8 + 2 * (matches!(risk, Risk::High) as u8);
    if rank(&other) > rank(&one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(rights: &[&str]) -> (Risk, String) {
        let (risk, note) = note(&rights.iter().map(|right| (*right).to_owned()).collect());
        (risk, note.unwrap())
    }

    #[test]
    fn a_note_names_the_greatest_risk_first() {
        assert_eq!(noted(&[]), (Risk::Low, "Has no rights.".to_owned()));
        assert_eq!(noted(&["User.Read", "openid"]).0, Risk::Low);
        assert_eq!(
            noted(&["Files.ReadWrite.All", "offline_access", "User.Read"]),
            (Risk::High, "Writes all files; keeps its access while nobody is there.".to_owned())
        );
        let (risk, told) = noted(&["Mail.Read (application)"]);
        assert_eq!((risk, told.as_str()), (Risk::High, "Reads mail of everyone, by itself."));
    }

    #[test]
    fn a_right_that_acts_by_itself_reaches_further_and_an_unknown_one_is_judged_by_its_name() {
        assert_eq!((of("Calendars.Read").0, of("Calendars.Read (application)").0), (Risk::Medium, Risk::High));
        assert_eq!((of("mail.read").0, of("Agreement.Read").0), (Risk::High, Risk::Low));
        assert_eq!((of("Agreement.Read.All").0, of("Agreement.ReadWrite.All").0), (Risk::Medium, Risk::High));
    }

    #[test]
    fn every_line_of_the_table_is_whole_and_no_right_stands_twice() {
        let mut seen = BTreeSet::new();
        for line in data::text(Table::Scopes).lines() {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 4, "{line}");
            assert!(risk(Some(cells[1])) != Risk::Unknown && risk(Some(cells[2])) != Risk::Unknown, "{line}");
            assert!(seen.insert(cells[0].to_lowercase()), "{line}");
        }
        assert!(seen.len() > 70);
    }
}
