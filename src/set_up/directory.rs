//! The directory as set-up sees it: what is there, and one change at a time.
//!
//! New objects are not known everywhere at once: for some seconds Graph answers 404, or 400 when another object refers to
//! one. Both come back as [`Trouble::Wait`], and so does a request for fewer requests.

use serde_json::Value;

use super::memory::Memory;
use crate::contract::types::{Error, Fault};
use crate::fault;
use crate::http::{Request, Response, Transport};
use crate::json::Fields as _;
use crate::random;

/// The longest answer that is read: a page of assignments has some hundred KB.
const CAP: usize = 4 * 1024 * 1024;

/// So many pages are read of what has a handful of elements.
const PAGES: usize = 20;

/// Why a step has not ended.
pub(super) enum Trouble {
    /// It may work in a moment; after so many seconds, when the service says.
    Wait(Box<Error>, Option<u32>),
    /// It will not work.
    Failed(Error),
}

impl Trouble {
    /// It may work in a moment.
    pub(super) fn wait(error: Error) -> Self {
        Trouble::Wait(Box::new(error), None)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Failed(error)
    }
}

/// The directory, with the administrator's credential.
pub(super) struct Directory<'a> {
    pub(super) transport: &'a dyn Transport,
    /// Such as `https://graph.microsoft.com`.
    pub(super) root: String,
    /// Nothing is changed.
    pub(super) preview: bool,
    /// Who may do what is done here.
    pub(super) roles: String,
}

/// How an answer of a change is taken.
enum Taken {
    Done(Value),
    /// It is so already.
    There,
}

impl Directory<'_> {
    /// Reads an object or a collection; `None` when it is not there.
    pub(super) fn find(&self, memory: &Memory, path: &str) -> Result<Option<Value>, Trouble> {
        let (status, error, body) = self.send(memory, "GET", path, None)?;
        match (status, error) {
            (200, _) => Ok(Some(body)),
            (404, _) => Ok(None),
            (_, Some(error)) => Err(later(status, error)),
            _ => Err(Trouble::Failed(fault::protocol("Microsoft Graph gave no object."))),
        }
    }

    /// Reads an object that must be there, because it was just made or seen.
    pub(super) fn read(&self, memory: &Memory, path: &str) -> Result<Value, Trouble> {
        self.find(memory, path)?.ok_or_else(|| {
            let missing = fault::other(
                "Microsoft Graph does not know an object that was just made.",
                "Run set-up again: it goes on from there.",
            );
            Trouble::wait(missing)
        })
    }

    /// The elements of a collection. A page may be short, or even empty, and still have a next.
    pub(super) fn list(&self, memory: &Memory, path: &str) -> Result<Vec<Value>, Trouble> {
        let (mut all, mut path) = (Vec::new(), path.to_owned());
        for _ in 0..PAGES {
            let page = self.read(memory, &path)?;
            all.extend(page.items("value").iter().cloned());
            let next = page.word("@odata.nextLink").and_then(|next| next.split_once("/v1.0"));
            match next {
                Some((_, next)) => path = next.to_owned(),
                None => break,
            }
        }
        Ok(all)
    }

    /// Changes something, once in a run, and notes it. The answer is null when nothing came back: in a preview, when it
    /// was done before, and when it was so already.
    pub(super) fn change(
        &self,
        memory: &mut Memory,
        what: &str,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Trouble> {
        if memory.has_done(what) {
            return Ok(Value::Null);
        }
        let request = format!("{method} /v1.0{path}");
        if self.preview {
            // Of what is not there yet, nobody knows the id.
            memory.note(what, &request.replace("//", "/{id}/"));
            return Ok(Value::Null);
        }
        let (status, error, answer) = self.send(memory, method, path, Some(body))?;
        let taken = match error {
            None => Taken::Done(answer),
            // What is made by itself refers to nothing that is not known everywhere yet.
            Some(error) => taken(status, error, &answer, !["/users", "/applications"].contains(&path))?,
        };
        match taken {
            Taken::Done(answer) => {
                memory.note(what, &request);
                Ok(answer)
            }
            Taken::There => Ok(Value::Null),
        }
    }

    fn send(
        &self,
        memory: &Memory,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Option<Error>, Value), Trouble> {
        let header = |name: &str, value: String| (name.to_owned(), value);
        let mut headers = vec![
            header("authorization", format!("Bearer {}", memory.text("token"))),
            header("accept", "application/json".to_owned()),
            header("client-request-id", random::guid()?),
        ];
        let body = body.filter(|body| !body.is_null());
        if body.is_some() {
            headers.push(header("content-type", "application/json".to_owned()));
        }
        let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let url = format!("{}/v1.0{path}", self.root);
        let response = self.transport.send(Request { method, url, headers, body: bytes });
        let response = match response {
            Ok(response) => response,
            Err(error) => return Err(later(503, error)),
        };
        let (status, headers) = (response.status, response.headers.clone());
        let bytes = response.bytes(CAP)?;
        let answer = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let error = (!(200..300).contains(&status))
            .then(|| self.refusal(Response::new(status, headers, Box::new(bytes)), method));
        Ok((status, error, answer))
    }

    /// What is told of a refusal. Rights and sign-in are those of the administrator here, and not of the application.
    fn refusal(&self, response: Response, method: &str) -> Error {
        let refusal = match fault::graph(response, "of the administrator") {
            Error::Forbidden(refusal) => refusal,
            Error::SignInNeeded(fault) => {
                let mend = Some("Run set-up again, and sign in anew: it goes on from there.".to_owned());
                return Error::SignInNeeded(Fault { mend, ..fault });
            }
            error => return error,
        };
        let message = refusal.fault.message.split_once("Microsoft Graph says: ").map(|(_, said)| said.to_owned());
        let said = message.map(|said| format!(" Microsoft Graph says: {said}")).unwrap_or_default();
        let act = if method == "GET" { "look at this" } else { "change this" };
        let fault = Fault {
            message: format!("This account may not {act} in the directory.{said}"),
            mend: Some(format!("Sign in as {}; such a role may have to be activated first.", self.roles)),
            ..refusal.fault
        };
        Error::Forbidden(crate::contract::types::Refusal { fault, ..refusal })
    }
}

/// Whether a refused change is one that was made before, or may work in a moment.
fn taken(status: u16, error: Error, answer: &Value, refers: bool) -> Result<Taken, Trouble> {
    let said = |path: &str| answer.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (said("/error/code"), said("/error/message"));
    // 409 for a grant, 400 for an assignment of a role of an application, and other words for one of a directory role.
    let is_there =
        ["already exists on the object", "entry already exists", "A conflicting object", "is already in use"];
    if matches!(status, 400 | 409) && is_there.iter().any(|words| message.contains(words)) {
        return Ok(Taken::There);
    }
    // Tenants may forbid secrets, or long ones: waiting does not help.
    if status == 400
        && refers
        && !code.contains("Policy")
        && !message.contains("policy")
        && !message.contains("password")
    {
        return Err(Trouble::wait(error));
    }
    Err(later(status, error))
}

/// Whether it may work in a moment: what the service asks to wait for does, and what is not known yet (404).
pub(super) fn later(status: u16, error: Error) -> Trouble {
    match error {
        Error::Throttled(delay) => Trouble::Wait(Box::new(Error::Throttled(delay.clone())), delay.retry_after),
        Error::Unavailable(delay) => Trouble::Wait(Box::new(Error::Unavailable(delay.clone())), delay.retry_after),
        error if status == 404 => Trouble::wait(error),
        error => Trouble::Failed(error),
    }
}
