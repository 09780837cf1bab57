//! Days of use: which days are known of a feature, and on which of them each person used it.
//!
//! A row of use whose window is one day says that the person used the feature on that day. A day is known of a feature
//! when the partition of that day was published in a dataset that tells of the feature: then who has no row did not use
//! it. A day that is not known says nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Transaction, params};

use crate::contract::rows::{Kind, Row, User};
use crate::storage::{Connection, Failure, date_of, each, partitions};

/// Which days are looked at, and of what.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// So many days, today being the last.
    pub days: u16,
    /// This feature alone.
    pub feature: Option<&'a str>,
    /// Persons with this in their principal name, whatever its case.
    pub user: Option<&'a str>,
}

/// The known days of a connection.
pub(super) struct Known {
    /// The first day that is looked at.
    pub(super) since: Date,
    of_dataset: BTreeMap<String, BTreeSet<Date>>,
    datasets: BTreeMap<String, BTreeSet<String>>,
}

/// One person's days, by feature.
pub(super) struct Person {
    pub(super) name: String,
    pub(super) concealed: bool,
    /// Also of features that the person has and did not use on any of the days.
    pub(super) used: BTreeMap<String, BTreeSet<Date>>,
}

impl Known {
    pub(super) fn read(
        tx: &Transaction<'_>,
        connection: &Connection,
        look: &Look<'_>,
        today: Date,
    ) -> Result<Self, Failure> {
        let since = today.saturating_sub(i64::from(look.days.max(1) - 1).days());
        let mut of_dataset: BTreeMap<String, BTreeSet<Date>> = BTreeMap::new();
        for partition in partitions(tx, connection.id)?.into_iter().filter(|partition| partition.published.is_some()) {
            let day = partition.id.split_once('/').and_then(|(_, day)| day.parse::<Date>().ok());
            if let Some(day) = day.filter(|day| *day >= since) {
                of_dataset.entry(partition.dataset).or_default().insert(day);
            }
        }
        let mut datasets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut statement = tx.prepare_cached(
            "SELECT DISTINCT r.feature, p.dataset FROM row_usage r CROSS JOIN task_partition p
             ON p.generation = r.generation WHERE r.connection = ?1 AND r.\"from\" = r.\"to\"",
        )?;
        let mut found = statement.query([connection.id.0])?;
        while let Some(row) = found.next()? {
            datasets.entry(row.get(0)?).or_default().insert(row.get(1)?);
        }
        Ok(Self { since, of_dataset, datasets })
    }

    /// Features of which single days are known.
    pub(super) fn features(&self) -> impl Iterator<Item = &str> {
        self.datasets.keys().map(String::as_str)
    }

    /// The known days of a feature.
    pub(super) fn of(&self, feature: &str) -> BTreeSet<Date> {
        let datasets = self.datasets.get(feature).into_iter().flatten();
        datasets.filter_map(|dataset| self.of_dataset.get(dataset)).flatten().copied().collect()
    }

    /// The days that are known of any feature.
    pub(super) fn of_any(&self, look: &Look<'_>) -> BTreeSet<Date> {
        match look.feature {
            Some(feature) => self.of(feature),
            None => self.datasets.keys().flat_map(|feature| self.of(feature)).collect(),
        }
    }

    /// Gives each person, in the order of the principal name.
    pub(super) fn persons(
        &self,
        tx: &Transaction<'_>,
        connection: &Connection,
        look: &Look<'_>,
        mut take: impl FnMut(Person),
    ) -> Result<(), Failure> {
        let user = look.user.map(str::to_lowercase);
        let mut statement = tx.prepare_cached(
            "SELECT r.principal_name, r.concealed, r.feature, r.\"from\", r.\"to\" FROM row_usage r
             CROSS JOIN task_partition p ON p.generation = r.generation WHERE r.connection = ?1 ORDER BY r.key",
        )?;
        let mut found = statement.query(params![connection.id.0])?;
        let mut at: Option<Person> = None;
        while let Some(row) = found.next()? {
            let (name, feature): (String, String) = (row.get(0)?, row.get(2)?);
            let of_feature =
                look.feature.is_none_or(|wanted| wanted == feature) && self.datasets.contains_key(&feature);
            if !of_feature || user.as_ref().is_some_and(|user| !name.to_lowercase().contains(user)) {
                continue;
            }
            if at.as_ref().is_some_and(|person| person.name.to_lowercase() != name.to_lowercase()) {
                at.take().into_iter().for_each(&mut take);
            }
            let concealed: bool = row.get(1)?;
            let person = at.get_or_insert_with(|| Person { name, concealed, used: BTreeMap::new() });
            let days = person.used.entry(feature).or_default();
            let (from, to): (String, String) = (row.get(3)?, row.get(4)?);
            if from == to {
                days.extend(from.parse::<Date>().ok().filter(|day| *day >= self.since));
            }
        }
        at.into_iter().for_each(take);
        Ok(())
    }
}

/// Users by principal name in lower case.
pub(super) fn users(tx: &Transaction<'_>, connection: &Connection) -> Result<HashMap<String, User>, Failure> {
    let mut users = HashMap::new();
    each(tx, connection.id, Kind::User, |row| {
        if let Row::User(user) = row {
            users.insert(user.principal_name.to_lowercase(), user);
        }
    })?;
    Ok(users)
}

/// The days of these on which the person was there: those before the account was made say nothing of it.
pub(super) fn since_created(days: &BTreeSet<Date>, user: Option<&User>) -> BTreeSet<Date> {
    let created = user.and_then(|user| Timestamp::from_second(user.created?).ok()).map(date_of);
    days.iter().filter(|day| created.is_none_or(|created| **day >= created)).copied().collect()
}
