//! The single sign-ins that a complete and correct collection finds, straight from the days: without pages, filters, requests
//! or the log's cache.

use crate::clock::{DAY_SECONDS, day_of, instant};
use crate::sign_in_log::{Record, Sort};
use crate::world::World;

/// One sign-in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TrueSignIn {
    /// The record's id.
    pub id: String,
    /// When it happened.
    pub at: String,
    /// `interactive`, `non-interactive` or `service`.
    pub how: &'static str,
    /// The id of the user, or of the service principal that acts by itself.
    pub who: String,
    /// The client id of the application.
    pub application: String,
    /// 0 for a success.
    pub error: u32,
    /// The IP address.
    pub address: String,
    /// The client app.
    pub client: &'static str,
    /// The country of the user; a program by itself has the one of the user at its place.
    pub country: Option<&'static str>,
    /// The city, likewise.
    pub city: Option<&'static str>,
}

impl TrueSignIn {
    /// All that the log keeps and shows now.
    pub(crate) fn all(world: &World) -> Vec<TrueSignIn> {
        let tenant = &world.tenant;
        let now = world.clock.now();
        let oldest = now.as_second() - i64::from(world.options.retention_days) * DAY_SECONDS;
        let mut found = Vec::new();
        let mut add = |record: Record| {
            if (oldest..=now.as_second()).contains(&record.at) {
                found.extend(told(world, &record));
            }
        };
        let calendar = world.calendar();
        let first = i32::try_from(oldest.div_euclid(DAY_SECONDS)).unwrap_or(0);
        for day in first..=day_of(now) {
            for (place, user) in (0u32..).zip(&tenant.users) {
                let sorts = [
                    (Sort::Interactive, calendar.day(place, user, day).events),
                    (Sort::NonInteractive, calendar.renewals(place, user, day)),
                ];
                for (sort, events) in sorts {
                    (0..).zip(events).for_each(|(number, event)| add(Record::new(day, place, number, event, sort)));
                }
            }
            for (place, at) in (0u32..).zip(0..tenant.shelf.all.len()) {
                let events = calendar.services(at, day);
                (0..)
                    .zip(events)
                    .for_each(|(number, event)| add(Record::new(day, place, number, event, Sort::Service)));
            }
        }
        let state = world.state();
        state.late.iter().filter(|(visible, _)| *visible <= now.as_second()).for_each(|(_, record)| add(*record));
        found
    }
}

fn told(world: &World, record: &Record) -> Option<TrueSignIn> {
    let tenant = &world.tenant;
    let application = tenant.shelf.at(usize::from(record.application))?;
    let user = tenant.user(record.user);
    let (how, who) = match record.sort {
        Sort::Interactive => ("interactive", user?.id),
        Sort::NonInteractive => ("non-interactive", user?.id),
        Sort::Service => ("service", application.principal_id),
        Sort::Managed => return None,
    };
    let country = user.and_then(|user| user.country());
    let source = record.source(tenant.seed);
    Some(TrueSignIn {
        id: record.id(tenant.seed).to_string(),
        at: instant(record.at),
        how,
        who: who.to_string(),
        application: application.app_id.to_string(),
        error: record.error,
        address: source.address,
        client: source.client,
        country: country.map(|each| each.code),
        city: country.map(|each| each.city),
    })
}
