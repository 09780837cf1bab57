use super::*;
use crate::clock::{ManualClock, Pending};
use crate::contract::connector::{Agenda, Outcome};
use crate::contract::manifest::Dataset;
use crate::contract::rows::{Group, Row};
use crate::contract::types::{Delay, Refusal};
use crate::credentials::{Bearer, CredentialError};
use crate::progress::Silence;
use crate::sandbox::{BearerSource, StepOutput};
use crate::seal::Keyring;
use crate::secret::Secret;
use crate::storage::ConnectionId;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A manifest with these datasets. The last one tells news when it is called `news`.
pub(super) fn manifest(datasets: &[&str]) -> Manifest {
    let dataset = |id: &&str| Dataset {
        id: (*id).to_owned(),
        title: (*id).to_owned(),
        help: String::new(),
        verb: if *id == "news" { Verb::Discover } else { Verb::Collect },
        kinds: vec![if *id == "news" { Kind::Notification } else { Kind::Group }],
        columns: Vec::new(),
        permissions: Vec::new(),
        licence: None,
    };
    Manifest {
        id: "made-up".into(),
        title: String::new(),
        version: "1.0.0".into(),
        about: String::new(),
        fields: Vec::new(),
        datasets: datasets.iter().map(dataset).collect(),
        origins: Vec::new(),
        quotas: Vec::new(),
        permissions: Vec::new(),
        reference_files: Vec::new(),
    }
}

fn task(id: &str, needs: &[&str]) -> Task {
    Task {
        id: id.into(),
        dataset: id.split('/').next().unwrap().into(),
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        quota: None,
        parallel: 1,
        background: false,
        estimate: None,
    }
}

/// Time that passes as soon as somebody waits for it.
struct Hurry(Arc<ManualClock>);

impl Clock for Hurry {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, time: Duration) -> Pending<'_, ()> {
        self.0.advance(time);
        Box::pin(async {})
    }
}

type Answer = Result<Outcome, CallError>;

/// A connector that gives the answers it was told to, by task, and notes what it was asked.
struct Script {
    manifest: Manifest,
    plan: Vec<Task>,
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    asked: Mutex<Vec<(String, Option<Vec<u8>>)>>,
    wallet: Arc<Wallet>,
    hangs: Option<String>,
}

/// Credentials that are counted.
#[derive(Default)]
struct Wallet {
    given: AtomicUsize,
    rejected: AtomicUsize,
}

impl BearerSource for Wallet {
    fn bearer(&self) -> Pending<'_, Result<Bearer, CredentialError>> {
        self.given.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(Bearer::new(Secret::from("b".to_owned()), 0, 1)) })
    }

    fn reject<'a>(&'a self, _: &'a Bearer) -> Pending<'a, ()> {
        self.rejected.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {})
    }
}

impl Stepper for Script {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn plan<'a>(&'a self, _: &'a [Partition]) -> Pending<'a, Result<Agenda, CallError>> {
        Box::pin(async { Ok(Agenda { tasks: self.plan.clone(), expired: Vec::new(), unwanted: Vec::new() }) })
    }

    fn step<'a>(&'a self, call: StepCall<'a>) -> Pending<'a, Result<StepOutput, CallError>> {
        Box::pin(async move {
            let id = &call.task.id;
            self.asked.lock().unwrap().push((id.clone(), call.cursor.map(<[u8]>::to_vec)));
            if let Some(source) = &call.bearer {
                source.bearer().await.map_err(CallError::Credential)?;
            }
            if self.hangs.as_ref() == Some(id) {
                std::future::pending::<()>().await;
            }
            let answer = self.answers.lock().unwrap().get_mut(id).and_then(VecDeque::pop_front);
            let outcome = answer.unwrap_or(Ok(Outcome::Done(None)))?;
            let cursor = call.cursor.map(<[u8]>::to_vec).unwrap_or_default();
            let group = Group { id: format!("{id} {cursor:?}"), name: id.clone(), products: Vec::new() };
            Ok(StepOutput { outcome, gaps: Vec::new(), rows: vec![Row::Group(group)], bytes: 1 })
        })
    }

    fn bearer(&self) -> Option<Arc<dyn BearerSource>> {
        Some(self.wallet.clone())
    }
}

fn script(datasets: &[&str], plan: Vec<Task>) -> Script {
    Script {
        manifest: manifest(datasets),
        plan,
        answers: Mutex::default(),
        asked: Mutex::default(),
        wallet: Arc::default(),
        hangs: None,
    }
}

impl Script {
    fn answers(self, task: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.lock().unwrap().insert(task.into(), answers.into_iter().collect());
        self
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(id, _)| id.clone()).collect()
    }

    fn cursors(&self) -> Vec<Option<Vec<u8>>> {
        self.asked.lock().unwrap().iter().map(|(_, cursor)| cursor.clone()).collect()
    }
}

/// A database with one connection, and a clock that hurries.
struct Bench {
    _folder: tempfile::TempDir,
    database: Database,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path(), Keyring::derive(&[7; 32])).unwrap();
        let clock = ManualClock::new("2026-11-20T10:00:00Z".parse().unwrap());
        let connection = Connection {
            id: ConnectionId(0),
            name: "acme".into(),
            plugin_path: "made-up.wasm".into(),
            digest: "d".into(),
            plugin_id: "made-up".into(),
            settings: Vec::new(),
            origins: Vec::new(),
            account: None,
            account_id: None,
            capabilities: Vec::new(),
            created: clock.now(),
            connected: Some(clock.now()),
            baseline_ended: None,
        };
        database.save_connection(&connection).unwrap();
        Bench { _folder: folder, database, clock }
    }

    fn connection(&self) -> Connection {
        self.database.connection("acme").unwrap().unwrap()
    }

    async fn run(&self, script: &Arc<Script>) -> RunReport {
        self.run_verbs(script, &[Verb::Collect, Verb::Discover], std::future::pending()).await
    }

    async fn run_verbs(
        &self,
        script: &Arc<Script>,
        verbs: &[Verb],
        interrupted: impl Future<Output = ()>,
    ) -> RunReport {
        run(self.order(script), verbs, interrupted).await.unwrap()
    }

    fn order(&self, script: &Arc<Script>) -> Arc<Run> {
        Arc::new(Run {
            stepper: script.clone(),
            database: self.database.clone(),
            connection: self.connection(),
            clock: Arc::new(Hurry(self.clock.clone())),
            progress: Arc::new(Silence),
            options: Options::default(),
        })
    }

    /// Ids of the visible rows.
    fn groups(&self) -> Vec<String> {
        let page = self.database.scan(self.connection().id, Kind::Group, None, 5000).unwrap();
        let names = page.rows.into_iter().map(|row| match row {
            Row::Group(group) => group.id,
            other => panic!("{other:?}"),
        });
        names.collect()
    }
}

fn more(cursor: &str) -> Answer {
    Ok(Outcome::More(cursor.as_bytes().to_vec()))
}

fn done() -> Answer {
    Ok(Outcome::Done(None))
}

fn fails(error: Error) -> Answer {
    Err(CallError::Connector(error))
}

fn fault() -> Fault {
    Fault::new("It failed.", None)
}

fn refused() -> Error {
    Error::Forbidden(Refusal { fault: fault(), permission: "read".into() })
}

fn throttled(retry_after: Option<u32>) -> Error {
    Error::Throttled(Delay { fault: fault(), retry_after })
}

fn endings(report: &RunReport) -> Vec<(&str, &Ending)> {
    report.tasks.iter().map(|task| (task.id.as_str(), &task.ending)).collect()
}

#[tokio::test]
async fn steps_are_committed_one_by_one_and_published_together() {
    let bench = Bench::new();
    let script = script(&["people"], vec![task("people", &[])]);
    let script = Arc::new(script.answers("people", [more("a"), more("b"), done()]));
    let report = bench.run(&script).await;
    assert_eq!(endings(&report), [("people", &Ending::Published)]);
    assert_eq!((report.tasks[0].steps, report.rows()), (3, 3));
    assert_eq!(script.cursors(), [None, Some(b"a".to_vec()), Some(b"b".to_vec())]);
    assert_eq!(bench.groups().len(), 3);
}

#[tokio::test]
async fn a_throttled_step_is_repeated_after_the_time_that_the_service_named() {
    let bench = Bench::new();
    let script = script(&["people"], vec![task("people", &[])]);
    let script = Arc::new(script.answers("people", [more("a"), fails(throttled(Some(30))), done()]));
    let begun = bench.clock.now();
    let report = bench.run(&script).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(script.cursors(), [None, Some(b"a".to_vec()), Some(b"a".to_vec())]);
    let waited = until(begun, bench.clock.now());
    assert!((30..=33).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test]
async fn a_service_that_stays_down_is_given_up_and_the_next_run_goes_on_at_the_same_step() {
    let bench = Bench::new();
    let down = || fails(Error::Unavailable(Delay { fault: fault(), retry_after: None }));
    let script = script(&["people"], vec![task("people", &[])]);
    let answers = std::iter::once(more("a")).chain((0..8).map(|_| down()));
    let script = Arc::new(script.answers("people", answers));
    let report = bench.run(&script).await;
    assert!(matches!(report.tasks[0].ending, Ending::Failed(Error::Unavailable(_))));
    assert_eq!(script.asked().len(), 9);
    script.asked.lock().unwrap().clear();
    assert!(bench.run(&script).await.is_good());
    assert_eq!(script.cursors(), [Some(b"a".to_vec())]);
    assert_eq!(bench.groups().len(), 2);
}

#[tokio::test]
async fn a_refused_credential_is_renewed_once_and_the_step_repeated() {
    let bench = Bench::new();
    let script = script(&["people"], vec![task("people", &[])]);
    let script = Arc::new(script.answers("people", [fails(Error::SignInNeeded(fault())), done()]));
    assert!(bench.run(&script).await.is_good());
    assert_eq!(script.wallet.rejected.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_credential_that_is_refused_twice_ends_the_run_of_the_connection() {
    let bench = Bench::new();
    let tasks = vec![task("people", &[]), task("groups", &["people"])];
    let script = script(&["people", "groups"], tasks);
    let refusal = || fails(Error::SignInNeeded(fault()));
    let script = Arc::new(script.answers("people", [refusal(), refusal(), refusal()]));
    let report = bench.run(&script).await;
    assert!(matches!(report.stopped, Some(Stop::Credential(Error::SignInNeeded(_)))), "{report:?}");
    assert_eq!(script.asked(), ["people", "people"]);
    assert_eq!(script.wallet.rejected.load(Ordering::SeqCst), 1);
    assert_eq!(bench.connection().baseline_ended, None);
}

#[tokio::test]
async fn a_task_with_an_old_cursor_starts_again_twice_and_then_fails() {
    let bench = Bench::new();
    let old = || fails(Error::CursorExpired(fault()));
    let once = script(&["people"], vec![task("people", &[])]);
    let once =
        Arc::new(once.answers("people", [more("a"), Ok(Outcome::Restart("Changed.".into())), more("b"), done()]));
    assert!(bench.run(&once).await.is_good());
    assert_eq!(once.cursors(), [None, Some(b"a".to_vec()), None, Some(b"b".to_vec())]);
    assert_eq!(bench.groups(), ["people [98]", "people []"]);

    let thrice = script(&["people"], vec![task("people", &[])]);
    let thrice = Arc::new(thrice.answers("people", [old(), old(), old(), done()]));
    let report = bench.run(&thrice).await;
    assert!(matches!(report.tasks[0].ending, Ending::Failed(Error::CursorExpired(_))));
    assert_eq!(thrice.asked().len(), 3);
    assert_eq!(bench.groups().len(), 2);
}

#[tokio::test]
async fn a_refusal_ends_the_rest_of_its_dataset_and_keeps_the_last_good_rows_with_one_gap() {
    let bench = Bench::new();
    let days = || vec![task("day/1", &[]), task("day/2", &[]), task("day/3", &[]), task("advice", &["day"])];
    let good = Arc::new(script(&["day", "advice"], days()));
    assert!(bench.run(&good).await.is_good());
    let before = bench.groups();

    let bad = Arc::new(script(&["day", "advice"], days()).answers("day/1", [fails(refused())]));
    let report = bench.run(&bad).await;
    assert_eq!(bad.asked(), ["day/1", "advice"]);
    assert_eq!(report.count(|ending| matches!(ending, Ending::Skipped(_))), 2);
    assert_eq!(bench.groups(), before);
    let gaps = bench.database.gaps(bench.connection().id).unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].gap.cause, refused());
    let states = bench.database.partitions(bench.connection().id).unwrap();
    let stale: Vec<_> = states.iter().filter(|state| state.is_stale()).map(|state| state.id.as_str()).collect();
    assert_eq!(stale, ["day/1"]);
}

#[tokio::test]
async fn a_trap_fails_its_task_and_no_other() {
    let bench = Bench::new();
    let script = script(&["people", "groups"], vec![task("people", &[]), task("groups", &[])]);
    let script = Arc::new(script.answers("people", [Err(CallError::Trap("It ended by itself.".into()))]));
    let report = bench.run(&script).await;
    let failed = report.tasks.iter().find(|task| task.id == "people").unwrap();
    assert_eq!(failed.ending, Ending::Failed(Error::Internal(Fault::new("It ended by itself.", None))));
    assert_eq!(report.count(Ending::is_good), 1);
}

#[tokio::test]
async fn a_cursor_that_comes_back_is_a_defect_and_ends_the_task() {
    let bench = Bench::new();
    let script = script(&["people"], vec![task("people", &[])]);
    let script = Arc::new(script.answers("people", [more("a"), more("b"), more("a")]));
    let report = bench.run(&script).await;
    assert!(matches!(report.tasks[0].ending, Ending::Failed(Error::Internal(_))), "{report:?}");
    assert_eq!(bench.groups(), [] as [String; 0]);
}

#[tokio::test]
async fn an_unchanged_partition_keeps_its_rows() {
    let bench = Bench::new();
    let people = || script(&["people"], vec![task("people", &[])]);
    assert!(bench.run(&Arc::new(people())).await.is_good());
    let before = bench.groups();
    let same = Arc::new(people().answers("people", [Ok(Outcome::Unchanged(Some(b"mark".to_vec())))]));
    let report = bench.run(&same).await;
    assert_eq!(endings(&report), [("people", &Ending::Unchanged)]);
    assert_eq!(bench.groups(), before);
}

#[tokio::test]
async fn an_interrupted_run_loses_nothing_and_goes_on_at_the_next_step() {
    let bench = Bench::new();
    let plan = || vec![task("people", &[]), task("groups", &["people"])];
    let first = script(&["people", "groups"], plan()).answers("people", [more("a"), more("b")]);
    let first = Arc::new(Script { hangs: Some("groups".into()), ..first });
    let asked = first.clone();
    let interrupted = async move {
        while !asked.asked().contains(&"groups".to_owned()) {
            tokio::task::yield_now().await;
        }
    };
    let report = bench.run_verbs(&first, &[Verb::Collect], interrupted).await;
    assert!(matches!(report.stopped, Some(Stop::Interrupted)));
    assert_eq!(bench.groups().len(), 3);
    assert_eq!(bench.connection().baseline_ended, None);
    let second = Arc::new(script(&["people", "groups"], plan()));
    assert!(bench.run(&second).await.is_good());
}

#[tokio::test]
async fn a_plan_with_a_defect_is_not_begun() {
    let bench = Bench::new();
    let script = Arc::new(script(&["people"], vec![task("people", &["nobody"])]));
    let error = run(bench.order(&script), &[Verb::Collect], std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains("defect of the connector"), "{error}");
    assert_eq!(script.asked(), [] as [String; 0]);
}

#[tokio::test]
async fn the_baseline_ends_when_the_tasks_that_tell_news_have_been_published_once() {
    let bench = Bench::new();
    let script = Arc::new(script(&["people", "news"], vec![task("people", &[]), task("news", &["people"])]));
    bench.run_verbs(&script, &[Verb::Collect], std::future::pending()).await;
    assert_eq!(bench.connection().baseline_ended, None);
    bench.run_verbs(&script, &[Verb::Discover], std::future::pending()).await;
    assert_eq!(bench.connection().baseline_ended, Some(bench.clock.now()));
    assert_eq!(script.asked(), ["people", "news"]);
}

#[tokio::test]
async fn the_baseline_does_not_end_while_the_news_cannot_be_had() {
    let bench = Bench::new();
    let script = script(&["news"], vec![task("news", &[])]);
    let script = Arc::new(script.answers("news", [fails(Error::Protocol(fault()))]));
    bench.run(&script).await;
    assert_eq!(bench.connection().baseline_ended, None);
    bench.run(&script).await;
    assert!(bench.connection().baseline_ended.is_some());
}
