//! What is done to Testruns and leases from outside: stops, deletions, leases that are taken back.

use super::fate::{Fate, ItemEnd, Verdict};
use crate::event::ReturnWhy;
use crate::id::TestrunId;
use crate::item::Item;
use crate::store::{StopOutcome, StoreError, StoreErrorKind, StoreResult};
use crate::testrun::{FailReason, Status, StopWhy};

/// Whether a Testrun may be asked to stop for this reason.
///
/// # Errors
/// `Invalid`.
pub fn check_stop(why: StopWhy) -> StoreResult<()> {
    match why {
        StopWhy::Drain | StopWhy::LeaseLost => {
            let message = format!("{why} stops a worker, never a Testrun");
            Err(StoreError::new(StoreErrorKind::Invalid, message))
        }
        StopWhy::Cancel | StopWhy::FailFast | StopWhy::Deadline => Ok(()),
    }
}

/// The answer to a stop of a Testrun that has ended, or was asked before; `None`: it is to be stopped.
#[must_use]
pub const fn needs_no_stop(status: Status, stopped: bool) -> Option<StopOutcome> {
    match (status.is_terminal(), stopped) {
        (true, _) => Some(StopOutcome::AlreadyTerminal { status }),
        (false, true) => Some(StopOutcome::AlreadyRequested),
        (false, false) => None,
    }
}

/// Whether a Testrun may be deleted.
///
/// # Errors
/// `Conflict`: it has not ended.
pub fn check_delete(run: TestrunId, status: Status) -> StoreResult<()> {
    if status.is_terminal() {
        return Ok(());
    }
    let message =
        format!("Testrun {run} is {status} and cannot be deleted; cancel it, and wait until it has ended");
    Err(StoreError::new(StoreErrorKind::Conflict, message))
}

/// A lease that is taken back: its holder was lost, or has not stopped in time.
#[derive(Clone, Copy, Debug)]
pub struct Overdue<'a> {
    /// The holder was lost, not just slow to stop.
    pub lost: bool,
    /// How often holders of the item were lost before.
    pub lost_before: u32,
    /// The item can be run by the process alone that is gone.
    pub pinned: bool,
    /// The holder.
    pub worker: Option<&'a str>,
    /// How often infrastructure has failed the item.
    pub infra: u32,
}

impl Overdue<'_> {
    /// How often holders of the item were lost by now.
    #[must_use]
    pub fn times_lost(&self) -> u32 {
        self.lost_before + u32::from(self.lost)
    }

    /// Where the item goes (I9, I10, I11).
    #[must_use]
    pub fn verdict(&self, stopped: bool, max_lost: u32) -> Verdict {
        let (worker, times) = (self.worker.unwrap_or("the worker"), self.times_lost());
        let is_last = self.pinned || times >= max_lost;
        let message = match (self.lost, self.pinned) {
            (false, _) => format!("{worker} did not stop it in time"),
            (true, true) => "the process that ran it is gone".to_owned(),
            (true, false) if is_last && times > 1 && !stopped => {
                format!("{worker} was lost, as were all before it: {times} in all")
            }
            (true, false) => format!("{worker} was lost"),
        };
        let fate = match (stopped, is_last) {
            (true, _) => Fate::Ended(ItemEnd::Cancelled),
            (false, true) => Fate::Ended(ItemEnd::Failed(Some(FailReason::WorkerLost))),
            (false, false) => Fate::Back { why: ReturnWhy::WorkerLost, due: Item::AT_ONCE },
        };
        Verdict { fate, message: Some(message), infra: self.infra }
    }
}
