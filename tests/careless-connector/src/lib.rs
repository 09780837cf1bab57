//! A connector that does with its secret whatever must not be done: it prints it, logs it, puts it into errors, into what
//! a person is asked and told, and gives up with it on its lips. The host has to keep it in all the same.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, unsafe_code, reason = "of what wit-bindgen generates")]
#![allow(clippy::panic, reason = "that is what it is for")]

wit_bindgen::generate!({ path: "../../wit", world: "plugin-with-set-up", generate_all });

use binadox::connector::dialogue::{
    Ask, Browse, Capability, Connected, EnterCode, Granted, Input, Progress, Question, Reply, State,
};
use binadox::connector::log::{self, Level};
use binadox::connector::manifest::{Dataset, Entry, Field, Manifest, Origin, Verb};
use binadox::connector::rows::{Evidence, Kind};
use binadox::connector::types::{Delay, Error, Fault, Licence, Problem, Refusal, Setting};
use exports::binadox::connector::connector::{
    Agenda, Configured, Context, Examined, Explanation, Guest, Outcome, Partition, Renewed, Step, Task,
};
use exports::binadox::connector::set_up::{self, Act, Described, Finished, Keeping, Purpose};

type Bytes = Option<Vec<u8>>;

/// Lines have to be few, because a host may count them.
const FILLER: &str = "in a line that is long enough for the bound of bytes to be met before that of lines";

struct Careless;
export!(Careless);

impl Guest for Careless {
    fn describe() -> Manifest {
        Manifest {
            id: "careless".into(),
            title: "Careless".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            about: "Tells its secret wherever it can.".into(),
            fields: vec![field("mode", false), field("token", true)],
            datasets: vec![Dataset {
                id: "people".into(),
                title: "People".into(),
                help: "Nobody.".into(),
                verb: Verb::Collect,
                kinds: vec![Kind::User],
                columns: vec![],
                permissions: vec![],
                licence: None,
            }],
            origins: origins(),
            quotas: vec![],
            permissions: vec![],
            reference_files: vec![],
        }
    }

    fn built_in(_: String) -> Bytes {
        None
    }

    fn configure(settings: Vec<Setting>) -> Result<Configured, Error> {
        let token = tell(&settings);
        match value(&settings, "mode").as_str() {
            "problem" => Err(Error::InvalidSettings(vec![Problem {
                field: "token".into(),
                wrong: format!("{token} is wrong."),
                mend: format!("Enter another one than {token}."),
            }])),
            "panic-at-once" => panic!("told by a panic: {token}"),
            _ => Ok(Configured { settings, origins: origins() }),
        }
    }

    fn connect(settings: Vec<Setting>, reply: Reply, _: Bytes, context: Context) -> Result<Progress, Error> {
        let token = tell(&settings);
        if matches!(reply, Reply::Waited | Reply::Redirected(_)) {
            panic!("told by a panic: {token} {reply:?}");
        }
        let back = if let Reply::Start(base) = &reply { base.clone() } else { String::new() };
        let help = format!("Told by help: {token}");
        match value(&settings, "mode").as_str() {
            "well" => Ok(Progress::Connected(Connected {
                account: "Careless".into(),
                account_id: "1".into(),
                keep: Some(format!("kept-{token}").into_bytes()),
                capabilities: capabilities(&token),
                granted: granted(),
                notes: vec![fault(&token)],
            })),
            "page" => asked(Ask::Browse(Browse {
                url: format!("https://api.careless.example/?back={back}"),
                path: "/connect".into(),
                state: "a-state-that-is-long-enough".into(),
                help,
            })),
            "code" => asked(Ask::EnterCode(EnterCode {
                url: "https://api.careless.example/".into(),
                code: "ABC".into(),
                help,
                expires: context.now + 900,
            })),
            "input" => asked(Ask::Input(Input { fields: vec![field("other", false)], help })),
            "panic" => panic!("told by a panic: {token}"),
            "flood" => {
                // More than a host keeps. With the secret of the tests, the cut at 64 KiB goes through it.
                for _ in 0..1024 {
                    println!("{token} told over and over, {FILLER}");
                }
                Err(error("other", &token))
            }
            "trap" => core::arch::wasm32::unreachable(),
            "exit" => std::process::exit(3),
            other => Err(error(other, &token)),
        }
    }

    fn renew(settings: Vec<Setting>, keep: Bytes, _: Context) -> Result<Renewed, Error> {
        let kept = String::from_utf8(keep.unwrap_or_default()).unwrap_or_default();
        panic!("told by a panic: {} and {kept}", tell(&settings));
    }

    fn examine(settings: Vec<Setting>, _: Bytes, context: Context) -> Result<Examined, Error> {
        let token = tell(&settings);
        let renewed = Renewed { bearer: token.clone(), expires: context.now + 60, keep: None };
        Ok(Examined { renewed, capabilities: capabilities(&token), granted: granted() })
    }

    fn plan(_: Vec<Setting>, _: Vec<Partition>, _: Context) -> Result<Agenda, Error> {
        let task = Task {
            id: "people".into(),
            dataset: "people".into(),
            needs: vec![],
            quota: None,
            parallel: 1,
            background: false,
            estimate: None,
        };
        Ok(Agenda { tasks: vec![task], expired: vec![], unwanted: vec![] })
    }

    fn explain(_: Vec<Setting>, _: Kind, _: String, _: Context) -> Result<Vec<Explanation>, Error> {
        let evidence: Vec<Evidence> = vec![];
        Ok(vec![Explanation { subject: "1".into(), title: "1".into(), verdict: "1".into(), evidence }])
    }

    fn collect(settings: Vec<Setting>, _: Task, _: Bytes, _: Bytes, _: Context) -> Result<Step, Error> {
        panic!("told by a panic: {}", tell(&settings));
    }

    fn discover(_: Vec<Setting>, _: Task, _: Bytes, _: Bytes, _: Context) -> Result<Step, Error> {
        Ok(Step { outcome: Outcome::Done(None), gaps: vec![] })
    }
}

impl set_up::Guest for Careless {
    fn describe(_: Vec<Setting>) -> Described {
        Described { fields: vec![], makes: vec![], origins: vec![] }
    }

    fn set_up(
        _: Purpose,
        settings: Vec<Setting>,
        _: Vec<Setting>,
        reply: Reply,
        _: Bytes,
        _: Context,
    ) -> Result<set_up::Progress, Error> {
        let token = tell(&settings);
        let made = token.replace("first", "second");
        if !matches!(reply, Reply::Kept) {
            let settings = vec![Setting { name: "token".into(), value: made }];
            return Ok(set_up::Progress::Keep(Keeping { settings, continuation: vec![] }));
        }
        log::write(Level::Info, &format!("told of what is kept: {made}"));
        let act = Act { what: format!("Told by an act: {token} {made}"), request: made.clone(), done: true };
        Ok(set_up::Progress::Finished(Finished {
            acts: vec![act],
            settings: vec![Setting { name: "token".into(), value: made.clone() }],
            handed_over: vec![Setting { name: "password".into(), value: token.replace("first", "third") }],
            notes: vec![format!("Told by a note: {token}, {made} and {}", token.replace("first", "third"))],
            failed: None,
        }))
    }
}

/// Prints and logs the secret, as it is and as it looks elsewhere.
fn tell(settings: &[Setting]) -> String {
    let token = value(settings, "token");
    println!("told by standard output: {token}");
    eprintln!("told by standard error: {token}");
    for (level, name) in
        [(Level::Debug, "debug"), (Level::Info, "info"), (Level::Warn, "warn"), (Level::Error, "error")]
    {
        let (upper, lower) = (in_address(&token, "%XX"), in_address(&token, "%xx"));
        log::write(level, &format!("told by {name}: {settings:?} /?upper={upper}&lower={lower} Bearer {token}"));
    }
    token
}

/// The secret as it looks in an address; the pattern says which digits are used.
fn in_address(token: &str, pattern: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
        other if pattern == "%XX" => format!("%{other:02X}"),
        other => format!("%{other:02x}"),
    };
    token.bytes().map(one).collect()
}

/// Each case of the errors, with the secret in each of its sentences.
fn error(case: &str, token: &str) -> Error {
    let fault = fault(token);
    let delay = || Delay { fault: fault.clone(), retry_after: Some(0) };
    match case {
        "sign-in-needed" => Error::SignInNeeded(fault),
        "forbidden" => Error::Forbidden(Refusal { fault, permission: "Read".into() }),
        "licence-needed" => Error::LicenceNeeded(Licence { fault, plan: "Plan".into() }),
        "not-found" => Error::NotFound(fault),
        "throttled" => Error::Throttled(delay()),
        "unavailable" => Error::Unavailable(delay()),
        "cursor-expired" => Error::CursorExpired(fault),
        "protocol" => Error::Protocol(fault),
        "storage" => Error::Storage(fault),
        "internal" => Error::Internal(fault),
        // As much of it as a quotation has room for.
        "quote" => Error::Other(self::fault(token.get(..token.len() / 2).unwrap_or_default())),
        _ => Error::Other(fault),
    }
}

fn fault(token: &str) -> Fault {
    Fault {
        message: format!("Told by an error: {token}"),
        mend: Some(format!("Not {token}.")),
        code: Some(token.to_owned()),
        request_id: Some(token.to_owned()),
    }
}

fn capabilities(token: &str) -> Vec<Capability> {
    vec![Capability {
        subject: "people".into(),
        title: "People".into(),
        state: State::NotPossible,
        because: Some(format!("Told by a capability: {token}")),
        mend: Some(format!("Not {token}.")),
        mended_by: None,
        permissions: vec![],
    }]
}

fn granted() -> Vec<Granted> {
    vec![]
}

fn asked(ask: Ask) -> Result<Progress, Error> {
    Ok(Progress::Ask(Question { ask, continuation: vec![] }))
}

fn origins() -> Vec<Origin> {
    vec![Origin {
        host: "api.careless.example".into(),
        methods: vec!["GET".into()],
        bearer: true,
        browse: true,
        redirects_to: vec![],
        why: "To be careless.".into(),
    }]
}

fn field(name: &str, secret: bool) -> Field {
    Field {
        name: name.into(),
        label: name.into(),
        help: name.into(),
        entry: Entry::Text,
        secret,
        signs_in: true,
        required: true,
        default: None,
        only_when: None,
    }
}

fn value(settings: &[Setting], name: &str) -> String {
    settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.clone()).unwrap_or_default()
}
