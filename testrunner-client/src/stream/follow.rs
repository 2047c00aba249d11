//! The events of one Testrun, from one on to the last.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use testrunner_core::event::{Event, EventBody, SCHEMA_VERSION};
use testrunner_core::{Seq, TestrunId};

use super::link::{Came, Link};
use super::source::{Sink, Source, Step};
use crate::client::Client;
use crate::error::ClientError;

/// The events of a Testrun, each once and in order, also across restarts of the server. Ends after the event that ends
/// the Testrun.
#[derive(Debug)]
pub struct Follow {
    source: Source<Event>,
    position: Seq,
}

impl Client {
    /// Follows a Testrun, from the event after `after` on. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`ClientError::Address`] when no address can be made of the id.
    pub fn follow(&self, run: TestrunId, after: Seq) -> Result<Follow, ClientError> {
        let url = self.route(&format!("testruns/{run}/events"))?;
        let link = Link::new(self.clone(), url);
        Ok(Follow { source: Source::start(|sink| read(link, run, after, sink)), position: after })
    }
}

impl Follow {
    /// The next event; `None` after the last, and after an error. Cancel-safe.
    ///
    /// # Errors
    /// Refused (404: it is not there, or not any more), not understood (also when an event is missing), or out of
    /// reach for longer than patience goes.
    pub async fn next(&mut self) -> Option<Result<Event, ClientError>> {
        loop {
            match self.step().await? {
                Ok(Step::Item(event)) => return Some(Ok(event)),
                Ok(Step::Waiting(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// As [`Follow::next`], and tells when it waits for the server.
    ///
    /// # Errors
    /// As [`Follow::next`].
    pub async fn step(&mut self) -> Option<Result<Step<Event>, ClientError>> {
        let step = self.source.next().await?;
        if let Ok(Step::Item(event)) = &step {
            self.position = event.seq;
        }
        Some(step)
    }

    /// The last event that was handed out.
    #[must_use]
    pub const fn position(&self) -> Seq {
        self.position
    }
}

impl Stream for Follow {
    type Item = Result<Event, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = self.source.poll_item(context);
        if let Poll::Ready(Some(Ok(event))) = &item {
            self.position = event.seq;
        }
        item
    }
}

async fn read(mut link: Link, run: TestrunId, after: Seq, sink: Sink<Event>) {
    let mut last = after;
    loop {
        let step = match link.next(&last.to_string()).await {
            Ok(Came::End) => return,
            Ok(Came::Block(block)) if block.event.as_deref() == Some("end") => return,
            Ok(Came::Block(block)) => match block.data.map(|data| parse(&link, run, &data, last)) {
                None | Some(Ok(None)) => continue,
                Some(Ok(Some(event))) => Ok(Step::Item(event)),
                Some(Err(error)) => Err(error),
            },
            Ok(Came::Broken { error, pause }) => {
                if sink.send(Ok(Step::Waiting(error))).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
                continue;
            }
            Err(error) => Err(error),
        };
        let mut is_last = step.is_err();
        if let Ok(Step::Item(event)) = &step {
            last = event.seq;
            is_last = matches!(&event.body, EventBody::RunStatus { to, .. } if to.is_terminal());
            link.counted();
        }
        if sink.send(step).await.is_err() || is_last {
            return;
        }
    }
}

/// The event, if it is a new one.
fn parse(link: &Link, run: TestrunId, data: &str, last: Seq) -> Result<Option<Event>, ClientError> {
    let event: Event = serde_json::from_str(data).map_err(|error| link.odd(format!("an event: {error}")))?;
    if event.v > SCHEMA_VERSION {
        return Err(link.odd(format!("events of version {}; this program knows {SCHEMA_VERSION}", event.v)));
    }
    if event.run != run {
        return Err(link.odd(format!("an event of Testrun {}", event.run)));
    }
    if event.seq <= last {
        return Ok(None);
    }
    if event.seq.0 != last.0 + 1 {
        return Err(
            link.odd(format!("event {} comes after event {last}; those between are missing", event.seq))
        );
    }
    Ok(Some(event))
}
