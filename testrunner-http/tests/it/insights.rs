//! What many Testruns tell together.

use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn folds_over_what_has_ended() {
    let app = App::start();
    for text in ["ok a\nok b", "bad a\nok b", "ok a\nok b", "bad a"] {
        app.run(&[("x.test", text), ("label", "ci")]).await;
    }
    let trend = app.get("/api/v1/insights/trend").await.json();
    let days = trend["days"].as_array().unwrap();
    let sum = |name: &str| days.iter().map(|day| day[name].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("success"), sum("failed"), &trend["window"]["runs"]), (2, 2, &json!(4)));
    let files = app.get("/api/v1/insights/files").await.json();
    assert_eq!((&files["files"][0]["path"], &files["files"][0]["runs"]), (&json!("x.test"), &json!(4)));
    let cases = app.get("/api/v1/insights/cases?limit=1&label=ci").await.json();
    assert_eq!(cases["cases"].as_array().unwrap().len(), 1);
    assert_eq!(app.get("/api/v1/insights/cases?label=other").await.json()["cases"], json!([]));
    let history = app.get("/api/v1/insights/history?path=x.test&case=a").await.json();
    let outcomes: Vec<_> =
        history["history"].as_array().unwrap().iter().map(|run| run["outcome"].clone()).collect();
    assert_eq!(outcomes, ["failed", "passed", "failed", "passed"]);
    // Other bytes are another matter.
    assert_eq!(app.get("/api/v1/insights/flaky").await.json()["cases"], json!([]));
    assert_eq!(app.get("/api/v1/insights/history?path=x.test").await.problem().0, 422);
    assert_eq!(app.get("/api/v1/insights/trend?days=0").await.problem().0, 422);
}

#[tokio::test]
async fn the_same_bytes_with_another_end_are_flaky() {
    let app = App::start();
    for _ in 0..2 {
        app.run(&[("x.test", "flip a\nok b")]).await;
    }
    let flaky = app.get("/api/v1/insights/flaky").await.json();
    let cases = flaky["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{flaky}");
    assert_eq!((&cases[0]["case"], &cases[0]["good"], &cases[0]["bad"]), (&json!("a"), &json!(1), &json!(1)));
}

/// Testruns with 3 files and 3 cases each, of which the newest alone is looked through whole.
#[tokio::test]
async fn no_more_is_read_than_the_bound() {
    let app = App::idle(|config| config.insight_rows = 9);
    app.engine.start();
    for _ in 0..3 {
        app.run(&[("x.test", "flip a"), ("y.test", "ok b"), ("z.test", "ok c")]).await;
    }
    let window = async |path: &str| {
        let answer = app.get(&format!("/api/v1/insights/{path}")).await.json();
        let window = answer["window"].clone();
        (window["runs"].as_i64().unwrap(), window["truncated"].as_bool().unwrap(), answer)
    };
    let (runs, truncated, answer) = window("cases").await;
    assert_eq!((runs, truncated), (2, true), "{answer}");
    assert_eq!(
        answer["cases"].as_array().unwrap().iter().map(|case| &case["runs"]).collect::<Vec<_>>(),
        [1; 3]
    );
    let (runs, truncated, answer) = window("flaky").await;
    assert_eq!((runs, truncated, &answer["cases"]), (2, true, &json!([])));
    let (runs, truncated, answer) = window("history?path=x.test&case=a").await;
    assert_eq!((runs, truncated, answer["history"].as_array().unwrap().len()), (2, true, 2), "{answer}");
    let (runs, truncated, answer) = window("files").await;
    assert_eq!((runs, truncated, &answer["files"][0]["runs"]), (3, false, &json!(3)), "{answer}");
    let (runs, truncated, _) = window("cases?runs=1").await;
    assert_eq!((runs, truncated), (1, true), "there are older ones");
}
