//! Accounts that may not sign in and hold a paid seat all the same.
//!
//! Shared mailboxes, rooms and service accounts are left out where they are known as such: to block them is the rule,
//! and their licence can have a reason. A seat of unknown age or a new one is told too: blocking is a deliberate act.

use crate::contract::rows::{Effect, Recommendation, UserKind};
use crate::rules::view::{Circumstances, Person, Seat};
use crate::rules::{Rule, confidence, evidence, price_evidence, recommendation};
use crate::time;

/// What the rule is.
#[must_use]
pub fn describe() -> Rule {
    Rule {
        id: "blocked",
        title: "Blocked but licensed",
        help: "Accounts whose sign-in is blocked and that hold a paid seat. The seat can be given to somebody else at \
               once.",
        needs: &["subscriptions", "users", "entitlements"],
        needs_one_of: &[],
    }
}

/// Judges one seat of a person.
#[must_use]
pub fn judge(person: &Person, seat: &Seat<'_>, now: &Circumstances) -> Option<Recommendation> {
    if !is_blocked(person) || matches!(person.user.kind, UserKind::Shared | UserKind::Room | UserKind::Service) {
        return None;
    }
    let mut found = recommendation(&describe(), &person.user.id, person.name(), seat.offer, 1);
    found.action = seat.remedy(person.name());
    found.effect = Effect::ReassignNow;
    found.confidence = confidence(now.stale);
    found.evidence = vec![
        evidence("sign-in allowed", "no", Some(now.today)),
        evidence("principal name", person.user.principal_name.clone(), None),
    ];
    if let Some(since) = seat.since {
        found.evidence.push(evidence("licence last changed", time::day_text(time::day_of(since)), None));
    }
    found.evidence.push(price_evidence(seat.offer));
    found.safe_because = "The account cannot sign in. If its mailbox is still needed, make it a shared mailbox first; \
                          Exchange Online deletes mailboxes 30 days after their licence is gone."
        .to_owned();
    Some(found)
}

/// Whether sign-in is known to be blocked.
#[must_use]
pub fn is_blocked(person: &Person) -> bool {
    person.user.enabled == Some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample;

    fn judged(enabled: Option<bool>, kind: UserKind) -> Option<Recommendation> {
        let offer = sample::offer();
        let mut person = sample::person();
        person.user.enabled = enabled;
        person.user.kind = kind;
        judge(&person, &sample::seat(&offer), &sample::circumstances())
    }

    #[test]
    fn a_blocked_account_with_a_paid_seat_is_told_with_what_takes_the_seat_back() {
        let found = judged(Some(false), UserKind::Member).unwrap();
        assert_eq!(found.id, "blocked/user-1/sku-e3");
        assert_eq!(found.saving.unwrap().micros, 39_000_000);
        assert_eq!((found.seats, found.effect, found.confidence), (1, Effect::ReassignNow, Confidence::High));
        assert_eq!(found.action, "Remove the licence Microsoft 365 E3 from Ada; it is assigned directly.");
    }

    #[test]
    fn an_account_that_may_sign_in_or_of_which_it_is_unknown_is_not_told() {
        assert_eq!(judged(Some(true), UserKind::Member), None);
        assert_eq!(judged(None, UserKind::Member), None);
    }

    #[test]
    fn accounts_that_are_blocked_by_rule_are_left_out() {
        for kind in [UserKind::Shared, UserKind::Room, UserKind::Service] {
            assert_eq!(judged(Some(false), kind), None);
        }
        assert!(judged(Some(false), UserKind::Guest).is_some());
        assert!(judged(Some(false), UserKind::Unknown).is_some());
    }

    #[test]
    fn the_action_names_the_groups_through_which_the_seat_comes() {
        let offer = sample::offer();
        let mut seat = sample::seat(&offer);
        seat.groups = vec!["group-1".to_owned()];
        let both = seat.remedy("Ada");
        assert!(both.contains("directly and by the group group-1"), "{both}");
        seat.direct = false;
        seat.groups.push("group-2".to_owned());
        let groups = seat.remedy("Ada");
        assert!(groups.starts_with("Take Ada out of the groups group-1, group-2"), "{groups}");
    }
}
