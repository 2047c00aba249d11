//! Items through a whole worker: dispatch, lease, session, sink, flusher.

use std::sync::Arc;
use std::time::{Duration, Instant};

use testrunner_core::{Engine, FileOutcome, FnExecutor, Verdict};

use super::{Answer, Load, Part, Rate};
use crate::store::factory::{EXECUTOR, per_file};

/// Items of one Testrun.
const ITEMS: u32 = 1_000;

impl Load {
    /// A worker of so many slots, whose executor passes every file without doing anything. Testruns of 1,000 items
    /// follow each other until the time is over; all of them are waited for.
    pub(super) async fn worker(&self, slots: usize) -> Answer<Rate> {
        let nothing = FnExecutor::new(EXECUTOR, |_| async { Ok(Verdict::new(FileOutcome::Passed, 0)) });
        let engine =
            Engine::builder_shared(Arc::clone(&self.store)).executor(nothing).slots(slots).build()?;
        let mut waiting = vec![self.store.create(&per_file(ITEMS)).await?.run.id()];
        let started = Instant::now();
        engine.start();
        let mut count = 0;
        while let Some(run) = waiting.pop() {
            // The next one lies ready before this one has ended.
            if started.elapsed() < self.time {
                waiting.push(self.store.create(&per_file(ITEMS)).await?.run.id());
            }
            engine.wait(run).await?;
            count += u64::from(ITEMS);
        }
        let took = started.elapsed();
        engine.shutdown(Duration::from_secs(5)).await;
        Ok(Rate::new(Part::Worker, count, took).at_once(slots))
    }
}
