//! One Testrun's events as they come; when the server ends, those that are there already.

use std::collections::VecDeque;

use testrunner_core::event::Event;
use testrunner_core::store::{EventLimit, StoreError};
use testrunner_core::{Engine, Seq, Subscription, TestrunId};
use tokio_util::sync::CancellationToken;

use crate::state::Api;

/// What comes next.
pub(super) enum Next {
    Event(Box<Event>),
    /// The Testrun has ended, and all was told.
    End,
    /// The server ends before the Testrun; all that is stored was told.
    Left,
    /// Asking again goes on where it was.
    Failed(StoreError),
}

/// From one event on.
pub(super) struct Following {
    engine: Engine,
    run: TestrunId,
    end: CancellationToken,
    live: Subscription,
    /// Once the server ends: what is still to be told, and after which event more is to be read.
    rest: Option<(VecDeque<Event>, Seq)>,
}

impl Following {
    pub(super) fn new(api: &Api, run: TestrunId, after: Seq) -> Self {
        let live = api.engine.subscribe(run, after);
        Self { engine: api.engine.clone(), run, end: api.config.shutdown.clone(), live, rest: None }
    }

    pub(super) async fn next(&mut self) -> Next {
        if self.rest.is_none() {
            tokio::select! {
                biased;
                next = self.live.next() => return match next {
                    Some(Ok(event)) => Next::Event(Box::new(event)),
                    Some(Err(error)) => Next::Failed(error),
                    None => Next::End,
                },
                () = self.end.cancelled() => {}
            }
        }
        let position = self.live.position();
        let (rest, after) = self.rest.get_or_insert_with(|| (VecDeque::new(), position));
        if let Some(event) = rest.pop_front() {
            return Next::Event(Box::new(event));
        }
        match self.engine.store().events(self.run, *after, EventLimit::default()).await {
            Ok(page) => {
                rest.extend(page.events);
                let Some(event) = rest.pop_front() else {
                    return if page.terminal { Next::End } else { Next::Left };
                };
                *after = rest.back().map_or(event.seq, |last| last.seq);
                Next::Event(Box::new(event))
            }
            Err(error) => Next::Failed(error),
        }
    }

    /// The last event that was read.
    pub(super) fn position(&self) -> Seq {
        self.rest.as_ref().map_or_else(|| self.live.position(), |(_, after)| *after)
    }
}
