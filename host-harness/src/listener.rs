//! Waits for a browser to come back from a sign-in page.
//!
//! The listener is on the loopback addresses only, and any program of the machine can talk to it: it takes exactly one
//! kind of request, with the expected `state`, and everything else gets an answer and changes nothing.

use crate::limits::HEADERS;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use url::Url;

/// Time for a browser to send its request. A browser opens connections ahead and may never use them.
const REQUEST: Duration = Duration::from_secs(10);
/// Connections served at once. With one more, the oldest goes.
const CONNECTIONS: usize = 64;
/// Header fields of a request. Browsers send about twenty.
const FIELDS: usize = 100;
/// Tries to find a port that is free on both loopback addresses.
const TRIES: usize = 20;

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// Somebody else listens.
    #[error("Port {0} on this machine is in use.")]
    PortInUse(u16),
    /// The system does not allow it.
    #[error("No port of this machine could be opened for the browser to come back: {0}.")]
    NotAllowed(io::Error),
}

/// A parameter of an address, decoded.
pub type Parameter = (String, String);

/// Listens on one port of 127.0.0.1 and of ::1, where that exists.
pub struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
}

impl Listener {
    /// Opens the port, or any free one. Browsers take `localhost` for either address, so both are listened to.
    ///
    /// # Errors
    /// The port is in use, or none can be opened.
    pub async fn bind(port: Option<u16>) -> Result<Self, ListenerError> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..if port.is_some() { 1 } else { TRIES } {
            let v4 = match TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await {
                Ok(v4) => v4,
                Err(error) => {
                    last = error;
                    continue;
                }
            };
            let chosen = v4.local_addr().map_err(ListenerError::NotAllowed)?.port();
            match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, chosen))).await {
                Ok(v6) => return Ok(Self { sockets: vec![v4, v6], port: chosen }),
                // Somebody else would get the browser.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
                // A machine without IPv6.
                Err(_) => return Ok(Self { sockets: vec![v4], port: chosen }),
            }
        }
        Err(match port {
            Some(port) if last.kind() == io::ErrorKind::AddrInUse => ListenerError::PortInUse(port),
            _ => ListenerError::NotAllowed(last),
        })
    }

    /// What stands before the path in a redirect address: `http://localhost:53682`.
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Waits for a GET of this path with this `state`, and gives its parameters. Answers and forgets everything else.
    pub async fn expect(&self, path: &str, state: &str) -> Vec<Parameter> {
        let expected = Arc::new(Expected { path: path.to_owned(), state: state.to_owned() });
        let (found, mut finding) = mpsc::channel(1);
        let mut serving = JoinSet::new();
        let mut order = VecDeque::new();
        loop {
            let accepted = tokio::select! {
                biased;
                Some(parameters) = finding.recv() => {
                    // The page goes out before the listener does.
                    while serving.join_next().await.is_some_and(|ended| ended.is_err()) {}
                    return parameters;
                }
                Some(_) = serving.join_next(), if !serving.is_empty() => continue,
                accepted = self.accept() => accepted,
            };
            if order.len() >= CONNECTIONS
                && let Some(oldest) = order.pop_front()
            {
                AbortHandle::abort(&oldest);
            }
            match accepted {
                Ok(stream) => {
                    let task = serve(stream, expected.clone(), found.clone());
                    order.push_back(serving.spawn(async { tokio::time::timeout(REQUEST, task).await.is_ok() }));
                }
                // Such as too many open files: the next connection may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn accept(&self) -> io::Result<TcpStream> {
        let accepted = match self.sockets.as_slice() {
            [v4, v6] => tokio::select! { accepted = v4.accept() => accepted, accepted = v6.accept() => accepted },
            [only] => only.accept().await,
            _ => std::future::pending().await,
        };
        accepted.map(|(stream, _)| stream)
    }
}

/// What the browser is to bring.
#[derive(Debug)]
struct Expected {
    path: String,
    state: String,
}

/// The parameters of an address that a person copied from the browser, when it is the expected one.
pub fn pasted(text: &str, base: &str, path: &str, state: &str) -> Option<Vec<Parameter>> {
    let url: Url = text.trim().parse().ok()?;
    let base: Url = base.parse().ok()?;
    let expected = Expected { path: path.to_owned(), state: state.to_owned() };
    (url.origin() == base.origin()).then(|| expected.parameters(&url)).flatten()
}

impl Expected {
    fn parameters(&self, url: &Url) -> Option<Vec<Parameter>> {
        if url.path() != self.path {
            return None;
        }
        let parameters: Vec<Parameter> = url.query_pairs().into_owned().collect();
        // One `state`, and the right one: two would leave open which of them the connector looks at.
        let mut states = parameters.iter().filter(|(name, _)| name == "state");
        match (states.next(), states.next()) {
            (Some((_, state)), None) if *state == self.state => Some(parameters),
            _ => None,
        }
    }
}

async fn serve(mut stream: TcpStream, expected: Arc<Expected>, found: mpsc::Sender<Vec<Parameter>>) -> io::Result<()> {
    let (status, page, parameters) = match read_target(&mut stream).await? {
        Some(target) => match answer(&target, &expected) {
            Some(parameters) => ("200 OK", CLOSE, Some(parameters)),
            None => ("404 Not Found", NOTHING, None),
        },
        None => ("400 Bad Request", NOTHING, None),
    };
    // The first to come is the one: the channel has room for exactly one.
    if let Some(parameters) = parameters {
        let _second = found.try_send(parameters);
    }
    stream.write_all(response(status, page).as_bytes()).await?;
    stream.shutdown().await
}

fn answer(target: &str, expected: &Expected) -> Option<Vec<Parameter>> {
    // Only the path and the query count: the host is whatever the browser calls this machine.
    let url = Url::parse("http://localhost").ok()?.join(target).ok()?;
    (url.host_str() == Some("localhost")).then(|| expected.parameters(&url)).flatten()
}

/// The target of a GET request; absent for anything else.
async fn read_target(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await?;
        head.extend(part.iter().take(length));
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                let get = request.method == Some("GET");
                return Ok(request.path.filter(|path| get && path.starts_with('/')).map(str::to_owned));
            }
            Ok(httparse::Status::Partial) if length > 0 && head.len() < HEADERS => {}
            _ => return Ok(None),
        }
    }
}

const CLOSE: &str = "You can close this window and go back to where you started.";
const NOTHING: &str = "There is nothing here.";

/// A page without script and without anything that the browser would load, keep or pass on.
fn response(status: &str, text: &str) -> String {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{text}</title></head>\
         <body><p>{text}</p></body></html>"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

#[cfg(test)]
mod tests;
