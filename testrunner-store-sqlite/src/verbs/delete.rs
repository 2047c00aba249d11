//! `delete` and `prune`: a Testrun goes wholly, with the bytes that only it used.

use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::rules::check_delete;
use testrunner_core::store::Retention;
use testrunner_core::{Seq, TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::run_log;
use crate::sql::{blobs, files, runs, space, timings};
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
        check_delete(self.0, run_log::load(tx, self.0).await?.head().status)?;
        remove(tx, self.0).await?;
        Ok(())
    }
}

#[derive(Debug)]
pub(crate) struct Prune {
    pub(crate) retention: Retention,
    pub(crate) limit: u32,
}

#[async_trait]
impl Verb for Prune {
    type Answer = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64> {
        // First, so that no Testrun has to go for bytes that nobody has.
        blobs::drop_all_unused(tx.conn, before(tx.now, BLOB_GRACE)).await?;
        timings::forget(tx.conn, before(tx.now, TIMING_LIFE)).await?;
        let mut too_many = match self.retention.newest {
            Some(newest) => runs::count_ended(tx.conn).await?.saturating_sub(newest),
            None => 0,
        };
        // Counted once, and added to: it grows by what each removal leaves behind.
        let mut unused = match self.retention.bytes {
            Some(_) => blobs::unused(tx.conn).await?,
            None => 0,
        };
        let mut removed = 0;
        while removed < u64::from(self.limit) {
            let Some((run, ended_at)) = runs::first_ended(tx.conn).await? else { break };
            let too_old = self.retention.finished_before.is_some_and(|moment| ended_at < moment);
            if !too_old && too_many == 0 && !self.is_too_large(tx, unused).await? {
                break;
            }
            unused += remove(tx, run).await?;
            too_many = too_many.saturating_sub(1);
            removed += 1;
        }
        Ok(removed)
    }
}

impl Prune {
    async fn is_too_large(&self, tx: &mut Tx<'_>, unused: u64) -> Result<bool> {
        let Some(bytes) = self.retention.bytes else { return Ok(false) };
        Ok(space::used(tx.conn).await?.saturating_sub(unused) > bytes)
    }
}

/// Returns the room of the bytes that stay although no Testrun uses them any more.
async fn remove(tx: &mut Tx<'_>, run: TestrunId) -> Result<u64> {
    let digests = files::digests(tx.conn, run).await?;
    runs::delete(tx.conn, run).await?;
    // Younger ones may have been handed in by somebody who is about to use them; `prune` removes them later.
    let spared = blobs::drop_unused(tx.conn, &digests, before(tx.now, BLOB_GRACE)).await?;
    tx.rung.runs.insert(run, Seq(-1));
    tx.changed(run, None, None).await?;
    Ok(spared)
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(clock::micros(by)))
}
