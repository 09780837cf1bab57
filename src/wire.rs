//! A transport for tests: answers from a list, and keeps what was asked.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::contract::types::{Error, Setting};
use crate::fault;
use crate::http::{Request, Response, Transport};
use crate::settings::Settings;

/// An answer to come: status, headers, body.
type Answer = (u16, Vec<(String, String)>, Vec<u8>);

/// Answers by the address that is asked: status and body.
type Service = Box<dyn Fn(&str) -> (u16, String)>;

/// A made-up network.
#[derive(Default)]
pub(crate) struct Wire {
    answers: RefCell<VecDeque<Answer>>,
    rest: Option<(u16, &'static str)>,
    service: Option<Service>,
    asked: RefCell<Vec<Request>>,
}

impl Wire {
    /// The next answer is this one.
    pub(crate) fn then(self, status: u16, body: &str) -> Self {
        self.then_with(status, &[], body)
    }

    /// The next answer is this one, with headers.
    pub(crate) fn then_with(self, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        self.answers.borrow_mut().push_back((status, pairs(headers), body.as_bytes().to_vec()));
        self
    }

    /// Every answer after those is this one.
    pub(crate) fn rest(self, status: u16, body: &'static str) -> Self {
        Self { rest: Some((status, body)), ..self }
    }

    /// Answers by the address that is asked.
    pub(crate) fn service(answer: impl Fn(&str) -> (u16, String) + 'static) -> Self {
        Self { service: Some(Box::new(answer)), ..Self::default() }
    }

    /// What was asked, in order.
    pub(crate) fn asked(&self) -> std::cell::Ref<'_, Vec<Request>> {
        self.asked.borrow()
    }

    /// The form that the request of this number carried, decoded.
    pub(crate) fn form(&self, at: usize) -> Vec<(String, String)> {
        form_urlencoded::parse(&self.asked.borrow()[at].body).into_owned().collect()
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let url = request.url.clone();
        self.asked.borrow_mut().push(request);
        if let Some(service) = &self.service {
            let (status, body) = service(&url);
            return Ok(Response::new(status, Vec::new(), Box::new(body.into_bytes())));
        }
        match self.answers.borrow_mut().pop_front() {
            Some((status, headers, body)) => Ok(Response::new(status, headers, Box::new(body))),
            None => match self.rest {
                Some((status, body)) => Ok(Response::new(status, Vec::new(), Box::new(body.as_bytes().to_vec()))),
                None => Err(fault::internal("The test has no answer left.")),
            },
        }
    }

    /// A made-up signature: the field and the data.
    fn sign(&self, field: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
        Ok([field.as_bytes(), b":", data].concat())
    }
}

/// Looks like a certificate; holds the words "not a real certificate".
pub(crate) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nbm90IGEgcmVhbCBjZXJ0aWZpY2F0ZQ==\n-----END CERTIFICATE-----\n";

/// Made-up settings that sign in as the application, with more fields in place of the defaults.
pub(crate) fn settings(more: &[(&str, &str)]) -> Settings {
    let least = [
        ("tenant", "contoso.onmicrosoft.com"),
        ("application-id", "11112222-bbbb-3333-cccc-4444dddd5555"),
        ("client-secret", "made-up-secret"),
    ];
    let kept = least.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    Settings::enter(&given(&kept.chain(more).copied().collect::<Vec<_>>())).unwrap()
}

/// Settings as the host gives them.
pub(crate) fn given(all: &[(&str, &str)]) -> Vec<Setting> {
    all.iter().map(|(name, value)| Setting { name: (*name).to_owned(), value: (*value).to_owned() }).collect()
}

/// Parameters of a redirect.
pub(crate) fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The text of a documented sample; `None`, and told, when the samples do not stand beside the project.
pub(crate) fn sample(name: &str) -> Option<String> {
    let text = sample_if_any(name);
    if text.is_none() {
        skipped(&format!("the sample {name}: it does not stand beside the project"));
    }
    text
}

/// The text of a documented sample of which there may be none.
pub(crate) fn sample_if_any(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/graph/samples").join(name);
    std::fs::read_to_string(path).ok()
}

/// Tells of something that is skipped, with how much was skipped so far. Not by `println!`: what a test prints is shown
/// only when it fails.
pub(crate) fn skipped(what: &str) {
    static SKIPPED: AtomicUsize = AtomicUsize::new(0);
    let so_far = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    let _told = writeln!(io::stderr(), "skipped ({so_far} so far): {what}");
}
