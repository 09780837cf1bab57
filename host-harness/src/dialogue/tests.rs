use super::*;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::contract::connector::Context;
use crate::contract::dialogue::{Capability, Connected, Input};
use crate::contract::manifest::{Entry, Origin};
use crate::contract::types::{Error, Fault};
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const STATE: &str = "0123456789abcdef";

/// A connector that asks what it is told to ask, and remembers the replies.
#[derive(Default)]
struct Script {
    asks: Vec<Ask>,
    /// After so many questions, something is to be kept.
    keeps_after: Option<usize>,
    /// Whom it cannot go on with is told what exists.
    tells_what_exists: bool,
    /// So many seconds pass in each step.
    slow: Option<(Arc<ManualClock>, u64)>,
    replies: Mutex<Vec<Reply>>,
    secrets: Mutex<Vec<Vec<u8>>>,
}

impl Script {
    fn new(asks: Vec<Ask>) -> Self {
        Self { asks, ..Self::default() }
    }

    fn replies(&self) -> Vec<Reply> {
        self.replies.lock().unwrap().clone()
    }
}

impl Partner<Connected> for Script {
    fn step<'a>(
        &'a self,
        call: &'a Call,
        _settings: &'a [Setting],
        reply: &'a Reply,
        continuation: Option<&'a [u8]>,
    ) -> Pending<'a, Result<Turn<Connected>, CallError>> {
        let step = continuation.map_or(0, |bytes| usize::from(bytes[0]));
        self.replies.lock().unwrap().push(reply.clone());
        *self.secrets.lock().unwrap() = call.secrets.iter().map(|secret| secret.expose().to_vec()).collect();
        let keeps = self.keeps_after.filter(|after| *after == step && !matches!(reply, Reply::Kept));
        let progress = match (self.asks.get(step), reply) {
            (None, Reply::Cancelled) if !self.tells_what_exists => {
                Err(CallError::Connector(Error::Other(Fault::new("It was given up.", None))))
            }
            (_, Reply::Cancelled) if self.tells_what_exists => Ok(Turn::End(connected())),
            _ if keeps.is_some() => Ok(Turn::Keep {
                settings: vec![Setting::new("word", "s3cret")],
                secrets: vec![Secret::from("s3cret".to_owned())],
                continuation: vec![step as u8],
            }),
            (Some(ask), _) => Ok(Turn::Ask(Question { ask: ask.clone(), continuation: vec![step as u8 + 1] })),
            (None, _) => Ok(Turn::End(connected())),
        };
        let takes = self.slow.clone();
        Box::pin(async move {
            if let Some((clock, seconds)) = takes {
                clock.sleep(Duration::from_secs(seconds)).await;
            }
            progress
        })
    }
}

fn connected() -> Connected {
    let capabilities: Vec<Capability> = Vec::new();
    Connected {
        account: "Example Ltd".into(),
        account_id: "1".into(),
        keep: None,
        capabilities,
        granted: Vec::new(),
        notes: Vec::new(),
    }
}

/// A person who visits the redirect address of a page as a browser would, and answers with the field's name.
#[derive(Default)]
struct Robot {
    told: Mutex<Vec<String>>,
    gives_up: bool,
    pastes: Mutex<Vec<String>>,
    /// The person interrupts when the clock shows so many seconds.
    interrupts: Option<(Arc<ManualClock>, u64)>,
}

impl Person for Robot {
    fn show_page(&self, url: &str, _help: &str) {
        self.told.lock().unwrap().push(url.to_owned());
        let url: Url = url.parse().unwrap();
        let Some((_, redirect)) = url.query_pairs().find(|(name, _)| name == "redirect") else { return };
        let redirect: Url = redirect.parse().unwrap();
        tokio::spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).await.unwrap();
            let request = format!("GET {}?state={STATE}&code=c0de HTTP/1.1\r\n\r\n", redirect.path());
            stream.write_all(request.as_bytes()).await.unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        });
    }

    fn show_code(&self, code: &EnterCode) {
        self.told.lock().unwrap().push(code.code.clone());
    }

    fn ask(&self, field: &Field) -> Result<Option<Secret>, PersonError> {
        Ok((!self.gives_up).then(|| Secret::from(field.name.clone())))
    }

    fn tell(&self, note: &str) {
        self.told.lock().unwrap().push(note.to_owned());
    }

    fn interrupted(&self) -> Pending<'_, ()> {
        match &self.interrupts {
            Some((clock, at)) => {
                let left = Duration::from_secs(*at).saturating_sub(clock.now().as_duration().unsigned_abs());
                clock.sleep(left)
            }
            None => Box::pin(std::future::pending()),
        }
    }

    fn pasted(&self) -> Pending<'_, String> {
        match self.pastes.lock().unwrap().pop() {
            Some(text) => Box::pin(async { text }),
            None => Box::pin(std::future::pending()),
        }
    }
}

fn browse(url: &str, state: &str) -> Ask {
    Ask::Browse(Browse { url: url.into(), path: "/connect".into(), state: state.into(), help: "Sign in.".into() })
}

fn field(name: &str, secret: bool, only_when: Option<(String, Vec<String>)>) -> Field {
    Field {
        name: name.into(),
        label: String::new(),
        help: String::new(),
        entry: Entry::Text,
        secret,
        signs_in: false,
        required: true,
        default: None,
        only_when,
    }
}

fn call() -> Call {
    let origin = Origin {
        host: "login.example.com".into(),
        methods: vec!["POST".into()],
        bearer: false,
        browse: true,
        redirects_to: Vec::new(),
        why: String::new(),
    };
    let unopened = Origin { host: "api.example.com".into(), browse: false, ..origin.clone() };
    Call { origins: vec![origin, unopened], ..Call::new(Context { now: 0, baseline_ended: None }) }
}

async fn run(
    script: &Script,
    robot: &Robot,
    port: Option<u16>,
    clock: Arc<dyn Clock>,
) -> Result<Connected, DialogueError> {
    let keeper = None;
    converse(&Talk { partner: script, call: &call, settings: &[], person: robot, port, clock, keeper }).await
}

async fn quick(script: &Script, robot: &Robot) -> Result<Connected, DialogueError> {
    run(script, robot, None, Arc::new(SystemClock)).await
}

#[tokio::test]
async fn a_browser_comes_back_and_the_connector_gets_its_parameters() {
    let port = crate::listener::Listener::bind(None).await.unwrap().base();
    let page = format!("https://login.example.com/authorize?redirect={port}/connect");
    let script = Script::new(vec![browse(&page, STATE)]);
    let port = port.rsplit(':').next().unwrap().parse().unwrap();
    let connected = run(&script, &Robot::default(), Some(port), Arc::new(SystemClock)).await.unwrap();
    assert_eq!(connected.account, "Example Ltd");
    let replies = script.replies();
    assert_eq!(replies[0], Reply::Start(format!("http://localhost:{port}")));
    let parameters = [("state", STATE), ("code", "c0de")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(replies[1], Reply::Redirected(parameters.to_vec()));
    assert_eq!(*script.secrets.lock().unwrap(), [b"c0de".to_vec()]);
}

#[tokio::test]
async fn a_page_is_shown_only_on_a_sign_in_origin_and_over_https() {
    for page in [
        "http://login.example.com/",
        "https://api.example.com/",
        "https://evil.org/",
        "https://login.example.com.evil.org/",
        "https://login.example.com@evil.org/",
        "https://user@login.example.com/",
        "https://login.example.com:8443/",
        "https://10.0.0.1/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "login.example.com",
    ] {
        let (script, robot) = (Script::new(vec![browse(page, STATE)]), Robot::default());
        let error = quick(&script, &robot).await.unwrap_err();
        assert!(matches!(error, DialogueError::Page { .. }), "{page}: {error}");
        assert!(robot.told.lock().unwrap().is_empty(), "{page}");
    }
}

#[tokio::test]
async fn a_state_that_could_be_guessed_is_refused() {
    let script = Script::new(vec![browse("https://login.example.com/", "short")]);
    let error = quick(&script, &Robot::default()).await.unwrap_err();
    assert!(matches!(error, DialogueError::Expectation { length: 5, .. }), "{error}");
}

#[tokio::test]
async fn an_address_copied_by_the_person_is_as_good_as_the_browser() {
    let listener = crate::listener::Listener::bind(None).await.unwrap();
    let base = listener.base();
    drop(listener);
    let script = Script::new(vec![browse("https://login.example.com/", STATE)]);
    let pastes = vec![format!("{base}/connect?state={STATE}&code=c0de"), "nonsense".to_owned()];
    let robot = Robot { pastes: Mutex::new(pastes), ..Robot::default() };
    let port = base.rsplit(':').next().unwrap().parse().unwrap();
    run(&script, &robot, Some(port), Arc::new(SystemClock)).await.unwrap();
    assert!(matches!(&script.replies()[1], Reply::Redirected(parameters) if parameters.len() == 2));
    assert_eq!(robot.told.lock().unwrap().len(), 2);
}

/// A dialogue to its end, while time passes.
async fn passing(
    script: Script,
    robot: Robot,
    clock: Arc<ManualClock>,
) -> (Result<Connected, DialogueError>, Script, Robot) {
    let ended = tokio::spawn({
        let clock = clock.clone();
        async move { (run(&script, &robot, None, clock).await, script, robot) }
    });
    while !ended.is_finished() {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    ended.await.unwrap()
}

#[tokio::test]
async fn a_person_who_does_not_come_back_is_not_waited_for_without_end() {
    let script = || Script::new(vec![browse("https://login.example.com/", STATE)]);
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let (ended, script_then, _) = passing(script(), Robot::default(), clock.clone()).await;
    let error = ended.unwrap_err();
    assert!(matches!(&error, DialogueError::TooLate { host } if host == "login.example.com"), "{error}");
    assert_eq!(script_then.replies().last(), Some(&Reply::Cancelled));
    // What exists by then is told, and why nothing more.
    let (ended, _, robot) = passing(Script { tells_what_exists: true, ..script() }, Robot::default(), clock).await;
    assert_eq!(ended.unwrap().account, "Example Ltd");
    let told = robot.told.into_inner().unwrap();
    assert!(told[1].starts_with("Nobody came back from login.example.com within 15 minutes."), "{told:?}");
}

#[tokio::test]
async fn a_long_wait_is_told_once_and_not_while_a_code_is_shown() {
    let wait = |seconds: &[u32]| seconds.iter().map(|seconds| Ask::Wait(*seconds)).collect::<Vec<_>>();
    let told = |asks: Vec<Ask>| async {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let (ended, _, robot) = passing(Script::new(asks), Robot::default(), clock).await;
        ended.unwrap();
        robot.told.into_inner().unwrap()
    };
    assert_eq!(told(wait(&[2, 3])).await, [""; 0]);
    assert_eq!(told(wait(&[2, 2, 3, 5, 20])).await.len(), 1);
    assert!(told(wait(&[60])).await[0].starts_with("Waiting for the service"));
    let (url, help) = ("https://login.example.com/device".to_owned(), String::new());
    let code = Ask::EnterCode(EnterCode { url, code: "ABC-DEF".into(), help, expires: i64::MAX });
    assert_eq!(told([vec![code], wait(&[5, 5, 5])].concat()).await, ["ABC-DEF"]);
}

#[tokio::test]
async fn an_interruption_lets_a_step_end_and_stops_at_the_next_question() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let interrupts = |at| Robot { interrupts: Some((clock.clone(), at)), ..Robot::default() };
    let page = || Script::new(vec![browse("https://login.example.com/", STATE)]);
    let slow = Script { slow: Some((clock.clone(), 60)), ..page() };
    let (ended, script, robot) = passing(slow, interrupts(10), clock.clone()).await;
    assert!(matches!(ended, Err(DialogueError::Interrupted)));
    assert_eq!(script.replies().len(), 2);
    // The page was not shown any more.
    let told = robot.told.into_inner().unwrap();
    assert!(told.len() == 1 && told[0].starts_with("It stops at the next wait"), "{told:?}");

    let later = clock.now().as_duration().unsigned_abs().as_secs() + 10;
    let (ended, script, robot) = passing(page(), interrupts(later), clock.clone()).await;
    assert!(matches!(ended, Err(DialogueError::Interrupted)));
    assert_eq!(script.replies()[1], Reply::Cancelled);
    assert_eq!(robot.told.into_inner().unwrap(), ["https://login.example.com/"]);
}

/// Keeps what it is given, or refuses it.
struct Kept(bool, Mutex<Vec<String>>);

impl Keeper for Kept {
    fn keep<'a>(&'a self, settings: &'a [Setting]) -> Pending<'a, bool> {
        self.1.lock().unwrap().extend(settings.iter().map(|setting| setting.value.clone()));
        let is_kept = self.0;
        Box::pin(async move { is_kept })
    }
}

#[tokio::test]
async fn what_is_made_is_kept_before_anything_follows_and_what_cannot_be_kept_ends_it() {
    let keeping = || Script { keeps_after: Some(1), ..Script::new(vec![Ask::Wait(0), Ask::Wait(0)]) };
    let talk = |script: Script, keeper: Option<Kept>, robot: Robot| async move {
        let clock = Arc::new(SystemClock);
        let (settings, person, port) = (&[], &robot, None);
        let keeper = keeper.as_ref();
        let dyn_keeper = keeper.map(|keeper| keeper as &dyn Keeper);
        let ended =
            converse(&Talk { partner: &script, call: &call, settings, person, port, clock, keeper: dyn_keeper }).await;
        let kept = keeper.map(|kept| kept.1.lock().unwrap().clone()).unwrap_or_default();
        (ended, script, kept)
    };
    let (ended, script, kept) = talk(keeping(), Some(Kept(true, Mutex::default())), Robot::default()).await;
    ended.unwrap();
    assert_eq!(kept, ["s3cret"]);
    assert_eq!(script.replies()[2..], [Reply::Kept, Reply::Waited]);
    assert_eq!(*script.secrets.lock().unwrap(), [b"s3cret".to_vec()]);
    for keeper in [Some(Kept(false, Mutex::default())), None] {
        let (ended, script, _) = talk(keeping(), keeper, Robot::default()).await;
        assert!(matches!(ended, Err(DialogueError::NotKept)));
        assert_eq!(script.replies()[2..], [Reply::Cancelled]);
    }
    // What is made while somebody interrupts is kept, too.
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let interrupted = Robot { interrupts: Some((clock, 0)), ..Robot::default() };
    let script = Script { keeps_after: Some(0), tells_what_exists: true, ..Script::new(vec![Ask::Wait(0)]) };
    let (ended, script, kept) = talk(script, Some(Kept(true, Mutex::default())), interrupted).await;
    ended.unwrap();
    assert_eq!(kept, ["s3cret"]);
    assert_eq!(script.replies()[1..], [Reply::Kept, Reply::Cancelled]);
}

#[tokio::test]
async fn only_the_fields_whose_condition_holds_are_asked_and_secrets_are_remembered_as_such() {
    let fields = vec![
        field("way", false, None),
        field("word", true, Some(("way".into(), vec!["way".into()]))),
        field("other", true, Some(("way".into(), vec!["else".into()]))),
    ];
    let script = Script::new(vec![Ask::Input(Input { fields, help: "Say.".into() })]);
    let robot = Robot::default();
    quick(&script, &robot).await.unwrap();
    let values = ["way", "word"].map(|name| Setting::new(name, name));
    assert_eq!(script.replies()[1], Reply::Values(values.to_vec()));
    assert_eq!(*script.secrets.lock().unwrap(), [b"word".to_vec()]);
    assert_eq!(*robot.told.lock().unwrap(), ["Say."]);
}

#[tokio::test]
async fn a_person_who_gives_up_ends_the_dialogue_and_the_connector_is_told() {
    let ask = Ask::Input(Input { fields: vec![field("way", false, None)], help: String::new() });
    let script = Script::new(vec![ask.clone(), ask]);
    let robot = Robot { gives_up: true, ..Robot::default() };
    assert!(matches!(quick(&script, &robot).await, Err(DialogueError::Cancelled)));
    assert_eq!(script.replies()[1], Reply::Cancelled);
}

#[tokio::test]
async fn a_code_is_shown_unless_it_has_expired() {
    let code = |expires| {
        let url = "https://login.example.com/device".into();
        Ask::EnterCode(EnterCode { url, code: "ABC-DEF".into(), help: String::new(), expires })
    };
    let robot = Robot::default();
    quick(&Script::new(vec![code(i64::MAX)]), &robot).await.unwrap();
    assert_eq!(*robot.told.lock().unwrap(), ["ABC-DEF"]);
    assert!(matches!(quick(&Script::new(vec![code(0)]), &robot).await, Err(DialogueError::TooLate { .. })));
}

#[tokio::test]
async fn a_connector_that_never_stops_asking_is_stopped() {
    struct Endless;
    impl Partner<Connected> for Endless {
        fn step<'a>(
            &'a self,
            _: &'a Call,
            _: &'a [Setting],
            _: &'a Reply,
            _: Option<&'a [u8]>,
        ) -> Pending<'a, Result<Turn<Connected>, CallError>> {
            Box::pin(async { Ok(Turn::Ask(Question { ask: Ask::Wait(0), continuation: Vec::new() })) })
        }
    }
    let clock = Arc::new(SystemClock);
    let (person, port, keeper) = (&Robot::default(), None, None);
    let talk = Talk { partner: &Endless, call: &call, settings: &[], person, port, clock, keeper };
    assert!(matches!(converse(&talk).await, Err(DialogueError::Endless)));
}
