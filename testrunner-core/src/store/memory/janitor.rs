//! The janitor's verbs: taking back what was lost, ending what is overdue, removing what is old.

use std::collections::BTreeSet;

use super::index::Index;
use super::run::Run;
use super::state::State;
use crate::id::{ItemId, TestrunId};
use crate::rules::{Overdue, check_delete};
use crate::store::{Reaped, Retention, STOP_GRACE, StoreResult, Usage};
use crate::testrun::StopWhy;

impl State {
    /// `limit` bounds the leases that are taken back; what waits in a stopped Testrun is always cancelled with
    /// it, in one step.
    pub(super) fn reap(&mut self, limit: u32) -> Reaped {
        let changes = self.index.changes.last();
        let mut touched = self.reap_runs();
        let mut ready = Vec::new();
        let overdue: Vec<ItemId> = self.index.leased.iter().copied().collect();
        let mut left = limit;
        for id in overdue {
            if left == 0 {
                break;
            }
            let process = self.process.clone();
            let Some((run, at, index)) = self.item(id) else { continue };
            let owner_gone = run.summary.pinned_to.as_ref().is_some_and(|owner| *owner != process);
            if run.take_back(at, owner_gone, index) {
                left -= 1;
                run.end_if_done(index);
                touched.insert(run.summary.id);
                ready.extend(run.ticket(at));
            }
        }
        self.index.changes.sort_after(changes);
        Reaped { ready, touched: touched.into_iter().collect() }
    }

    /// Deadlines, and directory Testruns whose process is gone. A store in memory is seen by one process only,
    /// so every other one is gone.
    fn reap_runs(&mut self) -> BTreeSet<TestrunId> {
        let mut touched = BTreeSet::new();
        for id in self.index.open.clone() {
            let Some(run) = self.runs.get_mut(&id) else { continue };
            let (index, before) = (&mut self.index, run.summary.last_seq);
            if run.summary.deadline.is_some_and(|deadline| deadline < index.now) {
                run.stop(StopWhy::Deadline, "deadline", index);
            }
            if run.summary.pinned_to.as_ref().is_some_and(|owner| *owner != self.process) {
                run.cancel_waiting(index);
            }
            run.end_if_done(index);
            if run.summary.last_seq != before {
                touched.insert(id);
            }
        }
        touched
    }

    pub(super) fn delete(&mut self, id: TestrunId) -> StoreResult<()> {
        check_delete(id, self.run(id)?.summary.status)?;
        self.remove(id);
        Ok(())
    }

    pub(super) fn prune(&mut self, retention: &Retention, limit: u32) -> u64 {
        let mut removed = 0;
        while removed < u64::from(limit)
            && let Some((ended_at, id)) = self.index.ended.first().copied()
        {
            let too_old = retention.finished_before.is_some_and(|moment| ended_at < moment);
            let too_many = retention.newest.is_some_and(|newest| self.index.ended.len() as u64 > newest);
            let fits = || retention.bytes.is_none_or(|bytes| self.usage().bytes <= bytes);
            if !too_old && !too_many && fits() {
                break;
            }
            self.remove(id);
            removed += 1;
        }
        removed
    }

    /// The bytes of the logs and of the uploads that a Testrun has; what else there is does not count.
    pub(super) fn usage(&self) -> Usage {
        let events = self.runs.values().flat_map(|run| &run.events);
        let logs: u64 = events.map(|event| event.body.weight() as u64).sum();
        Usage { bytes: logs + self.blobs.used_bytes() }
    }

    fn remove(&mut self, id: TestrunId) {
        let Some(run) = self.runs.remove(&id) else { return };
        self.index.changes.note(id, self.index.now, None, None);
        if let Some(at) = run.summary.finished_at {
            self.index.ended.remove(&(at, id));
        }
        for row in &run.items {
            self.homes.remove(&row.item.id);
        }
        if let Some(key) = run.idempotency_key {
            self.keys.remove(&(run.summary.username, key));
        }
        if matches!(run.summary.source, crate::testrun::Source::Upload) {
            self.blobs.release(run.files.iter().filter_map(|file| file.digest), self.index.now);
        }
    }
}

impl Run {
    /// Takes a lease back if its time has come: I9, I10, I11. The holder is fenced from here on.
    fn take_back(&mut self, at: usize, owner_gone: bool, index: &mut Index) -> bool {
        let now = index.now;
        let item = &mut self.items[at].item;
        let lost = owner_gone || item.lease_until.is_some_and(|until| until < now);
        let ignored = self.summary.stop.as_ref().is_some_and(|mark| mark.at.after(STOP_GRACE) < now);
        if !lost && !ignored {
            return false;
        }
        let overdue = Overdue {
            lost,
            lost_before: item.lost,
            pinned: self.summary.pinned_to.is_some(),
            worker: item.worker.as_ref().map(|worker| worker.0.as_str()),
            infra: item.infra,
        };
        let verdict = overdue.verdict(self.summary.stop.is_some(), self.max_lost);
        item.lost = overdue.times_lost();
        self.end_lease(at, verdict, index);
        // After the event, which tells of the epoch that ends here.
        self.revoke(at);
        true
    }
}
