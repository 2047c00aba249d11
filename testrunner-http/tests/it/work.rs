//! The routes of workers: what they may, and what they are refused, with nothing changed by it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use testrunner_core::{Digest, Item, ItemState, TestrunId};
use tower::ServiceExt as _;

use crate::app::{Answer, App};

const PASSED: &str = r#"[{"at":1,"body":{"type":"file_started","file":0}},
    {"at":2,"body":{"type":"log","file":0,"case":null,"stream":"stdout","offset":0,"encoding":"base64","data":"//4A"}},
    {"at":3,"body":{"type":"file_finished","file":0,"outcome":"passed","collected":0,"reported":0,"duration_us":5,"message":null}}]"#;

fn asked(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("/api/v1/work/{path}"))
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("testrunner-work-version", "1")
}

async fn post(app: &App, token: &str, path: &str, body: &Value) -> Answer {
    app.send(asked(Method::POST, path, token).body(Body::from(body.to_string())).unwrap()).await
}

async fn get(app: &App, token: &str, path: &str, lease: &str) -> Answer {
    let asked = asked(Method::GET, path, token).header("testrunner-lease", lease);
    app.send(asked.body(Body::empty()).unwrap()).await
}

fn claim_of(name: &str) -> Value {
    json!({"worker": name, "max": 1, "ttl_us": 15_000_000, "executors": ["lines"]})
}

/// Claims an item; there is one.
async fn claim(app: &App, token: &str) -> (String, Value) {
    let answer = post(app, token, "claim", &claim_of("w")).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let lease = answer.json()["leases"][0].clone();
    (lease["lease"].as_str().expect("a lease").to_owned(), lease["assignment"].clone())
}

async fn submitted(app: &App) -> TestrunId {
    TestrunId(app.submit(&[("x.test", "ok a")]).await.json()["id"].as_i64().unwrap())
}

async fn item(app: &App, run: TestrunId) -> Item {
    app.engine.items(run).await.unwrap().swap_remove(0)
}

async fn refusals(app: &App, why: &str) -> u64 {
    let text = app.get("/metrics").await.text();
    let name = format!("testrunner_worker_refusals_total{{why=\"{why}\"}} ");
    let found = text.lines().find_map(|line| line.strip_prefix(&name)).map(str::parse);
    found.map_or(0, Result::unwrap)
}

fn events(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn an_item_from_claim_to_verdict() {
    let app = App::idle(|_| {});
    let run = submitted(&app).await;
    let (lease, assignment) = claim(&app, "bot-worker").await;
    assert_eq!((&assignment["run"], &assignment["username"]), (&json!(run.0), &json!("ada")));
    assert_eq!(item(&app, run).await.worker.unwrap().0, "bot/w", "the name is bound to the token's user");
    let files = get(&app, "bot-worker", &format!("testruns/{run}/files"), &lease).await;
    assert_eq!(files.json()[0]["path"], "x.test");
    let digest = Digest::of(b"ok a");
    let blob = get(&app, "bot-worker", &format!("blobs/{digest}"), &lease).await;
    assert_eq!(blob.body, b"ok a");
    assert!(blob.header("content-disposition").starts_with("attachment"));
    let renewed = post(&app, "bot-worker", "renew", &json!({"leases": [lease], "ttl_us": 15_000_000})).await;
    assert_eq!(renewed.json(), json!({"leases": [{"lease": "held", "stop": null}]}));

    let write = json!({"lease": lease, "from_n": 0, "events": events(PASSED)});
    let first = post(&app, "bot-worker", "append", &write).await;
    assert_eq!(first.json()["next_n"], 3);
    assert_eq!(post(&app, "bot-worker", "append", &write).await.json(), first.json(), "a repeat is a no-op");
    let end = json!({"lease": lease, "from_n": 3, "events": [], "outcome": {"outcome": "completed"}});
    let ended = post(&app, "bot-worker", "finish", &end).await;
    assert_eq!((&ended.json()["item"], &ended.json()["run"]), (&json!("passed"), &json!("SUCCESS")));
    assert_eq!(post(&app, "bot-worker", "finish", &end).await.json(), ended.json(), "as is the end");
    let log = app.get(&format!("/api/v1/testruns/{run}/log")).await;
    assert_eq!(log.body, b"\xff\xfe\0", "output survives byte for byte");
}

#[tokio::test]
async fn b28_writes_that_are_not_the_holders() {
    let app = App::idle(|_| {});
    let run = submitted(&app).await;
    let (lease, _) = claim(&app, "bot-worker").await;
    let before = app.engine.items(run).await.unwrap();
    let (head, signature) = lease.rsplit_once('.').unwrap();
    let other = {
        let other = submitted(&app).await;
        let (lease, _) = claim(&app, "eve-worker").await;
        assert_eq!(item(&app, other).await.worker.unwrap().0, "eve/w");
        lease
    };
    let mut refused = 0;
    for (name, token, shown) in [
        ("another token's", "eve-worker", lease.clone()),
        ("of another item", "bot-worker", other),
        ("without a signature", "bot-worker", head.to_owned()),
        ("with a larger epoch", "bot-worker", format!("{}.{signature}", head.replace(".1", ".2"))),
        ("with half a signature", "bot-worker", format!("{head}.{}", &signature[..20])),
        ("empty", "bot-worker", String::new()),
    ] {
        let write = json!({"lease": shown, "from_n": 0, "events": events(PASSED)});
        let mut end = write.clone();
        end["outcome"] = json!({"outcome": "completed"});
        let renew = json!({"leases": [shown], "ttl_us": 3_000_000_000_u64});
        for (path, body) in [("append", write), ("finish", end), ("renew", renew)] {
            let answer = post(&app, token, path, &body).await;
            assert_eq!(answer.problem(), (403, "lease-refused".to_owned()), "{path} {name}");
            refused += 1;
        }
        for path in [format!("testruns/{run}/files"), format!("blobs/{}", Digest::of(b"ok a"))] {
            assert_eq!(get(&app, token, &path, &shown).await.problem().1, "lease-refused", "{path} {name}");
            refused += 1;
        }
    }
    assert_eq!(app.engine.items(run).await.unwrap(), before, "nothing has changed");
    assert_eq!(refusals(&app, "signature").await, refused);

    let gap = json!({"lease": lease, "from_n": 7, "events": events(PASSED)});
    let gap = post(&app, "bot-worker", "append", &gap).await;
    assert_eq!((gap.problem(), &gap.json()["expected_n"]), ((409, "gap".to_owned()), &json!(0)));
    for (name, events, status) in [
        ("an unknown kind", r#"[{"at":1,"body":{"type":"explosion"}}]"#, 422),
        (
            "of the store alone",
            r#"[{"at":1,"body":{"type":"stop_requested","why":"cancel","by":"eve"}}]"#,
            422,
        ),
        ("of another file", r#"[{"at":1,"body":{"type":"file_started","file":7}}]"#, 422),
        ("in 1970", r#"[{"at":-5,"body":{"type":"file_started","file":0}}]"#, 200),
    ] {
        let body = json!({"lease": lease, "from_n": 0, "events": self::events(events)});
        let answer = post(&app, "bot-worker", "append", &body).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {answer:?}");
    }
    let huge = json!({"lease": lease, "from_n": 1, "events": [{"at": 1, "body": {"type": "case_started", "file": 0, "case": "x".repeat(5 << 20)}}]});
    assert_eq!(post(&app, "bot-worker", "append", &huge).await.problem(), (413, "too-large".to_owned()));
    let started: Value = json!({"at": 1, "body": {"type": "file_started", "file": 0}});
    let many = json!({"lease": lease, "from_n": 1, "events": vec![started; 10_001]});
    assert_eq!(post(&app, "bot-worker", "append", &many).await.problem(), (413, "too-large".to_owned()));
    assert_eq!((refusals(&app, "gap").await, refusals(&app, "fenced").await), (1, 0));
}

#[tokio::test]
async fn a_lease_that_is_over_does_nothing() {
    let app = App::idle(|_| {});
    let run = submitted(&app).await;
    let (lease, _) = claim(&app, "bot-worker").await;
    let release = json!({"lease": lease, "from_n": 0, "events": [], "outcome": {"outcome": "release"}});
    assert_eq!(post(&app, "bot-worker", "finish", &release).await.json()["item"], "ready");
    let (newer, _) = claim(&app, "bot-worker").await;
    let before = (app.engine.items(run).await.unwrap(), app.engine.get(run).await.unwrap());
    let write = json!({"lease": lease, "from_n": 0, "events": events(PASSED)});
    assert_eq!(post(&app, "bot-worker", "append", &write).await.problem(), (409, "fenced".to_owned()));
    assert_eq!(post(&app, "bot-worker", "finish", &release).await.problem(), (409, "fenced".to_owned()));
    let both = json!({"leases": [lease, newer], "ttl_us": 15_000_000});
    let renewed = post(&app, "bot-worker", "renew", &both).await.json();
    assert_eq!(
        (&renewed["leases"][0]["lease"], &renewed["leases"][1]["lease"]),
        (&json!("lost"), &json!("held"))
    );
    let files = get(&app, "bot-worker", &format!("testruns/{run}/files"), &lease).await;
    assert_eq!(files.problem(), (409, "fenced".to_owned()));
    let now = app.engine.get(run).await.unwrap();
    assert_eq!(now.summary.last_seq, before.1.summary.last_seq);
    assert_eq!(refusals(&app, "fenced").await, 3);
}

#[tokio::test]
async fn files_of_others_stay_theirs() {
    let app = App::idle(|_| {});
    submitted(&app).await;
    let (lease, _) = claim(&app, "bot-worker").await;
    let other = TestrunId(app.submit(&[("y.test", "ok secret")]).await.json()["id"].as_i64().unwrap());
    for path in [format!("testruns/{other}/files"), format!("blobs/{}", Digest::of(b"ok secret"))] {
        assert_eq!(
            get(&app, "bot-worker", &path, &lease).await.problem(),
            (403, "not-held".to_owned()),
            "{path}"
        );
    }
    assert_eq!(refusals(&app, "not_held").await, 2);
}

#[tokio::test]
async fn b29_names_and_versions() {
    let app = App::idle(|_| {});
    submitted(&app).await;
    for name in ["eve/w", "", " ", "a\nb", "/", &"x".repeat(65)] {
        let answer = post(&app, "bot-worker", "claim", &claim_of(name)).await;
        assert_eq!(answer.problem(), (422, "invalid".to_owned()), "{name:?}");
    }
    for (field, value) in [
        ("max", json!(-1)),
        ("max", json!(1_025)),
        ("ttl_us", json!(1)),
        ("ttl_us", json!(3_600_000_001_u64)),
        ("executors", json!(vec!["x"; 1_025])),
        ("items", json!(vec![1; 1_025])),
        ("process", json!("12-abc")),
    ] {
        let mut body = claim_of("w");
        body[field] = value;
        assert_eq!(post(&app, "bot-worker", "claim", &body).await.status.as_u16(), 422, "{body}");
    }
    for version in [None, Some("0"), Some("2"), Some("one"), Some("")] {
        let mut asked =
            asked(Method::POST, "claim", "bot-worker").body(Body::from(claim_of("w").to_string())).unwrap();
        asked.headers_mut().remove("testrunner-work-version");
        if let Some(version) = version {
            asked.headers_mut().insert("testrunner-work-version", version.parse().unwrap());
        }
        let answer = app.send(asked).await;
        assert_eq!(answer.problem(), (426, "work-version".to_owned()), "{version:?}");
        assert_eq!(answer.header("upgrade"), "testrunner-work/1");
        assert!(answer.json()["detail"].as_str().unwrap().contains("known here: 1"));
    }
    assert_eq!(refusals(&app, "version").await, 5);
    assert_eq!(app.engine.store().backlog(1).await.unwrap().leased, 0);
}

#[tokio::test]
async fn a_claim_waits_for_work() {
    let app = App::idle(|_| {});
    let mut body = claim_of("w");
    body["wait_us"] = json!(20_000_000);
    let (answer, run) = tokio::join!(post(&app, "bot-worker", "claim", &body), async {
        // The other one waits by now, or finds it at once: both are right.
        tokio::task::yield_now().await;
        submitted(&app).await
    });
    assert_eq!(answer.json()["leases"][0]["assignment"]["run"], run.0);
    body["wait_us"] = json!(1_000);
    assert_eq!(post(&app, "bot-worker", "claim", &body).await.json()["leases"], json!([]));
}

#[tokio::test]
async fn a_claim_that_waits_ends_with_the_server() {
    let mut shutdown = None;
    let app = App::idle(|config| shutdown = Some(config.shutdown.clone()));
    let mut body = claim_of("w");
    body["wait_us"] = json!(20_000_000);
    let begun = std::time::Instant::now();
    let (answer, ()) = tokio::join!(post(&app, "bot-worker", "claim", &body), async {
        tokio::task::yield_now().await;
        shutdown.unwrap().cancel();
    });
    assert_eq!(answer.json()["leases"], json!([]));
    assert!(begun.elapsed() < Duration::from_secs(15));
}

/// Waits until the item is ready again, with a bound.
async fn given_back(app: &App, run: TestrunId) {
    let mut bell = app.engine.doorbell().listen(testrunner_core::doorbell::Topic::Run(run));
    let back = async {
        while item(app, run).await.state != ItemState::Ready || item(app, run).await.attempts == 0 {
            bell.rung(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("it goes back");
}

#[tokio::test]
async fn what_nobody_took_goes_back() {
    let app = App::idle(|_| {});
    let run = submitted(&app).await;
    let asked =
        asked(Method::POST, "claim", "bot-worker").body(Body::from(claim_of("w").to_string())).unwrap();
    let answer = app.router.clone().oneshot(asked).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(item(&app, run).await.state, ItemState::Leased);
    drop(answer);
    given_back(&app, run).await;
    assert_eq!(item(&app, run).await.lost, 0, "nobody was lost");
    claim(&app, "bot-worker").await;
}

#[tokio::test]
async fn the_bell_tells_of_work_and_of_stops() {
    let app = App::idle(|_| {});
    let asked = asked(Method::GET, "bell", "bot-worker").body(Body::empty()).unwrap();
    let answer = app.router.clone().oneshot(asked).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let mut heard = String::new();
    for wanted in ["event: ready", "event: work", "event: stops"] {
        while !heard.contains(wanted) {
            use http_body_util::BodyExt as _;
            let frame = tokio::time::timeout(Duration::from_secs(30), body.frame()).await.expect("a ring");
            heard.push_str(&String::from_utf8_lossy(frame.unwrap().unwrap().data_ref().unwrap()));
        }
        if wanted == "event: ready" {
            submitted(&app).await;
        } else if wanted == "event: work" {
            app.engine.cancel(TestrunId(1), "ada").await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_worker_is_listed_under_its_tokens_name() {
    let app = App::idle(|_| {});
    let said = json!({"worker": "rack/7", "slots": 3});
    assert_eq!(post(&app, "bot-worker", "presence", &said).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = json!({
        "worker": "rack7", "slots": 3, "executors": ["pytest"], "labels": {"zone": "b"}, "version": "0.1.0",
    });
    let noted = post(&app, "bot-worker", "presence", &said).await;
    assert_eq!(noted.json(), json!({"worker": "bot/rack7"}), "{noted:?}");
    let listed = app.get("/api/v1/workers").await.json();
    let worker = &listed["workers"][0];
    assert_eq!((&worker["id"], &worker["slots"]), (&json!("bot/rack7"), &json!(3)), "{listed}");
    assert_eq!((&worker["labels"], &worker["local"]), (&json!({"zone": "b"}), &json!(false)));
    assert!(worker["seen_at"].is_i64() && worker["items"] == json!([]), "{listed}");
    // Another token's farewell is about another worker.
    let leaving = json!({"worker": "rack7", "leaving": true});
    assert_eq!(post(&app, "eve-worker", "presence", &leaving).await.status, StatusCode::OK);
    assert_eq!(app.get("/api/v1/workers").await.json()["workers"][0]["id"], "bot/rack7");
    assert_eq!(post(&app, "bot-worker", "presence", &leaving).await.status, StatusCode::OK);
    assert_eq!(app.get("/api/v1/workers").await.json()["workers"], json!([]));
    for (field, value) in [
        ("version", json!("x".repeat(65))),
        ("version", json!("1 2")),
        ("labels", json!({"-": "x"})),
        ("executors", json!(vec!["x"; 1_025])),
        ("slots", json!(-1)),
    ] {
        let mut bad = said.clone();
        bad[field] = value;
        let refused = post(&app, "bot-worker", "presence", &bad).await;
        assert!(refused.status.is_client_error(), "{field}: {refused:?}");
    }
    assert_eq!(app.get("/api/v1/workers").await.json()["workers"], json!([]));
}
