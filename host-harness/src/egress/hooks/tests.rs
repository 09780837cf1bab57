use super::*;
use crate::clock::{ManualClock, Pending, SystemClock};
use crate::contract::connector::Context;
use crate::contract::manifest::{Origin, Quota};
use crate::egress::client::ConnectTo;
use crate::secret::Secret;
use http_body_util::Full;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server on loopback with a certificate for two names. Answers by the path, and remembers the heads of requests.
struct Service {
    address: SocketAddr,
    ca: tempfile::NamedTempFile,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn service(answers: &'static [(&'static str, &'static [u8])]) -> Service {
    let key = rcgen::generate_simple_self_signed(["api.example.com".into(), "files.example.org".into()]).unwrap();
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), key.cert.pem()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![key.cert.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn({
        let seen = seen.clone();
        async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, seen) = (acceptor.clone(), seen.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let mut head = Vec::new();
                    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                        let mut part = [0; 1024];
                        let length = stream.read(&mut part).await.ok().filter(|length| *length > 0)?;
                        head.extend(&part[..length]);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    seen.lock().unwrap().push(head.to_lowercase());
                    let answer = answers.iter().find(|(known, _)| path.starts_with(known));
                    let answer =
                        answer.map_or(&b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"[..], |found| found.1);
                    stream.write_all(answer).await.ok()?;
                    stream.shutdown().await.ok()
                });
            }
        }
    });
    Service { address, ca, seen }
}

impl Service {
    fn network(&self) -> Network {
        let mapping = |host: &str| -> ConnectTo { format!("{host}:443={}", self.address).parse().unwrap() };
        Network::new(vec![mapping("api.example.com"), mapping("*.example.org")], &[self.ca.path().to_owned()]).unwrap()
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn origin(host: &str) -> Origin {
    Origin {
        host: host.into(),
        methods: vec!["GET".into()],
        bearer: true,
        browse: false,
        redirects_to: vec!["*.example.org".into()],
        why: String::new(),
    }
}

fn call() -> Call {
    Call { origins: vec![origin("api.example.com")], ..Call::new(Context { now: 0, baseline_ended: None }) }
}

fn traffic(call: &Call) -> Traffic {
    Traffic::new(call, true, Arc::new(SystemClock), Stopwatch::new(Duration::MAX, Duration::MAX), Arc::default())
}

fn get(address: &str) -> Request<WasiBody> {
    let body = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
    Request::builder().uri(address).body(body).unwrap()
}

async fn text(response: Response<WasiBody>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// Gives one credential, and remembers what was rejected.
#[derive(Default)]
struct Token {
    rejected: Mutex<Vec<Vec<u8>>>,
}

impl BearerSource for Token {
    fn bearer(&self) -> Pending<'_, Result<Bearer, CredentialError>> {
        Box::pin(async { Ok(Bearer::new(Secret::from("t0ken".to_owned()), 0, 3600)) })
    }

    fn reject<'a>(&'a self, used: &'a Bearer) -> Pending<'a, ()> {
        self.rejected.lock().unwrap().push(used.token().expose().to_vec());
        Box::pin(async {})
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";

#[tokio::test]
async fn the_credential_goes_to_origins_that_are_marked_and_to_no_other() {
    let service = service(&[("/", OK)]).await;
    let plain = Origin { bearer: false, ..origin("files.example.org") };
    let call =
        Call { origins: vec![origin("api.example.com"), plain], bearer: Some(Arc::new(Token::default())), ..call() };
    let (network, traffic) = (service.network(), traffic(&call));
    let answer =
        traffic.send(&network, get("https://api.example.com/v1?a=b"), RequestOptions::default()).await.unwrap();
    assert_eq!(text(answer).await, "hello");
    traffic.send(&network, get("https://files.example.org/"), RequestOptions::default()).await.unwrap();
    let seen = service.seen();
    assert!(seen[0].starts_with("get /v1?a=b http/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].contains("\r\nauthorization: bearer t0ken\r\n"), "{}", seen[0]);
    assert!(seen[0].contains("\r\nhost: api.example.com\r\n"), "{}", seen[0]);
    assert!(!seen[1].contains("authorization"), "{}", seen[1]);
    assert_eq!((call.meter.requests(), call.meter.bytes()), (2, 5));
}

#[tokio::test]
async fn a_refused_credential_is_rejected_and_the_guest_sees_the_answer() {
    let service = service(&[("/", b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")]).await;
    let token = Arc::new(Token::default());
    let call = Call { bearer: Some(token.clone()), ..call() };
    let answer =
        traffic(&call).send(&service.network(), get("https://api.example.com/"), RequestOptions::default()).await;
    assert_eq!(answer.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(*token.rejected.lock().unwrap(), [b"t0ken".to_vec()]);
}

#[tokio::test]
async fn a_redirect_is_followed_once_by_the_guest_and_without_the_credential() {
    let service = service(&[
        (
            "/report",
            b"HTTP/1.1 302 Found\r\nlocation: https://eu.example.org/file?sig=abc\r\ncontent-length: 0\r\n\r\n",
        ),
        ("/file", OK),
    ])
    .await;
    let call = Call { bearer: Some(Arc::new(Token::default())), ..call() };
    let (network, traffic) = (service.network(), traffic(&call));
    let file = || get("https://files.example.org/file?sig=abc");
    assert!(traffic.send(&network, file(), RequestOptions::default()).await.is_err());
    let found = traffic.send(&network, get("https://api.example.com/report"), RequestOptions::default()).await.unwrap();
    assert_eq!(found.headers()[LOCATION], "https://eu.example.org/file?sig=abc");
    assert!(traffic.send(&network, file(), RequestOptions::default()).await.is_err());
    // The certificate does not name this host, so the connection is what fails, and not the policy.
    let granted = traffic.send(&network, get("https://eu.example.org/file?sig=abc"), RequestOptions::default()).await;
    assert!(matches!(granted, Err(Error::TlsCertificateError)), "{:?}", granted.err());
    let again = traffic.send(&network, get("https://eu.example.org/file?sig=abc"), RequestOptions::default()).await;
    assert!(matches!(again, Err(Error::HttpRequestDenied)));
    assert!(!traffic.scrub.text("see https://eu.example.org/file?sig=abc").contains("abc"));
    assert!(call.meter.remarks().iter().all(|remark| !remark.contains("sig")), "{:?}", call.meter.remarks());
}

#[tokio::test]
async fn a_granted_redirect_carries_no_credential() {
    let service = service(&[
        ("/report", b"HTTP/1.1 302 Found\r\nlocation: https://files.example.org/file\r\ncontent-length: 0\r\n\r\n"),
        ("/file", OK),
    ])
    .await;
    let call = Call { bearer: Some(Arc::new(Token::default())), ..call() };
    let (network, traffic) = (service.network(), traffic(&call));
    traffic.send(&network, get("https://api.example.com/report"), RequestOptions::default()).await.unwrap();
    let file = traffic.send(&network, get("https://files.example.org/file"), RequestOptions::default()).await.unwrap();
    assert_eq!(text(file).await, "hello");
    assert!(!service.seen()[1].contains("authorization"));
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_named_and_nothing_is_sent() {
    let service = service(&[("/", OK)]).await;
    let call = call();
    let answer =
        traffic(&call).send(&service.network(), get("https://files.example.org/"), RequestOptions::default()).await;
    assert!(matches!(answer, Err(Error::HttpRequestDenied)));
    assert_eq!(call.meter.remarks(), ["the connector asked for host files.example.org, which is not allowed"]);
    assert_eq!((call.meter.requests(), service.seen().len()), (0, 0));
}

#[tokio::test]
async fn a_throttled_answer_is_counted_and_closes_the_quota() {
    let service =
        service(&[("/", b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n")]).await;
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let quota = Quota { id: "q".into(), requests: 10, per_seconds: 1, source: String::new() };
    let bucket = Bucket::new(&quota, 1.0, clock);
    let call = Call { quota: Some(bucket.clone()), ..call() };
    let answer =
        traffic(&call).send(&service.network(), get("https://api.example.com/"), RequestOptions::default()).await;
    assert_eq!(answer.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(call.meter.throttled(), 1);
    assert_eq!(bucket.closed_until(), Some(Timestamp::from_second(30).unwrap()));
}

#[tokio::test]
async fn a_silence_of_an_hour_is_told_to_the_next_request_which_is_not_sent() {
    let service =
        service(&[("/", b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n")]).await;
    let quota = Quota { id: "q".into(), requests: 10, per_seconds: 1, source: String::new() };
    let bucket = Bucket::new(&quota, 1.0, ManualClock::new(Timestamp::UNIX_EPOCH));
    let call = Call { quota: Some(bucket), ..call() };
    for _ in 0..2 {
        let request = get("https://api.example.com/");
        let answer = traffic(&call).send(&service.network(), request, RequestOptions::default()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let seconds: u64 = answer.headers()[RETRY_AFTER_FIELD].to_str().unwrap().parse().unwrap();
        assert!((3600..=3601).contains(&seconds), "{seconds}");
    }
    assert_eq!((call.meter.requests(), service.seen().len()), (1, 1));
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked_and_counted_unpacked() {
    // "hello" in one stored block.
    let service = service(&[(
        "/",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 28\r\n\r\n\
          \x1f\x8b\x08\0\0\0\0\0\0\xff\x01\x05\0\xfa\xffhello\x86\xa6\x10\x36\x05\0\0\0",
    )])
    .await;
    let call = call();
    let mut request = get("https://api.example.com/");
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("br"));
    let answer = traffic(&call).send(&service.network(), request, RequestOptions::default()).await.unwrap();
    assert_eq!(text(answer).await, "hello");
    assert_eq!(call.meter.bytes(), 5);
    assert!(service.seen()[0].contains("accept-encoding: gzip\r\n"));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let service = service(&[("/", OK)]).await;
    let mapping = format!("api.example.com:443={}", service.address).parse().unwrap();
    let network = Network::new(vec![mapping], &[]).unwrap();
    let call = call();
    let answer = traffic(&call).send(&network, get("https://api.example.com/"), RequestOptions::default()).await;
    assert!(matches!(answer, Err(Error::TlsCertificateError)), "{:?}", answer.err());
    assert!(call.meter.remarks()[0].starts_with("api.example.com cannot be trusted: "), "{:?}", call.meter.remarks());
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_not_waited_for_without_end() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mapping = format!("api.example.com:443={}", silent.local_addr().unwrap()).parse().unwrap();
    let network = Network::new(vec![mapping], &[]).unwrap();
    let call = call();
    let options = RequestOptions { first_byte_timeout: Some(Duration::from_millis(50)), ..RequestOptions::default() };
    let answer = traffic(&call).send(&network, get("https://api.example.com/"), options).await;
    assert!(matches!(answer, Err(Error::HttpResponseTimeout)), "{:?}", answer.err());
}

#[tokio::test]
async fn too_large_header_fields_are_refused_and_fields_of_the_connection_are_kept_back() {
    let mut large = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n".to_vec();
    for number in 0..70 {
        large.extend(format!("x-{number}: {}\r\n", "a".repeat(1000)).bytes());
    }
    large.extend(b"\r\n");
    let service = service(Box::leak(Box::new([
        ("/large", &*large.leak()),
        ("/", &b"HTTP/1.1 200 OK\r\nkeep-alive: timeout=5\r\netag: \"1\"\r\ncontent-length: 0\r\n\r\n"[..]),
    ])))
    .await;
    let (network, call) = (service.network(), call());
    let traffic = traffic(&call);
    let refused = traffic.send(&network, get("https://api.example.com/large"), RequestOptions::default()).await;
    assert!(matches!(refused, Err(Error::HttpResponseHeaderSectionSize(Some(_)))), "{:?}", refused.err());
    let answer = traffic.send(&network, get("https://api.example.com/"), RequestOptions::default()).await.unwrap();
    assert_eq!(answer.headers()["etag"], "\"1\"");
    assert!(!answer.headers().contains_key("keep-alive"));
}

#[tokio::test]
async fn a_guest_sends_a_credential_of_its_own_only_while_it_signs_in() {
    let service = service(&[("/", OK)]).await;
    let network = service.network();
    let with_own = || {
        let mut request = get("https://api.example.com/");
        request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_static("Basic own"));
        request
    };
    let collecting = call();
    assert!(traffic(&collecting).send(&network, with_own(), RequestOptions::default()).await.is_err());
    assert_eq!(
        collecting.meter.remarks(),
        ["the connector sent a credential of its own to host api.example.com, which is not allowed"]
    );
    let signing_in = Call { guest_authorization: true, bearer: Some(Arc::new(Token::default())), ..call() };
    traffic(&signing_in).send(&network, with_own(), RequestOptions::default()).await.unwrap();
    assert!(service.seen()[0].contains("\r\nauthorization: basic own\r\n"));
}

#[test]
fn forbidden_header_fields_are_those_of_the_connection_and_the_credential() {
    let network = Arc::new(Network::new(Vec::new(), &[]).unwrap());
    let mut hooks = Hooks::new(network.clone(), traffic(&call()));
    assert!(hooks.is_forbidden_header(&AUTHORIZATION));
    assert!(hooks.is_forbidden_header(&COOKIE));
    assert!(hooks.is_forbidden_header(&HOST));
    assert!(!hooks.is_forbidden_header(&http::header::ACCEPT));
    let signing_in = Call { guest_authorization: true, ..call() };
    assert!(!Hooks::new(network, traffic(&signing_in)).is_forbidden_header(&AUTHORIZATION));
}

#[test]
fn a_wait_is_read_in_seconds_and_as_a_date_and_never_longer_than_an_hour() {
    let now = Timestamp::from_second(784_111_777 - 40).unwrap();
    let read = |value: &'static str| {
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER_FIELD, HeaderValue::from_static(value))]), now)
    };
    assert_eq!(read("120"), Some(Duration::from_secs(120)));
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(40)));
    assert_eq!(read("Tue, 06 Nov 1984 08:49:37 GMT"), Some(Duration::ZERO));
    assert_eq!(read("999999999"), Some(RETRY_AFTER));
    assert_eq!(read("soon"), None);
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}
