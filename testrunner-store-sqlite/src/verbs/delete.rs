//! `delete` and `prune`: a Testrun goes wholly, with the bytes that only it used.

use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::store::{StoreError, StoreErrorKind};
use testrunner_core::{Seq, TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::run_log::RunLog;
use crate::sql::{blobs, files, runs};
use crate::writer::{Tx, Verb};

/// How long bytes are kept for a Testrun that is still to be created.
const BLOB_GRACE: Duration = Duration::from_hours(24);

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
        blobs::drop_all_unused(tx.conn, day_before(tx.now)).await?;
        Ok(ended.len() as u64)
    }
}

async fn remove(tx: &mut Tx<'_>, run: TestrunId) -> Result<()> {
    let digests = files::digests(tx.conn, run).await?;
    runs::delete(tx.conn, run).await?;
    // Younger ones may have been handed in by somebody who is about to use them; `prune` removes them later.
    blobs::drop_unused(tx.conn, &digests, day_before(tx.now)).await?;
    tx.rung.runs.insert(run, Seq(-1));
    Ok(())
}

fn day_before(now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(clock::micros(BLOB_GRACE)))
}
