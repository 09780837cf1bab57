//! Products that renew soon and still have spare seats: the last days in which fewer can be bought.
//!
//! A purchase that renews every month is no news each month: spare seats tell of it anyway.

use crate::contract::rows::Effect;
use crate::rules::view::{Circumstances, Offer};
use crate::rules::{
    Judge, Rule, Verdict, confidence, evidence, price_evidence, recommendation, spare_seats, uncertain,
};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "renewal",
    title: "Renewal with spare seats",
    help: "Products whose term ends within the days of the settings and of which seats are spare. Products that renew \
           every month are left out.",
    needs: &["subscriptions"],
    needs_one_of: &[],
    settings: &["renewal-days"],
    judge: Judge::Product(judge),
};

/// Judges one product.
fn judge(offer: &Offer, now: &Circumstances) -> Verdict {
    let product = &offer.product;
    let Some(day) = offer.renews else { return Verdict::Unknown("the day of the renewal is not known".into()) };
    if offer.term == Some(1) {
        return Verdict::Not("it renews every month".into());
    }
    let days = day.saturating_sub(now.today);
    if !(0..=now.renewal_days).contains(&days) {
        return Verdict::Not(format!("the renewal is on {}", time::day_text(day)).into());
    }
    let spare = spare_seats::spare(offer);
    if spare == 0 {
        return Verdict::Not("no seat is spare".into());
    }
    let mut found = recommendation(&RULE, &product.id, &product.name, offer, spare);
    found.action = format!(
        "Decide before {} how many seats of {} to buy again: {spare} are spare.",
        time::day_text(day),
        product.name
    );
    found.effect = Effect::Exposure;
    found.confidence = confidence(now.stale + uncertain(offer) + usize::from(offer.term.is_none()));
    found.evidence = vec![
        evidence("renewal", time::day_text(day), Some(now.today)),
        evidence("days left", days.to_string(), Some(now.today)),
        evidence("spare seats", spare.to_string(), Some(now.today)),
        price_evidence(offer),
    ];
    found.safe_because = "It is what will be billed again for seats that nobody holds.".to_owned();
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::contract::types::Day;
    use crate::rules::sample::{self, TODAY};

    fn judged(days: Option<Day>, term: Option<u16>, assigned: u64, stale: usize) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.offers[0].renews = days.map(|days| TODAY + days);
            scene.offers[0].term = term;
            scene.offers[0].product.seats_assigned = assigned;
            scene.now.stale = stale;
        })
    }

    #[test]
    fn a_renewal_within_90_days_is_told_and_one_later_is_not() {
        let found = judged(Some(90), Some(12), 14, 0).found().unwrap();
        assert_eq!((found.seats, found.effect, found.confidence), (11, Effect::Exposure, Confidence::High));
        assert!(judged(Some(0), Some(12), 14, 0).found().is_some());
        assert_eq!(judged(Some(90), Some(12), 24, 0).found().unwrap().seats, 1);
        assert!(matches!(judged(Some(91), Some(12), 14, 0), Verdict::Not(_)));
        assert!(matches!(judged(Some(-1), Some(12), 14, 0), Verdict::Not(_)));
    }

    #[test]
    fn monthly_renewals_full_products_and_unknown_days_are_no_news() {
        assert!(matches!(judged(Some(9), Some(1), 14, 0), Verdict::Not(_)));
        assert!(matches!(judged(Some(9), Some(12), 25, 0), Verdict::Not(_)));
        assert!(matches!(judged(None, Some(12), 14, 0), Verdict::Unknown(_)));
        assert_eq!(judged(Some(9), None, 14, 0).found().unwrap().confidence, Confidence::Medium);
        assert_eq!(judged(Some(9), Some(12), 14, 1).found().unwrap().confidence, Confidence::Medium);
    }
}
