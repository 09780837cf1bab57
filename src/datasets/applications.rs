//! Applications: what is installed, used, given and granted, merged by application id, and the news among them.
//!
//! All sources come from the store in the order of the application id and are merged as they stream, so that memory
//! stays small however long the history is. A step takes so many rows and leaves the rest to the next; an application
//! with more rows than that travels half counted in the cursor. Uses and assignments of an application come in the order
//! of the user, so that who was given it and who used it is found without a table of users.

mod news;
mod tally;

use crate::catalogue;
use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Application, Consent, InstalledApplication, Kind, Risk, Row, SignOn, UseSource};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error};
use crate::cursor;
use crate::datasets::{
    app_assignments, app_members, columns, gap, grants, non_interactive_sign_ins, permissions, service_principals,
    service_sign_ins, sign_in_summaries, sign_ins,
};
use crate::fault;
use crate::freshness::Freshness;
use crate::integrations::catalogue::Catalogue;
use crate::integrations::matcher::{self, Facts};
use crate::integrations::{host, own};
use crate::kept;
use crate::reach;
use crate::step::{self, Env, Store};
use crate::stream::{Position, Stream, by_key};
use news::News;
use tally::{Tally, WINDOW};

/// The id of the dataset.
pub const ID: &str = "applications";

/// Datasets that are merged.
pub const NEEDS: [&str; 8] = [
    service_principals::ID,
    sign_ins::ID,
    non_interactive_sign_ins::ID,
    service_sign_ins::ID,
    sign_in_summaries::ID,
    grants::ID,
    app_assignments::ID,
    app_members::ID,
];

/// Rows that one step takes.
const BUDGET: u32 = 50_000;

/// What `integration` ends with when an application is known and cannot be connected.
const UNCONNECTED: &str = " (no connector yet)";

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    installed: Position,
    uses: Position,
    grants: Position,
    assignments: Position,
    before: Position,
    /// The application that is half counted.
    tally: Option<Tally>,
    /// The merge before knew of rights.
    rights_known: Option<bool>,
}

kept!(Cursor { installed, uses, grants, assignments, before, tally, rights_known });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Applications".to_owned(),
        help: "Every application that is installed or used, what it may do, who was given it, whether it can be \
               integrated, and the news among them. Applications of Microsoft are marked."
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
            ("category", "What it is for, such as video-conferencing."),
            ("sign-on", "The single sign-on mode."),
            ("installed", "It is in the directory of the tenant."),
            ("first-seen", "The first successful sign-in that was ever read."),
            ("last-seen", "The last one."),
            ("users", "Users with a successful sign-in in the last 30 days."),
            ("sign-ins", "Their successful sign-ins in the last 30 days."),
            ("failures", "Failed sign-ins in the last 30 days."),
            ("trend", "Sign-ins of the last 30 days against the 30 before, in percent."),
            ("source", "Where its use is known from: sign-ins, aggregate or directory."),
            ("created", "When it was installed."),
            ("owners", "Who owns it."),
            ("template", "The gallery entry that it came from."),
            ("assigned", "Users and groups that were given it by name."),
            ("assigned-unused", "Users that were given it, by name or through a group, and never signed in."),
            ("used-unassigned", "Users that signed in and were given it neither by name nor through a group."),
            ("scopes", "Its rights; those with which it acts by itself are marked."),
            ("consent", "Who agreed to them: user, administrator, both or none."),
            ("risk", "How far they reach: low, medium or high."),
            ("risk-note", "What they come to."),
            ("integration", "What it is among applications that can be integrated, and by what."),
            ("integration-match", "How sure that is, and why."),
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
    let fresh = |dataset| Freshness::of(env.store, dataset);
    let (log, directory, rights) = (fresh(sign_ins::ID)?, fresh(service_principals::ID)?, fresh(grants::ID)?);
    let (given, members) = (fresh(app_assignments::ID)?, fresh(app_members::ID)?);
    let (own, mut gaps) = own::read(env.store)?;
    let rights_known = match at.rights_known {
        Some(known) => known,
        None => knows_rights(env.store)?,
    };
    let open = |kind, at| Stream::open(env.store, kind, at);
    let mut merge = Merge {
        today: env.today(),
        known: log.age != Age::Missing,
        rights: rights.age != Age::Missing,
        given: given.age != Age::Missing,
        // Older ones are those of groups that may have it no longer.
        members: members.published >= given.published,
        long: is_long(env)?,
        catalogue: Catalogue::new(own),
        news: News { now: env.context.now, baseline_ended: env.context.baseline_ended, rights_known },
        installed: open(Kind::InstalledApplication, at.installed)?,
        uses: open(Kind::ApplicationUse, at.uses)?,
        grants: open(Kind::Grant, at.grants)?,
        assignments: open(Kind::AppAssignment, at.assignments)?,
        before: open(Kind::Application, at.before)?,
        budget: BUDGET,
        rows: Vec::new(),
    };
    if let Left::More(tally) = merge.run(at.tally)? {
        let cursor = Cursor {
            installed: merge.installed.position(),
            uses: merge.uses.position(),
            grants: merge.grants.position(),
            assignments: merge.assignments.position(),
            before: merge.before.position(),
            tally: tally.map(|tally| *tally),
            rights_known: Some(rights_known),
        };
        env.sink.emit(merge.rows)?;
        return Ok(Step { outcome: cursor::more(&cursor)?, gaps: Vec::new() });
    }
    if matches!(log.cause, Some(Error::LicenceNeeded(_))) {
        merge.rows.push(merge.news.not_premium());
    }
    env.sink.emit(merge.rows)?;
    gaps.extend(missing(&[&log, &directory, &rights]));
    Ok(step::done_with(gaps))
}

/// Whether the merge before knew of rights: either all of its rows do, or none.
fn knows_rights(store: &dyn Store) -> Result<bool, Error> {
    let first = store.scan(Kind::Application, None, 1)?.rows.into_iter().next();
    Ok(matches!(first, Some(Row::Application(row)) if row.consent != Consent::Unknown))
}

/// Whether the history holds both windows of a trend.
fn is_long(env: &Env) -> Result<bool, Error> {
    let days = env.store.ages(sign_ins::ID)?;
    let read = days.into_iter().filter(|day| day.published.is_some());
    let first = read.filter_map(|day| sign_ins::day_of(&day.partition)).min();
    Ok(first.is_some_and(|first| first <= env.today() - 2 * WINDOW + 1))
}

/// What a step leaves to the next.
enum Left {
    Nothing,
    More(Option<Box<Tally>>),
}

struct Merge<'a> {
    today: Day,
    /// Sign-ins could be read: no uses means none. The same of rights and assignments.
    known: bool,
    rights: bool,
    given: bool,
    /// Members of groups could be read, since assignments were.
    members: bool,
    /// The history is long enough for a trend.
    long: bool,
    catalogue: Catalogue,
    news: News,
    installed: Stream<'a>,
    uses: Stream<'a>,
    grants: Stream<'a>,
    assignments: Stream<'a>,
    before: Stream<'a>,
    budget: u32,
    rows: Vec<Row>,
}

impl Merge<'_> {
    fn run(&mut self, mut tally: Option<Tally>) -> Result<Left, Error> {
        loop {
            let mut counting = match tally.take() {
                Some(counting) => counting,
                None => match self.next_id()? {
                    Some(id) => Tally::new(id),
                    None => return Ok(Left::Nothing),
                },
            };
            if !self.count(&mut counting)? {
                return Ok(Left::More(Some(Box::new(counting))));
            }
            let id = counting.application.clone();
            let (mut installed, mut before) = (None, None);
            while let Some(row) = self.installed.take_if(|row| same(row, &id))? {
                self.spend();
                if let (None, Row::InstalledApplication(row)) = (&installed, row) {
                    installed = Some(row);
                }
            }
            while let Some(row) = self.before.take_if(|row| by_order(row, &id).is_le())? {
                if let Row::Application(row) = row {
                    before = Some(row).filter(|row| same_id(&row.id, &id));
                }
            }
            self.put(&counting, installed, before.as_ref());
            if self.budget == 0 {
                return Ok(Left::More(None));
            }
        }
    }

    /// Counts the rows of an application; `false` when there are more than the step takes.
    fn count(&mut self, tally: &mut Tally) -> Result<bool, Error> {
        let id = tally.application.clone();
        while let Some(row) = self.grants.take_if(|row| same(row, &id))? {
            if let Row::Grant(row) = row {
                tally.grant(row);
            }
            if !self.spend() {
                return Ok(false);
            }
        }
        while let Some(Row::ApplicationUse(used)) = self.uses.take_if(|row| same(row, &id))? {
            if tally.is_next_user(&used) {
                tally.next_user(&used.user);
                self.assigned(tally, &id)?;
            }
            tally.add(&used, self.today);
            if !self.spend() {
                return Ok(false);
            }
        }
        tally.next_user("");
        while let Some(Row::AppAssignment(row)) = self.assignments.take_if(|row| same(row, &id))? {
            tally.assignment(row, self.members);
            if !self.spend() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes up the assignments of the user whose rows are read, and of those before.
    fn assigned(&mut self, tally: &mut Tally, id: &str) -> Result<(), Error> {
        let wanted = |tally: &Tally, row: &Row| match row {
            Row::AppAssignment(row) => {
                same_id(&row.application, id) && (row.group || tally.place_of(&row.principal).is_le())
            }
            _ => false,
        };
        while let Some(Row::AppAssignment(row)) = self.assignments.take_if(|row| wanted(tally, row))? {
            tally.assignment(row, self.members);
            self.spend();
        }
        Ok(())
    }

    /// Counts a row; `false` when it was the last that the step takes.
    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    /// The least of the next ids of all streams.
    fn next_id(&mut self) -> Result<Option<String>, Error> {
        let mut least: Option<String> = None;
        for stream in [&mut self.installed, &mut self.uses, &mut self.grants, &mut self.assignments] {
            let Some(id) = stream.peek()?.and_then(application) else { continue };
            if least.as_ref().is_none_or(|least| by_key(id, least).is_lt()) {
                least = Some(id.to_owned());
            }
        }
        Ok(least)
    }

    fn put(&mut self, tally: &Tally, installed: Option<InstalledApplication>, before: Option<&Application>) {
        let application = self.merged(tally, installed, before);
        let news = self.news.of(before, &application);
        self.rows.extend(news);
        self.rows.push(Row::Application(application));
    }

    fn merged(
        &self,
        tally: &Tally,
        installed: Option<InstalledApplication>,
        before: Option<&Application>,
    ) -> Application {
        // Days expire, and what was seen on them stays true.
        let first_seen = [tally.first, before.and_then(|row| row.first_seen)].into_iter().flatten().min();
        let last_seen = tally.last.max(tally.sums.last).max(before.and_then(|row| row.last_seen));
        let listed = catalogue::first_party(&tally.application);
        let first_party = listed.is_some() || installed.as_ref().is_some_and(|row| row.first_party == Some(true));
        let name = installed.as_ref().map(|row| row.name.clone()).or_else(|| tally.name.clone());
        let name = name.or_else(|| listed.map(str::to_owned)).unwrap_or_else(|| tally.application.clone());
        let publisher = installed.as_ref().and_then(|row| row.publisher.clone());
        let (category, integration, integration_match) = if first_party {
            Default::default()
        } else {
            self.recognised(&tally.application, &name, installed.as_ref())
        };
        let (risk, risk_note) = if self.rights { reach::note(&tally.rights) } else { (Risk::Unknown, None) };
        let summed = tally.sums.sign_ins.filter(|_| !self.known);
        let source = match (first_seen, tally.sums.last.is_some() || summed.is_some()) {
            (Some(_), _) => UseSource::SignIns,
            (None, true) => UseSource::Aggregate,
            (None, false) => UseSource::Directory,
        };
        let named = self.known && self.given && tally.groups == 0;
        Application {
            id: tally.application.clone(),
            name,
            publisher: publisher.or_else(|| first_party.then(|| "Microsoft".to_owned())),
            // Microsoft does not verify itself.
            verified: installed.as_ref().filter(|_| !first_party).map(|row| row.verified_publisher.is_some()),
            first_party,
            home_made: installed.as_ref().is_some_and(|row| row.home_made == Some(true)),
            domain: installed.as_ref().and_then(|row| host::of(row.homepage.as_deref()?)),
            category,
            sign_on: installed.as_ref().map_or(SignOn::Unknown, |row| row.sign_on),
            installed: installed.is_some(),
            first_seen,
            last_seen,
            users: self.known.then_some(tally.users),
            sign_ins: self.known.then_some(tally.sign_ins).or(summed),
            failures: self.known.then_some(tally.failures).or(summed.map(|_| tally.sums.failures)),
            trend: tally.trend().filter(|_| self.long),
            source,
            created: installed.as_ref().and_then(|row| row.created),
            template: installed.as_ref().and_then(|row| row.template.clone()),
            owners: installed.map(|row| row.owners).unwrap_or_default(),
            assigned: self.given.then_some(tally.given),
            assigned_unused: named.then_some(tally.given_unused),
            used_unassigned: named.then_some(tally.used_ungiven),
            scopes: tally.rights.iter().cloned().collect(),
            consent: if self.rights { tally.consent() } else { Consent::Unknown },
            risk,
            risk_note,
            integration,
            integration_match,
        }
    }

    /// Category, integration, and how sure that is.
    fn recognised(
        &self,
        id: &str,
        name: &str,
        installed: Option<&InstalledApplication>,
    ) -> (Option<String>, Option<String>, Option<String>) {
        let used = Facts { application_id: id, name, ..Facts::default() };
        let Some(found) = matcher::find(&self.catalogue, &installed.map_or(used, Facts::from)) else {
            return Default::default();
        };
        let known = found.application;
        let how = match &known.connector {
            Some(connector) => format!("{}, by the connector {connector}", known.name()),
            None if known.integrated_by.is_empty() => format!("{}{UNCONNECTED}", known.name()),
            None => format!("{}, as {} does", known.name(), known.integrated_by.join(" and ")),
        };
        (known.category.clone(), Some(how), Some(found.to_string()))
    }
}

fn application(row: &Row) -> Option<&str> {
    match row {
        Row::InstalledApplication(row) => Some(&row.id),
        Row::ApplicationUse(row) => Some(&row.application),
        Row::Grant(row) => Some(&row.application),
        Row::AppAssignment(row) => Some(&row.application),
        _ => None,
    }
}

fn same(row: &Row, id: &str) -> bool {
    application(row).is_some_and(|other| same_id(other, id))
}

fn same_id(one: &str, other: &str) -> bool {
    by_key(one, other).is_eq()
}

fn by_order(row: &Row, id: &str) -> std::cmp::Ordering {
    match row {
        Row::Application(row) => by_key(&row.id, id),
        _ => std::cmp::Ordering::Less,
    }
}

/// Says which source is missing.
fn missing(sources: &[&Freshness]) -> Vec<Gap> {
    let missing = sources.iter().filter(|source| source.age == Age::Missing);
    let gap = |source: &&Freshness| {
        let message = format!("There is nothing of the dataset \"{}\" to be merged.", source.dataset);
        let cause = source.cause.clone().unwrap_or_else(|| Error::NotFound(fault::sentence(&message)));
        gap(ID, None, cause, "Mend the gap of that dataset, and run discover again.")
    };
    missing.map(gap).collect()
}

#[cfg(test)]
#[path = "applications_tests.rs"]
mod tests;
