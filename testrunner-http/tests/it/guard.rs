//! Rows of the table of bad input that the guard answers for.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use futures_util::{StreamExt as _, stream};
use testrunner_http::guard::Rates;

use crate::harness::{World, request};

const V1: &str = "/api/v1";

/// No token, a wrong one, one that is over, two, a long one.
#[tokio::test]
async fn b1_unauthenticated() {
    let world = World::new();
    let (_, over) = world
        .tokens
        .create("ada", testrunner_http::token::Role::Admin, Some(Duration::from_mins(1)))
        .unwrap();
    let (record, revoked) = world.tokens.create("ada", testrunner_http::token::Role::Admin, None).unwrap();
    world.tokens.revoke(&record.id).unwrap();
    world.clock.advance(Duration::from_mins(1));
    let own = &world.admin;
    let cases: [(&str, Vec<String>); 11] = [
        ("none", vec![]),
        ("empty", vec![String::new()]),
        ("wrong", vec!["Bearer tr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()]),
        ("cut short", vec![format!("Bearer {}", &own[..own.len() - 1])]),
        ("another scheme", vec![format!("Basic {own}")]),
        ("no scheme", vec![own.clone()]),
        ("over", vec![format!("Bearer {}", over.expose())]),
        ("revoked", vec![format!("Bearer {}", revoked.expose())]),
        ("twice", vec![format!("Bearer {own}"), format!("Bearer {own}")]),
        ("two in one", vec![format!("Bearer {own}, Bearer {own}")]),
        ("10 KiB", vec![format!("Bearer {}", "x".repeat(10 << 10))]),
    ];
    for (name, values) in cases {
        for path in ["/api/v1/whoami", "/api/v1/nothing", "/metrics", "/api"] {
            let asked =
                values.iter().fold(request("GET", path), |asked, value| asked.header("authorization", value));
            let answer = world.send(asked.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.problem(), (401, "unauthenticated".to_owned()), "{name}: {path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}");
        }
    }
    let right = world.send(world.get("/api/v1/whoami").body(Body::empty()).unwrap()).await;
    assert_eq!((right.status, right.body.as_str()), (200, "ada"));
}

#[tokio::test]
async fn b1_what_is_public_needs_no_token() {
    let world = World::new();
    for (path, status) in [("/", 200), ("/healthz", 200), ("/nothing", 404)] {
        let answer = world.send(request("GET", path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

/// Who guesses is slowed down; a right token passes all the same.
#[tokio::test]
async fn b1_guessing_is_slow() {
    let world = World::new();
    let guess = || {
        request("GET", "/api/v1/whoami").header("authorization", "Bearer tr_x").body(Body::empty()).unwrap()
    };
    for _ in 0..60 {
        assert_eq!(world.send(guess()).await.status, 401);
    }
    let answer = world.send(guess()).await;
    assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!(world.send(world.get("/api/v1/whoami").body(Body::empty()).unwrap()).await.status, 200);
    let without = world.send(request("GET", "/api/v1/whoami").body(Body::empty()).unwrap()).await;
    assert_eq!(without.status, 401);
}

/// Roles, and acting for others.
#[tokio::test]
async fn b2_and_b10_roles() {
    let world = World::new();
    let code = |answer: &crate::harness::Answer| {
        if answer.status == 200 { (200, String::new()) } else { answer.problem() }
    };
    for (token, read, own, others) in [
        (&world.viewer, (200, ""), (403, "forbidden"), (403, "forbidden")),
        (&world.submitter, (200, ""), (200, ""), (403, "subject-mismatch")),
        (&world.admin, (200, ""), (200, ""), (200, "")),
        (&world.worker, (403, "forbidden"), (403, "forbidden"), (403, "forbidden")),
    ] {
        for (method, path, (status, wanted)) in [
            ("GET", "/api/v1/whoami", read),
            ("POST", "/api/v1/act/ada", own),
            ("POST", "/api/v1/act/bob", others),
        ] {
            let asked = request(method, path).header("authorization", format!("Bearer {token}"));
            let answer = world.send(asked.body(Body::empty()).unwrap()).await;
            assert_eq!(code(&answer), (status, wanted.to_owned()), "{method} {path}");
        }
    }
}

/// Names that are not the server's.
#[tokio::test]
async fn b3_hosts() {
    let world = World::with(|config| config.allowed_hosts = vec!["ci.example".to_owned()]);
    for (name, uri, hosts, status, code) in [
        ("another", "/healthz", &["evil.test"][..], 403, "host-not-allowed"),
        ("missing", "/healthz", &[], 400, "bad-request"),
        ("two", "/healthz", &["localhost", "localhost"], 400, "bad-request"),
        ("two that differ", "/healthz", &["localhost", "evil.test"], 400, "bad-request"),
        ("an address in a name", "/healthz", &["127.0.0.1.evil.test"], 403, "host-not-allowed"),
        ("the name in a name", "/healthz", &["localhost.evil"], 403, "host-not-allowed"),
        ("a user before it", "/healthz", &["localhost@evil.test"], 400, "bad-request"),
        ("a list", "/healthz", &["localhost, evil.test"], 400, "bad-request"),
        ("empty", "/healthz", &[""], 400, "bad-request"),
        ("a proxy's address", "http://evil.test/healthz", &["localhost"], 400, "bad-request"),
        ("a proxy's address and name", "http://evil.test/healthz", &["evil.test"], 403, "host-not-allowed"),
        ("HTTP/2's name", "http://evil.test/healthz", &[], 403, "host-not-allowed"),
        ("a user in HTTP/2's name", "http://a@localhost/healthz", &[], 400, "bad-request"),
    ] {
        let asked = hosts.iter().fold(Request::builder().uri(uri), |asked, host| asked.header("host", *host));
        let answer = world.send(asked.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{name}");
    }
    for (uri, hosts) in [
        ("/healthz", &["localhost"][..]),
        ("/healthz", &["LOCALHOST:7878"]),
        ("/healthz", &["app.localhost:1"]),
        ("/healthz", &["127.0.0.1:7878"]),
        ("/healthz", &["127.1.2.3"]),
        ("/healthz", &["[::1]:7878"]),
        ("/healthz", &["ci.example"]),
        ("http://localhost/healthz", &["localhost"]),
        ("http://localhost:7878/healthz", &[]),
    ] {
        let asked = hosts.iter().fold(Request::builder().uri(uri), |asked, host| asked.header("host", *host));
        assert_eq!(world.send(asked.body(Body::empty()).unwrap()).await.status, 200, "{uri} {hosts:?}");
    }
}

/// Pages of other origins.
#[tokio::test]
async fn b4_cross_origin() {
    let world = World::new();
    for (name, header, value) in [
        ("origin", "origin", "http://evil.test"),
        ("another port", "origin", "http://localhost:7879"),
        ("another scheme", "origin", "https://localhost:7878"),
        ("null", "origin", "null"),
        ("cross-site", "sec-fetch-site", "cross-site"),
        ("same-site", "sec-fetch-site", "same-site"),
    ] {
        for (method, path) in [
            ("POST", "/api/v1/orders"),
            ("POST", "/api/v1/session"),
            ("DELETE", "/api/v1/session"),
            ("GET", "/api/v1/events"),
            ("GET", "/api/v1/whoami"),
            ("OPTIONS", "/api/v1/whoami"),
            ("GET", "/metrics"),
            ("POST", "/"),
        ] {
            let asked =
                world.asking(method, path).header(header, value).body(Body::from("{\"count\":1}")).unwrap();
            let answer = world.send(asked).await;
            assert_eq!(answer.problem(), (403, "cross-origin".to_owned()), "{name}: {method} {path}");
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
        }
    }
    for headers in [
        &[][..],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:7878")],
    ] {
        let asked = headers
            .iter()
            .fold(world.get("/api/v1/events"), |asked, (name, value)| asked.header(*name, *value));
        assert_eq!(world.send(asked.body(Body::empty()).unwrap()).await.status, 200, "{headers:?}");
    }
    // A link to the console from elsewhere works.
    let link = request("GET", "/").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(world.send(link).await.status, 200);
}

/// A cookie is no more than a token: another page cannot use it.
#[tokio::test]
async fn b4_a_cookie_does_not_help_another_page() {
    let world = World::new();
    let cookie = session(&world).await;
    let asked = |site: &str| {
        request("GET", "/api/v1/whoami")
            .header("cookie", &cookie)
            .header("sec-fetch-site", site)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(world.send(asked("same-origin")).await.status, 200);
    assert_eq!(world.send(asked("same-site")).await.status, 403);
}

/// `GET` changes nothing, and no header makes another method of it.
#[tokio::test]
async fn b5_methods() {
    let world = World::new();
    for (method, path, allow) in [
        ("GET", "/api/v1/things/7/cancel", "POST"),
        ("PUT", "/api/v1/things/7/cancel", "POST"),
        ("DELETE", "/api/v1/whoami", "GET,HEAD"),
        ("TRACE", "/api/v1/whoami", "GET,HEAD"),
        ("OPTIONS", "/api/v1/whoami", "GET,HEAD"),
        ("POST", "/healthz", "GET,HEAD"),
    ] {
        let asked =
            world.asking(method, path).header("x-http-method-override", "POST").body(Body::empty()).unwrap();
        let answer = world.send(asked).await;
        assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()), "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

/// JSON that cannot be read, or is read in two ways.
#[tokio::test]
async fn b6_json() {
    let world = World::new();
    let deep = format!("{{\"count\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for (name, body) in [
        ("invalid", "{count: 1}"),
        ("empty", ""),
        ("NaN", "{\"count\": NaN}"),
        ("twice", "{\"count\": 1, \"count\": 2}"),
        ("deep", &deep),
        ("byte order mark", "\u{feff}{\"count\": 1}"),
        ("trailing data", "{\"count\": 1}]"),
        ("array", "[{\"count\": 1}]"),
    ] {
        let answer = order(&world, "application/json", body.to_owned()).await;
        assert_eq!(answer.problem(), (400, "invalid-json".to_owned()), "{name}");
        assert!(answer.detail().contains(" at line "), "{name}: {}", answer.detail());
    }
    let large = order(&world, "application/json", " ".repeat((1 << 20) + 1)).await;
    assert_eq!(large.problem(), (413, "too-large".to_owned()));
    assert!(large.detail().contains("1048576 bytes"), "{}", large.detail());
    let right = order(&world, "application/json; charset=UTF-8", "{\"count\": 7}".to_owned()).await;
    assert_eq!((right.status, right.body.as_str()), (200, "7"));
}

async fn order(world: &World, kind: &str, body: String) -> crate::harness::Answer {
    let asked = world.asking("POST", "/api/v1/orders").header("content-type", kind);
    world.send(asked.body(Body::from(body)).unwrap()).await
}

/// Another type or character set.
#[tokio::test]
async fn b7_content_types() {
    let world = World::new();
    for kind in [
        "text/plain",
        "application/json; charset=utf-16",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "",
    ] {
        let answer = order(&world, kind, "{\"count\": 1}".to_owned()).await;
        assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()), "{kind}");
    }
    let none =
        world.send(world.asking("POST", "/api/v1/orders").body(Body::from("{\"count\": 1}")).unwrap()).await;
    assert_eq!(none.problem().0, 415);
    let twice = world.asking("POST", "/api/v1/orders").header("content-type", "application/json");
    let twice = twice.header("content-type", "application/json").body(Body::from("{\"count\": 1}")).unwrap();
    assert_eq!(world.send(twice).await.status, 415);
}

/// What nobody knows is named.
#[tokio::test]
async fn b8_unknown_fields() {
    let world = World::new();
    let answer = order(&world, "application/json", "{\"count\": 1, \"colour\": \"red\"}".to_owned()).await;
    assert_eq!(answer.problem(), (422, "unknown-field".to_owned()));
    assert!(answer.detail().contains("colour"), "{}", answer.detail());
    for (path, status, code, said) in [
        ("/api/v1/things?colour=red", 422, "unknown-field", "colour"),
        ("/api/v1/things?limit=-1", 422, "invalid", "limit"),
        ("/api/v1/things?limit=1&limit=2", 422, "invalid", "limit"),
        ("/api/v1/things/seven", 404, "not-found", "no such thing"),
        ("/api/v1/things/99999999999999999999", 404, "not-found", "no such thing"),
        ("/api/v1/things/..%2f..%2fetc%2fpasswd", 404, "not-found", "no such thing"),
    ] {
        let answer = world.send(world.get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{path}");
        assert!(answer.detail().contains(said), "{path}: {}", answer.detail());
    }
}

/// Compressed requests are not taken apart.
#[tokio::test]
async fn b17_content_encoding() {
    let world = World::new();
    for encoding in ["gzip", "identity, gzip", "br", "x"] {
        for path in ["/api/v1/orders", "/api/v1/upload"] {
            let asked = world.asking("POST", path).header("content-encoding", encoding);
            let answer = world.send(asked.body(Body::from("x")).unwrap()).await;
            assert_eq!(answer.problem(), (415, "unsupported-media-type".to_owned()), "{encoding} {path}");
        }
    }
}

/// A long address, and what nobody can expect.
#[tokio::test]
async fn b25_long_addresses() {
    let world = World::new();
    let path = format!("/api/v1/things?limit={}", "1".repeat(8 << 10));
    let answer = world.send(world.get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.problem(), (414, "uri-too-long".to_owned()));
    let expect = world.asking("POST", "/api/v1/orders").header("expect", "200").body(Body::empty()).unwrap();
    assert_eq!(world.send(expect).await.problem().0, 417);
}

/// A body that drips: refused at the least rate, by a clock that is not the wall's.
#[tokio::test(start_paused = true)]
async fn b26_bodies_that_drip() {
    let world = World::new();
    let drip = || {
        Body::from_stream(stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok::<_, std::io::Error>("x")
        }))
    };
    for (path, kind) in [
        ("/api/v1/orders", "application/json"),
        ("/api/v1/upload", "multipart/form-data; boundary=x"),
        ("/api/v1/session", "application/json"),
    ] {
        let asked = world.asking("POST", path).header("content-type", kind).body(drip()).unwrap();
        let answer = world.send(asked).await;
        assert_eq!(answer.problem(), (408, "too-slow".to_owned()), "{path}");
        assert_eq!(answer.header("connection"), "close");
    }
}

/// Submits by token, and requests of one token at once.
#[tokio::test]
async fn b27_rates() {
    let world = World::with(|config| config.rates = Rates { requests: 2, ..Rates::default() });
    let submit = |token: &str| {
        let asked = request("POST", "/api/v1/submit").header("authorization", format!("Bearer {token}"));
        world.send(asked.body(Body::empty()).unwrap())
    };
    for n in 0..60 {
        assert_eq!(submit(&world.admin).await.status, 201, "{n}");
    }
    let refused = submit(&world.admin).await;
    assert_eq!(refused.problem(), (429, "rate-limited".to_owned()));
    assert!((1..=3).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(submit(&world.submitter).await.status, 201);

    let slow = || world.send(world.asking("POST", "/api/v1/slow").body(Body::empty()).unwrap());
    let (mut one, mut two) = (Box::pin(slow()), Box::pin(slow()));
    assert!(futures_util::poll!(&mut one).is_pending());
    assert!(futures_util::poll!(&mut two).is_pending());
    let third = world.send(world.get("/api/v1/whoami").body(Body::empty()).unwrap()).await;
    assert_eq!(third.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(submit(&world.submitter).await.status, 201);
    drop((one, two));
    assert_eq!(world.send(world.get("/api/v1/whoami").body(Body::empty()).unwrap()).await.status, 200);
}

/// The inside stays in.
#[tokio::test]
async fn failures_say_nothing_of_the_inside() {
    let world = World::new();
    for path in ["/api/v1/panic", "/api/v1/broken"] {
        let answer = world.send(world.get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.problem(), (500, "internal".to_owned()), "{path}");
        assert!(!answer.body.contains("secret"), "{path}: {}", answer.body);
    }
}

/// Every answer has the headers, whoever made it.
#[tokio::test]
async fn headers_of_every_answer() {
    let world = World::new();
    let evil = Request::builder().uri("/").header(header::HOST, "evil.test").body(Body::empty()).unwrap();
    let mut asked = vec![evil, request("GET", "/api/v1/whoami").body(Body::empty()).unwrap()];
    for path in [
        "/",
        "/healthz",
        "/nothing",
        "/metrics",
        "/api/v1/whoami",
        "/api/v1/panic",
        "/api/v1/nothing",
        "/api/v1/orders",
    ] {
        asked.push(world.get(path).body(Body::empty()).unwrap());
    }
    for asked in asked {
        let path = asked.uri().path().to_owned();
        let answer = world.send(asked).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_ne!(answer.header("x-request-id"), "", "{path}");
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{path}");
    }
    let raw = world.send(world.get("/api/v1/raw").body(Body::empty()).unwrap()).await;
    assert_eq!(raw.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(raw.header("content-disposition"), "attachment; filename*=UTF-8''x.svg");
}

#[tokio::test]
async fn request_ids_are_kept_or_made() {
    let world = World::new();
    let kept =
        world.send(world.get("/nothing").header("x-request-id", "abc-1").body(Body::empty()).unwrap()).await;
    assert_eq!(kept.header("x-request-id"), "abc-1");
    assert_eq!(kept.problem().0, 404);
    let made = world.send(world.get("/").header("x-request-id", "a b\"").body(Body::empty()).unwrap()).await;
    assert_eq!(made.header("x-request-id").len(), 32);
}

/// Makes a code with the admin's token and swaps it.
async fn session(world: &World) -> String {
    let code = code(world).await;
    let swapped = swap(world, &code).await;
    assert_eq!(swapped.status, 204);
    swapped.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn code(world: &World) -> String {
    let asked =
        request("POST", "/api/v1/session/codes").header("authorization", format!("Bearer {}", world.admin));
    let made = world.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(made.status, 201);
    let document: testrunner_api::CodeDocument = serde_json::from_str(&made.body).unwrap();
    assert_eq!(document.expires_in, 60);
    document.code
}

async fn swap(world: &World, code: &str) -> crate::harness::Answer {
    let asked = request("POST", &format!("{V1}/session")).header("content-type", "application/json");
    world.send(asked.body(Body::from(serde_json::json!({ "code": code }).to_string())).unwrap()).await
}

#[tokio::test]
async fn a_code_is_swapped_once_for_a_session() {
    let world = World::new();
    let used = code(&world).await;
    let swapped = swap(&world, &used).await;
    let cookie = swapped.header("set-cookie");
    for part in ["testrunner_session_", "; Path=/;", "; HttpOnly", "; SameSite=Strict", "; Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let who = |pair: &str| {
        world.send(request("GET", "/api/v1/session").header("cookie", pair).body(Body::empty()).unwrap())
    };
    let known = who(pair).await;
    assert_eq!((known.status, known.body.as_str()), (200, r#"{"subject":"ada","role":"admin"}"#));
    for wrong in [&used, "", "garbage"] {
        assert_eq!(swap(&world, wrong).await.problem(), (401, "unauthenticated".to_owned()), "{wrong}");
    }
    let old = code(&world).await;
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(swap(&world, &old).await.status, 401);
    world.clock.advance(Duration::from_hours(30 * 24));
    assert_eq!(who(pair).await.status, 401);
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let world = World::new();
    let cookie = session(&world).await;
    let who = || {
        world.send(request("GET", "/api/v1/session").header("cookie", &cookie).body(Body::empty()).unwrap())
    };
    assert_eq!(who().await.status, 200);
    let admin = world
        .tokens
        .list()
        .unwrap()
        .into_iter()
        .find(|token| token.role == testrunner_http::token::Role::Admin);
    world.tokens.revoke(&admin.unwrap().id).unwrap();
    assert_eq!(who().await.status, 401);
}

#[tokio::test]
async fn a_session_survives_the_server() {
    let world = World::new();
    let cookie = session(&world).await;
    let mut config = testrunner_http::HttpConfig::with_tokens(std::sync::Arc::clone(&world.tokens));
    config.clock = std::sync::Arc::new(world.clock.clone());
    let sessions = testrunner_http::session::Sessions::new(&config);
    let headers = axum::http::HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
    assert_eq!(sessions.identify(&headers).await.unwrap().subject, "ada");
}

/// Cookies are not kept apart by port: two servers of one host must not touch each other's.
#[tokio::test]
async fn two_servers_on_one_host() {
    let (one, other) = (World::new(), World::new());
    let (first, second) = (session(&one).await, session(&other).await);
    assert_ne!(first.split('=').next(), second.split('=').next());
    let both = format!("{first}; {second}");
    for world in [&one, &other] {
        let asked = request("GET", "/api/v1/session").header("cookie", &both).body(Body::empty()).unwrap();
        assert_eq!(world.send(asked).await.status, 200);
    }
    let asked = request("GET", "/api/v1/session").header("cookie", &second).body(Body::empty()).unwrap();
    assert_eq!(one.send(asked).await.status, 401);
    // A forged one of the right name beside the right one changes nothing.
    let name = first.split('=').next().unwrap();
    let tossed = request("GET", "/api/v1/session").header("cookie", format!("{name}=forged; {first}"));
    assert_eq!(one.send(tossed.body(Body::empty()).unwrap()).await.status, 200);
    let ended = request("DELETE", "/api/v1/session").header("cookie", &first).body(Body::empty()).unwrap();
    let ended = one.send(ended).await;
    assert_eq!(ended.status, 204);
    assert!(ended.header("set-cookie").starts_with(&format!("{name}=; ")), "{}", ended.header("set-cookie"));
}

/// Whoever authenticates in front of the router.
#[tokio::test]
async fn everybody_is_let_in_where_others_ask() {
    let who = testrunner_http::token::Identity {
        token: "front".to_owned(),
        subject: "bob".to_owned(),
        role: testrunner_http::token::Role::Submitter,
    };
    let world = World::with(|config| {
        config.authenticator = std::sync::Arc::new(testrunner_http::token::AllowAll(who))
    });
    let answer = world.send(request("GET", "/api/v1/whoami").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "bob"));
    let page =
        request("GET", "/api/v1/whoami").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(world.send(page).await.status, 403);
}

/// The whole facade below a prefix of another program.
#[tokio::test]
async fn below_a_prefix() {
    let world = World::new();
    let program = axum::Router::new()
        .route("/", axum::routing::get(|| async { "theirs" }))
        .nest("/tests", world.app.clone());
    let ask = |path: &str, token: bool| {
        let asked = if token { world.get(path) } else { request("GET", path) };
        tower::ServiceExt::oneshot(program.clone(), asked.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("/tests/api/v1/whoami", false).await.unwrap().status(), 401);
    assert_eq!(ask("/tests/api/v1/whoami", true).await.unwrap().status(), 200);
    assert_eq!(ask("/tests/metrics", false).await.unwrap().status(), 401);
    assert_eq!(ask("/tests/healthz", false).await.unwrap().status(), 200);
    let theirs = ask("/", false).await.unwrap();
    assert!(theirs.headers().get("content-security-policy").is_none());
}
