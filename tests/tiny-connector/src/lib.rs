//! A connector of a made-up service, one page long: Paperclip, where people share notes and by which they sign in to
//! other applications. Days and instants are numbers there, as they are in the contract.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, unsafe_code, reason = "of what wit-bindgen generates")]

wit_bindgen::generate!({ path: "../../wit", world: "plugin", generate_all, additional_derives: [serde::Deserialize] });

use binadox::connector::dialogue::{Ask, Connected, Input, Question, Reply};
use binadox::connector::manifest::{Dataset, Entry, Field, Manifest, Origin, Quota, Verb};
use binadox::connector::types::{Delay, Error, Fault, Problem, Setting};
use binadox::connector::{rows::Account, rows::Row, sink};
use exports::binadox::connector::connector::{
    Agenda, Configured, Context, Examined, Explanation, Guest, Kind, Outcome, Partition, Progress, Renewed, Step, Task,
};
use serde::de::DeserializeOwned;

const API: &str = "https://api.paperclip.example/v1";
const DAY: i64 = 86_400;
/// Bytes of one answer. A page of a hundred people has about 20 000.
const LARGEST: usize = 1 << 20;

type Bytes = Option<Vec<u8>>;

struct Paperclip;
export!(Paperclip);

impl Guest for Paperclip {
    fn describe() -> Manifest {
        Manifest {
            id: "paperclip".into(),
            title: "Paperclip".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            about: "Reads who is in a Paperclip workspace, its seats, and where people sign in with it.".into(),
            fields: vec![field("workspace", "Workspace", false), token()],
            datasets: vec![
                dataset("people", "People", Verb::Collect, Kind::User),
                dataset("seats", "Seats that were bought", Verb::Collect, Kind::Product),
                dataset("logins", "Sign-ins", Verb::Discover, Kind::ApplicationUse),
            ],
            origins: origins(),
            quotas: vec![Quota { id: "api".into(), requests: 50, per_seconds: 10, source: "made up".into() }],
            permissions: vec![],
            reference_files: vec![],
        }
    }

    fn built_in(_: String) -> Bytes {
        None
    }

    fn configure(settings: Vec<Setting>) -> Result<Configured, Error> {
        if value(&settings, "workspace").is_empty() {
            let (wrong, mend) = ("The workspace is missing.", "Copy it from the address of your start page.");
            let problem = Problem { field: "workspace".into(), wrong: wrong.into(), mend: mend.into() };
            return Err(Error::InvalidSettings(vec![problem]));
        }
        Ok(Configured { settings, origins: origins() })
    }

    fn connect(settings: Vec<Setting>, reply: Reply, _: Bytes, _: Context) -> Result<Progress, Error> {
        let token = match (value(&settings, "token"), reply) {
            (_, Reply::Cancelled) => return Err(Error::SignInNeeded(fault("No token was given."))),
            (_, Reply::Values(values)) => value(&values, "token"),
            (token, _) if !token.is_empty() => token,
            _ => {
                let input =
                    Input { fields: vec![Field { required: true, ..token() }], help: "Paste the token.".into() };
                return Ok(Progress::Ask(Question { ask: Ask::Input(input), continuation: vec![] }));
            }
        };
        let account: Account = get(&format!("workspaces/{}", value(&settings, "workspace")), Some(&token))?;
        let keep = Some(token.into_bytes());
        let (account, account_id) = (account.name, account.id);
        Ok(Progress::Connected(Connected {
            account,
            account_id,
            keep,
            capabilities: vec![],
            granted: vec![],
            notes: vec![],
        }))
    }

    fn renew(_: Vec<Setting>, keep: Bytes, context: Context) -> Result<Renewed, Error> {
        let bearer = String::from_utf8(keep.unwrap_or_default()).unwrap_or_default();
        Ok(Renewed { bearer, expires: context.now + DAY, keep: None })
    }

    fn examine(settings: Vec<Setting>, keep: Bytes, context: Context) -> Result<Examined, Error> {
        Ok(Examined { renewed: Self::renew(settings, keep, context)?, capabilities: vec![], granted: vec![] })
    }

    fn plan(_: Vec<Setting>, _: Vec<Partition>, context: Context) -> Result<Agenda, Error> {
        let logins = task(&format!("logins/{}", context.now / DAY - 1), "logins");
        Ok(Agenda {
            tasks: vec![task("people", "people"), task("seats", "seats"), logins],
            expired: vec![],
            unwanted: vec![],
        })
    }

    fn explain(_: Vec<Setting>, _: Kind, _: String, _: Context) -> Result<Vec<Explanation>, Error> {
        Err(Error::NotFound(fault("Paperclip's connector gives no advice.")))
    }

    fn collect(_: Vec<Setting>, task: Task, _: Bytes, cursor: Bytes, _: Context) -> Result<Step, Error> {
        if task.dataset == "people" { step(&task, cursor, Row::User) } else { step(&task, cursor, Row::Product) }
    }

    fn discover(_: Vec<Setting>, task: Task, _: Bytes, cursor: Bytes, _: Context) -> Result<Step, Error> {
        step(&task, cursor, Row::ApplicationUse)
    }
}

/// A page of answers. The real service's names would stand here in structs of their own; Paperclip has those of the
/// contract, so that its rows need no translation.
#[derive(serde::Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

/// One step: one page of a task, whose id is the path. The cursor is the number of the page.
fn step<T: DeserializeOwned>(task: &Task, cursor: Bytes, row: fn(T) -> Row) -> Result<Step, Error> {
    let page = String::from_utf8(cursor.unwrap_or_else(|| b"1".to_vec())).unwrap_or_default();
    let page: Page<T> = get(&format!("{}?page={page}", task.id), None)?;
    sink::emit(&page.items.into_iter().map(row).collect::<Vec<_>>()).map_err(Error::Storage)?;
    Ok(Step { outcome: page.next.map_or(Outcome::Done(None), |next| Outcome::More(next.into_bytes())), gaps: vec![] })
}

/// Asks the service. Without a token the host adds the credential by itself: a collecting connector never sees one.
fn get<T: DeserializeOwned>(path: &str, token: Option<&str>) -> Result<T, Error> {
    let mut request = waki::Client::new().get(&format!("{API}/{path}"));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let wait = |what: &str| Delay { fault: fault(what), retry_after: None };
    let broken = |error| Error::Unavailable(wait(&format!("Paperclip does not answer: {error}.")));
    let response = request.send().map_err(broken)?;
    match response.status_code() {
        200 => {}
        401 | 403 => return Err(Error::SignInNeeded(fault("Paperclip refuses the token."))),
        429 => return Err(Error::Throttled(wait("Paperclip asks for time."))),
        other => return Err(Error::Unavailable(wait(&format!("Paperclip answers {other}.")))),
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk(1 << 16).map_err(broken)? {
        body.extend(chunk);
        if body.len() > LARGEST {
            return Err(Error::Protocol(fault("An answer of Paperclip is larger than a megabyte.")));
        }
    }
    serde_json::from_slice(&body).map_err(|error| Error::Protocol(fault(&format!("An answer is not JSON: {error}."))))
}

fn origins() -> Vec<Origin> {
    let (host, methods, why) = ("api.paperclip.example".into(), vec!["GET".into()], "To read the workspace.".into());
    vec![Origin { host, methods, bearer: true, browse: false, redirects_to: vec![], why }]
}

fn dataset(id: &str, title: &str, verb: Verb, kind: Kind) -> Dataset {
    let (id, title, help) = (id.into(), title.into(), format!("{title} of the workspace."));
    Dataset { id, title, help, verb, kinds: vec![kind], columns: vec![], permissions: vec![], licence: None }
}

fn field(name: &str, label: &str, secret: bool) -> Field {
    let (name, label, help) = (name.into(), label.into(), format!("In Paperclip: Settings, {label}."));
    Field {
        name,
        label,
        help,
        entry: Entry::Text,
        secret,
        signs_in: true,
        required: true,
        default: None,
        only_when: None,
    }
}

/// Who gives no token beforehand is asked for it by `connect`.
fn token() -> Field {
    Field { required: false, ..field("token", "Tokens", true) }
}

fn task(id: &str, dataset: &str) -> Task {
    let (id, dataset, quota) = (id.into(), dataset.into(), Some("api".into()));
    Task { id, dataset, needs: vec![], quota, parallel: 1, background: false, estimate: None }
}

fn value(settings: &[Setting], name: &str) -> String {
    settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.clone()).unwrap_or_default()
}

fn fault(message: &str) -> Fault {
    Fault { message: message.into(), mend: None, code: None, request_id: None }
}
