//! What is read in the background, and handed on in order.

use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::ClientError;

/// How many events are read ahead.
const AHEAD: usize = 256;

/// What a stream brings.
#[derive(Clone, Debug)]
pub enum Step<T> {
    /// The next one.
    Item(T),
    /// The server does not answer just now, and is asked again; the stream goes on from where it was.
    Waiting(ClientError),
}

pub(super) type Sink<T> = mpsc::Sender<Result<Step<T>, ClientError>>;

/// Reads in a task of its own, so that whoever waits for an item may give up waiting without loss. Dropped, it
/// ends.
#[derive(Debug)]
pub(super) struct Source<T> {
    steps: mpsc::Receiver<Result<Step<T>, ClientError>>,
    task: JoinHandle<()>,
}

impl<T: Send + 'static> Source<T> {
    pub(super) fn start<F: Future<Output = ()> + Send + 'static>(read: impl FnOnce(Sink<T>) -> F) -> Self {
        let (sink, steps) = mpsc::channel(AHEAD);
        Self { steps, task: tokio::spawn(read(sink)) }
    }

    /// The next step; `None` after the last. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Result<Step<T>, ClientError>> {
        self.steps.recv().await
    }

    /// As [`Source::next`], without what is not an item.
    pub(super) fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, ClientError>>> {
        loop {
            return Poll::Ready(match ready!(self.steps.poll_recv(context)) {
                Some(Ok(Step::Waiting(_))) => continue,
                Some(Ok(Step::Item(item))) => Some(Ok(item)),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }
}

impl<T> Drop for Source<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
