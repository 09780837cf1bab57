//! Products whose every service plan is part of another product that the person holds too.
//!
//! Names say nothing of what is inside: service plans are compared, by what they can do and up to which limit. Plans
//! that are switched off in the larger product count as not there.

use crate::contract::rows::Effect;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "overlap",
    title: "Paid for twice",
    help: "Products that another product of the same person contains, by their service plans and not by their names.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &["grace-days"],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    let levels = case.market.levels(seat);
    if levels.is_empty() {
        return Verdict::Unknown("nothing is known of its service plans".into());
    }
    let contains = |other: &&&Seat<'_>| {
        let theirs = case.market.levels(other);
        other.held
            && other.offer.product.id != seat.offer.product.id
            && theirs.cover(&levels)
            // Of two that do the same, the dearer goes.
            && (!levels.cover(&theirs) || rank(seat) > rank(other))
    };
    let Some(suite) = case.seats.iter().find(contains) else {
        return Verdict::Not("no other product of the person contains it".into());
    };
    let suite = &suite.offer.product.name;
    let safe = format!("{suite} has every service plan of it, and at least the same limits: nothing is lost.");
    let mut found = take_back(&RULE, case, seat, doubts, &safe);
    found.effect = Effect::ReassignNow;
    found.evidence = vec![
        evidence("contained in", suite.clone(), Some(case.now.today)),
        evidence("what it can do", case.market.abilities.titles(levels.places()), None),
    ];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

/// The price, where it is known, and then the id: the same order in every run.
fn rank<'a>(seat: &'a Seat<'_>) -> (i64, &'a str) {
    (seat.offer.price.as_ref().map_or(0, |price| price.amount.micros), &seat.offer.product.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene, offering};

    fn scene(small: &[&str], large: &[&str]) -> Scene {
        Scene::new(vec![offering("SMALL", 4, small), offering("LARGE", 39, large)])
    }

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let mut scene = scene(&["EXCHANGE_S_STANDARD", "SWAY"], &["EXCHANGE_S_ENTERPRISE", "SWAY", "TEAMS1"]);
        change(&mut scene);
        scene.judged(&RULE)
    }

    #[test]
    fn a_product_that_a_suite_contains_is_told_and_the_suite_is_not() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!((found.saving.unwrap().micros, found.confidence), (4_000_000, Confidence::High));
        assert_eq!(found.evidence[0].value, "LARGE");
        let mut suite = scene(&["EXCHANGE_S_STANDARD"], &["EXCHANGE_S_ENTERPRISE"]);
        suite.seats.reverse();
        assert!(matches!(suite.judged(&RULE), Verdict::Not(_)));
    }

    #[test]
    fn lower_limits_other_plans_and_plans_that_are_switched_off_do_not_contain_it() {
        let none = |small: &[&str], large: &[&str]| matches!(scene(small, large).judged(&RULE), Verdict::Not(_));
        assert!(none(&["EXCHANGE_S_ENTERPRISE"], &["EXCHANGE_S_STANDARD", "TEAMS1"]));
        assert!(none(&["TEAMS1", "BRAND_NEW"], &["TEAMS1", "MCOEV"]));
        let off = judged(&|scene| scene.seats[1].off = vec!["exchange_s_enterprise".to_owned()]);
        assert!(matches!(off, Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.seats[1].held = false), Verdict::Not(_)));
        assert!(matches!(scene(&[], &["TEAMS1"]).judged(&RULE), Verdict::Unknown(_)));
    }

    #[test]
    fn of_two_products_that_do_the_same_only_the_dearer_goes() {
        assert!(matches!(scene(&["TEAMS1"], &["TEAMS1"]).judged(&RULE), Verdict::Not(_)));
        let mut dearer = scene(&["TEAMS1"], &["TEAMS1"]);
        dearer.seats.reverse();
        assert!(dearer.judged(&RULE).found().is_some());
    }

    #[test]
    fn new_seats_and_what_the_settings_name_are_left_alone() {
        sample::leaves_alone(judged);
        sample::waits_for_grace(judged);
        assert_eq!(judged(&|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }
}
