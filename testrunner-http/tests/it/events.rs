//! Live events.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testrunner_core::{ManualClock, TestrunSpec};
use testrunner_http::token::{Role, TokenFile};
use tower::ServiceExt as _;

use crate::app::{App, request};

/// An event as it was sent.
#[derive(Clone, Debug, PartialEq)]
struct Sent {
    id: Option<i64>,
    name: String,
    data: Value,
}

fn parse(text: &str) -> Vec<Sent> {
    let blocks = text.split("\n\n").filter(|block| block.contains("data: "));
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
    };
    blocks
        .map(|block| Sent {
            id: field(block, "id").map(|id| id.parse().unwrap()),
            name: field(block, "event").unwrap(),
            data: serde_json::from_str(&field(block, "data").unwrap()).unwrap(),
        })
        .collect()
}

async fn follow(app: &App, path: &str, last: Option<&str>) -> crate::app::Answer {
    let mut asked = request(Method::GET, path).header(header::ACCEPT, "text/event-stream");
    if let Some(last) = last {
        asked = asked.header("last-event-id", last);
    }
    app.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn from_the_first_to_the_last_and_then_the_end() {
    let app = App::start();
    let id = app.submit(&[("a.test", "say hello\nok one\nbad two")]).await.json()["id"].as_i64().unwrap();
    let path = format!("/api/v1/testruns/{id}/events");
    let live = follow(&app, &path, None).await;
    assert_eq!(live.header("content-type"), "text/event-stream");
    assert_eq!(live.header("x-accel-buffering"), "no");
    let events = parse(&live.text());
    let ids: Vec<i64> = events.iter().filter_map(|event| event.id).collect();
    assert_eq!(ids, (1..=ids.len() as i64).collect::<Vec<_>>());
    assert_eq!(events.first().unwrap().name, "run_status");
    let end = events.last().unwrap();
    assert_eq!((end.name.as_str(), end.id, &end.data), ("end", None, &json!({"last_seq": ids.len()})));
    assert!(events.iter().any(|event| event.data["body"]["data"] == "hello\n"), "{events:?}");
    for after in [1, 3, ids.len() as i64 - 1] {
        let by_header = parse(&follow(&app, &path, Some(&after.to_string())).await.text());
        let by_query = parse(&follow(&app, &format!("{path}?after={after}"), None).await.text());
        assert_eq!(by_header, by_query);
        assert_eq!(by_header.first().unwrap().id, Some(after + 1));
    }
    let over = follow(&app, &path, Some(&ids.len().to_string())).await;
    assert_eq!((over.status, over.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(app.get(&format!("{path}?after=-1")).await.problem(), (422, "invalid".to_owned()));
    let page = app.get(&format!("{path}?after=1&limit=2")).await.json();
    assert_eq!((&page["events"][0]["seq"], &page["terminal"]), (&json!(2), &json!(true)));
    assert_eq!(page["events"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn bad_positions_are_refused() {
    let app = App::start();
    app.run(&[("a.test", "ok one")]).await;
    for bad in ["-1", "99999999999999999999", "abc", "1.5", "4711"] {
        let answer = follow(&app, "/api/v1/testruns/1/events", Some(bad)).await;
        assert_eq!(answer.problem(), (400, "bad-request".to_owned()), "{bad}");
    }
}

/// A stream of each kind ends when its token does, with the next heartbeat.
#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_token() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::default();
    let tokens = TokenFile::open_at(folder.path().join("tokens.json"), Arc::new(clock.clone())).unwrap();
    let tokens = Arc::new(tokens);
    let app = App::idle(|config| {
        config.authenticator = Arc::<TokenFile>::clone(&tokens);
        config.clock = Arc::new(clock.clone());
    });
    let spec = TestrunSpec::upload("lines", "ada").file("x.test", "ok a");
    app.engine.submit(spec).await.unwrap();
    for (path, first) in [("/api/v1/events", "ready"), ("/api/v1/testruns/1/events", "run_status")] {
        let (_, brief) = tokens.create("ada", Role::Viewer, Some(Duration::from_mins(1))).unwrap();
        let (record, revoked) = tokens.create("ada", Role::Viewer, None).unwrap();
        let (_, kept) = tokens.create("ada", Role::Viewer, None).unwrap();
        let open = async |secret: &str| {
            let asked = axum::http::Request::get(path)
                .header(header::HOST, "localhost")
                .header(header::AUTHORIZATION, format!("Bearer {secret}"))
                .header(header::ACCEPT, "text/event-stream");
            let response = app.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
            let mut body = response.into_body().into_data_stream();
            let text = body.next().await.unwrap().unwrap();
            assert_eq!(parse(std::str::from_utf8(&text).unwrap())[0].name, first);
            body
        };
        let mut streams = [open(brief.expose()).await, open(revoked.expose()).await];
        let mut kept = open(kept.expose()).await;
        // All is well at the first heartbeat.
        let begun = tokio::time::Instant::now();
        for stream in &mut streams {
            assert_eq!(stream.next().await.unwrap().unwrap(), ":\n\n");
        }
        assert_eq!(begun.elapsed().as_secs(), 15);
        clock.advance(Duration::from_mins(1));
        tokens.revoke(&record.id).unwrap();
        for stream in &mut streams {
            let rest: Vec<_> = stream.take(3).collect().await;
            assert!(rest.len() < 2, "it goes on: {rest:?}");
        }
        assert_eq!(begun.elapsed().as_secs(), 30);
        for _ in 0..4 {
            assert_eq!(kept.next().await.unwrap().unwrap(), ":\n\n");
        }
    }
}

/// Streams have a bound of their own, and leave that on requests alone.
#[tokio::test]
async fn a_stream_is_no_request() {
    let app = App::idle(|config| (config.rates.requests, config.rates.streams) = (1, 2));
    let open = || {
        let asked = request(Method::GET, "/api/v1/events").header(header::ACCEPT, "text/event-stream");
        app.router.clone().oneshot(asked.body(Body::empty()).unwrap())
    };
    let (one, _two) = (open().await.unwrap(), open().await.unwrap());
    assert_eq!(open().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.get("/api/v1/testruns").await.status, StatusCode::OK);
    drop(one);
    assert_eq!(open().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn all_testruns_change_by_change() {
    let app = App::start();
    let asked = request(Method::GET, "/api/v1/events").header(header::ACCEPT, "text/event-stream");
    let response = app.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    let (mut made, mut deleted) = (false, false);
    loop {
        let chunk = tokio::time::timeout(Duration::from_secs(60), body.next()).await.expect("an event");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        let events = parse(&text);
        if !made && events.first().is_some_and(|event| event.name == "ready") {
            made = true;
            app.run(&[("a.test", "ok one")]).await;
        }
        if !deleted && events.last().is_some_and(|event| event.data["status"] == "SUCCESS") {
            deleted = true;
            assert_eq!(
                app.call(Method::DELETE, "/api/v1/testruns/1", None).await.status,
                StatusCode::NO_CONTENT
            );
        }
        if events.last().is_some_and(|event| event.name == "deleted") {
            let ids: Vec<i64> = events.iter().filter_map(|event| event.id).collect();
            assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
            break;
        }
    }
    // What was missed is told to whoever comes back.
    let asked = request(Method::GET, "/api/v1/events?after=0").header(header::ACCEPT, "text/event-stream");
    let response = app.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while !parse(&text).iter().any(|event| event.name == "deleted") {
        let chunk = tokio::time::timeout(Duration::from_secs(60), body.next()).await.expect("an event");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_watched_testrun_is_told_as_it_comes_on() {
    let app = App::start();
    let id = app.submit(&[("a.test", "say hello\nok one\nbad two")]).await.json()["id"].as_i64().unwrap();
    let path = format!("/api/v1/events?watch={id}&watch=4711&watch={id}");
    let asked = request(Method::GET, &path).header(header::ACCEPT, "text/event-stream");
    let response = app.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    let last = loop {
        let chunk = tokio::time::timeout(Duration::from_secs(60), body.next()).await.expect("an event");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        let mut told = parse(&text).into_iter().filter(|event| event.name == "testrun" && event.id.is_none());
        if let Some(last) = told.next_back().filter(|event| event.data["status"] == "FAILED") {
            break last.data;
        }
    };
    assert_eq!((&last["id"], &last["counts"]["cases"]["failed"]), (&json!(id), &json!(1)));
    assert_eq!(last["tests"], Value::Null);
    let all = app.get(&format!("/api/v1/testruns/{id}/events")).await.json();
    assert_eq!(last["last_seq"], all["last_seq"]);
    // Whoever comes after the end is told it at once.
    let asked = request(Method::GET, &path).header(header::ACCEPT, "text/event-stream");
    let response = app.router.clone().oneshot(asked.body(Body::empty()).unwrap()).await.unwrap();
    let mut body = response.into_body().into_data_stream();
    let mut text = String::new();
    while !parse(&text).iter().any(|event| event.data["status"] == "FAILED") {
        let chunk = tokio::time::timeout(Duration::from_secs(60), body.next()).await.expect("an event");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    let too_many = (0..17).map(|run| format!("watch={run}")).collect::<Vec<_>>().join("&");
    let refused = app.get(&format!("/api/v1/events?{too_many}")).await;
    assert_eq!(refused.problem(), (400, "bad-request".to_owned()));
}
