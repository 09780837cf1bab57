//! Requests through `wasi:http`.
//!
//! `waki` carries the bindings of that interface, and these are used directly. Its client, which stands above them, keeps
//! headers in a typed map and errors behind a general type; both together are a twentieth of the component.

use waki::ErrorCode;
use waki::bindings::wasi::http::outgoing_handler::handle;
use waki::bindings::wasi::http::types::{
    FutureIncomingResponse, Headers, IncomingBody, IncomingResponse, InputStream, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use waki::bindings::wasi::io::streams::StreamError;

use super::{Body, Request, Response, Transport, broken, fault};
use crate::contract::keys;
use crate::contract::types::Error;

/// How long a connection may take to stand, in nanoseconds: 15 s. The host has limits of its own for the rest.
const CONNECT: u64 = 15_000_000_000;

/// What a stream takes in one call.
const WRITTEN: usize = 4096;

/// The transport of the component.
pub struct Wasi;

/// A body that arrives. The stream is a child of the body, and goes before it.
struct Incoming {
    stream: InputStream,
    _body: IncomingBody,
}

impl Body for Incoming {
    fn chunk(&mut self, at_most: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.stream.blocking_read(at_most as u64) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StreamError::Closed) => Ok(None),
            Err(StreamError::LastOperationFailed(_)) => {
                Err(broken("The connection broke before the end of the answer."))
            }
        }
    }
}

impl Transport for Wasi {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let prepared = prepare(&request);
        let prepared = prepared.ok_or_else(|| fault::internal("A request has a part that HTTP does not know."))?;
        let answer = exchange(prepared, &request.body).map_err(|code| explain(&code))?;
        let headers = answer.headers().entries();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let headers = headers.into_iter().map(|(name, value)| (name, text(value))).collect();
        let status = answer.status();
        let streamed = answer.consume().and_then(|body| Ok(Incoming { stream: body.stream()?, _body: body }));
        let streamed = streamed.map_err(|()| fault::internal("The body of an answer was taken twice."))?;
        Ok(Response::new(status, headers, Box::new(streamed)))
    }

    fn sign(&self, field: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
        keys::sign(field, keys::Algorithm::Ps256, data)
    }
}

/// The head of a request and where its body goes; `None` when the address or a header is none.
fn prepare(request: &Request) -> Option<(OutgoingRequest, OutgoingBody)> {
    let (authority, path) = split(&request.url)?;
    let header = |(name, value): &(String, String)| (name.clone(), value.clone().into_bytes());
    let mut headers: Vec<(String, Vec<u8>)> = request.headers.iter().map(header).collect();
    if !request.body.is_empty() {
        headers.push(("content-length".to_owned(), request.body.len().to_string().into_bytes()));
    }
    let outgoing = OutgoingRequest::new(Headers::from_list(&headers).ok()?);
    let method = match request.method {
        "POST" => Method::Post,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    };
    outgoing.set_method(&method).ok()?;
    outgoing.set_scheme(Some(&Scheme::Https)).ok()?;
    outgoing.set_authority(Some(authority)).ok()?;
    outgoing.set_path_with_query(Some(path)).ok()?;
    let body = outgoing.body().ok()?;
    Some((outgoing, body))
}

/// Host with port, and path with query, of an HTTPS address.
fn split(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://")?;
    Some(rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len())))
}

/// Sends a request with its body, and waits for the head of the answer.
fn exchange((request, outgoing): (OutgoingRequest, OutgoingBody), body: &[u8]) -> Result<IncomingResponse, ErrorCode> {
    let options = RequestOptions::new();
    // A host that cannot limit the time has limits of its own.
    let _ = options.set_connect_timeout(Some(CONNECT));
    let answer = handle(request, Some(options))?;
    if !body.is_empty() {
        // When the service answers before it has read all, its answer says why.
        let _ = write(&outgoing, body);
    }
    OutgoingBody::finish(outgoing, None)?;
    head(&answer)
}

fn write(outgoing: &OutgoingBody, body: &[u8]) -> Result<(), ()> {
    let stream = outgoing.write()?;
    body.chunks(WRITTEN).try_for_each(|part| stream.blocking_write_and_flush(part).map_err(|_| ()))
}

fn head(answer: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    answer.subscribe().block();
    answer.get().and_then(Result::ok).unwrap_or(Err(ErrorCode::HttpProtocolError))
}

/// Says what kept a request from being answered. The address is left out: it may be a pre-authenticated one.
fn explain(code: &ErrorCode) -> Error {
    let message = match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => {
            return fault::other(
                "The host does not let the connector reach this address.",
                "Run configure again, and allow the origins that it names.",
            );
        }
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            "The name of the service could not be resolved."
        }
        ErrorCode::TlsProtocolError | ErrorCode::TlsCertificateError | ErrorCode::TlsAlertReceived(_) => {
            "No secure connection could be made to the service: its certificate was refused."
        }
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => "The service did not answer in time.",
        ErrorCode::HttpResponseBodySize(_)
        | ErrorCode::HttpResponseHeaderSectionSize(_)
        | ErrorCode::HttpResponseHeaderSize(_) => {
            return fault::protocol("The answer is longer than the host allows.");
        }
        ErrorCode::ConnectionRefused | ErrorCode::DestinationUnavailable => {
            "The service could not be reached: it refuses connections."
        }
        _ => "The service could not be reached, or broke the connection.",
    };
    broken(message)
}
