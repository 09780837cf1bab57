//! What a complete and correct collection finds, computed straight from the tenant and its days: without pages,
//! filters, requests or the log's cache.

use std::collections::{BTreeMap, BTreeSet};

use crate::activity::Event;
use crate::clock::{DAY_SECONDS, date, day_of, instant, start_of};
use crate::tenant::group::LicenceGroup;
use crate::world::World;

/// What a complete and correct collection finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Truth {
    /// Users, by id.
    pub users: BTreeMap<String, TrueUser>,
    /// Products, by SKU id.
    pub products: BTreeMap<String, TrueProduct>,
    /// Interactive use of applications: by client id, user id and day.
    pub uses: BTreeMap<(String, String, String), TrueUse>,
    /// Use by programs: by `non-interactive` or `service`, client id, id of the user or service principal, and day.
    pub programs: BTreeMap<(String, String, String, String), TrueUse>,
}

/// A user and what the user holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrueUser {
    /// The principal name.
    pub principal_name: String,
    /// May sign in.
    pub enabled: bool,
    /// SKU ids of which the user takes a seat.
    pub skus: BTreeSet<String>,
    /// SKU ids assigned directly.
    pub direct: BTreeSet<String>,
    /// SKU ids assigned through groups, also those that failed, each with the group's id.
    pub by_group: BTreeSet<(String, String)>,
}

/// A product and its seats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrueProduct {
    /// The part number.
    pub part_number: String,
    /// Seats, whatever their state.
    pub seats: u32,
    /// Seats taken.
    pub consumed: u32,
}

/// The use of an application by a user on a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrueUse {
    /// Successful interactive sign-ins.
    pub successes: u32,
    /// Failed attempts.
    pub failures: u32,
    /// The first sign-in or attempt of the day.
    pub first: String,
    /// The last sign-in or attempt of the day.
    pub last: String,
}

impl Truth {
    pub(crate) fn of(world: &World) -> Truth {
        Truth { users: users(world), products: products(world), uses: uses(world), programs: programs(world) }
    }
}

fn users(world: &World) -> BTreeMap<String, TrueUser> {
    let tenant = &world.tenant;
    let removed = world.state().removed.clone();
    let sku = |role| tenant.products.iter().find(|product| product.role == role).map(|product| product.sku.to_string());
    let mut users = BTreeMap::new();
    for (place, user) in (0u32..).zip(&tenant.users) {
        if removed.contains(&place) {
            continue;
        }
        let groups = LicenceGroup::all().filter(|group| group.has(user.groups));
        let by_group = groups.filter_map(|group| {
            let id = tenant.groups.get(group as usize)?.id.to_string();
            Some((sku(group.product())?, id))
        });
        let found = TrueUser {
            principal_name: user.principal_name(&tenant.domains),
            enabled: user.enabled,
            skus: user.products().roles().filter_map(sku).collect(),
            direct: user.direct.roles().filter_map(sku).collect(),
            by_group: by_group.collect(),
        };
        users.insert(user.id.to_string(), found);
    }
    users
}

fn products(world: &World) -> BTreeMap<String, TrueProduct> {
    let tenant = &world.tenant;
    let removed = world.state().removed.clone();
    let mut products = BTreeMap::new();
    for (product, contract) in tenant.products.iter().zip(&tenant.contracts) {
        let mut consumed = 0;
        for (place, user) in (0u32..).zip(&tenant.users) {
            let holds = user.direct.has(product.role) || user.inherited().has(product.role);
            consumed += u32::from(holds && !removed.contains(&place));
        }
        let found = TrueProduct { part_number: product.part_number.to_owned(), seats: contract.seats, consumed };
        products.insert(product.sku.to_string(), found);
    }
    products
}

fn uses(world: &World) -> BTreeMap<(String, String, String), TrueUse> {
    let tenant = &world.tenant;
    let now = world.clock.now();
    let oldest = now.as_second() - i64::from(world.options.retention_days) * DAY_SECONDS;
    let mut uses = BTreeMap::new();
    let mut add = |at: i64, user: u32, application: u16, error: u32| {
        let (Some(user), Some(application)) = (tenant.user(user), tenant.shelf.at(usize::from(application))) else {
            return;
        };
        if at < oldest || at > now.as_second() {
            return;
        }
        let day = i32::try_from(at.div_euclid(DAY_SECONDS)).unwrap_or(0);
        let key = (application.app_id.to_string(), user.id.to_string(), date(day));
        let none = || TrueUse { successes: 0, failures: 0, first: instant(at), last: instant(at) };
        let found: &mut TrueUse = uses.entry(key).or_insert_with(none);
        found.successes += u32::from(error == 0);
        found.failures += u32::from(error != 0);
        found.first = found.first.clone().min(instant(at));
        found.last = found.last.clone().max(instant(at));
    };
    let first = i32::try_from(oldest.div_euclid(DAY_SECONDS)).unwrap_or(0);
    for day in first..=day_of(now) {
        for (place, user) in (0u32..).zip(&tenant.users) {
            for event in world.calendar().day(place, user, day).events {
                add(start_of(day) + i64::from(event.second), place, event.application, event.error);
            }
        }
    }
    let state = world.state();
    for (_, record) in state.late.iter().filter(|(visible, _)| *visible <= now.as_second()) {
        add(record.at, record.user, record.application, record.error);
    }
    uses
}

/// Counted from the days themselves, as [`uses`] are.
fn programs(world: &World) -> BTreeMap<(String, String, String, String), TrueUse> {
    let tenant = &world.tenant;
    let now = world.clock.now().as_second();
    let oldest = now - i64::from(world.options.retention_days) * DAY_SECONDS;
    let mut uses = BTreeMap::new();
    let mut add = |how: &str, day: i32, actor: String, events: Vec<Event>| {
        for event in events {
            let at = start_of(day) + i64::from(event.second);
            let Some(application) = tenant.shelf.at(usize::from(event.application)) else { continue };
            if at < oldest || at > now {
                continue;
            }
            let key = (how.to_owned(), application.app_id.to_string(), actor.clone(), date(day));
            let none = || TrueUse { successes: 0, failures: 0, first: instant(at), last: instant(at) };
            let found: &mut TrueUse = uses.entry(key).or_insert_with(none);
            found.successes += u32::from(event.error == 0);
            found.failures += u32::from(event.error != 0);
            found.last = instant(at);
        }
    };
    let calendar = world.calendar();
    let first = i32::try_from(oldest.div_euclid(DAY_SECONDS)).unwrap_or(0);
    for day in first..=day_of(world.clock.now()) {
        for (place, user) in (0u32..).zip(&tenant.users) {
            add("non-interactive", day, user.id.to_string(), calendar.renewals(place, user, day));
        }
        for (place, application) in tenant.shelf.all.iter().enumerate() {
            add("service", day, application.principal_id.to_string(), calendar.services(place, day));
        }
    }
    uses
}
