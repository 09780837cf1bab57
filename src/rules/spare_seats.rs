//! Seats that are paid for and assigned to nobody.
//!
//! Trials of a paid product stand among its seats; they cost nothing and are taken off.

use crate::rules::view::{Circumstances, Offer};
use crate::rules::{Judge, Rule, Verdict, at_renewal, confidence, evidence, price_evidence, recommendation, uncertain};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "spare-seats",
    title: "Spare seats",
    help: "Products that are paid for by the seat and of which more seats are enabled than assigned. The bill gets \
           smaller at the next renewal.",
    needs: &["subscriptions"],
    needs_one_of: &[],
    settings: &[],
    judge: Judge::Product(judge),
};

/// Seats that are paid for and assigned to nobody.
#[must_use]
pub fn spare(offer: &Offer) -> u64 {
    let bought = offer.product.seats_enabled.saturating_sub(offer.trial_seats);
    offer.product.seats_enabled.saturating_sub(offer.product.seats_assigned).min(bought)
}

/// Judges one product.
fn judge(offer: &Offer, now: &Circumstances) -> Verdict {
    let product = &offer.product;
    let spare = spare(offer);
    if spare == 0 {
        return Verdict::Not("no seat is spare".into());
    }
    let (effect, when) = at_renewal(offer);
    let mut found = recommendation(&RULE, &product.id, &product.name, offer, spare);
    found.action =
        format!("Buy {spare} fewer seats of {} {when}, or give them to people who wait for one.", product.name);
    found.effect = effect;
    found.confidence = confidence(now.stale + uncertain(offer));
    let as_of = Some(now.today);
    found.evidence = vec![
        evidence("seats enabled", product.seats_enabled.to_string(), as_of),
        evidence("seats assigned", product.seats_assigned.to_string(), as_of),
    ];
    if offer.trial_seats > 0 {
        found.evidence.push(evidence("seats that are trials", offer.trial_seats.to_string(), as_of));
    }
    found.evidence.push(price_evidence(offer));
    found.safe_because = "Nobody holds these seats.".to_owned();
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::{Confidence, Effect, Recommendation, Tier};
    use crate::rules::sample::{self, TODAY};

    fn judged(enabled: u64, assigned: u64, trials: u64) -> Option<Recommendation> {
        let mut offer = sample::offer();
        offer.product.seats_enabled = enabled;
        offer.product.seats_assigned = assigned;
        offer.trial_seats = trials;
        judge(&offer, &sample::circumstances()).found()
    }

    #[test]
    fn seats_that_nobody_holds_are_valued_at_the_renewal() {
        let found = judged(25, 14, 0).unwrap();
        assert_eq!(found.id, "spare-seats/sku-e3/sku-e3");
        assert_eq!(found.seats, 11);
        assert_eq!(found.saving.unwrap().micros, 11 * 39_000_000);
        assert_eq!(found.effect, Effect::AtRenewal(TODAY + 100));
        assert_eq!(found.confidence, Confidence::High);
        assert_eq!(found.provenance.as_deref(), Some("list 2026-07-01"));
    }

    #[test]
    fn no_more_seats_than_holders_and_fewer_seats_than_holders_say_nothing() {
        assert_eq!(judged(14, 14, 0), None);
        assert_eq!(judged(14, 20, 0), None);
        assert_eq!(judged(0, 0, 0), None);
        assert_eq!(judged(14, 13, 0).unwrap().seats, 1);
    }

    #[test]
    fn trial_seats_are_never_valued() {
        assert_eq!(judged(30, 10, 25).unwrap().seats, 5);
        assert_eq!(judged(25, 0, 25), None);
        assert_eq!(judged(20, 0, 25), None);
        let tells = |trials| judged(26, 14, trials).unwrap().evidence.iter().any(|one| one.signal.contains("trials"));
        assert!(tells(1) && !tells(0));
    }

    #[test]
    fn a_product_without_a_price_is_told_without_a_saving() {
        let mut offer = sample::offer();
        offer.price = None;
        offer.renews = None;
        let found = judge(&offer, &sample::circumstances()).found().unwrap();
        assert_eq!((found.saving, found.provenance, found.effect), (None, None, Effect::AtNextRenewal));
    }

    #[test]
    fn an_uncertain_price_and_stale_seats_lower_the_confidence() {
        let mut offer = sample::offer();
        offer.price.as_mut().unwrap().uncertain = true;
        let mut now = sample::circumstances();
        assert_eq!(judge(&offer, &now).found().unwrap().confidence, Confidence::Medium);
        now.stale = 1;
        assert_eq!(judge(&offer, &now).found().unwrap().confidence, Confidence::Low);
    }

    #[test]
    fn what_is_free_tried_unknown_ended_or_for_the_whole_tenant_is_no_offer() {
        for tier in [Tier::Free, Tier::Trial, Tier::Unknown] {
            let mut product = sample::offer().product;
            product.tier = tier;
            assert!(Offer::new(product, &[], &[], TODAY).is_none());
        }
        let mut product = sample::offer().product;
        product.per_user = false;
        assert!(Offer::new(product, &[], &[], TODAY).is_none());
        let mut product = sample::offer().product;
        (product.seats_enabled, product.seats_warning) = (0, 141);
        assert!(Offer::new(product, &[], &[], TODAY).is_none());
    }
}
