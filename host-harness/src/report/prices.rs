//! Which price of a product holds.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::civil::Date;
use rusqlite::Transaction;

use crate::contract::rows::{Kind, Price, Product, Provenance, Row, Subscription, SubscriptionStatus, Tier};
use crate::contract::types::Day;
use crate::storage::{ConnectionId, Failure, date_of_day, each};

/// The prices of a connection, by product without regard to case.
pub(super) struct Prices {
    prices: HashMap<String, Vec<Price>>,
    terms: HashMap<String, u16>,
    country: Option<String>,
}

impl Prices {
    /// The prices that hold on a day.
    pub(super) fn read(tx: &Transaction<'_>, connection: ConnectionId, today: Date) -> Result<Self, Failure> {
        let mut found = Self { prices: HashMap::new(), terms: HashMap::new(), country: None };
        each(tx, connection, Kind::Account, |row| {
            if let Row::Account(account) = row {
                found.country = found.country.take().or(account.country);
            }
        })?;
        let mut next: HashMap<String, Subscription> = HashMap::new();
        each(tx, connection, Kind::Subscription, |row| {
            let Row::Subscription(one) = row else { return };
            let renews_later = |other: &Subscription| (one.renews, &one.id) < (other.renews, &other.id);
            let product = one.product.to_lowercase();
            if counts(&one, today) && next.get(&product).is_none_or(renews_later) {
                next.insert(product, one);
            }
        })?;
        found.terms = next.into_iter().filter_map(|(product, one)| Some((product, one.term_months?))).collect();
        each(tx, connection, Kind::Price, |row| {
            if let Row::Price(price) = row
                && holds(&price, today)
            {
                found.prices.entry(price.product.to_lowercase()).or_default().push(price);
            }
        })?;
        Ok(found)
    }

    /// The price of a seat for a month; absent when none is known, and for everything that is not paid for.
    ///
    /// A contract goes before an invoice and an invoice before a list; then the customer's market, the term that runs, a
    /// figure that is certain, and the lowest, so that no cost is overstated.
    pub(super) fn of(&self, product: &Product) -> Option<&Price> {
        if product.tier != Tier::Paid {
            return None;
        }
        let name = product.id.to_lowercase();
        let term = self.terms.get(&name).copied();
        self.prices.get(&name)?.iter().min_by_key(|price| {
            let provenance = match price.provenance {
                Provenance::Contract => 0,
                Provenance::Invoice => 1,
                Provenance::ListPrice => 2,
            };
            let other_market = price.market.is_some() && price.market != self.country;
            let other_term = price.term_months.is_some() && price.term_months != term;
            let amount = (price.amount.micros, &price.amount.currency);
            (provenance, other_market, other_term, price.uncertain, amount, Reverse(price.valid_from))
        })
    }
}

/// A purchase that runs, is paid for and has not renewed yet: its term is the one that the price must be of.
fn counts(subscription: &Subscription, today: Date) -> bool {
    let renews = subscription.renews.and_then(|at| jiff::Timestamp::from_second(at).ok());
    subscription.status == SubscriptionStatus::Active
        && subscription.tier != Tier::Trial
        && renews.is_some_and(|at| crate::storage::date_of(at) >= today)
}

/// Both ends are part of the time. An end that is no day of the calendar does not bound.
fn holds(price: &Price, today: Date) -> bool {
    let bound = |day: Option<Day>| day.and_then(date_of_day);
    bound(price.valid_from).is_none_or(|from| from <= today) && bound(price.valid_to).is_none_or(|to| today <= to)
}

/// Where a price comes from, in two words: `list 2026-07-01`. A question mark when the source is not sure.
pub(super) fn provenance(price: &Price) -> String {
    let kind = match price.provenance {
        Provenance::ListPrice => "list",
        Provenance::Contract => "contract",
        Provenance::Invoice => "invoice",
    };
    let since = price.valid_from.and_then(date_of_day).map(|day| format!(" {day}")).unwrap_or_default();
    let doubt = if price.uncertain { " (uncertain)" } else { "" };
    format!("{kind}{since}{doubt}")
}
