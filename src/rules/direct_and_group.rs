//! Products that a person has directly and through a group: one seat, assigned twice.
//!
//! It costs nothing today. But whoever leaves the group keeps the seat, which is how seats are forgotten.

use crate::contract::rows::Effect;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "direct-and-group",
    title: "Assigned directly and by a group",
    help: "Seats that a person holds directly and through a group too. They count once, and stay when the person leaves \
           the group.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &[],
    judge: Judge::Tells(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    if let Some(verdict) = case.listed(seat) {
        return verdict;
    }
    if !seat.direct || seat.groups.is_empty() {
        return Verdict::Not("it is assigned in one way only".into());
    }
    let name = case.person.name();
    let mut found = take_back(&RULE, case, seat, 0, "The group goes on assigning the seat: the person keeps it.");
    let product = &seat.offer.product.name;
    found.action =
        format!("Remove the direct assignment of {product} from {name}; {} assigns it too.", seat.groups.join(", "));
    (found.effect, found.saving, found.provenance) = (Effect::Exposure, None, None);
    found.evidence = vec![evidence("assigned directly and by", seat.groups.join(", "), Some(case.now.today))];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.seats[0].groups = vec!["Sales".to_owned()];
            change(scene);
        })
    }

    #[test]
    fn a_seat_held_in_both_ways_is_told_without_a_saving() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!((found.effect, found.saving.clone(), found.seats), (Effect::Exposure, None, 1));
        assert_eq!(found.action, "Remove the direct assignment of Microsoft 365 E3 from Ada; Sales assigns it too.");
        assert_eq!(judged(&|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }

    #[test]
    fn a_seat_held_in_one_way_and_what_the_settings_name_are_not_told() {
        assert!(matches!(judged(&|scene| scene.seats[0].direct = false), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.seats[0].groups.clear()), Verdict::Not(_)));
        let listed = judged(&|scene| scene.now.excluded.groups = vec!["SALES".to_owned()]);
        assert!(matches!(listed, Verdict::Excluded(_)));
    }
}
