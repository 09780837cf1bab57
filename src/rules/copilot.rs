//! Copilot that nobody uses, or that is used in one app alone.
//!
//! A seat without use in the window of the settings can be given to somebody else. One that is used in a single app is
//! told as a thing to look at: it stays.

use crate::contract::rows::Effect;
use crate::reports::copilot_usage;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, day_or, evidence, seat_evidence, take_back};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "copilot",
    title: "Copilot idle",
    help: "Seats of Microsoft 365 Copilot without use in any app, which can be given to somebody else; and seats that \
           are used in one app alone, which are told.",
    needs: PERSONS,
    needs_one_of: &[copilot_usage::ID],
    settings: &["inactive-days", "grace-days"],
    judge: Judge::Takes(judge),
};

/// Apps that the report tells apart, and their names.
const APPS: [(&str, &str); 8] = [
    ("copilot-teams", "Teams"),
    ("copilot-word", "Word"),
    ("copilot-excel", "Excel"),
    ("copilot-powerpoint", "PowerPoint"),
    ("copilot-outlook", "Outlook"),
    ("copilot-onenote", "OneNote"),
    ("copilot-loop", "Loop"),
    ("copilot-chat", "Chat"),
];

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    let levels = case.market.levels(seat);
    let copilot = case.market.abilities.place("copilot");
    if !copilot.is_some_and(|copilot| levels.has(copilot)) || !case.market.abilities.is_addon(&levels) {
        return Verdict::Not("it is no seat of Copilot by itself".into());
    }
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    let Some(known) = person.signal("copilot", now) else {
        return Verdict::Unknown("the report of Copilot does not tell of this person".into());
    };
    let within = |last: Option<_>| last.filter(|last| now.counts(Some(*last), known.as_of));
    let used: Vec<&str> = APPS
        .iter()
        .filter(|(feature, _)| person.signal(feature, now).is_some_and(|app| within(app.last).is_some()))
        .map(|(_, name)| *name)
        .collect();
    let safe = format!(
        "No use of Copilot for {} days up to {}, and the seat is not new.",
        now.inactive_days,
        time::day_text(known.as_of)
    );
    let mut found = take_back(&RULE, case, seat, doubts, &safe);
    found.effect = Effect::ReassignNow;
    if within(known.last).is_some() || !used.is_empty() {
        let [only] = used.as_slice() else {
            return Verdict::Not(format!("it is used, in {}", or_somewhere(&used)).into());
        };
        found.effect = Effect::Exposure;
        found.saving = None;
        found.action = format!("Ask {} whether Copilot is worth it: it is used in {only} alone.", person.name());
        found.safe_because = "Nothing is taken away.".to_owned();
    }
    found.evidence = vec![
        evidence("last use of Copilot", day_or(known.last, "none in the report"), Some(known.as_of)),
        evidence("used in", or_somewhere(&used), Some(known.as_of)),
    ];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

fn or_somewhere(apps: &[&str]) -> String {
    if apps.is_empty() { "no app that the report tells apart".to_owned() } else { apps.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::contract::types::Day;
    use crate::rules::sample::{self, Scene, TODAY, offering, workload};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let mut scene = Scene::new(vec![offering("Copilot", 30, &["M365_COPILOT_APPS"])]);
        scene.person.workloads.push(workload("copilot", None));
        change(&mut scene);
        scene.judged(&RULE)
    }

    fn used(app: &'static str, days: Day) -> impl Fn(&mut Scene) {
        move |scene| {
            scene.person.workloads.retain(|row| row.feature != "copilot");
            scene.person.workloads.push(workload("copilot", Some(TODAY - 2 - days)));
            scene.person.workloads.push(workload(app, Some(TODAY - 2 - days)));
        }
    }

    #[test]
    fn a_seat_without_use_for_90_days_is_taken_back_and_one_of_89_is_not() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!((found.effect, found.confidence), (Effect::ReassignNow, Confidence::High));
        assert_eq!(judged(&used("copilot-word", 90)).found().unwrap().effect, Effect::ReassignNow);
        assert_eq!(judged(&used("copilot-word", 89)).found().unwrap().effect, Effect::Exposure);
    }

    #[test]
    fn use_in_one_app_is_told_without_a_saving_and_use_in_two_is_not() {
        let one = judged(&used("copilot-word", 1)).found().unwrap();
        assert_eq!((one.saving, one.effect), (None, Effect::Exposure));
        assert!(one.action.contains("Word alone"), "{}", one.action);
        let two = judged(&|scene| {
            used("copilot-word", 1)(scene);
            scene.person.workloads.push(workload("copilot-chat", Some(TODAY - 3)));
        });
        assert!(matches!(two, Verdict::Not(_)));
        let nowhere = judged(&|scene| scene.person.workloads[2].last_active = Some(TODAY - 3));
        assert!(matches!(nowhere, Verdict::Not(_)), "{nowhere:?}");
        // Reports that disagree: what an app tells is use as well.
        let app = judged(&|scene| scene.person.workloads.push(workload("copilot-word", Some(TODAY - 3))));
        assert_eq!(app.found().unwrap().effect, Effect::Exposure);
    }

    #[test]
    fn unknown_use_a_suite_with_copilot_and_left_alone_seats_are_not_told() {
        assert!(matches!(judged(&|scene| scene.person.workloads.clear()), Verdict::Unknown(_)));
        let old = |scene: &mut Scene| scene.person.workloads.iter_mut().for_each(|row| row.to = TODAY - 8);
        assert!(matches!(judged(&old), Verdict::Unknown(_)));
        let suite = |scene: &mut Scene| scene.offers[0] = offering("E7", 99, &["M365_COPILOT_APPS", "TEAMS1"]);
        assert!(matches!(judged(&suite), Verdict::Not(_)));
        sample::leaves_alone(judged);
        sample::waits_for_grace(judged);
    }
}
