//! A connection that is made anew whenever it breaks, from where it was.

use std::iter::Peekable;
use std::pin::Pin;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff};
use futures_util::{Stream, StreamExt as _};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode, Url};
use sse_stream::{Sse, SseByteStream};

use crate::client::Client;
use crate::error::ClientError;
use crate::retry::pauses;

/// A connection that lived so long was a good one: what comes after it is another failure.
const GOOD: Duration = Duration::from_secs(5);

pub(crate) type Blocks = Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>> + Send>>;

/// One stream of the server.
pub(super) struct Link {
    client: Client,
    url: Url,
    open: Option<(Blocks, Instant)>,
    failing: Option<Failing>,
}

/// Since when nothing comes.
struct Failing {
    since: Instant,
    pauses: Peekable<ExponentialBackoff>,
}

/// What comes over it.
pub(super) enum Came {
    Block(Sse),
    /// Nothing will come any more.
    End,
    /// The connection is gone and is made anew after the pause.
    Broken {
        error: ClientError,
        pause: Duration,
    },
}

impl Link {
    pub(super) fn new(client: Client, url: Url) -> Self {
        Self { client, url, open: None, failing: None }
    }

    /// The next block. `last` is the id of the last one that counted.
    ///
    /// # Errors
    /// Refused, not understood, or out of reach for longer than patience goes.
    pub(super) async fn next(&mut self, last: &str) -> Result<Came, ClientError> {
        let (blocks, since) = match &mut self.open {
            Some(open) => open,
            None => match connect(&self.client, &self.url, last).await {
                Ok(Some(blocks)) => self.open.insert((blocks, Instant::now())),
                Ok(None) => return Ok(Came::End),
                Err(error) if error.is_retryable() => return self.broken(error),
                Err(error) => return Err(error),
            },
        };
        let error = match blocks.next().await {
            Some(Ok(block)) => return Ok(Came::Block(block)),
            None => None,
            Some(Err(sse_stream::Error::Body(error))) => Some(error),
            Some(Err(error)) => return Err(self.odd(error.to_string())),
        };
        let lived = since.elapsed();
        self.open = None;
        if lived >= GOOD {
            self.failing = None;
        }
        let error = error.and_then(|error| error.downcast::<reqwest::Error>().ok());
        let error = match error {
            Some(error) => self.client.unreachable(*error),
            None => self.odd("the stream ended before its time".to_owned()),
        };
        self.broken(error)
    }

    /// Something that counts has come: patience begins anew.
    pub(super) fn counted(&mut self) {
        self.failing = None;
    }

    /// What the server said is not what it should be.
    pub(super) fn odd(&self, why: String) -> ClientError {
        ClientError::Protocol { url: self.url.to_string(), why }
    }

    /// Whether there is patience left for another attempt.
    fn broken(&mut self, error: ClientError) -> Result<Came, ClientError> {
        let failing = self
            .failing
            .get_or_insert_with(|| Failing { since: Instant::now(), pauses: pauses().build().peekable() });
        let pause = failing.pauses.next().unwrap_or(GOOD).max(error.retry_after().unwrap_or_default());
        if failing.since.elapsed() + pause <= self.client.inner.patience {
            return Ok(Came::Broken { error, pause });
        }
        Err(error)
    }
}

/// Opens the stream; `None` when there is nothing after the last event.
async fn connect(client: &Client, url: &Url, last: &str) -> Result<Option<Blocks>, ClientError> {
    open(client, url, client.inner.streams.get(url.clone()).header("Last-Event-ID", last)).await
}

/// Opens a stream of this server; `None` when there is nothing to come.
///
/// # Errors
/// Unreachable, refused, or what answers is no stream.
pub(crate) async fn open(
    client: &Client,
    url: &Url,
    request: RequestBuilder,
) -> Result<Option<Blocks>, ClientError> {
    let response = client.send(request.header(ACCEPT, "text/event-stream")).await?;
    if response.status() == StatusCode::NO_CONTENT {
        return Ok(None);
    }
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("text/event-stream") {
        let why = format!("{kind:?} is no stream of events");
        return Err(ClientError::Protocol { url: url.to_string(), why });
    }
    Ok(Some(Box::pin(SseByteStream::new(response.bytes_stream()))))
}
