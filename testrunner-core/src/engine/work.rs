//! The verbs of workers that are elsewhere and speak through this program: the store's, and then the bell.

use std::time::Duration;

use super::{Engine, Result};
use crate::doorbell::Topic;
use crate::event::EventBody;
use crate::id::{LeaseKey, TestrunId};
use crate::store::{Appended, Batch, ClaimRequest, Claimed, Finished, LeaseStatus, Outcome};
use crate::testrun::StopWhy;
use crate::worker::announce;

impl Engine {
    /// Leases items to a worker elsewhere; see [`WorkStore::claim`](crate::WorkStore::claim).
    ///
    /// # Errors
    /// The store failed.
    pub async fn claim(&self, request: &ClaimRequest) -> Result<Claimed> {
        let claimed = self.inner.store.claim(request).await?;
        for lease in &claimed.leases {
            announce::claimed(&self.inner.bell, lease.run);
        }
        Ok(claimed)
    }

    /// Lengthens leases of a worker elsewhere; see [`WorkStore::renew`](crate::WorkStore::renew).
    ///
    /// # Errors
    /// The store failed.
    pub async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> Result<Vec<LeaseStatus>> {
        Ok(self.inner.store.renew(keys, ttl).await?)
    }

    /// Stores events of a worker elsewhere, and tells who follows the Testrun; see
    /// [`WorkStore::append`](crate::WorkStore::append).
    ///
    /// # Errors
    /// The store refused them, or failed.
    pub async fn append(&self, key: LeaseKey, run: TestrunId, batch: Batch<'_>) -> Result<Appended> {
        let appended = self.inner.store.append(key, batch).await?;
        self.inner.bell.ring(&[Topic::Run(run)]);
        let ended = batch.events.iter().any(|event| matches!(event.body, EventBody::FileFinished(_)));
        if ended && appended.stop.as_ref().is_some_and(|mark| mark.why == StopWhy::FailFast) {
            // These events may have set the mark: the Testrun's other items are to hear of it.
            self.inner.bell.ring(&[Topic::Stops]);
        }
        Ok(appended)
    }

    /// Ends a lease of a worker elsewhere, tells who follows the Testrun, and offers what waits again; see
    /// [`WorkStore::finish`](crate::WorkStore::finish).
    ///
    /// # Errors
    /// The store refused it, or failed.
    pub async fn finish(
        &self,
        key: LeaseKey,
        run: TestrunId,
        tail: Batch<'_>,
        outcome: &Outcome,
    ) -> Result<Finished> {
        let finished = self.inner.store.finish(key, tail, outcome).await?;
        announce::finished(&self.inner.queue, &self.inner.bell, run, &finished).await;
        Ok(finished)
    }
}
