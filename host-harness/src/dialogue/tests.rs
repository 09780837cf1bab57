use super::*;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::contract::connector::Context;
use crate::contract::dialogue::{Capability, Connected, Input};
use crate::contract::manifest::{Entry, Origin};
use std::sync::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const STATE: &str = "0123456789abcdef";

/// A connector that asks what it is told to ask, and remembers the replies.
struct Script {
    asks: Vec<Ask>,
    replies: Mutex<Vec<Reply>>,
    secrets: Mutex<Vec<Vec<u8>>>,
}

impl Script {
    fn new(asks: Vec<Ask>) -> Self {
        Self { asks, replies: Mutex::default(), secrets: Mutex::default() }
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
        let progress = match self.asks.get(step) {
            Some(ask) => Turn::Ask(Question { ask: ask.clone(), continuation: vec![step as u8 + 1] }),
            None => Turn::End(connected()),
        };
        Box::pin(async { Ok(progress) })
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
    converse(&Talk { partner: script, call: &call, settings: &[], person: robot, port, clock }).await
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

#[tokio::test]
async fn a_person_who_does_not_come_back_is_not_waited_for_without_end() {
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let script = Arc::new(Script::new(vec![browse("https://login.example.com/", STATE)]));
    let waiting = tokio::spawn({
        let (script, clock) = (script.clone(), clock.clone());
        async move { run(&script, &Robot::default(), None, clock).await }
    });
    while !waiting.is_finished() {
        clock.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(&error, DialogueError::TooLate { host } if host == "login.example.com"), "{error}");
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
    let values = ["way", "word"].map(|name| Setting { name: name.into(), value: name.into() });
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
    let talk = Talk { partner: &Endless, call: &call, settings: &[], person: &Robot::default(), port: None, clock };
    assert!(matches!(converse(&talk).await, Err(DialogueError::Endless)));
}
