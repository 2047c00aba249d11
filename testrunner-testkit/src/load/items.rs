//! Items from claim to verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use testrunner_core::store::{Assignment, Batch, Outcome, StoreResult};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, WorkStore};
use tokio::task::JoinSet;

use super::{Answer, Load, Part, Rate, all};
use crate::store::factory::{claim_by, judged, per_file};

/// What there is to claim: more than any store takes in the time, or little enough to be soon claimed to the end.
const SUPPLY: [u32; 4] = [5_000; 4];
/// How many leases of one claim are ended at the same time.
const LANES: usize = 32;

impl Load {
    /// Workers that claim so many items at once and end each with a verdict; a call is one item from the claim's
    /// begin to its end.
    pub(super) async fn items(&self, workers: usize, batch: u32) -> Answer<Rate> {
        let mut supply = Vec::new();
        for files in SUPPLY {
            supply.push(self.store.create(&per_file(files)).await?.run.id());
        }
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for n in 0..workers {
            let load = self.clone();
            tasks.spawn(async move {
                let (name, mut calls) = (format!("w{n}"), Vec::new());
                while started.elapsed() < load.time {
                    let begun = Instant::now();
                    let leases = load.store.claim(&claim_by(&name, batch)).await?.leases;
                    if leases.is_empty() {
                        break;
                    }
                    calls.extend(load.end(&leases, begun).await?);
                }
                Ok(calls)
            });
        }
        let calls = all(tasks).await?;
        let took = started.elapsed();
        for run in supply {
            self.store.request_stop(run, StopWhy::Cancel, "rates").await?;
        }
        Ok(Rate::of_calls(Part::Items, calls, took).at_once(workers).batch(batch))
    }

    async fn end(&self, leases: &[Assignment], begun: Instant) -> Answer<Vec<Duration>> {
        let mut lanes = JoinSet::new();
        for lane in leases.chunks(leases.len().div_ceil(LANES)) {
            let (store, lane) = (Arc::clone(&self.store), lane.to_vec());
            lanes.spawn(async move {
                let mut calls = Vec::new();
                for lease in lane {
                    pass(&*store, &lease).await?;
                    calls.push(begun.elapsed());
                }
                Ok(calls)
            });
        }
        all(lanes).await
    }
}

/// Ends a lease of one file, which passed.
pub(super) async fn pass(store: &(impl WorkStore + ?Sized), lease: &Assignment) -> StoreResult<()> {
    let tail = judged(lease.files[0], FileOutcome::Passed);
    store.finish(lease.key, Batch { from_n: 0, events: &tail }, &Outcome::Completed).await.map(drop)
}
