//! The applications that platforms for the spend and use of SaaS integrate, and those that a customer adds.
//!
//! `data/applications.csv` is the project's own list; every fact in it names its source. A customer's list has the same
//! columns, of which `id` and `names` are needed, and goes before the project's: where both claim an id, a domain or a
//! name, the customer's entry has it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{host, naming};
use crate::data::{self, Table};
use crate::reports::csv::{Cells, Column, Report};
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
    /// The list has no columns `id` and `names`, or is no table at all.
    #[error("it is no list; give the columns `id` and `names` in the first line, and separate cells by commas")]
    Shape,
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
#[error("Entry {entry} of the list of applications is left out: {flaw}.")]
pub struct LeftOut {
    /// The entry's place in the list below the heading, from 1.
    pub entry: usize,
    /// What is wrong with it. The first flaw is told.
    pub flaw: Flaw,
}

/// Where the columns of a list are.
struct Columns {
    id: Column,
    names: Column,
    /// Category, publishers, domains, application ids, template ids, connector, integrated by, sources.
    others: [Option<Column>; 8],
}

impl Columns {
    fn find(list: &Report<'_>) -> Option<Self> {
        let others = [
            "category",
            "publishers",
            "domains",
            "application-ids",
            "template-ids",
            "connector",
            "integrated-by",
            "sources",
        ];
        Some(Self {
            id: list.column("id")?,
            names: list.column("names")?,
            others: others.map(|name| list.column(name)),
        })
    }
}

/// Reads a list of applications. Lines that begin with `#` are remarks. What is flawed is left out and told; the rest
/// stands.
#[must_use]
pub fn read(list: &[u8]) -> (Vec<Application>, Vec<LeftOut>) {
    let (mut applications, mut left_out, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    let end = |entry, applications, mut left_out: Vec<LeftOut>| {
        left_out.push(LeftOut { entry, flaw: Flaw::Shape });
        (applications, left_out)
    };
    // Remarks at the head come before the heading.
    let mut list = list;
    while list.first() == Some(&b'#') {
        list = list.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default();
    }
    if list.is_empty() {
        return (applications, left_out);
    }
    let Ok(mut list) = Report::open(list, "The list of applications") else { return end(0, applications, left_out) };
    let Some(columns) = Columns::find(&list) else { return end(0, applications, left_out) };
    let mut entry = 0;
    loop {
        let cells = match list.next_row() {
            Ok(Some(cells)) => cells,
            Ok(None) => return (applications, left_out),
            Err(_) => return end(entry + 1, applications, left_out),
        };
        if cells.text(columns.id).is_some_and(|id| id.starts_with('#')) {
            continue;
        }
        entry += 1;
        match self::entry(&cells, &columns) {
            Ok(application) if seen.insert(application.id.clone()) => applications.push(application),
            Ok(application) => left_out.push(LeftOut { entry, flaw: Flaw::Taken(application.id) }),
            Err(flaw) => left_out.push(LeftOut { entry, flaw }),
        }
    }
}

fn entry(cells: &Cells<'_>, columns: &Columns) -> Result<Application, Flaw> {
    let text = |column| cells.text(column).unwrap_or_default();
    let [category, publishers, domains, application_ids, template_ids, connector, integrated_by, sources] =
        columns.others.map(|column| column.map(text).unwrap_or_default());
    let id = text(columns.id);
    if !is_id(&id) {
        return Err(Flaw::Id(id));
    }
    let names = parts(&text(columns.names));
    if names.is_empty() {
        return Err(Flaw::Unnamed);
    }
    let domains = parts(&domains.to_ascii_lowercase());
    if let Some(odd) = domains.iter().find(|domain| !host::is_one_owners(domain)) {
        return Err(Flaw::Domain(odd.clone()));
    }
    Ok(Application {
        id,
        names,
        category: told(category),
        publishers: parts(&publishers),
        domains,
        application_ids: guids(&application_ids)?,
        template_ids: guids(&template_ids)?,
        connector: told(connector),
        integrated_by: parts(&integrated_by),
        sources: parts(&sources),
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
        let (listed, _) = read(data::text(Table::Applications).as_bytes());
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
