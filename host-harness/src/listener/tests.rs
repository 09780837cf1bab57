use super::*;
use proptest::prelude::*;

const STATE: &str = "0123456789abcdef";

async fn send(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // The answer may come before the request is read to its end; the rest of it is then refused.
    let _reset = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

async fn listening() -> (Arc<Listener>, tokio::task::JoinHandle<Vec<Parameter>>) {
    let listener = Arc::new(Listener::bind(None).await.unwrap());
    let waiting = tokio::spawn({
        let listener = listener.clone();
        async move { listener.expect("/connect", STATE).await }
    });
    (listener, waiting)
}

#[tokio::test]
async fn a_browser_that_comes_back_with_the_state_is_taken_and_told_to_close() {
    let (listener, waiting) = listening().await;
    let page = send(listener.port, &get(&format!("/connect?code=a%20b&state={STATE}&admin=True"))).await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for field in ["Cache-Control: no-store\r\n", "Referrer-Policy: no-referrer\r\n", "Connection: close\r\n"] {
        assert!(page.contains(field), "{field}");
    }
    assert!(page.contains("You can close this window") && !page.contains("<script"), "{page}");
    let expected = [("code", "a b"), ("state", STATE), ("admin", "True")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(waiting.await.unwrap(), expected);
}

#[tokio::test]
async fn other_requests_are_answered_and_do_not_use_up_the_listener() {
    let (listener, waiting) = listening().await;
    let not_found = [
        get("/favicon.ico"),
        get("/connect"),
        get("/connect?state=wrong"),
        get(&format!("/other?state={STATE}")),
        get(&format!("/connect?state={STATE}&state=wrong")),
        get(&format!("//evil.example/connect?state={STATE}")),
        get(&format!("/connect?STATE={STATE}")),
    ];
    for request in not_found {
        assert!(send(listener.port, &request).await.starts_with("HTTP/1.1 404"), "{request:?}");
    }
    let bad = [
        b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        format!("POST /connect?state={STATE} HTTP/1.1\r\n\r\n").into_bytes(),
        format!("GET http://localhost/connect?state={STATE} HTTP/1.1\r\n\r\n").into_bytes(),
        [b"GET /".to_vec(), vec![b'a'; HEADERS + 4096]].concat(),
    ];
    for request in bad {
        let answer = send(listener.port, &request).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    assert!(!waiting.is_finished());
    send(listener.port, &get(&format!("/connect?state={STATE}"))).await;
    assert_eq!(waiting.await.unwrap(), [("state".to_owned(), STATE.to_owned())]);
}

#[tokio::test]
async fn slow_connections_do_not_keep_the_browser_out() {
    let (listener, waiting) = listening().await;
    let mut slow = Vec::new();
    for _ in 0..2 * CONNECTIONS {
        let mut stream = TcpStream::connect(("127.0.0.1", listener.port)).await.unwrap();
        stream.write_all(b"GET /con").await.unwrap();
        slow.push(stream);
    }
    let page = send(listener.port, &get(&format!("/connect?state={STATE}"))).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let found = tokio::time::timeout(Duration::from_secs(2), waiting).await;
    assert_eq!(found.unwrap().unwrap().len(), 1);
}

#[tokio::test]
async fn both_loopback_addresses_lead_to_the_listener() {
    let (listener, waiting) = listening().await;
    if listener.sockets.len() < 2 {
        return;
    }
    let mut stream = TcpStream::connect((Ipv6Addr::LOCALHOST, listener.port)).await.unwrap();
    stream.write_all(&get(&format!("/connect?state={STATE}"))).await.unwrap();
    assert_eq!(waiting.await.unwrap().len(), 1);
    assert_eq!(listener.base(), format!("http://localhost:{}", listener.port));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = Listener::bind(None).await.unwrap();
    let error = Listener::bind(Some(first.port)).await.err().unwrap();
    assert!(matches!(error, ListenerError::PortInUse(port) if port == first.port), "{error}");
    assert!(error.to_string().starts_with(&format!("Port {} on this machine is in use.", first.port)));
}

#[test]
fn a_copied_address_counts_when_it_is_the_expected_one() {
    let base = "http://localhost:4000";
    let read = |text: &str| pasted(text, base, "/connect", STATE);
    let good = format!("  http://localhost:4000/connect?code=x&state={STATE}\n");
    assert_eq!(read(&good).unwrap().len(), 2);
    for bad in [
        "",
        "code",
        &format!("http://localhost:4001/connect?state={STATE}"),
        &format!("https://localhost:4000/connect?state={STATE}"),
        &format!("http://localhost:4000/other?state={STATE}"),
        "http://localhost:4000/connect?state=wrong",
    ] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn no_target_makes_the_listener_panic_or_take_a_wrong_state(target in "/[ -~]{0,60}") {
        let expected = Expected { path: "/connect".into(), state: STATE.into() };
        if let Some(parameters) = answer(&target, &expected) {
            prop_assert!(parameters.contains(&("state".to_owned(), STATE.to_owned())));
        }
    }
}
