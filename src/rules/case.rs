//! A person with the seats that are judged, and what holds for all rules: who is left alone.

use std::cell::OnceCell;

use crate::contract::rows::{Product, UserKind};
use crate::fold::fold;
use crate::rules::Verdict;
use crate::rules::abilities::Abilities;
use crate::rules::fit::{self, Fit, Memo};
use crate::rules::levels::Levels;
use crate::rules::view::{Circumstances, Offer, Person, Seat};
use crate::time;

/// What can be bought, and what it can do.
#[derive(Debug, Default)]
pub struct Market {
    /// Products that are paid for by the seat.
    pub offers: Vec<Offer>,
    /// All other products: free ones, trials, and those that have ended.
    pub others: Vec<Product>,
    /// What service plans can do.
    pub abilities: Abilities,
    /// Abilities that cannot be measured and that nobody needs, by the settings.
    pub not_needed: Vec<u16>,
    /// What was found for a need before.
    pub memo: Memo,
}

/// One person.
#[derive(Debug)]
pub struct Case<'a> {
    /// The person.
    pub person: &'a Person,
    /// The seats that are left: those that another rule has taken back are gone.
    pub seats: Vec<&'a Seat<'a>>,
    /// What products can do that the person has and nobody pays for.
    pub rest: &'a Levels,
    /// Under what circumstances.
    pub now: &'a Circumstances,
    /// What can be bought.
    pub market: &'a Market,
    /// The cheapest set, once it was asked for.
    pub fit: OnceCell<Result<Fit, Verdict>>,
}

impl Market {
    /// Offers and other products, each with what it can do. `not_needed` are names of abilities.
    #[must_use]
    pub fn new(mut offers: Vec<Offer>, others: Vec<Product>, not_needed: &[String]) -> Self {
        let products: Vec<Product> = offers.iter().map(|offer| &offer.product).chain(&others).cloned().collect();
        let abilities = Abilities::of(&products);
        for offer in &mut offers {
            offer.levels = abilities.levels(&offer.product.plans, &[]);
        }
        let not_needed = not_needed.iter().filter_map(|name| abilities.place(name)).collect();
        Self { offers, others, abilities, not_needed, memo: Memo::default() }
    }

    /// What a seat can do, without the plans that are switched off.
    #[must_use]
    pub fn levels(&self, seat: &Seat<'_>) -> Levels {
        if seat.off.is_empty() {
            return seat.offer.levels.clone();
        }
        self.abilities.levels(&seat.offer.product.plans, &seat.off)
    }
}

impl Case<'_> {
    /// What the person has beside this seat: other seats and what nobody pays for.
    #[must_use]
    pub fn beside(&self, seat: &Seat<'_>) -> Levels {
        let mut levels = self.rest.clone();
        for other in self.seats.iter().filter(|other| other.offer.product.id != seat.offer.product.id) {
            levels.join(&self.market.levels(other));
        }
        levels
    }

    /// Whether a product is on the list of those that are left alone.
    #[must_use]
    pub fn is_excluded(&self, product: &Product) -> bool {
        is_on(&self.now.excluded.products, &[&product.code, &product.id, &product.name])
    }

    /// The cheapest set of products for the person; searched once.
    ///
    /// # Errors
    /// Why there is nothing to be searched.
    pub fn fit(&self) -> Result<&Fit, Verdict> {
        self.fit.get_or_init(|| fit::fit(self)).as_ref().map_err(Verdict::clone)
    }

    /// Why this seat is left alone by the settings.
    #[must_use]
    pub fn listed(&self, seat: &Seat<'_>) -> Option<Verdict> {
        let lists = &self.now.excluded;
        let user = &self.person.user;
        let groups: Vec<&str> = seat.groups.iter().chain(&seat.group_ids).map(String::as_str).collect();
        let because = if is_on(&lists.users, &[&user.principal_name, &user.id]) {
            "the person is on the list exclude-users"
        } else if is_on(&lists.groups, &groups) {
            "a group that assigns it is on the list exclude-groups"
        } else if self.is_excluded(&seat.offer.product) {
            "the product is on the list exclude-products"
        } else {
            return None;
        };
        Some(Verdict::Excluded(because.into()))
    }

    /// Why this seat is left alone by rules about persons: the lists, and accounts of nobody.
    #[must_use]
    pub fn left_alone(&self, seat: &Seat<'_>) -> Option<Verdict> {
        let because = match self.person.user.kind {
            UserKind::Shared => "it is a shared mailbox, which has a rule of its own",
            UserKind::Room => "it is a room or a device",
            UserKind::Service => "it is a service account",
            UserKind::Member | UserKind::Guest | UserKind::Unknown => return self.listed(seat),
        };
        Some(Verdict::Excluded(because.into()))
    }

    /// Whether the days of grace are over. `Ok(true)` when the age of the seat is not known and only the age of the
    /// account speaks.
    ///
    /// # Errors
    /// The verdict, when they are not over, or nobody can tell.
    pub fn grace(&self, seat: &Seat<'_>) -> Result<bool, Verdict> {
        let now = self.now;
        let old = |instant| now.today.saturating_sub(time::day_of(instant)) >= now.grace_days;
        match (seat.since, self.person.user.created) {
            (None, None) => {
                Err(Verdict::Unknown("neither the age of the seat nor that of the account is known".into()))
            }
            (since, created) if since.is_none_or(old) && created.is_none_or(old) => Ok(since.is_none()),
            _ => Err(Verdict::Excluded(
                format!("the seat or the account is new: it is left alone for {} days", now.grace_days).into(),
            )),
        }
    }

    /// The reasons to doubt because of the age of the seat.
    ///
    /// # Errors
    /// As [`Case::left_alone`] and [`Case::grace`].
    pub fn settled(&self, seat: &Seat<'_>) -> Result<usize, Verdict> {
        match self.left_alone(seat) {
            Some(verdict) => Err(verdict),
            None => self.grace(seat).map(usize::from),
        }
    }

    /// Whether sign-in is known to be blocked.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.person.user.enabled == Some(false)
    }
}

/// Whether one of these names is on a list, whatever its case.
fn is_on(list: &[String], names: &[&str]) -> bool {
    list.iter().any(|listed| names.iter().any(|name| fold(listed.trim()) == fold(name)))
}
