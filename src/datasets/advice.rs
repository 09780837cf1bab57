//! Advice: everything that was collected of a person brought together, and judged by the rules.
//!
//! Users, sign-in dates, licences and activity by workload stand in the store in the order of the principal name. They
//! are merged as they stream, a few thousand users a step, so that memory stays small in a tenant of any size. Rules on
//! products need no person and are judged in the first step.
//!
//! A rule whose data was never collected is skipped, and a gap says so. Data of an earlier run lowers the confidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Activity, Entitlement, Kind, Price, Row, Subscription, Usage, User};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error};
use crate::cursor;
use crate::datasets::{activity, columns, entitlements, gap, groups, permissions, prices, subscriptions, users};
use crate::fault;
use crate::freshness::Freshness;
use crate::reports::active_user_detail;
use crate::rules::view::{self, Circumstances, Offer, Person, Source};
use crate::rules::{self, Rule, blocked, inactive, spare_seats};
use crate::step::{self, Env};
use crate::stream::{Position, Stream, by_key};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "advice";

/// Users that one step judges.
const USERS: usize = 2000;

/// Datasets that the task waits for.
pub const NEEDS: [&str; 7] =
    [subscriptions::ID, prices::ID, users::ID, entitlements::ID, groups::ID, activity::ID, active_user_detail::ID];

/// Where the work goes on.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Persons with a paid seat of whose activity nothing is known.
    unknown: u64,
    users: Position,
    activity: Position,
    entitlements: Position,
    usage: Position,
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    let rules: Vec<String> = rules::all().iter().map(|rule| format!("{}: {}", rule.title, rule.help)).collect();
    Dataset {
        id: ID.to_owned(),
        title: "Advice".to_owned(),
        help: format!("What can be saved, each advice with its evidence. {}", rules.join(" ")),
        verb: Verb::Collect,
        kinds: vec![Kind::Recommendation],
        columns: columns(&[
            ("id", "Rule, subject and SKU id, joined by slashes."),
            ("rule", "The rule that gave it."),
            ("subject", "The object id of the user, or the SKU id."),
            ("subject-name", "The name of the subject."),
            ("product", "The SKU id."),
            ("product-name", "The name of the product."),
            ("action", "What to do."),
            ("seats", "Seats that become free."),
            ("saving", "What they cost in one month, when a price is known."),
            ("provenance", "Where the price comes from."),
            ("effect", "When the saving counts."),
            ("confidence", "high, medium or low, by what is known and how fresh it is."),
            ("evidence", "What speaks for it, with the day up to which that is known."),
            ("safe-because", "Why it does no harm."),
        ]),
        permissions: permissions(&[&[]]),
        licence: None,
    }
}

/// Judges products and the first users, or the next users.
///
/// # Errors
/// `storage` when the host cannot read or take rows.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let known = Known::read(env)?;
    let (mut gaps, mut rows) = (Vec::new(), Vec::new());
    let at = match cursor::read::<Cursor>(cursor)? {
        Some(at) => at,
        None => {
            gaps = known.gaps();
            if let Some(now) = known.circumstances(&spare_seats::describe()) {
                rows.extend(known.offers.iter().filter_map(|offer| spare_seats::judge(offer, &now)));
            }
            Cursor::default()
        }
    };
    let mut unknown = at.unknown;
    let mut people = People::open(env, at)?;
    let judges = (known.circumstances(&blocked::describe()), known.circumstances(&inactive::describe()));
    let mut ended = judges.0.is_none() && judges.1.is_none();
    for _ in 0..USERS {
        if ended {
            break;
        }
        let Some((person, held)) = people.next()? else {
            ended = true;
            break;
        };
        let seats = view::seats(&held, &known.offers, &known.groups);
        for seat in &seats {
            rows.extend(judges.0.as_ref().and_then(|now| blocked::judge(&person, seat, now)));
            rows.extend(judges.1.as_ref().and_then(|now| inactive::judge(&person, seat, now)));
        }
        let judged = judges.1.as_ref().is_none_or(|now| inactive::can_judge(&person, now));
        unknown += u64::from(!judged && !seats.is_empty() && !blocked::is_blocked(&person));
    }
    env.sink.emit(rows.into_iter().map(Row::Recommendation).collect())?;
    if ended {
        gaps.extend(not_judged(unknown));
        return Ok(step::done_with(gaps));
    }
    Ok(Step { outcome: cursor::more(&people.position(unknown))?, gaps })
}

/// Says of how many persons too little is known to call them inactive or not.
fn not_judged(persons: u64) -> Option<Gap> {
    let message = format!(
        "Of {persons} persons who hold a paid seat neither sign-ins nor activity in workloads are known, so that nobody \
         can say whether they are inactive."
    );
    let mend = "Mend the gaps of sign-in activity and of activity by workload, if there are any.";
    (persons > 0).then(|| gap(ID, Some(inactive::describe().id), Error::NotFound(fault::sentence(&message)), mend))
}

/// What holds for all persons.
struct Known {
    today: Day,
    inactive_days: Day,
    grace_days: Day,
    offers: Vec<Offer>,
    /// Names of the groups that assign licences, by id.
    groups: BTreeMap<String, String>,
    sources: Vec<Freshness>,
}

impl Known {
    fn read(env: &Env) -> Result<Self, Error> {
        let today = env.today();
        let prices: Vec<Price> = step::all(env.store, Kind::Price)?.into_iter().filter_map(price).collect();
        let bought = step::all(env.store, Kind::Subscription)?;
        let bought: Vec<Subscription> = bought.into_iter().filter_map(subscription).collect();
        let offer = |row| match row {
            Row::Product(product) => Offer::new(product, &prices, &bought, today),
            _ => None,
        };
        let group = |row| match row {
            Row::Group(group) => Some((group.id, group.name)),
            _ => None,
        };
        Ok(Self {
            today,
            groups: step::all(env.store, Kind::Group)?.into_iter().filter_map(group).collect(),
            inactive_days: Day::from(env.settings.inactive_days),
            grace_days: Day::from(env.settings.grace_days),
            offers: step::all(env.store, Kind::Product)?.into_iter().filter_map(offer).collect(),
            sources: NEEDS.iter().map(|dataset| Freshness::of(env.store, dataset)).collect::<Result<_, _>>()?,
        })
    }

    fn source(&self, dataset: &str) -> Option<&Freshness> {
        self.sources.iter().find(|source| source.dataset == dataset)
    }

    fn age(&self, dataset: &str) -> Age {
        self.source(dataset).map_or(Age::Missing, |source| source.age)
    }

    /// The dataset for want of which a rule is skipped.
    fn lacking(&self, rule: &Rule) -> Option<&'static str> {
        let missing = |dataset: &&&'static str| self.age(dataset) == Age::Missing;
        let needed = rule.needs.iter().find(missing);
        let one_of = rule.needs_one_of.iter().all(|dataset| missing(&dataset));
        needed.or_else(|| rule.needs_one_of.first().filter(|_| one_of)).copied()
    }

    /// The circumstances for a rule; `None` when it is skipped.
    fn circumstances(&self, rule: &Rule) -> Option<Circumstances> {
        if self.lacking(rule).is_some() {
            return None;
        }
        let signed_in = self.source(activity::ID).and_then(|source| source.published).map(time::day_of);
        Some(Circumstances {
            today: self.today,
            inactive_days: self.inactive_days,
            grace_days: self.grace_days,
            activity: Source { age: self.age(activity::ID), as_of: signed_in },
            report: self.age(active_user_detail::ID),
            stale: usize::from(rule.needs.iter().any(|dataset| self.age(dataset) == Age::Stale)),
        })
    }

    /// One gap for each rule that is skipped.
    fn gaps(&self) -> Vec<Gap> {
        let skipped = |rule: Rule| {
            let dataset = self.lacking(&rule)?;
            let message =
                format!("The rule \"{}\" was skipped: there is nothing of the dataset \"{dataset}\".", rule.id);
            let mend = "Mend the gap of that dataset, and run collect again.";
            Some(gap(ID, Some(rule.id), Error::NotFound(fault::sentence(&message)), mend))
        };
        let unpriced = (self.age(prices::ID) == Age::Missing).then(|| {
            let message = "Savings are told without amounts: there is nothing of the dataset \"prices\".";
            gap(ID, Some("saving"), Error::NotFound(fault::sentence(message)), "Run collect again.")
        });
        rules::all().into_iter().filter_map(skipped).chain(unpriced).collect()
    }
}

/// Persons with what is known of them, in the order of the principal name.
struct People<'a> {
    users: Stream<'a>,
    activity: Stream<'a>,
    entitlements: Stream<'a>,
    usage: Stream<'a>,
}

impl<'a> People<'a> {
    fn open(env: &Env<'a>, at: Cursor) -> Result<Self, Error> {
        Ok(Self {
            users: Stream::open(env.store, Kind::User, at.users)?,
            activity: Stream::open(env.store, Kind::Activity, at.activity)?,
            entitlements: Stream::open(env.store, Kind::Entitlement, at.entitlements)?,
            usage: Stream::open(env.store, Kind::Usage, at.usage)?,
        })
    }

    fn next(&mut self) -> Result<Option<(Person, Vec<Entitlement>)>, Error> {
        let Some(Row::User(user)) = self.users.take_if(|_| true)? else { return Ok(None) };
        let entitlements = of(&mut self.entitlements, &user)?.into_iter().filter_map(|row| match row {
            Row::Entitlement(held) if held.user == user.id => Some(held),
            _ => None,
        });
        let entitlements = entitlements.collect();
        let activity = of(&mut self.activity, &user)?.into_iter().find_map(|row| match row {
            Row::Activity(activity) if activity.user == user.id => Some(activity),
            _ => None,
        });
        let workloads = of(&mut self.usage, &user)?.into_iter().filter_map(|row| match row {
            Row::Usage(usage) => Some(usage),
            _ => None,
        });
        Ok(Some((Person { workloads: workloads.collect(), activity, user }, entitlements)))
    }

    fn position(&self, unknown: u64) -> Cursor {
        Cursor {
            unknown,
            users: self.users.position(),
            activity: self.activity.position(),
            entitlements: self.entitlements.position(),
            usage: self.usage.position(),
        }
    }
}

/// The rows of a person. Rows before that belong to nobody in the list of users, and are passed over.
fn of(stream: &mut Stream<'_>, user: &User) -> Result<Vec<Row>, Error> {
    let name = |row: &Row| match row {
        Row::Activity(Activity { principal_name, .. }) | Row::Usage(Usage { principal_name, .. }) => {
            principal_name.clone()
        }
        Row::Entitlement(held) => held.principal_name.clone(),
        _ => String::new(),
    };
    while stream.take_if(|row| by_key(&name(row), &user.principal_name).is_lt())?.is_some() {}
    let mut rows = Vec::new();
    while let Some(row) = stream.take_if(|row| by_key(&name(row), &user.principal_name).is_eq())? {
        rows.push(row);
    }
    Ok(rows)
}

fn price(row: Row) -> Option<Price> {
    match row {
        Row::Price(price) => Some(price),
        _ => None,
    }
}

fn subscription(row: Row) -> Option<Subscription> {
    match row {
        Row::Subscription(subscription) => Some(subscription),
        _ => None,
    }
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
