//! One Testrun with its rows, and the steps that it and its items take. Every step writes its own event.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::index::{Index, Place};
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, ReturnWhy, SCHEMA_VERSION};
use crate::id::{Epoch, ItemId, LeaseKey, Seq};
use crate::item::{Item, ItemState};
use crate::queue::Ticket;
use crate::rules::{self, ItemEnd, Tally};
use crate::testrun::{
    CaseCounts, FailReason, FileOutcome, FileRecord, FileResult, Status, StopMark, StopWhy, Summary, Testrun,
};

pub(super) struct Run {
    pub(super) summary: Summary,
    pub(super) files: Vec<FileRecord>,
    /// For each file the lease whose `file_finished` makes its cases count.
    pub(super) commits: Vec<Option<LeaseKey>>,
    pub(super) items: Vec<ItemRow>,
    pub(super) events: Vec<Event>,
    pub(super) log_bytes: u64,
    /// What `max_fail` is compared with.
    pub(super) failures: u32,
    pub(super) max_lost: u32,
    pub(super) max_infra: u32,
    pub(super) idempotency_key: Option<String>,
}

pub(super) struct ItemRow {
    pub(super) item: Item,
    pub(super) sort_key: i64,
    /// Events of the newest lease that are stored.
    pub(super) appended_n: u64,
    /// When the newest lease was claimed.
    pub(super) claimed_at: Timestamp,
    /// Cases of the newest lease by file, until the file is finished.
    pub(super) pending: HashMap<u32, CaseCounts>,
}

impl ItemRow {
    pub(super) const fn place(&self, priority: i16) -> Place {
        Place { priority: Reverse(priority), sort_key: self.sort_key, item: self.item.id }
    }
}

impl Run {
    pub(super) fn testrun(&self) -> Testrun {
        Testrun { summary: self.summary.clone(), files: self.files.clone() }
    }

    /// Where an item stands among its Testrun's: their numbers follow one another.
    pub(super) fn place_of(&self, id: ItemId) -> Option<usize> {
        let first = self.items.first()?.item.id;
        usize::try_from(id.0 - first.0).ok().filter(|at| *at < self.items.len())
    }

    pub(super) fn ticket(&self, at: usize) -> Option<Ticket> {
        let item = &self.items[at].item;
        let ready = item.state == ItemState::Ready;
        ready.then_some(Ticket { item: item.id, run: item.run, priority: self.summary.priority })
    }

    /// Adds an event to the log; of the item at `at`, or of the Testrun itself.
    pub(super) fn push(&mut self, at: Option<usize>, when: Timestamp, body: EventBody) {
        let item = at.map(|at| &self.items[at].item);
        let seq = Seq(self.summary.last_seq.0 + 1);
        self.events.push(Event {
            v: SCHEMA_VERSION,
            run: self.summary.id,
            seq,
            at: when,
            item: item.map(|item| item.id),
            epoch: item.map(|item| item.epoch),
            body,
        });
        self.summary.last_seq = seq;
    }

    /// The only place where an item's state changes: the counts and the index follow.
    pub(super) fn set_state(
        &mut self,
        at: usize,
        to: ItemState,
        not_before: Option<Timestamp>,
        index: &mut Index,
    ) {
        let (row, counts) = (&mut self.items[at], &mut self.summary.items);
        let (from, place) = (row.item.state, row.place(self.summary.priority));
        debug_assert!(from.can_become(to), "item {}: {from} -> {to}", row.item.id);
        // Leaves its old place under the old time, takes the new one under the new time.
        index.moved(place, row.item.not_before, Some(from), ItemState::Passed);
        row.item.not_before = not_before.unwrap_or(row.item.not_before);
        index.moved(place, row.item.not_before, None, to);
        row.item.state = to;
        row.item.lease_until = None;
        match to {
            ItemState::Ready | ItemState::Leased => return,
            ItemState::Passed => counts.passed += 1,
            ItemState::Failed => counts.failed += 1,
            ItemState::Cancelled => counts.cancelled += 1,
        }
        counts.open -= 1;
    }

    /// Back to the queue. The event carries the epoch whose word no longer counts.
    pub(super) fn return_item(
        &mut self,
        at: usize,
        why: ReturnWhy,
        message: Option<String>,
        not_before: Timestamp,
        index: &mut Index,
    ) {
        self.set_state(at, ItemState::Ready, Some(not_before), index);
        self.push(Some(at), index.now, EventBody::ItemReturned { why, message });
    }

    /// The item's end. Its files without a result were not run.
    pub(super) fn end_item(&mut self, at: usize, end: ItemEnd, message: Option<String>, index: &mut Index) {
        let (state, reason) = (end.state(), end.reason());
        self.set_state(at, state, None, index);
        let row = &mut self.items[at];
        row.item.reason = reason;
        row.pending.clear();
        for &file in &row.item.files {
            let result = &mut self.files[file as usize].result;
            if result.is_none() {
                *result = Some(NOT_RUN);
                self.summary.files.add(FileOutcome::NotRun);
            }
        }
        self.push(Some(at), index.now, EventBody::ItemFinished { state, reason, message });
    }

    /// Sets the stop mark, unless there is one, and cancels what waits: a Testrun with a mark has no item that
    /// is ready, at any time.
    pub(super) fn stop(&mut self, why: StopWhy, by: &str, index: &mut Index) -> bool {
        if self.summary.stop.is_some() {
            return false;
        }
        self.summary.stop = Some(StopMark { why, by: by.to_owned(), at: index.now });
        self.push(None, index.now, EventBody::StopRequested { why, by: by.to_owned() });
        self.cancel_waiting(index);
        true
    }

    pub(super) fn cancel_waiting(&mut self, index: &mut Index) {
        for at in 0..self.items.len() {
            if self.items[at].item.state == ItemState::Ready {
                self.end_item(at, ItemEnd::Cancelled, None, index);
            }
        }
    }

    /// Takes a lease away: from now on its holder is fenced.
    pub(super) fn revoke(&mut self, at: usize) {
        let epoch = &mut self.items[at].item.epoch;
        *epoch = Epoch(epoch.0 + 1);
    }

    pub(super) fn set_status(&mut self, to: Status, reason: Option<FailReason>, index: &mut Index) {
        let from = self.summary.status;
        debug_assert!(from.can_become(to), "Testrun {}: {from} -> {to}", self.summary.id);
        self.summary.status = to;
        self.summary.reason = reason;
        if to.is_terminal() {
            self.summary.finished_at = Some(index.now);
            index.open.remove(&self.summary.id);
            index.ended.insert((index.now, self.summary.id));
        } else {
            self.summary.started_at = Some(index.now);
        }
        index.changes.note(self.summary.id, index.now, Some(to), reason);
        let body = EventBody::RunStatus { from: Some(from), to, reason };
        self.push(None, index.now, body);
    }

    /// Ends the Testrun when no item is open. The last step of every verb that ends items.
    pub(super) fn end_if_done(&mut self, index: &mut Index) {
        if self.summary.items.open > 0 || self.summary.status.is_terminal() {
            return;
        }
        let failed_for = |reason| {
            let rows = self.items.iter().filter(|row| row.item.reason == Some(reason));
            u32::try_from(rows.count()).unwrap_or(u32::MAX)
        };
        let (status, reason) = rules::testrun_end(&Tally {
            cancelled_items: self.summary.items.cancelled,
            stop: self.summary.stop.as_ref().map(|mark| mark.why),
            worker_lost: failed_for(FailReason::WorkerLost),
            infra: failed_for(FailReason::Infra),
            files: self.summary.files,
        });
        self.set_status(status, reason, index);
    }
}

const NOT_RUN: FileResult = FileResult {
    outcome: FileOutcome::NotRun,
    duration: std::time::Duration::ZERO,
    collected: 0,
    reported: 0,
    counts: CaseCounts {
        passed: 0,
        failed: 0,
        error: 0,
        skipped: 0,
        xfailed: 0,
        xpassed: 0,
        crashed: 0,
        timed_out: 0,
    },
    message: None,
};
