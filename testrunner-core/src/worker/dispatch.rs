//! The dispatcher: claims for free slots, and waits for the queue when there is nothing to claim.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::Running;
use crate::clock::since_boot;
use crate::queue::{Delivery, Settle};
use crate::store::{Candidates, ClaimRequest, Claimed, StoreResult};

/// Wait after a store or queue that failed.
const PAUSE: Duration = Duration::from_secs(1);

impl Running {
    pub(super) async fn dispatch(self: Arc<Self>) {
        let draining = self.draining.clone();
        let working = async {
            loop {
                let Ok(permit) = Arc::clone(&self.slots).acquire_owned().await else { return };
                self.fill(permit).await;
            }
        };
        tokio::select! {
            () = working => {}
            () = draining.cancelled() => {}
        }
    }

    /// Uses one free slot, and all others that are free at the moment.
    async fn fill(self: &Arc<Self>, permit: OwnedSemaphorePermit) {
        let mut permits = vec![permit];
        while let Ok(more) = Arc::clone(&self.slots).try_acquire_owned() {
            permits.push(more);
        }
        loop {
            match self.claim_into(Candidates::Any, &mut permits).await {
                Ok(claimed) if permits.is_empty() || !claimed.leases.is_empty() => return,
                Ok(claimed) => {
                    let poll = self.parts.settings.poll;
                    let wait = claimed.next_ready_in.map_or(poll, |due| due.min(poll));
                    self.wait_for_tickets(wait, &mut permits).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "could not claim");
                    tokio::time::sleep(PAUSE).await;
                }
            }
            if permits.is_empty() {
                return;
            }
        }
    }

    async fn wait_for_tickets(self: &Arc<Self>, wait: Duration, permits: &mut Vec<OwnedSemaphorePermit>) {
        let max = u32::try_from(permits.len()).unwrap_or(u32::MAX);
        let deliveries = match self.parts.queue.take(max, wait).await {
            Ok(deliveries) => deliveries,
            Err(error) => {
                tracing::warn!(%error, "could not take from the queue");
                tokio::time::sleep(PAUSE).await;
                return;
            }
        };
        for delivery in deliveries {
            let how = self.claim_delivery(&delivery, permits).await;
            if let Err(error) = self.parts.queue.settle(delivery, how).await {
                tracing::warn!(%error, "could not settle a delivery");
            }
        }
    }

    async fn claim_delivery(
        self: &Arc<Self>,
        delivery: &Delivery,
        permits: &mut Vec<OwnedSemaphorePermit>,
    ) -> Settle {
        // "Something is ready" is answered by the next round, which asks for anything.
        if delivery.from == Candidates::Any {
            return Settle::Stale;
        }
        if permits.is_empty() {
            return Settle::Later;
        }
        match self.claim_into(delivery.from.clone(), permits).await {
            Ok(claimed) if claimed.leases.is_empty() => Settle::Stale,
            Ok(_) => Settle::Taken,
            Err(_) => Settle::Later,
        }
    }

    /// Claims as many items as there are permits, and starts each with one of them.
    async fn claim_into(
        self: &Arc<Self>,
        from: Candidates,
        permits: &mut Vec<OwnedSemaphorePermit>,
    ) -> StoreResult<Claimed> {
        let parts = &self.parts;
        let request = ClaimRequest {
            from,
            max: u32::try_from(permits.len()).unwrap_or(u32::MAX),
            worker: parts.settings.id.clone(),
            ttl: parts.settings.ttl,
            executors: parts.executors.keys().cloned().collect(),
            process: parts.process.clone(),
            shared: parts.shared,
            prefer: self.sessions.open_runs(),
        };
        // In a task that a drain waits for: what was claimed must be started, also when we are stopped meanwhile.
        let worker = Arc::clone(self);
        let mut taken = std::mem::take(permits);
        let task = self.items.spawn(async move {
            let begun = since_boot();
            let claimed = worker.answer(worker.parts.store.claim(&request)).await;
            for assignment in claimed.iter().flat_map(|claimed| &claimed.leases) {
                let permit = taken.pop();
                worker.start_item(assignment.clone(), begun, permit);
            }
            (claimed, taken)
        });
        match task.await {
            Ok((claimed, left)) => {
                *permits = left;
                claimed
            }
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
}
