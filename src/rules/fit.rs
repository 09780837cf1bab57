//! The cheapest set of products that does what a person needs: the ground of right-sizing and consolidation.
//!
//! The search is exact. It takes the need that the fewest products cover, tries each of these, and gives a branch up when
//! it must cost more than the best set so far. Needs repeat from person to person, so that each is searched once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::order;
use crate::rules::Verdict;
use crate::rules::case::{Case, Market};
use crate::rules::inactive;
use crate::rules::levels::Levels;

/// A need and the offers that are held.
type Question = (Levels, Vec<usize>);

/// What was found for a need and what is held.
#[derive(Debug, Default)]
pub struct Memo(RefCell<BTreeMap<Question, Vec<usize>>>);

/// A cheaper set of products. Offers are given by their place in the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Offers of which the person gives a seat back, the dearest first.
    pub removed: Vec<usize>,
    /// Offers of which the person gets a seat, the dearest first.
    pub added: Vec<usize>,
    /// Millionths that it costs less in a month.
    pub saving: i64,
    /// It does everything that the seats do now, used or not.
    pub all: bool,
    /// Abilities that are measured and not used, by their place.
    pub unused: Vec<u16>,
    /// Abilities that count as needed because they cannot be measured, or nothing is known of them.
    pub unmeasured: Vec<u16>,
}

/// Whether a person uses an ability.
enum Use {
    /// At this level.
    Needed(u32),
    Unused,
    Unknown,
}

/// The cheapest set for a person.
///
/// # Errors
/// Why there is nothing to be searched.
pub fn fit(case: &Case<'_>) -> Result<Fit, Verdict> {
    if case.is_blocked() {
        return Err(Verdict::Not("the account is blocked, which is another rule".into()));
    }
    let market = case.market;
    let (mut held, mut now, mut kept, mut currency) = (Vec::new(), Levels::default(), case.rest.clone(), None);
    let mut why = Verdict::Unknown("neither price nor service plans of a seat are known".into());
    for seat in case.seats.iter().filter(|seat| seat.held) {
        let levels = market.levels(seat);
        let settled = case.settled(seat);
        let price = seat.offer.price.as_ref().map(|price| price.amount.currency.as_str());
        match (settled, price, place(market, &seat.offer.product.id)) {
            (Ok(_), Some(price), Some(at))
                if currency.is_none_or(|known| known == price) && market.abilities.tells(&levels) =>
            {
                currency = Some(price);
                held.push(at);
                now.join(&levels);
            }
            (settled, ..) => {
                why = settled.err().unwrap_or(why);
                kept.join(&levels);
            }
        }
    }
    let Some(currency) = currency else { return Err(why) };
    order::sort(&mut held, &usize::cmp);
    now.retain(|place, level| kept.get(place).is_none_or(|given| given < level));
    let (need, unused, unmeasured) = need(case, &now, &kept);
    let best = cheapest(case, &need, &held, currency);
    let all = need == now || cheapest(case, &now, &held, currency) == best;
    let dearest_first = |mut places: Vec<usize>| {
        order::sort(&mut places, &|one, other| cost(market, *other).cmp(&cost(market, *one)).then(one.cmp(other)));
        places
    };
    Ok(Fit {
        removed: dearest_first(held.iter().copied().filter(|at| !best.contains(at)).collect()),
        added: dearest_first(best.iter().copied().filter(|at| !held.contains(at)).collect()),
        saving: total(market, &held).saturating_sub(total(market, &best)),
        all,
        unused,
        unmeasured,
    })
}

fn place(market: &Market, product: &str) -> Option<usize> {
    market.offers.iter().position(|offer| offer.product.id == product)
}

fn cost(market: &Market, at: usize) -> i64 {
    let price = market.offers.get(at).and_then(|offer| offer.price.as_ref());
    price.map_or(i64::MAX, |price| price.amount.micros)
}

fn total(market: &Market, places: &[usize]) -> i64 {
    places.iter().map(|at| cost(market, *at)).fold(0, i64::saturating_add)
}

/// What of these abilities a person needs beside those that are kept anyway, which are measured and not used, and which
/// count as needed unmeasured.
fn need(case: &Case<'_>, now: &Levels, kept: &Levels) -> (Levels, Vec<u16>, Vec<u16>) {
    let market = case.market;
    let (person, today) = (case.person, case.now);
    let lives = |known: Option<inactive::Known>| known.is_some_and(|known| today.counts(known.last, known.as_of));
    // Of somebody who shows no sign of life, what is not used says nothing of what is needed.
    let lives = lives(inactive::sign_ins(person, today)) || lives(inactive::report(person, today));
    let (mut need, mut unused, mut unmeasured) = (Levels::default(), Vec::new(), Vec::new());
    for (place, level) in now.iter() {
        if market.not_needed.contains(&place) {
            continue;
        }
        match if lives { used(case, place, level) } else { Use::Unknown } {
            Use::Needed(level) => need.raise(place, level),
            Use::Unused => unused.push(place),
            Use::Unknown => {
                need.raise(place, level);
                unmeasured.push(place);
            }
        }
    }
    // An add-on that is needed, or stays, needs what it stands on.
    let abilities = &market.abilities;
    let bases = abilities.bases_of(&need).chain(abilities.bases_of(kept));
    let bases: Vec<u16> = bases.filter(|base| unused.contains(base)).collect();
    for base in bases {
        now.get(base).into_iter().for_each(|level| need.raise(base, level));
    }
    (need, unused, unmeasured)
}

/// What the reports say of the use of an ability that is held at a level.
fn used(case: &Case<'_>, place: u16, held: u32) -> Use {
    let Some(ability) = case.market.abilities.at(place) else { return Use::Unknown };
    for group in &ability.signals {
        let (mut known, mut level, mut active) = (true, 0, false);
        for signal in group {
            if let Some(feature) = signal.strip_prefix('=') {
                match case.person.amount(feature, case.now) {
                    Some(bytes) => level = level.max(gigabytes(bytes)),
                    None => known = false,
                }
            } else if let Some(feature) = signal.strip_prefix('#') {
                match case.person.amount(feature, case.now) {
                    Some(count) => active |= count > 0,
                    None => known = false,
                }
            } else {
                let feature = signal.strip_prefix('+').unwrap_or(signal);
                match case.person.signal(feature, case.now) {
                    Some(found) => {
                        let counted = feature == *signal || found.count > Some(0);
                        active |= counted && case.now.counts(found.last, found.as_of);
                    }
                    None => known = false,
                }
            }
        }
        if known && (active || level > 0) {
            return Use::Needed(case.market.abilities.step(place, level.max(1)).min(held));
        }
        if active {
            return Use::Needed(held);
        }
        if known {
            return Use::Unused;
        }
    }
    Use::Unknown
}

/// Whole gigabytes that hold so many bytes and leave a tenth free.
fn gigabytes(bytes: u64) -> u32 {
    const GIGABYTE: u64 = 1 << 30;
    u32::try_from((bytes / 9).saturating_mul(10).div_ceil(GIGABYTE)).unwrap_or(u32::MAX)
}

/// The cheapest offers that cover a need; of equally cheap ones those that change least. What is held, when nothing is
/// cheaper.
fn cheapest(case: &Case<'_>, need: &Levels, held: &[usize], currency: &str) -> Vec<usize> {
    let key = (need.clone(), held.to_vec());
    if let Some(found) = case.market.memo.0.borrow().get(&key) {
        return found.clone();
    }
    let offers = case.market.offers.iter().enumerate();
    let candidates = offers.filter(|(at, offer)| {
        let priced = offer.price.as_ref().is_some_and(|price| price.amount.currency == currency);
        priced && (held.contains(at) || !case.is_excluded(&offer.product))
    });
    let mut candidates: Vec<usize> = candidates.map(|(at, _)| at).collect();
    order::sort(&mut candidates, &|one, other| cost(case.market, *one).cmp(&cost(case.market, *other)));
    let mut search = Search::new(case.market, &candidates, need, held);
    search.go(&mut Vec::new(), 0);
    let found = search.best.2;
    case.market.memo.0.borrow_mut().insert(key, found.clone());
    found
}

/// A product that may be part of the set: its place, and what it costs.
type Candidate = (usize, i64);

struct Search<'a> {
    /// For each need, the candidates that cover it, the cheapest first. A need that is covered whenever another one is
    /// stands not among them.
    needs: Vec<Vec<Candidate>>,
    held: &'a [usize],
    /// What it costs, how many are new, and which.
    best: (i64, usize, Vec<usize>),
}

impl<'a> Search<'a> {
    fn new(market: &Market, candidates: &[usize], need: &Levels, held: &'a [usize]) -> Self {
        let covering = |(place, level): (u16, u32)| -> Vec<Candidate> {
            let fits = |at: &&usize| {
                market.offers.get(**at).and_then(|offer| offer.levels.get(place)).is_some_and(|given| given >= level)
            };
            candidates.iter().filter(fits).map(|at| (*at, cost(market, *at))).collect()
        };
        let mut needs: Vec<Vec<Candidate>> = Vec::new();
        for covering in need.iter().map(covering) {
            let implies =
                |one: &[Candidate], other: &[Candidate]| one.iter().all(|candidate| other.contains(candidate));
            if !needs.iter().any(|known| implies(known, &covering)) {
                needs.retain(|known| !implies(&covering, known));
                needs.push(covering);
            }
        }
        Self { needs, held, best: (total(market, held), 0, held.to_vec()) }
    }

    fn go(&mut self, chosen: &mut Vec<usize>, cost: i64) {
        // The need with the fewest candidates is tried first. Whatever is tried, the dearest of the cheapest has to be paid.
        let (mut next, mut least): (Option<&Vec<Candidate>>, i64) = (None, 0);
        for open in self.needs.iter().filter(|covering| !covering.iter().any(|(at, _)| chosen.contains(at))) {
            least = least.max(open.first().map_or(i64::MAX, |(_, price)| *price));
            next = next.filter(|known| known.len() <= open.len()).or(Some(open));
        }
        if cost.saturating_add(least) > self.best.0 {
            return;
        }
        let Some(next) = next.cloned() else {
            self.keep(chosen, cost);
            return;
        };
        for (at, price) in next {
            chosen.push(at);
            self.go(chosen, cost.saturating_add(price));
            chosen.pop();
        }
    }

    fn keep(&mut self, chosen: &[usize], cost: i64) {
        let mut chosen = chosen.to_vec();
        order::sort(&mut chosen, &usize::cmp);
        let added = chosen.iter().filter(|at| !self.held.contains(at)).count();
        let found = (cost, added, chosen);
        if found < self.best {
            self.best = found;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::sample::{Scene, offering};

    proptest! {
        /// The search against trying every set.
        #[test]
        fn the_set_found_is_the_cheapest_of_all(
            products in proptest::collection::vec((1..40_i64, proptest::collection::vec(0..6_usize, 1..4)), 1..7),
        ) {
            let names = ["VISIOONLINE", "MCOEV", "BI_AZURE_P2", "PROJECT_ESSENTIALS", "ATA", "WINBIZ"];
            let offers: Vec<_> = products.iter().enumerate().map(|(at, (price, plans))| {
                let plans: Vec<&str> = plans.iter().map(|plan| names[*plan]).collect();
                offering(&format!("P{at}"), *price, &plans)
            }).collect();
            let count = offers.len();
            let mut scene = Scene::new(offers);
            scene.seats.truncate(2);
            let held = scene.seats.len();
            scene.show(|case| {
                let found = fit(case).unwrap();
                let levels = |set: usize| {
                    let mut all = Levels::default();
                    (0..count).filter(|at| set >> at & 1 == 1).for_each(|at| all.join(&case.market.offers[at].levels));
                    all
                };
                let now = levels((1 << held) - 1);
                let price = |set: usize| (0..count).filter(|at| set >> at & 1 == 1).map(|at| cost(case.market, at)).sum::<i64>();
                let start = (1 << held) - 1;
                let least = (0..1 << count).filter(|set: &usize| levels(*set).cover(&now)).map(price).min().unwrap();
                assert_eq!(found.saving, price(start) - least);
            });
        }
    }
}
