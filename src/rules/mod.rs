//! Advice: one file per rule, each a pure function over what is known of one product or one seat.

pub mod blocked;
pub mod inactive;
pub mod spare_seats;
pub mod view;

use crate::contract::rows::{Confidence, Evidence, Recommendation};
use crate::contract::types::Day;
use crate::money;
use crate::time;
use view::Offer;

/// A rule of advice, for people and for the capability report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// All rules.
#[must_use]
pub fn all() -> [Rule; 3] {
    [spare_seats::describe(), blocked::describe(), inactive::describe()]
}

/// The confidence that is left after so many reasons for doubt.
fn confidence(doubts: usize) -> Confidence {
    match doubts {
        0 => Confidence::High,
        1 => Confidence::Medium,
        _ => Confidence::Low,
    }
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
        effect: crate::contract::rows::Effect::ReassignNow,
        confidence: Confidence::High,
        evidence: Vec::new(),
        safe_because: String::new(),
        target: None,
    }
}

#[cfg(test)]
pub(crate) mod sample;
