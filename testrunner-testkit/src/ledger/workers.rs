//! Who works here.

use testrunner_core::store::{WORKER_LISTED, WorkerNotice, WorkerRecord};
use testrunner_core::{Timestamp, WorkerId};

use super::{Ledger, Mutant};

impl Ledger {
    /// As [`WorkStore::announce`](testrunner_core::WorkStore::announce).
    pub fn announce(&mut self, now: Timestamp, notice: &WorkerNotice) {
        let known = self.workers(now).into_iter().find(|record| record.notice.id == notice.id);
        let since = known.filter(|_| !self.makes(Mutant::WorkerAlwaysNew)).map_or(now, |known| known.since);
        self.workers.retain(|record| record.notice.id != notice.id);
        self.workers.push(WorkerRecord { notice: notice.clone(), since, seen_at: now });
    }

    /// As [`WorkStore::depart`](testrunner_core::WorkStore::depart).
    pub fn depart(&mut self, worker: &WorkerId) {
        self.workers.retain(|record| record.notice.id != *worker);
    }

    /// As [`Store::workers`](testrunner_core::Store::workers).
    #[must_use]
    pub fn workers(&self, now: Timestamp) -> Vec<WorkerRecord> {
        let listed = |record: &&WorkerRecord| {
            record.seen_at.after(WORKER_LISTED) > now || self.makes(Mutant::SilentWorkersListed)
        };
        let mut workers: Vec<_> = self.workers.iter().filter(listed).cloned().collect();
        workers.sort_by(|one, other| one.notice.id.cmp(&other.notice.id));
        workers
    }
}
