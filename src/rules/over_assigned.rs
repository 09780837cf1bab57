//! Products of which more seats are assigned than were bought.
//!
//! Microsoft lets this happen for a while, after a purchase ended or was made smaller. Then persons lose the product, or
//! the missing seats are billed.

use crate::contract::rows::Effect;
use crate::rules::view::{Circumstances, Offer};
use crate::rules::{Judge, Rule, Verdict, confidence, evidence, price_evidence, recommendation, uncertain};

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "over-assigned",
    title: "More assigned than bought",
    help: "Paid products of which more seats are assigned than are enabled: a bill to come, or persons who will lose \
           the product.",
    needs: &["subscriptions"],
    needs_one_of: &[],
    settings: &[],
    judge: Judge::Product(judge),
};

/// Judges one product.
fn judge(offer: &Offer, now: &Circumstances) -> Verdict {
    let product = &offer.product;
    let missing = product.seats_assigned.saturating_sub(product.seats_enabled);
    if missing == 0 {
        return Verdict::Not("no more seats are assigned than were bought".into());
    }
    let mut found = recommendation(&RULE, &product.id, &product.name, offer, missing);
    found.action =
        format!("Take back {missing} seats of {}, or buy them: more are assigned than are enabled.", product.name);
    found.effect = Effect::Exposure;
    found.confidence = confidence(now.stale + uncertain(offer));
    let as_of = Some(now.today);
    found.evidence = vec![
        evidence("seats enabled", product.seats_enabled.to_string(), as_of),
        evidence("seats assigned", product.seats_assigned.to_string(), as_of),
        evidence("seats in grace after their end", product.seats_warning.to_string(), as_of),
        price_evidence(offer),
    ];
    found.safe_because = "It is a bill to come, and not a saving.".to_owned();
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample;

    fn judged(enabled: u64, assigned: u64, stale: usize) -> Verdict {
        sample::judged(&RULE, |scene| {
            // Seats in grace end, and pay for nobody.
            scene.offers[0].product.seats_warning = 2;
            scene.offers[0].product.seats_enabled = enabled;
            scene.offers[0].product.seats_assigned = assigned;
            scene.now.stale = stale;
        })
    }

    #[test]
    fn seats_beyond_those_that_were_bought_are_a_bill_to_come() {
        let found = judged(25, 28, 0).found().unwrap();
        assert_eq!((found.seats, found.effect, found.confidence), (3, Effect::Exposure, Confidence::High));
        assert_eq!(found.saving.unwrap().micros, 3 * 39_000_000);
        assert_eq!(judged(25, 26, 1).found().unwrap().confidence, Confidence::Medium);
    }

    #[test]
    fn as_many_as_were_bought_or_fewer_are_not_told() {
        assert!(matches!(judged(25, 25, 0), Verdict::Not(_)));
        assert!(matches!(judged(25, 3, 0), Verdict::Not(_)));
    }
}
