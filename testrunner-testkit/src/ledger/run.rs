//! One Testrun: what was submitted, what was said, and what follows from it.

use testrunner_core::event::{ReturnWhy, SCHEMA_VERSION};
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{self, Tally};
use testrunner_core::store::NewTestrun;
use testrunner_core::testrun::{
    FileCounts, FileRecord, FileResult, FileRole, ItemCounts, StopMark, StopWhy, Summary,
};
use testrunner_core::{
    CaseCounts, Epoch, Event, EventBody, FailReason, FileOutcome, Item, ItemId, ItemState, LeaseKey, Seq,
    Status, Testrun, TestrunId, Timestamp, WorkerId,
};

use super::Mutant;

#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: TestrunId,
    pub(super) new: NewTestrun,
    pub(super) mutant: Option<Mutant>,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) finished_at: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) reason: Option<FailReason>,
    pub(super) stop: Option<StopMark>,
    pub(super) rows: Vec<Row>,
    /// For each file how it ended.
    pub(super) files: Vec<Option<Ended>>,
    pub(super) log: Vec<Event>,
    /// Numbers that no event has: only a mutant leaves any out.
    pub(super) skipped: i64,
    /// The status that was last noted as a change.
    pub(super) told: Option<Status>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) item: Item,
    pub(super) sort_key: i64,
    /// Events of the newest lease.
    pub(super) appended_n: u64,
    /// Every lease that was given out; only a mutant asks for more than the newest.
    pub(super) given: Vec<(Epoch, WorkerId)>,
}

/// How a file ended, and who said so; nobody when it was not run.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) result: FileResult,
    pub(super) by: Option<LeaseKey>,
}

impl Run {
    pub(super) fn makes(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(super) fn place_of(&self, item: ItemId) -> Option<usize> {
        self.rows.iter().position(|row| row.item.id == item)
    }

    pub(super) fn last_seq(&self) -> Seq {
        self.log.last().map_or(Seq(0), |event| event.seq)
    }

    pub(super) fn ticket(&self, at: usize) -> Option<Ticket> {
        let item = &self.rows[at].item;
        let ticket = Ticket { item: item.id, run: self.id, priority: self.new.priority };
        (item.state == ItemState::Ready).then_some(ticket)
    }

    pub(super) fn tickets(&self) -> Vec<Ticket> {
        (0..self.rows.len()).filter_map(|at| self.ticket(at)).collect()
    }

    pub(super) fn testrun(&self) -> Testrun {
        let result = |ended: &Option<Ended>| ended.as_ref().map(|ended| ended.result.clone());
        let files = self.new.files.iter().zip(&self.files);
        let files = files.map(|(file, ended)| FileRecord { result: result(ended), ..file.clone() });
        Testrun { summary: self.summary(), files: files.collect() }
    }

    pub(super) fn summary(&self) -> Summary {
        let new = self.new.clone();
        Summary {
            id: self.id,
            username: new.username,
            status: self.status,
            reason: self.reason,
            executor: new.executor,
            source: new.source,
            pinned_to: new.pinned_to,
            suite: new.suite,
            options: new.options,
            limits: new.limits,
            plan: new.plan,
            items: self.item_counts(),
            files: self.file_counts(),
            cases: self.case_counts(),
            priority: new.priority,
            max_fail: new.max_fail,
            stop: self.stop.clone(),
            deadline: new.time_limit.map(|limit| self.created_at.after(limit)),
            retry_of: new.retry_of,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            last_seq: self.last_seq(),
            labels: new.labels,
        }
    }

    pub(super) fn item_counts(&self) -> ItemCounts {
        let of = |wanted: &[ItemState]| {
            self.rows.iter().filter(|row| wanted.contains(&row.item.state)).count() as u32
        };
        ItemCounts {
            total: self.rows.len() as u32,
            open: of(&[ItemState::Ready, ItemState::Leased]),
            passed: of(&[ItemState::Passed]),
            failed: of(&[ItemState::Failed]),
            cancelled: of(&[ItemState::Cancelled]),
        }
    }

    fn file_counts(&self) -> FileCounts {
        let tests = self.new.files.iter().filter(|file| file.role == FileRole::Test).count();
        let mut counts = FileCounts { total: tests as u32, ..FileCounts::default() };
        for ended in self.files.iter().flatten() {
            counts.add(ended.result.outcome);
        }
        counts
    }

    fn case_counts(&self) -> CaseCounts {
        let mut counts = CaseCounts::default();
        for ended in self.files.iter().flatten() {
            counts.merge(&ended.result.counts);
        }
        counts
    }

    /// What `max_fail` is compared with: bad cases, and bad files that have none.
    pub(super) fn failures(&self) -> u32 {
        let of = |result: &FileResult| result.counts.bad().max(u32::from(result.outcome.is_bad()));
        self.files.iter().flatten().map(|ended| of(&ended.result)).sum()
    }

    pub(super) fn log_bytes(&self) -> u64 {
        let bytes = |event: &Event| match &event.body {
            EventBody::Log(log) => log.data.len() as u64,
            _ => 0,
        };
        self.log.iter().map(bytes).sum()
    }

    /// Writes an event: of the item at `at`, or of the Testrun itself.
    pub(super) fn say(&mut self, at: Option<usize>, when: Timestamp, body: EventBody) {
        let item = at.map(|at| &self.rows[at].item);
        self.log.push(Event {
            v: SCHEMA_VERSION,
            run: self.id,
            seq: Seq(self.log.len() as i64 + 1 + self.skipped),
            at: when,
            item: item.map(|item| item.id),
            epoch: item.map(|item| item.epoch),
            body,
        });
    }

    /// Back to the queue.
    pub(super) fn give_back(&mut self, at: usize, why: ReturnWhy, message: Option<String>, now: Timestamp) {
        let item = &mut self.rows[at].item;
        (item.state, item.lease_until) = (ItemState::Ready, None);
        self.say(Some(at), now, EventBody::ItemReturned { why, message });
    }

    /// The item's end. Its files without a result were not run.
    pub(super) fn end_item(
        &mut self,
        at: usize,
        state: ItemState,
        reason: Option<FailReason>,
        message: Option<String>,
        now: Timestamp,
    ) {
        let item = &mut self.rows[at].item;
        (item.state, item.reason, item.lease_until) = (state, reason, None);
        for file in item.files.clone() {
            self.files[file as usize].get_or_insert_with(not_run);
        }
        self.say(Some(at), now, EventBody::ItemFinished { state, reason, message });
    }

    /// Sets the stop mark, if there is none, and cancels what waits.
    pub(super) fn mark(&mut self, why: StopWhy, by: &str, now: Timestamp) {
        if self.stop.is_some() {
            return;
        }
        self.stop = Some(StopMark { why, by: by.to_owned(), at: now });
        self.say(None, now, EventBody::StopRequested { why, by: by.to_owned() });
        if !self.makes(Mutant::MarkWithoutSweep) {
            self.cancel_waiting(now);
        }
    }

    pub(super) fn cancel_waiting(&mut self, now: Timestamp) {
        for at in 0..self.rows.len() {
            if self.rows[at].item.state == ItemState::Ready {
                self.end_item(at, ItemState::Cancelled, None, None, now);
            }
        }
    }

    pub(super) fn become_status(&mut self, to: Status, reason: Option<FailReason>, now: Timestamp) {
        let from = Some(self.status);
        (self.status, self.reason) = (to, reason);
        let when = if to.is_terminal() { &mut self.finished_at } else { &mut self.started_at };
        *when = Some(now);
        self.say(None, now, EventBody::RunStatus { from, to, reason });
    }

    /// When no item is open, the Testrun has ended.
    pub(super) fn end_if_done(&mut self, now: Timestamp) {
        if self.item_counts().open > 0 || self.status.is_terminal() {
            return;
        }
        let failed_for = |reason| {
            let rows = self.rows.iter().filter(|row| row.item.reason == Some(reason));
            rows.count() as u32
        };
        let (status, reason) = rules::testrun_end(&Tally {
            cancelled_items: self.item_counts().cancelled,
            stop: self.stop.as_ref().map(|mark| mark.why),
            worker_lost: failed_for(FailReason::WorkerLost),
            infra: failed_for(FailReason::Infra),
            files: self.file_counts(),
        });
        self.become_status(status, reason, now);
    }
}

fn not_run() -> Ended {
    let result = FileResult {
        outcome: FileOutcome::NotRun,
        duration: std::time::Duration::ZERO,
        collected: 0,
        reported: 0,
        counts: CaseCounts::default(),
        message: None,
    };
    Ended { result, by: None }
}
