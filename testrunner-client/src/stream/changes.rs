//! Status changes of all Testruns.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use serde::Deserialize;
use testrunner_core::{TestrunDocument, TestrunId};

use super::link::{Came, Link};
use super::source::{Sink, Source, Step};
use crate::client::Client;
use crate::error::ClientError;

/// What happened to some Testrun.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is new, or its status is another; without its files.
    Testrun(Box<TestrunDocument>),
    /// It is gone.
    Deleted(TestrunId),
    /// Changes were missed: read the list anew.
    Reset,
}

/// Status changes of all Testruns, in order, each once. Ends only with an error.
#[derive(Debug)]
pub struct Changes {
    source: Source<(u64, Change)>,
    position: u64,
}

impl Client {
    /// Follows the status changes of all Testruns, from the one after `after` on. Must be called within a Tokio
    /// runtime.
    ///
    /// # Errors
    /// [`ClientError::Address`], which does not happen with an address that was good before.
    pub fn changes(&self, after: u64) -> Result<Changes, ClientError> {
        let link = Link::new(self.clone(), self.route("events")?);
        Ok(Changes { source: Source::start(|sink| read(link, after, sink)), position: after })
    }
}

impl Changes {
    /// The next change; `None` after an error. Cancel-safe.
    ///
    /// # Errors
    /// Refused, not understood, or out of reach for longer than patience goes.
    pub async fn next(&mut self) -> Option<Result<Change, ClientError>> {
        loop {
            match self.step().await? {
                Ok(Step::Item(change)) => return Some(Ok(change)),
                Ok(Step::Waiting(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// As [`Changes::next`], and tells when it waits for the server.
    ///
    /// # Errors
    /// As [`Changes::next`].
    pub async fn step(&mut self) -> Option<Result<Step<Change>, ClientError>> {
        Some(match self.source.next().await? {
            Ok(Step::Item((n, change))) => {
                self.position = n;
                Ok(Step::Item(change))
            }
            Ok(Step::Waiting(error)) => Ok(Step::Waiting(error)),
            Err(error) => Err(error),
        })
    }

    /// The number of the last change that was handed out.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }
}

impl Stream for Changes {
    type Item = Result<Change, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = ready!(self.source.poll_item(context));
        Poll::Ready(item.map(|item| {
            let (n, change) = item?;
            self.position = n;
            Ok(change)
        }))
    }
}

async fn read(mut link: Link, after: u64, sink: Sink<(u64, Change)>) {
    let mut last = after;
    loop {
        let step = match link.next(&last.to_string()).await {
            Ok(Came::Block(block)) => {
                let n = block.id.as_deref().and_then(|id| id.parse::<u64>().ok());
                match parse(&link, block.event.as_deref(), block.data.as_deref()) {
                    Ok(None) => continue,
                    // What was missed may have taken the numbers with it.
                    Ok(Some(Change::Reset)) => Ok(Step::Item((n.unwrap_or(last), Change::Reset))),
                    Ok(Some(change)) => match n {
                        Some(n) if n <= last => continue,
                        Some(n) => Ok(Step::Item((n, change))),
                        None => Err(link.odd("a change without its number".to_owned())),
                    },
                    Err(error) => Err(error),
                }
            }
            Ok(Came::End) => Err(link.odd("a stream that does not end has ended".to_owned())),
            Ok(Came::Broken { error, pause }) => {
                if sink.send(Ok(Step::Waiting(error))).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
                continue;
            }
            Err(error) => Err(error),
        };
        let is_last = step.is_err();
        if let Ok(Step::Item((n, _))) = &step {
            last = *n;
            link.counted();
        }
        if sink.send(step).await.is_err() || is_last {
            return;
        }
    }
}

/// `{"id": …}`
#[derive(Deserialize)]
struct Gone {
    id: TestrunId,
}

/// The change, if it is one that this program knows.
fn parse(link: &Link, kind: Option<&str>, data: Option<&str>) -> Result<Option<Change>, ClientError> {
    let data = data.unwrap_or_default();
    let odd = |error: serde_json::Error| link.odd(format!("a change: {error}"));
    match kind {
        Some("testrun") => {
            serde_json::from_str(data).map_err(odd).map(|run| Some(Change::Testrun(Box::new(run))))
        }
        Some("deleted") => {
            serde_json::from_str(data).map_err(odd).map(|gone: Gone| Some(Change::Deleted(gone.id)))
        }
        Some("reset") => Ok(Some(Change::Reset)),
        _ => Ok(None),
    }
}
