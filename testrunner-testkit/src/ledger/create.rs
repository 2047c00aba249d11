//! Creating, stopping and removing Testruns.

use std::collections::BTreeSet;

use testrunner_core::store::{
    Created, NewTestrun, Retention, StopOutcome, StoreError, StoreErrorKind, StoreResult,
};
use testrunner_core::testrun::{FileRole, StopWhy, check_labels};
use testrunner_core::{
    Epoch, EventBody, Item, ItemId, ItemState, NewItem, Source, Status, TestrunId, Timestamp,
};

use super::run::{Row, Run};
use super::{Ledger, Mutant, invalid};

impl Ledger {
    /// As [`Store::create`](testrunner_core::Store::create), under the next free numbers.
    ///
    /// # Errors
    /// `Invalid`, `Conflict`.
    pub fn create(&mut self, now: Timestamp, new: &NewTestrun) -> StoreResult<Created> {
        if self.makes(Mutant::NumbersReused) {
            self.last_run = self.runs.last().map_or(0, |run| run.id.0);
        }
        let run = TestrunId(self.last_run + 1);
        let items: Vec<_> = (self.last_item + 1..).map(ItemId).take(new.items.len()).collect();
        self.create_as(now, new, run, &items)
    }

    /// As [`create`](Self::create), under numbers that somebody else chose. They are larger than all before.
    ///
    /// # Errors
    /// `Invalid`, `Conflict`.
    pub fn create_as(
        &mut self,
        now: Timestamp,
        new: &NewTestrun,
        run: TestrunId,
        items: &[ItemId],
    ) -> StoreResult<Created> {
        if let Some(known) = self.known(new)? {
            return Ok(Created { run: known.testrun(), tickets: known.tickets(), existed: true });
        }
        check(new)?;
        self.check_bytes(new)?;
        let not_before = if self.makes(Mutant::SubmittedInTheFuture) { now } else { Item::AT_ONCE };
        let row = |(id, item): (&ItemId, &NewItem)| Row {
            item: waiting(*id, run, item, not_before),
            sort_key: now.0 + i64::from(item.rank) * 1_000_000,
            appended_n: 0,
            given: Vec::new(),
        };
        let mut created = Run {
            id: run,
            new: new.clone(),
            mutant: self.mutant,
            created_at: now,
            started_at: None,
            finished_at: None,
            status: Status::Created,
            reason: None,
            stop: None,
            rows: items.iter().zip(&new.items).map(row).collect(),
            files: vec![None; new.files.len()],
            log: Vec::new(),
            skipped: 0,
            told: None,
        };
        created.say(None, now, EventBody::RunStatus { from: None, to: Status::Created, reason: None });
        self.last_run = run.0;
        self.last_item = items.last().map_or(self.last_item, |last| last.0);
        let answer = Created { run: created.testrun(), tickets: created.tickets(), existed: false };
        self.runs.push(created);
        self.note_changes(now);
        Ok(answer)
    }

    /// As [`Store::keyed`](testrunner_core::Store::keyed).
    #[must_use]
    pub fn keyed(&self, username: &str, key: &str) -> Option<TestrunId> {
        let anybody = self.makes(Mutant::KeyOfAnybody);
        let bears = |run: &&Run| {
            let idempotency = run.new.idempotency.as_ref();
            (anybody || run.new.username == username) && idempotency.is_some_and(|own| own.key == key)
        };
        if self.makes(Mutant::KeyForgotten) { None } else { self.runs.iter().find(bears).map(|run| run.id) }
    }

    /// The Testrun that was created under the same key.
    fn known(&self, new: &NewTestrun) -> StoreResult<Option<&Run>> {
        let Some(wanted) = &new.idempotency else { return Ok(None) };
        let Some(run) = self.keyed(&new.username, &wanted.key) else { return Ok(None) };
        let run = self.run(run)?;
        if run.new.idempotency.as_ref() != Some(wanted) {
            let message = format!("the key {:?} was used for Testrun {}", wanted.key, run.id);
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        Ok(Some(run))
    }

    /// As [`Store::request_stop`](testrunner_core::Store::request_stop).
    ///
    /// # Errors
    /// `NotFound`, `Invalid`.
    pub fn request_stop(
        &mut self,
        now: Timestamp,
        id: TestrunId,
        why: StopWhy,
        by: &str,
    ) -> StoreResult<StopOutcome> {
        let absorbing = !self.makes(Mutant::EndNotAbsorbing);
        let run = self.run_mut(id)?;
        if matches!(why, StopWhy::Drain | StopWhy::LeaseLost) {
            return Err(invalid(format!("{why} concerns a worker, not a Testrun")));
        }
        if run.status.is_terminal() && absorbing {
            return Ok(StopOutcome::AlreadyTerminal { status: run.status });
        }
        if run.stop.is_some() {
            return Ok(StopOutcome::AlreadyRequested);
        }
        run.mark(why, by, now);
        run.end_if_done(now);
        self.note_changes(now);
        Ok(StopOutcome::Requested)
    }

    /// As [`Store::delete`](testrunner_core::Store::delete).
    ///
    /// # Errors
    /// `NotFound`, `Conflict`.
    pub fn delete(&mut self, now: Timestamp, id: TestrunId) -> StoreResult<()> {
        if !self.run(id)?.status.is_terminal() {
            return Err(StoreError::new(StoreErrorKind::Conflict, format!("Testrun {id} has not ended")));
        }
        self.remove(now, id);
        Ok(())
    }

    /// As [`Store::prune`](testrunner_core::Store::prune).
    pub fn prune(&mut self, now: Timestamp, retention: &Retention, limit: u32) -> u64 {
        self.forget_unused(now);
        let mut removed = 0;
        while removed < limit {
            let ended = self.runs.iter().filter_map(|run| Some((run.finished_at?, run.id)));
            let mut ended: Vec<_> = ended.collect();
            if !self.makes(Mutant::PrunedByNumber) {
                ended.sort_unstable();
            }
            let Some((at, oldest)) = ended.first().copied() else { break };
            let rules = [
                retention.finished_before.is_none_or(|moment| at >= moment),
                retention.newest.is_none_or(|newest| ended.len() as u64 <= newest),
                retention.bytes.is_none_or(|bytes| self.usage().bytes <= bytes),
            ];
            if rules == [true; 3] {
                break;
            }
            self.remove(now, oldest);
            removed += 1;
        }
        u64::from(removed)
    }

    fn remove(&mut self, now: Timestamp, id: TestrunId) {
        self.runs.retain(|run| run.id != id);
        self.forget_unused(now);
        self.note_removal(id, now);
    }
}

fn waiting(id: ItemId, run: TestrunId, item: &NewItem, not_before: Timestamp) -> Item {
    Item {
        id,
        run,
        files: item.files.clone(),
        weight_us: item.weight_us,
        state: ItemState::Ready,
        reason: None,
        epoch: Epoch(0),
        attempts: 0,
        lost: 0,
        infra: 0,
        worker: None,
        not_before,
        lease_until: None,
    }
}

fn check(new: &NewTestrun) -> StoreResult<()> {
    check_labels(&new.labels)?;
    if new.items.is_empty() || new.items.iter().any(|item| item.files.is_empty()) {
        return Err(invalid("a Testrun has items, and an item has files"));
    }
    if matches!(new.source, Source::Directory { .. }) && new.pinned_to.is_none() {
        return Err(invalid("a directory belongs to a process"));
    }
    let tests = (0..).zip(&new.files).filter(|(_, file)| file.role == FileRole::Test);
    let tests: BTreeSet<u32> = tests.map(|(index, _)| index).collect();
    let planned: Vec<u32> = new.items.iter().flat_map(|item| item.files.clone()).collect();
    let distinct: BTreeSet<u32> = planned.iter().copied().collect();
    if distinct != tests || planned.len() != tests.len() {
        return Err(invalid("every test file is in exactly one item, and nothing else is"));
    }
    Ok(())
}
