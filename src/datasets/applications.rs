//! Applications: what is installed and what is used, merged by application id, and the news among them.
//!
//! Both sources come from the store in the order of the application id and are merged as they stream, so that memory
//! stays small however long the history is. A step takes so many rows and leaves the rest to the next; an application
//! with more uses than that travels half counted in the cursor.
//!
//! News is a third-party application with a successful sign-in. Until the first run has ended everything seen is the
//! baseline: kept, and never told. Afterwards an application is told when its first success falls on the day of the
//! baseline or later; earlier ones come from days that were read later on, and join the baseline. Applications of
//! Microsoft and of the customer's own make no news.

use serde::{Deserialize, Serialize};

use crate::catalogue;
use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{
    Application, ApplicationUse, Consent, InstalledApplication, Kind, Notification, Risk, Row, SignOn, UseSource,
};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error, Instant};
use crate::cursor;
use crate::datasets::{
    columns, gap, non_interactive_sign_ins, permissions, service_principals, service_sign_ins, sign_ins,
};
use crate::fault;
use crate::freshness::Freshness;
use crate::integrations::host;
use crate::step::{self, Env};
use crate::stream::{Position, Stream, by_key};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "applications";

/// Datasets that are merged.
pub const NEEDS: [&str; 4] = [service_principals::ID, sign_ins::ID, non_interactive_sign_ins::ID, service_sign_ins::ID];

/// The topic of the news.
pub const NEW_APPLICATION: &str = "new-application";

/// Days of which users and sign-ins are counted.
const RECENT: Day = 30;

/// Rows of uses that one step takes.
const BUDGET: u32 = 50_000;

/// What the uses of one application add up to.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    application: String,
    name: Option<String>,
    first: Option<Instant>,
    last: Option<Instant>,
    users: u64,
    sign_ins: u64,
    /// The user whose rows are being read, and whether that user is counted.
    user: String,
    counted: bool,
}

/// Where the work goes on.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    installed: Position,
    uses: Position,
    /// The application whose uses are half counted.
    tally: Option<Tally>,
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Applications".to_owned(),
        help: "Every application that is installed or used, and the news among them. Applications of Microsoft are \
               marked."
            .to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::Application, Kind::Notification],
        columns: columns(&[
            ("id", "The application (client) id."),
            ("name", "The name for people."),
            ("publisher", "Who made it, when that is known."),
            ("verified", "Microsoft has verified the publisher."),
            ("first-party", "Microsoft made it."),
            ("home-made", "The customer made it."),
            ("domain", "The host of its home page."),
            ("sign-on", "The single sign-on mode."),
            ("installed", "It is in the directory of the tenant."),
            ("first-seen", "The first successful sign-in in the history."),
            ("last-seen", "The last successful sign-in in the history."),
            ("users", "Users with a successful sign-in in the last 30 days."),
            ("sign-ins", "Successful sign-ins in the last 30 days."),
        ]),
        permissions: permissions(&[&[]]),
        licence: None,
    }
}

/// Merges so many rows.
///
/// # Errors
/// `storage` when the host cannot read or take rows.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    let sign_ins = Freshness::of(env.store, sign_ins::ID)?;
    let directory = Freshness::of(env.store, service_principals::ID)?;
    let mut merge = Merge {
        env,
        known: sign_ins.age != Age::Missing,
        installed: Stream::open(env.store, Kind::InstalledApplication, at.installed)?,
        uses: Stream::open(env.store, Kind::ApplicationUse, at.uses)?,
        budget: BUDGET,
        rows: Vec::new(),
    };
    let left = merge.run(at.tally)?;
    let (installed, uses) = (merge.installed.position(), merge.uses.position());
    env.sink.emit(merge.rows)?;
    match left {
        Left::Nothing => Ok(step::done_with(gaps(&[&sign_ins, &directory]))),
        Left::More(tally) => Ok(Step { outcome: cursor::more(&Cursor { installed, uses, tally })?, gaps: Vec::new() }),
    }
}

/// What a step leaves to the next.
enum Left {
    Nothing,
    More(Option<Tally>),
}

struct Merge<'a> {
    env: &'a Env<'a>,
    /// Sign-ins could be read: no uses means none.
    known: bool,
    installed: Stream<'a>,
    uses: Stream<'a>,
    budget: u32,
    rows: Vec<Row>,
}

impl Merge<'_> {
    fn run(&mut self, mut tally: Option<Tally>) -> Result<Left, Error> {
        loop {
            let id = match &tally {
                Some(tally) => tally.application.clone(),
                None => match self.next_id()? {
                    Some(id) => id,
                    None => return Ok(Left::Nothing),
                },
            };
            if self.budget == 0 {
                return Ok(Left::More(tally));
            }
            let mut counting = tally.take().unwrap_or_else(|| Tally { application: id.clone(), ..Tally::default() });
            let since = self.env.today().saturating_sub(RECENT - 1);
            while let Some(Row::ApplicationUse(used)) = self.uses.take_if(|row| same(row, &id))? {
                counting.add(&used, since);
                self.budget = self.budget.saturating_sub(1);
                if self.budget == 0 {
                    return Ok(Left::More(Some(counting)));
                }
            }
            let mut installed = None;
            while let Some(row) = self.installed.take_if(|row| same(row, &id))? {
                self.budget = self.budget.saturating_sub(1);
                if let (None, Row::InstalledApplication(row)) = (&installed, row) {
                    installed = Some(row);
                }
            }
            self.put(counting, installed);
        }
    }

    /// The lesser of the next ids of both streams.
    fn next_id(&mut self) -> Result<Option<String>, Error> {
        let installed = self.installed.peek()?.and_then(application).map(str::to_owned);
        let used = self.uses.peek()?.and_then(application).map(str::to_owned);
        Ok(match (installed, used) {
            (Some(one), Some(other)) => Some(if by_key(&one, &other).is_le() { one } else { other }),
            (one, other) => one.or(other),
        })
    }

    fn put(&mut self, tally: Tally, installed: Option<InstalledApplication>) {
        let application = merged(&tally, installed, self.known);
        let news = tally.first.filter(|_| !application.first_party && !application.home_made);
        if let Some(first) = news {
            let told = news_of(&application, first, self.env.context.baseline_ended);
            self.rows.push(Row::Notification(told));
        }
        self.rows.push(Row::Application(application));
    }
}

impl Tally {
    fn add(&mut self, used: &ApplicationUse, since: Day) {
        self.name = used.application_name.clone().or(self.name.take());
        if by_key(&self.user, &used.user).is_ne() {
            self.user.clone_from(&used.user);
            self.counted = false;
        }
        if used.sign_ins == 0 {
            return;
        }
        self.first = Some(self.first.map_or(used.first, |first| first.min(used.first)));
        self.last = Some(self.last.map_or(used.last, |last| last.max(used.last)));
        if used.day < since {
            return;
        }
        self.sign_ins = self.sign_ins.saturating_add(used.sign_ins);
        self.users += u64::from(!self.counted);
        self.counted = true;
    }
}

fn application(row: &Row) -> Option<&str> {
    match row {
        Row::InstalledApplication(row) => Some(&row.id),
        Row::ApplicationUse(row) => Some(&row.application),
        _ => None,
    }
}

fn same(row: &Row, id: &str) -> bool {
    application(row).is_some_and(|other| by_key(other, id).is_eq())
}

fn merged(tally: &Tally, installed: Option<InstalledApplication>, known: bool) -> Application {
    let listed = catalogue::first_party(&tally.application);
    let first_party = listed.is_some() || installed.as_ref().is_some_and(|row| row.first_party == Some(true));
    let name = installed.as_ref().map(|row| row.name.clone()).or_else(|| tally.name.clone());
    let name = name.or_else(|| listed.map(str::to_owned)).unwrap_or_else(|| tally.application.clone());
    let publisher = installed.as_ref().and_then(|row| row.publisher.clone());
    Application {
        id: tally.application.clone(),
        name,
        publisher: publisher.or_else(|| first_party.then(|| "Microsoft".to_owned())),
        // Microsoft does not verify itself.
        verified: installed.as_ref().filter(|_| !first_party).map(|row| row.verified_publisher.is_some()),
        first_party,
        home_made: installed.as_ref().is_some_and(|row| row.home_made == Some(true)),
        domain: installed.as_ref().and_then(|row| host::of(row.homepage.as_deref()?)),
        category: None,
        sign_on: installed.as_ref().map_or(SignOn::Unknown, |row| row.sign_on),
        installed: installed.is_some(),
        first_seen: tally.first,
        last_seen: tally.last,
        users: known.then_some(tally.users),
        sign_ins: known.then_some(tally.sign_ins),
        failures: None,
        trend: None,
        source: if tally.last.is_some() { UseSource::SignIns } else { UseSource::Directory },
        created: None,
        owners: Vec::new(),
        template: installed.as_ref().and_then(|row| row.template.clone()),
        assigned: None,
        assigned_unused: None,
        used_unassigned: None,
        scopes: Vec::new(),
        consent: Consent::Unknown,
        risk: Risk::Unknown,
        risk_note: None,
        integration: None,
        integration_match: None,
    }
}

fn news_of(application: &Application, first: Instant, baseline_ended: Option<Instant>) -> Notification {
    let day = time::day_of(first);
    let baseline = baseline_ended.is_none_or(|ended| day < time::day_of(ended));
    let publisher = application.publisher.as_deref().unwrap_or("an unknown publisher");
    Notification {
        id: format!("{NEW_APPLICATION}/{}", application.id),
        topic: NEW_APPLICATION.to_owned(),
        subject: application.id.clone(),
        title: format!("New application: {}", application.name),
        body: format!(
            "{} by {publisher} was used for the first time on {}. Application id: {}.",
            application.name,
            time::day_text(day),
            application.id
        ),
        at: first,
        baseline,
    }
}

/// Says which source is missing.
fn gaps(sources: &[&Freshness]) -> Vec<Gap> {
    let missing = sources.iter().filter(|source| source.age == Age::Missing);
    let gap = |source: &&&Freshness| {
        let message = format!("There is nothing of the dataset \"{}\" to be merged.", source.dataset);
        let cause = source.cause.clone().unwrap_or_else(|| Error::NotFound(fault::sentence(&message)));
        gap(ID, None, cause, "Mend the gap of that dataset, and run discover again.")
    };
    missing.collect::<Vec<_>>().iter().map(gap).collect()
}

#[cfg(test)]
#[path = "applications_tests.rs"]
mod tests;
