//! The workers that there are: this server's own, and those that the store has heard of.

use testrunner_core::WorkerStatus;
use testrunner_core::store::{StoreResult, WorkerRecord};

use crate::state::Api;

#[derive(Debug, Default)]
pub(super) struct Fleet {
    /// This server's own, known at first hand.
    pub(super) own: Option<WorkerStatus>,
    pub(super) others: Vec<WorkerRecord>,
}

impl Fleet {
    pub(super) async fn of(api: &Api) -> StoreResult<Self> {
        // Without slots it is none.
        let own = api.engine.worker_status().filter(|own| own.slots > 0);
        let mut others = api.engine.store().workers().await?;
        others.retain(|record| own.as_ref().is_none_or(|own| own.id != record.notice.id));
        Ok(Self { own, others })
    }

    /// Somebody takes work.
    pub(super) fn works(&self) -> bool {
        self.taking().next().is_some()
    }

    /// Somebody who takes work has this executor.
    pub(super) fn has(&self, executor: &str) -> bool {
        self.taking().any(|(_, executors)| executors.iter().any(|name| name == executor))
    }

    /// The slots of all who take work.
    pub(super) fn slots(&self) -> usize {
        self.taking().map(|(slots, _)| slots).sum()
    }

    fn taking(&self) -> impl Iterator<Item = (usize, &[String])> {
        let own =
            self.own.iter().filter(|own| !own.draining).map(|own| (own.slots, own.executors.as_slice()));
        let others = self.others.iter().map(|record| &record.notice).filter(|notice| !notice.draining);
        own.chain(others.map(|notice| (notice.slots as usize, notice.executors.as_slice())))
    }
}
