//! Keeps a connection to the broker, as long as the queue is open.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::{Acker, Channel, Connection, Event};
use testrunner_core::queue::{Counts, Tray};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::link::Link;
use crate::options::AmqpOptions;

/// Longest time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time for a connection to be closed well.
const CLOSE: Duration = Duration::from_secs(2);
/// First and longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// After so long a connection counts as good, and the pauses begin anew.
const GOOD: Duration = Duration::from_secs(10);

/// What the handle and the supervisor share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) address: Address,
    pub(crate) options: AmqpOptions,
    pub(crate) tray: Tray<Acker>,
    pub(crate) counts: Counts,
    pub(crate) state: watch::Sender<State>,
    /// An offer found that the queue or the channel is gone.
    pub(crate) broken: Notify,
    pub(crate) closing: CancellationToken,
}

/// How it stands with the broker.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Connected. Clones of the channel do not keep the connection.
    Up(Arc<Up>),
    /// Not connected, for this reason.
    Down(Error),
}

#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) publish: Channel,
    pub(crate) status: lapin::ConnectionStatus,
}

/// Connects, serves, and begins again, until the queue is closed.
pub(crate) async fn supervise(shared: Arc<Shared>) {
    let mut pauses = pauses();
    let mut told = String::new();
    loop {
        let begun = Instant::now();
        let error = tokio::select! {
            error = shared.connection(&mut told) => error,
            () = shared.closing.cancelled() => Error::Closed,
        };
        let over = matches!(error, Error::Closed);
        shared.state.send_replace(State::Down(error.clone()));
        // The broker delivers again what the connection's end left unacknowledged.
        drop(shared.tray.clear());
        if over {
            return;
        }
        let error = error.into_store(&shared.address, &shared.options.queue);
        // Once for each outage, and again when the reason changes.
        if told != error.to_string() {
            told = error.to_string();
            tracing::warn!(%error, "no queue; workers poll the store meanwhile");
        }
        if begun.elapsed() >= GOOD {
            pauses = self::pauses();
        }
        tokio::select! {
            () = sleep(pauses.next().unwrap_or(PAUSES.1)) => {}
            () = shared.closing.cancelled() => {}
        }
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    let (first, longest) = PAUSES;
    let builder = ExponentialBuilder::default().with_min_delay(first).with_max_delay(longest);
    builder.with_jitter().without_max_times().build()
}

impl Shared {
    /// One connection, from its beginning to the reason of its end.
    async fn connection(&self, told: &mut String) -> Error {
        let link = match timeout(CONNECT, Link::open(&self.address, &self.options)).await {
            Ok(Ok(link)) => link,
            Ok(Err(error)) => return error,
            Err(_) => return Error::NoAnswer,
        };
        // What broke before is not this connection.
        let _ = self.broken.notified().now_or_never();
        self.counts.connected();
        tracing::info!(broker = %self.address, queue = self.options.queue, "tickets go through the queue");
        told.clear();
        let up = Up { publish: link.publish.clone(), status: link.connection.status().clone() };
        self.state.send_replace(State::Up(Arc::new(up)));
        let fetcher = Fetcher {
            channel: &link.fetch,
            queue: &self.options.queue,
            tray: &self.tray,
            counts: &self.counts,
        };
        let error = tokio::select! {
            error = fetcher.run() => error,
            error = failure(&link.connection) => error,
            () = self.broken.notified() => Error::QueueGone,
            () = self.closing.cancelled() => Error::Closed,
        };
        self.state.send_replace(State::Down(error.clone()));
        let _ = timeout(CLOSE, link.close()).await;
        error
    }
}

/// Waits for the connection's end.
async fn failure(connection: &Connection) -> Error {
    let mut events = std::pin::pin!(connection.events_listener());
    loop {
        match events.next().await {
            Some(Event::Error(error)) => return error.into(),
            Some(Event::ConnectionBlocked(reason)) => {
                tracing::warn!(reason, "the broker takes no messages; workers poll the store meanwhile");
            }
            Some(_) => {}
            None => return Error::Lost,
        }
    }
}
