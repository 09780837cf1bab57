//! What each code of Microsoft Entra ID means: the table `src/data/sign-in-codes.tsv`, whose head says what its cells hold.

use crate::data::{self, Table};

/// One code.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The number behind `AADSTS`.
    pub number: u32,
    /// What it becomes in the contract.
    pub case: &'static str,
    /// The field of the setting that does not fit, or what would allow the sign-in; empty in other cases.
    pub about: &'static str,
    /// What happened, as a sentence.
    pub happened: &'static str,
    /// What to do and where, as a sentence.
    pub mend: &'static str,
}

impl Code {
    fn read(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut cell = || cells.next();
        Some(Self { number: cell()?.parse().ok()?, case: cell()?, about: cell()?, happened: cell()?, mend: cell()? })
    }
}

/// Every code that the connector explains in its own words.
pub fn all() -> impl Iterator<Item = Code> {
    data::text(Table::SignInCodes).lines().filter_map(Code::read)
}

/// The code of this number.
#[must_use]
pub fn find(number: u32) -> Option<Code> {
    all().find(|code| code.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form;

    #[test]
    fn every_documented_code_has_a_sentence_of_its_own_and_a_mend_unless_it_passes() {
        let documented = include_str!("refusal/documented.tsv").lines().filter(|line| !line.starts_with('#'));
        let documented: Vec<u32> = documented.map(|line| line.split('\t').next().unwrap().parse().unwrap()).collect();
        for number in &documented {
            let code = find(*number).unwrap_or_else(|| panic!("{number} is missing"));
            assert!(code.happened.ends_with('.'), "{number}");
            assert!(code.mend.ends_with('.') || code.mend.is_empty(), "{number}");
            assert!(!code.mend.is_empty() || ["transient", "throttled"].contains(&code.case), "{number}");
            assert!(code.case != "setting" || form::NAMES.contains(&code.about), "{number}");
            assert_eq!(code.about.is_empty(), !["setting", "forbidden"].contains(&code.case), "{number}");
            let same = all().filter(|other| other.happened == code.happened).count();
            assert_eq!(same, 1, "{number} shares its sentence");
        }
        assert_eq!(documented.len(), 65);
        assert_eq!(all().count(), documented.len());
        assert_eq!(all().count(), data::text(Table::SignInCodes).lines().count());
    }

    #[test]
    fn who_has_to_sign_in_again_is_told_where_or_why() {
        for code in all().filter(|code| code.case == "sign-in") {
            assert_ne!(code.mend, "Connect again, and sign in anew.", "{}", code.number);
            let same = all().filter(|other| other.mend == code.mend).count();
            // Both ways to say that a second factor has to be registered are mended at the same place.
            assert!(same == 1 || [50_072, 50_079].contains(&code.number), "{} shares its mend", code.number);
        }
    }

    #[test]
    fn an_unknown_code_is_not_found() {
        assert!(find(1).is_none());
    }
}
