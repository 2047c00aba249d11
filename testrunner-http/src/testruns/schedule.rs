//! What became of the schedules of Testruns that have ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use testrunner_core::testrun::{ScheduleDocument, Testrun};
use testrunner_core::{Engine, EngineError, Item, SlotUse, TestrunId};

type Known = BTreeMap<TestrunId, Option<ScheduleDocument>>;

/// So many are kept: of the newest Testruns.
const KEPT: usize = 10_000;
/// Longer logs are not read for this.
const MOST_EVENTS: i64 = 100_000;

/// What became of the schedules of Testruns that have ended. They are folds over whole logs, and what has ended does
/// not change: each log is read once, one at a time.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    known: Mutex<Known>,
    reading: tokio::sync::Mutex<()>,
}

impl Schedules {
    /// What became of this one's; `None` while it runs, when nothing of it was run, or when its log is too long.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) async fn of(
        &self,
        engine: &Engine,
        run: &Testrun,
        items: &[Item],
    ) -> Result<Option<ScheduleDocument>, EngineError> {
        let summary = &run.summary;
        if !summary.status.is_terminal() || summary.last_seq.0 > MOST_EVENTS {
            return Ok(None);
        }
        let found = |known: MutexGuard<'_, Known>| known.get(&run.id()).copied();
        if let Some(schedule) = found(self.known()) {
            return Ok(schedule);
        }
        let _turn = self.reading.lock().await;
        if let Some(schedule) = found(self.known()) {
            return Ok(schedule);
        }
        let slot_use = SlotUse::read(&**engine.store(), run.id(), summary.last_seq).await?;
        let schedule = slot_use.against(items);
        let mut known = self.known();
        known.insert(run.id(), schedule);
        if known.len() > KEPT {
            known.pop_first();
        }
        Ok(schedule)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
