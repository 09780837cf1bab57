//! The component: the exports of the contract, and its imports behind the traits of `step.rs`.

use crate::connect::Dialogue;
use crate::contract::connector::{
    Agenda, Configured, Context, Examined, Explanation, Guest, Manifest, Partition, Progress, Renewed, Reply, Setting,
    Step, Task,
};
use crate::contract::rows::{Kind, Row};
use crate::contract::set_up;
use crate::contract::store::{Freshness, Page};
use crate::contract::types::Error;
use crate::contract::{keys, sink, store};
use crate::graph::Graph;
use crate::http::outgoing::Wasi;
use crate::set_up::{SetUp, form};
use crate::settings::Settings;
use crate::sign_in::challenge::Listening;
use crate::step::{self, Env, Sink, Store};
use crate::{built_in, explain, manifest, plan, proof, renew};

struct Connector;

/// The store and the sink of the host.
struct Host;

impl Store for Host {
    fn scan(&self, kind: Kind, after: Option<&str>, limit: u32) -> Result<Page, Error> {
        store::scan(kind, None, after, limit).map_err(Error::Storage)
    }

    fn find(&self, kind: Kind, key: &str) -> Result<Vec<Row>, Error> {
        Ok(store::scan(kind, Some(key), None, FOUND).map_err(Error::Storage)?.rows)
    }

    fn ages(&self, dataset: &str) -> Result<Vec<Freshness>, Error> {
        store::ages(dataset).map_err(Error::Storage)
    }

    fn reference(&self, name: &str, offset: u64) -> Result<Option<Vec<u8>>, Error> {
        store::reference(name, offset).map_err(Error::Storage)
    }
}

/// Rows of one subject that are asked for: as many as a host gives at once.
const FOUND: u32 = 5000;

/// Rows in one call, which may carry 4 MiB. The longest rows are those of applications with many reply addresses: the
/// service allows 256 of 256 characters, which is 64 KB.
const BATCH: usize = 50;

impl Sink for Host {
    fn emit(&self, rows: Vec<Row>) -> Result<(), Error> {
        rows.chunks(BATCH).try_for_each(sink::emit).map_err(Error::Storage)
    }
}

impl Connector {
    fn step(
        settings: &[Setting],
        task: &Task,
        bookmark: Option<&[u8]>,
        cursor: Option<&[u8]>,
        context: &Context,
    ) -> Result<Step, Error> {
        let settings = Settings::read(settings)?;
        let graph = Graph::new(&Wasi, settings.cloud.graph_root());
        let env = Env { graph, store: &Host, sink: &Host, settings: &settings, context };
        step::run(&env, task, bookmark, cursor)
    }
}

impl Guest for Connector {
    fn describe() -> Manifest {
        manifest::describe()
    }

    fn built_in(reference_file: String) -> Option<Vec<u8>> {
        built_in::table(&reference_file).map(String::into_bytes)
    }

    fn configure(settings: Vec<Setting>) -> Result<Configured, Error> {
        let settings = Settings::enter(&settings)?;
        Ok(Configured { settings: settings.written(), origins: manifest::needed(&settings) })
    }

    fn connect(
        settings: Vec<Setting>,
        reply: Reply,
        continuation: Option<Vec<u8>>,
        context: Context,
    ) -> Result<Progress, Error> {
        let settings = Settings::read(&settings)?;
        let dialogue = Dialogue { transport: Listening::to(&Wasi), settings: &settings, now: context.now };
        dialogue.step(&reply, continuation.as_deref())
    }

    fn renew(settings: Vec<Setting>, keep: Option<Vec<u8>>, context: Context) -> Result<Renewed, Error> {
        renew::renew(&Wasi, &Settings::read(&settings)?, keep.as_deref(), context.now)
    }

    fn examine(settings: Vec<Setting>, keep: Option<Vec<u8>>, context: Context) -> Result<Examined, Error> {
        proof::examine(&Wasi, &Settings::read(&settings)?, keep.as_deref(), context.now)
    }

    fn plan(settings: Vec<Setting>, partitions: Vec<Partition>, context: Context) -> Result<Agenda, Error> {
        Ok(plan::plan(&Settings::read(&settings)?, &partitions, &context))
    }

    fn explain(
        settings: Vec<Setting>,
        kind: Kind,
        subject: String,
        context: Context,
    ) -> Result<Vec<Explanation>, Error> {
        explain::explain(&Host, &Settings::read(&settings)?, kind, &subject, &context)
    }

    fn collect(
        settings: Vec<Setting>,
        task: Task,
        bookmark: Option<Vec<u8>>,
        cursor: Option<Vec<u8>>,
        context: Context,
    ) -> Result<Step, Error> {
        Self::step(&settings, &task, bookmark.as_deref(), cursor.as_deref(), &context)
    }

    fn discover(
        settings: Vec<Setting>,
        task: Task,
        bookmark: Option<Vec<u8>>,
        cursor: Option<Vec<u8>>,
        context: Context,
    ) -> Result<Step, Error> {
        Self::step(&settings, &task, bookmark.as_deref(), cursor.as_deref(), &context)
    }
}

impl set_up::Guest for Connector {
    fn describe(settings: Vec<Setting>) -> set_up::Described {
        form::describe(&settings)
    }

    fn set_up(
        purpose: set_up::Purpose,
        settings: Vec<Setting>,
        answers: Vec<Setting>,
        reply: Reply,
        continuation: Option<Vec<u8>>,
        context: Context,
    ) -> Result<set_up::Progress, Error> {
        let make = |field: &str, name: &str, days: u32| keys::make(field, name, days);
        let (settings, answers) = (settings.as_slice(), answers.as_slice());
        let set_up =
            SetUp { transport: Listening::to(&Wasi), purpose, settings, answers, make: &make, now: context.now };
        set_up.step(&reply, continuation.as_deref())
    }
}

#[expect(unsafe_code, unreachable_pub, reason = "generated: the canonical ABI passes pointers")]
mod exported {
    use super::Connector;

    crate::contract::export!(Connector with_types_in crate::contract);
}
