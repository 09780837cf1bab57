//! A receiver of webhooks on loopback, over TLS, which answers as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::tenant::runtime;

/// What the receiver does with a request.
#[derive(Clone, Copy)]
pub enum Answer {
    /// Answers with a status.
    Status(u16),
    /// Answers with a status and asks for so many seconds.
    Later(u16, u32),
    /// Never answers.
    Hang,
}

/// A request that arrived.
#[derive(Clone)]
pub struct Arrived {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Arrived {
    /// The value of a header.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("text").to_owned()
    }

    /// The event in it.
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether it was signed with a secret: computed here, from the specification, with nothing of the sender's code.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.trim().strip_prefix("whsec_").expect("a prefix")).expect("base64");
        let mut signed = format!("{}.{}.", self.header("webhook-id"), self.header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&self.body);
        self.header("webhook-signature") == format!("v1,{}", BASE64.encode(hmac(&key, &signed)))
    }
}

/// HMAC-SHA256 by RFC 2104, for keys no longer than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[derive(Default)]
struct State {
    arrived: Vec<Arrived>,
    answers: VecDeque<Answer>,
}

/// A running receiver.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate to trust.
    pub certificate: String,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Starts on a free port. It runs until the tests end, and takes everything unless it is told otherwise.
    pub fn start() -> Receiver {
        runtime().block_on(start())
    }

    /// How the next requests are answered, one after the other.
    pub fn answer(&self, answers: &[Answer]) {
        self.state.lock().expect("no panic").answers = answers.iter().copied().collect();
    }

    /// What arrived so far.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().expect("no panic").arrived.clone()
    }

    /// Waits until so many requests have arrived.
    #[track_caller]
    pub fn wait_for(&self, many: usize) {
        let start = Instant::now();
        while self.arrived().len() < many {
            assert!(start.elapsed() < Duration::from_secs(60), "only {} arrived", self.arrived().len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What a server needs to speak TLS as `localhost`, and its certificate.
pub fn acceptor() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("the key fits the certificate");
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

async fn start() -> Receiver {
    let (acceptor, certificate) = acceptor();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a listener has an address");
    let state = Arc::new(Mutex::new(State::default()));
    let shared = state.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, state) = (acceptor.clone(), shared.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let service = service_fn(move |request| serve(request, state.clone()));
                    // A sender closes a connection whenever it likes.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                }
            });
        }
    });
    Receiver { address, certificate, state }
}

async fn serve(request: Request<Incoming>, state: Arc<Mutex<State>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let headers = request.headers().clone();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let answer = {
        let mut state = state.lock().expect("no panic");
        state.arrived.push(Arrived { headers, body });
        state.answers.pop_front().unwrap_or(Answer::Status(204))
    };
    let builder = match answer {
        Answer::Status(status) => Response::builder().status(status),
        Answer::Later(status, seconds) => Response::builder().status(status).header("retry-after", seconds),
        Answer::Hang => std::future::pending().await,
    };
    Ok(builder.body(Full::default()).expect("an answer"))
}
