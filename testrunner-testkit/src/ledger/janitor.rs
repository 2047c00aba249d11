//! Taking back what was lost, ending what is overdue.

use testrunner_core::event::ReturnWhy;
use testrunner_core::store::{Reaped, STOP_GRACE};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Epoch, FailReason, Item, ItemId, ItemState, ProcessId, Timestamp};

use super::run::Run;
use super::{Ledger, Mutant};

/// What the ledger itself has to say of an item's end. Other stores may choose other words.
pub(crate) const OWN_WORDS: &str = "the ledger took it back";

impl Ledger {
    /// As [`Store::reap`](testrunner_core::Store::reap).
    pub fn reap(&mut self, now: Timestamp, limit: u32) -> Reaped {
        let overdue = self.overdue(now, limit);
        self.take_back(now, &overdue)
    }

    /// The leases whose time has come, by number.
    pub(super) fn overdue(&self, now: Timestamp, limit: u32) -> Vec<ItemId> {
        let rows = self.runs.iter().flat_map(|run| run.rows.iter().map(move |row| (run, &row.item)));
        let overdue = rows.filter(|(run, item)| {
            item.state == ItemState::Leased
                && (run.lost(item.lease_until, now, &self.process) || run.ignores_the_stop(now))
        });
        let mut ids: Vec<ItemId> = overdue.map(|(_, item)| item.id).collect();
        ids.sort_unstable();
        ids.truncate(limit as usize);
        ids
    }

    /// Applies deadlines, ends the Testruns of dead processes, and takes back these leases.
    pub(super) fn take_back(&mut self, now: Timestamp, leases: &[ItemId]) -> Reaped {
        let mut reaped = Reaped::default();
        let process = self.process.clone();
        for run in &mut self.runs {
            let before = run.last_seq();
            let concerned = leases.iter().any(|item| run.place_of(*item).is_some());
            if run.status.is_terminal() && !concerned {
                continue;
            }
            let overdue = run.new.time_limit.is_some_and(|limit| run.created_at.after(limit) < now);
            if overdue && !run.makes(Mutant::DeadlineForgotten) {
                run.mark(StopWhy::Deadline, "deadline", now);
            }
            if run.orphaned(&process) {
                run.cancel_waiting(now);
            }
            for at in 0..run.rows.len() {
                if leases.contains(&run.rows[at].item.id) {
                    run.take_back(at, now, &process);
                    reaped.ready.extend(run.ticket(at));
                }
            }
            run.end_if_done(now);
            if run.last_seq() != before {
                reaped.touched.push(run.id);
            }
        }
        self.note_changes(now);
        reaped
    }
}

impl Run {
    /// Its process is gone, and nobody else may execute it.
    fn orphaned(&self, living: &ProcessId) -> bool {
        self.new.pinned_to.as_ref().is_some_and(|owner| owner != living)
    }

    fn lost(&self, lease_until: Option<Timestamp>, now: Timestamp, living: &ProcessId) -> bool {
        self.orphaned(living) || lease_until.is_some_and(|until| until < now)
    }

    fn ignores_the_stop(&self, now: Timestamp) -> bool {
        let patient = self.makes(Mutant::GraceForgotten);
        !patient && self.stop.as_ref().is_some_and(|mark| mark.at.after(STOP_GRACE) < now)
    }

    fn take_back(&mut self, at: usize, now: Timestamp, living: &ProcessId) {
        let lost = self.lost(self.rows[at].item.lease_until, now, living);
        let item = &mut self.rows[at].item;
        item.lost += u32::from(lost && self.mutant != Some(Mutant::LossesUncounted));
        let too_often = item.lost >= self.new.max_lost || self.orphaned(living);
        let stopped = self.stop.is_some() && !self.makes(Mutant::ReturnWithoutRecheck);
        let message = Some(OWN_WORDS.to_owned());
        if stopped {
            self.end_item(at, ItemState::Cancelled, None, message, now);
        } else if too_often {
            self.end_item(at, ItemState::Failed, Some(FailReason::WorkerLost), message, now);
        } else {
            self.rows[at].item.not_before = Item::AT_ONCE;
            self.give_back(at, ReturnWhy::WorkerLost, message, now);
        }
        // After the event, which tells of the epoch that ends here. From now on its holder is fenced.
        if !self.makes(Mutant::ReapKeepsTheEpoch) {
            let epoch = &mut self.rows[at].item.epoch;
            *epoch = Epoch(epoch.0 + 1);
        }
    }
}
