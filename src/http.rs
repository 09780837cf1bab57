//! The only way out: requests, streamed answers, and the transport behind them.
//!
//! In the component the transport is [`outgoing::Wasi`]; natively, tests give their own.

use std::{fmt, io};

use crate::contract::types::{Delay, Error, Fault};
use crate::fault;

/// A request to an HTTPS address.
pub struct Request {
    /// In upper case.
    pub method: &'static str,
    /// Absolute, with its query.
    pub url: String,
    /// Names and values, in the order in which they are sent.
    pub headers: Vec<(String, String)>,
    /// Empty when there is none.
    pub body: Vec<u8>,
}

/// The body of an answer, as it arrives.
pub trait Body {
    /// The next bytes, at most so many; `None` at the end. An empty chunk is not the end.
    ///
    /// # Errors
    /// `unavailable` when the connection breaks.
    fn chunk(&mut self, at_most: usize) -> Result<Option<Vec<u8>>, Error>;
}

/// A body that is in memory already.
impl Body for Vec<u8> {
    fn chunk(&mut self, at_most: usize) -> Result<Option<Vec<u8>>, Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let rest = self.split_off(at_most.min(self.len()));
        Ok(Some(std::mem::replace(self, rest)))
    }
}

/// An answer: its head, and a body that is still to be read.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names and values as they came.
    pub headers: Vec<(String, String)>,
    body: Box<dyn Body>,
}

/// What is read at once: as much as a WASI stream hands over in one call.
const CHUNK: usize = 64 * 1024;

impl Response {
    /// An answer whose body is read from `body`.
    #[must_use]
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Box<dyn Body>) -> Self {
        Self { status, headers, body }
    }

    /// The first header of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The whole body.
    ///
    /// # Errors
    /// `protocol` when the body is longer than `cap` bytes, `unavailable` when the connection breaks.
    pub fn bytes(mut self, cap: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(mut chunk) = self.body.chunk(CHUNK)? {
            if all.len().saturating_add(chunk.len()) > cap {
                return Err(too_long(cap as u64));
            }
            all.append(&mut chunk);
        }
        Ok(all)
    }

    /// Reads the body as a stream of at most `cap` bytes. A failure comes as an `io::Error` from which [`cause`] takes
    /// the contract's error again.
    #[must_use]
    pub fn reader(self, cap: u64) -> impl io::Read {
        Reader { body: self.body, chunk: Vec::new(), at: 0, left: cap, cap }
    }
}

struct Reader {
    body: Box<dyn Body>,
    chunk: Vec<u8>,
    at: usize,
    left: u64,
    cap: u64,
}

impl io::Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.chunk.len() {
            match self.body.chunk(CHUNK).map_err(carried)? {
                None => return Ok(0),
                Some(chunk) => {
                    self.left = match self.left.checked_sub(chunk.len() as u64) {
                        Some(left) => left,
                        None => return Err(carried(too_long(self.cap))),
                    };
                    (self.chunk, self.at) = (chunk, 0);
                }
            }
        }
        let mut rest = self.chunk.get(self.at..).unwrap_or_default();
        let read = io::Read::read(&mut rest, buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// The contract's error inside an error that came out of [`Response::reader`]; any other becomes `unavailable`.
#[must_use]
pub fn cause(error: &io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Carried>()) {
        Some(inner) => inner.0.clone(),
        None => broken("The answer broke off before its end."),
    }
}

/// The contract's error on its way through `io::Error`. It has words of its own, because those that are made for the
/// contract's types spell out every case of every record.
struct Carried(Error);

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer failed on its way")
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Carried {}

/// Puts the contract's error into an `io::Error`, out of which [`cause`] takes it again.
pub(crate) fn carried(error: Error) -> io::Error {
    io::Error::other(Carried(error))
}

/// What a sign-in needs from outside: the network, and a key that only the host holds.
pub trait Transport {
    /// Sends a request and waits for the head of the answer. Does not follow redirects.
    ///
    /// # Errors
    /// `unavailable` when no answer comes; `other` when the host forbids the request.
    fn send(&self, request: Request) -> Result<Response, Error>;

    /// Signs bytes by PS256 with the private key that the host holds for a field of the form.
    ///
    /// # Errors
    /// `invalid-settings` when there is none.
    fn sign(&self, field: &str, data: &[u8]) -> Result<Vec<u8>, Error>;
}

/// The network failed in a way that may pass.
pub(crate) fn broken(message: &str) -> Error {
    Error::Unavailable(Delay {
        fault: Fault {
            message: message.to_owned(),
            mend: Some("If it stays, look at the network, a proxy or a firewall.".to_owned()),
            code: None,
            request_id: None,
        },
        retry_after: None,
    })
}

fn too_long(cap: u64) -> Error {
    fault::protocol(&format!("The answer is longer than {cap} bytes, the most that is read of one."))
}

#[cfg(target_family = "wasm")]
pub mod outgoing;

#[cfg(test)]
mod tests;
