//! What the holder of a lease may do: renew, append, finish.

use std::time::Duration;

use super::index::Index;
use super::run::{ItemRow, Run};
use super::state::State;
use crate::event::{EventBody, FileFinish, NewEvent};
use crate::id::LeaseKey;
use crate::item::ItemState;
use crate::rules::{self, Checked, Fate, Lease, Results, Standing, Verdict};
use crate::store::{Appended, Batch, Finished, LeaseStatus, Outcome, StoreError, StoreResult};
use crate::testrun::{CaseCounts, FileOutcome, FileResult, StopWhy};

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
        let (lease, known) = run.known(at);
        let fresh = rules::fresh(lease, batch)?;
        let checked = rules::check(lease, &known, fresh)?;
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
            let (lease, known) = run.known(at);
            let fresh = rules::fresh(lease, tail)?;
            let checked = rules::check(lease, &known, fresh)?;
            let verdict = rules::verdict(lease, &known, &checked, run.standing(), outcome, index.now)?;
            run.store(at, fresh, &checked, index);
            run.end_lease(at, verdict, index);
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
    /// What the rules have to know of a lease.
    fn known(&self, at: usize) -> (Lease<'_>, Known<'_>) {
        let ItemRow { item, appended_n, .. } = &self.items[at];
        let key = LeaseKey { item: item.id, epoch: item.epoch };
        let (files, appended_n) = (item.files.as_slice(), *appended_n);
        let lease = Lease { key, run: item.run, files, appended_n, infra: item.infra };
        (lease, Known { run: self, at })
    }

    const fn standing(&self) -> Standing {
        Standing {
            stopped: self.summary.stop.is_some(),
            failures: self.failures,
            max_fail: self.summary.max_fail,
            max_infra: self.max_infra,
        }
    }

    /// Stores checked events and what follows from them.
    fn store(&mut self, at: usize, events: &[NewEvent], checked: &Checked<'_>, index: &mut Index) {
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
        let stops = self.standing().stops_by(checked);
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

    pub(super) fn end_lease(&mut self, at: usize, verdict: Verdict, index: &mut Index) {
        let Verdict { fate, message, infra } = verdict;
        self.items[at].item.infra = infra;
        match fate {
            Fate::Back { why, due } => self.return_item(at, why, message, due, index),
            Fate::Ended(end) => self.end_item(at, end, message, index),
        }
    }
}

struct Known<'a> {
    run: &'a Run,
    at: usize,
}

impl Results for Known<'_> {
    fn outcome(&self, file: u32) -> Option<FileOutcome> {
        self.run.files[file as usize].result.as_ref().map(|result| result.outcome)
    }

    fn cases(&self, file: u32) -> CaseCounts {
        self.run.items[self.at].pending.get(&file).copied().unwrap_or_default()
    }
}
