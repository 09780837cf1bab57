//! Advice: everything that was collected of a person brought together, and judged by the rules.
//!
//! Users, sign-in dates, licences and use by feature stand in the store in the order of the principal name. They are
//! merged as they stream, some hundred users a step, so that memory stays small in a tenant of any size. Rules on
//! products need no person and are judged in the first step. What all persons could change is counted in the cursor, and
//! made into bookings in the last step.
//!
//! A rule whose data was never collected is skipped, and a gap says so. Data of an earlier run lowers the confidence.

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Activity, Entitlement, Kind, Row, Usage, User};
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::{activity, columns, entitlements, gap, groups, permissions, prices, subscriptions, users};
use crate::fault;
use crate::kept;
use crate::reports::{activations, active_user_detail, app_user_detail, copilot_usage, mailbox_usage};
use crate::rules::ground::Ground;
use crate::rules::plan::{self, Changes};
use crate::rules::view::{self, Person};
use crate::rules::{self, Verdict, inactive, judge};
use crate::step::{self, Env};
use crate::stream::{Position, Stream, by_key};

/// The id of the dataset.
pub const ID: &str = "advice";

/// Users that one step judges: with a hundred features each, some fifty thousand rows.
const USERS: usize = 500;

/// Datasets without which a rule says nothing, or says less; the task waits for them.
pub const NEEDS: [&str; 11] = [
    subscriptions::ID,
    prices::ID,
    users::ID,
    entitlements::ID,
    groups::ID,
    activity::ID,
    active_user_detail::ID,
    app_user_detail::ID,
    activations::ID,
    mailbox_usage::ID,
    copilot_usage::ID,
];

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    /// Persons with a paid seat of whose activity nothing is known.
    unknown: u64,
    /// What persons could change, so far.
    changes: Changes,
    users: Position,
    activity: Position,
    entitlements: Position,
    usage: Position,
}

kept!(Cursor { unknown, changes, users, activity, entitlements, usage });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    let rules: Vec<String> = rules::ALL.iter().map(|rule| format!("{}: {}", rule.title, rule.help)).collect();
    Dataset {
        id: ID.to_owned(),
        title: "Advice".to_owned(),
        help: format!("What can be saved, each advice with its evidence. {}", rules.join(" ")),
        verb: Verb::Collect,
        kinds: vec![Kind::Recommendation, Kind::Booking],
        columns: columns(&[
            ("id", "Rule, subject and SKU id, joined by slashes."),
            ("rule", "The rule that gave it."),
            ("subject", "The object id of the user, or the SKU id."),
            ("subject-name", "The name of the subject."),
            ("product", "The SKU id."),
            ("product-name", "The name of the product."),
            ("action", "What to do."),
            ("seats", "Seats that become free; in a booking, seats more or fewer."),
            (
                "saving",
                "What they cost in one month, when a price is known; in a booking, what the bill gets smaller by.",
            ),
            ("provenance", "Where the price comes from."),
            ("effect", "When the saving counts."),
            ("confidence", "high, medium or low, by what is known and how fresh it is."),
            ("evidence", "What speaks for it, with the day up to which that is known."),
            ("safe-because", "Why it does no harm."),
            ("targets", "The SKU ids of what takes the place of the seat; empty: nothing does."),
            ("from-product", "The SKU id from which a booking moves seats."),
            ("from-product-name", "The name of that product."),
            ("day", "The day of the renewal at which a booking counts."),
            ("why", "What a booking is made of."),
        ]),
        permissions: permissions(&[&[]]),
        licence: None,
    }
}

/// Judges products and the first users, or the next users; books at the end.
///
/// # Errors
/// `storage` when the host cannot read or take rows.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let ground = Ground::read(env.store, env.settings, env.context)?;
    let (mut gaps, mut rows) = (Vec::new(), Vec::new());
    let mut fired = |told: Vec<judge::Told<'_>>| {
        let found = told.into_iter().filter_map(|told| match told.verdict {
            Verdict::Fires(found) => Some(Row::Recommendation(*found)),
            _ => None,
        });
        rows.extend(found);
    };
    let at = match cursor::read::<Cursor>(cursor)? {
        Some(at) => at,
        None => {
            gaps = ground.gaps(ID);
            let bought = ground.market.offers.iter().filter(|offer| offer.bought);
            bought.for_each(|offer| fired(judge::product(offer, &ground.ready)));
            Cursor::default()
        }
    };
    let (mut unknown, mut changes) = (at.unknown, at.changes.clone());
    let mut people = People::open(env, at)?;
    let mut ended = !ground.judges_persons();
    for _ in 0..USERS {
        if ended {
            break;
        }
        let Some((person, held)) = people.next()? else {
            ended = true;
            break;
        };
        let seats = view::seats(&held, &ground.market.offers, &ground.groups);
        if seats.is_empty() {
            continue;
        }
        let rest = ground.rest(&held);
        let judged = judge::person(&person, &seats, &rest, &ground.market, &ground.ready);
        for change in judged.changes {
            *changes.entry(change).or_default() += 1;
        }
        fired(judged.told);
        let silent = person.user.enabled != Some(false) && !inactive::can_judge(&person, &ground.now);
        unknown += u64::from(silent && ground.judges(inactive::RULE.id));
    }
    if ended {
        let bookings = plan::bookings(&ground.market.offers, &ground.market.abilities, &changes);
        rows.extend(bookings.into_iter().map(Row::Booking));
        env.sink.emit(rows)?;
        gaps.extend(not_judged(unknown));
        return Ok(step::done_with(gaps));
    }
    env.sink.emit(rows)?;
    Ok(Step { outcome: cursor::more(&people.position(unknown, changes))?, gaps })
}

/// Says of how many persons too little is known to call them inactive or not.
fn not_judged(persons: u64) -> Option<Gap> {
    let message = format!(
        "Of {persons} persons who hold a paid seat neither sign-ins nor activity in workloads are known, so that nobody \
         can say whether they are inactive."
    );
    let mend = "Mend the gaps of sign-in activity and of activity by workload, if there are any.";
    (persons > 0).then(|| gap(ID, Some(inactive::RULE.id), Error::NotFound(fault::sentence(&message)), mend))
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
        let entitlements = of(&mut self.entitlements, &user)?;
        let activity = of(&mut self.activity, &user)?;
        let usage = of(&mut self.usage, &user)?;
        Ok(Some(view::person(user, activity, entitlements, usage)))
    }

    fn position(&self, unknown: u64, changes: Changes) -> Cursor {
        Cursor {
            unknown,
            changes,
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

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
