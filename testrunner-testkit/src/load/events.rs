//! Events appended by lease holders, and read meanwhile.

use std::sync::Arc;
use std::time::Instant;

use testrunner_core::doorbell::{Doorbell as _, Topic};
use testrunner_core::event::NewEvent;
use testrunner_core::store::{Batch, Outcome};
use testrunner_core::{Engine, FileOutcome, Seq};
use tokio::task::JoinSet;

use super::{Answer, LINE, Load, Part, Rate, all};
use crate::store::factory::{claim_by, judged, log_at, per_file};

impl Load {
    /// Writers that append so many events at once, spread over so many Testruns; a call is one append.
    pub(super) async fn events(&self, testruns: u32, writers: usize, batch: u32) -> Answer<Rate> {
        let items = u32::try_from(writers)?;
        for _ in 0..testruns {
            self.store.create(&per_file(items.div_ceil(testruns))).await?;
        }
        let leases = self.store.claim(&claim_by("w", items)).await?.leases;
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for lease in leases {
            let (store, time) = (Arc::clone(&self.store), self.time);
            tasks.spawn(async move {
                let (lines, mut next, mut calls) = (lines(lease.files[0], batch), 0, Vec::new());
                while started.elapsed() < time {
                    let begun = Instant::now();
                    next = store.append(lease.key, Batch { from_n: next, events: &lines }).await?.next_n;
                    calls.push(begun.elapsed());
                }
                Ok(calls)
            });
        }
        let rate = Rate::of_calls(Part::Events, all(tasks).await?, started.elapsed());
        Ok(rate.times(batch).at_once(writers).batch(batch).testruns(testruns))
    }

    /// One writer, and one subscriber that reads along; it is over when the subscriber has seen the Testrun's end. A
    /// call is one append.
    pub(super) async fn followed(&self, batch: u32) -> Answer<Rate> {
        let run = self.store.create(&per_file(1)).await?.run.id();
        let lease = self.store.claim(&claim_by("w", 1)).await?.leases.pop().ok_or("nothing to claim")?;
        let bell = self.store.doorbell();
        let mut subscription =
            Engine::builder_shared(Arc::clone(&self.store)).build()?.subscribe(run, Seq(0));
        let reader = tokio::spawn(async move {
            let mut seen = 0;
            while let Some(event) = subscription.next().await {
                event?;
                seen += 1;
            }
            Answer::Ok(seen)
        });
        let (lines, mut next, mut calls) = (lines(lease.files[0], batch), 0, Vec::new());
        let started = Instant::now();
        while started.elapsed() < self.time {
            let begun = Instant::now();
            next = self.store.append(lease.key, Batch { from_n: next, events: &lines }).await?.next_n;
            calls.push(begun.elapsed());
            // As the worker does it, after each append.
            bell.ring(&[Topic::Run(run)]);
        }
        let tail = judged(lease.files[0], FileOutcome::Passed);
        self.store.finish(lease.key, Batch { from_n: next, events: &tail }, &Outcome::Completed).await?;
        bell.ring(&[Topic::Run(run)]);
        let seen: u64 = reader.await??;
        if seen < next {
            return Err(format!("{next} events were stored and {seen} seen").into());
        }
        Ok(Rate::of_calls(Part::Followed, calls, started.elapsed()).times(batch).batch(batch))
    }
}

/// A batch of output.
pub(super) fn lines(file: u32, batch: u32) -> Vec<NewEvent> {
    (0..batch).map(|n| log_at(file, u64::from(n), LINE)).collect()
}
