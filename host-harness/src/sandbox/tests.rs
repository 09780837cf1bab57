use super::*;
use crate::clock::SystemClock;
use crate::contract::connector::{Context, Outcome};
use crate::contract::log::Level;
use crate::limits::Limit;
use crate::secret::Secret;
use std::sync::Mutex;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

const OK: &str = "(i32.const 8192)";

/// A connector whose `plan` and `collect` do what these instructions say.
fn guest(plan: &str, collect: &str) -> Vec<u8> {
    let text = include_str!("tests/guest.wat").replace("(; plan ;)", plan).replace("(; collect ;)", collect);
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

fn host_with(cache: Option<Cache>, cpu: Duration, wall: Duration) -> Arc<Host> {
    let mut host = Host::new(HostOptions {
        cache,
        connect_to: Vec::new(),
        ca_files: Vec::new(),
        quota_scale: 1.0,
        clock: Arc::new(SystemClock),
    })
    .unwrap();
    let inner = Arc::get_mut(&mut host).unwrap();
    (inner.cpu, inner.wall) = (cpu, wall);
    host
}

fn host() -> Arc<Host> {
    host_with(None, Duration::from_secs(5), Duration::from_secs(20))
}

async fn load(host: &Arc<Host>, bytes: &[u8]) -> Result<Arc<Plugin>, PluginError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    Plugin::load(host, file.path()).await
}

async fn refusal(bytes: &[u8]) -> String {
    let text = load(&host(), bytes).await.err().unwrap().to_string();
    text.split_once(' ').unwrap().1.to_owned()
}

fn call() -> Call {
    Call::new(Context { now: 0, baseline_ended: None })
}

fn task() -> Task {
    let (id, dataset) = ("users".into(), "users".into());
    Task { id, dataset, needs: Vec::new(), quota: None, parallel: 1, background: false, estimate: None }
}

async fn step(host: &Arc<Host>, collect: &str, call: &Call) -> Result<StepOutput, CallError> {
    let plugin = load(host, &guest(OK, collect)).await.unwrap();
    plugin.step(call, Verb::Collect, &[], &task(), None, None).await
}

async fn failure(collect: &str) -> CallError {
    step(&host(), collect, &call()).await.unwrap_err()
}

#[derive(Default)]
struct Lines(Mutex<Vec<(Level, String)>>);

impl Log for Lines {
    fn write(&self, level: Level, message: &str) {
        self.0.lock().unwrap().push((level, message.to_owned()));
    }
}

#[tokio::test]
async fn a_connector_is_loaded_and_says_what_it_is() {
    let bytes = guest(OK, OK);
    let plugin = load(&host(), &bytes).await.unwrap();
    assert_eq!(plugin.manifest().id, "guest");
    assert_eq!((plugin.size(), plugin.digest().len()), (bytes.len() as u64, 64));
    assert!(!plugin.has_set_up());
    assert!(plugin.exports().contains(&"binadox:connector/connector@0.1.0".to_owned()));
    assert!(plugin.imports().contains(&"binadox:connector/sink@0.1.0".to_owned()));
    assert_eq!(plugin.configure(&[]).await.unwrap().settings, []);
    assert_eq!(plugin.plan(&call(), &[], &[]).await.unwrap().tasks, []);
    let output = plugin.step(&call(), Verb::Discover, &[], &task(), None, None).await.unwrap();
    assert_eq!((output.outcome, output.rows.len()), (Outcome::More(Vec::new()), 0));
}

#[tokio::test]
async fn the_second_start_takes_the_connector_from_the_cache() {
    let home = tempfile::tempdir().unwrap();
    let bytes = guest(OK, OK);
    for _ in 0..2 {
        let host = host_with(Some(Cache::new(home.path(), [1; 32])), Duration::from_secs(5), Duration::from_secs(5));
        assert_eq!(load(&host, &bytes).await.unwrap().manifest().id, "guest");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn a_file_that_is_no_connector_is_refused_with_one_sentence() {
    let missing = Plugin::load(&host(), Path::new("/nowhere/a.wasm")).await.err().unwrap();
    assert_eq!(missing.to_string(), "There is no file /nowhere/a.wasm. Build the connector, or name another file.");
    let folder = tempfile::tempdir().unwrap();
    let unreadable = Plugin::load(&host(), folder.path()).await.err().unwrap();
    assert!(matches!(unreadable, PluginError::Unreadable { .. }), "{unreadable}");
    assert!(refusal(b"").await.starts_with("is an empty file and not a component."));
    assert!(refusal(b"hello").await.starts_with("is another kind of file and not a component."));
    assert!(refusal(b"(component)").await.starts_with("is a component in text form"));
    let module = wat::parse_str("(module)").unwrap();
    assert!(refusal(&module).await.starts_with("is a core module and not a component. Build it for"));
    let whole = guest(OK, OK);
    let cut = refusal(&whole[..whole.len() / 2]).await;
    assert!(cut.starts_with("is damaged, cut off, or made for another engine: "), "{cut}");
    assert!(!cut.contains('\n'), "{cut}");
}

#[tokio::test]
async fn a_component_that_lacks_an_export_or_wants_something_else_is_refused_by_name() {
    let component = |text: &str| wat::parse_str(format!("(component {text})")).unwrap();
    let lacks = refusal(&component("")).await;
    assert!(lacks.starts_with("does not export binadox:connector/connector@0.1.0,"), "{lacks}");
    for import in [
        "wasi:sockets/tcp@0.2.6",
        "wasi:filesystem/types@0.2.6",
        "wasi:http/types@0.3.0",
        "acme:files/all@1.0.0",
        "wasi:keyvalue/store@0.2.0",
    ] {
        let text = format!("(import \"{import}\" (instance))");
        let foreign = refusal(&component(&text)).await;
        assert!(foreign.starts_with(&format!("wants {import} from the host")), "{foreign}");
    }
    let other = refusal(&component(r#"(import "binadox:connector/log@0.2.0" (instance))"#)).await;
    assert!(other.starts_with("speaks the contract binadox:connector/log@0.2.0"), "{other}");
    let newer = r#"(instance $i) (export "binadox:connector/connector@0.2.0" (instance $i))"#;
    let newer = refusal(&component(newer)).await;
    assert!(newer.starts_with("speaks the contract binadox:connector/connector@0.2.0"), "{newer}");
    let empty = r#"(instance $i) (export "binadox:connector/connector@0.1.0" (instance $i))"#;
    let empty = refusal(&component(empty)).await;
    assert!(empty.starts_with("does not fit the contract 0.1.0: "), "{empty}");
}

#[tokio::test]
async fn a_connector_that_gives_up_is_told_in_one_sentence() {
    let error = failure("(unreachable)").await.to_string();
    let expected =
        "The connector gave up in the middle of its work. This is a defect of the connector: report it to its maker.";
    assert_eq!(error, expected);
    let error = failure("(i32.load (i32.const -4))").await.to_string();
    assert!(error.starts_with("The connector reached beyond its memory."), "{error}");
    let error = failure("(i32.div_u (i32.const 1) (i32.const 0))").await.to_string();
    assert!(error.contains("did what is not allowed") && !error.contains('\n'), "{error}");
    let error = failure("(call $collect (i32.const 0))").await.to_string();
    assert!(error.starts_with("The connector called itself too deeply."), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_computes_for_ever_is_ended_and_others_run_meanwhile() {
    let host = host_with(None, Duration::from_millis(300), Duration::from_secs(20));
    let endless = async { step(&host, "(loop (br 0)) (unreachable)", &call()).await };
    let others = async { step(&host, OK, &call()).await.unwrap() };
    let (endless, _) = tokio::join!(endless, others);
    assert!(matches!(endless.unwrap_err(), CallError::Limit(Limit::Cpu)));
}

#[tokio::test]
async fn a_connector_that_takes_all_memory_is_ended() {
    let error = failure("(loop (drop (memory.grow (i32.const 1000))) (br 0)) (unreachable)").await;
    assert!(matches!(error, CallError::Limit(Limit::Memory)), "{error}");
}

#[tokio::test]
async fn a_cursor_that_is_too_long_or_holds_a_secret_is_refused() {
    let cursor = |at: u32, length: u32| {
        format!("(i32.store (i32.const 8200) (i32.const {at})) (i32.store (i32.const 8204) (i32.const {length})) {OK}")
    };
    let longest = step(&host(), &cursor(65536, 65536), &call()).await.unwrap();
    assert_eq!(longest.cursor().map(<[u8]>::len), Some(65536));
    assert!(matches!(failure(&cursor(65536, 65537)).await, CallError::Limit(Limit::Cursor)));
    // What was kept may hold several, a line for each.
    for secret in ["s3cret-value", "another-value\ns3cret-value"] {
        let secret = Call { secrets: vec![Secret::from(secret.to_owned())], ..call() };
        let error = step(&host(), &cursor(30, 20), &secret).await.unwrap_err();
        assert!(error.to_string().starts_with("The connector put a credential"), "{error}");
    }
}

/// One account whose id has so many letters, emitted so many times. The id lies in memory that is added for it.
fn emit(letters: u32, times: u32) -> String {
    let pages = letters / 65536 + 1;
    format!(
        "(local $n i32)
         (drop (memory.grow (i32.const {pages})))
         (i32.store (i32.const 12296) (i32.const 262144)) (i32.store (i32.const 12300) (i32.const {letters}))
         (local.set $n (i32.const {times}))
         (loop
           (call $emit (i32.const 12288) (i32.const 1) (i32.const 16384))
           (if (i32.load8_u (i32.const 16384)) (then (unreachable)))
           (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         {OK}"
    )
}

#[tokio::test]
async fn rows_of_a_step_are_staged_in_their_order_and_weighed() {
    let output = step(&host(), &emit(5, 3), &call()).await.unwrap();
    assert_eq!((output.rows.len(), output.bytes), (3, 3 * 37));
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_refused_and_the_connector_may_go_on() {
    let most = crate::limits::BATCH as u32 - 32;
    assert_eq!(step(&host(), &emit(most, 1), &call()).await.unwrap().rows.len(), 1);
    // The guest sees the error and gives up.
    let error = step(&host(), &emit(most + 1, 1), &call()).await.unwrap_err();
    assert!(matches!(error, CallError::Trap(_)), "{error}");
}

#[tokio::test]
async fn rows_are_taken_only_in_a_step() {
    let refused = format!(
        "(call $emit (i32.const 12288) (i32.const 1) (i32.const 16384))
         (if (i32.eqz (i32.load8_u (i32.const 16384))) (then (unreachable)))
         {OK}"
    );
    let plugin = load(&host(), &guest(&refused, OK)).await.unwrap();
    assert_eq!(plugin.plan(&call(), &[], &[]).await.unwrap().tasks, []);
}

#[tokio::test]
async fn log_lines_are_freed_of_secrets_and_bounded() {
    let write = format!(
        "(local $n i32) (local.set $n (i32.const 5000))
         (loop
           (call $log (i32.const 2) (i32.const 32) (i32.const 12))
           (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         {OK}"
    );
    let lines = Arc::new(Lines::default());
    let secrets = vec![Secret::from("s3cret-value".to_owned())];
    step(&host(), &write, &Call { secrets, log: Some(lines.clone()), ..call() }).await.unwrap();
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), crate::limits::LOG_LINES);
    assert_eq!(lines[0], (Level::Warn, "[hidden]".to_owned()));
    assert!(lines.last().unwrap().1.contains("the rest of this step is left out"));
}

#[test]
fn a_quota_scale_that_means_nothing_is_refused() {
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let (connect_to, ca_files, clock) = (Vec::new(), Vec::new(), Arc::new(SystemClock));
        let options = HostOptions { cache: None, connect_to, ca_files, quota_scale: scale, clock };
        assert!(matches!(Host::new(options), Err(HostError::QuotaScale(_))), "{scale}");
    }
}
