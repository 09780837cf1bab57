//! One TLS listener for all hosts: reads requests, asks the service of the host, writes and notes the answer.

use std::io;
use std::io::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Request, Response};
use crate::fault::{self, Mishap};
use crate::hosts::{Service, service};
use crate::journal::Logged;
use crate::world::World;
use crate::{graph, identity, reports};

/// The largest request body taken, in bytes; the largest real one is a batch of twenty requests.
const BODY_CAP: usize = 4 << 20;
/// Bodies below this many bytes are not compressed.
const COMPRESS_FROM: usize = 1024;

/// How long the first half of an answer that breaks off has to arrive: an earlier break would overtake it.
const BREAK_AFTER: Duration = Duration::from_millis(30);

/// Serves connections until it is dropped.
pub(crate) async fn serve(listener: TcpListener, acceptor: TlsAcceptor, world: Arc<World>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = connections.spawn(connection(stream, acceptor.clone(), Arc::clone(&world)));
            }
            // Too many open files, most likely: others will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, world: Arc<World>) {
    let _ = stream.set_nodelay(true);
    // A client that does not trust the certificate ends here, and it is the client who tells why.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request| exchange(Arc::clone(&world), request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// The answer's body: whole, or broken off in the middle.
struct Answer {
    bytes: Option<Bytes>,
    /// Ends when the answer is to break off.
    broken: Option<Pin<Box<Sleep>>>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.broken {
            None => Poll::Ready(None),
            Some(end) => end.as_mut().poll(context).map(|()| Some(Err(io::Error::other("broken off as told")))),
        }
    }

    /// An answer without a body ends with its head: after a hundred empty parts, a client gives up the connection.
    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && self.broken.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let bytes = self.bytes.as_ref().map_or(0, Bytes::len);
        if self.broken.is_some() { SizeHint::default() } else { SizeHint::with_exact(bytes as u64) }
    }
}

async fn exchange(world: Arc<World>, request: hyper::Request<Incoming>) -> Result<hyper::Response<Answer>, io::Error> {
    let request = read(request).await?;
    let mishap = fault::strike(&mut world.state().faults, &request);
    if !world.options.latency.is_zero() {
        tokio::time::sleep(world.options.latency).await;
    }
    if let Some(Mishap::Hang(time)) = mishap {
        tokio::time::sleep(time).await;
    }
    if mishap == Some(Mishap::Drop) {
        note(&world, &request, 0);
        return Err(io::Error::other("dropped as told"));
    }
    let mut response = match &mishap {
        Some(Mishap::Answer { status, headers, body }) => told(*status, headers, body),
        _ => answer(&world, &request, mishap.as_ref()),
    };
    note(&world, &request, response.status);
    if mishap == Some(Mishap::Lose) {
        return Err(io::Error::other("lost as told"));
    }
    remember(&world, &request, &response);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&world.clock.now());
    response = response.with("date", date.unwrap_or_default());
    Ok(write(&request, response, mishap == Some(Mishap::Truncate)))
}

fn answer(world: &World, request: &Request, mishap: Option<&Mishap>) -> Response {
    match service(&request.host) {
        Some(Service::Identity) => identity::answer(world, request),
        Some(Service::Graph) => graph::answer(world, request, mishap),
        Some(Service::Reports) => reports::download::answer(world, request),
        None => {
            Response::empty(404).with_body(format!("No service is simulated for host '{}'.", request.host).into_bytes())
        }
    }
}

/// An answer that a test dictates.
fn told(status: u16, headers: &[(String, String)], body: &str) -> Response {
    let response = Response::empty(status).with_body(body.as_bytes().to_vec());
    headers.iter().fold(response, |response, (name, value)| response.with(name.clone(), value.clone()))
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, io::Error> {
    let (head, body) = request.into_parts();
    let authority = head.uri.authority().map(|authority| authority.as_str().to_owned());
    let header = || head.headers.get("host").and_then(|host| host.to_str().ok()).map(str::to_owned);
    let authority = authority.or_else(header).unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _)| host).to_ascii_lowercase();
    let body = Limited::new(body, BODY_CAP).collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Request {
        host,
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

fn write(request: &Request, response: Response, broken: bool) -> hyper::Response<Answer> {
    let takes_gzip = request.header("accept-encoding").is_some_and(|takes| takes.contains("gzip"));
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name.as_ref(), value);
    }
    let mut body = response.body;
    if takes_gzip
        && body.len() >= COMPRESS_FROM
        && let Ok(smaller) = compress(&body)
    {
        body = smaller;
        builder = builder.header("content-encoding", "gzip").header("vary", "Accept-Encoding");
    }
    if broken {
        body.truncate(body.len() / 2);
    }
    let broken = broken.then(|| Box::pin(tokio::time::sleep(BREAK_AFTER)));
    let answer = Answer { bytes: (!body.is_empty()).then(|| Bytes::from(body)), broken };
    builder.body(answer).unwrap_or_else(|_| {
        let mut failed = hyper::Response::new(Answer { bytes: None, broken: None });
        *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

fn compress(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

fn note(world: &World, request: &Request, status: u16) {
    let grant = request.path.ends_with("/token").then(|| request.form_fields().get("grant_type").map(str::to_owned));
    let logged = Logged {
        host: request.host.clone(),
        method: request.method.to_string(),
        path: request.path.clone(),
        query: request.query.clone(),
        status,
        had_authorization: request.headers.contains_key("authorization"),
        at: world.clock.now(),
        grant: grant.flatten(),
    };
    world.state().journal.push(logged);
}

/// Remembers what an answer gives out that nobody else may see.
fn remember(world: &World, request: &Request, response: &Response) {
    let mut given = Vec::new();
    let end = request.path.rsplit('/').next().unwrap_or_default();
    let names: &[&str] = match (request.method.as_str(), end, response.status) {
        ("POST", "token", 200) => &["/access_token", "/refresh_token", "/id_token"],
        ("POST", "devicecode", 200) => &["/device_code"],
        ("POST", "addPassword", 200) => &["/secretText"],
        ("POST", "users", 201) => &["/passwordProfile/password"],
        _ => &[],
    };
    for body in [&request.body[..], &response.body].into_iter().filter(|_| !names.is_empty()) {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let secrets = names.iter().filter_map(|name| body.pointer(name)?.as_str());
        given.extend(secrets.map(str::to_owned));
    }
    let locations = response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    for url in locations.filter_map(|(_, value)| url::Url::parse(value).ok()) {
        let secrets = url.query_pairs().filter(|(name, _)| matches!(name.as_ref(), "code" | "token"));
        given.extend(secrets.map(|(_, value)| value.into_owned()));
    }
    world.state().given.append(&mut given);
}
