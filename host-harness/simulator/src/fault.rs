//! Faults that a test injects.

use std::time::Duration;

use crate::exchange::Request;

/// What goes wrong, for which requests and how often.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only requests to this host; all hosts when absent.
    pub host: Option<String>,
    /// Only requests whose path and query hold this text; all when absent.
    pub path: Option<String>,
    /// So many matching requests pass first.
    pub after: u32,
    /// So many matching requests then fail.
    pub times: u32,
    /// What goes wrong.
    pub mishap: Mishap,
}

/// What goes wrong with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mishap {
    /// This is answered instead.
    Answer {
        /// The status.
        status: u16,
        /// Headers, by name.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// The connection closes without an answer.
    Drop,
    /// What is asked is done, and the connection closes without an answer.
    Lose,
    /// The answer ends in the middle of its body and the connection closes.
    Truncate,
    /// The answer comes so much later, in real time.
    Hang(Duration),
    /// The premium licence is denied, as the service does at random even where there is one.
    NotPremium,
    /// A page without rows, with a link to the page that was asked for.
    EmptyPage,
    /// A page whose link leads to itself.
    LoopingLink,
    /// A page whose link leads to another host.
    ForeignLink(String),
    /// A page that begins with the last row of the page before.
    Overlap,
    /// The page token has expired.
    ExpiredPage,
    /// A report's redirect leads to another host.
    WrongRedirect(String),
}

impl Fault {
    /// A fault for the next request whose path and query hold this text.
    pub fn next(path: &str, mishap: Mishap) -> Fault {
        Fault { host: None, path: Some(path.to_owned()), after: 0, times: 1, mishap }
    }

    /// The fault for so many requests.
    pub fn times(self, times: u32) -> Fault {
        Fault { times, ..self }
    }

    /// The fault after so many requests have passed.
    pub fn after(self, after: u32) -> Fault {
        Fault { after, ..self }
    }
}

/// A fault waiting for its requests.
pub(crate) struct Armed(Fault);

impl Armed {
    /// Arms a fault.
    pub(crate) fn new(fault: Fault) -> Armed {
        Armed(fault)
    }

    fn matches(&self, request: &Request) -> bool {
        let Armed(fault) = self;
        let host = fault.host.as_ref().is_none_or(|host| *host == request.host);
        let target = format!("{}?{}", request.path, request.query);
        host && fault.path.as_ref().is_none_or(|path| target.contains(path.as_str()))
    }

    /// Counts a matching request; the mishap when it is its turn.
    fn strike(&mut self) -> Option<Mishap> {
        let Armed(fault) = self;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        fault.times = fault.times.checked_sub(1)?;
        Some(fault.mishap.clone())
    }
}

/// What goes wrong with this request, if anything.
pub(crate) fn strike(faults: &mut Vec<Armed>, request: &Request) -> Option<Mishap> {
    let mishap = faults.iter_mut().filter(|fault| fault.matches(request)).find_map(Armed::strike);
    faults.retain(|Armed(fault)| fault.times > 0);
    mishap
}
