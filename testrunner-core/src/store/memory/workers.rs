//! Who works here.

use std::collections::BTreeMap;

use super::state::State;
use crate::clock::Timestamp;
use crate::id::WorkerId;
use crate::store::{WORKER_LISTED, WorkerNotice, WorkerRecord};

/// The workers, by name.
pub(super) type Workers = BTreeMap<WorkerId, WorkerRecord>;

impl State {
    pub(super) fn announce(&mut self, notice: &WorkerNotice) {
        let now = self.index.now;
        self.workers.retain(|_, record| is_listed(record, now));
        let since = self.workers.get(&notice.id).map_or(now, |known| known.since);
        let record = WorkerRecord { notice: notice.clone(), since, seen_at: now };
        self.workers.insert(notice.id.clone(), record);
    }

    pub(super) fn workers(&self, now: Timestamp) -> Vec<WorkerRecord> {
        self.workers.values().filter(|record| is_listed(record, now)).cloned().collect()
    }
}

fn is_listed(record: &WorkerRecord, now: Timestamp) -> bool {
    record.seen_at.after(WORKER_LISTED) > now
}
