//! Assignments that failed: the person lacks what somebody meant to give, or pays for it in another product.

use crate::contract::rows::Effect;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "assignment-errors",
    title: "Assignment failed",
    help: "Assignments of paid products that failed, with Microsoft's reason and what mends it.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &[],
    judge: Judge::Tells(judge),
};

/// What mends an error, by Microsoft's word for it (resource type `licenseAssignmentState`).
const MENDS: [(&str, &str); 5] = [
    ("CountViolation", "buy a seat, or give it one that another rule sets free"),
    ("MutuallyExclusiveViolation", "take away the other product, or switch off the service plans that both have"),
    ("DependencyViolation", "switch on the service plan that it depends on"),
    ("ProhibitedInUsageLocationViolation", "the product is not sold in the person's country"),
    ("UniquenessViolation", "another object has the same proxy address"),
];

/// Judges one seat of a person, or what was meant to be one.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    if let Some(verdict) = case.listed(seat) {
        return verdict;
    }
    let Some(error) = &seat.error else { return Verdict::Not("no assignment of it failed".into()) };
    let known = MENDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(error));
    let mend = known.map_or("see the person's licences in the Microsoft 365 admin center", |(_, mend)| mend);
    let (product, name) = (&seat.offer.product.name, case.person.name());
    let error = if error.is_empty() { "no reason told" } else { error };
    let mut found = take_back(&RULE, case, seat, 0, "Nothing is taken away.");
    found.action = format!("Mend the assignment of {product} to {name} ({error}): {mend}.");
    (found.effect, found.saving, found.provenance) = (Effect::Exposure, None, None);
    found.evidence = vec![
        evidence("error", error, Some(case.now.today)),
        evidence("holds it in another way", if seat.held { "yes" } else { "no" }, Some(case.now.today)),
    ];
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
            scene.seats[0].error = Some("CountViolation".to_owned());
            scene.seats[0].held = false;
            change(scene);
        })
    }

    #[test]
    fn a_failed_assignment_is_told_with_what_mends_it() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!((found.effect, found.saving.clone()), (Effect::Exposure, None));
        assert!(found.action.contains("(CountViolation): buy a seat"), "{}", found.action);
        let other = judged(&|scene| scene.seats[0].error = Some("Other".to_owned())).found().unwrap();
        assert!(other.action.contains("admin center"), "{}", other.action);
        assert!(judged(&|scene| scene.seats[0].error = Some(String::new())).found().is_some());
        for (held, told) in [(false, "no"), (true, "yes")] {
            let found = judged(&move |scene| scene.seats[0].held = held).found().unwrap();
            assert_eq!(
                (found.evidence[1].signal.as_str(), found.evidence[1].value.as_str()),
                ("holds it in another way", told)
            );
        }
        assert_eq!(judged(&|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }

    #[test]
    fn a_working_assignment_and_what_the_settings_name_are_not_told() {
        assert!(matches!(judged(&|scene| scene.seats[0].error = None), Verdict::Not(_)));
        let listed = judged(&|scene| scene.now.excluded.users = vec!["user-1".to_owned()]);
        assert!(matches!(listed, Verdict::Excluded(_)));
    }
}
