//! The plan of bookings: what the bill really becomes when the advice is followed.
//!
//! Advice speaks of single seats, and two advices can speak of the same money. Here the changes of all persons are added
//! up for each product: seats that become free, seats that are moved into it and out of it, and seats that are spare or
//! missing already. What is left over is bought less at the renewal, once for each product; what is lacking is bought
//! more. So nothing is counted twice, and the total is what can be had.
//!
//! Taking a seat back never costs anything, so all of that is booked. A move is booked only when the bill gets smaller by
//! it: seats that would fill up a product of which too many are assigned save nothing.

use std::collections::BTreeMap;

use crate::contract::rows::Booking;
use crate::contract::types::{Day, Money};
use crate::rules::abilities::Abilities;
use crate::rules::view::Offer;

/// How many persons make the same change: ids of products that are given back, `>`, ids of those that are got.
pub type Changes = BTreeMap<String, u64>;

/// A product in the plan.
struct Stock<'a> {
    offer: &'a Offer,
    /// Millionths for a seat and a month.
    price: i64,
    ceiling: Option<i64>,
    /// Seats that are assigned more, or fewer, when the plan is followed.
    change: i64,
}

/// A change of several persons, by the places of products.
struct Swap {
    removed: Vec<usize>,
    added: Vec<usize>,
    /// Persons who could make it.
    persons: i64,
    /// Persons for whom it is booked.
    booked: i64,
}

impl Stock<'_> {
    /// Seats that have to be bought more, or can be bought less.
    fn seats(&self) -> i64 {
        let count = |seats: u64| i64::try_from(seats).unwrap_or(i64::MAX);
        let product = &self.offer.product;
        let (enabled, assigned) = (count(product.seats_enabled), count(product.seats_assigned));
        let bought = enabled - count(self.offer.trial_seats).min(enabled);
        let needed = assigned.saturating_add(self.change);
        if needed < enabled {
            return -(enabled - needed).min(bought);
        }
        (needed - enabled.max(assigned)).max(0)
    }

    fn cost(&self) -> i128 {
        i128::from(self.seats()) * i128::from(self.price)
    }

    /// Seats that may still be assigned.
    fn room(&self) -> i64 {
        let assigned = i64::try_from(self.offer.product.seats_assigned).unwrap_or(i64::MAX);
        self.ceiling.map_or(i64::MAX, |ceiling| (ceiling - assigned - self.change).max(0))
    }
}

/// The bookings for what all persons could change. Products without a price are left out: nobody knows what they save.
#[must_use]
pub fn bookings(offers: &[Offer], abilities: &Abilities, changes: &Changes) -> Vec<Booking> {
    let mut stocks: Vec<Stock<'_>> = offers
        .iter()
        .map(|offer| Stock {
            offer,
            price: offer.price.as_ref().map_or(0, |price| price.amount.micros),
            ceiling: abilities.ceiling(&offer.product.code).and_then(|seats| i64::try_from(seats).ok()),
            change: 0,
        })
        .collect();
    let places = |ids: &str| -> Vec<usize> {
        ids.split(',').filter_map(|id| offers.iter().position(|offer| offer.product.id == id)).collect()
    };
    let mut swaps = Vec::new();
    for (change, persons) in changes {
        let Some((removed, added)) = change.split_once('>') else { continue };
        let (removed, added) = (places(removed), places(added));
        let persons = i64::try_from(*persons).unwrap_or(i64::MAX);
        if added.is_empty() {
            apply(&mut stocks, &removed, &added, persons);
        } else {
            swaps.push(Swap { removed, added, persons, booked: 0 });
        }
    }
    choose(&mut stocks, &mut swaps);
    let mut rows = moves(&stocks, &swaps);
    rows.extend(stocks.iter().filter_map(reduction));
    rows
}

fn apply(stocks: &mut [Stock<'_>], removed: &[usize], added: &[usize], persons: i64) {
    for (places, sign) in [(removed, -1), (added, 1)] {
        for at in places {
            if let Some(stock) = stocks.get_mut(*at) {
                stock.change = stock.change.saturating_add(sign * persons);
            }
        }
    }
}

/// Books moves one kind after the other as long as one makes the bill smaller, and gives up those that no longer do.
fn choose(stocks: &mut [Stock<'_>], swaps: &mut [Swap]) {
    /// Each round makes the bill smaller; more than a few are never needed.
    const ROUNDS: usize = 32;
    let bill = |stocks: &[Stock<'_>], swap: &Swap| -> i128 {
        let touched = swap.removed.iter().chain(&swap.added);
        touched.filter_map(|at| stocks.get(*at)).map(Stock::cost).sum()
    };
    for _ in 0..ROUNDS {
        let mut better = false;
        for swap in swaps.iter_mut() {
            let room = swap.added.iter().filter_map(|at| stocks.get(*at)).map(Stock::room).min().unwrap_or(0);
            let most = swap.persons.min(swap.booked.saturating_add(room));
            for wanted in [most, 0] {
                let (before, change) = (bill(stocks, swap), wanted - swap.booked);
                apply(stocks, &swap.removed, &swap.added, change);
                if change != 0 && bill(stocks, swap) < before {
                    swap.booked = wanted;
                    better = true;
                } else {
                    apply(stocks, &swap.removed, &swap.added, -change);
                }
            }
        }
        if !better {
            return;
        }
    }
}

/// One row for each product that persons are moved to, from the product that they give back, and the day.
fn moves(stocks: &[Stock<'_>], swaps: &[Swap]) -> Vec<Booking> {
    let mut seats: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for swap in swaps.iter().filter(|swap| swap.booked > 0) {
        for (place, at) in swap.added.iter().enumerate() {
            let from = swap.removed.get(place.min(swap.removed.len().saturating_sub(1))).copied().unwrap_or_default();
            *seats.entry((*at, from)).or_default() += swap.booked;
        }
    }
    // Seats that have to be bought, by product; the rows of a product share them out in their order.
    let mut lacking: BTreeMap<usize, i64> = BTreeMap::new();
    for (at, stock) in stocks.iter().enumerate() {
        lacking.insert(at, stock.seats().max(0));
    }
    let row = |((at, from), persons): ((usize, usize), i64)| {
        let (stock, old) = (stocks.get(at)?, stocks.get(from)?);
        let open = lacking.get_mut(&at)?;
        let bought = persons.min(*open);
        *open -= bought;
        let (to, old_name) = (&stock.offer.product.name, &old.offer.product.name);
        let spare = persons - bought;
        let who = if persons == 1 { "1 person".to_owned() } else { format!("{persons} persons") };
        let why = format!(
            "{who} can have {to} in place of {old_name}: seats of it to be bought: {bought}; there or \
             becoming free: {spare}."
        );
        booking(stock, Some(old), old.offer.renews, persons, -bought, why)
    };
    seats.into_iter().filter_map(row).collect()
}

/// The one reduction of a product at its renewal.
fn reduction(stock: &Stock<'_>) -> Option<Booking> {
    let seats = stock.seats();
    if seats >= 0 {
        return None;
    }
    let product = &stock.offer.product;
    let moves = match -stock.change {
        0 => "the others are spare".to_owned(),
        1 => "1 more becomes free".to_owned(),
        freed @ 2.. => format!("{freed} more become free"),
        taken => format!("{} of the others are taken by moves", -taken),
    };
    let why = format!("Of {} seats {} are assigned; {moves}.", product.seats_enabled, product.seats_assigned);
    booking(stock, None, stock.offer.renews, seats, -seats, why)
}

fn booking(
    stock: &Stock<'_>,
    from: Option<&Stock<'_>>,
    day: Option<Day>,
    seats: i64,
    saved: i64,
    why: String,
) -> Option<Booking> {
    let currency = stock.offer.price.as_ref()?.amount.currency.clone();
    Some(Booking {
        product: stock.offer.product.id.clone(),
        from_product: from.map(|from| from.offer.product.id.clone()),
        day,
        seats,
        saving: Money { micros: stock.price.checked_mul(saved)?, currency },
        why,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::sample::offering;

    fn stock(code: &str, dollars: i64, enabled: u64, assigned: u64) -> Offer {
        let mut made = offering(code, dollars, &["TEAMS1"]);
        (made.product.seats_enabled, made.product.seats_assigned) = (enabled, assigned);
        made
    }

    fn booked(offers: &[Offer], changes: &[(&str, u64)]) -> (Vec<(String, i64, i64)>, i64) {
        let changes = changes.iter().map(|(change, persons)| ((*change).to_owned(), *persons)).collect();
        let rows = bookings(offers, &Abilities::of(&[]), &changes);
        let total = rows.iter().map(|row| row.saving.micros).sum::<i64>() / 1_000_000;
        (rows.into_iter().map(|row| (row.product, row.seats, row.saving.micros / 1_000_000)).collect(), total)
    }

    #[test]
    fn spare_seats_and_seats_that_become_free_are_one_reduction() {
        let (rows, total) = booked(&[stock("E3", 39, 25, 14)], &[("sku-e3>", 3)]);
        assert_eq!(rows, [("sku-e3".to_owned(), -14, 14 * 39)]);
        assert_eq!(total, 14 * 39);
    }

    #[test]
    fn a_move_uses_spare_seats_first_and_buys_the_rest() {
        let offers = [stock("E5", 60, 10, 10), stock("E3", 39, 25, 23)];
        let (rows, total) = booked(&offers, &[("sku-e5>sku-e3", 5)]);
        assert_eq!(rows, [("sku-e3".to_owned(), 5, -3 * 39), ("sku-e5".to_owned(), -5, 5 * 60)]);
        assert_eq!(total, 300 - 117);
    }

    #[test]
    fn a_move_that_only_fills_up_what_is_missing_is_not_booked() {
        let offers = [stock("E5", 60, 10, 12), stock("E3", 39, 25, 25)];
        assert_eq!(booked(&offers, &[("sku-e5>sku-e3", 2)]), (Vec::new(), 0));
        // Of ten, eight are really saved, which is worth more than ten new seats.
        let (_, total) = booked(&offers, &[("sku-e5>sku-e3", 10)]);
        assert_eq!(total, 8 * 60 - 10 * 39);
        // Taking back costs nothing, and saves nothing here.
        assert_eq!(booked(&offers, &[("sku-e5>", 2)]), (Vec::new(), 0));
    }

    #[test]
    fn no_more_persons_are_moved_than_a_business_plan_may_have_seats() {
        let offers = [stock("E3", 39, 400, 400), stock("O365_BUSINESS_PREMIUM", 14, 290, 290)];
        let (rows, _) = booked(&offers, &[("sku-e3>sku-o365_business_premium", 50)]);
        assert_eq!(rows[0].1, 10);
    }

    #[test]
    fn products_without_a_price_are_not_booked() {
        let mut offer = stock("E3", 39, 25, 14);
        offer.price = None;
        assert_eq!(booked(&[offer], &[("sku-e3>", 1)]).0.len(), 0);
    }

    proptest! {
        /// Followed once, the bill is lower by the total, and the same advice has nothing left to book.
        #[test]
        fn a_plan_that_was_followed_saves_its_total_and_leaves_nothing(
            stocks in proptest::collection::vec((1..60_i64, 1..40_u64, 0..40_u64), 2..5),
            swaps in proptest::collection::vec((0..5_usize, 0..5_usize, 1..12_u64), 0..6),
            freed in proptest::collection::vec(0..6_u64, 5),
        ) {
            let mut offers: Vec<Offer> = stocks.iter().enumerate()
                .map(|(at, (price, enabled, assigned))| stock(&format!("P{at}"), *price, *enabled, *assigned)).collect();
            let mut changes = Changes::new();
            let mut left: Vec<u64> = offers.iter().map(|offer| offer.product.seats_assigned).collect();
            for (at, offer) in offers.iter().enumerate() {
                let count = freed[at].min(left[at]);
                left[at] -= count;
                changes.insert(format!("{}>", offer.product.id), count);
            }
            for (from, to, persons) in swaps {
                if from < offers.len() && to < offers.len() && offers[from].price.as_ref().unwrap().amount.micros > offers[to].price.as_ref().unwrap().amount.micros {
                    let persons = persons.min(left[from]);
                    left[from] -= persons;
                    *changes.entry(format!("{}>{}", offers[from].product.id, offers[to].product.id)).or_default() += persons;
                }
            }
            let bill = |offers: &[Offer]| -> i64 { offers.iter().map(|offer| i64::try_from(offer.product.seats_enabled).unwrap() * offer.price.as_ref().unwrap().amount.micros).sum() };
            let before = bill(&offers);
            let rows = bookings(&offers, &Abilities::of(&[]), &changes);
            let total: i64 = rows.iter().map(|row| row.saving.micros).sum();
            prop_assert!(total >= 0);
            let mut again = changes.clone();
            let place = |offers: &[Offer], id: &str| offers.iter().position(|offer| offer.product.id == id).unwrap();
            for (change, persons) in &changes {
                if let Some(id) = change.strip_suffix('>') {
                    let at = place(&offers, id);
                    offers[at].product.seats_assigned -= persons;
                    again.remove(change);
                }
            }
            for row in &rows {
                let at = place(&offers, &row.product);
                match &row.from_product {
                    Some(from) => {
                        let from_at = place(&offers, from);
                        let count = row.seats.unsigned_abs();
                        offers[from_at].product.seats_assigned -= count;
                        offers[at].product.seats_assigned += count;
                        offers[at].product.seats_enabled += u64::try_from(-row.saving.micros / offers[at].price.as_ref().unwrap().amount.micros).unwrap();
                        *again.get_mut(&format!("{from}>{}", row.product)).unwrap() -= count;
                    }
                    None => offers[at].product.seats_enabled -= row.seats.unsigned_abs(),
                }
            }
            prop_assert_eq!(before - bill(&offers), total);
            prop_assert_eq!(bookings(&offers, &Abilities::of(&[]), &again), Vec::new());
        }
    }
}
