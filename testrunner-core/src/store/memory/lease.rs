//! What the holder of a lease may do: renew, append, finish.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::index::Index;
use super::run::Run;
use super::state::State;
use crate::event::{EventBody, FileFinish, NewEvent, ReturnWhy};
use crate::id::LeaseKey;
use crate::item::{Item, ItemState};
use crate::rules;
use crate::store::{
    Appended, Batch, Finished, LeaseStatus, Outcome, StoreError, StoreErrorKind, StoreResult,
};
use crate::testrun::{FailReason, FileOutcome, FileResult, StopWhy};

/// What a batch of events adds up to, found out before anything is stored.
#[derive(Default)]
struct Checked {
    /// Files that get their result by it.
    finished: BTreeSet<u32>,
    /// What it adds to the failures that `max_fail` counts.
    failures: u32,
}

impl State {
    /// The expiry of the lease is not looked at: until somebody takes the item over, it is still held.
    pub(super) fn renew(&mut self, key: LeaseKey, ttl: Duration) -> LeaseStatus {
        let Ok((run, at, index)) = self.held(key) else { return LeaseStatus::Lost };
        if run.summary.pinned_to.is_none() {
            run.items[at].item.lease_until = Some(index.now.after(ttl));
        }
        LeaseStatus::Held { stop: run.summary.stop.clone() }
    }

    pub(super) fn append(&mut self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        let (run, at, index) = self.held(key)?;
        let fresh = run.fresh(at, batch)?;
        let checked = run.check(at, fresh)?;
        run.store(at, fresh, &checked, index);
        Ok(Appended {
            next_n: run.items[at].appended_n,
            last_seq: run.summary.last_seq,
            stop: run.summary.stop.clone(),
            log_bytes: run.log_bytes,
        })
    }

    pub(super) fn finish(
        &mut self,
        key: LeaseKey,
        tail: Batch<'_>,
        outcome: &Outcome,
    ) -> StoreResult<Finished> {
        let fenced = || StoreError::fenced(key);
        let (run, at, index) = self.item(key.item).ok_or_else(fenced)?;
        let item = &run.items[at].item;
        // Whoever takes a lease away raises the epoch. So an equal one that is not leased means that this very
        // holder ended it and did not get our answer. (An item that nobody ever claimed has no holder.)
        if item.epoch != key.epoch || item.attempts == 0 {
            return Err(fenced());
        }
        if item.state == ItemState::Leased {
            let fresh = run.fresh(at, tail)?;
            let checked = run.check(at, fresh)?;
            run.check_outcome(at, outcome, &checked)?;
            run.store(at, fresh, &checked, index);
            run.end_lease(at, outcome, index);
            run.end_if_done(index);
        }
        Ok(Finished {
            item: run.items[at].item.state,
            run: run.summary.status,
            last_seq: run.summary.last_seq,
            ready: run.ticket(at),
        })
    }

    fn held(&mut self, key: LeaseKey) -> StoreResult<(&mut Run, usize, &mut Index)> {
        let found = self.item(key.item).filter(|(run, at, _)| {
            let item = &run.items[*at].item;
            item.epoch == key.epoch && item.state == ItemState::Leased
        });
        found.ok_or_else(|| StoreError::fenced(key))
    }
}

impl Run {
    /// The events of the batch that are not stored yet.
    fn fresh<'a>(&self, at: usize, batch: Batch<'a>) -> StoreResult<&'a [NewEvent]> {
        let expected_n = self.items[at].appended_n;
        let Some(known) = expected_n.checked_sub(batch.from_n) else {
            let message = format!("events from {expected_n} on are missing before {}", batch.from_n);
            return Err(StoreError::new(StoreErrorKind::Gap { expected_n }, message));
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        Ok(batch.events.get(known..).unwrap_or_default())
    }

    fn check(&self, at: usize, events: &[NewEvent]) -> StoreResult<Checked> {
        let row = &self.items[at];
        let mut checked = Checked::default();
        let mut bad_cases: BTreeMap<u32, u32> = BTreeMap::new();
        for NewEvent { body, .. } in events {
            let kind = body.kind();
            let Some(file) = body.file().filter(|_| body.is_holders()) else {
                return Err(invalid(format!("{kind} events are not written by workers")));
            };
            if !row.item.files.contains(&file) {
                return Err(invalid(format!("{kind}: file {file} does not belong to item {}", row.item.id)));
            }
            let done = self.files[file as usize].result.is_some() || checked.finished.contains(&file);
            let before = || row.pending.get(&file).map_or(0, crate::testrun::CaseCounts::bad);
            match body {
                // What comes after the commit point could not be counted any more.
                EventBody::Case(_) | EventBody::FileFinished(_) if done => {
                    return Err(invalid(format!("{kind}: file {file} has a result already")));
                }
                EventBody::Case(case) if case.outcome.is_bad() => {
                    *bad_cases.entry(file).or_insert_with(before) += 1;
                }
                EventBody::FileFinished(finish) => {
                    let bad = bad_cases.get(&file).copied().unwrap_or_else(before);
                    checked.failures += bad.max(u32::from(finish.outcome.is_bad()));
                    checked.finished.insert(file);
                }
                _ => {}
            }
        }
        Ok(checked)
    }

    fn check_outcome(&self, at: usize, outcome: &Outcome, checked: &Checked) -> StoreResult<()> {
        match outcome {
            Outcome::Completed => {
                let missing = self.items[at].item.files.iter().find(|file| {
                    self.files[**file as usize].result.is_none() && !checked.finished.contains(file)
                });
                match missing {
                    Some(file) => Err(invalid(format!("completed, but file {file} has no result"))),
                    None => Ok(()),
                }
            }
            Outcome::Cancelled if !self.will_be_stopped(checked) => {
                Err(invalid("cancelled, but nobody asked the Testrun to stop"))
            }
            Outcome::Cancelled | Outcome::Release | Outcome::Infra { .. } => Ok(()),
        }
    }

    fn will_be_stopped(&self, checked: &Checked) -> bool {
        self.summary.stop.is_some() || self.reaches_max_fail(checked)
    }

    fn reaches_max_fail(&self, checked: &Checked) -> bool {
        let failures = self.failures.saturating_add(checked.failures);
        checked.failures > 0 && self.summary.max_fail.is_some_and(|max| failures >= max)
    }

    /// Stores checked events and what follows from them.
    fn store(&mut self, at: usize, events: &[NewEvent], checked: &Checked, index: &mut Index) {
        for event in events {
            match &event.body {
                EventBody::Case(case) => {
                    self.items[at].pending.entry(case.file).or_default().add(case.outcome, 1);
                }
                EventBody::Log(log) => self.log_bytes += log.data.len() as u64,
                EventBody::FileFinished(finish) => self.commit_file(at, finish, index),
                _ => {}
            }
            self.push(Some(at), event.at, event.body.clone());
        }
        self.items[at].appended_n += events.len() as u64;
        let stops = self.reaches_max_fail(checked);
        self.failures = self.failures.saturating_add(checked.failures);
        if stops {
            self.stop(StopWhy::FailFast, "max_fail", index);
        }
    }

    /// From here on the file's cases count: those of this lease, and no others.
    fn commit_file(&mut self, at: usize, finish: &FileFinish, index: &mut Index) {
        let row = &mut self.items[at];
        let counts = row.pending.remove(&finish.file).unwrap_or_default();
        let key = LeaseKey { item: row.item.id, epoch: row.item.epoch };
        let (file, summary) = (&mut self.files[finish.file as usize], &mut self.summary);
        file.result = Some(FileResult {
            outcome: finish.outcome,
            duration: finish.duration,
            collected: finish.collected,
            reported: finish.reported,
            counts,
            message: finish.message.clone(),
        });
        self.commits[finish.file as usize] = Some(key);
        summary.files.add(finish.outcome);
        summary.cases.merge(&counts);
        // A file that was stopped says nothing about how long it takes.
        if !matches!(finish.outcome, FileOutcome::Cancelled | FileOutcome::NotRun) {
            index.remember(&summary.suite, &file.path, finish.duration);
        }
    }

    fn end_lease(&mut self, at: usize, outcome: &Outcome, index: &mut Index) {
        let stopped = self.summary.stop.is_some();
        let cancelled = ItemState::Cancelled;
        match outcome {
            Outcome::Completed => {
                let results = self.items[at].item.files.iter();
                let results = results.filter_map(|file| self.files[*file as usize].result.as_ref());
                let state = rules::item_end(results.map(|result| result.outcome));
                self.end_item(at, state, None, None, index);
            }
            Outcome::Cancelled => self.end_item(at, cancelled, None, None, index),
            Outcome::Release if stopped => self.end_item(at, cancelled, None, None, index),
            Outcome::Release => self.return_item(at, ReturnWhy::Drain, None, Item::AT_ONCE, index),
            Outcome::Infra { message, retry_in, fatal } => {
                let item = &mut self.items[at].item;
                item.infra += 1;
                let message = Some(message.clone());
                if *fatal || item.infra >= self.max_infra {
                    self.end_item(at, ItemState::Failed, Some(FailReason::Infra), message, index);
                } else if stopped {
                    self.end_item(at, cancelled, None, message, index);
                } else {
                    let due = index.now.after(*retry_in);
                    self.return_item(at, ReturnWhy::Infra, message, due, index);
                }
            }
        }
    }
}

fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}
