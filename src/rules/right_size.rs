//! Persons for whom a cheaper product, or none, would do what they really use.
//!
//! Service plans give abilities with limits. What a person uses of them is measured by the reports; what cannot be
//! measured, such as security and compliance, counts as needed unless the settings say otherwise. The cheapest set of
//! priced products that covers the need is searched exactly (`fit.rs`).

use crate::contract::rows::{Effect, Evidence, Recommendation};
use crate::contract::types::Money;
use crate::rules::abilities;
use crate::rules::case::Case;
use crate::rules::fit::Fit;
use crate::rules::levels::Levels;
use crate::rules::view::{Offer, Seat};
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
    let doubts = removed.iter().chain(&added).filter(|offer| uncertain(offer) > 0).count().min(1);
    let doubts = doubts.saturating_sub(uncertain(seat.offer));
    let bound = added.iter().filter_map(|offer| Some((offer, abilities::terms(&offer.product.code)?)));
    let terms: Vec<Evidence> = bound
        .map(|(offer, terms)| evidence("terms of the licence", format!("{}: {terms}", offer.product.name), None))
        .collect();
    let doubts = doubts + terms.len().min(1);
    let mut found = take_back(rule, case, seat, doubts, "");
    let name = case.person.name();
    let names =
        |offers: &[&Offer]| offers.iter().map(|offer| offer.product.name.as_str()).collect::<Vec<_>>().join(" and ");
    if !added.is_empty() {
        found.action = format!("Give {name} {} in place of {}.", names(&added), names(&removed));
    }
    found.targets = replaced_by(place, removed.len(), &added).iter().map(|offer| offer.product.id.clone()).collect();
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
    let unbought = added.iter().filter(|offer| !offer.bought);
    found.evidence.extend(unbought.map(|offer| evidence("not bought yet", offer.product.name.clone(), None)));
    found.evidence.extend(terms);
    found.evidence.extend(exclusive(case, fit));
    found.evidence.extend(added.iter().map(|offer| crate::rules::price_evidence(offer)));
    found.safe_because = if fit.all {
        let others = if added.len() == 1 { "The other product has" } else { "The other products have" };
        format!("{others} every service plan of these, with at least the same limits.")
    } else {
        format!(
            "Everything that was used in {} days, and everything that cannot be measured, is kept.",
            case.now.inactive_days
        )
    };
    Verdict::Fires(Box::new(found))
}

/// What the person would have in two sizes by what is new: the service refuses two sizes of a mailbox until the smaller
/// plan is switched off.
fn exclusive(case: &Case<'_>, fit: &Fit) -> Option<Evidence> {
    let offers =
        |places: &[usize]| -> Vec<&Offer> { places.iter().filter_map(|at| case.market.offers.get(*at)).collect() };
    let (added, removed) = (offers(&fit.added), offers(&fit.removed));
    let stays = |seat: &&&Seat<'_>| !removed.iter().any(|offer| std::ptr::eq(*offer, seat.offer));
    let kept: Vec<Levels> = case.seats.iter().filter(stays).map(|seat| case.market.levels(seat)).collect();
    let clashes = |place: &u16| {
        let new = || added.iter().filter_map(|offer| offer.levels.get(*place));
        let mut all = new().chain(kept.iter().filter_map(|levels| levels.get(*place)));
        let first = all.next();
        new().next().is_some() && all.any(|level| Some(level) != first)
    };
    let abilities = &case.market.abilities;
    let titles = abilities.titles(abilities.sized().filter(clashes));
    (!titles.is_empty()).then(|| evidence("switch the smaller plan off", titles, None))
}

/// What takes the place of one of the seats that are given back: the one at the same place; the last seat takes all that
/// are left over, or the last of fewer. [`plan`](crate::rules::plan) books in the same way.
fn replaced_by<T>(place: usize, removed: usize, added: &[T]) -> &[T] {
    let first = place.min(added.len().saturating_sub(1));
    let end = if place + 1 == removed { added.len() } else { first + 1 };
    added.get(first..end).unwrap_or_default()
}

fn at(seat: &Seat<'_>) -> Effect {
    crate::rules::at_renewal(seat.offer).0
}

fn as_of(case: &Case<'_>) -> Option<crate::contract::types::Day> {
    crate::rules::inactive::report(case.person, case.now).map(|known| known.as_of)
}

/// The part of a saving that falls to one of the removed products, by price; the first takes what is left over.
fn share(removed: &[&Offer], place: usize, saving: i64) -> Option<Money> {
    let price = |offer: &&Offer| offer.price.as_ref().map_or(0, |price| i128::from(price.amount.micros));
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
        assert_eq!(found.targets, ["sku-basic"]);
        assert_eq!(found.saving.unwrap().micros, 7_000_000);
        assert_eq!((found.effect, found.confidence), (Effect::AtRenewal(TODAY + 100), Confidence::High));
        assert_eq!(found.action, "Give Ada BASIC in place of STANDARD.");
        assert!(found.evidence[0].value.contains("Office apps on the desktop"), "{:?}", found.evidence);
    }

    #[test]
    fn one_product_gives_way_to_two_that_together_cost_less_and_do_what_is_used() {
        let found = judged(&|scene| {
            scene.offers[1].product.plans = sample::plans(&["EXCHANGE_S_STANDARD"]);
            scene.offers.push(offering("MEET", 3, &["TEAMS1"]));
        });
        let found = found.found().unwrap();
        assert_eq!(found.targets, ["sku-basic", "sku-meet"]);
        assert_eq!(found.saving.unwrap().micros, 4_000_000);
        assert_eq!(found.action, "Give Ada BASIC and MEET in place of STANDARD.");
    }

    #[test]
    fn two_sizes_of_a_mailbox_are_told_for_one_has_to_be_switched_off() {
        let said = |other: &[&str]| {
            let found = judged(&|scene| {
                scene.offers[1].product.plans = sample::plans(&["EXCHANGE_S_STANDARD"]);
                scene.offers.push(offering("MEET", 3, other));
            });
            let evidence = found.found().unwrap().evidence;
            evidence.into_iter().find(|seen| seen.signal == "switch the smaller plan off").map(|seen| seen.value)
        };
        assert_eq!(said(&["TEAMS1", "EXCHANGE_S_DESKLESS"]).as_deref(), Some("Mailbox"));
        assert_eq!(said(&["TEAMS1", "EXCHANGE_S_STANDARD"]), None);
        assert_eq!(said(&["TEAMS1"]), None);
    }

    #[test]
    fn each_seat_that_is_given_back_is_told_what_takes_its_place() {
        let of = |removed: usize, added: &[char]| -> Vec<String> {
            (0..removed).map(|place| replaced_by(place, removed, added).iter().collect()).collect()
        };
        assert_eq!(of(1, &['a', 'b', 'c']), ["abc"]);
        assert_eq!(of(2, &['a', 'b', 'c']), ["a", "bc"]);
        assert_eq!(of(2, &['a', 'b']), ["a", "b"]);
        assert_eq!(of(3, &['a', 'b']), ["a", "b", "b"]);
        assert_eq!(of(2, &[]), ["", ""]);
    }

    #[test]
    fn a_product_that_nobody_has_bought_yet_is_said_to_be_so() {
        let said = |bought: bool| {
            let found = judged(&|scene| scene.offers[1].bought = bought).found().unwrap();
            assert_eq!((found.targets.as_slice(), found.confidence), (&["sku-basic".to_owned()][..], Confidence::High));
            found.evidence.iter().any(|seen| seen.signal == "not bought yet" && seen.value == "BASIC")
        };
        assert!(said(false) && !said(true));
    }

    #[test]
    fn a_licence_that_is_not_for_everybody_is_said_to_be_so_and_is_a_reason_for_doubt() {
        let found = judged(&|scene| scene.offers[1].product.code = "SPE_F1".to_owned()).found().unwrap();
        assert_eq!(found.confidence, Confidence::Medium);
        let terms = found.evidence.iter().find(|seen| seen.signal == "terms of the licence").unwrap();
        assert!(terms.value.starts_with("BASIC: for frontline workers alone"), "{terms:?}");
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
    fn who_activated_the_desktop_apps_within_90_days_keeps_them() {
        let on = |days: Day, devices: u64| {
            judged(&move |scene| {
                let mac = Usage { count: Some(devices), ..workload("activation-mac", Some(TODAY - 2 - days)) };
                let windows = Usage { count: Some(0), ..workload("activation-windows", Some(TODAY - 2 - days)) };
                scene.person.workloads.extend([mac, windows]);
            })
        };
        assert!(matches!(on(89, 1), Verdict::Not(_)));
        assert!(on(90, 1).found().is_some());
        assert!(on(89, 0).found().is_some());
        // What is known is enough to keep them, and without activations the use alone decides.
        let alone = judged(&|scene| {
            scene.person.workloads.push(Usage { count: Some(1), ..workload("activation-mac", Some(TODAY - 9)) });
        });
        assert!(matches!(alone, Verdict::Not(_)));
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
