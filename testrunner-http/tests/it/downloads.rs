//! Answers that nobody reads to the end: files and reports, and any other.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures_util::StreamExt as _;
use testrunner_http::guard::Rates;
use tower::ServiceExt as _;

use crate::app::{App, request};
use crate::harness::World;

async fn ask(app: &App, path: &str) -> Response {
    let asked = request(Method::GET, path).body(Body::empty()).unwrap();
    app.router.clone().oneshot(asked).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn so_many_bytes_at_once() {
    let app = App::idle(|config| config.download_bytes = 256 << 10);
    let large = "x".repeat(128 << 10);
    app.submit(&[("x.test", "ok a"), ("large.txt", &large)]).await;
    let files = app.get("/api/v1/testruns/1/files").await.json();
    let of = |path: &str| {
        let file = files.as_array().unwrap().iter().find(|file| file["path"] == path).unwrap();
        format!("/api/v1/{}", file["content"].as_str().unwrap())
    };
    let (small, large) = (of("x.test"), of("large.txt"));
    let (one, two) = (ask(&app, &large).await, ask(&app, &large).await);
    for path in [&large, &small, "/api/v1/testruns/1/junit"] {
        let refused = app.get(path).await;
        assert_eq!(refused.problem(), (503, "busy".to_owned()), "{path}");
        assert_eq!(refused.header("retry-after"), "2", "{path}");
    }
    // What else there is does not wait.
    assert_eq!(app.get("/api/v1/testruns/1").await.status, StatusCode::OK);
    drop(one);
    assert_eq!(app.get(&large).await.body.len(), 128 << 10);
    assert_eq!(app.get("/api/v1/testruns/1/junit").await.status, StatusCode::OK);
    // The last bytes of a body are in memory when the body is gone.
    let unsent = two.into_body().into_data_stream().next().await.unwrap().unwrap();
    let rest = ask(&app, &large).await;
    assert_eq!(app.get(&small).await.problem().0, 503);
    drop((unsent, rest));
    assert_eq!(app.get(&small).await.text(), "ok a");
}

#[tokio::test]
async fn a_file_that_is_larger_than_the_room_is_sent_alone() {
    let app = App::idle(|config| config.download_bytes = 1);
    app.submit(&[("x.test", &"x".repeat(200 << 10))]).await;
    assert_eq!(app.get("/api/v1/testruns/1/files/0").await.body.len(), 200 << 10);
}

/// A request is under way until its answer was read, or given up.
#[tokio::test]
async fn b27_answers_that_nobody_reads() {
    let world = World::with(|config| config.rates = Rates { requests: 2, ..Rates::default() });
    let ask = || world.app.clone().oneshot(world.get("/api/v1/whoami").body(Body::empty()).unwrap());
    let (one, two) = (ask().await.unwrap(), ask().await.unwrap());
    let third = world.send(world.get("/api/v1/whoami").body(Body::empty()).unwrap()).await;
    assert_eq!(third.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(third.header("retry-after"), "1");
    assert!(third.detail().contains("2 requests are under way"), "{}", third.detail());
    drop(one);
    let third = ask().await.unwrap();
    assert_eq!(third.status(), 200);
    drop(third);
    // A connection drops a body with its last bytes in hand, and these may wait for long.
    let unsent = two.into_body().into_data_stream().next().await.unwrap().unwrap();
    let _other = ask().await.unwrap();
    assert_eq!(ask().await.unwrap().status(), 429);
    drop(unsent);
    assert_eq!(ask().await.unwrap().status(), 200);
}
