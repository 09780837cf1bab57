//! What the rules look at: products with their prices and purchases, persons with their seats and signs of life.

use crate::contract::rows::{
    Activity, Entitlement, EntitlementState, Price, Product, Provenance, Subscription, SubscriptionStatus, Tier, Usage,
    User,
};
use crate::contract::store::Age;
use crate::contract::types::{Day, Instant};
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
    /// The groups through which it comes.
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
    /// The report of activity by workload.
    pub report: Source,
    /// Datasets that every judgement leans on and that are not fresh.
    pub stale: usize,
}

impl Offer {
    /// The product as an offer, or `None` when it is not paid for by the seat.
    #[must_use]
    pub fn new(product: Product, prices: &[Price], subscriptions: &[Subscription], today: Day) -> Option<Self> {
        if product.tier != Tier::Paid || !product.per_user {
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
        let priced = prices.iter().filter(|price| price.product.eq_ignore_ascii_case(&product.id));
        Some(Self {
            price: priced.min_by_key(|price| rank(price, term)).cloned(),
            renews: next.and_then(|one| one.renews).map(time::day_of),
            trial_seats: trials.iter().filter_map(|one| one.seats).sum(),
            product,
        })
    }
}

/// The order in which prices are preferred: invoices before contracts before lists, those of the term that runs, those
/// that are certain, and then the lowest, so that no saving is overstated.
fn rank(price: &Price, term: Option<u16>) -> (u8, bool, bool, i64) {
    let provenance = match price.provenance {
        Provenance::Invoice => 0,
        Provenance::Contract => 1,
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
/// come in the order of their key.
#[must_use]
pub fn seats<'a>(entitlements: &[Entitlement], offers: &'a [Offer]) -> Vec<Seat<'a>> {
    let mut seats: Vec<Seat<'a>> = Vec::new();
    for held in entitlements.iter().filter(|held| held.state == EntitlementState::Active) {
        let Some(offer) = offers.iter().find(|offer| offer.product.id.eq_ignore_ascii_case(&held.product)) else {
            continue;
        };
        let (direct, groups) = (held.via.is_none(), held.via.iter().cloned());
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
        let groups = match self.groups.as_slice() {
            [] => return format!("Remove the licence {product} from {name}; it is assigned directly."),
            [one] => format!("the group {one}"),
            several => format!("the groups {}", several.join(", ")),
        };
        if self.direct {
            format!("Remove the licence {product} from {name}, assigned directly and by {groups}: take both away.")
        } else {
            format!("Take {name} out of {groups}, which assigns the licence {product}.")
        }
    }
}
