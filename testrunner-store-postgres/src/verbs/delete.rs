//! `delete` and `prune`: a Testrun goes wholly, with the bytes that only it used.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::rules::check_delete;
use testrunner_core::store::Retention;
use testrunner_core::{Digest, TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::lock::{Lock, Use};
use crate::run_log;
use crate::sql::{blobs, files, runs, space, texts, timings};
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
        let mut common = Common::default();
        common.remove(tx, self.0).await?;
        common.drop_unused(tx).await
    }
}

/// Forgets what nobody uses any more.
#[derive(Debug)]
pub(crate) struct Tidy;

#[async_trait]
impl Verb for Tidy {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        blobs::drop_all_unused(tx.conn, before(tx.now, BLOB_GRACE)).await?;
        timings::forget(tx.conn, before(tx.now, TIMING_LIFE)).await
    }
}

/// Removes some. To be called until it removes less than it may.
#[derive(Debug)]
pub(crate) struct Prune {
    pub(crate) retention: Retention,
    pub(crate) limit: u64,
}

#[async_trait]
impl Verb for Prune {
    type Answer = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64> {
        // What is too much is counted once: two who do so at the same time would remove it twice.
        Lock::Prune.take(tx.conn, Use::Alone).await?;
        let mut too_many = match self.retention.newest {
            Some(newest) => runs::count_ended(tx.conn).await?.saturating_sub(newest),
            None => 0,
        };
        let mut too_large = match self.retention.bytes {
            Some(bytes) => space::used(tx.conn).await?.saturating_sub(bytes),
            None => 0,
        };
        let mut common = Common::default();
        let mut removed = 0;
        while removed < self.limit {
            let Some((run, ended_at)) = runs::first_ended(tx.conn).await? else { break };
            let too_old = self.retention.finished_before.is_some_and(|moment| ended_at < moment);
            if !too_old && too_many == 0 && too_large == 0 {
                break;
            }
            // Somebody may delete it at this moment: then we have waited for that.
            if runs::lock(tx.conn, run).await?.is_none() {
                continue;
            }
            if too_large > 0 {
                too_large = too_large.saturating_sub(space::of_run(tx.conn, run).await?);
            }
            common.remove(tx, run).await?;
            too_many = too_many.saturating_sub(1);
            removed += 1;
        }
        common.drop_unused(tx).await?;
        Ok(removed)
    }
}

/// What Testruns that are removed may have had in common with others.
#[derive(Debug, Default)]
struct Common {
    digests: BTreeSet<Digest>,
    texts: BTreeSet<i64>,
}

impl Common {
    /// Removes a Testrun.
    async fn remove(&mut self, tx: &mut Tx<'_>, run: TestrunId) -> Result<()> {
        self.digests.extend(files::digests(tx.conn, run).await?);
        self.texts.extend(texts::remove(tx.conn, run).await?);
        runs::delete(tx.conn, run).await?;
        tx.rung.runs.insert(run);
        tx.changed(run, None, None);
        Ok(())
    }

    /// Removes what no Testrun has any more. Younger bytes may have been handed in by somebody who is about to use them;
    /// they go later.
    async fn drop_unused(self, tx: &mut Tx<'_>) -> Result<()> {
        if self.texts.is_empty() && self.digests.is_empty() {
            return Ok(());
        }
        // Who is creating a Testrun has looked already, and is not seen yet: we wait for its end.
        Lock::Common.take(tx.conn, Use::Alone).await?;
        let digests: Vec<Digest> = self.digests.into_iter().collect();
        blobs::drop_unused(tx.conn, &digests, before(tx.now, BLOB_GRACE)).await?;
        let texts: Vec<i64> = self.texts.into_iter().collect();
        texts::drop_unused(tx.conn, &texts).await
    }
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(clock::micros(by)))
}
