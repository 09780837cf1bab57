//! A host for tests: a store with rows and ages, a sink that keeps what it is given, and a network from a list.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::contract::connector::{Context, Gap, Outcome, Step, Task};
use crate::contract::rows::{AppAssignment, InstalledApplication, Kind, Row, SignOn};
use crate::contract::store::{Age, Freshness, Page};
use crate::contract::types::{Error, Instant};
use crate::graph::Graph;
use crate::settings::Settings;
use crate::step::{self, Env, Sink, Store};
use crate::time;
use crate::wire::{self, Wire};

/// 2026-11-20T10:30:00Z.
pub(crate) const NOW: Instant = 20_777 * time::DAY + 37_800;

/// A made-up host.
pub(crate) struct Bench {
    pub(crate) wire: Wire,
    pub(crate) settings: Settings,
    pub(crate) context: Context,
    /// Rows of one page of the store.
    pub(crate) page: usize,
    pub(crate) prices: Option<&'static str>,
    pub(crate) product_names: Option<&'static str>,
    /// What the partition kept when it was built before.
    pub(crate) bookmark: Option<Vec<u8>>,
    rows: Vec<Row>,
    ages: BTreeMap<String, Freshness>,
    emitted: RefCell<Vec<Row>>,
}

/// What a task came to.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) rows: Vec<Row>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) outcome: Outcome,
    pub(crate) steps: usize,
}

impl Bench {
    pub(crate) fn new(wire: Wire) -> Self {
        Self {
            wire,
            settings: wire::settings(&[]),
            context: Context { now: NOW, baseline_ended: None },
            page: 1000,
            prices: None,
            product_names: None,
            bookmark: None,
            rows: Vec::new(),
            ages: BTreeMap::new(),
            emitted: RefCell::default(),
        }
    }

    /// A store with these rows.
    pub(crate) fn with(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self.rows.sort_by_key(key);
        self
    }

    /// Datasets of this age, published now.
    pub(crate) fn aged(mut self, age: Age, datasets: &[&str]) -> Self {
        for dataset in datasets {
            let published = (age != Age::Missing).then_some(NOW);
            let freshness = Freshness { partition: (*dataset).to_owned(), age, published, cause: None };
            self.ages.insert((*dataset).to_owned(), freshness);
        }
        self
    }

    /// A dataset that was published then.
    pub(crate) fn published(mut self, dataset: &str, at: Instant) -> Self {
        if let Some(age) = self.ages.get_mut(dataset) {
            age.published = Some(at);
        }
        self
    }

    /// A dataset that could not be renewed.
    pub(crate) fn caused(mut self, dataset: &str, cause: Error) -> Self {
        if let Some(age) = self.ages.get_mut(dataset) {
            age.cause = Some(cause);
        }
        self
    }

    /// A dataset whose one partition is this.
    pub(crate) fn partitioned(mut self, dataset: &str, partition: &str) -> Self {
        if let Some(age) = self.ages.get_mut(dataset) {
            age.partition = partition.to_owned();
        }
        self
    }

    /// One step of the task of this id.
    pub(crate) fn step(&self, id: &str, cursor: Option<&[u8]>) -> Result<Step, Error> {
        self.step_with(id, None, cursor)
    }

    /// The same, with what the partition kept when it was published.
    pub(crate) fn step_with(&self, id: &str, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
        let dataset = id.split('/').next().unwrap();
        let task = Task {
            id: id.to_owned(),
            dataset: dataset.to_owned(),
            needs: Vec::new(),
            quota: None,
            parallel: 1,
            background: false,
            estimate: None,
        };
        let env = Env {
            graph: Graph::new(&self.wire, "https://graph.microsoft.com".to_owned()),
            store: self,
            sink: self,
            settings: &self.settings,
            context: &self.context,
        };
        step::run(&env, &task, bookmark.or(self.bookmark.as_deref()), cursor)
    }

    /// Steps until the task ends; every cursor must be a new one.
    pub(crate) fn finish(&self, id: &str) -> Result<Finished, Error> {
        let (mut cursor, mut seen, mut gaps, mut steps) = (None, BTreeSet::new(), Vec::new(), 0);
        loop {
            let step = self.step(id, cursor.as_deref())?;
            steps += 1;
            gaps.extend(step.gaps);
            match step.outcome {
                Outcome::More(next) => {
                    assert!(seen.insert(next.clone()), "a cursor came twice");
                    cursor = Some(next);
                }
                outcome => return Ok(Finished { rows: self.emitted.take(), gaps, outcome, steps }),
            }
        }
    }
}

impl Finished {
    /// The messages of the causes of all gaps.
    pub(crate) fn told(&self) -> String {
        self.gaps.iter().map(|gap| format!("{:?} {}\n", gap.cause, gap.mend)).collect()
    }
}

impl Sink for Bench {
    fn emit(&self, rows: Vec<Row>) -> Result<(), Error> {
        self.emitted.borrow_mut().extend(rows);
        Ok(())
    }
}

impl Store for Bench {
    fn scan(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Page, Error> {
        let from: usize = after.map_or(0, |after| after.parse().unwrap());
        let size = self.page.min(limit as usize);
        let rows: Vec<Row> =
            self.rows.iter().filter(|row| kind_of(row) == kind).skip(from).take(size).cloned().collect();
        let next = (rows.len() == size).then(|| (from + size).to_string());
        Ok(Page { rows, next })
    }

    fn find(&self, kind: Kind, key: &str) -> Result<Vec<Row>, Error> {
        let first = |row: &&Row| self::key(row).first().is_some_and(|first| *first == key.to_lowercase());
        Ok(self.rows.iter().filter(|row| kind_of(row) == kind).filter(first).cloned().collect())
    }

    fn ages(&self, dataset: &str) -> Result<Vec<Freshness>, Error> {
        Ok(self.ages.get(dataset).cloned().into_iter().collect())
    }

    fn reference(&self, name: &str, offset: u64) -> Result<Option<Vec<u8>>, Error> {
        let file = match name {
            "prices" => self.prices,
            "product-names" => self.product_names,
            _ => None,
        };
        // Seven bytes at a time, so that chunks end within lines.
        Ok(file.map(|text| text.bytes().skip(usize::try_from(offset).unwrap()).take(7).collect()))
    }
}

/// An application given by name, or through a group; of the group itself, when all its members are known.
pub(crate) fn given(app: &str, principal: &str, group: bool, via: Option<&str>) -> Row {
    Row::AppAssignment(AppAssignment {
        application: app.to_owned(),
        object: format!("object-{app}"),
        principal: principal.to_owned(),
        principal_name: None,
        group,
        created: None,
        via: via.map(str::to_owned),
    })
}

/// An application of another maker in the directory.
pub(crate) fn installed(app: &str) -> Row {
    Row::InstalledApplication(InstalledApplication {
        id: app.to_owned(),
        object: format!("object-{app}"),
        name: format!("Installed {app}"),
        publisher: None,
        verified_publisher: Some("Contoso".to_owned()),
        first_party: Some(false),
        home_made: Some(false),
        sign_on: SignOn::Saml,
        template: None,
        homepage: Some("https://app.contoso.example/start".to_owned()),
        reply_urls: Vec::new(),
        tags: Vec::new(),
        enabled: Some(true),
        created: None,
        assignment_required: None,
        owners: Vec::new(),
    })
}

fn kind_of(row: &Row) -> Kind {
    match row {
        Row::Account(_) => Kind::Account,
        Row::Product(_) => Kind::Product,
        Row::Subscription(_) => Kind::Subscription,
        Row::Price(_) => Kind::Price,
        Row::User(_) => Kind::User,
        Row::Activity(_) => Kind::Activity,
        Row::Entitlement(_) => Kind::Entitlement,
        Row::Usage(_) => Kind::Usage,
        Row::InstalledApplication(_) => Kind::InstalledApplication,
        Row::ApplicationUse(_) => Kind::ApplicationUse,
        Row::Grant(_) => Kind::Grant,
        Row::AppAssignment(_) => Kind::AppAssignment,
        Row::Application(_) => Kind::Application,
        other => panic!("no test keeps {other:?}"),
    }
}

/// The key of a row as its host orders it, as far as tests need it.
fn key(row: &Row) -> Vec<String> {
    let parts: Vec<String> = match row {
        Row::User(row) => vec![row.principal_name.clone(), row.id.clone()],
        Row::Activity(row) => vec![row.principal_name.clone(), row.user.clone()],
        Row::Entitlement(row) => {
            let via = row.via.clone().unwrap_or_default();
            vec![row.principal_name.clone(), row.user.clone(), row.product.clone(), via]
        }
        Row::Usage(row) => vec![row.principal_name.clone(), row.feature.clone()],
        Row::InstalledApplication(row) => vec![row.id.clone(), row.object.clone()],
        Row::ApplicationUse(row) => vec![row.application.clone(), row.user.clone(), row.day.to_string()],
        Row::Grant(row) => vec![row.application.clone(), row.object.clone(), row.target.clone()],
        Row::AppAssignment(row) => {
            let first = if row.group { "group" } else { "person" };
            let via = row.via.clone().unwrap_or_default();
            vec![row.application.clone(), first.to_owned(), row.principal.clone(), via, row.object.clone()]
        }
        Row::Application(row) => vec![row.id.clone()],
        _ => Vec::new(),
    };
    parts.iter().map(|part| part.to_lowercase()).collect()
}
