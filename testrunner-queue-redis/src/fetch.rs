//! Fetches entries, but only while somebody waits for them.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use testrunner_core::queue::{Counts, Tray};
use tokio::time::timeout;

use crate::error::{Error, Result};
use crate::link::ANSWER;
use crate::stream::{Entry, Stream};

/// One wait at the server. What comes in it although nobody waits any more goes back.
const WAIT: Duration = Duration::from_secs(1);
/// How long an entry is kept when nobody waits: a worker that looked for work comes back sooner.
const LINGER: Duration = Duration::from_millis(100);

/// The side of a queue that takes from the server.
pub(crate) struct Fetcher<'a> {
    pub(crate) stream: &'a Stream,
    pub(crate) tray: &'a Tray<Entry>,
    pub(crate) counts: &'a Counts,
}

impl Fetcher<'_> {
    /// Fetches until the connection fails.
    pub(crate) async fn run(&self, mut on: MultiplexedConnection) -> Error {
        loop {
            if let Err(error) = self.fetch(&mut on).await {
                if error.code() != Some("NOGROUP") {
                    return error;
                }
                // The server lost everything, or somebody deleted the stream.
                if let Err(error) = self.stream.make(&mut on).await {
                    return error;
                }
            }
        }
    }

    async fn fetch(&self, on: &mut MultiplexedConnection) -> Result<()> {
        let mut wanted = self.tray.wanted();
        let here = self.tray.fetched();
        // Not more than are wanted beside those that are here, which are looked at again soon.
        let patience = if here == 0 { Duration::MAX } else { LINGER };
        let more = wanted
            .wait_for(|wanted| usize::try_from(*wanted).is_ok_and(|wanted| wanted > self.tray.fetched()));
        let Ok(Ok(more)) = timeout(patience, more).await.map(|more| more.map(|wanted| *wanted)) else {
            return self.give_back(on).await;
        };
        let count = usize::try_from(more).unwrap_or(usize::MAX).saturating_sub(self.tray.fetched()).max(1);
        let read = timeout(WAIT + ANSWER, self.stream.read(on, count, WAIT)).await;
        for entry in read.map_err(|_| Error::NoAnswer)?? {
            self.counts.delivered();
            if let Err(why) = &entry.ticket {
                self.counts.unreadable(&self.stream.key, why);
            }
            // Whatever it carries, it wakes somebody up, and is removed afterwards.
            self.tray.put(entry);
        }
        Ok(())
    }

    /// What nobody waits for goes to others.
    async fn give_back(&self, on: &mut MultiplexedConnection) -> Result<()> {
        let wanted = usize::try_from(*self.tray.wanted().borrow()).unwrap_or(usize::MAX);
        let entries = self.tray.take_back(wanted);
        timeout(ANSWER, self.stream.give_back(on, &entries)).await.map_err(|_| Error::NoAnswer)?
    }
}
