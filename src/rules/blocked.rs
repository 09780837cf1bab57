//! Accounts that may not sign in and hold a paid seat all the same.
//!
//! Shared mailboxes, rooms and service accounts are left out where they are known as such: to block them is the rule,
//! and their licence can have a reason. A new seat is told too: blocking is a deliberate act. Who left a directory on
//! premises a short while ago is left alone: the mailbox may still be handed over.

use crate::contract::rows::Effect;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, inactive, seat_evidence, take_back};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "blocked",
    title: "Blocked but licensed",
    help: "Accounts whose sign-in is blocked and that hold a paid seat. The seat can be given to somebody else at \
           once.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &["grace-days"],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    if let Some(verdict) = case.left_alone(seat) {
        return verdict;
    }
    let (person, now) = (case.person, case.now);
    match person.user.enabled {
        Some(true) => return Verdict::Not("the account may sign in".into()),
        None => return Verdict::Unknown("it is not known whether the account may sign in".into()),
        Some(false) => {}
    }
    let known = [inactive::sign_ins(person, now), inactive::report(person, now)];
    let last = known.into_iter().flatten().filter_map(|known| known.last).max();
    if person.user.synced == Some(true) && last.is_some_and(|last| now.today - last < now.grace_days) {
        return Verdict::Excluded(
            format!("a synced leaver: the last sign of life is less than {} days old", now.grace_days).into(),
        );
    }
    let safe = "The account cannot sign in. If its mailbox is still needed, make it a shared mailbox first; Exchange \
                Online deletes mailboxes 30 days after their licence is gone.";
    let mut found = take_back(&RULE, case, seat, 0, safe);
    found.effect = Effect::ReassignNow;
    found.evidence = vec![evidence("sign-in allowed", "no", Some(now.today))];
    found.evidence.extend(last.map(|last| evidence("last sign of life", time::day_text(last), None)));
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::{Confidence, Recommendation, UserKind};
    use crate::rules::sample::{self, Scene, TODAY};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.person.user.enabled = Some(false);
            change(scene);
        })
    }

    fn found(change: &dyn Fn(&mut Scene)) -> Option<Recommendation> {
        judged(change).found()
    }

    #[test]
    fn a_blocked_account_with_a_paid_seat_is_told_with_what_takes_the_seat_back() {
        let found = found(&|_| {}).unwrap();
        assert_eq!(found.id, "blocked/user-1/sku-e3");
        assert_eq!((found.effect, found.confidence), (Effect::ReassignNow, Confidence::High));
        assert_eq!(found.saving.unwrap().micros, 39_000_000);
        assert_eq!(found.action, "Remove the licence Microsoft 365 E3 from Ada; it is assigned directly.");
        let by_group = judged(&|scene| {
            scene.seats[0].direct = false;
            scene.seats[0].groups = vec!["Sales".to_owned()];
        });
        let action = by_group.found().unwrap().action;
        assert_eq!(action, "Take Ada out of the group Sales, which assigns the licence Microsoft 365 E3.");
    }

    #[test]
    fn accounts_that_may_sign_in_or_of_which_nobody_knows_are_left_out() {
        assert!(matches!(judged(&|scene| scene.person.user.enabled = Some(true)), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.person.user.enabled = None), Verdict::Unknown(_)));
        assert!(found(&|scene| scene.person.user.kind = UserKind::Guest).is_some());
        sample::leaves_alone(judged);
        assert!(matches!(judged(&|scene| scene.person.user.kind = UserKind::Shared), Verdict::Excluded(_)));
    }

    #[test]
    fn a_synced_leaver_is_left_alone_until_the_thirtieth_day_after_the_last_sign_of_life() {
        let left = |days, synced: Option<bool>| {
            judged(&move |scene| {
                scene.person.user.synced = synced;
                scene.person.workloads[0].last_active = Some(TODAY - 100);
                scene.person.activity.as_mut().unwrap().success = Some(time::start(TODAY - days));
            })
        };
        assert!(matches!(left(29, Some(true)), Verdict::Excluded(_)));
        assert!(matches!(left(30, Some(true)), Verdict::Fires(_)));
        assert!(matches!(left(29, Some(false)), Verdict::Fires(_)));
        assert!(matches!(left(29, None), Verdict::Fires(_)));
        let silent = judged(&|scene| (scene.person.user.synced, scene.person.activity) = (Some(true), None));
        assert!(matches!(silent, Verdict::Fires(_)));
    }

    #[test]
    fn stale_data_lowers_the_confidence() {
        assert_eq!(found(&|scene| scene.now.stale = 1).unwrap().confidence, Confidence::Medium);
    }
}
