//! Following the event log of a Testrun.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::doorbell::{Doorbell, Listener, Topic};
use crate::event::Event;
use crate::id::{Seq, TestrunId};
use crate::store::{EventLimit, Store, StoreError};

/// Longest time after which a lost ring is made good.
const POLL: Duration = Duration::from_secs(1);

/// The events of one Testrun, in order, without gaps, until it has ended.
#[derive(Debug)]
pub struct Subscription {
    store: Arc<dyn Store>,
    listener: Box<dyn Listener>,
    run: TestrunId,
    after: Seq,
    read: VecDeque<Event>,
    ended: bool,
}

impl Subscription {
    pub(super) fn new(store: Arc<dyn Store>, bell: &Arc<dyn Doorbell>, run: TestrunId, after: Seq) -> Self {
        // Armed before the first read: what is committed in between rings.
        let listener = bell.listen(Topic::Run(run));
        Self { store, listener, run, after, read: VecDeque::new(), ended: false }
    }

    /// The next event; `None` after the one that ended the Testrun. Cancel-safe.
    ///
    /// # Errors
    /// There is no such Testrun (any more), or the store failed; calling again goes on where it stopped.
    pub async fn next(&mut self) -> Option<Result<Event, StoreError>> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.after = event.seq;
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            match self.store.events(self.run, self.after, EventLimit::default()).await {
                Ok(page) if page.events.is_empty() && page.terminal => self.ended = true,
                Ok(page) if page.events.is_empty() => {
                    self.listener.rung(POLL).await;
                }
                Ok(page) => self.read = page.events.into(),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// The last event that was returned: where another subscription can go on.
    #[must_use]
    pub const fn position(&self) -> Seq {
        self.after
    }
}
