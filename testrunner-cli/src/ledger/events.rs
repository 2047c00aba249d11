//! The events of a Testrun, wherever it is.

use std::time::Duration;

use testrunner_client::{ClientError, Follow};
use testrunner_core::event::Event;
use testrunner_core::{Engine, Seq, Subscription, TestrunId};

use crate::failure::Result;

/// How often a silent Testrun is checked for a lost worker.
const CHECK: Duration = Duration::from_secs(5);

/// What comes next.
#[derive(Debug)]
pub(crate) enum Step {
    Event(Box<Event>),
    /// The server is away, for this reason; the stream goes on when it is back.
    Waiting(String),
}

/// Events in order, each once.
#[derive(Debug)]
pub(crate) enum Events {
    Store { engine: Box<Engine>, subscription: Box<Subscription> },
    Server(Box<Follow>),
}

impl Events {
    pub(super) fn of_store(engine: Engine, id: TestrunId, after: Seq) -> Self {
        let subscription = Box::new(engine.subscribe(id, after));
        Self::Store { engine: Box::new(engine), subscription }
    }

    pub(super) fn of_server(follow: Follow) -> Self {
        Self::Server(Box::new(follow))
    }

    /// The next step; `None` after the last event. Cancel-safe.
    ///
    /// # Errors
    /// The Testrun is not there, its log cannot be read, or the server was away for too long.
    pub(crate) async fn next(&mut self) -> Option<Result<Step>> {
        match self {
            Self::Server(follow) => Some(match follow.step().await? {
                Ok(testrunner_client::Step::Item(event)) => Ok(Step::Event(Box::new(event))),
                Ok(testrunner_client::Step::Waiting(error)) => Ok(Step::Waiting(match error {
                    // A stream that breaks off is what a server's end looks like.
                    ClientError::Protocol { .. } => "the connection was lost".to_owned(),
                    error => error.to_string(),
                })),
                Err(error) => Err(error.into()),
            }),
            Self::Store { engine, subscription } => loop {
                match tokio::time::timeout(CHECK, subscription.next()).await {
                    Ok(event) => {
                        return Some(event?.map(|event| Step::Event(Box::new(event))).map_err(Into::into));
                    }
                    // If the program that runs it is gone, this ends the Testrun.
                    Err(_) => drop(engine.store().reap(256).await),
                }
            },
        }
    }
}
