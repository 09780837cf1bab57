//! Add-ons for which the person has no product that they stand on, such as Copilot without mail or Office.
//!
//! What an add-on needs stands in `src/data/abilities.tsv`. Free products, trials and products that have ended count as
//! a base too: with them the add-on still works.

use crate::contract::rows::Effect;
use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "add-on-without-base",
    title: "Add-on without its base",
    help: "Add-ons that do nothing, because the person has no product that they need beside them.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &["grace-days"],
    judge: Judge::Takes(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let levels = case.market.levels(seat);
    if !case.market.abilities.is_addon(&levels) {
        return Verdict::Not("it is no add-on, or nobody knows what it needs".into());
    }
    let doubts = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    let baseless = case.market.abilities.baseless(&levels, &case.beside(seat));
    if baseless.is_empty() {
        return Verdict::Not("the person has what it needs".into());
    }
    let safe = "Without a product that it stands on the add-on cannot be used. Give the person such a product instead if \
                it was only forgotten.";
    let mut found = take_back(&RULE, case, seat, doubts, safe);
    found.effect = Effect::ReassignNow;
    let lacking = case.market.abilities.titles(baseless.into_iter());
    found.evidence = vec![evidence("without a base", lacking, Some(case.now.today))];
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene, offering};

    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let mut scene = Scene::new(vec![
            offering("Copilot", 30, &["M365_COPILOT_APPS", "SWAY"]),
            offering("POWER_BI", 14, &["BI_AZURE_P2"]),
        ]);
        change(&mut scene);
        scene.judged(&RULE)
    }

    #[test]
    fn copilot_without_mail_or_office_is_told() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!(found.saving.unwrap().micros, 30_000_000);
        assert_eq!(found.evidence[0].value, "Microsoft 365 Copilot");
        assert_eq!(judged(&|scene| scene.now.stale = 2).found().unwrap().confidence, Confidence::Low);
    }

    #[test]
    fn an_add_on_with_its_base_and_what_is_no_add_on_are_left_out() {
        let base = |scene: &mut Scene| scene.offers[1] = offering("BASIC", 7, &["SHAREPOINTWAC"]);
        assert!(matches!(judged(&base), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.seats.reverse()), Verdict::Not(_)));
        let unknown = |scene: &mut Scene| scene.offers[0] = offering("NEW", 7, &["BRAND_NEW"]);
        assert!(matches!(judged(&unknown), Verdict::Not(_)));
    }

    #[test]
    fn new_seats_and_what_the_settings_name_are_left_alone() {
        sample::leaves_alone(judged);
        sample::waits_for_grace(judged);
    }
}
