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

/// The code, such as `AADSTS50126`, that a sentence names.
#[must_use]
pub fn in_text(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
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

    /// The codes that an administrator or the service's own documentation leads one to expect.
    const EXPECTED: [u32; 64] = [
        700024, 70021, 700211, 700212, 700213, 7000215, 7000222, 7000218, 700025, 700027, 70002, 700016, 7000112,
        90002, 900023, 90013, 90038, 50034, 50126, 50053, 50055, 50144, 50056, 50057, 50072, 50074, 50076, 50079,
        50158, 50078, 53000, 53001, 53002, 53003, 530032, 530035, 50105, 65001, 65004, 650056, 650057, 65005, 90094,
        90095, 70008, 700082, 50173, 70043, 700084, 54005, 501481, 50011, 70011, 28002, 28003, 9001023, 50194, 50196,
        90055, 90033, 90006, 90024, 50033, 500011,
    ];

    #[test]
    fn every_expected_code_has_a_sentence_of_its_own_and_a_mend() {
        for number in EXPECTED {
            let code = find(number).unwrap_or_else(|| panic!("{number} is missing"));
            assert!(code.happened.ends_with('.') && code.mend.ends_with('.'), "{number}");
            assert!(code.case != "setting" || form::NAMES.contains(&code.about), "{number}");
            assert_eq!(code.about.is_empty(), !["setting", "forbidden"].contains(&code.case), "{number}");
            let same = all().filter(|other| other.happened == code.happened).count();
            assert_eq!(same, 1, "{number} shares its sentence");
        }
        assert_eq!(all().count(), EXPECTED.len());
        assert_eq!(all().count(), data::text(Table::SignInCodes).lines().count());
    }

    #[test]
    fn an_unknown_code_is_not_found() {
        assert!(find(1).is_none());
    }
}
