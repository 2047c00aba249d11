//! Keeps connections to the server, as long as the queue is open.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::FutureExt as _;
use redis::aio::MultiplexedConnection;
use testrunner_core::queue::{Counts, Tray};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::address::Address;
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::link::{Link, failure};
use crate::options::RedisOptions;
use crate::stream::{Entry, Stream};
use crate::sweep::sweep;

/// First and longest pause between two tries.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// After so long a connection counts as good, and the pauses begin anew.
pub(crate) const GOOD: Duration = Duration::from_secs(10);

/// What the handle and the supervisor share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) address: Address,
    pub(crate) options: RedisOptions,
    pub(crate) stream: Stream,
    /// Outlives connections: an entry's number is the server's.
    pub(crate) tray: Tray<Entry>,
    pub(crate) counts: Counts,
    pub(crate) state: watch::Sender<State>,
    /// A command found that the connection is of no use.
    pub(crate) broken: Notify,
    pub(crate) closing: CancellationToken,
}

/// How it stands with the server.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Connected.
    Up(MultiplexedConnection),
    /// Not connected, for this reason.
    Down(Error),
}

/// Connects, serves, and begins again, until the queue is closed.
pub(crate) async fn supervise(shared: Arc<Shared>) {
    let mut pauses = pauses();
    let mut told = String::new();
    loop {
        let begun = Instant::now();
        let error = tokio::select! {
            error = shared.connection(&mut told) => error,
            () = shared.closing.cancelled() => break,
        };
        shared.state.send_replace(State::Down(error.clone()));
        let error = error.into_store(&shared.address, &shared.stream.key);
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
            () = shared.closing.cancelled() => break,
        }
    }
    let last = shared.state.send_replace(State::Down(Error::Closed));
    if let State::Up(mut connection) = last {
        let entries = shared.tray.clear();
        if let Err(error) = shared.stream.give_back(&mut connection, &entries).await {
            tracing::debug!(%error, "could not give back; others take it over");
        }
    }
}

pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    let (first, longest) = PAUSES;
    let builder = ExponentialBuilder::default().with_min_delay(first).with_max_delay(longest);
    builder.with_jitter().without_max_times().build()
}

impl Shared {
    /// One pair of connections, from its beginning to the reason of its end.
    async fn connection(&self, told: &mut String) -> Error {
        let Link { commands, fetch } = match Link::open(&self.address, &self.stream).await {
            Ok(link) => link,
            Err(error) => return error,
        };
        // What broke before is not this connection.
        let _ = self.broken.notified().now_or_never();
        self.counts.connected();
        tracing::info!(server = %self.address, stream = self.stream.key, "tickets go through the queue");
        told.clear();
        self.state.send_replace(State::Up(commands.clone()));
        let fetcher = Fetcher { stream: &self.stream, tray: &self.tray, counts: &self.counts };
        tokio::select! {
            error = fetcher.run(fetch) => error,
            error = sweep(&self.stream, commands.clone(), self.options.abandoned) => error,
            error = failure(commands) => error,
            () = self.broken.notified() => Error::Lost,
        }
    }
}
