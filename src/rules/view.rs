//! What the rules look at: products with their prices and purchases, persons with their seats and signs of life.

use std::collections::BTreeMap;

use crate::contract::rows::{
    Activity, Entitlement, EntitlementState, Price, Product, Provenance, Subscription, SubscriptionStatus, Tier, Usage,
    User,
};
use crate::contract::store::Age;
use crate::contract::types::{Day, Instant};
use crate::money;
use crate::time;

/// A product that is paid for and assigned to persons.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The product.
    pub product: Product,
    /// The price with which savings are reckoned; absent: none is known.
    pub price: Option<Price>,
    /// The next renewal of a purchase of it.
    pub renews: Option<Day>,
    /// Seats that are trials, which are never valued.
    pub trial_seats: u64,
}

/// A seat of a product that a person holds, however many ways it came to the person.
#[derive(Clone, Debug)]
pub struct Seat<'a> {
    /// What it is a seat of.
    pub offer: &'a Offer,
    /// Assigned directly.
    pub direct: bool,
    /// The groups through which it comes: their names, or their ids where no name is known.
    pub groups: Vec<String>,
    /// When the newest of its assignments last changed; absent: unknown.
    pub since: Option<Instant>,
}

/// A person, and what is known of the person's activity.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub user: User,
    /// Sign-ins, when any are known.
    pub activity: Option<Activity>,
    /// Activity by workload, when the report tells it by name.
    pub workloads: Vec<Usage>,
}

/// How fresh a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Renewed by this run, kept from an earlier one, or missing.
    pub age: Age,
    /// The day on which it was published.
    pub as_of: Option<Day>,
}

/// Under what circumstances the rules judge.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The day of the judgement.
    pub today: Day,
    /// Days without activity after which a seat counts as inactive.
    pub inactive_days: Day,
    /// Days for which a new seat is left alone.
    pub grace_days: Day,
    /// Sign-in activity.
    pub activity: Source,
    /// The report of activity by workload, whose rows say themselves up to which day they know.
    pub report: Age,
    /// Datasets that every judgement leans on and that are not fresh.
    pub stale: usize,
}

impl Offer {
    /// The product as an offer, or `None` when it is not paid for by the seat, or no longer: seats of a subscription that
    /// has ended cost nothing, however many are still assigned.
    #[must_use]
    pub fn new(product: Product, prices: &[Price], subscriptions: &[Subscription], today: Day) -> Option<Self> {
        if product.tier != Tier::Paid || !product.per_user || product.seats_enabled == 0 {
            return None;
        }
        let own = |subscription: &&Subscription| {
            subscription.product.eq_ignore_ascii_case(&product.id) && subscription.status == SubscriptionStatus::Active
        };
        let (trials, bought): (Vec<_>, Vec<_>) =
            subscriptions.iter().filter(own).partition(|subscription| subscription.tier == Tier::Trial);
        let next = bought.iter().filter(|one| one.renews.is_some_and(|at| time::day_of(at) >= today));
        let next = next.min_by_key(|one| one.renews);
        let term = next.and_then(|one| one.term_months);
        let of_it = |price: &&Price| price.product.eq_ignore_ascii_case(&product.id) && money::holds(price, today);
        let priced = prices.iter().filter(of_it);
        Some(Self {
            price: priced.min_by_key(|price| rank(price, term)).cloned(),
            renews: next.and_then(|one| one.renews).map(time::day_of),
            trial_seats: trials.iter().filter_map(|one| one.seats).sum(),
            product,
        })
    }
}

/// The order in which prices are preferred: contracts before invoices before lists, those of the term that runs, those
/// that are certain, and then the lowest, so that no saving is overstated.
fn rank(price: &Price, term: Option<u16>) -> (u8, bool, bool, i64) {
    let provenance = match price.provenance {
        Provenance::Contract => 0,
        Provenance::Invoice => 1,
        Provenance::ListPrice => 2,
    };
    let other_term = price.term_months.is_some() && price.term_months != term;
    (provenance, other_term, price.uncertain, price.amount.micros)
}

/// Where a price comes from, in two words: `list 2026-07-01`.
#[must_use]
pub fn provenance(price: &Price) -> String {
    let kind = match price.provenance {
        Provenance::ListPrice => "list",
        Provenance::Contract => "contract",
        Provenance::Invoice => "invoice",
    };
    match price.valid_from {
        Some(day) => format!("{kind} {}", time::day_text(day)),
        None => kind.to_owned(),
    }
}

/// The seats that a person's entitlements make: one per product, of those that are active and on offer. Entitlements
/// come in the order of their key. `names` are those of the groups, by id.
#[must_use]
pub fn seats<'a>(entitlements: &[Entitlement], offers: &'a [Offer], names: &BTreeMap<String, String>) -> Vec<Seat<'a>> {
    let mut seats: Vec<Seat<'a>> = Vec::new();
    for held in entitlements.iter().filter(|held| held.state == EntitlementState::Active) {
        let Some(offer) = offers.iter().find(|offer| offer.product.id.eq_ignore_ascii_case(&held.product)) else {
            continue;
        };
        let named = |id: &String| names.get(id).unwrap_or(id).clone();
        let (direct, groups) = (held.via.is_none(), held.via.iter().map(named));
        match seats.iter_mut().find(|seat| seat.offer.product.id == offer.product.id) {
            Some(seat) => {
                seat.direct |= direct;
                seat.groups.extend(groups);
                // The newest assignment decides the grace; one of unknown age leaves it open.
                seat.since = seat.since.zip(held.since).map(|(one, other)| one.max(other));
            }
            None => seats.push(Seat { offer, direct, groups: groups.collect(), since: held.since }),
        }
    }
    seats
}

impl Person {
    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.user.display_name.as_deref().unwrap_or(&self.user.principal_name)
    }
}

impl Seat<'_> {
    /// What takes the seat back: the assignment, the groups, or both.
    #[must_use]
    pub fn remedy(&self, name: &str) -> String {
        let product = &self.offer.product.name;
        let (groups, verb) = match self.groups.as_slice() {
            [] => return format!("Remove the licence {product} from {name}; it is assigned directly."),
            [one] => (format!("the group {one}"), "assigns"),
            several => (format!("the groups {}", several.join(", ")), "assign"),
        };
        if self.direct {
            format!("Remove the licence {product} from {name}, assigned directly and by {groups}: take both away.")
        } else {
            format!("Take {name} out of {groups}, which {verb} the licence {product}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::{self, TODAY};

    fn bought(renews: Option<Day>, tier: Tier, status: SubscriptionStatus) -> Subscription {
        Subscription {
            id: "s".to_owned(),
            product: "SKU-E3".to_owned(),
            status,
            tier,
            seats: Some(5),
            created: None,
            renews: renews.map(time::start),
            term_months: Some(12),
            term_inferred: true,
            partner: None,
        }
    }

    fn offer(prices: &[Price], subscriptions: &[Subscription]) -> Offer {
        Offer::new(sample::offer().product, prices, subscriptions, TODAY).unwrap()
    }

    #[test]
    fn an_offer_renews_with_the_next_purchase_that_runs_and_counts_its_trials() {
        let made = offer(
            &[],
            &[
                bought(Some(TODAY + 40), Tier::Paid, SubscriptionStatus::Active),
                bought(Some(TODAY + 20), Tier::Paid, SubscriptionStatus::Active),
                bought(Some(TODAY + 3), Tier::Paid, SubscriptionStatus::Suspended),
                bought(Some(TODAY + 2), Tier::Trial, SubscriptionStatus::Active),
                bought(Some(TODAY - 1), Tier::Paid, SubscriptionStatus::Active),
                bought(None, Tier::Paid, SubscriptionStatus::Active),
            ],
        );
        assert_eq!((made.renews, made.trial_seats, made.price), (Some(TODAY + 20), 5, None));
    }

    #[test]
    fn contracts_come_before_invoices_before_lists_and_the_term_that_runs_before_the_lowest() {
        let price = |micros, provenance, term_months, uncertain| Price {
            provenance,
            term_months,
            uncertain,
            ..sample::price(micros)
        };
        let runs = [bought(Some(TODAY + 40), Tier::Paid, SubscriptionStatus::Active)];
        let chosen = |prices: &[Price]| offer(prices, &runs).price.unwrap().amount.micros;
        let list = price(1, Provenance::ListPrice, None, false);
        let contract = price(2, Provenance::Contract, None, false);
        let invoice = price(3, Provenance::Invoice, None, false);
        assert_eq!(chosen(&[list.clone(), invoice.clone(), contract]), 2);
        assert_eq!(chosen(&[list, invoice]), 3);
        let monthly = price(4, Provenance::Contract, Some(1), false);
        let yearly = price(5, Provenance::Contract, Some(12), false);
        assert_eq!(chosen(&[monthly, yearly]), 5);
        let sure = price(7, Provenance::ListPrice, None, false);
        assert_eq!(chosen(&[price(6, Provenance::ListPrice, None, true), sure.clone()]), 7);
        assert_eq!(chosen(&[price(8, Provenance::ListPrice, None, false), sure]), 7);
    }

    #[test]
    fn a_product_held_in_several_ways_is_one_seat_as_old_as_its_newest_assignment() {
        let held = |product: &str, via: Option<&str>, state, since| Entitlement {
            user: "u".to_owned(),
            principal_name: "u@b.example".to_owned(),
            product: product.to_owned(),
            via: via.map(str::to_owned),
            state,
            error: None,
            disabled_plans: Vec::new(),
            since,
            first_seen: None,
        };
        let offers = [sample::offer()];
        let all = [
            held("SKU-E3", Some("g"), EntitlementState::Active, Some(9)),
            held("sku-e3", None, EntitlementState::Active, Some(5)),
            held("sku-e3", Some("broken"), EntitlementState::Error, Some(99)),
            held("free", None, EntitlementState::Active, Some(1)),
        ];
        let names = BTreeMap::from([("g".to_owned(), "Sales".to_owned())]);
        let seats = seats(&all, &offers, &names);
        assert_eq!(seats.len(), 1);
        assert_eq!(
            (seats[0].direct, seats[0].groups.as_slice(), seats[0].since),
            (true, &["Sales".to_owned()][..], Some(9))
        );
    }
}
