//! The queue.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redis::aio::MultiplexedConnection;
use testrunner_core::ProcessId;
use testrunner_core::queue::{Counts, Delivery, Queue, QueueCounts, Settle, Ticket, Tray};
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::address::Address;
use crate::error::{Error, Result};
use crate::options::RedisOptions;
use crate::stream::{Entry, Stream};
use crate::supervisor::{Shared, State, supervise};

/// Longest time for a ticket to be removed.
const REMOVE: Duration = Duration::from_secs(1);
/// Tickets of one offer. Each wakes one worker that is waiting; an engine has at most so many slots.
const MOST: usize = 1_024;

/// Carries tickets through a stream of a Redis server. Clones share the connections, which last as long as one of
/// them.
#[derive(Clone, Debug)]
pub struct RedisQueue(Arc<Open>);

#[derive(Debug)]
struct Open {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

impl RedisQueue {
    /// Opens the queue at `redis://…` or `rediss://…`, with the usual settings.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be used.
    pub fn open(url: &str) -> StoreResult<Self> {
        RedisOptions::new().open_queue(url)
    }

    pub(crate) fn start(address: Address, options: RedisOptions) -> Self {
        let stream = Stream { key: options.stream.clone(), consumer: ProcessId::unique().0 };
        let shared = Arc::new(Shared {
            address,
            options,
            stream,
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
        if up { Ok(()) } else { self.up().map(drop).map_err(|error| self.refused(error)) }
    }

    /// What went through since it was opened.
    #[must_use]
    pub fn counts(&self) -> QueueCounts {
        self.0.shared.counts.all()
    }

    /// Gives back what is not settled, and closes the connections. Dropping the queue does the same, unwatched.
    pub async fn close(&self) {
        self.0.shared.closing.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn up(&self) -> Result<MultiplexedConnection> {
        match &*self.0.shared.state.borrow() {
            State::Up(connection) => Ok(connection.clone()),
            State::Down(error) => Err(error.clone()),
        }
    }

    fn refused(&self, error: Error) -> StoreError {
        error.into_store(&self.0.shared.address, &self.0.shared.stream.key)
    }

    /// Has the connection replaced when it is of no use.
    fn heed(&self, error: &Error) {
        if !error.leaves_the_connection() {
            self.0.shared.broken.notify_one();
        }
    }

    async fn remove(&self, entry: &Entry) -> Result<()> {
        let mut connection = self.up()?;
        let removed = self.0.shared.stream.remove(&mut connection, &entry.id);
        timeout(REMOVE, removed).await.map_err(|_| Error::NoAnswer)?
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.shared.closing.cancel();
    }
}

#[async_trait]
impl Queue for RedisQueue {
    async fn offer(&self, tickets: &[Ticket]) -> StoreResult<()> {
        let tickets = &tickets[..tickets.len().min(MOST)];
        let shared = &self.0.shared;
        let mut connection = self.up().map_err(|error| self.refused(error))?;
        if tickets.is_empty() {
            return Ok(());
        }
        let added = timeout(shared.options.offer_timeout, shared.stream.add(&mut connection, tickets)).await;
        if let Err(error) = added.unwrap_or(Err(Error::NoAnswer)) {
            self.heed(&error);
            let error = self.refused(error);
            return Err(StoreError::new(StoreErrorKind::Unavailable, error.to_string()).caused_by(error));
        }
        shared.counts.offered(tickets.len() as u64);
        Ok(())
    }

    /// Empty, not an error, when there is no server: the caller polls the store in the same rhythm.
    async fn take(&self, max: u32, wait: Duration) -> StoreResult<Vec<Delivery>> {
        Ok(self.0.shared.tray.take(max, wait).await)
    }

    /// Never an error: what is not removed is delivered again.
    async fn settle(&self, delivery: Delivery, how: Settle) -> StoreResult<()> {
        let Some(entry) = self.0.shared.tray.settle(delivery.tag) else { return Ok(()) };
        match how {
            Settle::Taken | Settle::Stale => {
                if let Err(error) = self.remove(&entry).await {
                    self.heed(&error);
                    tracing::debug!(%error, "not removed; it is delivered again");
                }
            }
            Settle::Later => {
                let shared = Arc::clone(&self.0.shared);
                self.0.tasks.spawn(async move {
                    tokio::select! {
                        () = sleep(shared.options.later) => {}
                        () = shared.closing.cancelled() => return,
                    }
                    let State::Up(mut connection) = shared.state.borrow().clone() else { return };
                    if let Err(error) = shared.stream.give_back(&mut connection, &[entry]).await {
                        tracing::debug!(%error, "not given back; it is taken over later");
                    }
                });
            }
        }
        Ok(())
    }
}
