//! The changes of all Testruns' statuses, the newest of them.

use std::collections::VecDeque;

use crate::clock::Timestamp;
use crate::id::TestrunId;
use crate::store::{CHANGES_KEPT, Change, ChangePage};
use crate::testrun::{FailReason, Status};

#[derive(Debug, Default)]
pub(super) struct Changes {
    kept: VecDeque<Change>,
    last: u64,
}

impl Changes {
    pub(super) fn note(
        &mut self,
        run: TestrunId,
        at: Timestamp,
        status: Option<Status>,
        reason: Option<FailReason>,
    ) {
        self.last += 1;
        self.kept.push_back(Change { n: self.last, run, at, status, reason });
        if self.kept.len() as u64 > CHANGES_KEPT {
            self.kept.pop_front();
        }
    }

    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Puts what one verb noted after `from` into the order of the Testruns.
    pub(super) fn sort_after(&mut self, from: u64) {
        let first = self.kept.partition_point(|change| change.n <= from);
        let noted = &mut self.kept.make_contiguous()[first..];
        let Some(mut n) = noted.first().map(|change| change.n) else { return };
        noted.sort_by_key(|change| change.run);
        for change in noted {
            change.n = n;
            n += 1;
        }
    }

    pub(super) fn page(&self, after: u64, limit: u32) -> ChangePage {
        if ChangePage::misses(after, self.last) {
            return ChangePage { changes: Vec::new(), last: self.last, missed: true };
        }
        let limit = if limit == 0 { 1_000 } else { limit as usize };
        let first = self.kept.partition_point(|change| change.n <= after);
        let changes = self.kept.range(first..).take(limit).copied().collect();
        ChangePage { changes, last: self.last, missed: false }
    }
}
