//! Desktop apps that a person has and never activated or used.
//!
//! It says where a cheaper product would do; whether there is one, and what it saves, is said by right-sizing.

use crate::contract::rows::Effect;
use crate::reports::{activations, app_user_detail};
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, day_or, evidence, seat_evidence, take_back};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "desktop-apps",
    title: "Desktop apps not used",
    help: "Persons whose product has Office apps for the desktop, and who have not used them on Windows or Mac, or never \
           activated them.",
    needs: PERSONS,
    needs_one_of: &[app_user_detail::ID, activations::ID],
    settings: &["inactive-days", "grace-days"],
    judge: Judge::Tells(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    let desktop = case.market.abilities.place("desktop-apps");
    if !desktop.is_some_and(|desktop| case.market.levels(seat).has(desktop)) {
        return Verdict::Not("the product has no desktop apps, or they are switched off".into());
    }
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    let recent = |feature: &str| {
        let activated =
            person.signal(feature, now).filter(|found| found.count > Some(0) && now.counts(found.last, found.as_of));
        activated.and_then(|found| found.last)
    };
    if let Some(day) = recent("activation-windows").max(recent("activation-mac")) {
        return Verdict::Not(format!("they were activated on {}", time::day_text(day)).into());
    }
    let both = |features: [&str; 2]| {
        let [one, other] = features.map(|feature| person.signal(feature, now));
        one.zip(other)
    };
    let (windows, mac) = (person.amount("activation-windows", now), person.amount("activation-mac", now));
    let devices = windows.zip(mac).map(|(windows, mac)| windows.saturating_add(mac));
    let apps = both(["apps-windows", "apps-mac"]);
    let last = apps.map(|(windows, mac)| windows.last.max(mac.last));
    let used = apps.is_some_and(|(known, _)| now.counts(last.flatten(), known.as_of));
    match (apps, devices) {
        (None, None) => return Verdict::Unknown("neither use nor activations of desktop apps are known".into()),
        _ if used => return Verdict::Not("they are used".into()),
        (None, Some(1..)) => return Verdict::Unknown("they are activated, and their use is not known".into()),
        _ => {}
    }
    let mut found = take_back(&RULE, case, seat, doubts, "Nothing is taken away.");
    found.action = format!("A product without desktop apps would do for {}: look at right-sizing.", person.name());
    (found.effect, found.saving) = (Effect::Exposure, None);
    let as_of = apps.map(|(known, _)| known.as_of);
    found.evidence = vec![
        evidence(
            "last use on Windows or Mac",
            last.map_or_else(|| "not known".to_owned(), |last| day_or(last, "none in the report")),
            as_of,
        ),
        evidence(
            "devices activated",
            devices.map_or_else(|| "not known".to_owned(), |devices| devices.to_string()),
            None,
        ),
    ];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Usage;
    use crate::contract::types::Day;
    use crate::rules::sample::{self, Scene, TODAY, offering, workload};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let mut scene = Scene::new(vec![offering("STANDARD", 14, &["OFFICE_BUSINESS"])]);
        scene.person.workloads.extend([workload("apps-windows", None), workload("apps-mac", None)]);
        change(&mut scene);
        scene.judged(&RULE)
    }

    fn activated(scene: &mut Scene, devices: u64) {
        let row = |feature, count| Usage { count: Some(count), ..workload(feature, None) };
        scene.person.workloads = vec![row("activation-windows", devices), row("activation-mac", 0)];
    }

    #[test]
    fn apps_that_were_not_used_for_90_days_are_told_and_89_are_not() {
        let last =
            |days: Day| judged(&move |scene| scene.person.workloads[3] = workload("apps-mac", Some(TODAY - 2 - days)));
        let found = last(90).found().unwrap();
        assert_eq!((found.effect, found.saving), (Effect::Exposure, None));
        assert!(matches!(last(89), Verdict::Not(_)));
    }

    #[test]
    fn activations_tell_where_use_is_not_known() {
        assert!(judged(&|scene| activated(scene, 0)).found().is_some());
        assert!(matches!(judged(&|scene| activated(scene, 1)), Verdict::Unknown(_)));
        assert!(matches!(judged(&|scene| scene.person.workloads.clear()), Verdict::Unknown(_)));
        let one = judged(&|scene| scene.person.workloads.retain(|row| row.feature != "apps-mac"));
        assert!(matches!(one, Verdict::Unknown(_)));
    }

    #[test]
    fn apps_that_were_activated_within_90_days_stay_whatever_their_use() {
        let on = |days: Day, devices: u64| {
            judged(&move |scene| {
                let row = Usage { count: Some(devices), ..workload("activation-mac", Some(TODAY - 2 - days)) };
                scene.person.workloads.push(row);
            })
        };
        assert_eq!(on(89, 1), Verdict::Not("they were activated on 2026-08-21".into()));
        assert!(on(90, 1).found().is_some());
        // The day is that of another kind of device.
        assert!(on(89, 0).found().is_some());
    }

    #[test]
    fn products_without_desktop_apps_and_left_alone_seats_are_not_told() {
        let web = |scene: &mut Scene| scene.offers[0] = offering("BASIC", 7, &["SHAREPOINTWAC"]);
        assert!(matches!(judged(&web), Verdict::Not(_)));
        let off = judged(&|scene| scene.seats[0].off = vec!["office_business".to_owned()]);
        assert!(matches!(off, Verdict::Not(_)));
        sample::leaves_alone(judged);
        sample::waits_for_grace(judged);
    }
}
