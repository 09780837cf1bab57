//! The tables of `src/data`, which the component carries packed: `build.rs` says how. Each is unpacked once, when it is
//! first asked for.

mod inflate;

use std::fmt::Write;
use std::sync::OnceLock;

/// A table. Lines end in a line feed; cells of those in TSV are separated by tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Products: SKU id, string id, name for people, tier, and the steps from one of their service plans to the next in
    /// [`Table::ServicePlans`], from 0, joined by semicolons.
    Products,
    /// Service plans: id, name, title for people.
    ServicePlans,
    /// List prices: string id, amount, currency, first day, last day, date of the source, uncertain, source.
    ListPrices,
    /// Applications that Microsoft made: application id, name.
    FirstParty,
    /// Applications that can be recognised, as CSV with a heading.
    Applications,
    /// What service plans can do; the head of the file says how.
    Abilities,
    /// Rights of applications: name, risk for a person, risk by itself, reach in words.
    Scopes,
    /// What codes of the sign-in mean; the head of the file says how.
    SignInCodes,
    /// Fields of both forms: name, label, help.
    FormFields,
}

macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

/// Stands in the text for a GUID.
const HOLE: char = '\u{1}';

/// The text of a table.
#[must_use]
pub fn text(table: Table) -> &'static str {
    static UNPACKED: [OnceLock<String>; 9] = [const { OnceLock::new() }; 9];
    let packed: &[u8] = match table {
        Table::Products => packed!("products.tsv"),
        Table::ServicePlans => packed!("service-plans.tsv"),
        Table::ListPrices => packed!("list-prices.tsv"),
        Table::FirstParty => packed!("first-party.tsv"),
        Table::Applications => packed!("applications.csv"),
        Table::Abilities => packed!("abilities.tsv"),
        Table::Scopes => packed!("scopes.tsv"),
        Table::SignInCodes => packed!("sign-in-codes.tsv"),
        Table::FormFields => packed!("form-fields.tsv"),
    };
    let unpacked = UNPACKED.get(table as usize);
    unpacked.map_or("", |unpacked| unpacked.get_or_init(|| unpack(packed).unwrap_or_default()))
}

/// `None` when the bytes are not what `build.rs` makes, which tests rule out.
fn unpack(packed: &[u8]) -> Option<String> {
    let (length, rest) = packed.split_first_chunk()?;
    let (guids, rest) = rest.split_first_chunk()?;
    let guids = usize::try_from(u32::from_le_bytes(*guids)).ok()?.checked_mul(16)?;
    let (guids, deflated) = rest.split_at_checked(guids)?;
    let holed = inflate::inflate(deflated, usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let mut text = String::with_capacity(holed.len() + guids.len() * 3);
    let mut guids = guids.chunks_exact(16);
    for part in str::from_utf8(&holed).ok()?.split_inclusive(HOLE) {
        let Some(part) = part.strip_suffix(HOLE) else {
            text.push_str(part);
            continue;
        };
        text.push_str(part);
        for (at, byte) in guids.next()?.iter().enumerate() {
            text.push_str(if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" });
            let _ = write!(text, "{byte:02x}");
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_head(text: &str) -> String {
        text.lines().filter(|line| !line.starts_with('#')).map(|line| line.to_owned() + "\n").collect()
    }

    #[test]
    fn tables_are_unpacked_as_they_were_written() {
        for (table, written) in [
            (Table::ServicePlans, include_str!("data/service-plans.tsv")),
            (Table::ListPrices, include_str!("data/list-prices.tsv")),
            (Table::FirstParty, include_str!("data/first-party.tsv")),
            (Table::Applications, include_str!("data/applications.csv")),
            (Table::Abilities, include_str!("data/abilities.tsv")),
            (Table::Scopes, include_str!("data/scopes.tsv")),
            (Table::SignInCodes, include_str!("data/sign-in-codes.tsv")),
            (Table::FormFields, include_str!("data/form-fields.tsv")),
        ] {
            assert!(text(table) == without_head(written), "{table:?}");
        }
    }

    #[test]
    fn products_are_unpacked_with_the_places_of_their_plans() {
        let plans: Vec<&str> = text(Table::ServicePlans).lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
        let written = without_head(include_str!("data/products.tsv"));
        assert_eq!(text(Table::Products).lines().count(), written.lines().count());
        for (unpacked, written) in text(Table::Products).lines().zip(written.lines()) {
            let (rest, steps) = unpacked.rsplit_once('\t').unwrap();
            let (expected, names) = written.rsplit_once('\t').unwrap();
            assert_eq!(rest, expected);
            let mut place = 0;
            let walk = |step: &str| {
                place += step.parse::<usize>().unwrap();
                plans[place]
            };
            let mut held: Vec<&str> = steps.split(';').map(walk).collect();
            let mut names: Vec<&str> = names.split(';').collect();
            held.sort_unstable();
            names.sort_unstable();
            assert_eq!(held, names, "{rest}");
        }
    }

    #[test]
    fn bytes_that_are_cut_off_unpack_to_nothing() {
        let packed: &[u8] = packed!("first-party.tsv");
        assert!(unpack(packed).is_some());
        for end in [0, 4, 8, 20, packed.len() / 2] {
            assert_eq!(unpack(&packed[..end]), None, "{end}");
        }
    }
}
