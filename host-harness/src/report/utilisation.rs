//! Which share of the known days persons used what they have: by person, feature, product or department.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rusqlite::Transaction;

use super::days::{Known, Look, since_created, users};
use super::{CONNECTION, Cell, Column, Question, Report, Unit, cell, column};
use crate::contract::rows::{Kind, Row};
use crate::storage::{Connection, Database, Failure, StorageError, each};

/// What the shares are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// Each person
    User,
    /// Each feature
    #[default]
    Feature,
    /// The holders of each product
    Product,
    /// The persons of each department
    Department,
}

/// What was added up of one subject.
#[derive(Default)]
struct Sum {
    persons: u64,
    active: u64,
    used: u64,
    known: u64,
}

impl Database {
    /// Utilisation: the days on which persons used something, of the days that are known of them. Days that are not
    /// known, and those before a person's account was made, count neither way.
    ///
    /// By person, product and department a day counts when anything was used on it, or the feature that was asked for.
    ///
    /// # Errors
    /// A connection is unknown, or the database cannot be read.
    pub fn utilisation_report(&self, question: Question<'_>, look: Look<'_>, by: By) -> Result<Report, StorageError> {
        self.read(|tx| {
            let (name, title) = match by {
                By::User => ("principal_name", "Principal name"),
                By::Feature => ("feature", "Feature"),
                By::Product => ("product", "Product"),
                By::Department => ("department", "Department"),
            };
            let columns: &[Column] = &[
                CONNECTION,
                column(name, title, Unit::Text),
                column("persons", "Persons", Unit::Count),
                column("active", "Active", Unit::Count),
                column("used_days", "Days used", Unit::Count),
                column("known_days", "Days known", Unit::Count),
                column("percent", "Utilisation %", Unit::Count),
            ];
            let mut report = Report::new("Utilisation", columns);
            for connection in question.connections(tx)? {
                add(tx, &question, &connection, &look, by, &mut report)?;
            }
            question.cut(&mut report);
            Ok(report)
        })
    }
}

fn add(
    tx: &Transaction<'_>,
    question: &Question<'_>,
    connection: &Connection,
    look: &Look<'_>,
    by: By,
    report: &mut Report,
) -> Result<(), Failure> {
    let today = question.today();
    let known = Known::read(tx, connection, look, today)?;
    let any = known.of_any(look);
    let users = users(tx, connection)?;
    let held = if by == By::Product { products(tx, connection)? } else { HashMap::new() };
    let mut sums: BTreeMap<Option<String>, Sum> = BTreeMap::new();
    let mut unjoined: u64 = 0;
    known.persons(tx, connection, look, |person| {
        let user = users.get(&person.name.to_lowercase());
        if by == By::Feature {
            for (feature, used) in &person.used {
                let days = since_created(&known.of(feature), user);
                sums.entry(Some(feature.clone())).or_default().count(used, &days);
            }
            return;
        }
        let used: BTreeSet<_> = person.used.values().flatten().copied().collect();
        let days = since_created(&any, user);
        let subjects = match (by, user) {
            (By::User, _) => vec![Some(person.name.clone())],
            _ if person.concealed => Vec::new(),
            (By::Department, Some(user)) => vec![user.department.clone()],
            (By::Product, Some(user)) => {
                held.get(&user.id.to_lowercase()).into_iter().flatten().cloned().map(Some).collect()
            }
            _ => Vec::new(),
        };
        unjoined += u64::from(subjects.is_empty() && (person.concealed || user.is_none()));
        for subject in subjects {
            sums.entry(subject).or_default().count(&used, &days);
        }
    })?;
    for (subject, sum) in sums {
        // To the nearest whole number.
        let percent = (sum.known > 0).then(|| (sum.used * 200 + sum.known) / (sum.known * 2));
        report.rows.push(vec![
            Cell::Text(connection.name.clone()),
            cell::text(subject.as_ref()),
            cell::count(sum.persons),
            cell::count(sum.active),
            cell::count(sum.used),
            cell::count(sum.known),
            cell::count_if_any(percent),
        ]);
    }
    let name = &connection.name;
    report.notes.push(super::heat_map::told(name, &known, look, today));
    if unjoined > 0 {
        report
            .notes
            .push(format!("{name}: {unjoined} names of the reports belong to no known person, and are left out."));
    }
    Ok(())
}

/// The names of the products that each person holds, by id in lower case.
fn products(tx: &Transaction<'_>, connection: &Connection) -> Result<HashMap<String, BTreeSet<String>>, Failure> {
    let (mut names, mut held) = (HashMap::new(), HashMap::<String, BTreeSet<String>>::new());
    each(tx, connection.id, Kind::Product, |row| {
        if let Row::Product(product) = row {
            names.insert(product.id.to_lowercase(), product.name);
        }
    })?;
    each(tx, connection.id, Kind::Entitlement, |row| {
        if let Row::Entitlement(seat) = row {
            let name = names.get(&seat.product.to_lowercase()).unwrap_or(&seat.product).clone();
            held.entry(seat.user.to_lowercase()).or_default().insert(name);
        }
    })?;
    Ok(held)
}

impl Sum {
    fn count(&mut self, used: &BTreeSet<jiff::civil::Date>, days: &BTreeSet<jiff::civil::Date>) {
        let used = used.intersection(days).count() as u64;
        self.persons += 1;
        self.active += u64::from(used > 0);
        self.used += used;
        self.known += days.len() as u64;
    }
}
