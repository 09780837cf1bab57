//! Persons for whom a cheaper product, or none, would do what they really use.
//!
//! Service plans give abilities with limits. What a person uses of them is measured by the reports; what cannot be
//! measured, such as security and compliance, counts as needed unless the settings say otherwise. The cheapest set of
//! priced products that covers the need is searched exactly (`fit.rs`).

use crate::contract::rows::{Effect, Recommendation};
use crate::contract::types::Money;
use crate::rules::case::Case;
use crate::rules::fit::Fit;
use crate::rules::view::Seat;
use crate::rules::{Judge, PERSONS, Rule, Verdict, evidence, seat_evidence, take_back, uncertain};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "right-size",
    title: "A cheaper product would do",
    help: "Persons who use so little of their products that a cheaper one, or fewer, would do. What cannot be measured \
           counts as needed unless the settings say otherwise.",
    needs: PERSONS,
    needs_one_of: &["active-user-detail"],
    settings: &["inactive-days", "grace-days", "not-needed"],
    judge: Judge::Moves(judge),
};

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let fit = match case.fit() {
        Ok(fit) => fit,
        Err(verdict) => return verdict,
    };
    if fit.all {
        let unmeasured = unmeasured(case, fit);
        let because = if unmeasured.is_empty() {
            "everything that it can do is used".to_owned()
        } else {
            format!(
                "nothing cheaper does what is used and what counts as needed, for it cannot be measured: {unmeasured}"
            )
        };
        return Verdict::Not(because.into());
    }
    move_to(&RULE, case, seat, fit)
}

/// Abilities that count as needed without being measured, for people.
fn unmeasured(case: &Case<'_>, fit: &Fit) -> String {
    case.market.abilities.titles(fit.unmeasured.iter().copied())
}

/// The advice to give one seat back for what takes its place, with its share of what the whole change saves.
pub(super) fn move_to(rule: &Rule, case: &Case<'_>, seat: &Seat<'_>, fit: &Fit) -> Verdict {
    let offers = &case.market.offers;
    let removed: Vec<_> = fit.removed.iter().filter_map(|at| offers.get(*at)).collect();
    let added: Vec<_> = fit.added.iter().filter_map(|at| offers.get(*at)).collect();
    let Some(place) = removed.iter().position(|offer| offer.product.id == seat.offer.product.id) else {
        return Verdict::Not("it is part of the cheapest set of products that does what is needed".into());
    };
    let target = added.get(place.min(added.len().saturating_sub(1)));
    let doubts = removed.iter().chain(&added).filter(|offer| uncertain(offer) > 0).count().min(1);
    let doubts = doubts.saturating_sub(uncertain(seat.offer));
    let mut found = take_back(rule, case, seat, doubts, "");
    let name = case.person.name();
    let names = |offers: &[&crate::rules::view::Offer]| {
        offers.iter().map(|offer| offer.product.name.as_str()).collect::<Vec<_>>().join(" and ")
    };
    if !added.is_empty() {
        found.action = format!("Give {name} {} in place of {}.", names(&added), names(&removed));
    }
    found.target = target.map(|offer| offer.product.id.clone());
    found.saving = share(&removed, place, fit.saving);
    found.effect = if added.is_empty() { Effect::ReassignNow } else { at(seat) };
    let unused = case.market.abilities.titles(fit.unused.iter().copied());
    found.evidence =
        vec![evidence("not used", if unused.is_empty() { "nothing".to_owned() } else { unused }, as_of(case))];
    let unmeasured = unmeasured(case, fit);
    if !unmeasured.is_empty() {
        found.evidence.push(evidence("needed, for it cannot be measured", unmeasured, None));
    }
    found.evidence.extend(seat_evidence(case, seat));
    found.evidence.extend(added.iter().map(|offer| crate::rules::price_evidence(offer)));
    found.safe_because = if fit.all {
        "The other product has every service plan of these, with at least the same limits.".to_owned()
    } else {
        format!(
            "Everything that was used in {} days, and everything that cannot be measured, is kept.",
            case.now.inactive_days
        )
    };
    Verdict::Fires(Box::new(found))
}

fn at(seat: &Seat<'_>) -> Effect {
    crate::rules::at_renewal(seat.offer).0
}

fn as_of(case: &Case<'_>) -> Option<crate::contract::types::Day> {
    crate::rules::inactive::report(case.person, case.now).map(|known| known.as_of)
}

/// The part of a saving that falls to one of the removed products, by price; the first takes what is left over.
fn share(removed: &[&crate::rules::view::Offer], place: usize, saving: i64) -> Option<Money> {
    let price =
        |offer: &&crate::rules::view::Offer| offer.price.as_ref().map_or(0, |price| i128::from(price.amount.micros));
    let all: i128 = removed.iter().map(price).sum();
    let part = |offer| price(offer).saturating_mul(i128::from(saving)).checked_div(all).unwrap_or(0);
    let others: i128 = removed.iter().skip(1).map(part).sum();
    let own = removed.get(place)?;
    let micros = if place == 0 { i128::from(saving) - others } else { part(own) };
    let currency = own.price.as_ref()?.amount.currency.clone();
    Some(Money { micros: i64::try_from(micros).ok()?, currency })
}

/// The change of a person that a fit stands for, when one of its advices was given.
#[must_use]
pub fn change(case: &Case<'_>, fit: &Fit, advice: &Recommendation) -> Option<String> {
    let ids = |places: &[usize]| {
        let ids: Vec<&str> =
            places.iter().filter_map(|at| case.market.offers.get(*at)).map(|offer| offer.product.id.as_str()).collect();
        ids.join(",")
    };
    let first = fit.removed.first().and_then(|at| case.market.offers.get(*at))?;
    let is_first = advice.product.as_ref() == Some(&first.product.id);
    is_first.then(|| format!("{}>{}", ids(&fit.removed), ids(&fit.added)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::{Confidence, Usage};
    use crate::contract::types::Day;
    use crate::rules::sample::{self, Scene, TODAY, offering, workload};

    /// Business Standard, and Basic that somebody else holds; mail and Teams are used, desktop apps are not.
    fn judged(change: &dyn Fn(&mut Scene)) -> Verdict {
        let basic =
            ["EXCHANGE_S_STANDARD", "TEAMS1", "SHAREPOINTSTANDARD", "SHAREPOINTWAC", "OFFICEMOBILE_SUBSCRIPTION"];
        let mut standard = basic.to_vec();
        standard.push("OFFICE_BUSINESS");
        let mut scene = Scene::new(vec![offering("STANDARD", 14, &standard), offering("BASIC", 7, &basic)]);
        scene.seats.truncate(1);
        for feature in ["exchange", "teams"] {
            scene.person.workloads.retain(|row| row.feature != feature);
            scene.person.workloads.push(workload(feature, Some(TODAY - 3)));
        }
        for feature in ["onedrive", "sharepoint", "apps-windows", "apps-mac", "apps-mobile", "apps-web"] {
            scene.person.workloads.push(workload(feature, None));
        }
        let size =
            |feature, count| Usage { count: Some(count), unit: Some("bytes".to_owned()), ..workload(feature, None) };
        scene.person.workloads.extend([size("mailbox", 40 << 30), size("onedrive-storage", 0)]);
        change(&mut scene);
        scene.judged(&RULE)
    }

    fn row(scene: &mut Scene, feature: &str, change: impl Fn(&mut Usage)) {
        scene.person.workloads.iter_mut().filter(|row| row.feature == feature).for_each(change);
    }

    #[test]
    fn who_does_not_use_the_desktop_apps_needs_the_product_without_them() {
        let found = judged(&|_| {}).found().unwrap();
        assert_eq!(found.target.as_deref(), Some("sku-basic"));
        assert_eq!(found.saving.unwrap().micros, 7_000_000);
        assert_eq!((found.effect, found.confidence), (Effect::AtRenewal(TODAY + 100), Confidence::High));
        assert_eq!(found.action, "Give Ada BASIC in place of STANDARD.");
        assert!(found.evidence[0].value.contains("Office apps on the desktop"), "{:?}", found.evidence);
    }

    #[test]
    fn prices_that_are_not_certain_are_one_reason_for_doubt_however_many_they_are() {
        for doubtful in [&[0][..], &[1], &[0, 1]] {
            let doubt = |scene: &mut Scene| {
                doubtful.iter().for_each(|at| scene.offers[*at].price.as_mut().unwrap().uncertain = true);
            };
            assert_eq!(judged(&doubt).found().unwrap().confidence, Confidence::Medium, "{doubtful:?}");
        }
    }

    #[test]
    fn who_used_them_on_the_89th_day_keeps_them_and_on_the_90th_does_not() {
        let used =
            |days: Day| judged(&move |scene| row(scene, "apps-mac", |row| row.last_active = Some(TODAY - 2 - days)));
        assert!(matches!(used(89), Verdict::Not(_)));
        assert!(used(90).found().is_some());
    }

    #[test]
    fn what_is_not_known_counts_as_needed() {
        let unknown =
            |feature: &'static str| judged(&move |scene| scene.person.workloads.retain(|row| row.feature != feature));
        assert!(matches!(unknown("apps-windows"), Verdict::Not(_)));
        let old = judged(&|scene| row(scene, "apps-windows", |row| row.to = TODAY - 8));
        assert!(matches!(old, Verdict::Not(_)));
        // An unknown size counts as the size of what is held, which the smaller product has too.
        assert!(unknown("mailbox").found().is_some());
    }

    #[test]
    fn what_cannot_be_measured_blocks_and_is_named_unless_the_settings_say_that_it_is_not_needed() {
        let secured = |scene: &mut Scene| scene.offers[0].product.plans.extend(sample::plans(&["WINDEFATP"]));
        match judged(&secured) {
            Verdict::Not(because) => assert!(because.contains("Defender for Endpoint"), "{because}"),
            other => panic!("{other:?}"),
        }
        let not_needed = judged(&|scene| {
            secured(scene);
            scene.not_needed.push("endpoint-protection".to_owned());
        });
        assert!(not_needed.found().is_some());
    }

    #[test]
    fn a_mailbox_that_would_not_fit_with_a_tenth_to_spare_keeps_the_larger_product() {
        let sized = |bytes: u64| {
            judged(&move |scene| {
                scene.offers[0].product.plans = sample::plans(&["EXCHANGE_S_ENTERPRISE", "TEAMS1"]);
                scene.offers[1].product.plans = sample::plans(&["EXCHANGE_S_STANDARD", "TEAMS1"]);
                row(scene, "mailbox", |row| row.count = Some(bytes));
                let archive = Usage { count: Some(0), ..workload("mailbox-archive", None) };
                scene.person.workloads.push(archive);
            })
        };
        assert!(sized(45 << 30).found().is_some());
        assert!(matches!(sized((45 << 30) + 9), Verdict::Not(_)));
    }

    #[test]
    fn a_product_of_which_no_plan_is_known_is_never_found_needless() {
        assert!(matches!(judged(&|scene| scene.offers[0].product.plans.clear()), Verdict::Unknown(_)));
        let small = |scene: &mut Scene| scene.offers[0].product.plans = sample::plans(&["SWAY"]);
        assert!(matches!(judged(&small), Verdict::Unknown(_)));
    }

    #[test]
    fn somebody_without_a_sign_of_life_is_no_case_for_it() {
        let idle = |scene: &mut Scene| scene.person.workloads.iter_mut().for_each(|row| row.last_active = None);
        assert!(matches!(judged(&idle), Verdict::Not(_)));
    }

    #[test]
    fn seats_without_a_price_new_seats_and_what_the_settings_name_are_left_alone() {
        assert!(matches!(judged(&|scene| scene.offers[0].price = None), Verdict::Unknown(_)));
        assert!(matches!(judged(&|scene| scene.offers[1].price = None), Verdict::Not(_)));
        let euro = |scene: &mut Scene| scene.offers[1].price.as_mut().unwrap().amount.currency = "EUR".to_owned();
        assert!(matches!(judged(&euro), Verdict::Not(_)));
        let target = |scene: &mut Scene| scene.now.excluded.products = vec!["BASIC".to_owned()];
        assert!(matches!(judged(&target), Verdict::Not(_)));
        sample::leaves_alone(judged);
        sample::waits_for_grace(judged);
        assert_eq!(judged(&|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }
}
