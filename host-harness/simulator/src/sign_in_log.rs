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

/// One interactive sign-in. The order is that of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Record {
    /// Seconds since 1970.
    pub(crate) at: i64,
    /// The user's place.
    pub(crate) user: u32,
    /// The record's number among those of the user and day.
    pub(crate) number: u32,
    /// The application's place.
    pub(crate) application: u16,
    /// 0 for a success.
    pub(crate) error: u32,
}

impl Record {
    fn new(day: i32, user: u32, number: u32, event: Event) -> Record {
        let at = start_of(day) + i64::from(event.second);
        Record { at, user, number, application: event.application, error: event.error }
    }

    /// The record's id.
    pub(crate) fn id(&self, seed: u64) -> Id {
        let place = (u64::from(self.user) << 32) | u64::from(self.number);
        Dice::new(seed, Topic::SignIn, place, self.at.cast_unsigned()).id()
    }
}

/// Days of the log, made when first asked for.
#[derive(Default)]
pub(crate) struct Days {
    kept: Mutex<VecDeque<(i32, Arc<Vec<Record>>)>>,
}

impl Days {
    /// The sign-ins of a day, newest first.
    pub(crate) fn day(&self, calendar: Calendar<'_>, day: i32) -> Arc<Vec<Record>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, records)) = kept.iter().find(|(made, _)| *made == day) {
            return Arc::clone(records);
        }
        let mut records = Vec::new();
        for (place, user) in (0u32..).zip(&calendar.tenant.users) {
            let events = calendar.day(place, user, day).events;
            records.extend((0u32..).zip(events).map(|(number, event)| Record::new(day, place, number, event)));
        }
        records.sort_unstable_by(|one, other| other.cmp(one));
        let records = Arc::new(records);
        if kept.len() == DAYS_KEPT {
            kept.pop_front();
        }
        kept.push_back((day, Arc::clone(&records)));
        records
    }
}

/// The sign-ins of one user on a day, newest first.
pub(crate) fn day_of_user(calendar: Calendar<'_>, place: u32, day: i32) -> Vec<Record> {
    let Some(user) = calendar.tenant.user(place) else { return Vec::new() };
    let events = calendar.day(place, user, day).events;
    let numbered = (0u32..).zip(events);
    let mut records: Vec<Record> = numbered.map(|(number, event)| Record::new(day, place, number, event)).collect();
    records.reverse();
    records
}
