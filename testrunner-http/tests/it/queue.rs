//! What waits, why, and who works.

use axum::http::StatusCode;
use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn nobody_works() {
    let app = App::idle(|_| {});
    app.submit(&[("a.test", "ok a")]).await;
    app.submit(&[("a.test", "ok a")]).await;
    let waiting = app.get("/api/v1/testruns/2/queue").await.json();
    assert_eq!((&waiting["reason"], &waiting["position"]), (&json!("no_worker"), &json!(1)), "{waiting}");
    let queue = app.get("/api/v1/queue").await.json();
    assert_eq!((&queue["ready"], &queue["leased"]), (&json!(2), &json!(0)));
    assert_eq!(queue["items"][0]["run"], 1);
    assert_eq!(app.get("/api/v1/workers").await.json()["workers"], json!([]));
}

#[tokio::test]
async fn two_run_and_one_waits() {
    let app = App::start();
    for _ in 0..3 {
        assert_eq!(app.submit(&[("a.test", "hold\nok a")]).await.status, StatusCode::CREATED);
    }
    let mut workers = app.get("/api/v1/workers").await.json();
    while workers["workers"][0]["items"].as_array().unwrap().len() < 2 {
        tokio::task::yield_now().await;
        workers = app.get("/api/v1/workers").await.json();
    }
    assert_eq!((&workers["workers"][0]["slots"], &workers["workers"][0]["local"]), (&json!(2), &json!(true)));
    let waiting = app.get("/api/v1/testruns/3/queue").await.json();
    assert_eq!((&waiting["reason"], &waiting["position"]), (&json!("queued"), &json!(0)), "{waiting}");
    assert!(waiting["estimated_start"].as_i64().unwrap() > 0);
    assert_eq!(app.get("/api/v1/testruns/1/queue").await.json()["reason"], "running");
    app.open_gate();
    app.ended(3).await;
    assert_eq!(app.get("/api/v1/testruns/3/queue").await.json()["reason"], "ended");
}
