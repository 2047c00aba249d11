//! Streams: each event once, in order, whatever happens to the connection.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use testrunner_client::{Change, ClientError, Step};
use testrunner_core::event::{Event, EventBody, SCHEMA_VERSION};
use testrunner_core::{Seq, Status, TestrunId, Timestamp};

use crate::server::{Result, Server, answer, problem};

const RUN: TestrunId = TestrunId(7);

fn event(seq: i64) -> Event {
    let body = match seq {
        5 => EventBody::RunStatus { from: Some(Status::Running), to: Status::Success, reason: None },
        _ => EventBody::FileStarted { file: 0 },
    };
    let (item, epoch, at) = (None, None, Timestamp(seq));
    Event { v: SCHEMA_VERSION, run: RUN, seq: Seq(seq), at, item, epoch, body }
}

fn block(seq: i64) -> String {
    let event = event(seq);
    let data = serde_json::to_string(&event).unwrap_or_default();
    format!("id: {seq}\nevent: {}\ndata: {data}\n\n", event.body.kind())
}

/// A stream of these blocks that then is cut off.
fn cut(blocks: &[String]) -> Response {
    let blocks: Vec<std::result::Result<Bytes, std::io::Error>> = blocks
        .iter()
        .map(|block| Ok(Bytes::from(block.clone())))
        .chain([Err(std::io::Error::other("cut off"))])
        .collect();
    // What has been said is on its way before the connection breaks.
    let blocks = stream::iter(blocks).then(|block| async {
        tokio::task::yield_now().await;
        block
    });
    answer(200, "text/event-stream", Body::from_stream(blocks))
}

fn seqs(range: std::ops::RangeInclusive<i64>) -> Vec<String> {
    range.map(block).collect()
}

async fn all(server: &Server) -> Result<(Vec<i64>, Option<ClientError>)> {
    let mut follow = server.client()?.follow(RUN, Seq(0))?;
    let mut seen = Vec::new();
    while let Some(event) = follow.next().await {
        match event {
            Ok(event) => seen.push(event.seq.0),
            Err(error) => return Ok((seen, Some(error))),
        }
    }
    assert_eq!(follow.position().0, seen.last().copied().unwrap_or_default());
    Ok((seen, None))
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_was() -> Result {
    let server = Server::start(|n, _| async move {
        match n {
            0 => cut(&[":comment\n\n".to_owned(), block(1), block(2)]),
            1 => problem(503, "unavailable"),
            // Half an event, and what was there before.
            2 => cut(&[block(2), block(3), "id: 4\ndata: {".to_owned()]),
            _ => cut(&seqs(4..=5)),
        }
    })
    .await?;
    let (seen, error) = all(&server).await?;
    assert_eq!((seen, error.map(|error| error.to_string())), (vec![1, 2, 3, 4, 5], None));
    let asked: Vec<String> = server
        .asked()
        .iter()
        .map(|(_, headers)| headers["last-event-id"].to_str().map(str::to_owned))
        .collect::<std::result::Result<_, _>>()?;
    assert_eq!(asked, ["0", "2", "2", "3"]);
    Ok(())
}

#[tokio::test]
async fn a_missing_event_is_an_error() -> Result {
    let server = Server::start(|_, _| async { cut(&[block(1), block(3)]) }).await?;
    let (seen, error) = all(&server).await?;
    assert_eq!(seen, [1]);
    assert!(
        matches!(&error, Some(ClientError::Protocol { why, .. }) if why.contains("missing")),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_ours_is_an_error() -> Result {
    let other = block(1).replace("\"run\":7", "\"run\":8");
    let newer = block(1).replace(&format!("\"v\":{SCHEMA_VERSION}"), "\"v\":99");
    for body in [other, newer, "data: hello\n\n".to_owned()] {
        let server = Server::start(move |_, _| {
            let answer = cut(std::slice::from_ref(&body));
            async { answer }
        })
        .await?;
        let (seen, error) = all(&server).await?;
        assert!(seen.is_empty() && matches!(error, Some(ClientError::Protocol { .. })), "{error:?}");
    }
    let server = Server::start(|_, _| async { answer(200, "text/html", "<h1>hello</h1>") }).await?;
    assert!(matches!(all(&server).await?.1, Some(ClientError::Protocol { .. })));
    Ok(())
}

#[tokio::test]
async fn the_end_is_the_end_also_when_nothing_is_new() -> Result {
    let server = Server::start(|_, _| async { cut(&["event: end\ndata: {}\n\n".to_owned()]) }).await?;
    let (seen, error) = all(&server).await?;
    assert!(seen.is_empty() && error.is_none(), "{error:?}");
    let nothing = Server::start(|_, _| async { answer(204, "text/plain", "") }).await?;
    let (seen, error) = all(&nothing).await?;
    assert!(seen.is_empty() && error.is_none(), "{error:?}");
    let gone = Server::start(|_, _| async { problem(404, "not_found") }).await?;
    assert_eq!(all(&gone).await?.1.and_then(|error| error.status()), Some(404));
    assert_eq!(gone.asked().len(), 1);
    Ok(())
}

#[tokio::test]
async fn waiting_is_told_and_has_an_end() -> Result {
    let server =
        Server::start(
            |n, _| async move { if n == 0 { cut(&seqs(1..=1)) } else { problem(503, "unavailable") } },
        )
        .await?;
    let client = server.builder().patience(Duration::from_millis(500)).build()?;
    let mut follow = client.follow(RUN, Seq(0))?;
    let mut waited = 0;
    let error = loop {
        match follow.step().await.ok_or("an error ends it")? {
            Ok(Step::Item(event)) => assert_eq!(event.seq, Seq(1)),
            Ok(Step::Waiting(_)) => waited += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.status(), Some(503));
    assert!(waited > 0 && follow.step().await.is_none());
    Ok(())
}

#[tokio::test]
async fn a_silent_stream_is_opened_again() -> Result {
    let server = Server::start(|n, _| async move {
        if n > 0 {
            return cut(&seqs(2..=5));
        }
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(block(1)))]);
        answer(200, "text/event-stream", Body::from_stream(first.chain(stream::pending())))
    })
    .await?;
    let client = server.builder().silence(Duration::from_millis(300)).build()?;
    let mut follow = client.follow(RUN, Seq(0))?;
    let mut seen = Vec::new();
    while let Some(event) = follow.next().await {
        seen.push(event?.seq.0);
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    Ok(())
}

#[tokio::test]
async fn changes_come_once_each() -> Result {
    let server = Server::start(|n, _| async move {
        let deleted = |n: u64| format!("id: {n}\nevent: deleted\ndata: {{\"id\": {n}}}\n\n");
        match n {
            0 => cut(&[deleted(4), deleted(5)]),
            1 => cut(&[deleted(5), "id: 40\nevent: reset\ndata: {}\n\n".to_owned()]),
            _ => cut(&[deleted(40), "id: 41\nevent: news\ndata: {}\n\n".to_owned(), deleted(42)]),
        }
    })
    .await?;
    let mut changes = server.client()?.changes(3)?;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.push(changes.next().await.ok_or("it goes on")??);
    }
    let gone = |n| Change::Deleted(TestrunId(n));
    assert_eq!(seen, [gone(4), gone(5), Change::Reset, gone(42)]);
    assert_eq!(changes.position(), 42);
    Ok(())
}
