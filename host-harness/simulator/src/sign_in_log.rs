//! The sign-in log of the tenant, made day by day when it is asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::activity::{Calendar, Event};
use crate::clock::start_of;
use crate::dice::{Dice, Topic};
use crate::id::Id;

/// Days kept once made. A tenant of 100,000 users has about 250,000 sign-ins a day, 20 bytes each.
const DAYS_KEPT: usize = 8;

/// Numbers of records that were added by hand, after all numbers of made ones.
pub(crate) const LATE_NUMBERS: u32 = 10_000;

/// Numbers of records of applications in a user's name, after those added by hand.
const RENEWAL_NUMBERS: u32 = 100_000;

/// Who signs in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Sort {
    /// A user at a screen.
    Interactive,
    /// An application in the name of a user.
    NonInteractive,
    /// An application by itself.
    Service,
    /// A managed identity, of which this tenant has none.
    Managed,
}

/// One sign-in. The order is that of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Record {
    /// Seconds since 1970.
    pub(crate) at: i64,
    /// The user's place; that of the application when it acts by itself.
    pub(crate) user: u32,
    /// The record's number among those of the user and day.
    pub(crate) number: u32,
    /// The application's place.
    pub(crate) application: u16,
    /// 0 for a success.
    pub(crate) error: u32,
    /// Who signs in.
    pub(crate) sort: Sort,
}

impl Record {
    pub(crate) fn new(day: i32, user: u32, number: u32, event: Event, sort: Sort) -> Record {
        let at = start_of(day) + i64::from(event.second);
        let number = if sort == Sort::Interactive { number } else { number.saturating_add(RENEWAL_NUMBERS) };
        Record { at, user, number, application: event.application, error: event.error, sort }
    }

    /// The record's id.
    pub(crate) fn id(&self, seed: u64) -> Id {
        // A user and an application may have the same place.
        let by_itself = u64::from(self.sort == Sort::Service) << 63;
        let place = (u64::from(self.user) << 32) | u64::from(self.number) | by_itself;
        Dice::new(seed, Topic::SignIn, place, self.at.cast_unsigned()).id()
    }
}

/// From where a sign-in came, and with what.
pub(crate) struct Source {
    pub(crate) correlation: Id,
    pub(crate) device: &'static str,
    pub(crate) browser: &'static str,
    /// An IPv4 address of documentation.
    pub(crate) address: String,
    /// The client app, as the log names it.
    pub(crate) client: &'static str,
}

impl Record {
    /// From where it came, and with what.
    pub(crate) fn source(&self, seed: u64) -> Source {
        let mut dice = Dice::new(seed, Topic::SignIn, u64::from(self.user), self.at.cast_unsigned());
        let correlation = dice.id();
        let device = dice.pick(&["Windows 11", "Windows 11", "MacOs", "Ios 18", "Android 15"]);
        let browser = dice.pick(&["Edge 140.0.0", "Chrome 141.0.0", "Safari 18.1", "Rich Client 5.2"]);
        let address = format!("203.0.113.{}", 1 + dice.below(250));
        let client = if browser.starts_with("Rich") { "Mobile Apps and Desktop clients" } else { "Browser" };
        Source { correlation, device, browser, address, client }
    }
}

/// A day of one sort of sign-ins.
type Kept = (i32, Sort, Arc<Vec<Record>>);

/// Days of the log, made when first asked for.
#[derive(Default)]
pub(crate) struct Days {
    kept: Mutex<VecDeque<Kept>>,
}

impl Days {
    /// The sign-ins of one sort on a day, newest first.
    pub(crate) fn day(&self, calendar: Calendar<'_>, day: i32, sort: Sort) -> Arc<Vec<Record>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, records)) = kept.iter().find(|(made, of, _)| (*made, *of) == (day, sort)) {
            return Arc::clone(records);
        }
        let mut records = Vec::new();
        let mut add = |place, events: Vec<Event>| {
            records.extend((0u32..).zip(events).map(|(number, event)| Record::new(day, place, number, event, sort)));
        };
        let users = (0u32..).zip(&calendar.tenant.users);
        match sort {
            Sort::Interactive => users.for_each(|(place, user)| add(place, calendar.day(place, user, day).events)),
            Sort::NonInteractive => users.for_each(|(place, user)| add(place, calendar.renewals(place, user, day))),
            Sort::Service => {
                let applications = (0u32..).zip(0..calendar.tenant.shelf.all.len());
                applications.for_each(|(place, application)| add(place, calendar.services(application, day)));
            }
            Sort::Managed => {}
        }
        records.sort_unstable_by(|one, other| other.cmp(one));
        let records = Arc::new(records);
        if kept.len() == DAYS_KEPT {
            kept.pop_front();
        }
        kept.push_back((day, sort, Arc::clone(&records)));
        records
    }
}

/// The interactive sign-ins of one user on a day, newest first.
pub(crate) fn day_of_user(calendar: Calendar<'_>, place: u32, day: i32) -> Vec<Record> {
    let Some(user) = calendar.tenant.user(place) else { return Vec::new() };
    let events = calendar.day(place, user, day).events;
    let numbered = (0u32..).zip(events);
    let mut records: Vec<Record> =
        numbered.map(|(number, event)| Record::new(day, place, number, event, Sort::Interactive)).collect();
    records.reverse();
    records
}
