//! Guests from other organisations who hold a paid seat of this one.
//!
//! A guest needs none to work in teams and files that are shared. Some guests do work with a product of their own, so
//! one who shows a sign of life is told with low confidence, which keeps the seat out of the plan.

use crate::contract::rows::{Effect, UserKind};
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, inactive, seat_evidence, take_back};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "guest",
    title: "Guest with a paid seat",
    help: "Guests who hold a paid seat. What is shared with a guest needs no licence of this tenant.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &["inactive-days", "grace-days"],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    match person.user.kind {
        UserKind::Guest => {}
        UserKind::Unknown => return Verdict::Unknown("it is not known whether the account is a guest's".into()),
        _ => return Verdict::Not("the account is no guest's".into()),
    }
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    let (sign_ins, report) = (inactive::sign_ins(person, now), inactive::report(person, now));
    let known = [&sign_ins, &report].into_iter().flatten();
    let lives = known.clone().any(|known| now.counts(known.last, known.as_of));
    let doubts = doubts + if lives { 2 } else { usize::from(known.count() == 0) };
    let safe = "Guests reach what is shared with them, teams and meetings without a licence of this tenant. Ask first \
                whether the guest works with the product itself.";
    let mut found = take_back(&RULE, case, seat, doubts, safe);
    found.effect = Effect::ReassignNow;
    found.evidence = vec![evidence("kind of account", "guest", Some(now.today))];
    found.evidence.extend(inactive::signs(person, &sign_ins, &report));
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene, TODAY};
    use crate::time;

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.person.user.kind = UserKind::Guest;
            change(scene);
        })
    }

    fn confidence_of(change: &dyn Fn(&mut Scene)) -> Option<Confidence> {
        judged(change).found().map(|found| found.confidence)
    }

    #[test]
    fn a_guest_without_a_sign_of_life_is_told_and_one_with_a_sign_only_with_low_confidence() {
        assert_eq!(confidence_of(&|_| {}), Some(Confidence::High));
        let signed_in = |days| {
            confidence_of(&move |scene| {
                scene.person.activity.as_mut().unwrap().success = Some(time::start(TODAY - days));
            })
        };
        assert_eq!((signed_in(89), signed_in(90)), (Some(Confidence::Low), Some(Confidence::High)));
        let silent = |scene: &mut Scene| (scene.person.activity, scene.person.workloads) = (None, Vec::new());
        assert_eq!(confidence_of(&silent), Some(Confidence::Medium));
        assert_eq!(confidence_of(&|scene| scene.now.stale = 1), Some(Confidence::Medium));
    }

    #[test]
    fn members_and_accounts_of_unknown_kind_are_left_out() {
        assert!(matches!(judged(&|scene| scene.person.user.kind = UserKind::Member), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.person.user.kind = UserKind::Unknown), Verdict::Unknown(_)));
        let listed = judged(&|scene| scene.now.excluded.users = vec!["user-1".to_owned()]);
        assert!(matches!(listed, Verdict::Excluded(_)));
        sample::waits_for_grace(judged);
    }
}
