//! Under a prefix all is as at the root.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::routing::get;

use crate::app::{App, request};

fn mounted() -> App {
    let app = App::idle(|_| {});
    App { router: Router::new().route("/", get(|| async { "its own" })).nest("/tests", app.router), ..app }
}

#[tokio::test]
async fn the_guard_sees_the_same_paths() {
    let app = mounted();
    for (path, status) in [
        ("/", 200),
        ("/tests/healthz", 200),
        ("/tests/docs/", 200),
        ("/tests/openapi.json", 200),
        ("/tests/api/v1/testruns", 401),
        ("/tests/api/v1/nothing", 401),
        ("/tests/metrics", 401),
        ("/tests/api", 401),
    ] {
        let asked =
            Request::builder().uri(path).header(header::HOST, "localhost").body(Body::empty()).unwrap();
        assert_eq!(app.head(asked).await, status, "{path}");
        let foreign =
            Request::builder().uri(path).header(header::HOST, "evil.test").body(Body::empty()).unwrap();
        let expected = if path == "/" { 200 } else { 403 };
        assert_eq!(app.head(foreign).await, expected, "{path} as evil.test");
    }
    assert_eq!(app.get("/tests/api/v1/testruns").await.status, StatusCode::OK);
    let cross =
        request(Method::POST, "/tests/api/v1/testruns/1/cancel").header("sec-fetch-site", "cross-site");
    let refused = app.send(cross.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.problem(), (403, "cross-origin".to_owned()));
}

#[tokio::test]
async fn links_name_the_prefix() {
    let app = App::idle(|config| *config = config.clone().mounted_at("/tests"));
    let made = app.submit(&[("x.test", "ok a")]).await;
    assert_eq!(made.header("location"), "/tests/api/v1/testruns/1");
    assert_eq!(app.get("/openapi.json").await.json()["servers"][0]["url"], "/tests");
    let link = if cfg!(feature = "console") { "src=\"/tests/assets/" } else { "href=\"/tests/docs/\"" };
    assert!(app.get("/").await.text().contains(link));
}

/// `nest` leaves out the address with a slash at the end; `nest_service` does not.
#[tokio::test]
async fn as_a_service_also_with_a_slash() {
    let app = App::idle(|config| *config = config.clone().mounted_at("/tests"));
    let app = App { router: Router::new().nest_service("/tests", app.router.clone()), ..app };
    for path in ["/tests", "/tests/", "/tests/healthz", "/tests/docs/", "/tests/api/v1/testruns"] {
        assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
    }
}
