//! Every documented code, in every way of signing in: told in its own sentence, with a remedy that is possible there.

use super::tests::{body, documented};
use crate::connect::Dialogue;
use crate::contract::dialogue::{Ask, Progress, Question, Reply};
use crate::contract::types::{Error, Fault};
use crate::renew;
use crate::settings::Settings;
use crate::sign_in::challenge::Listening;
use crate::sign_in::codes::{self, Code};
use crate::wire::{Wire, pairs, settings};

const NOW: i64 = 1_800_000_000;
const BASE: &str = "http://localhost:53682";
const SHOWN: &str =
    r#"{"device_code":"d","user_code":"ABCD","verification_uri":"https://microsoft.com/devicelogin","interval":7}"#;

/// What a refusal becomes in a way of signing in; nothing when it is asked again by itself.
type Way = fn(&Wire) -> Option<Error>;

const WAYS: [(&str, Way); 7] = [
    ("password", |wire| start(wire, &password()).err()),
    ("federated", |wire| start(wire, &settings(&[("sign-in", "federated"), ("federated-token", "a.b.c")])).err()),
    ("certificate", |wire| {
        start(wire, &settings(&[("sign-in", "certificate"), ("certificate", crate::wire::CERTIFICATE)])).err()
    }),
    ("a code is asked for", |wire| start(wire, &by_code()).err()),
    ("a code is polled for", |wire| {
        let shown = kept(start(&Wire::default().then(200, SHOWN), &by_code()).unwrap());
        let waiting = kept(step(&Wire::default(), &by_code(), &Reply::Waited, Some(&shown)).unwrap());
        step(wire, &by_code(), &Reply::Waited, Some(&waiting)).err()
    }),
    ("browser", |wire| {
        let Progress::Ask(Question { ask: Ask::Browse(page), continuation }) =
            start(&Wire::default(), &browser()).unwrap()
        else {
            panic!()
        };
        let reply = Reply::Redirected(pairs(&[("code", "c"), ("state", &page.state)]));
        step(wire, &browser(), &reply, Some(&continuation)).err()
    }),
    ("refresh", |wire| renew::renew(wire, &browser(), Some(b"refresh-token"), NOW).err()),
];

/// Remedies for which there must be somebody at a page.
const AT_A_PAGE: [&str; 7] =
    ["sign-in page", "the pages", "last page", "the page that", "and accept", "new code", "choose an account"];

/// Codes that come of pages, codes and refresh tokens alone, and therefore never to a password.
const OF_PAGES: [u32; 6] = [65004, 70008, 54005, 501_481, 700_082, 70043];

fn password() -> Settings {
    settings(&[
        ("sign-in", "password"),
        ("client-secret", ""),
        ("user-name", "reader@contoso.onmicrosoft.com"),
        ("password", "correct horse"),
    ])
}

fn by_code() -> Settings {
    settings(&[("sign-in", "device-code"), ("client-secret", "")])
}

fn browser() -> Settings {
    settings(&[("sign-in", "browser"), ("client-secret", "")])
}

fn step(wire: &Wire, settings: &Settings, reply: &Reply, kept: Option<&[u8]>) -> Result<Progress, Error> {
    Dialogue { transport: Listening::to(wire), settings, now: NOW }.step(reply, kept)
}

fn start(wire: &Wire, settings: &Settings) -> Result<Progress, Error> {
    step(wire, settings, &Reply::Start(BASE.to_owned()), None)
}

fn kept(progress: Progress) -> Vec<u8> {
    match progress {
        Progress::Ask(question) => question.continuation,
        other => panic!("{other:?}"),
    }
}

/// The sentence and the remedy as a person reads them.
fn told(error: Error) -> (String, String) {
    let of = |fault: Fault| {
        assert_eq!(fault.request_id.as_deref(), Some("trace t-1, correlation c-1"), "{fault:?}");
        (fault.message, fault.mend.unwrap_or_default())
    };
    match error {
        Error::InvalidSettings(mut problems) => {
            let problem = problems.remove(0);
            assert!(problem.wrong.contains("trace t-1, correlation c-1"), "{}", problem.wrong);
            (problem.wrong, problem.mend)
        }
        Error::SignInNeeded(fault) | Error::Other(fault) => of(fault),
        Error::Forbidden(refusal) => of(refusal.fault),
        Error::Throttled(delay) | Error::Unavailable(delay) => of(delay.fault),
        other => panic!("{other:?}"),
    }
}

fn passes(code: &Code) -> bool {
    ["transient", "throttled"].contains(&code.case)
}

#[test]
fn every_code_is_told_in_its_own_sentence_with_a_remedy_that_is_possible_in_every_way_of_signing_in() {
    for (number, error, status) in documented() {
        let code = codes::find(number).unwrap();
        let alone = crate::sign_in::password::alone_with(number);
        for (way, refuse) in WAYS {
            // Without a demand, which would be met by a second sign-in.
            let body = body(error, number).replace(r#","claims":"{}""#, "");
            let wire = Wire::default().then(status, &body);
            let Some(refused) = refuse(&wire) else {
                assert!(way == "a code is polled for" && passes(&code), "{way}: {number} is not refused");
                continue;
            };
            let (sentence, mend) = told(refused);
            let (happened, expected) = alone.filter(|_| way == "password").unwrap_or((code.happened, code.mend));
            assert!(sentence.starts_with(happened), "{way}: {number}: {sentence}");
            assert_eq!(mend, expected, "{way}: {number}");
            // Nobody signs in for an application, so that no code of an account comes to it.
            let is_asked = match way {
                "password" => !OF_PAGES.contains(&number),
                "federated" | "certificate" => code.case != "sign-in" && number != 65004,
                _ => false,
            };
            if is_asked {
                assert!(AT_A_PAGE.iter().all(|words| !mend.contains(words)), "{way}: {number}: {mend}");
            }
        }
    }
}
