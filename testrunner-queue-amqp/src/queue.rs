//! The queue.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::options::BasicAckOptions;
use testrunner_core::queue::{Counts, Delivery, Queue, QueueCounts, Settle, Ticket, Tray};
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address::Address;
use crate::error::Error;
use crate::fetch::give_back;
use crate::offer;
use crate::options::AmqpOptions;
use crate::supervisor::{Shared, State, Up, supervise};

/// Longest time for an acknowledgement to be written.
const ACKNOWLEDGE: Duration = Duration::from_secs(1);

/// Carries tickets through a RabbitMQ broker. Clones share the connection, which lasts as long as one of them.
#[derive(Clone, Debug)]
pub struct AmqpQueue(Arc<Open>);

#[derive(Debug)]
struct Open {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl AmqpQueue {
    /// Opens the queue of the broker at `amqp://…` or `amqps://…`, with the usual settings.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be used.
    pub fn open(url: &str) -> StoreResult<Self> {
        Self::options().open(url)
    }

    /// The settings, to be changed before [`AmqpOptions::open`].
    pub fn options() -> AmqpOptions {
        AmqpOptions::default()
    }

    pub(crate) fn start(address: Address, options: AmqpOptions) -> Self {
        let shared = Arc::new(Shared {
            address,
            options,
            tray: Tray::default(),
            counts: Counts::default(),
            state: watch::Sender::new(State::Down(Error::NotYet)),
            broken: Notify::new(),
            closing: CancellationToken::new(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(supervise(Arc::clone(&shared)));
        Self(Arc::new(Open { shared, tasks }))
    }

    /// Waits until there is a connection.
    ///
    /// # Errors
    /// There was none in time; why the last try failed.
    pub async fn connected(&self, at_most: Duration) -> StoreResult<()> {
        let mut state = self.0.shared.state.subscribe();
        let up = timeout(at_most, state.wait_for(|state| matches!(state, State::Up(_)))).await.is_ok();
        if up { Ok(()) } else { self.up().map(drop) }
    }

    /// What went through since it was opened.
    #[must_use]
    pub fn counts(&self) -> QueueCounts {
        self.0.shared.counts.all()
    }

    /// Gives back what is not settled, and closes the connection. Dropping the queue does the same, unwatched.
    pub async fn close(&self) {
        self.0.shared.closing.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn up(&self) -> StoreResult<Arc<Up>> {
        match &*self.0.shared.state.borrow() {
            State::Up(up) => Ok(Arc::clone(up)),
            State::Down(error) => Err(self.refused(error.clone())),
        }
    }

    fn refused(&self, error: Error) -> StoreError {
        error.into_store(&self.0.shared.address, &self.0.shared.options.queue)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

#[async_trait]
impl Queue for AmqpQueue {
    async fn offer(&self, tickets: &[Ticket]) -> StoreResult<()> {
        let tickets = &tickets[..tickets.len().min(offer::MOST)];
        let (up, shared) = (self.up()?, &self.0.shared);
        if up.status.blocked() {
            // What is published now would wait in our memory.
            return Err(self.refused(Error::Blocked));
        }
        let offered = offer::offer(&up.publish, &shared.options.queue, tickets);
        match timeout(shared.options.offer_timeout, offered).await {
            Ok(Ok(())) => {
                shared.counts.offered(tickets.len() as u64);
                Ok(())
            }
            Ok(Err(error)) => {
                if !matches!(error, Error::Refused) {
                    shared.broken.notify_one();
                }
                let error = self.refused(error);
                Err(StoreError::new(StoreErrorKind::Unavailable, error.to_string()).caused_by(error))
            }
            Err(_) => Err(self.refused(Error::NoAnswer)),
        }
    }

    /// Empty, not an error, when there is no broker: the caller polls the store in the same rhythm.
    async fn take(&self, max: u32, wait: Duration) -> StoreResult<Vec<Delivery>> {
        Ok(self.0.shared.tray.take(max, wait).await)
    }

    /// Never an error: what a lost connection delivered is delivered again.
    async fn settle(&self, delivery: Delivery, how: Settle) -> StoreResult<()> {
        let Some(acker) = self.0.shared.tray.settle(delivery.tag) else { return Ok(()) };
        match how {
            Settle::Taken | Settle::Stale => {
                let acknowledged = timeout(ACKNOWLEDGE, acker.ack(BasicAckOptions::default())).await;
                if !matches!(acknowledged, Ok(Ok(true))) {
                    tracing::debug!(?acknowledged, "not acknowledged; the broker delivers it again");
                }
            }
            Settle::Later => {
                let (delay, closing) = (self.0.shared.options.later, self.0.shared.closing.clone());
                self.0.tasks.spawn(async move {
                    tokio::select! {
                        () = sleep(delay) => drop(give_back(&acker).await),
                        () = closing.cancelled() => {}
                    }
                });
            }
        }
        Ok(())
    }
}
