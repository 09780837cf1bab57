//! A stand-in for Paperclip, the made-up service of the tiny connector, over TLS on loopback.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// The host name that the certificate speaks for.
pub const HOST: &str = "api.paperclip.example";
/// The token that opens the workspace.
pub const TOKEN: &str = "clip-5f1c0a9e-token";

/// A running stand-in.
pub struct Paperclip {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate to trust.
    pub certificate: String,
}

/// Starts it on a free port. It runs until the tests end.
pub async fn start() -> Paperclip {
    let made = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate can be made");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("the key fits the certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let connection = hyper::server::conn::http1::Builder::new();
                    // The host closes a connection whenever it likes; that is no failure here.
                    let _ = connection.serve_connection(TokioIo::new(stream), service_fn(serve)).await;
                }
            });
        }
    });
    Paperclip { address, certificate: made.cert.pem() }
}

async fn serve(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let (status, body) = if bearer == Some(&format!("Bearer {TOKEN}")) {
        answer(request.uri().path(), request.uri().query() == Some("page=2"))
    } else {
        (401, Value::Null)
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("a status");
    Ok(response)
}

/// Three people on two pages, one product, and yesterday's sign-ins.
fn answer(path: &str, second: bool) -> (u16, Value) {
    let Some(path) = path.strip_prefix("/v1/") else { return (404, Value::Null) };
    match path.split('/').collect::<Vec<_>>()[..] {
        ["workspaces", "clips"] => (200, json!({"id": "w-1", "name": "Clips and Sons", "domains": ["clips.example"]})),
        ["people"] if second => (200, json!({"items": [person("p-3", "grace")]})),
        ["people"] => (200, json!({"items": [person("p-1", "ada"), person("p-2", "alan")], "next": "2"})),
        ["seats"] => (200, json!({"items": [seats()]})),
        ["logins", day] => (200, json!({"items": [login(day.parse().expect("a day number"))]})),
        _ => (404, Value::Null),
    }
}

fn person(id: &str, name: &str) -> Value {
    json!({"id": id, "principal_name": format!("{name}@clips.example"), "kind": "Member", "enabled": true})
}

fn seats() -> Value {
    json!({"id": "pro", "code": "PRO", "name": "Paperclip Pro", "tier": "Paid", "per_user": true, "seats_enabled": 5,
        "seats_warning": 0, "seats_suspended": 0, "seats_assigned": 3, "plans": []})
}

fn login(day: i64) -> Value {
    let at = day * 86_400 + 36_000;
    json!({"application": "app-9", "application_name": "Stapler", "user": "p-1", "principal_name": "ada@clips.example",
        "day": day, "how": "Interactive", "sign_ins": 2, "failures": 0, "first": at, "last": at + 60})
}
