//! Single calls: what is tried again, what is told, and what the token is shown to.

use std::time::Duration;

use testrunner_client::{Client, ClientError};
use testrunner_core::TestrunId;

use crate::server::{Result, Server, answer, json, problem};

const ME: &str = r#"{"subject":"ada","role":"admin"}"#;

#[tokio::test]
async fn a_busy_server_is_asked_again() -> Result {
    let server = Server::start(|n, _| async move {
        match n {
            0 => problem(503, "unavailable"),
            1 => answer(502, "text/html", "<h1>a proxy</h1>"),
            2 => problem(429, "rate_limited"),
            _ => json(200, ME),
        }
    })
    .await?;
    assert_eq!(server.client()?.who_am_i().await?.subject, "ada");
    assert_eq!(server.asked().len(), 4);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_told_and_not_asked_again() -> Result {
    let server = Server::start(|_, _| async { problem(422, "invalid") }).await?;
    let error = server.client()?.who_am_i().await.err().ok_or("it was refused")?;
    assert_eq!((error.status(), error.code()), (Some(422), Some("invalid")));
    assert_eq!(error.to_string(), "because; label: odd");
    assert_eq!(server.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_pause_longer_than_patience_is_not_waited_for() -> Result {
    let server = Server::start(|_, _| async {
        let mut response = problem(429, "rate_limited");
        response.headers_mut().insert("retry-after", axum::http::HeaderValue::from_static("3600"));
        response
    })
    .await?;
    let error = server.client()?.who_am_i().await.err();
    assert!(matches!(error, Some(ClientError::Problem { retry_after: Some(_), .. })), "{error:?}");
    assert_eq!(server.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn without_patience_each_call_is_made_once() -> Result {
    let server = Server::start(|_, _| async { problem(503, "unavailable") }).await?;
    let client = server.builder().patience(Duration::ZERO).build()?;
    assert!(client.who_am_i().await.is_err_and(|error| error.is_retryable()));
    assert_eq!(server.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn nobody_there() -> Result {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    drop(listener);
    let client = Client::builder(&url).patience(Duration::from_millis(300)).build()?;
    let error = client.version().await.err().ok_or("nobody is there")?;
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&url) && text.contains("refused"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_done() -> Result {
    let server = Server::start(|n, _| async move {
        if n == 0 { problem(503, "unavailable") } else { problem(404, "not_found") }
    })
    .await?;
    server.client()?.delete(TestrunId(3)).await?;
    let server = Server::start(|_, _| async { problem(404, "not_found") }).await?;
    assert!(server.client()?.delete(TestrunId(3)).await.is_err(), "it was never there");
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_refused_and_the_token_stays() -> Result {
    let other = Server::start(|_, _| async { json(200, ME) }).await?;
    let to = format!("{}/api/v1/session", other.url);
    let server = Server::start(move |_, _| {
        let mut response = answer(307, "text/plain", "elsewhere");
        if let Ok(to) = to.parse() {
            response.headers_mut().insert("location", to);
        }
        async { response }
    })
    .await?;
    let error = server.client()?.who_am_i().await.err();
    assert!(
        matches!(&error, Some(ClientError::Protocol { why, .. }) if why.contains("redirect")),
        "{error:?}"
    );
    assert!(other.asked().is_empty());
    let (line, headers) = server.asked().pop().ok_or("it was asked")?;
    assert_eq!(line, "GET /api/v1/session");
    assert_eq!(headers["authorization"], "Bearer tr_secret");
    Ok(())
}

#[tokio::test]
async fn a_token_is_never_shown() -> Result {
    let server = Server::start(|_, _| async { json(200, "[1, 2") }).await?;
    let client = server.client()?;
    let shown = format!("{client:?} {:?} {:?}", server.builder(), client.who_am_i().await);
    assert!(!shown.contains("tr_secret"), "{shown}");
    assert!(matches!(client.who_am_i().await, Err(ClientError::Protocol { .. })));
    assert!(matches!(server.builder().token("a\nb").build(), Err(ClientError::Token)));
    Ok(())
}

#[tokio::test]
async fn below_a_path_the_api_is_found() -> Result {
    let server = Server::start(|_, _| async { json(200, ME) }).await?;
    let client = Client::builder(format!("{}/tests", server.url)).build()?;
    client.who_am_i().await?;
    let _ = client.health().await;
    let lines: Vec<String> = server.asked().into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, ["GET /tests/api/v1/session", "GET /tests/healthz"]);
    Ok(())
}
