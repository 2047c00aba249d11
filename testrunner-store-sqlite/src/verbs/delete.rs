//! `delete` and `prune`: a Testrun goes wholly, with the bytes that only it used.

use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::store::{StoreError, StoreErrorKind};
use testrunner_core::{Seq, TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::run_log::RunLog;
use crate::sql::{blobs, files, runs, timings};
use crate::verb::{Tx, Verb};

/// How long bytes are kept for a Testrun that is still to be created.
const BLOB_GRACE: Duration = Duration::from_hours(24);
/// How long it is remembered what a file took that does not run any more.
const TIMING_LIFE: Duration = Duration::from_hours(365 * 24);

#[derive(Debug)]
pub(crate) struct Delete(pub(crate) TestrunId);

#[async_trait]
impl Verb for Delete {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        let log = RunLog::load(tx, self.0).await?;
        if !log.head.status.is_terminal() {
            let message = format!(
                "Testrun {} is {} and cannot be deleted; cancel it, and wait until it has ended",
                self.0, log.head.status
            );
            return Err(StoreError::new(StoreErrorKind::Conflict, message).into());
        }
        remove(tx, self.0).await
    }
}

#[derive(Debug)]
pub(crate) struct Prune {
    pub(crate) finished_before: Timestamp,
    pub(crate) limit: u32,
}

#[async_trait]
impl Verb for Prune {
    type Answer = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64> {
        let ended = runs::ended_before(tx.conn, self.finished_before, self.limit).await?;
        for run in &ended {
            remove(tx, *run).await?;
        }
        blobs::drop_all_unused(tx.conn, before(tx.now, BLOB_GRACE)).await?;
        timings::forget(tx.conn, before(tx.now, TIMING_LIFE)).await?;
        Ok(ended.len() as u64)
    }
}

async fn remove(tx: &mut Tx<'_>, run: TestrunId) -> Result<()> {
    let digests = files::digests(tx.conn, run).await?;
    runs::delete(tx.conn, run).await?;
    // Younger ones may have been handed in by somebody who is about to use them; `prune` removes them later.
    blobs::drop_unused(tx.conn, &digests, before(tx.now, BLOB_GRACE)).await?;
    tx.rung.runs.insert(run, Seq(-1));
    Ok(())
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(clock::micros(by)))
}
