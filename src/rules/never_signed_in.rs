//! Persons who hold a paid seat and have never signed in.
//!
//! Entra ID has kept sign-in dates since April 2020: an account that was made later and has none has never been used.
//! The report of workloads must name the person and show nothing either, since a sign-in date can be missing.

use crate::contract::rows::Effect;
use crate::contract::store::Age;
use crate::contract::types::Day;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, Rule, Verdict, day_or, evidence, inactive, seat_evidence, take_back};
use crate::time;

/// 2020-04-01, since when Entra ID keeps sign-in dates (resource type `signInActivity`).
const KEPT_SINCE: Day = 18_353;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "never-signed-in",
    title: "Never signed in",
    help: "Persons who hold a paid seat, and of whom neither a sign-in is recorded nor any activity in a workload.",
    needs: &["subscriptions", "users", "entitlements", "activity"],
    needs_one_of: &[],
    settings: &["inactive-days", "grace-days"],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    if case.is_blocked() {
        return Verdict::Not("the account is blocked, which is another rule".into());
    }
    if now.activity.age == Age::Missing || !now.activity.as_of.is_some_and(|as_of| now.is_recent(as_of)) {
        return Verdict::Unknown("sign-ins are not known".into());
    }
    if person.activity.as_ref().is_some_and(|row| {
        [row.interactive_attempt, row.non_interactive_attempt, row.success].iter().any(Option::is_some)
    }) {
        return Verdict::Not("a sign-in is recorded".into());
    }
    let Some(created) = person.user.created.map(time::day_of).filter(|created| *created >= KEPT_SINCE) else {
        return Verdict::Unknown("sign-ins are kept since April 2020, and the account may be older".into());
    };
    let report = match inactive::report(person, now) {
        None => return Verdict::Unknown("activity in workloads is not known of this person".into()),
        Some(known) if known.last.is_some() => return Verdict::Not("there was activity in a workload".into()),
        Some(known) => known,
    };
    let stale = [now.activity.age, now.report].iter().filter(|age| **age == Age::Stale).count();
    let safe = "Nobody has used the account since it was made, and the seat is not new. Whoever comes later can be given \
                a seat on that day.";
    let mut found = take_back(&RULE, case, seat, doubts + stale, safe);
    found.effect = Effect::ReassignNow;
    found.evidence = vec![
        evidence("sign-ins", "none recorded", now.activity.as_of),
        evidence("last activity in a workload", day_or(report.last, "none in the report"), Some(report.as_of)),
        evidence("account made", time::day_text(created), None),
    ];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene, TODAY, workload};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.person.activity = None;
            change(scene);
        })
    }

    #[test]
    fn a_person_of_whom_nothing_was_ever_recorded_is_told() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!((found.rule.as_str(), found.confidence), ("never-signed-in", Confidence::High));
        assert_eq!(found.evidence[2].value, "2024-11-20");
        let blank = judged(&|scene| {
            let mut row = sample::person().activity.unwrap();
            (row.success, row.interactive_attempt, row.non_interactive_attempt) = (None, None, None);
            scene.person.activity = Some(row);
        });
        assert!(blank.found().is_some());
        assert_eq!(judged(&|scene| scene.now.report = Age::Stale).found().unwrap().confidence, Confidence::Medium);
    }

    #[test]
    fn any_trace_and_any_missing_source_keep_it_silent() {
        let attempt = |scene: &mut Scene| {
            scene.person.activity = sample::person().activity;
            scene.person.activity.as_mut().unwrap().success = None;
        };
        assert!(matches!(judged(&attempt), Verdict::Not(_)));
        let active = |scene: &mut Scene| scene.person.workloads.push(workload("teams", Some(TODAY - 170)));
        assert!(matches!(judged(&active), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.person.user.enabled = Some(false)), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.person.workloads.clear()), Verdict::Unknown(_)));
        assert!(matches!(judged(&|scene| scene.now.activity.age = Age::Missing), Verdict::Unknown(_)));
        assert!(matches!(judged(&|scene| scene.now.activity.as_of = Some(TODAY - 8)), Verdict::Unknown(_)));
        let created = |day| judged(&move |scene| scene.person.user.created = Some(time::start(day)));
        assert!(matches!(created(KEPT_SINCE - 1), Verdict::Unknown(_)));
        assert!(matches!(created(KEPT_SINCE), Verdict::Fires(_)));
    }

    #[test]
    fn new_seats_and_what_the_settings_name_are_left_alone() {
        sample::leaves_alone(judged);
        let since = |days: Day| judged(&move |scene| scene.seats[0].since = Some(time::start(TODAY - days)));
        assert!(matches!(since(29), Verdict::Excluded(_)) && matches!(since(30), Verdict::Fires(_)));
    }
}
