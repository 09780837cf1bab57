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
use std::str::Split;

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
        let needed = self.assigned();
        if needed < enabled {
            return -(enabled - needed).min(bought);
        }
        (needed - enabled.max(assigned)).max(0)
    }

    fn cost(&self) -> i128 {
        i128::from(self.seats()) * i128::from(self.price)
    }

    /// Seats that are assigned when the plan is followed.
    fn assigned(&self) -> i64 {
        i64::try_from(self.offer.product.seats_assigned).unwrap_or(i64::MAX).saturating_add(self.change)
    }
}

/// A limit of the seats of several products together, by their places.
struct Ceiling {
    seats: i64,
    places: Vec<usize>,
}

impl Ceiling {
    /// For how many more persons a swap can be booked.
    fn room(&self, stocks: &[Stock<'_>], swap: &Swap) -> i64 {
        let limited = |places: &[usize]| {
            let places = places.iter().filter(|at| self.places.contains(at));
            i64::try_from(places.count()).unwrap_or(i64::MAX)
        };
        let each = limited(&swap.added) - limited(&swap.removed);
        if each <= 0 {
            return i64::MAX;
        }
        let assigned = self.places.iter().filter_map(|at| stocks.get(*at)).map(Stock::assigned);
        let left = self.seats.saturating_sub(assigned.fold(0, i64::saturating_add));
        left.max(0) / each
    }
}

/// The bookings for what all persons could change. Products without a price are left out: nobody knows what they save.
#[must_use]
pub fn bookings(offers: &[Offer], abilities: &Abilities, changes: &Changes) -> Vec<Booking> {
    let mut stocks: Vec<Stock<'_>> = offers
        .iter()
        .map(|offer| Stock { offer, price: offer.price.as_ref().map_or(0, |price| price.amount.micros), change: 0 })
        .collect();
    let ceiling = |(seats, codes): (u64, Split<'static, char>)| Ceiling {
        seats: i64::try_from(seats).unwrap_or(i64::MAX),
        places: codes.filter_map(|code| offers.iter().position(|offer| offer.product.code == code)).collect(),
    };
    let ceilings: Vec<Ceiling> = abilities.ceilings().map(ceiling).collect();
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
    choose(&mut stocks, &mut swaps, &ceilings);
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
fn choose(stocks: &mut [Stock<'_>], swaps: &mut [Swap], ceilings: &[Ceiling]) {
    /// Each round makes the bill smaller; more than a few are never needed.
    const ROUNDS: usize = 32;
    let bill = |stocks: &[Stock<'_>], swap: &Swap| -> i128 {
        let touched = swap.removed.iter().chain(&swap.added);
        touched.filter_map(|at| stocks.get(*at)).map(Stock::cost).sum()
    };
    for _ in 0..ROUNDS {
        let mut better = false;
        for swap in swaps.iter_mut() {
            let room = ceilings.iter().map(|ceiling| ceiling.room(stocks, swap)).min().unwrap_or(i64::MAX);
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
        product_name: stock.offer.product.name.clone(),
        from_product: from.map(|from| from.offer.product.id.clone()),
        from_product_name: from.map(|from| from.offer.product.name.clone()),
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
    fn the_business_plans_share_their_ceiling_and_a_move_among_them_needs_no_room() {
        let business = || [stock("SPB", 22, 250, 250), stock("O365_BUSINESS_ESSENTIALS", 7, 45, 45)];
        let [premium, basic] = business();
        let offers = [stock("E3", 39, 400, 400), premium, basic];
        let (rows, _) = booked(&offers, &[("sku-e3>sku-o365_business_essentials", 50)]);
        assert_eq!(rows[0], ("sku-o365_business_essentials".to_owned(), 5, -5 * 7));
        let (rows, _) = booked(&business(), &[("sku-spb>sku-o365_business_essentials", 200)]);
        assert_eq!(rows[0], ("sku-o365_business_essentials".to_owned(), 200, -200 * 7));
        // Each of these persons takes two of the seats that are left.
        let (rows, _) = booked(&offers, &[("sku-e3>sku-spb,sku-o365_business_essentials", 50)]);
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [2, 2, -2]);
    }

    #[test]
    fn what_was_never_bought_is_bought_for_those_who_move() {
        let offers = [stock("E3", 39, 25, 25), stock("MAIL", 4, 0, 0), stock("APPS", 12, 0, 0)];
        let (rows, total) = booked(&offers, &[("sku-e3>sku-apps,sku-mail", 5)]);
        let expected = [("sku-mail", 5, -20), ("sku-apps", 5, -60), ("sku-e3", -5, 195)];
        assert_eq!(rows, expected.map(|(product, seats, saved)| (product.to_owned(), seats, saved)));
        assert_eq!(total, 115);
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
            stocks in proptest::collection::vec((1..60_i64, 0..40_u64, 0..40_u64), 2..6),
            swaps in proptest::collection::vec((0..6_usize, proptest::collection::btree_set(0..6_usize, 1..3), 1..12_u64), 0..6),
            freed in proptest::collection::vec(0..6_u64, 6),
        ) {
            let mut offers: Vec<Offer> = stocks.iter().enumerate()
                // Of what was never bought, nothing is assigned.
                .map(|(at, (price, enabled, assigned))| stock(&format!("P{at}"), *price, *enabled, (*assigned).min(enabled * 40))).collect();
            let mut changes = Changes::new();
            let mut left: Vec<u64> = offers.iter().map(|offer| offer.product.seats_assigned).collect();
            for (at, offer) in offers.iter().enumerate() {
                let count = freed[at].min(left[at]);
                left[at] -= count;
                changes.insert(format!("{}>", offer.product.id), count);
            }
            let price = |at: usize| offers[at].price.as_ref().unwrap().amount.micros;
            for (from, to, persons) in swaps {
                let there = from < offers.len() && to.iter().all(|at| *at < offers.len() && *at != from);
                // One kind of move from each product, so that the rows tell who moved.
                let first = there && !changes.keys().any(|known| known.starts_with(&format!("sku-p{from}>sku")));
                if first && price(from) > to.iter().map(|at| price(*at)).sum() {
                    let persons = persons.min(left[from]);
                    left[from] -= persons;
                    let to: Vec<&str> = to.iter().map(|at| offers[*at].product.id.as_str()).collect();
                    changes.insert(format!("{}>{}", offers[from].product.id, to.join(",")), persons);
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
            let mut moved = BTreeMap::new();
            for row in &rows {
                let at = place(&offers, &row.product);
                let count = row.seats.unsigned_abs();
                match &row.from_product {
                    Some(from) => {
                        prop_assert_eq!(*moved.entry(from.clone()).or_insert(count), count);
                        offers[at].product.seats_assigned += count;
                        offers[at].product.seats_enabled += u64::try_from(-row.saving.micros / offers[at].price.as_ref().unwrap().amount.micros).unwrap();
                    }
                    None => offers[at].product.seats_enabled -= count,
                }
            }
            for (from, count) in moved {
                let at = place(&offers, &from);
                offers[at].product.seats_assigned -= count;
                let change = again.iter_mut().find(|(change, _)| change.starts_with(&format!("{from}>sku")));
                *change.unwrap().1 -= count;
            }
            prop_assert_eq!(before - bill(&offers), total);
            prop_assert_eq!(bookings(&offers, &Abilities::of(&[]), &again), Vec::new());
        }
    }
}
