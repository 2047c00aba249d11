//! Output as text and in pieces.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};

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
