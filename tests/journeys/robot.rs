//! A person at a browser: fills the pages of the simulator and follows where they lead.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::Child;
use std::sync::Once;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response};
use serde_json::Value;
use simulator::Account;
use url::Url;

use crate::desk::{Ended, Limit};

/// What the robot does on a page that asks for consent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Accepts.
    Accept,
    /// Cancels.
    Cancel,
}

/// Names what encrypts the connections of this process, once.
pub fn provider() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("the first provider");
    });
}

/// A person at a browser.
pub struct Robot {
    client: Client,
    account: Account,
    consent: Consent,
}

impl Robot {
    /// A person who reaches the hosts at an address, and trusts a certificate.
    pub fn new(hosts: &[&str], address: SocketAddr, ca: &str, account: Account, consent: Consent) -> Robot {
        provider();
        let ca = Certificate::from_pem(ca.as_bytes()).expect("a certificate");
        let client = Client::builder().tls_certs_only([ca]).redirect(Policy::none());
        let client = hosts.iter().fold(client, |client, host| client.resolve(host, address));
        Robot { client: client.build().expect("a client"), account, consent }
    }

    /// Opens a page and does what each page asks, until one leads back to this machine.
    pub async fn browse(&self, page: &Url) -> Url {
        let mut here = page.clone();
        let mut answer = self.client.get(here.clone()).send().await.expect("the page answers");
        for _ in 0..8 {
            if let Some(location) = answer.headers().get("location") {
                here = here.join(location.to_str().expect("an address")).expect("an address");
                if here.host_str() == Some("localhost") {
                    return here;
                }
                answer = self.client.get(here.clone()).send().await.expect("the page answers");
            } else {
                let text = answer.text().await.expect("a page");
                (here, answer) = self.fill(&here, &text).await;
            }
        }
        panic!("the pages do not end: {here}");
    }

    /// Enters the code of another machine, does what each page asks, and gives the last one.
    pub async fn enter_code(&self, page: &Url, code: &str) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("code", code).finish();
        let request = self.client.post(page.clone()).header("content-type", "application/x-www-form-urlencoded");
        let mut here = page.clone();
        let mut answer = request.body(body).send().await.expect("the page answers");
        for _ in 0..8 {
            let text = answer.text().await.expect("a page");
            if !text.contains("action=\"") {
                return text;
            }
            (here, answer) = self.fill(&here, &text).await;
        }
        panic!("the pages do not end: {here}");
    }

    async fn fill(&self, here: &Url, text: &str) -> (Url, Response) {
        let action = between(text, "action=\"", "\"").unwrap_or_else(|| panic!("no form on {here}: {text}"));
        let visit = between(text, "name=\"ctx\" value=\"", "\"").unwrap_or_default();
        let target = here.join(&action).expect("an address");
        let decision = if self.consent == Consent::Accept { "accept" } else { "cancel" };
        let fields = [
            ("ctx", visit.as_str()),
            ("login", &self.account.principal_name),
            ("passwd", &self.account.password),
            ("decision", decision),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(target.clone()).header("content-type", "application/x-www-form-urlencoded");
        (target, request.body(body).send().await.expect("the form is answered"))
    }

    /// Posts a form, and gives the status and the body of the answer.
    pub async fn post(&self, page: &Url, fields: &[(&str, &str)]) -> (u16, String) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(page.clone()).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(body).send().await.expect("the page answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// Sends what is made, with a credential, and gives the status and the answer.
    pub async fn make(&self, url: &str, token: &str, made: &Value) -> (u16, Value) {
        let request = self.client.post(url).bearer_auth(token).header("content-type", "application/json");
        let answer = request.body(made.to_string()).send().await.expect("the service answers");
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON"))
    }

    /// Goes to an address of this machine, as the browser does at the end, and returns what is shown there.
    pub async fn arrive(&self, address: Url) -> String {
        let answer = Client::new().get(address).send().await.expect("the listener answers");
        answer.text().await.expect("a page")
    }
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found.replace("&amp;", "&"))
}

/// A `connect` that runs and asks for pages.
pub struct Asking {
    child: Child,
    errors: BufReader<std::process::ChildStderr>,
    told: String,
    _limit: Limit,
}

impl Asking {
    /// Reads what a running command tells.
    pub fn of(mut child: Child) -> Asking {
        let errors = BufReader::new(child.stderr.take().expect("standard error"));
        let _limit = Limit::of(&child);
        Asking { child, errors, told: String::new(), _limit }
    }

    /// Waits for the next page that it asks for.
    #[track_caller]
    pub fn page(&mut self) -> Url {
        loop {
            let mut line = String::new();
            let read = self.errors.read_line(&mut line).expect("standard error can be read");
            assert_ne!(read, 0, "it asked for no page: {}", self.told);
            self.told.push_str(&line);
            if let Ok(page) = line.trim().parse::<Url>() {
                return page;
            }
        }
    }

    /// Waits for the code that it shows.
    #[track_caller]
    pub fn code(&mut self) -> String {
        let line = self.wait_for("code: ");
        line.split_once("code: ").map(|(_, code)| code.trim().to_owned()).unwrap_or_default()
    }

    /// Waits for a line that holds these words.
    #[track_caller]
    pub fn wait_for(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.errors.read_line(&mut line).expect("standard error can be read");
            assert_ne!(read, 0, "it did not tell {words:?}: {}", self.told);
            self.told.push_str(&line);
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Presses Ctrl-C.
    #[track_caller]
    pub fn interrupt(&self) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill starts");
        assert!(sent.success());
    }

    /// Kills it, and waits until it is gone.
    #[track_caller]
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.end().with(-1);
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        self.errors.read_to_string(&mut self.told).expect("standard error can be read");
        let output = self.child.wait_with_output().expect("it ends");
        Ended { err: self.told, ..Ended::from(output) }
    }
}
