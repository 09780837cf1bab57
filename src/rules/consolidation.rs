//! Pieces that together are dearer than a product that does all of what they do.
//!
//! It needs no reports: everything that the seats can do counts as needed.

use crate::rules::case::Case;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, right_size};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "consolidation",
    title: "Pieces dearer than the suite",
    help: "Persons whose products together cost more than others that do everything they do.",
    needs: PERSONS,
    needs_one_of: &[],
    settings: &["grace-days", "not-needed"],
    judge: Judge::Moves(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let fit = match case.fit() {
        Ok(fit) => fit,
        Err(verdict) => return verdict,
    };
    if !fit.all {
        return Verdict::Not("the person needs less than the products do, which is another rule".into());
    }
    if fit.saving == 0 {
        return Verdict::Not("nothing cheaper does all of it".into());
    }
    right_size::move_to(&RULE, case, seat, fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene, offering};

    /// Mail for 4 and apps for 12 against a suite for 14 that nobody holds.
    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let (mail, apps) = ("EXCHANGE_S_STANDARD", "OFFICE_BUSINESS");
        let offers = vec![
            offering("APPS", 12, &[apps]),
            offering("MAIL", 4, &[mail]),
            offering("SUITE", 14, &[mail, apps, "TEAMS1"]),
        ];
        let mut scene = Scene::new(offers);
        scene.seats.truncate(2);
        change(&mut scene);
        scene.judged(&RULE)
    }

    #[test]
    fn pieces_that_cost_more_than_a_suite_are_told_with_their_shares_of_the_saving() {
        let apps = judged(&|_| {}).found().unwrap();
        let mail = judged(&|scene| scene.seats.reverse()).found().unwrap();
        assert_eq!((apps.targets, mail.targets), (vec!["sku-suite".to_owned()], vec!["sku-suite".to_owned()]));
        assert_eq!((apps.saving.unwrap().micros, mail.saving.unwrap().micros), (1_500_000, 500_000));
        assert_eq!(apps.action, "Give Ada SUITE in place of APPS and MAIL.");
        assert_eq!(judged(&|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }

    #[test]
    fn a_suite_that_costs_as_much_or_lacks_something_is_not() {
        let priced = |dollars: i64| judged(&move |scene| scene.offers[2].price = offering("SUITE", dollars, &[]).price);
        assert_eq!(priced(16), Verdict::Not("nothing cheaper does all of it".into()));
        assert!(priced(15).found().is_some());
        let smaller = |scene: &mut Scene| scene.offers[2].product.plans = sample::plans(&["OFFICE_BUSINESS"]);
        assert!(matches!(judged(&smaller), Verdict::Not(_)));
        assert!(matches!(judged(&|scene| scene.offers[2].price = None), Verdict::Not(_)));
        let unpriced = |scene: &mut Scene| scene.offers.iter_mut().for_each(|offer| offer.price = None);
        assert!(matches!(judged(&unpriced), Verdict::Unknown(_)));
        assert!(matches!(judged(&|scene| scene.person.user.enabled = Some(false)), Verdict::Not(_)));
    }

    #[test]
    fn a_new_seat_and_a_seat_that_the_settings_name_stay() {
        let new = |scene: &mut Scene| scene.seats.iter_mut().for_each(|seat| seat.since = Some(crate::bench::NOW));
        assert!(matches!(judged(&new), Verdict::Excluded(_)));
        let listed = |scene: &mut Scene| scene.now.excluded.users = vec!["user-1".to_owned()];
        assert!(matches!(judged(&listed), Verdict::Excluded(_)));
    }
}
