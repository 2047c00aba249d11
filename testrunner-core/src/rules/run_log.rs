//! One Testrun inside one transaction of a store: its head is read once, entries get their places in memory, and all is
//! written back at the end. So `seq` is dense, and its order is the order of the commits.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fate::{Fate, ItemEnd, Verdict};
use super::report::{Checked, Standing};
use super::{Tally, testrun_end};
use crate::clock::Timestamp;
use crate::event::{Event, EventBody, FileFinish, NewEvent, SCHEMA_VERSION};
use crate::id::{Epoch, LeaseKey, Seq, TestrunId};
use crate::store::{StoreError, StoreErrorKind, StoreResult};
use crate::testrun::{
    CaseCounts, CaseOutcome, FailReason, FileCounts, FileOutcome, ItemCounts, Status, StopMark, StopWhy,
};

/// What a write has to know of a Testrun, and may change.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its number.
    pub id: TestrunId,
    /// Where it stands.
    pub status: Status,
    /// Why it failed.
    pub reason: Option<FailReason>,
    /// It was asked to stop.
    pub stop: Option<StopMark>,
    /// When its first item was claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Larger is sooner.
    pub priority: i16,
    /// After how many failures it stops.
    pub max_fail: Option<u32>,
    /// How often workers may be lost with an item.
    pub max_lost: u32,
    /// How often infrastructure may fail an item.
    pub max_infra: u32,
    /// What is written with each report.
    pub counters: Counters,
}

/// What changes with each report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The last event.
    pub last_seq: Seq,
    /// Bytes of output.
    pub log_bytes: u64,
    /// About what its events take in the store, in bytes.
    pub bytes: u64,
    /// What `max_fail` is compared with.
    pub failures: u32,
    /// Items by how they stand.
    pub items: ItemCounts,
    /// Files by outcome.
    pub files: FileCounts,
    /// Cases by outcome.
    pub cases: CaseCounts,
}

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Version of what it says.
    pub v: u16,
    /// Its place.
    pub seq: Seq,
    /// When it happened.
    pub at: Timestamp,
    /// Whose holder has written it, or whose item it is about.
    pub lease: Option<LeaseKey>,
    /// What happened.
    pub body: EventBody,
}

impl Entry {
    /// An event as it stands in another ledger.
    ///
    /// # Errors
    /// `Invalid`: it names an item without an epoch, or the other way round.
    pub fn stored(event: &Event) -> StoreResult<Self> {
        let lease = match (event.item, event.epoch) {
            (Some(item), Some(epoch)) => Some(LeaseKey { item, epoch }),
            (None, None) => None,
            _ => {
                let message = format!("event {} has half a lease", event.seq);
                return Err(StoreError::new(StoreErrorKind::Invalid, message));
            }
        };
        Ok(Self { v: event.v, seq: event.seq, at: event.at, lease, body: event.body.clone() })
    }
}

/// A case on its way into the index of cases.
#[derive(Clone, Copy, Debug)]
pub struct CaseEntry {
    /// Its event.
    pub seq: Seq,
    /// Index of its file.
    pub file: u32,
    /// Of the lease that it was recorded under.
    pub epoch: Epoch,
    /// How it ended.
    pub outcome: CaseOutcome,
}

/// A file's result on its way to the file.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// The lease whose cases count.
    pub key: LeaseKey,
    /// Its event.
    pub seq: Seq,
    /// What that says.
    pub finish: FileFinish,
    /// The cases that count.
    pub cases: CaseCounts,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Entries {
    /// Events, in order.
    pub events: Vec<Entry>,
    /// Cases, in order.
    pub cases: Vec<CaseEntry>,
}

/// A Testrun that is being written to.
#[derive(Debug)]
pub struct RunLog {
    head: Head,
    before: Head,
    entries: Entries,
    files: Vec<FileEntry>,
    took: BTreeMap<u32, Duration>,
}

/// About what an event takes in a store, in bytes: numbers, the row and its place in an index, and what it says.
#[must_use]
pub fn size(body: &EventBody) -> u64 {
    96 + body.weight() as u64
}

impl RunLog {
    /// As it is stored.
    #[must_use]
    pub fn new(head: Head) -> Self {
        let before = head.clone();
        Self { head, before, entries: Entries::default(), files: Vec::new(), took: BTreeMap::new() }
    }

    /// The Testrun as it is by now.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The same, when nothing is left to be written.
    #[must_use]
    pub fn into_head(self) -> Head {
        self.head
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> TestrunId {
        self.head.id
    }

    /// Whether events were added.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        self.head.counters.last_seq > self.before.counters.last_seq
    }

    /// Where the log ended when it was read.
    #[must_use]
    pub const fn seq_before(&self) -> Seq {
        self.before.counters.last_seq
    }

    /// Where the Testrun stood when it was read.
    #[must_use]
    pub const fn status_before(&self) -> Status {
        self.before.status
    }

    /// Whether the counters have changed.
    #[must_use]
    pub fn has_counted(&self) -> bool {
        self.head.counters != self.before.counters
    }

    /// Whether status or stop mark have changed.
    #[must_use]
    pub fn has_turned(&self) -> bool {
        (self.head.status, &self.head.stop) != (self.before.status, &self.before.stop)
    }

    /// What is to be written, once.
    pub fn take_entries(&mut self) -> Entries {
        std::mem::take(&mut self.entries)
    }

    /// Results of files to be written, once: from then on their cases count, as this log has them.
    pub fn take_files(&mut self) -> Vec<FileEntry> {
        std::mem::take(&mut self.files)
    }

    /// What files took that ran to their end, by their index.
    #[must_use]
    pub const fn took(&self) -> &BTreeMap<u32, Duration> {
        &self.took
    }

    /// What decides whether it goes on.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        let Head { stop, max_fail, max_infra, counters, .. } = &self.head;
        let (failures, max_fail, max_infra) = (counters.failures, *max_fail, *max_infra);
        Standing { stopped: stop.is_some(), failures, max_fail, max_infra }
    }

    /// Says something of the Testrun, or of an item.
    pub fn push(&mut self, at: Timestamp, lease: Option<LeaseKey>, body: EventBody) -> Seq {
        let counters = &mut self.head.counters;
        let seq = Seq(counters.last_seq.0 + 1);
        counters.last_seq = seq;
        counters.bytes += size(&body);
        self.entries.events.push(Entry { v: SCHEMA_VERSION, seq, at, lease, body });
        seq
    }

    /// The first event of a Testrun.
    pub fn create(&mut self, now: Timestamp) {
        self.push(now, None, EventBody::RunStatus { from: None, to: self.head.status, reason: None });
    }

    /// Starts a Testrun that has not, if items of it were claimed (R2).
    pub fn start(&mut self, now: Timestamp) {
        if self.head.status == Status::Created && self.has_grown() {
            self.head.started_at = Some(now);
            self.turn(now, Status::Running, None);
        }
    }

    /// Sets the stop mark, once. Tells whether it was set; then all items are to be cancelled that wait (I3).
    pub fn stop(&mut self, now: Timestamp, why: StopWhy, by: &str) -> bool {
        if self.head.stop.is_some() {
            return false;
        }
        self.head.stop = Some(StopMark { why, by: by.to_owned(), at: now });
        self.push(now, None, EventBody::StopRequested { why, by: by.to_owned() });
        true
    }

    /// Counts and says where an item goes.
    pub fn leave(&mut self, now: Timestamp, key: LeaseKey, verdict: Verdict) {
        let Verdict { fate, message, .. } = verdict;
        match fate {
            Fate::Back { why, .. } => {
                self.push(now, Some(key), EventBody::ItemReturned { why, message });
            }
            Fate::Ended(end) => self.end_item(now, key, end, message),
        }
    }

    /// Counts and says that an item is cancelled that waited.
    pub fn cancel(&mut self, now: Timestamp, key: LeaseKey) {
        self.end_item(now, key, ItemEnd::Cancelled, None);
    }

    fn end_item(&mut self, now: Timestamp, key: LeaseKey, end: ItemEnd, message: Option<String>) {
        let items = &mut self.head.counters.items;
        items.open = items.open.saturating_sub(1);
        match end {
            ItemEnd::Passed => items.passed += 1,
            ItemEnd::Failed(_) => items.failed += 1,
            ItemEnd::Cancelled => items.cancelled += 1,
        }
        let (state, reason) = (end.state(), end.reason());
        self.push(now, Some(key), EventBody::ItemFinished { state, reason, message });
    }

    /// So many files of ended items had no result.
    pub const fn mark_not_run(&mut self, files: u32) {
        self.head.counters.files.not_run += files;
    }

    /// Whether nothing is left to do, and nobody has said so.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.head.counters.items.open == 0 && !self.head.status.is_terminal()
    }

    /// Ends a Testrun that is done (R3, R4, R5), so many of whose items failed because workers were lost, and because of
    /// infrastructure.
    pub fn end(&mut self, now: Timestamp, worker_lost: u32, infra: u32) {
        let (to, reason) = testrun_end(&Tally {
            cancelled_items: self.head.counters.items.cancelled,
            stop: self.head.stop.as_ref().map(|stop| stop.why),
            worker_lost,
            infra,
            files: self.head.counters.files,
        });
        self.head.finished_at = Some(now);
        self.turn(now, to, reason);
    }

    /// Takes in events that were checked, with what they add up to.
    pub(super) fn store(&mut self, key: LeaseKey, fresh: &[NewEvent], checked: &Checked<'_>) {
        let first = self.head.counters.last_seq.0 + 1;
        for event in fresh {
            let seq = self.push(event.at, Some(key), event.body.clone());
            if let EventBody::Case(case) = &event.body {
                let (file, epoch, outcome) = (case.file, key.epoch, case.outcome);
                self.entries.cases.push(CaseEntry { seq, file, epoch, outcome });
            }
        }
        let counters = &mut self.head.counters;
        counters.failures += checked.failures;
        counters.log_bytes += checked.log_bytes;
        for end in &checked.ends {
            counters.files.add(end.finish.outcome);
            counters.cases.merge(&end.cases);
            // What did not run to its end says nothing about how long it takes.
            if !matches!(end.finish.outcome, FileOutcome::NotRun | FileOutcome::Cancelled) {
                self.took.insert(end.finish.file, end.finish.duration);
            }
            let seq = Seq(first + i64::try_from(end.at).unwrap_or(i64::MAX));
            self.files.push(FileEntry { key, seq, finish: end.finish.clone(), cases: end.cases });
        }
    }

    fn turn(&mut self, now: Timestamp, to: Status, reason: Option<FailReason>) {
        let from = Some(self.head.status);
        (self.head.status, self.head.reason) = (to, reason);
        self.push(now, None, EventBody::RunStatus { from, to, reason });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ReturnWhy;
    use crate::id::ItemId;

    fn with_items(open: u32) -> RunLog {
        RunLog::new(Head {
            id: TestrunId(1),
            status: Status::Running,
            reason: None,
            stop: None,
            started_at: None,
            finished_at: None,
            priority: 0,
            max_fail: None,
            max_lost: 1,
            max_infra: 1,
            counters: Counters {
                last_seq: Seq(0),
                log_bytes: 0,
                bytes: 0,
                failures: 0,
                items: ItemCounts { open, ..ItemCounts::default() },
                files: FileCounts::default(),
                cases: CaseCounts::default(),
            },
        })
    }

    #[test]
    fn each_fate_is_counted_and_told_as_what_it_is() {
        let broken = ItemEnd::Failed(Some(FailReason::Infra));
        let back = Fate::Back { why: ReturnWhy::Drain, due: Timestamp(7) };
        let ends = [ItemEnd::Passed, ItemEnd::Failed(None), broken, ItemEnd::Cancelled];
        let (mut log, key) = (with_items(4), LeaseKey { item: ItemId(1), epoch: Epoch(1) });
        for fate in std::iter::once(back).chain(ends.map(Fate::Ended)) {
            let open = log.head.counters.items.open;
            log.leave(Timestamp(1), key, Verdict { fate, message: None, infra: 0 });
            let closed = open - log.head.counters.items.open;
            assert_eq!(closed, u32::from(!fate.state().is_open()), "{fate:?}");
            let told = log.take_entries().events.remove(0).body;
            match (fate, told) {
                (Fate::Back { why: given, .. }, EventBody::ItemReturned { why, .. }) => {
                    assert_eq!(why, given)
                }
                (Fate::Ended(end), EventBody::ItemFinished { state, reason, .. }) => {
                    assert_eq!((state, reason), (end.state(), end.reason()));
                }
                (fate, told) => panic!("{fate:?} is told as {told:?}"),
            }
        }
        let counted = ItemCounts { total: 0, open: 0, passed: 1, failed: 2, cancelled: 1 };
        assert_eq!(log.head.counters.items, counted);
        assert!(log.is_done());
    }
}
