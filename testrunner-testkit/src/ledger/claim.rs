//! Claiming.

use std::cmp::Reverse;

use testrunner_core::store::{Assignment, Candidates, ClaimRequest, Claimed, PREFER_WITHIN_US};
use testrunner_core::{Epoch, EventBody, ItemId, ItemState, LeaseKey, Status, TestrunId, Timestamp};

use super::run::{Row, Run};
use super::{Ledger, Mutant};

/// An item that may be claimed.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    run: TestrunId,
    item: ItemId,
    priority: i16,
    sort_key: i64,
}

impl Ledger {
    /// As [`WorkStore::claim`](testrunner_core::WorkStore::claim).
    pub fn claim(&mut self, now: Timestamp, request: &ClaimRequest) -> Claimed {
        let chosen = self.choose(now, request);
        let mut leases = Vec::new();
        for candidate in &chosen {
            let Ok(run) = self.run_mut(candidate.run) else { continue };
            leases.extend(run.place_of(candidate.item).map(|at| run.lease(at, now, request)));
        }
        for run in &mut self.runs {
            let claimed = chosen.iter().any(|candidate| candidate.run == run.id);
            if claimed && run.status == Status::Created {
                run.become_status(Status::Running, None, now);
            }
        }
        self.note_changes(now);
        let later = self.waiting(request).filter(|(_, row)| row.item.not_before > now);
        let next = later.map(|(_, row)| row.item.not_before).min();
        Claimed { leases, next_ready_in: next.map(|due| due.since(now)) }
    }

    /// Those that are due, in order; those of preferred Testruns first as long as they are near.
    fn choose(&self, now: Timestamp, request: &ClaimRequest) -> Vec<Candidate> {
        let asked_for = |item: ItemId| match &request.from {
            Candidates::Any => true,
            Candidates::Items(items) => items.contains(&item),
        };
        let due = |row: &Row| row.item.not_before <= now || self.makes(Mutant::DueIgnored);
        let candidates =
            self.waiting(request).filter(|(_, row)| due(row) && asked_for(row.item.id)).map(|(run, row)| {
                Candidate {
                    run: run.id,
                    item: row.item.id,
                    priority: run.new.priority,
                    sort_key: row.sort_key,
                }
            });
        let mut candidates: Vec<Candidate> = candidates.collect();
        candidates.sort_by_key(|it| (Reverse(it.priority), it.sort_key, it.item));
        if self.makes(Mutant::OrderByNumber) {
            candidates.sort_by_key(|it| it.item);
        }
        let Some(first) = candidates.first().copied() else { return Vec::new() };
        let goes_first = |it: &Candidate| {
            it.priority == first.priority
                && it.sort_key <= first.sort_key + PREFER_WITHIN_US
                && request.prefer.contains(&it.run)
        };
        let (mut chosen, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(goes_first);
        chosen.extend(others);
        chosen.truncate(request.max as usize);
        chosen
    }

    /// All that waits and that this claimer may have, due or not.
    fn waiting(&self, request: &ClaimRequest) -> impl Iterator<Item = (&Run, &Row)> {
        let may_have = |run: &Run| {
            let theirs = match &run.new.pinned_to {
                Some(_) if self.makes(Mutant::PinnedForAnyone) => true,
                Some(owner) => request.process.as_ref() == Some(owner),
                None => request.shared,
            };
            theirs && request.executors.contains(&run.new.executor) && run.stop.is_none()
        };
        let runs = self.runs.iter().filter(move |run| may_have(run));
        let rows = runs.flat_map(|run| run.rows.iter().map(move |row| (run, row)));
        rows.filter(|(_, row)| row.item.state == ItemState::Ready)
    }
}

impl Run {
    fn lease(&mut self, at: usize, now: Timestamp, request: &ClaimRequest) -> Assignment {
        let ttl = self.new.pinned_to.is_none().then_some(request.ttl);
        let row = &mut self.rows[at];
        row.appended_n = 0;
        let item = &mut row.item;
        item.state = ItemState::Leased;
        item.epoch = Epoch(item.epoch.0 + 1);
        item.attempts += 1;
        item.worker = Some(request.worker.clone());
        item.lease_until = ttl.map(|ttl| now.after(ttl));
        let (key, attempt) = (LeaseKey { item: item.id, epoch: item.epoch }, item.attempts);
        row.given.push((key.epoch, request.worker.clone()));
        let files = row.item.files.clone();
        self.say(Some(at), now, EventBody::ItemStarted { worker: request.worker.clone(), attempt });
        let told = |file: &&u32| self.files[**file as usize].is_some() && !self.makes(Mutant::DoneIgnored);
        Assignment {
            key,
            run: self.id,
            username: self.new.username.clone(),
            executor: self.new.executor.clone(),
            source: self.new.source.clone(),
            options: self.new.options.clone(),
            limits: self.new.limits.clone(),
            max_fail: self.new.max_fail,
            done: files.iter().filter(told).copied().collect(),
            files,
            attempt,
            ttl,
            stop: self.stop.clone(),
        }
    }
}
