//! The simulated tenant: who works there, what it bought and which applications it uses. All of it follows from the
//! seed, the number of users and the premium licence, and from no clock: times are kept as days before the start.

pub(crate) mod application;
pub(crate) mod catalogue;
pub(crate) mod census;
pub(crate) mod change;
pub(crate) mod group;
pub(crate) mod names;
pub(crate) mod people;
pub(crate) mod product;
pub(crate) mod seats;
pub(crate) mod workplace;

use std::collections::HashMap;

use ring::digest::{Context, SHA256};

use crate::dice::{Dice, Topic};
use crate::id::Id;
use crate::options::{Options, Premium};
use application::Shelf;
use census::Census;
use group::Group;
use people::{Domains, Kind, User};
use product::Product;
use seats::Contract;
use workplace::COMPANIES;

/// A simulated tenant.
pub(crate) struct Tenant {
    /// The seed that it follows from.
    pub(crate) seed: u64,
    /// The tenant's id.
    pub(crate) id: Id,
    /// The organisation's name.
    pub(crate) name: &'static str,
    /// Its domains.
    pub(crate) domains: Domains,
    /// The premium licence.
    pub(crate) premium: Premium,
    /// Users, in the order in which they are listed.
    pub(crate) users: Vec<User>,
    /// Users deleted lately, whom usage reports still show.
    pub(crate) deleted: Vec<User>,
    /// Groups.
    pub(crate) groups: Vec<Group>,
    /// Products bought or tried.
    pub(crate) products: Vec<Product>,
    /// Seats and terms, one for each product.
    pub(crate) contracts: Vec<Contract>,
    /// Applications.
    pub(crate) shelf: Shelf,
    places: HashMap<Id, u32>,
}

impl Tenant {
    /// Makes the tenant that the options describe.
    pub(crate) fn new(options: &Options) -> Tenant {
        let seed = options.seed;
        let mut dice = Dice::new(seed, Topic::Organization, 0, 0);
        let id = dice.id();
        let place = dice.below(u32::try_from(COMPANIES.len()).unwrap_or(0));
        let (name, label) = COMPANIES.get(place as usize).copied().unwrap_or(("Example", "example"));
        let domains = Domains { own: format!("{label}.example"), initial: format!("{label}.onmicrosoft.com") };
        let shelf = Shelf::new(seed);
        let Census { users, deleted } = census::census(seed, options.users, &shelf);
        let products = product::products(options.premium, &options.changes);
        let contracts = seats::contracts(seed, &products, &users);
        let places = (0u32..).zip(&users).map(|(place, user)| (user.id, place)).collect();
        let groups = group::groups(seed);
        let premium = options.premium;
        let mut made =
            Tenant { seed, id, name, domains, premium, users, deleted, groups, products, contracts, shelf, places };
        made.change(&options.changes);
        made
    }

    /// The place of the user with this id.
    pub(crate) fn place(&self, id: Id) -> Option<u32> {
        self.places.get(&id).copied()
    }

    /// The user at a place.
    pub(crate) fn user(&self, place: u32) -> Option<&User> {
        self.users.get(place as usize)
    }

    /// Whom the employee at a place works for: the first employee of the department.
    pub(crate) fn manager(&self, place: u32) -> Option<&User> {
        let user = self.user(place).filter(|user| user.kind == Kind::Employee)?;
        let peer = |other: &&User| other.kind == Kind::Employee && other.department == user.department;
        self.users.iter().find(peer).filter(|first| first.id != user.id)
    }

    /// The user with this principal name, in any letter case, with the place.
    pub(crate) fn by_name(&self, name: &str) -> Option<(u32, &User)> {
        let matches = |user: &User| user.principal_name(&self.domains).eq_ignore_ascii_case(name);
        (0u32..).zip(&self.users).find(|(_, user)| matches(user))
    }

    /// True when a sign-in address may name the tenant so: by its id or one of its domains.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let same = |other: &str| name.eq_ignore_ascii_case(other);
        same(&self.id.to_string()) || same(&self.domains.own) || same(&self.domains.initial)
    }

    /// A hash over all that was made from the seed, in hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> String {
        let mut hash = Context::new(&SHA256);
        let mut add = |text: String| {
            hash.update(text.as_bytes());
            hash.update(b"\n");
        };
        add(format!("{} {} {:?}", self.id, self.name, self.premium));
        for user in self.users.iter().chain(&self.deleted) {
            add(format!("{user:?}"));
        }
        for group in &self.groups {
            add(format!("{} {} {:?}", group.id, group.name, group.members));
        }
        for contract in &self.contracts {
            add(format!("{contract:?}"));
        }
        for application in &self.shelf.all {
            let (ids, name) = ([application.app_id, application.principal_id], application.listing.name);
            add(format!("{ids:?} {name} {}", application.created_ago));
        }
        hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
