//! Sweeps up after workers that died: their tickets, and their names. Every process does; none is the leader.

use std::time::Duration;

use redis::aio::MultiplexedConnection;

use crate::error::{Error, Result};
use crate::stream::Stream;

/// Age at which a ticket is dropped. Whoever waits has it at once, and whoever comes free asks the ledger first, so
/// that an old ticket only costs a look.
const TICKETS_LAST: Duration = Duration::from_secs(60);
/// A consumer that was idle for so many times as long as it takes to abandon a ticket is removed. One that is alive
/// after all is made anew by its next read.
const CONSUMERS_LAST: u32 = 20;

/// Sweeps until the connection fails.
pub(crate) async fn sweep(stream: &Stream, mut on: MultiplexedConnection, abandoned: Duration) -> Error {
    loop {
        tokio::time::sleep(abandoned / 2).await;
        if let Err(error) = round(stream, &mut on, abandoned).await {
            if !error.leaves_the_connection() {
                return error;
            }
            // The fetcher makes the group anew as soon as somebody waits.
            tracing::debug!(%error, "could not sweep");
        }
    }
}

async fn round(stream: &Stream, on: &mut MultiplexedConnection, abandoned: Duration) -> Result<()> {
    stream.trim(on, TICKETS_LAST).await?;
    let entries = stream.take_over(on, abandoned).await?;
    stream.give_back(on, &entries).await?;
    stream.forget_consumers(on, abandoned * CONSUMERS_LAST).await
}
