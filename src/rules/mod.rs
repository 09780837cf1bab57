//! Advice: one file per rule, each a pure function over what is known of one product or one seat.

pub mod abilities;
pub mod addon;
pub mod assignment_errors;
pub mod blocked;
pub mod case;
pub mod consolidation;
pub mod copilot;
pub mod desktop_apps;
pub mod direct_and_group;
pub mod fit;
pub mod ground;
pub mod guest;
pub mod inactive;
pub mod judge;
pub mod levels;
pub mod never_signed_in;
pub mod over_assigned;
pub mod overlap;
pub mod plan;
pub mod price_rise;
pub mod renewal;
pub mod right_size;
pub mod shared_mailbox;
pub mod spare_seats;
pub mod view;
pub mod why;

use std::borrow::Cow;

use crate::contract::rows::{Confidence, Effect, Evidence, Recommendation};
use crate::contract::types::Day;
use crate::money;
use crate::time;
use case::Case;
use view::{Circumstances, Offer, Seat};

/// How a rule judges.
#[derive(Clone, Copy, Debug)]
pub enum Judge {
    /// A product.
    Product(fn(&Offer, &Circumstances) -> Verdict),
    /// A seat that is given to nobody else when the rule fires: it can be taken back.
    Takes(fn(&Case<'_>, &Seat<'_>) -> Verdict),
    /// A seat for which something cheaper would do.
    Moves(fn(&Case<'_>, &Seat<'_>) -> Verdict),
    /// A seat of which something is worth knowing and that stays.
    Tells(fn(&Case<'_>, &Seat<'_>) -> Verdict),
}

/// A rule of advice, for people and for the capability report.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Lower-case words joined by hyphens; never changes.
    pub id: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// What it looks for, and when it keeps silent.
    pub help: &'static str,
    /// Datasets without which it cannot judge.
    pub needs: &'static [&'static str],
    /// Datasets of which it needs one at least.
    pub needs_one_of: &'static [&'static str],
    /// Fields of the settings by which it judges, beside those of who is left alone.
    pub settings: &'static [&'static str],
    /// How it judges.
    pub judge: Judge,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It fires.
    Fires(Box<Recommendation>),
    /// It does not fire, because.
    Not(Cow<'static, str>),
    /// It is not to judge this, because.
    Excluded(Cow<'static, str>),
    /// Too little is known, because.
    Unknown(Cow<'static, str>),
}

impl Verdict {
    /// The recommendation, when it fires.
    #[must_use]
    pub fn found(self) -> Option<Recommendation> {
        match self {
            Self::Fires(found) => Some(*found),
            _ => None,
        }
    }
}

/// All rules. Those that take seats back stand in the order in which they are asked: the first that fires for a seat
/// speaks for it.
pub const ALL: [Rule; 17] = [
    spare_seats::RULE,
    renewal::RULE,
    over_assigned::RULE,
    price_rise::RULE,
    blocked::RULE,
    guest::RULE,
    shared_mailbox::RULE,
    never_signed_in::RULE,
    inactive::RULE,
    overlap::RULE,
    addon::RULE,
    copilot::RULE,
    consolidation::RULE,
    right_size::RULE,
    desktop_apps::RULE,
    direct_and_group::RULE,
    assignment_errors::RULE,
];

/// Datasets on which every rule about persons leans.
const PERSONS: &[&str] = &["subscriptions", "users", "entitlements"];

/// Datasets of which one at least must tell of activity.
const ACTIVITY: &[&str] = &["activity", "active-user-detail"];

/// The confidence that is left after so many reasons for doubt.
fn confidence(doubts: usize) -> Confidence {
    match doubts {
        0 => Confidence::High,
        1 => Confidence::Medium,
        _ => Confidence::Low,
    }
}

/// Whether the price of an offer is uncertain, as a number of doubts.
fn uncertain(offer: &Offer) -> usize {
    usize::from(offer.price.as_ref().is_some_and(|price| price.uncertain))
}

/// Something observed.
fn evidence(signal: &str, value: impl Into<String>, as_of: Option<Day>) -> Evidence {
    Evidence { signal: signal.to_owned(), value: value.into(), as_of }
}

/// A day for people, or what its absence means.
fn day_or(day: Option<Day>, absent: &str) -> String {
    day.map_or_else(|| absent.to_owned(), time::day_text)
}

/// The price of a product as evidence.
fn price_evidence(offer: &Offer) -> Evidence {
    match &offer.price {
        Some(price) => {
            let doubt = if price.uncertain { ", uncertain" } else { "" };
            let value = format!("{} a month (says {}{doubt})", money::text(&price.amount), price.source);
            evidence("price of a seat", value, None)
        }
        None => evidence("price of a seat", "not known", None),
    }
}

/// What every advice on a seat has in common: where the seat comes from and since when, and what it costs.
fn seat_evidence(case: &Case<'_>, seat: &Seat<'_>) -> [Evidence; 3] {
    [
        evidence("licence last changed", day_or(seat.since.map(time::day_of), "not known"), None),
        evidence("principal name", case.person.user.principal_name.clone(), None),
        price_evidence(seat.offer),
    ]
}

/// When the bill of a product can get smaller.
fn at_renewal(offer: &Offer) -> (Effect, String) {
    match offer.renews {
        Some(day) => (Effect::AtRenewal(day), format!("at the renewal on {}", time::day_text(day))),
        None => (Effect::AtNextRenewal, "at the next renewal".to_owned()),
    }
}

/// A recommendation on a product with what every rule says in the same way: its id, its product and what it saves.
fn recommendation(rule: &Rule, subject: &str, subject_name: &str, offer: &Offer, seats: u64) -> Recommendation {
    Recommendation {
        id: format!("{}/{subject}/{}", rule.id, offer.product.id),
        rule: rule.id.to_owned(),
        subject: subject.to_owned(),
        subject_name: subject_name.to_owned(),
        product: Some(offer.product.id.clone()),
        product_name: Some(offer.product.name.clone()),
        action: String::new(),
        seats,
        saving: offer.price.as_ref().and_then(|price| money::times(&price.amount, seats)),
        provenance: offer.price.as_ref().map(view::provenance),
        effect: Effect::ReassignNow,
        confidence: Confidence::High,
        evidence: Vec::new(),
        safe_because: String::new(),
        targets: Vec::new(),
    }
}

/// A recommendation to take a seat back.
fn take_back(rule: &Rule, case: &Case<'_>, seat: &Seat<'_>, doubts: usize, safe_because: &str) -> Recommendation {
    let person = case.person;
    let mut found = recommendation(rule, &person.user.id, person.name(), seat.offer, 1);
    found.action = seat.remedy(person.name());
    found.confidence = confidence(doubts + case.now.stale + uncertain(seat.offer));
    found.safe_because = safe_because.to_owned();
    found
}

#[cfg(test)]
pub(crate) mod sample;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::form;

    fn page(id: &str) -> String {
        let path = format!("{}/docs/rules/{id}.md", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[test]
    fn every_rule_has_its_page_with_its_id_title_data_and_thresholds() {
        let ids: BTreeSet<&str> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), ALL.len());
        let fields = form::fields();
        for rule in ALL {
            let page = page(rule.id);
            assert!(page.starts_with(&format!("# {}\n\n{}\n", rule.title, rule.help)), "{}", rule.id);
            let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let subject = if matches!(rule.judge, Judge::Product(_)) { "a product" } else { "a user" };
            let mut rows =
                format!("| rule | `{}` |\n| subject | {subject} |\n| needs | {} |\n", rule.id, quoted(rule.needs));
            if !rule.needs_one_of.is_empty() {
                rows += &format!("| needs one of | {} |\n", quoted(rule.needs_one_of));
            }
            let setting = |name: &&str| {
                let field = fields.iter().find(|field| field.name == *name).unwrap_or_else(|| panic!("{name}"));
                format!("`{name}` ({})", field.default.as_deref().unwrap_or("empty"))
            };
            let settings: Vec<String> = rule.settings.iter().map(setting).collect();
            if !settings.is_empty() {
                rows += &format!("| settings | {} |\n", settings.join(", "));
            }
            assert!(page.contains(&rows), "docs/rules/{}.md lacks\n{rows}", rule.id);
        }
        let folder = format!("{}/docs/rules", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), ALL.len());
    }
}
