//! Submit, read, stop, repeat, delete.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::app::{App, form, request};

#[tokio::test]
async fn submitted_stored_and_read() {
    let app = App::start();
    let made = app
        .submit(&[
            ("username", "bob"),
            ("label", "ci=7"),
            ("label", "nightly"),
            ("a/one.test", "ok x\nbad y"),
            ("help.txt", "data"),
        ])
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let document = made.json();
    assert_eq!(made.header("location"), format!("/api/v1/testruns/{}", document["id"]));
    assert_eq!(document["username"], "bob");
    assert_eq!(document["labels"], json!({"ci": "7", "nightly": ""}));
    assert_eq!(document["tests"][0]["path"], "a/one.test");
    app.ended(1).await;
    let read = app.get("/api/v1/testruns/1").await;
    let document = read.json();
    assert_eq!((&document["status"], &document["reason"]), (&json!("FAILED"), &json!("tests_failed")));
    assert_eq!(document["counts"]["cases"]["passed"], 1);
    assert_eq!(document["support"][0]["path"], "help.txt");
    let files = app.get("/api/v1/testruns/1/files").await.json();
    let place =
        files.as_array().unwrap().iter().find(|file| file["path"] == "help.txt").unwrap()["content"].clone();
    let content = app.get(&format!("/api/v1/{}", place.as_str().unwrap())).await;
    assert_eq!(
        (content.text().as_str(), content.header("content-type")),
        ("data", "application/octet-stream")
    );
    assert_eq!(content.header("content-disposition"), "attachment; filename*=UTF-8''help.txt");
    assert_eq!(content.header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(app.get("/api/v1/testruns/1/files/9").await.problem().0, 404);
}

#[tokio::test]
async fn what_has_ended_tells_what_became_of_its_schedule() {
    let app = App::start();
    let made = app.submit(&[("one.test", "ok x"), ("two.test", "ok y")]).await;
    assert_eq!(made.json().get("schedule"), None, "{made:?}");
    app.ended(1).await;
    let read = app.get("/api/v1/testruns/1").await.json();
    let schedule = &read["schedule"];
    assert_eq!(
        schedule["predicted_us"].as_i64().unwrap() % 1_000_000,
        0,
        "a second for each file: {schedule}"
    );
    let took = read["finished_at"].as_i64().unwrap() - read["started_at"].as_i64().unwrap();
    assert_eq!(schedule["makespan_us"], took);
    assert_eq!(app.get("/api/v1/testruns/1").await.json()["schedule"], *schedule, "and again");
    let listed = app.get("/api/v1/testruns").await.json();
    assert_eq!(listed["testruns"][0].get("schedule"), None);
}

#[tokio::test]
async fn without_a_name_it_is_the_callers() {
    let app = App::idle(|_| {});
    assert_eq!(app.submit(&[("x.test", "ok a")]).await.json()["username"], "ada");
}

#[tokio::test]
async fn bad_submissions_change_nothing() {
    let app = App::idle(|_| {});
    for (parts, status, code) in [
        (&[("username", "ada")][..], 422, "no-tests"),
        (&[("help.txt", "no test")], 422, "no-tests"),
        (&[("x.test", "ok"), ("x.test", "ok")], 422, "invalid-filename"),
        (&[("../x.test", "ok")], 422, "invalid-filename"),
        (&[("x.test", "ok"), ("sitecustomize.py", "")], 422, "shadows-runtime"),
        (&[("username", " "), ("x.test", "ok")], 422, "invalid-username"),
        (&[("username", "a\u{202e}b"), ("x.test", "ok")], 422, "invalid-username"),
        (&[("user", "ada"), ("x.test", "ok")], 422, "invalid"),
        (&[("executor", "cobol"), ("x.test", "ok")], 422, "invalid"),
        (&[("timeout", "0"), ("x.test", "ok")], 422, "invalid"),
        (&[("max_fail", "0"), ("x.test", "ok")], 422, "invalid"),
        (&[("file_timeout", "99999999999999999999"), ("x.test", "ok")], 422, "invalid"),
        (&[("grace", "51"), ("x.test", "ok")], 422, "invalid"),
        (&[("label", "-bad=1"), ("x.test", "ok")], 422, "invalid"),
        (&[("options", "[]"), ("x.test", "ok")], 422, "invalid"),
    ] {
        assert_eq!(app.submit(parts).await.problem(), (status, code.to_owned()), "{parts:?}");
    }
    assert_eq!(app.get("/api/v1/testruns").await.json()["testruns"], json!([]));
}

#[tokio::test]
async fn broken_forms_are_refused() {
    let app = App::idle(|_| {});
    for (kind, body, status, code) in [
        ("application/json", "{}", 415, "unsupported-media-type"),
        ("multipart/form-data", "", 400, "invalid-multipart"),
        ("multipart/form-data; boundary=", "", 400, "invalid-multipart"),
        ("multipart/form-data; boundary=XX", "--XX\r\n", 400, "invalid-multipart"),
        (
            "multipart/form-data; boundary=XX",
            "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n",
            400,
            "invalid-multipart",
        ),
        (
            "multipart/form-data; boundary=XX",
            "--XX\r\nContent-Disposition: form-data; name=\"files\"\r\n\r\nx\r\n--XX--\r\n",
            400,
            "invalid-multipart",
        ),
        (
            "multipart/form-data; boundary=XX",
            "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nx\r\n--XX--\r\n",
            422,
            "unknown-field",
        ),
    ] {
        let asked = request(Method::POST, "/api/v1/testruns").header(header::CONTENT_TYPE, kind);
        let answer = app.send(asked.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{kind} {body:?}");
    }
}

#[tokio::test]
async fn too_large_is_said_with_the_limit() {
    let app = App::idle(|config| {
        config.upload.limits.file_bytes = 1_000;
        config.upload.limits.total_bytes = 1_500;
        config.upload.limits.files = 3;
    });
    let (large, half) = ("x".repeat(1_001), "x".repeat(800));
    for parts in [
        vec![("a.test", large.as_str())],
        vec![("a.test", half.as_str()), ("b.test", half.as_str())],
        vec![("a.test", ""), ("b.test", ""), ("c.test", ""), ("d.test", "")],
    ] {
        let answer = app.submit(&parts).await;
        assert_eq!(answer.problem(), (413, "too-large".to_owned()));
        assert!(answer.json()["detail"].as_str().unwrap().contains("at most"), "{answer:?}");
    }
    let asked = request(Method::POST, "/api/v1/testruns")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=XX");
    let flood = form(&[("a.test", &"x".repeat(8 << 20))]);
    assert_eq!(app.send(asked.body(Body::from(flood)).unwrap()).await.problem().0, 413);
}

#[tokio::test]
async fn the_same_key_gives_the_same_testrun() {
    let app = App::idle(|_| {});
    let parts: &[(&str, &str)] = &[("x.test", "ok a")];
    let first = app.submit_with(parts, &[("idempotency-key", "k1")]).await;
    let again = app.submit_with(parts, &[("idempotency-key", "k1")]).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json()["id"], again.json()["id"]);
    let other = app.submit_with(&[("x.test", "ok b")], &[("idempotency-key", "k1")]).await;
    assert_eq!(other.problem(), (422, "idempotency-mismatch".to_owned()));
    for bad in ["", "a b", &"x".repeat(1_024)] {
        assert_eq!(app.submit_with(parts, &[("idempotency-key", bad)]).await.problem().0, 400);
    }
    let all = (0..20).map(|_| app.submit_with(parts, &[("idempotency-key", "k2")]));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count(), 1);
    assert!(answers.iter().all(|answer| answer.json()["id"] == answers[0].json()["id"]));
}

#[tokio::test]
async fn asking_again_is_cheap() {
    let app = App::start();
    app.run(&[("x.test", "ok a")]).await;
    let first = app.get("/api/v1/testruns/1").await;
    let tag = first.header("etag").to_owned();
    let asked = request(Method::GET, "/api/v1/testruns/1").header(header::IF_NONE_MATCH, &tag);
    let again = app.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn lists_page_by_page_and_by_filter() {
    let app = App::start();
    for n in 0..7 {
        let (user, text) = if n % 2 == 0 { ("ada", "ok a") } else { ("bob", "bad a") };
        let label = format!("n={n}");
        app.run(&[("username", user), ("label", &label), ("x.test", text)]).await;
    }
    let ids = |page: &serde_json::Value| {
        page["testruns"].as_array().unwrap().iter().map(|run| run["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let (mut seen, mut path) = (Vec::new(), "/api/v1/testruns?limit=3".to_owned());
    loop {
        let page = app.get(&path).await.json();
        seen.extend(ids(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/testruns?limit=3&cursor={cursor}");
        // What comes meanwhile does not move the pages.
        app.run(&[("x.test", "ok a")]).await;
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    for (query, wanted) in [
        ("status=FAILED&username=bob", vec![6, 4, 2]),
        ("status=FAILED&status=SUCCESS&username=bob", vec![6, 4, 2]),
        ("reason=tests_failed", vec![6, 4, 2]),
        ("label=n%3D3", vec![4]),
        ("label=n&username=bob&limit=1", vec![6]),
        ("text=BOB", vec![6, 4, 2]),
        ("created_from=99999999999999999", vec![]),
        ("created_before=1", vec![]),
    ] {
        assert_eq!(ids(&app.get(&format!("/api/v1/testruns?{query}")).await.json()), wanted, "{query}");
    }
    let counts = app.get("/api/v1/testruns?status=FAILED").await.json()["counts"].clone();
    assert_eq!((&counts["failed"], &counts["success"]), (&json!(3), &json!(6)));
    let many = "label=a&".repeat(400);
    for bad in [
        many.trim_end_matches('&'),
        "limit=0",
        "limit=-1",
        "limit=1000000000",
        "cursor=garbage",
        "sort=;drop",
        "status=DONE",
        "created_from=x",
        "label=%00",
    ] {
        assert_eq!(app.get(&format!("/api/v1/testruns?{bad}")).await.problem().0, 422, "{bad}");
    }
}

#[tokio::test]
async fn stopped_repeated_deleted() {
    let app = App::start();
    let made = app.submit(&[("x.test", "hold\nok a"), ("y.test", "ok b")]).await.json();
    let id = made["id"].as_i64().unwrap();
    let path = format!("/api/v1/testruns/{id}");
    assert_eq!(app.call(Method::DELETE, &path, None).await.problem(), (409, "conflict".to_owned()));
    let stopped = app.call(Method::POST, &format!("{path}/cancel"), None).await;
    assert_eq!((stopped.status, &stopped.json()["stop"]), (StatusCode::ACCEPTED, &json!("requested")));
    app.open_gate();
    app.ended(id).await;
    let late = app.call(Method::POST, &format!("{path}/cancel"), None).await;
    assert_eq!(late.problem(), (409, "conflict".to_owned()));
    let again = app.call(Method::POST, &format!("{path}/rerun"), Some("{\"failed\":false}")).await;
    assert_eq!((again.status, &again.json()["retry_of"]), (StatusCode::CREATED, &json!(id)), "{again:?}");
    let second = again.json()["id"].as_i64().unwrap();
    app.ended(second).await;
    let nothing =
        app.call(Method::POST, &format!("/api/v1/testruns/{second}/rerun"), Some("{\"failed\":true}")).await;
    assert_eq!(nothing.problem(), (409, "conflict".to_owned()));
    assert_eq!(app.call(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&path).await.problem(), (404, "not-found".to_owned()));
    assert_eq!(app.call(Method::DELETE, &path, None).await.problem().0, 404);
}

#[tokio::test]
async fn what_is_no_id_is_nothing() {
    let app = App::idle(|_| {});
    let long = "9".repeat(4_096);
    for id in [
        "99",
        "0",
        "-1",
        "abc",
        "1.5",
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "99999999999999999999",
        &long,
    ] {
        for rest in ["", "/log", "/events", "/files", "/files/0", "/cases", "/junit", "/queue", "/log/chunks"]
        {
            assert_eq!(
                app.get(&format!("/api/v1/testruns/{id}{rest}")).await.problem().0,
                404,
                "{id:.40}{rest}"
            );
        }
    }
}

#[tokio::test]
async fn cases_by_outcome_file_and_text() {
    let app = App::start();
    app.run(&[("a.test", "ok one\nbad two\nok three"), ("b.test", "bad two\nok four")]).await;
    let cases = |page: serde_json::Value| {
        page["cases"]
            .as_array()
            .unwrap()
            .iter()
            .map(|case| format!("{}::{}", case["path"].as_str().unwrap(), case["case"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let mut all = cases(app.get("/api/v1/testruns/1/cases").await.json());
    all.sort();
    assert_eq!(all, ["a.test::one", "a.test::three", "a.test::two", "b.test::four", "b.test::two"]);
    let mut bad = cases(app.get("/api/v1/testruns/1/cases?outcome=failed").await.json());
    bad.sort();
    assert_eq!(bad, ["a.test::two", "b.test::two"]);
    assert_eq!(cases(app.get("/api/v1/testruns/1/cases?file=1&text=FOUR").await.json()), ["b.test::four"]);
    let first = app.get("/api/v1/testruns/1/cases?limit=2").await.json();
    let rest = app.get(&format!("/api/v1/testruns/1/cases?after={}", first["next_after"])).await.json();
    assert_eq!(cases(first).len() + cases(rest).len(), 5);
    assert_eq!(app.get("/api/v1/testruns/1/cases?outcome=good").await.problem().0, 422);
}

#[tokio::test]
async fn junit_is_the_report() {
    let app = App::start();
    app.run(&[("a.test", "ok one\nbad two")]).await;
    let report = app.get("/api/v1/testruns/1/junit").await;
    assert_eq!(report.header("content-type"), "application/xml");
    assert!(report.text().contains("two is bad"), "{}", report.text());
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let app = App::idle(|config| config.queue_limit = 2);
    for _ in 0..2 {
        assert_eq!(app.submit(&[("x.test", "ok a")]).await.status, StatusCode::CREATED);
    }
    let refused = app.submit(&[("x.test", "ok a")]).await;
    assert_eq!(refused.problem(), (503, "queue-full".to_owned()));
    assert!(!refused.header("retry-after").is_empty());
}

/// Who lost the answer asks again, and is told of the Testrun that is there.
#[tokio::test]
async fn what_is_there_is_never_refused() {
    let app = App::idle(|config| config.queue_limit = 1);
    let one: &[(&str, &str)] = &[("x.test", "ok a")];
    let other: &[(&str, &str)] = &[("x.test", "ok b")];
    let of_bob: &[(&str, &str)] = &[("username", "bob"), ("x.test", "ok a")];
    let first = app.submit_with(one, &[("idempotency-key", "k")]).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = app.submit_with(one, &[("idempotency-key", "k")]).await;
    assert_eq!((again.status, again.json()["id"].clone()), (StatusCode::OK, first.json()["id"].clone()));
    let full = (503, "queue-full".to_owned());
    let mismatch = app.submit_with(other, &[("idempotency-key", "k")]).await;
    assert_eq!(mismatch.problem(), (422, "idempotency-mismatch".to_owned()));
    for (parts, headers) in [
        (one, &[][..]),
        (one, &[("idempotency-key", "new")]),
        // A key is its user's: that of somebody else opens nothing.
        (of_bob, &[("idempotency-key", "k")]),
        (of_bob, &[]),
    ] {
        assert_eq!(app.submit_with(parts, headers).await.problem(), full, "{parts:?} {headers:?}");
    }
    assert_eq!(app.get("/api/v1/testruns").await.json()["testruns"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_there_for_somebody_else_is_not_refused() {
    let app = App::idle(|config| config.queue_limit = 1);
    let of_bob: &[(&str, &str)] = &[("username", "bob"), ("x.test", "ok a")];
    let first = app.submit_with(of_bob, &[("idempotency-key", "k")]).await;
    let again = app.submit_with(of_bob, &[("idempotency-key", "k")]).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(first.json()["id"], again.json()["id"]);
}

#[tokio::test]
async fn asking_again_is_no_submission() {
    let app = App::idle(|config| config.rates.submit_burst = std::num::NonZeroU32::new(2).unwrap());
    let parts: &[(&str, &str)] = &[("x.test", "ok a")];
    let first = app.submit_with(parts, &[("idempotency-key", "k")]).await;
    for _ in 0..5 {
        let again = app.submit_with(parts, &[("idempotency-key", "k")]).await;
        assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &first.json()["id"]));
    }
    assert_eq!(app.submit(parts).await.status, StatusCode::CREATED);
    let refused = app.submit_with(parts, &[("idempotency-key", "new")]).await;
    assert_eq!(refused.problem(), (429, "rate-limited".to_owned()));
}

#[tokio::test]
async fn a_repetition_that_is_there_is_not_refused() {
    let app = App::idle(|config| config.queue_limit = 2);
    app.submit(&[("x.test", "ok a"), ("timeout", "90"), ("plan", "whole")]).await;
    let rerun = async |key: &str| {
        let asked = request(Method::POST, "/api/v1/testruns/1/rerun")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        app.send(asked.body(Body::from("{\"failed\":false}")).unwrap()).await
    };
    let (first, again) = (rerun("k").await, rerun("k").await);
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::OK));
    let run = first.json();
    assert_eq!(run["id"], again.json()["id"]);
    assert_eq!(rerun("new").await.problem(), (503, "queue-full".to_owned()));
    let life = run["deadline"].as_i64().unwrap() - run["created_at"].as_i64().unwrap();
    assert_eq!(life, 90_000_000, "as its origin's");
}

#[tokio::test]
async fn a_full_disk_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let reserve = testrunner_http::Reserve { folder: folder.path().to_owned(), bytes: u64::MAX };
    let app = App::idle(|config| config.reserve = Some(reserve));
    assert_eq!(app.submit(&[("x.test", "ok a")]).await.problem(), (507, "disk-low".to_owned()));
    assert_eq!(app.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn nobody_submits_or_acts_for_somebody_else() {
    let app = App::idle(|_| {});
    app.submit(&[("username", "bob"), ("x.test", "ok a")]).await;
    let sam = |method: Method, path: &str| {
        axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, "Bearer sam-submitter")
    };
    let kind = "multipart/form-data; boundary=XX";
    for (username, status) in [("bob", 403), ("Sam", 403), ("sam ", 403), ("sam", 201)] {
        let asked = sam(Method::POST, "/api/v1/testruns").header(header::CONTENT_TYPE, kind);
        let body = form(&[("username", username), ("x.test", "ok a")]);
        let answer = app.send(asked.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, status, "{username}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.problem().1, "subject-mismatch");
        }
    }
    let cancel = sam(Method::POST, "/api/v1/testruns/1/cancel").body(Body::empty()).unwrap();
    assert_eq!(app.send(cancel).await.problem(), (403, "subject-mismatch".to_owned()));
    assert_eq!(app.get("/api/v1/testruns/1").await.json()["stop"], json!(null));
}

#[tokio::test]
async fn a_burst_of_submits_is_slowed_down() {
    let app = App::idle(|config| config.rates.submit_burst = std::num::NonZeroU32::new(3).unwrap());
    for _ in 0..3 {
        assert_eq!(app.submit(&[("x.test", "ok a")]).await.status, StatusCode::CREATED);
    }
    let refused = app.submit(&[("x.test", "ok a")]).await;
    assert_eq!(refused.problem(), (429, "rate-limited".to_owned()));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(app.get("/api/v1/testruns").await.json()["testruns"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn overriding_the_method_changes_nothing() {
    let app = App::start();
    app.run(&[("x.test", "ok a")]).await;
    let asked = request(Method::GET, "/api/v1/testruns/1").header("x-http-method-override", "DELETE");
    assert_eq!(app.send(asked.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    assert_eq!(app.get("/api/v1/testruns/1").await.status, StatusCode::OK);
}
