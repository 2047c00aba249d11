//! What the holder of a lease may do.

use std::time::Duration;

use testrunner_core::event::{FileFinish, NewEvent, ReturnWhy};
use testrunner_core::rules;
use testrunner_core::store::{
    Appended, Batch, Finished, LeaseStatus, Outcome, StoreError, StoreErrorKind, StoreResult,
};
use testrunner_core::testrun::{FileResult, StopWhy};
use testrunner_core::{CaseCounts, EventBody, FailReason, FileOutcome, Item, ItemState, LeaseKey, Timestamp};

use super::run::{Ended, Run};
use super::{Ledger, Mutant, invalid};

impl Ledger {
    /// As [`WorkStore::renew`](testrunner_core::WorkStore::renew).
    pub fn renew(&mut self, now: Timestamp, keys: &[LeaseKey], ttl: Duration) -> Vec<LeaseStatus> {
        let only_lengthens = self.makes(Mutant::RenewOnlyLengthens);
        let renew_one = |key: &LeaseKey| {
            let Ok((id, at)) = self.held(now, *key) else { return LeaseStatus::Lost };
            let Ok(run) = self.run_mut(id) else { return LeaseStatus::Lost };
            if run.new.pinned_to.is_none() {
                let item = &mut run.rows[at].item;
                let before = item.lease_until.filter(|_| only_lengthens);
                item.lease_until = before.max(Some(now.after(ttl)));
            }
            LeaseStatus::Held { stop: run.stop.clone() }
        };
        keys.iter().map(renew_one).collect()
    }

    /// As [`WorkStore::append`](testrunner_core::WorkStore::append).
    ///
    /// # Errors
    /// `Fenced`, `Gap`, `Invalid`.
    pub fn append(&mut self, now: Timestamp, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        let (id, at) = self.held(now, key)?;
        let burns = self.makes(Mutant::SeqGap);
        let run = self.run_mut(id)?;
        let mut next = run.clone();
        let written = next.write(at, batch, now);
        if written.is_err() && burns {
            run.skipped += 1;
        }
        written?;
        let appended = Appended {
            next_n: next.rows[at].appended_n,
            last_seq: next.last_seq(),
            stop: next.stop.clone(),
            log_bytes: next.log_bytes(),
        };
        self.keep(next)?;
        Ok(appended)
    }

    /// As [`WorkStore::finish`](testrunner_core::WorkStore::finish).
    ///
    /// # Errors
    /// `Fenced`, `Gap`, `Invalid`.
    pub fn finish(
        &mut self,
        now: Timestamp,
        key: LeaseKey,
        tail: Batch<'_>,
        outcome: &Outcome,
    ) -> StoreResult<Finished> {
        let (id, at) = self.ends(now, key)?;
        let piecemeal = self.makes(Mutant::TailBeforeVerdict);
        let run = self.run_mut(id)?;
        let mut next = run.clone();
        if next.rows[at].item.state == ItemState::Leased {
            next.write(at, tail, now)?;
            if piecemeal {
                *run = next.clone();
            }
            next.end_lease(at, outcome, now)?;
            next.end_if_done(now);
        }
        let finished = Finished {
            item: next.rows[at].item.state,
            run: next.status,
            last_seq: next.last_seq(),
            ready: next.ticket(at),
        };
        self.keep(next)?;
        self.note_changes(now);
        Ok(finished)
    }

    /// The item of a lease that is held: it is leased, and under this epoch. Whether the lease has run out does
    /// not matter as long as nobody took the item over.
    fn held(&self, now: Timestamp, key: LeaseKey) -> StoreResult<(testrunner_core::TestrunId, usize)> {
        let (run, at) = self.find(key.item).ok_or_else(|| StoreError::fenced(key))?;
        let item = &run.rows[at].item;
        let late = item.lease_until.is_some_and(|until| until < now) && self.makes(Mutant::ExpiryFences);
        if item.state == ItemState::Leased && run.is_newest(at, key) && !late {
            Ok((run.id, at))
        } else {
            Err(StoreError::fenced(key))
        }
    }

    /// As [`held`](Self::held), or ended by this very holder: whoever else ends a lease raises the epoch.
    fn ends(&self, now: Timestamp, key: LeaseKey) -> StoreResult<(testrunner_core::TestrunId, usize)> {
        let (run, at) = self.find(key.item).ok_or_else(|| StoreError::fenced(key))?;
        let item = &run.rows[at].item;
        let leased = item.state == ItemState::Leased;
        if leased && self.makes(Mutant::FinishIgnoresTheEpoch) {
            return Ok((run.id, at));
        }
        if leased || self.makes(Mutant::FinishOnlyOnce) {
            return self.held(now, key);
        }
        let was_given = item.attempts > 0;
        if was_given && run.is_newest(at, key) { Ok((run.id, at)) } else { Err(StoreError::fenced(key)) }
    }

    /// Keeps a Testrun as it is now, and what its files took, for the planner.
    fn keep(&mut self, next: Run) -> StoreResult<()> {
        let run = self.run_mut(next.id)?;
        let fresh = next.log[run.log.len()..].to_vec();
        let (suite, files) = (next.new.suite.clone(), next.new.files.clone());
        *run = next;
        for event in fresh {
            let EventBody::FileFinished(finish) = event.body else { continue };
            // A file that was stopped says nothing about how long it takes.
            if !matches!(finish.outcome, FileOutcome::Cancelled | FileOutcome::NotRun) {
                let path = files[finish.file as usize].path.clone();
                self.timings.insert((suite.clone(), path), finish.duration);
            }
        }
        Ok(())
    }
}

impl Run {
    fn is_newest(&self, at: usize, key: LeaseKey) -> bool {
        let row = &self.rows[at];
        if self.makes(Mutant::FenceByWorkerName) {
            let holder = row.given.iter().find(|(epoch, _)| *epoch == key.epoch);
            return holder.is_some_and(|(_, worker)| row.item.worker.as_ref() == Some(worker));
        }
        row.item.epoch == key.epoch
    }

    /// Stores what of a batch is not stored yet, and stops the Testrun when that was one failure too many.
    fn write(&mut self, at: usize, batch: Batch<'_>, now: Timestamp) -> StoreResult<()> {
        let expected_n = self.rows[at].appended_n;
        if batch.from_n > expected_n && !self.makes(Mutant::GapAccepted) {
            let message = format!("events from {expected_n} on are missing");
            return Err(StoreError::new(StoreErrorKind::Gap { expected_n }, message));
        }
        if self.makes(Mutant::MaxFailLater) {
            self.stop_at_max_fail(now);
        }
        for (n, event) in (batch.from_n..).zip(batch.events) {
            if n >= expected_n || self.makes(Mutant::AppendTwice) {
                self.write_one(at, event)?;
                self.rows[at].appended_n = self.rows[at].appended_n.max(n + 1);
            }
        }
        if !self.makes(Mutant::MaxFailLater) {
            self.stop_at_max_fail(now);
        }
        Ok(())
    }

    fn stop_at_max_fail(&mut self, now: Timestamp) {
        if self.new.max_fail.is_some_and(|max| self.failures() >= max) {
            self.mark(StopWhy::FailFast, "max_fail", now);
        }
    }

    fn write_one(&mut self, at: usize, event: &NewEvent) -> StoreResult<()> {
        let (body, item) = (&event.body, &self.rows[at].item);
        let file = body.file().filter(|file| body.is_holders() && item.files.contains(file));
        let Some(file) = file else {
            return Err(invalid(format!("{} is not for the holder of item {}", body.kind(), item.id)));
        };
        let key = LeaseKey { item: item.id, epoch: item.epoch };
        let closes = matches!(body, EventBody::Case(_) | EventBody::FileFinished(_));
        if closes && self.files[file as usize].is_some() && !self.makes(Mutant::SecondResult) {
            return Err(invalid(format!("file {file} has a result")));
        }
        if let EventBody::FileFinished(finish) = body {
            let result = FileResult {
                outcome: finish.outcome,
                duration: finish.duration,
                collected: finish.collected,
                reported: finish.reported,
                counts: self.count(key, finish),
                message: finish.message.clone(),
            };
            self.files[file as usize] = Some(Ended { result, by: Some(key) });
        }
        self.say(Some(at), event.at, body.clone());
        Ok(())
    }

    /// The cases that this lease reported of the file.
    fn count(&self, key: LeaseKey, finish: &FileFinish) -> CaseCounts {
        let mut counts = CaseCounts::default();
        if self.makes(Mutant::CountsFromTheCaller) {
            counts.passed = finish.reported;
            return counts;
        }
        for event in &self.log {
            let same_epoch = event.epoch == Some(key.epoch) || self.makes(Mutant::LostCasesCount);
            match &event.body {
                EventBody::Case(case)
                    if case.file == finish.file && event.item == Some(key.item) && same_epoch =>
                {
                    counts.add(case.outcome, 1);
                }
                _ => {}
            }
        }
        counts
    }

    fn end_lease(&mut self, at: usize, outcome: &Outcome, now: Timestamp) -> StoreResult<()> {
        let stopped = self.stop.is_some() && !self.makes(Mutant::ReturnWithoutRecheck);
        match outcome {
            Outcome::Completed => {
                let files = self.rows[at].item.files.clone();
                let ended = files.iter().filter_map(|file| self.files[*file as usize].as_ref());
                let outcomes: Vec<FileOutcome> = ended.map(|ended| ended.result.outcome).collect();
                if outcomes.len() < files.len() && !self.makes(Mutant::CompletedOnTrust) {
                    return Err(invalid("completed, but a file has no result"));
                }
                self.end_item(at, rules::item_end(outcomes).state(), None, None, now);
            }
            Outcome::Cancelled if self.stop.is_none() => {
                return Err(invalid("cancelled, but nobody asked for it"));
            }
            Outcome::Cancelled => self.end_item(at, ItemState::Cancelled, None, None, now),
            Outcome::Release if stopped => self.end_item(at, ItemState::Cancelled, None, None, now),
            Outcome::Release => self.release(at, now),
            Outcome::Infra { message, retry_in, fatal } => {
                self.rows[at].item.infra += 1;
                let message = Some(message.clone());
                if *fatal || self.rows[at].item.infra >= self.new.max_infra {
                    self.end_item(at, ItemState::Failed, Some(FailReason::Infra), message, now);
                } else if stopped {
                    self.end_item(at, ItemState::Cancelled, None, message, now);
                } else {
                    self.rows[at].item.not_before = now.after(*retry_in);
                    self.give_back(at, ReturnWhy::Infra, message, now);
                }
            }
        }
        Ok(())
    }

    fn release(&mut self, at: usize, now: Timestamp) {
        self.rows[at].item.not_before = Item::AT_ONCE;
        self.give_back(at, ReturnWhy::Drain, None, now);
        if self.makes(Mutant::ReleaseCounted) {
            self.rows[at].item.infra += 1;
        }
        if self.makes(Mutant::FenceByAttempts) {
            self.rows[at].item.epoch.0 -= 1;
        }
    }
}
