//! What would be run of files that are not sent yet.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{Answer, App};

async fn ask(app: &App, body: &Value) -> Answer {
    app.call(Method::POST, "/api/v1/selection", Some(&body.to_string())).await
}

#[tokio::test]
async fn tests_support_and_what_is_refused() {
    let app = App::idle(|config| config.upload.limits.file_bytes = 1_000);
    let paths = ["b/x.test", "a.test", "data.txt", "../up.test", "A.test", "b", "b/y.test", "pytest.py"];
    let answer = ask(&app, &json!({ "paths": paths })).await;
    assert_eq!(answer.status, StatusCode::OK);
    let selection = answer.json();
    assert_eq!(selection["executor"], "lines");
    assert_eq!(selection["tests"], json!(["a.test", "b/x.test", "b/y.test"]));
    assert_eq!(selection["support"], json!(["data.txt"]));
    assert_eq!(
        (&selection["limits"]["file_bytes"], &selection["limits"]["files"]),
        (&json!(1_000), &json!(2_000))
    );
    let refused: Vec<&Value> = selection["refused"].as_array().unwrap().iter().collect();
    let names: Vec<&str> = refused.iter().filter_map(|refused| refused["path"].as_str()).collect();
    assert_eq!(names, ["../up.test", "A.test", "b", "pytest.py"]);
}

/// Who is refused here is refused there, in the same words.
#[tokio::test]
async fn refusals_are_those_of_an_upload() {
    let app = App::idle(|_| {});
    for path in [
        "/abs.test",
        "a/../b.test",
        "-rf.test",
        "con.test",
        "a%2fb.test",
        "x.pth",
        "a:b.test",
        "1/2/3/4/5/6/7/8/9.test",
    ] {
        let selection = ask(&app, &json!({ "paths": [path] })).await.json();
        let refused = app.submit(&[(path, "ok a")]).await.json();
        assert_eq!(selection["refused"][0]["detail"], refused["errors"][0]["detail"], "{path}");
        assert!(selection["refused"][0]["detail"].is_string(), "{path}");
        assert_eq!((&selection["tests"], &selection["support"]), (&json!([]), &json!([])));
    }
}

#[tokio::test]
async fn bounds() {
    let app = App::idle(|config| config.upload.limits.files = 2);
    let large = "x".repeat((64 << 10) + 1);
    for (body, status, code) in [
        (json!({ "paths": ["a", "b", "c"] }), 413, "too-large"),
        (json!({ "paths": ["a"], "settings": { "a": large } }), 413, "too-large"),
        (json!({ "paths": ["a"], "settings": { "b": "" } }), 422, "invalid"),
        (json!({ "paths": ["a"], "executor": "none" }), 422, "invalid"),
        (json!({ "paths": ["a"], "more": 1 }), 422, "unknown-field"),
        (json!({}), 422, "invalid"),
    ] {
        assert_eq!(ask(&app, &body).await.problem(), (status, code.to_owned()), "{body:.80}");
    }
    assert_eq!(ask(&app, &json!({ "paths": [] })).await.json()["tests"], json!([]));
}
