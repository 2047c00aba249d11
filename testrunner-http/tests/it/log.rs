//! Output as text and in pieces.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use testrunner_core::event::{CaseResult, FileFinish, LogChunk, NewEvent, Stream};
use testrunner_core::store::{Batch, Candidates, ClaimRequest, Outcome};
use testrunner_core::{EventBody, FileOutcome, LeaseKey, Timestamp, WorkerId};

use crate::app::{Answer, App, request};

async fn part(app: &App, path: &str, range: &str) -> Answer {
    let asked = request(Method::GET, path).header(header::RANGE, range);
    app.send(asked.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn whole_by_file_and_by_range() {
    let app = App::start();
    app.run(&[("a.test", "say one\nok x\nsay two"), ("b.test", "say three\nok y")]).await;
    let log = app.get("/api/v1/testruns/1/log").await;
    assert_eq!(log.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(log.header("accept-ranges"), "bytes");
    assert_eq!(log.body.len(), "one\ntwo\nthree\n".len());
    let path = "/api/v1/testruns/1/log?file=0";
    assert_eq!(app.get(path).await.text(), "one\ntwo\n");
    for (range, text, told) in [
        ("bytes=0-2", "one", "bytes 0-2/8"),
        ("bytes=4-", "two\n", "bytes 4-7/8"),
        ("bytes=-3", "wo\n", "bytes 5-7/8"),
        ("bytes=2-5", "e\ntw", "bytes 2-5/8"),
    ] {
        let answer = part(&app, path, range).await;
        assert_eq!((answer.status, answer.text().as_str()), (StatusCode::PARTIAL_CONTENT, text), "{range}");
        assert_eq!(
            (answer.header("content-range"), answer.header("content-length")),
            (told, text.len().to_string().as_str())
        );
    }
    let beyond = part(&app, path, "bytes=8-").await;
    assert_eq!((beyond.problem().0, beyond.header("content-range")), (416, "bytes */8"));
    assert_eq!(part(&app, path, "lines=1-2").await.status, StatusCode::OK);
    assert_eq!(app.get("/api/v1/testruns/1/log?file=2").await.problem().0, 422);
}

#[tokio::test]
async fn piece_by_piece() {
    let app = App::start();
    app.run(&[("a.test", "say one\nok x\nsay two\nok y\nsay three\nok z")]).await;
    let (mut after, mut text) = (0, String::new());
    loop {
        let page =
            app.get(&format!("/api/v1/testruns/1/log/chunks?after={after}&limit=1&file=0")).await.json();
        for chunk in page["chunks"].as_array().unwrap() {
            text.push_str(chunk["data"].as_str().unwrap());
        }
        after = page["next_after"].as_i64().unwrap();
        if page["end"] == true {
            break;
        }
    }
    assert_eq!(text, "one\ntwo\nthree\n");
}

#[tokio::test]
async fn backwards_from_an_event() {
    let app = App::start();
    let script: String = (0..300).map(|n| format!("say line {n}\nok case_{n}\n")).collect();
    app.run(&[("a.test", script.trim_end())]).await;
    let (mut before, mut text) = (1_000_000, String::new());
    loop {
        let page = app.get(&format!("/api/v1/testruns/1/log/chunks?before={before}&limit=7")).await.json();
        let chunks = page["chunks"].as_array().unwrap();
        assert!(chunks.len() <= 7);
        let part: String = chunks.iter().map(|chunk| chunk["data"].as_str().unwrap()).collect();
        text.insert_str(0, &part);
        match page["next_before"].as_i64() {
            Some(next) => before = next,
            None => break,
        }
    }
    assert_eq!(text, (0..300).map(|n| format!("line {n}\n")).collect::<String>());
    let first = app.get("/api/v1/testruns/1/log/chunks?limit=3").await.json();
    assert_eq!((&first["next_before"], &first["chunks"][0]["superseded"]), (&Value::Null, &json!(false)));
    let after = first["next_after"].as_i64().unwrap();
    let next = app.get(&format!("/api/v1/testruns/1/log/chunks?limit=3&after={after}")).await.json();
    assert_eq!(next["next_before"], next["chunks"][0]["seq"]);
    for bad in ["before=0", "before=5&after=1", "before=-1"] {
        assert_eq!(app.get(&format!("/api/v1/testruns/1/log/chunks?{bad}")).await.problem().0, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_text_is_found_forwards_and_backwards() {
    let app = App::start();
    let script: String = (0..300).map(|n| format!("say line {n}.\nok case_{n}\n")).collect();
    app.run(&[("a.test", script.trim_end())]).await;
    let find = async |query: &str| {
        let found = app.get(&format!("/api/v1/testruns/1/log/find?{query}")).await.json();
        (found["seq"].as_i64(), found["next_after"].is_null() && found["next_before"].is_null())
    };
    let text = async |seq: i64| {
        let page = app.get(&format!("/api/v1/testruns/1/log/chunks?after={}&limit=1", seq - 1)).await.json();
        page["chunks"][0]["data"].as_str().unwrap().to_owned()
    };
    let (first, whole) = find("text=LINE+250.").await;
    assert!(whole);
    assert_eq!(text(first.unwrap()).await, "line 250.\n");
    // From one piece to the next one.
    let (crossing, _) = find("text=%0Aline+251").await;
    assert_eq!(text(crossing.unwrap()).await, "line 251.\n");
    let (last, _) = find("text=line+1&before=100000").await;
    assert_eq!(text(last.unwrap()).await, "line 199.\n");
    let (before, _) = find(&format!("text=line+1&before={}", last.unwrap())).await;
    assert_eq!(text(before.unwrap()).await, "line 198.\n");
    for n in [0, 40, 63, 64, 127, 128, 250] {
        let (back, _) = find(&format!("text=%0Aline+{}.&before=100000", n + 1)).await;
        assert_eq!(text(back.unwrap()).await, format!("line {}.\n", n + 1), "{n}");
    }
    assert_eq!(find("text=nowhere").await, (None, true));
    assert_eq!(find("text=nowhere&before=100000").await, (None, true));
    assert_eq!(find(&format!("text=line+250.&after={}", first.unwrap())).await, (None, true));
    for bad in ["text=", "text=x&after=-1", "text=x&before=0", "text=x&before=3&after=2", "text=x&file=9"] {
        assert_eq!(app.get(&format!("/api/v1/testruns/1/log/find?{bad}")).await.problem().0, 422, "{bad}");
    }
}

/// Claims the only item, as a worker would.
async fn claim(app: &App) -> LeaseKey {
    let request = ClaimRequest {
        from: Candidates::Any,
        max: 1,
        worker: WorkerId("w".to_owned()),
        ttl: Duration::from_secs(60),
        executors: vec!["lines".to_owned()],
        process: None,
        shared: true,
        prefer: Vec::new(),
    };
    app.engine.store().claim(&request).await.unwrap().leases.remove(0).key
}

fn said(file: u32, stream: Stream, data: &[u8]) -> EventBody {
    EventBody::Log(LogChunk { file, case: None, stream, offset: 0, data: data.to_vec() })
}

fn finished(file: u32) -> EventBody {
    let (outcome, duration) = (FileOutcome::Passed, Duration::ZERO);
    EventBody::FileFinished(FileFinish { file, outcome, collected: 1, reported: 1, duration, message: None })
}

async fn write(app: &App, key: LeaseKey, bodies: Vec<EventBody>, outcome: Option<Outcome>) {
    let events: Vec<NewEvent> = bodies.into_iter().map(|body| NewEvent { at: Timestamp(0), body }).collect();
    let (batch, store) = (Batch { from_n: 0, events: &events }, app.engine.store());
    match outcome {
        Some(outcome) => drop(store.finish(key, batch, &outcome).await.unwrap()),
        None => drop(store.append(key, batch).await.unwrap()),
    }
}

/// What is told of each piece, and whether it is of an old attempt.
async fn attempts(app: &App) -> Vec<(String, bool)> {
    let page = app.get("/api/v1/testruns/1/log/chunks").await.json();
    let told = |chunk: &Value| (chunk["data"].as_str().unwrap().to_owned(), chunk["superseded"] == true);
    page["chunks"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test]
async fn output_of_what_was_taken_back_is_told_as_such() {
    let app = App::idle(|_| {});
    let parts = [("plan", "whole"), ("a.test", "ok a"), ("b.test", "ok b"), ("c.test", "ok c")];
    assert_eq!(app.submit(&parts).await.status, StatusCode::CREATED);
    let file = |index: u32, word: &str| said(index, Stream::Stdout, word.as_bytes());
    // The first attempt ends the file 0, which has no cases, and hands the rest back.
    let key = claim(&app).await;
    write(&app, key, vec![file(0, "a1"), finished(0), file(1, "b1")], None).await;
    let told = |words: &[(&str, bool)]| -> Vec<(String, bool)> {
        words.iter().map(|(word, old)| ((*word).to_owned(), *old)).collect()
    };
    assert_eq!(attempts(&app).await, told(&[("a1", false), ("b1", false)]));
    let events = vec![file(0, "a1"), finished(0), file(1, "b1")];
    write(&app, key, events, Some(Outcome::Release)).await;
    assert_eq!(attempts(&app).await, told(&[("a1", false), ("b1", true)]));
    // The second one ends the file 1, with a case, and hands the last one back.
    let key = claim(&app).await;
    let case: CaseResult = serde_json::from_value(json!({
        "file": 1, "case": "b", "outcome": "passed", "duration_us": 1, "message": null, "line": null
    }))
    .unwrap();
    let events = vec![file(1, "b2"), EventBody::Case(case), finished(1), file(2, "c1")];
    write(&app, key, events, Some(Outcome::Release)).await;
    let key = claim(&app).await;
    write(&app, key, vec![file(2, "c2")], None).await;
    let all = [("a1", false), ("b1", true), ("b2", false), ("c1", true), ("c2", false)];
    assert_eq!(attempts(&app).await, told(&all));
    // A stop changes nothing about what was taken back.
    assert_eq!(app.call(Method::POST, "/api/v1/testruns/1/cancel", None).await.status, StatusCode::ACCEPTED);
    write(&app, key, vec![file(2, "c2")], Some(Outcome::Cancelled)).await;
    assert_eq!(attempts(&app).await, told(&all));
}

#[tokio::test]
async fn a_text_goes_on_in_the_same_output_only() {
    let app = App::idle(|_| {});
    app.submit(&[("plan", "whole"), ("a.test", "ok a"), ("b.test", "ok b")]).await;
    let key = claim(&app).await;
    let (out, err) = (Stream::Stdout, Stream::Stderr);
    // After the events of creation (1), start (2, 3): 4 to 9.
    let events = vec![
        said(0, out, b"a need"),
        said(0, err, b"le"),
        said(1, out, b"le"),
        said(0, out, b"le\xff\xfe NEEDle"),
        said(0, out, b"need"),
    ];
    write(&app, key, events, Some(Outcome::Release)).await;
    let page = app.get("/api/v1/testruns/1/log/chunks").await.json();
    let pieces: Vec<(i64, &str)> = page["chunks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chunk| (chunk["seq"].as_i64().unwrap(), chunk["encoding"].as_str().unwrap()))
        .collect();
    let third = pieces[3].0;
    assert_eq!(pieces[3].1, "base64");
    // The next attempt says the rest, which is another output.
    let key = claim(&app).await;
    write(&app, key, vec![said(0, out, b"le")], None).await;
    let find = async |query: String| {
        app.get(&format!("/api/v1/testruns/1/log/find?text=needle&{query}")).await.json()["seq"].as_i64()
    };
    assert_eq!(find("after=0".to_owned()).await, Some(third));
    // It begins before the event that is gone on from.
    assert_eq!(find(format!("after={}", third - 1)).await, Some(third));
    assert_eq!(find(format!("after={third}")).await, None);
    assert_eq!(find("before=1000".to_owned()).await, Some(third));
    assert_eq!(find(format!("before={third}")).await, None);
}
