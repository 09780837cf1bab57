//! All rules over one person, in the order of the table: the first that takes a seat back speaks for it, and what would
//! move a person is asked of the seats that are left.

use std::cell::OnceCell;

use crate::contract::rows::{Confidence, Effect};
use crate::rules::case::{Case, Market};
use crate::rules::levels::Levels;
use crate::rules::view::{Circumstances, Offer, Person, Seat};
use crate::rules::{ALL, Judge, Rule, Verdict, right_size};

/// What a rule says of a product or a seat.
#[derive(Debug)]
pub struct Told<'a> {
    /// The rule.
    pub rule: &'static Rule,
    /// What it is about.
    pub offer: &'a Offer,
    /// What it says.
    pub verdict: Verdict,
}

/// What all rules say of a person.
#[derive(Debug, Default)]
pub struct Judged<'a> {
    /// What each rule says of each seat.
    pub told: Vec<Told<'a>>,
    /// What can be changed, as [`plan`](crate::rules::plan) adds it up.
    pub changes: Vec<String>,
}

/// The circumstances under which a rule judges; absent: data without which it cannot is missing.
pub type Ready = [(&'static Rule, Option<Circumstances>)];

/// Judges all seats of a person. `rest` is what the person has and nobody pays for.
#[must_use]
pub fn person<'a>(
    person: &'a Person,
    seats: &'a [Seat<'a>],
    rest: &'a Levels,
    market: &'a Market,
    ready: &'a Ready,
) -> Judged<'a> {
    let mut judged = Judged::default();
    let mut left: Vec<&Seat<'_>> = seats.iter().filter(|seat| seat.held).collect();
    for (rule, now) in ready {
        let Some(now) = now else { continue };
        match rule.judge {
            Judge::Product(_) => {}
            Judge::Takes(judge) => {
                // Seat by seat, so that of two that contain each other only one goes.
                for seat in seats.iter().filter(|seat| seat.held) {
                    let verdict = if left.iter().any(|other| std::ptr::eq(*other, seat)) {
                        let case = Case { person, seats: left.clone(), rest, now, market, fit: OnceCell::new() };
                        judge(&case, seat)
                    } else {
                        Verdict::Not("another rule takes the seat back".into())
                    };
                    if let Verdict::Fires(found) = &verdict
                        && found.effect == Effect::ReassignNow
                    {
                        left.retain(|other| !std::ptr::eq(*other, seat));
                        if found.confidence != Confidence::Low {
                            judged.changes.push(format!("{}>", seat.offer.product.id));
                        }
                    }
                    judged.told.push(Told { rule, offer: seat.offer, verdict });
                }
            }
            Judge::Moves(judge) => {
                let case = Case { person, seats: left.clone(), rest, now, market, fit: OnceCell::new() };
                for seat in seats.iter().filter(|seat| seat.held) {
                    let verdict = if left.iter().any(|other| std::ptr::eq(*other, seat)) {
                        judge(&case, seat)
                    } else {
                        Verdict::Not("another rule takes the seat back".into())
                    };
                    if let (Verdict::Fires(found), Ok(fit)) = (&verdict, case.fit())
                        && found.confidence != Confidence::Low
                    {
                        judged.changes.extend(right_size::change(&case, fit, found));
                    }
                    judged.told.push(Told { rule, offer: seat.offer, verdict });
                }
            }
            Judge::Tells(judge) => {
                let case = Case { person, seats: left.clone(), rest, now, market, fit: OnceCell::new() };
                for seat in seats {
                    let taken = seat.held && !left.iter().any(|other| std::ptr::eq(*other, seat));
                    let verdict = if taken {
                        Verdict::Not("another rule takes the seat back".into())
                    } else {
                        judge(&case, seat)
                    };
                    judged.told.push(Told { rule, offer: seat.offer, verdict });
                }
            }
        }
    }
    judged
}

/// Judges a product by all rules about products.
#[must_use]
pub fn product<'a>(offer: &'a Offer, ready: &Ready) -> Vec<Told<'a>> {
    let judge = |(rule, now): &(&'static Rule, Option<Circumstances>)| match (rule.judge, now) {
        (Judge::Product(judge), Some(now)) => Some(Told { rule, offer, verdict: judge(offer, now) }),
        _ => None,
    };
    ready.iter().filter_map(judge).collect()
}

/// All rules, each under its circumstances.
pub fn ready(of: impl Fn(&Rule) -> Option<Circumstances>) -> Vec<(&'static Rule, Option<Circumstances>)> {
    static RULES: [Rule; ALL.len()] = ALL;
    RULES.iter().map(|rule| (rule, of(rule))).collect()
}
