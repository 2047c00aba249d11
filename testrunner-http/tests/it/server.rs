//! For whoever watches the server; and what no route is there for.

use axum::http::{Method, StatusCode};

use crate::app::App;

#[tokio::test]
async fn it_tells_how_it_is() {
    let app = App::start();
    app.run(&[("x.test", "ok a")]).await;
    assert_eq!(app.get("/healthz").await.text(), "ok");
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["ready"]), (StatusCode::OK, &true.into()));
    assert_eq!(app.get("/version").await.json()["name"], "testrunner");
    let metrics = app.get("/metrics").await.text();
    for line in [
        "testrunner_testruns{name=\"SUCCESS\"} 1",
        "testrunner_slots{name=\"all\"} 2",
        "route=\"/api/v1/testruns\",status=\"201\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let app = App::idle(|_| {});
    assert_eq!(app.get("/api/v1/nothing").await.problem(), (404, "not-found".to_owned()));
    assert_eq!(app.get("/api/v2/testruns").await.problem(), (404, "not-found".to_owned()));
    let answer = app.call(Method::PUT, "/api/v1/testruns", None).await;
    assert_eq!(answer.problem(), (405, "method-not-allowed".to_owned()));
    assert!(answer.header("allow").contains("GET"), "{answer:?}");
    for method in ["TRACE", "OPTIONS", "PATCH"] {
        let answer = app.call(method.parse().unwrap(), "/api/v1/testruns", None).await;
        assert_eq!(answer.problem().0, 405, "{method}");
    }
    assert_eq!(app.get("/api/v1/testruns/1/cancel").await.problem().0, 405);
}

#[tokio::test]
async fn the_reference_needs_nothing_from_elsewhere() {
    let app = App::idle(|_| {});
    let document = app.get("/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let page = app.get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    for part in page.text().split('"').filter(|part| part.ends_with(".js") || part.ends_with(".css")) {
        assert!(!part.contains("//"), "{part} is from elsewhere");
        let name = part.trim_start_matches("./");
        assert_eq!(app.get(&format!("/docs/{name}")).await.status, StatusCode::OK, "{part}");
    }
}
