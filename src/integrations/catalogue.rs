//! The applications that platforms for the spend and use of SaaS integrate, and those that a customer adds.
//!
//! `data/applications.csv` is the project's own list; every fact in it names its source. A customer's list has the same
//! columns, of which `id` and `names` are needed, and goes before the project's: where both claim an id, a domain or a
//! name, the customer's entry has it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use csv::{ReaderBuilder, StringRecord, Trim};
use serde::Deserialize;
use thiserror::Error;

use super::{host, naming};
use crate::data::{self, Table};
use crate::settings::guid;

/// The project's list, as it is read by people.
#[cfg(test)]
const LISTED: &str = include_str!("../data/applications.csv");

/// An application that can be recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Lower-case words joined by hyphens: `google-workspace`.
    pub id: String,
    /// What it is called, the name for people first. At least one.
    pub names: Vec<String>,
    /// What it is for: `crm`, `video-conferencing`. Applications of one category compete.
    pub category: Option<String>,
    /// Who makes it, as the service names its publishers.
    pub publishers: Vec<String>,
    /// Domains of the maker whose hosts belong to this application, in lower case.
    pub domains: Vec<String>,
    /// Application ids that are the same for every customer: GUIDs in lower case.
    pub application_ids: Vec<String>,
    /// Entries of the service's application gallery: GUIDs in lower case.
    pub template_ids: Vec<String>,
    /// Id of the connector that reads it. Absent: there is none.
    pub connector: Option<String>,
    /// Platforms whose public pages say that they integrate it.
    pub integrated_by: Vec<String>,
    /// Where the facts were read; the head of the list explains the short forms.
    pub sources: Vec<String>,
}

impl Application {
    /// The name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.first().unwrap_or(&self.id)
    }
}

/// What is wrong with an entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Flaw {
    /// It is no row of the list's shape.
    #[error("it cannot be read ({0}); give the columns that the first line names, lists joined by semicolons")]
    Shape(String),
    /// The id has another form.
    #[error("`{0}` is no id; give lower-case words joined by hyphens, such as `our-crm`")]
    Id(String),
    /// There is no name.
    #[error("it has no name; give at least one under `names`")]
    Unnamed,
    /// A domain that is none, or that many owners share.
    #[error("`{0}` cannot stand for one maker; give the maker's own domain, such as `example.com`")]
    Domain(String),
    /// An application or template id that is no GUID.
    #[error("`{0}` is no application or template id; give the GUID that the directory shows")]
    Guid(String),
    /// An entry above has the same id.
    #[error("the id `{0}` is taken by an entry above; give each application one entry")]
    Taken(String),
}

/// An entry that is left out of a list, and why.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("The application in line {line} of the list is left out: {flaw}.")]
pub struct LeftOut {
    /// The line in the list, from 1.
    pub line: u64,
    /// What is wrong with it. The first flaw is told.
    pub flaw: Flaw,
}

/// A row as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", default)]
#[derive(Default)]
struct Written {
    id: String,
    names: String,
    category: String,
    publishers: String,
    domains: String,
    application_ids: String,
    template_ids: String,
    connector: String,
    integrated_by: String,
    sources: String,
}

/// Reads a list of applications. Lines that begin with `#` are remarks. What is flawed is left out and told; the rest
/// stands.
#[must_use]
pub fn read(list: &str) -> (Vec<Application>, Vec<LeftOut>) {
    let list = list.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new().comment(Some(b'#')).trim(Trim::All).from_reader(list.as_bytes());
    let mut seen = BTreeMap::new();
    let (mut applications, mut left_out) = (Vec::new(), Vec::new());
    let heading = match reader.headers() {
        Ok(heading) => heading.clone(),
        Err(error) => return (applications, vec![LeftOut { line: 1, flaw: Flaw::Shape(error.to_string()) }]),
    };
    for record in reader.records() {
        let line = match &record {
            Ok(record) => record.position().map_or(0, csv::Position::line),
            Err(error) => error.position().map_or(0, csv::Position::line),
        };
        let read = record.map_err(|error| Flaw::Shape(error.to_string())).and_then(|record| entry(&record, &heading));
        match read {
            Ok(application) => match seen.entry(application.id.clone()) {
                Entry::Vacant(free) => {
                    free.insert(());
                    applications.push(application);
                }
                Entry::Occupied(taken) => left_out.push(LeftOut { line, flaw: Flaw::Taken(taken.key().clone()) }),
            },
            Err(flaw) => left_out.push(LeftOut { line, flaw }),
        }
    }
    (applications, left_out)
}

fn entry(record: &StringRecord, heading: &StringRecord) -> Result<Application, Flaw> {
    let written: Written = record.deserialize(Some(heading)).map_err(|error| Flaw::Shape(error.to_string()))?;
    if !is_id(&written.id) {
        return Err(Flaw::Id(written.id));
    }
    let names = parts(&written.names);
    if names.is_empty() {
        return Err(Flaw::Unnamed);
    }
    let domains = parts(&written.domains.to_ascii_lowercase());
    if let Some(odd) = domains.iter().find(|domain| !host::is_one_owners(domain)) {
        return Err(Flaw::Domain(odd.clone()));
    }
    Ok(Application {
        id: written.id,
        names,
        category: told(written.category),
        publishers: parts(&written.publishers),
        domains,
        application_ids: guids(&written.application_ids)?,
        template_ids: guids(&written.template_ids)?,
        connector: told(written.connector),
        integrated_by: parts(&written.integrated_by),
        sources: parts(&written.sources),
    })
}

fn is_id(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.split('-').all(word)
}

fn parts(list: &str) -> Vec<String> {
    list.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn guids(list: &str) -> Result<Vec<String>, Flaw> {
    parts(list).into_iter().map(|id| guid(&id).ok_or(Flaw::Guid(id))).collect()
}

/// A cell that says something; `none` says that there is nothing.
fn told(cell: String) -> Option<String> {
    if cell.is_empty() || cell == "none" { None } else { Some(cell) }
}

/// The applications of all lists, found by what is known of them.
#[derive(Debug)]
pub struct Catalogue {
    applications: Vec<Application>,
    by_application_id: BTreeMap<String, usize>,
    by_template_id: BTreeMap<String, usize>,
    by_domain: BTreeMap<String, usize>,
    by_name: BTreeMap<String, usize>,
    by_publisher: BTreeMap<String, Vec<usize>>,
}

impl Catalogue {
    /// The customer's applications before the project's own.
    #[must_use]
    pub fn new(customers: Vec<Application>) -> Self {
        let mut catalogue = Self {
            applications: Vec::new(),
            by_application_id: BTreeMap::new(),
            by_template_id: BTreeMap::new(),
            by_domain: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_publisher: BTreeMap::new(),
        };
        let (listed, _) = read(data::text(Table::Applications));
        for application in customers.into_iter().chain(listed) {
            catalogue.add(application);
        }
        catalogue
    }

    /// Takes up an application; what is claimed already stays with the first.
    fn add(&mut self, application: Application) {
        if self.get(&application.id).is_some() {
            return;
        }
        let at = self.applications.len();
        let claim = |index: &mut BTreeMap<String, usize>, key: &str| {
            index.entry(key.to_owned()).or_insert(at);
        };
        application.application_ids.iter().for_each(|id| claim(&mut self.by_application_id, id));
        application.template_ids.iter().for_each(|id| claim(&mut self.by_template_id, id));
        application.domains.iter().for_each(|domain| claim(&mut self.by_domain, domain));
        application.names.iter().filter_map(|name| naming::bare(name)).for_each(|name| claim(&mut self.by_name, &name));
        for publisher in application.publishers.iter().filter_map(|name| naming::bare(name)) {
            let known = self.by_publisher.entry(publisher).or_default();
            if !known.contains(&at) {
                known.push(at);
            }
        }
        self.applications.push(application);
    }

    /// All applications, the customer's first.
    #[must_use]
    pub fn applications(&self) -> &[Application] {
        &self.applications
    }

    /// Finds an application by its id in the catalogue.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.id == id)
    }

    /// Finds the application that has an application id.
    #[must_use]
    pub fn with_application_id(&self, id: &str) -> Option<&Application> {
        self.at(self.by_application_id.get(&id.to_ascii_lowercase()))
    }

    /// Finds the application that came from an entry of the gallery.
    #[must_use]
    pub fn with_template_id(&self, id: &str) -> Option<&Application> {
        self.at(self.by_template_id.get(&id.to_ascii_lowercase()))
    }

    /// Finds the application to which a host belongs, and the domain that says so: the host itself or the longest
    /// domain above it.
    #[must_use]
    pub fn with_host<'h>(&self, host: &'h str) -> Option<(&Application, &'h str)> {
        let mut domain = host;
        loop {
            if let Some(application) = self.at(self.by_domain.get(domain)) {
                return Some((application, domain));
            }
            domain = domain.split_once('.')?.1;
        }
    }

    /// Finds the application that has a name; ways of writing it are equal.
    #[must_use]
    pub fn with_name(&self, name: &str) -> Option<&Application> {
        self.at(self.by_name.get(&naming::bare(name)?))
    }

    /// Finds all applications of a publisher; ways of writing its name are equal.
    pub fn of_publisher(&self, publisher: &str) -> impl Iterator<Item = &Application> {
        let known = naming::bare(publisher).and_then(|name| self.by_publisher.get(&name));
        known.into_iter().flatten().filter_map(|at| self.applications.get(*at))
    }

    fn at(&self, place: Option<&usize>) -> Option<&Application> {
        self.applications.get(*place?)
    }
}

#[cfg(test)]
mod tests;
