//! What the rules look at: products with their prices and purchases, persons with their seats and signs of life.

use std::collections::BTreeMap;

use crate::catalogue::{Known, ServicePlan};
use crate::contract::rows::{
    Activity, Entitlement, EntitlementState, Plan, Price, Product, Provenance, Row, Subscription, SubscriptionStatus,
    Tier, Usage, User,
};
use crate::contract::store::Age;
use crate::contract::types::{Day, Instant};
use crate::money;
use crate::rules::levels::Levels;
use crate::time;

/// A product that is paid for and assigned to persons, or that could be bought.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The product.
    pub product: Product,
    /// The tenant pays for it. Otherwise it can only take the place of something dearer.
    pub bought: bool,
    /// The price with which savings are reckoned; absent: none is known.
    pub price: Option<Price>,
    /// The next renewal of a purchase of it.
    pub renews: Option<Day>,
    /// Months of the term that ends then.
    pub term: Option<u16>,
    /// Seats that are trials, which are never valued.
    pub trial_seats: u64,
    /// What it can do.
    pub levels: Levels,
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
    /// The ids of the same groups.
    pub group_ids: Vec<String>,
    /// When the newest of its assignments last changed; absent: unknown.
    pub since: Option<Instant>,
    /// Service plans that are switched off in every one of its assignments, by id.
    pub off: Vec<String>,
    /// Why an assignment of it failed, in the service's word.
    pub error: Option<String>,
    /// The person has it; otherwise every assignment of it failed.
    pub held: bool,
}

/// A person, and what is known of the person's activity.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub user: User,
    /// Sign-ins, when any are known.
    pub activity: Option<Activity>,
    /// Use by feature, when the reports tell it by name.
    pub workloads: Vec<Usage>,
}

/// What a report says of a person and a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The day up to which it knows.
    pub as_of: Day,
    /// The last day of use; absent: none in the window.
    pub last: Option<Day>,
    /// How much there is.
    pub count: Option<u64>,
}

/// How fresh a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Renewed by this run, kept from an earlier one, or missing.
    pub age: Age,
    /// The day on which it was published.
    pub as_of: Option<Day>,
}

/// Who and what is left alone, because the settings say so.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Persons, by principal name or id.
    pub users: Vec<String>,
    /// Groups that assign licences, by name or id.
    pub groups: Vec<String>,
    /// Products, by string id, SKU id or name.
    pub products: Vec<String>,
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
    /// Days before a renewal on which spare seats are news.
    pub renewal_days: Day,
    /// Who and what is left alone.
    pub excluded: Lists,
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
        Some(Self {
            price: best(&product.id, prices, term, today).cloned(),
            bought: true,
            renews: next.and_then(|one| one.renews).map(time::day_of),
            term,
            levels: Levels::default(),
            trial_seats: trials.iter().filter_map(|one| one.seats).sum(),
            product,
        })
    }

    /// A product of the catalogue that the tenant has not bought, or `None` when no price of it is known.
    #[must_use]
    pub fn unbought(known: &Known, prices: &[Price], today: Day) -> Option<Self> {
        let price = best(known.id, prices, None, today)?;
        let plan = |plan: ServicePlan| Plan { id: plan.id.to_owned(), name: plan.title.to_owned(), enabled: true };
        Some(Self {
            price: Some(price.clone()),
            bought: false,
            renews: None,
            term: None,
            levels: Levels::default(),
            trial_seats: 0,
            product: Product {
                id: known.id.to_owned(),
                code: known.code.to_owned(),
                name: known.name.to_owned(),
                tier: Tier::Paid,
                per_user: true,
                seats_enabled: 0,
                seats_warning: 0,
                seats_suspended: 0,
                seats_assigned: 0,
                plans: known.plans().into_iter().map(plan).collect(),
            },
        })
    }
}

/// The price of a product with which savings are reckoned on a day.
fn best<'a>(product: &str, prices: &'a [Price], term: Option<u16>, today: Day) -> Option<&'a Price> {
    let own = prices.iter().filter(|price| price.product.eq_ignore_ascii_case(product));
    own.filter(|price| money::holds(price, today)).min_by_key(|price| rank(price, term))
}

/// A person from the rows of the store, and the licences.
#[must_use]
pub fn person(user: User, activity: Vec<Row>, held: Vec<Row>, usage: Vec<Row>) -> (Person, Vec<Entitlement>) {
    let held = held.into_iter().filter_map(|row| match row {
        Row::Entitlement(held) if held.user == user.id => Some(held),
        _ => None,
    });
    let held = held.collect();
    let activity = activity.into_iter().find_map(|row| match row {
        Row::Activity(activity) if activity.user == user.id => Some(activity),
        _ => None,
    });
    let workloads = usage.into_iter().filter_map(|row| if let Row::Usage(usage) = row { Some(usage) } else { None });
    (Person { workloads: workloads.collect(), activity, user }, held)
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

/// The seats that a person's entitlements make: one per product on offer, also of products whose assignment failed.
/// Entitlements come in the order of their key. `names` are those of the groups, by id.
#[must_use]
pub fn seats<'a>(entitlements: &[Entitlement], offers: &'a [Offer], names: &BTreeMap<String, String>) -> Vec<Seat<'a>> {
    let mut seats: Vec<Seat<'a>> = Vec::new();
    let there = |held: &&Entitlement| matches!(held.state, EntitlementState::Active | EntitlementState::Error);
    for given in entitlements.iter().filter(there) {
        let is = |offer: &&Offer| offer.bought && offer.product.id.eq_ignore_ascii_case(&given.product);
        let Some(offer) = offers.iter().find(is) else {
            continue;
        };
        let found = seats.iter().position(|seat| seat.offer.product.id == offer.product.id);
        let at = found.unwrap_or_else(|| {
            seats.push(Seat::none(offer));
            seats.len() - 1
        });
        if let Some(seat) = seats.get_mut(at) {
            seat.add(given, names);
        }
    }
    seats
}

impl<'a> Seat<'a> {
    /// A seat without an assignment.
    fn none(offer: &'a Offer) -> Self {
        let (groups, group_ids, off) = (Vec::new(), Vec::new(), Vec::new());
        Self { offer, direct: false, groups, group_ids, since: None, off, error: None, held: false }
    }

    fn add(&mut self, given: &Entitlement, names: &BTreeMap<String, String>) {
        self.error = self.error.take().or_else(|| given.error.clone());
        if given.state == EntitlementState::Error {
            self.error.get_or_insert_default();
            return;
        }
        if self.held {
            // The newest assignment decides the grace; one of unknown age leaves it open.
            self.since = self.since.zip(given.since).map(|(one, other)| one.max(other));
            self.off.retain(|plan| given.disabled_plans.contains(plan));
        } else {
            self.since = given.since;
            self.off = given.disabled_plans.clone();
        }
        self.held = true;
        self.direct |= given.via.is_none();
        if let Some(id) = &given.via {
            self.groups.push(names.get(id).unwrap_or(id).clone());
            self.group_ids.push(id.clone());
        }
    }
}

impl Person {
    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.user.display_name.as_deref().unwrap_or(&self.user.principal_name)
    }

    /// What a report says of the use of a feature; `None` when it says nothing, conceals the name, is too old, or does
    /// not look back over the days after which a seat counts as inactive.
    #[must_use]
    pub fn signal(&self, feature: &str, now: &Circumstances) -> Option<Signal> {
        self.signal_within(feature, now, now.inactive_days - 1)
    }

    /// The same, whatever the window: for sizes and numbers of devices.
    #[must_use]
    pub fn amount(&self, feature: &str, now: &Circumstances) -> Option<u64> {
        self.signal_within(feature, now, 0)?.count
    }

    fn signal_within(&self, feature: &str, now: &Circumstances, window: Day) -> Option<Signal> {
        let rows = || self.workloads.iter().filter(|row| row.feature == feature && !row.concealed);
        let known = rows().filter(|row| now.is_recent(row.to) && row.to.saturating_sub(row.from) >= window);
        let newest = known.max_by_key(|row| row.to)?;
        let last = rows().filter_map(|row| row.last_active).max();
        Some(Signal { as_of: newest.to, last, count: newest.count })
    }
}

/// Days after which a source is too old to say that somebody is inactive. Reports lag by two days, at times by several.
const LAG: Day = 7;

impl Circumstances {
    /// Whether a last use lies within the days after which a seat counts as inactive, for a source that knows up to this
    /// day.
    #[must_use]
    pub fn counts(&self, last: Option<Day>, as_of: Day) -> bool {
        last.is_some_and(|last| as_of.saturating_sub(last) < self.inactive_days)
    }

    /// Whether a source that knows up to this day is young enough to judge by.
    #[must_use]
    pub fn is_recent(&self, as_of: Day) -> bool {
        self.today.saturating_sub(as_of) <= LAG
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
