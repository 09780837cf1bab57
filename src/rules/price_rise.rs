//! Products whose list price rises between the beginning of the running term and its end.
//!
//! A price holds for the term in which it was agreed. At the renewal the list price of that day holds.

use crate::catalogue;
use crate::contract::rows::{Effect, Price, Provenance};
use crate::contract::types::Day;
use crate::money;
use crate::rules::view::{Circumstances, Offer};
use crate::rules::{Judge, Rule, Verdict, confidence, evidence, recommendation};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "price-rise",
    title: "Price rise ahead",
    help: "Products whose list price at the renewal is higher than it was when the running term began.",
    needs: &["subscriptions"],
    needs_one_of: &[],
    settings: &[],
    judge: Judge::Product(judge),
};

/// Judges one product.
fn judge(offer: &Offer, now: &Circumstances) -> Verdict {
    let product = &offer.product;
    let Some((day, term)) = offer.renews.zip(offer.term) else {
        return Verdict::Unknown("the renewal or the length of the term is not known".into());
    };
    // Within a day or two; prices change on the first of a month.
    let began = day.saturating_sub(Day::from(term).saturating_mul(1461) / 48);
    let listed = |day| catalogue::list_prices(&product.id, &product.code, day).into_iter().next();
    let Some((old, new)) = listed(began).zip(listed(day)) else {
        return Verdict::Unknown("the list price of one of the days is not known".into());
    };
    let rise = new.amount.micros.saturating_sub(old.amount.micros);
    if old.amount.currency != new.amount.currency || rise <= 0 {
        return Verdict::Not("the list price does not rise".into());
    }
    let own = offer.price.as_ref().is_some_and(|price| price.provenance != Provenance::ListPrice);
    let seats = product.seats_enabled.saturating_sub(offer.trial_seats);
    let mut found = recommendation(&RULE, &product.id, &product.name, offer, seats);
    let more = crate::contract::types::Money { micros: rise, currency: new.amount.currency.clone() };
    found.saving = money::times(&more, seats);
    found.provenance = Some(crate::rules::view::provenance(&new));
    found.action = format!(
        "Expect {} a month more for {seats} seats of {} from the renewal on {}, or buy fewer.",
        found.saving.as_ref().map_or_else(String::new, money::text),
        product.name,
        time::day_text(day)
    );
    found.effect = Effect::Exposure;
    found.confidence = confidence(now.stale + usize::from(own) + usize::from(old.uncertain || new.uncertain));
    let price = |price: &Price| format!("{} ({})", money::text(&price.amount), price.source);
    found.evidence = vec![
        evidence("list price when the term began", price(&old), Some(began)),
        evidence("list price at the renewal", price(&new), Some(day)),
        evidence("seats", seats.to_string(), Some(now.today)),
    ];
    if own {
        found.evidence.push(evidence("own price", "there is one, which may be fixed for longer", None));
    }
    found.safe_because = "It is a bill to come, and not a saving.".to_owned();
    Verdict::Fires(Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::rows::Confidence;
    use crate::rules::sample::{self, Scene};

    fn judged(renews: &'static str, change: &dyn Fn(&mut Scene)) -> Verdict {
        sample::judged(&RULE, |scene| {
            scene.offers[0].renews = time::day(renews);
            change(scene);
        })
    }

    #[test]
    fn a_term_that_began_before_the_rise_of_july_2026_pays_more_from_its_renewal_on() {
        let found = judged("2027-06-30", &|_| {}).found().unwrap();
        assert_eq!((found.effect, found.confidence), (Effect::Exposure, Confidence::High));
        // From 36 to 39 dollars for 25 seats.
        assert_eq!(found.saving.unwrap().micros, 75_000_000);
        let tried = judged("2027-06-30", &|scene| scene.offers[0].trial_seats = 5).found().unwrap();
        assert_eq!((tried.seats, tried.saving.unwrap().micros), (20, 60_000_000));
        assert!(matches!(judged("2027-07-02", &|_| {}), Verdict::Not(_)));
        let monthly = judged("2026-12-20", &|scene| scene.offers[0].term = Some(1));
        assert!(matches!(monthly, Verdict::Not(_)));
    }

    #[test]
    fn without_a_term_a_renewal_or_a_list_price_nothing_is_known() {
        assert!(matches!(judged("2027-06-30", &|scene| scene.offers[0].term = None), Verdict::Unknown(_)));
        assert!(matches!(judged("2027-06-30", &|scene| scene.offers[0].renews = None), Verdict::Unknown(_)));
        let unlisted = |scene: &mut Scene| {
            scene.offers[0].product.code = "NOT_LISTED".to_owned();
        };
        assert!(matches!(judged("2027-06-30", &unlisted), Verdict::Unknown(_)));
    }

    #[test]
    fn a_price_of_ones_own_and_stale_seats_lower_the_confidence() {
        let own = |scene: &mut Scene| scene.offers[0].price.as_mut().unwrap().provenance = Provenance::Contract;
        assert_eq!(judged("2027-06-30", &own).found().unwrap().confidence, Confidence::Medium);
        assert_eq!(judged("2027-06-30", &|scene| scene.now.stale = 1).found().unwrap().confidence, Confidence::Medium);
    }
}
