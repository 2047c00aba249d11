//! Rows of the table of bad input that only a socket can show.

use std::time::Duration;

use testrunner_http::ServeLimits;
use testrunner_http::guard::Rates;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use crate::harness::{World, read_to_end};

fn quick() -> ServeLimits {
    ServeLimits { header_timeout: Duration::from_secs(1), ..ServeLimits::default() }
}

/// Names of the server, as bytes.
#[tokio::test]
async fn b3_hosts_on_the_wire() {
    let world = World::new();
    let server = world.serve(ServeLimits::default());
    for (name, head, status) in [
        ("right", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n", "200"),
        ("another", "GET /healthz HTTP/1.1\r\nHost: evil.test\r\n", "403"),
        ("none", "GET /healthz HTTP/1.1\r\n", "400"),
        ("none in HTTP/1.0", "GET /healthz HTTP/1.0\r\n", "400"),
        ("two", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n", "400"),
        ("a proxy's address", "GET http://evil.test/healthz HTTP/1.1\r\nHost: localhost\r\n", "400"),
        ("a proxy's address and name", "GET http://evil.test/healthz HTTP/1.1\r\nHost: evil.test\r\n", "403"),
    ] {
        let answer = server.raw(format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        let told = answer.split(' ').nth(1).unwrap_or_default();
        assert_eq!(told, status, "{name}: {answer}");
    }
}

/// Two lengths of one body: never two requests, and the connection is closed.
#[tokio::test]
async fn b11_smuggling() {
    let world = World::new();
    let server = world.serve(quick());
    let inner = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (name, headers) in [
        (
            "length, then chunked",
            format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", 5 + inner.len()),
        ),
        (
            "chunked, then length",
            format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", 5 + inner.len()),
        ),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n".to_owned()),
        ("not only chunked", "Transfer-Encoding: chunked, identity\r\n".to_owned()),
        ("a length that is none", "Content-Length: +5\r\n".to_owned()),
    ] {
        let request = format!("POST /nothing HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n0\r\n\r\n{inner}");
        let answer = server.raw(request.as_bytes()).await;
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{name}: {answer}");
        assert!(!answer.contains(" 200 "), "{name}: {answer}");
    }
    assert!(server.healthy().await);
}

/// What is not HTTP, or too much of it: refused and closed, and others are served.
#[tokio::test]
async fn b25_http() {
    let world = World::new();
    let server = world.serve(quick());
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    let host = "Host: localhost\r\n";
    for (name, request, allowed) in [
        ("101 headers", format!("GET /healthz HTTP/1.1\r\n{host}{many}\r\n"), &["431"][..]),
        (
            "a header of 16 KiB",
            format!("GET /healthz HTTP/1.1\r\n{host}x: {}\r\n\r\n", "y".repeat(17 << 10)),
            &["431"],
        ),
        (
            "an address of 9 KiB",
            format!("GET /{} HTTP/1.1\r\n{host}Connection: close\r\n\r\n", "y".repeat(9 << 10)),
            &["414"],
        ),
        (
            "an address of 80 KiB",
            format!("GET /{} HTTP/1.1\r\n{host}\r\n", "y".repeat(80 << 10)),
            &["414", "431"],
        ),
        ("a bad chunk", bad_chunk(&world), &["400"]),
        ("no version", "GET /healthz\r\n\r\n".to_owned(), &["400"]),
        ("HTTP/3 in words", "GET /healthz HTTP/3.0\r\nHost: localhost\r\n\r\n".to_owned(), &["400"]),
        ("a header without a colon", format!("GET /healthz HTTP/1.1\r\n{host}x\r\n\r\n"), &["400"]),
        ("a space before the colon", format!("GET /healthz HTTP/1.1\r\n{host}x : y\r\n\r\n"), &["400"]),
        ("a bare CR in a header", format!("GET /healthz HTTP/1.1\r\n{host}x: a\rb: c\r\n\r\n"), &["400"]),
        ("noise", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), &["400"]),
        (
            "another expectation",
            format!("POST /healthz HTTP/1.1\r\n{host}Expect: 200\r\nConnection: close\r\n\r\n"),
            &["417"],
        ),
    ] {
        let answer = server.raw(request.as_bytes()).await;
        let told = answer.split(' ').nth(1).unwrap_or("closed");
        assert!(allowed.contains(&told), "{name}: {answer}");
        assert!(server.healthy().await, "{name}");
    }
}

fn bad_chunk(world: &World) -> String {
    let token = &world.viewer;
    format!(
        "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"
    )
}

/// Lines that end in LF alone are read as RFC 9112 allows: as lines. The same rules hold, and it is one request.
#[tokio::test]
async fn b25_lines_that_end_in_lf_alone() {
    let world = World::new();
    let server = world.serve(quick());
    for (request, status) in [
        ("GET /healthz HTTP/1.1\nHost: localhost\nConnection: close\n\n", "200"),
        ("GET /healthz HTTP/1.1\nHost: evil.test\nConnection: close\n\n", "403"),
        ("GET /api/v1/whoami HTTP/1.1\nHost: localhost\nConnection: close\n\n", "401"),
    ] {
        let answer = server.raw(request.as_bytes()).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{request:?}: {answer}");
    }
}

/// Streams that are opened and reset at once, many times: the connection ends, the server does not.
#[tokio::test]
async fn b25_http2_rapid_reset() {
    let world = World::new();
    let server = world.serve(quick());
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, &[]));
    // GET http://localhost/
    let head = [&[0x82, 0x86, 0x84, 0x41, 9], &b"localhost"[..]].concat();
    for stream in (1..20_001).step_by(2) {
        bytes.extend(frame(1, 5, stream, &head));
        bytes.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let mut stream = server.connect().await;
    // It may be closed before all is sent.
    let _ = stream.write_all(&bytes).await;
    read_to_end(&mut stream).await;
    assert!(server.healthy().await);
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let [_, length @ ..] = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Heads that drip, and connections that say nothing: closed, and meanwhile others are served.
#[tokio::test(flavor = "multi_thread")]
async fn b26_slow_heads() {
    let world = World::new();
    let server = world.serve(quick());
    let mut slow = Vec::new();
    for n in 0..100 {
        let mut stream = server.connect().await;
        let begun = ["", "G", "GET /healthz HTTP/1.1\r\nHost: local", "PRI * HTTP/2.0\r\n"][n % 4];
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    assert!(server.healthy().await);
    for mut stream in slow {
        let answer = read_to_end(&mut stream).await;
        assert!(answer.is_empty() || answer.contains(" 408 "), "{answer}");
    }
    // Idle after an answer, too.
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut idle).await.starts_with("HTTP/1.1 200"));
}

/// More connections than there may be are closed at once, and their places come back.
#[tokio::test]
async fn b26_connections_are_bounded() {
    let world = World::new();
    let server = world.serve(ServeLimits { connections: 2, ..ServeLimits::default() });
    let ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = server.connect().await;
        stream.write_all(ask).await.unwrap();
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).await.unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200");
        held.push(stream);
    }
    let mut third = server.connect().await;
    assert_eq!(read_to_end(&mut third).await, "");
    drop(held);
    let freed = async {
        while !server.healthy().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), freed).await.expect("places are given back");
}

/// An end: what is answered now is answered, what is open is closed in time.
#[tokio::test]
async fn drains_and_ends() {
    let world = World::new();
    let server = world.serve(ServeLimits::default());
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut begin = [0; 12];
    idle.read_exact(&mut begin).await.unwrap();
    server.shutdown.cancel();
    read_to_end(&mut idle).await;
    tokio::time::timeout(Duration::from_secs(60), server.task).await.expect("it ends").unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(server.address).await.is_err());
}

/// HTTP/2 without TLS goes through the same layers.
#[tokio::test]
async fn http2_is_guarded_too() {
    let world = World::new();
    let server = world.serve(ServeLimits::default());
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().unwrap();
    let base = format!("http://{}", server.address);
    let answer = client.get(format!("{base}/healthz")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    let who = |token: Option<&str>| {
        let asked = client.get(format!("{base}/api/v1/whoami"));
        token.map_or(asked.try_clone().unwrap(), |token| asked.bearer_auth(token)).send()
    };
    assert_eq!(who(None).await.unwrap().status().as_u16(), 401);
    assert_eq!(who(Some(&world.viewer)).await.unwrap().status().as_u16(), 200);
    let evil = reqwest::Client::builder()
        .http2_prior_knowledge()
        .no_proxy()
        .resolve("evil.test", server.address)
        .build()
        .unwrap();
    let answer =
        evil.get(format!("http://evil.test:{}/healthz", server.address.port())).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
}

/// Answers that nobody reads keep their places, also when the connection has taken all of their bytes.
#[tokio::test]
async fn b27_unread_answers_on_the_wire() {
    let world = World::with(|config| config.rates = Rates { requests: 2, ..Rates::default() });
    let server = world.serve(ServeLimits::default());
    let ask = |path: &str| {
        let token = &world.viewer;
        format!(
            "GET /api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        )
    };
    let unread = async || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        let mut stream = socket.connect(server.address).await.unwrap();
        stream.write_all(ask("large").as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 200");
        stream
    };
    let (one, _two) = (unread().await, unread().await);
    let refused = server.raw(ask("whoami").as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 429"), "{refused}");
    drop(one);
    // The server hears of it when it writes next.
    let free = async { while !server.raw(ask("whoami").as_bytes()).await.starts_with("HTTP/1.1 200") {} };
    tokio::time::timeout(Duration::from_secs(60), free).await.expect("the place is given back");
}
