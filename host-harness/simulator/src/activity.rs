//! What users do on a day: whether they work, with which services, and which applications they sign in to.
//!
//! A day of a user follows from the seed, the user's place and the day alone, so nothing is stored and any day can be
//! asked for in any order.

use crate::clock::{self, is_weekend, start_of};
use crate::dice::{Dice, Topic};
use crate::tenant::Tenant;
use crate::tenant::application::Origin;
use crate::tenant::people::{Habit, Kind, User};
use crate::tenant::product::{WORKLOADS, Workload, Workloads};

/// The error code of a wrong password.
pub(crate) const WRONG_PASSWORD: u32 = 50126;

/// How an attempt can fail, with how often of a hundred failures.
const FAILURES: [(u32, u32); 5] = [(WRONG_PASSWORD, 60), (50074, 22), (50053, 6), (53003, 8), (65001, 4)];

/// A sign-in, or an attempt at one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    /// Seconds since midnight UTC.
    pub(crate) second: u32,
    /// The place of the application.
    pub(crate) application: u16,
    /// 0 when it succeeded.
    pub(crate) error: u32,
}

/// What a user did on a day.
#[derive(Default)]
pub(crate) struct UserDay {
    /// True when the user worked.
    pub(crate) works: bool,
    /// The services used.
    pub(crate) workloads: Workloads,
    /// When an application renewed its session without the user, in seconds since midnight.
    pub(crate) renewal: u32,
    /// Interactive sign-ins, oldest first.
    pub(crate) events: Vec<Event>,
}

/// The instants of a user's latest sign-ins, in seconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct LatestSignIns {
    /// The latest interactive attempt, successful or not.
    pub(crate) attempt: Option<i64>,
    /// The latest attempt of an application in the user's name.
    pub(crate) renewal: Option<i64>,
    /// The latest success of either sort.
    pub(crate) success: Option<i64>,
}

/// The days of a tenant, as seen from the day on which the simulator's clock started.
#[derive(Clone, Copy)]
pub(crate) struct Calendar<'a> {
    /// The tenant.
    pub(crate) tenant: &'a Tenant,
    /// The day on which the clock started.
    pub(crate) start: i32,
    /// Sign-ins of applications in the name of each user who works, for a day.
    pub(crate) renewals: u32,
}

/// How the secret of an application that acts by itself is refused.
const EXPIRED_SECRET: u32 = 7_000_222;

impl Calendar<'_> {
    /// What applications did in the name of the user at this place on a day, oldest first. The last is the renewal of the
    /// day.
    pub(crate) fn renewals(&self, place: u32, user: &User, day: i32) -> Vec<Event> {
        let lived = self.day(place, user, day);
        if !lived.works || self.renewals == 0 {
            return Vec::new();
        }
        let begin = morning(user);
        let mut dice = Dice::new(self.tenant.seed, Topic::Renewal, u64::from(place), u64::from(day.cast_unsigned()));
        let mut events = vec![Event { second: lived.renewal, application: 4, error: 0 }];
        for _ in 1..self.renewals {
            let error = if dice.chance(30) { 50_173 } else { 0 };
            let second = begin + dice.below(lived.renewal.saturating_sub(begin));
            let application = self.application(user, day - self.start, &mut dice);
            events.push(Event { second, application, error });
        }
        events.sort_by_key(|event| event.second);
        events
    }

    /// What an application did by itself on a day, oldest first: the tenant's own run jobs around the clock.
    pub(crate) fn services(&self, application: usize, day: i32) -> Vec<Event> {
        let own = self.tenant.shelf.at(application).is_some_and(|each| each.origin == Origin::Home);
        let Ok(place) = u16::try_from(application) else { return Vec::new() };
        if !own {
            return Vec::new();
        }
        let mut dice = Dice::new(self.tenant.seed, Topic::Service, application as u64, u64::from(day.cast_unsigned()));
        let count = 3 + dice.below(10);
        let mut event = || {
            let error = if dice.chance(60) { EXPIRED_SECRET } else { 0 };
            Event { second: dice.below(86_400), application: place, error }
        };
        let mut events: Vec<Event> = (0..count).map(|_| event()).collect();
        events.sort_by_key(|event| event.second);
        events
    }

    /// What the user at this place does on a day.
    pub(crate) fn day(&self, place: u32, user: &User, day: i32) -> UserDay {
        if day < self.start - user.created_ago {
            return UserDay::default();
        }
        let after_start = day - self.start;
        let last_day = matches!(user.habit, Habit::Stopped(ago) if after_start == -ago);
        let mut dice = Dice::new(self.tenant.seed, Topic::Day, u64::from(place), u64::from(day.cast_unsigned()));
        let mut lived =
            UserDay { works: dice.chance(diligence(user, after_start, day)) || last_day, ..UserDay::default() };
        if lived.works {
            lived.workloads = workloads(user, &mut dice);
            lived.renewal = morning(user) + dice.below(30_000);
            let quiet = dice.chance(120) && !last_day;
            let count = if quiet || user.kind == Kind::Service { 0 } else { 1 + dice.weighed(&[40, 30, 20, 10]) };
            for _ in 0..count {
                self.sign_in(user, after_start, &mut dice, &mut lived.events);
            }
            if last_day {
                self.succeed(user, after_start, &mut dice, &mut lived.events);
            }
        }
        if user.attacked && dice.chance(250) {
            let error = if user.enabled { WRONG_PASSWORD } else { 50057 };
            lived.events.push(Event { second: dice.below(86_400), application: 3, error });
        }
        lived.events.sort_by_key(|event| event.second);
        lived
    }

    fn sign_in(&self, user: &User, after_start: i32, dice: &mut Dice, events: &mut Vec<Event>) {
        if dice.chance(60) {
            let weights: Vec<u32> = FAILURES.iter().map(|(_, weight)| *weight).collect();
            let (error, _) = FAILURES.get(dice.weighed(&weights)).copied().unwrap_or((WRONG_PASSWORD, 0));
            let second = morning(user) + dice.below(32_000);
            events.push(Event { second, application: self.application(user, after_start, dice), error });
        }
        self.succeed(user, after_start, dice, events);
    }

    fn succeed(&self, user: &User, after_start: i32, dice: &mut Dice, events: &mut Vec<Event>) {
        let second = morning(user) + dice.below(32_000);
        events.push(Event { second, application: self.application(user, after_start, dice), error: 0 });
    }

    fn application(&self, user: &User, after_start: i32, dice: &mut Dice) -> u16 {
        let shelf = &self.tenant.shelf;
        let own = dice.chance(500);
        let slot = dice.below(6) as usize;
        let common = dice.weighed(&shelf.common);
        let chosen = user.apps.get(slot).map(|place| usize::from(*place)).unwrap_or(usize::MAX);
        let there = shelf.at(chosen).is_some_and(|application| application.is_there(after_start));
        let place = if own && there { chosen } else { common };
        u16::try_from(place).unwrap_or(0)
    }

    /// The latest sign-ins of a user up to an instant in seconds since 1970.
    pub(crate) fn latest_sign_ins(&self, place: u32, user: &User, now: i64) -> LatestSignIns {
        let mut latest = LatestSignIns::default();
        for day in self.days_back(user, now, user.attacked) {
            let lived = self.day(place, user, day);
            let past = |second: u32| Some(start_of(day) + i64::from(second)).filter(|at| *at <= now);
            let renewal = if lived.works { past(lived.renewal) } else { None };
            for event in lived.events.iter().rev() {
                let at = past(event.second);
                latest.attempt = latest.attempt.or(at);
                latest.success = latest.success.max(at.filter(|_| event.error == 0));
            }
            latest.renewal = latest.renewal.or(renewal);
            latest.success = latest.success.max(renewal);
            if latest.attempt.is_some() && latest.renewal.is_some() {
                break;
            }
        }
        latest
    }

    /// The latest day, from `until` back to `since`, on which the user used a service.
    pub(crate) fn latest_use(
        &self,
        place: u32,
        user: &User,
        workload: Workload,
        since: i32,
        until: i32,
    ) -> Option<i32> {
        if workload == Workload::Skype || (workload == Workload::Yammer && !user.social) {
            return None;
        }
        let days = self.days_back(user, start_of(until), false).take_while(|day| *day >= since);
        days.into_iter().find(|day| self.day(place, user, *day).workloads.has(workload))
    }

    /// The days on which something can have happened, newest first.
    fn days_back(&self, user: &User, now: i64, attacked: bool) -> impl Iterator<Item = i32> + use<> {
        let today = i32::try_from(now.div_euclid(clock::DAY_SECONDS)).unwrap_or(i32::MAX);
        let newest = match user.habit {
            _ if attacked => today,
            Habit::Never => i32::MIN,
            Habit::Stopped(ago) => today.min(self.start - ago),
            _ => today,
        };
        // Nobody who still works stays away for two years.
        let oldest = (self.start - user.created_ago).max(newest.saturating_sub(730));
        (oldest..=newest).rev()
    }
}

/// Of a thousand days like this, how many the user works.
fn diligence(user: &User, after_start: i32, day: i32) -> u32 {
    let (weekday, weekend) = match user.habit {
        Habit::Never => (0, 0),
        Habit::Stopped(ago) if after_start > -ago => (0, 0),
        Habit::Daily | Habit::Stopped(_) => (930, 50),
        Habit::Weekly => (220, 10),
        Habit::Rarely => (45, 3),
    };
    if is_weekend(day) { weekend } else { weekday }
}

/// When the working day begins, in seconds since midnight UTC.
fn morning(user: &User) -> u32 {
    let ahead = user.country().map(|country| country.ahead).unwrap_or(0);
    // Early enough that the whole day falls on one date in UTC.
    u32::try_from((7 - ahead).clamp(0, 14) * 3600).unwrap_or(0)
}

fn workloads(user: &User, dice: &mut Dice) -> Workloads {
    let mut used = Workloads::default();
    for workload in WORKLOADS {
        let thousandths = match workload {
            Workload::Exchange => 930,
            Workload::Teams => 850,
            Workload::OneDrive => 550,
            Workload::SharePoint => 400,
            Workload::Yammer if user.social => 120,
            Workload::Yammer | Workload::Skype => 0,
        };
        if dice.chance(thousandths) && user.kind == Kind::Employee {
            used = used.with(workload);
        }
    }
    used
}
