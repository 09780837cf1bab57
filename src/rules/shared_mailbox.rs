//! Shared mailboxes that hold a paid seat although they are small.
//!
//! A shared mailbox needs a licence only above 50 GB, with an archive, or on litigation hold (Exchange Online service
//! description, limits of shared mailboxes). Holds cannot be seen, so that the confidence is never high.

use crate::contract::rows::{Effect, UserKind};
use crate::reports::mailbox_usage;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back};

/// Bytes that a shared mailbox can hold without a licence.
pub const FREE: u64 = 50 << 30;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "shared-mailbox",
    title: "Shared mailbox with a licence",
    help: "Shared mailboxes that hold a paid seat which they do not need: at most 50 GB, and no archive.",
    needs: PERSONS,
    needs_one_of: &[mailbox_usage::ID],
    settings: &[],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a mailbox.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    if person.user.kind != UserKind::Shared {
        return Verdict::Not("the account is no shared mailbox".into());
    }
    if let Some(verdict) = case.listed(seat) {
        return verdict;
    }
    let Some(bytes) = person.amount("mailbox", now) else {
        return Verdict::Unknown("the size of the mailbox is not known".into());
    };
    if bytes > FREE {
        return Verdict::Not("the mailbox is larger than 50 GB, which needs a licence".into());
    }
    let archive = person.amount("mailbox-archive", now);
    if archive.is_some_and(|archive| archive > 0) {
        return Verdict::Not("the mailbox has an archive, which needs a licence".into());
    }
    let safe = "A shared mailbox of at most 50 GB without an archive needs no licence. Make sure first that it is not on \
                litigation hold, which cannot be seen from here, and that its sign-in is blocked.";
    let mut found = take_back(&RULE, case, seat, 1, safe);
    found.effect = Effect::ReassignNow;
    found.evidence = vec![
        evidence("kind of account", "shared mailbox", Some(now.today)),
        evidence("size of the mailbox", format!("{} MB", bytes >> 20), None),
        evidence("archive", if archive.is_some() { "none" } else { "not known" }, None),
    ];
    found.evidence.extend(person.user.kind_because.clone().map(|because| evidence("recognised by", because, None)));
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::{Confidence, Usage};
    use crate::rules::sample::{self, Scene, workload};

    fn judged(bytes: Option<u64>, archive: Option<u64>, change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.person.user.kind = UserKind::Shared;
            let row = |feature, count| Usage { count: Some(count), ..workload(feature, None) };
            scene.person.workloads.extend(bytes.map(|bytes| row("mailbox", bytes)));
            scene.person.workloads.extend(archive.map(|archive| row("mailbox-archive", archive)));
            change(scene);
        })
    }

    #[test]
    fn a_small_shared_mailbox_is_told_and_one_above_50_gb_or_with_an_archive_is_not() {
        let found = judged(Some(FREE), Some(0), &|_| {}).found().unwrap();
        assert_eq!((found.confidence, found.seats), (Confidence::Medium, 1));
        assert!(matches!(judged(Some(FREE + 1), Some(0), &|_| {}), Verdict::Not(_)));
        assert!(matches!(judged(Some(1), Some(1), &|_| {}), Verdict::Not(_)));
        assert!(judged(Some(1), None, &|_| {}).found().is_some());
    }

    #[test]
    fn a_mailbox_of_unknown_size_and_what_is_no_shared_mailbox_are_left_out() {
        assert!(matches!(judged(None, None, &|_| {}), Verdict::Unknown(_)));
        let old = |scene: &mut Scene| scene.person.workloads.iter_mut().for_each(|row| row.to -= 6);
        assert!(matches!(judged(Some(1), None, &old), Verdict::Unknown(_)));
        let member = |scene: &mut Scene| scene.person.user.kind = UserKind::Member;
        assert!(matches!(judged(Some(1), None, &member), Verdict::Not(_)));
        let listed = |scene: &mut Scene| scene.now.excluded.products = vec!["spe_e3".to_owned()];
        assert!(matches!(judged(Some(1), None, &listed), Verdict::Excluded(_)));
        let stale = |scene: &mut Scene| scene.now.stale = 1;
        assert_eq!(judged(Some(1), None, &stale).found().unwrap().confidence, Confidence::Low);
    }
}
