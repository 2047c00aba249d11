//! Every route of the description, with no token, a wrong one, and one of each role, against one table. A route that
//! is not in the table fails, as does a row without a route.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, header};
use testrunner_core::Digest;

use crate::app::{App, form};

/// Who may, of `-` everybody without a token, `v`iewers, `s`ubmitters for what is somebody else's, `o`wners who are
/// submitters, `a`dmins, `w`orkers.
const TABLE: [(&str, &str, &str); 38] = [
    ("get", "/api/v1/testruns", "vsoa"),
    ("post", "/api/v1/testruns", "soa"),
    ("post", "/api/v1/selection", "soa"),
    ("get", "/api/v1/testruns/{id}", "vsoa"),
    ("delete", "/api/v1/testruns/{id}", "oa"),
    ("post", "/api/v1/testruns/{id}/cancel", "oa"),
    ("post", "/api/v1/testruns/{id}/rerun", "oa"),
    ("get", "/api/v1/testruns/{id}/files", "vsoa"),
    ("get", "/api/v1/testruns/{id}/files/{index}", "vsoa"),
    ("get", "/api/v1/testruns/{id}/cases", "vsoa"),
    ("get", "/api/v1/testruns/{id}/log", "vsoa"),
    ("get", "/api/v1/testruns/{id}/log/chunks", "vsoa"),
    ("get", "/api/v1/testruns/{id}/log/find", "vsoa"),
    ("get", "/api/v1/testruns/{id}/junit", "vsoa"),
    ("get", "/api/v1/testruns/{id}/events", "vsoa"),
    ("get", "/api/v1/testruns/{id}/queue", "vsoa"),
    ("get", "/api/v1/events", "vsoa"),
    ("get", "/api/v1/queue", "vsoa"),
    ("get", "/api/v1/workers", "vsoa"),
    ("get", "/api/v1/insights/trend", "vsoa"),
    ("get", "/api/v1/insights/files", "vsoa"),
    ("get", "/api/v1/insights/cases", "vsoa"),
    ("get", "/api/v1/insights/flaky", "vsoa"),
    ("get", "/api/v1/insights/history", "vsoa"),
    ("post", "/api/v1/work/claim", "w"),
    ("post", "/api/v1/work/renew", "w"),
    ("post", "/api/v1/work/append", "w"),
    ("post", "/api/v1/work/finish", "w"),
    ("get", "/api/v1/work/testruns/{id}/files", "w"),
    ("get", "/api/v1/work/blobs/{digest}", "w"),
    ("get", "/api/v1/work/bell", "w"),
    ("post", "/api/v1/work/presence", "w"),
    ("get", "/api/v1/session", "vsoaw"),
    ("post", "/api/v1/session", "-vsoaw"),
    ("delete", "/api/v1/session", "vsoaw"),
    ("post", "/api/v1/session/codes", "vsoa"),
    ("get", "/metrics", "vsoa"),
    ("get", "/healthz", "-vsoaw"),
];
/// Public as `/healthz` is.
const PUBLIC: [&str; 2] = ["/readyz", "/version"];

const CALLERS: [(char, Option<&str>); 7] = [
    ('-', None),
    ('!', Some("nobody")),
    ('v', Some("vic-viewer")),
    ('s', Some("sam-submitter")),
    ('o', Some("ada-submitter")),
    ('a', Some("root-admin")),
    ('w', Some("bot-worker")),
];

fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(testrunner_http::document()).unwrap();
    let paths = document["paths"].as_object().unwrap().clone();
    let of_path = |(path, item): (String, serde_json::Value)| {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    paths.into_iter().flat_map(of_path).collect()
}

/// A facade without a worker of its own, and the lease that the caller who is one has there.
async fn held() -> (App, String) {
    let app = App::idle(|_| {});
    app.submit(&[("x.test", "ok a")]).await;
    let body = r#"{"worker":"w","max":1,"ttl_us":15000000,"executors":["lines"]}"#;
    let mut asked = ask("post", "/api/v1/work/claim", Some("bot-worker"), "");
    *asked.body_mut() = Body::from(body);
    let claimed = app.send(asked).await.json();
    let lease = claimed["leases"][0]["lease"].as_str().expect("a lease").to_owned();
    (app, lease)
}

fn ask(method: &str, path: &str, token: Option<&str>, lease: &str) -> Request<Body> {
    let path = path
        .replace("{id}", "1")
        .replace("{index}", "0")
        .replace("{digest}", &Digest::of(b"ok a").to_string());
    let query = match path.rsplit_once("/").unwrap_or_default().1 {
        "history" => "?path=x.test&case=a",
        "find" => "?text=a",
        _ => "",
    };
    let mut asked = Request::builder()
        .method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap())
        .uri(format!("{path}{query}"))
        .header(header::HOST, "localhost")
        .header("testrunner-work-version", "1")
        .header("testrunner-lease", lease);
    if let Some(token) = token {
        asked = asked.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if method == "post" && path == "/api/v1/testruns" {
        let asked = asked.header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
        return asked.body(Body::from(form(&[("x.test", "ok a")]))).unwrap();
    }
    let body = match path.as_str() {
        "/api/v1/session" => "{\"code\":\"none\"}",
        "/api/v1/selection" => "{\"paths\":[\"x.test\"]}",
        _ => "{}",
    };
    asked.header(header::CONTENT_TYPE, "application/json").body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn each_route_for_each_caller() {
    let mut table: BTreeMap<(String, String), &str> =
        TABLE.iter().map(|(method, path, who)| (((*method).to_owned(), (*path).to_owned()), *who)).collect();
    table.extend(PUBLIC.iter().map(|path| (("get".to_owned(), (*path).to_owned()), "-vsoaw")));
    let operations = operations();
    assert!(operations.len() >= 30, "{operations:?}");
    for operation in &operations {
        assert!(table.contains_key(operation), "{operation:?} is not in the table");
    }
    assert_eq!(table.len(), operations.len(), "a row has no route");
    let mut app = App::start();
    app.run(&[("x.test", "ok a")]).await;
    let (holding, lease) = held().await;
    for ((method, path), may) in &table {
        for (who, token) in CALLERS {
            if method == "delete" {
                app = App::start();
                app.run(&[("x.test", "ok a")]).await;
            }
            let app = if path.starts_with("/api/v1/work/") { &holding } else { &app };
            let status = app.head(ask(method, path, token, &lease)).await;
            let is_public = may.starts_with('-');
            let expected = if is_public || may.contains(who) {
                !matches!(status, 401 | 403) || path == "/api/v1/session" && method == "post"
            } else if matches!(who, '-' | '!') {
                status == 401
            } else {
                status == 403
            };
            assert!(expected, "{method} {path} as {who}: {status}");
        }
    }
}
