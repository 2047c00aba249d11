//! What happened to the Testruns as wholes.

use testrunner_core::store::{CHANGES_KEPT, Change, ChangePage};
use testrunner_core::{Status, TestrunId, Timestamp};

use super::{Ledger, Mutant};

impl Ledger {
    /// As [`Store::changes`](testrunner_core::Store::changes).
    #[must_use]
    pub fn changes(&self, after: u64, limit: u32) -> ChangePage {
        let last = self.changes.last().map_or(0, |change| change.n);
        let oldest = last.saturating_sub(CHANGES_KEPT) + 1;
        let missed = after > last || after + 1 < oldest;
        if missed && !self.makes(Mutant::MissedUnsaid) {
            return ChangePage { changes: Vec::new(), last, missed };
        }
        let limit = if limit == 0 { 1_000 } else { limit as usize };
        let known = self.changes.iter().filter(|change| change.n >= oldest && change.n > after);
        ChangePage { changes: known.take(limit).copied().collect(), last, missed: false }
    }

    /// Every verb's last step: what it changed, in the order of the Testruns.
    pub(super) fn note_changes(&mut self, now: Timestamp) {
        let changed = self.runs.iter_mut().filter(|run| run.told != Some(run.status));
        for run in changed {
            run.told = Some(run.status);
            let claimed = run.status == Status::Running;
            if claimed && self.mutant == Some(Mutant::ClaimNoChange) {
                continue;
            }
            let n = self.changes.len() as u64 + 1;
            let (run, status, reason) = (run.id, Some(run.status), run.reason);
            self.changes.push(Change { n, run, at: now, status, reason });
        }
    }

    pub(super) fn note_removal(&mut self, run: TestrunId, now: Timestamp) {
        let n = self.changes.len() as u64 + 1;
        self.changes.push(Change { n, run, at: now, status: None, reason: None });
    }
}
