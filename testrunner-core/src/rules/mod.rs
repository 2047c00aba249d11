//! The decisions that every store must take alike, as pure functions.

mod create;
mod end;
mod fate;
mod report;
mod run_log;
mod sheet;
mod stored;

pub use create::{check_new, check_repeated, digests_of, missing_bytes};
pub use end::{Overdue, check_delete, check_stop, needs_no_stop};
pub use fate::{Fate, ItemEnd, Verdict};
pub use report::{Checked, FileEnd, Lease, Results, Standing, check, fresh, verdict};
pub use run_log::{CaseEntry, Counters, Entries, Entry, FileEntry, Head, RunLog, size};
pub use sheet::{End, Holding, Needs, Report, Reported, Sheet, Step, Taken};
pub use stored::{from_stored, to_stored};

use crate::testrun::{FailReason, FileCounts, FileOutcome, Status, StopWhy};

/// How an item ends whose files all have an outcome.
#[must_use]
pub fn item_end(outcomes: impl IntoIterator<Item = FileOutcome>) -> ItemEnd {
    let good = outcomes.into_iter().all(FileOutcome::is_good);
    if good { ItemEnd::Passed } else { ItemEnd::Failed(None) }
}

/// What a Testrun's items and files add up to when no item is open any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items that were cancelled.
    pub cancelled_items: u32,
    /// Why the Testrun was asked to stop.
    pub stop: Option<StopWhy>,
    /// Items that failed because their worker was lost.
    pub worker_lost: u32,
    /// Items that failed because of infrastructure.
    pub infra: u32,
    /// Test files by outcome.
    pub files: FileCounts,
}

/// How a Testrun ends. The first reason that applies wins, in the order of [`FailReason`].
#[must_use]
pub const fn testrun_end(tally: &Tally) -> (Status, Option<FailReason>) {
    let reason = if tally.cancelled_items > 0 || tally.files.cancelled > 0 {
        match tally.stop {
            Some(StopWhy::Deadline) => FailReason::TimedOut,
            Some(StopWhy::FailFast) => FailReason::TestsFailed,
            Some(StopWhy::Cancel | StopWhy::Drain | StopWhy::LeaseLost) => FailReason::Cancelled,
            // Without a mark an item is cancelled only when its process is gone.
            None => FailReason::WorkerLost,
        }
    } else if tally.worker_lost > 0 {
        FailReason::WorkerLost
    } else if tally.infra > 0 {
        FailReason::Infra
    } else if tally.files.bad() > 0 {
        FailReason::TestsFailed
    } else if tally.files.passed == 0 {
        FailReason::NoTests
    } else {
        return (Status::Success, None);
    };
    (Status::Failed, Some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(change: impl FnOnce(&mut Tally)) -> (Status, Option<FailReason>) {
        let mut tally = Tally::default();
        tally.files.passed = 1;
        change(&mut tally);
        testrun_end(&tally)
    }

    #[test]
    fn success_needs_a_passed_file_and_nothing_else() {
        assert_eq!(end(|_| ()), (Status::Success, None));
        assert_eq!(end(|t| t.files.empty = 3), (Status::Success, None));
        assert_eq!(end(|t| t.files.passed = 0), (Status::Failed, Some(FailReason::NoTests)));
        // A cancel that came when all was done changes nothing.
        assert_eq!(end(|t| t.stop = Some(StopWhy::Cancel)), (Status::Success, None));
    }

    #[test]
    fn the_first_reason_wins() {
        let failed = |reason| (Status::Failed, Some(reason));
        let mut tally = Tally { files: FileCounts::default(), ..Tally::default() };
        assert_eq!(testrun_end(&tally), failed(FailReason::NoTests));
        tally.files.crashed = 1;
        assert_eq!(testrun_end(&tally), failed(FailReason::TestsFailed));
        tally.infra = 1;
        assert_eq!(testrun_end(&tally), failed(FailReason::Infra));
        tally.worker_lost = 1;
        assert_eq!(testrun_end(&tally), failed(FailReason::WorkerLost));
        tally.cancelled_items = 1;
        tally.stop = Some(StopWhy::Deadline);
        assert_eq!(testrun_end(&tally), failed(FailReason::TimedOut));
        tally.stop = Some(StopWhy::Cancel);
        assert_eq!(testrun_end(&tally), failed(FailReason::Cancelled));
        tally.stop = Some(StopWhy::FailFast);
        assert_eq!(testrun_end(&tally), failed(FailReason::TestsFailed));
    }

    #[test]
    fn every_bad_file_outcome_fails_item_and_testrun() {
        use strum::IntoEnumIterator as _;
        for outcome in FileOutcome::iter() {
            let item = item_end([FileOutcome::Passed, outcome]);
            assert_eq!(item == ItemEnd::Passed, outcome.is_good(), "{outcome}");
            let (_, reason) = end(|tally| tally.files.add(outcome));
            assert_eq!(reason == Some(FailReason::TestsFailed), outcome.is_bad(), "{outcome}");
        }
    }
}
