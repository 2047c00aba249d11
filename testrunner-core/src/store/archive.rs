//! Taking Testruns out of a ledger whole, and putting them into another one under the same numbers.

use std::time::Duration;

use async_trait::async_trait;

use super::{EventLimit, Idempotency, Store, StoreError, StoreErrorKind, StoreResult};
use crate::clock::Timestamp;
use crate::event::Event;
use crate::id::{Digest, Epoch, ItemId, Seq, TestrunId};
use crate::item::Item;
use crate::testrun::{Summary, Testrun};

/// A ledger whose Testruns can be moved to another one.
///
/// A Testrun comes in parts: pages of its log first, which nobody sees, then everything else in one transaction with
/// the last page. So it is there whole or not at all, and a copy that was broken off goes on where it stopped.
#[async_trait]
pub trait Archive: Store {
    /// The newest numbers that were ever given.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn numbers(&self) -> StoreResult<Numbers>;

    /// From now on no number up to these is given to a Testrun or an item. Changes are not counted so.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn reserve(&self, numbers: Numbers) -> StoreResult<()>;

    /// All that is stored of a Testrun but for its events and uploads, as it is at one moment.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn record(&self, run: TestrunId) -> StoreResult<Record>;

    /// The Testruns that have items of these numbers. Numbers that nobody has are absent.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn holders(&self, items: &[ItemId]) -> StoreResult<Vec<(ItemId, TestrunId)>>;

    /// Those of these digests of which there are no bytes.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn lacking(&self, digests: &[Digest]) -> StoreResult<Vec<Digest>>;

    /// The Testruns of which there are only events so far.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn parts(&self) -> StoreResult<Vec<TestrunId>>;

    /// Events of such a Testrun after `after`, in order.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn part(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<Vec<Event>>;

    /// Adds the events that follow `after` to such a Testrun, or begins it. Those that are stored already are skipped.
    ///
    /// # Errors
    /// `Conflict` when the Testrun is there whole, or the log has other events at these places; `Invalid` when events
    /// before these are missing; `Busy`, `Unavailable`.
    async fn put_part(&self, run: TestrunId, after: Seq, events: &[Event]) -> StoreResult<()>;

    /// Forgets such a Testrun.
    ///
    /// # Errors
    /// `Conflict` when it is there whole; `Busy`, `Unavailable`.
    async fn drop_part(&self, run: TestrunId) -> StoreResult<()>;

    /// Adds the last events as [`put_part`](Self::put_part) does, and everything else: from here on the Testrun is there.
    /// Leases are kept: who shows the right epoch may write. They end by their time, not with a process of the other
    /// ledger. If the Testrun is there as it is or further on, nothing is changed.
    ///
    /// # Errors
    /// `Conflict` when there is another Testrun or item of these numbers; `Invalid` when events or uploads are missing;
    /// `Busy`, `Unavailable`.
    async fn put(&self, record: &Record, after: Seq, tail: &[Event]) -> StoreResult<()>;

    /// Makes an open Testrun a part again, to be put as it is by now elsewhere.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when `last_seq` is not its newest event, or it has ended; `Busy`, `Unavailable`.
    async fn take_apart(&self, run: TestrunId, last_seq: Seq) -> StoreResult<()>;

    /// What files took, after this suite and path, in an order of the store's own.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn timings(&self, after: (&str, &str), limit: u32) -> StoreResult<Vec<Timing>>;

    /// Remembers what files took, where nothing newer is known.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn put_timings(&self, timings: &[Timing]) -> StoreResult<()>;

    /// Whoever follows the changes and knows one that is not newer than `known`, or any of this ledger's, has missed some
    /// from now on.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn miss_changes(&self, known: u64) -> StoreResult<()>;
}

/// The newest numbers that a ledger has given; 0: none yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// To a Testrun.
    pub run: TestrunId,
    /// To an item.
    pub item: ItemId,
    /// To a change of a status.
    pub change: u64,
}

/// A Testrun with what no other verb tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What everybody sees.
    pub run: Testrun,
    /// Under what it was submitted.
    pub idempotency: Option<Idempotency>,
    /// Lost workers per item after which it fails.
    pub max_lost: u32,
    /// Failures of infrastructure per item after which it fails.
    pub max_infra: u32,
    /// What `max_fail` is compared with.
    pub failures: u32,
    /// Bytes of output.
    pub log_bytes: u64,
    /// For each file, which event made its cases count, if one did.
    pub commits: Vec<Option<Commit>>,
    /// In order of rank.
    pub items: Vec<ItemRecord>,
}

/// The `file_finished` that gave a file its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The epoch of its lease.
    pub epoch: Epoch,
    /// The event.
    pub seq: Seq,
}

/// An item with what no other verb tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRecord {
    /// What everybody sees.
    pub item: Item,
    /// Its place in the order of claims.
    pub sort_key: i64,
    /// When the newest lease was claimed.
    pub claimed_at: Option<Timestamp>,
    /// Events of the newest lease that are stored.
    pub appended_n: u64,
}

/// What a file took when it last ran.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the arguments of Store::history")]
pub struct Timing {
    pub suite: String,
    pub path: String,
    pub duration: Duration,
    /// When that was.
    pub ran_at: Timestamp,
}

impl Record {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> TestrunId {
        self.run.summary.id
    }

    /// Its newest event.
    #[must_use]
    pub const fn last_seq(&self) -> Seq {
        self.run.summary.last_seq
    }

    /// Without what changes when a lease is renewed, which no event tells.
    #[must_use]
    pub fn at_rest(mut self) -> Self {
        self.items.iter_mut().for_each(|row| row.item.lease_until = None);
        self
    }

    /// Whether this has to be put where `stored` is. No, when it is there as it is or further on.
    ///
    /// # Errors
    /// `Conflict` when `stored` is another Testrun, or this one at an earlier time.
    pub fn is_wanted_beside(&self, stored: Option<&Summary>) -> StoreResult<bool> {
        let Some(stored) = stored else { return Ok(true) };
        let run = self.id();
        let conflict = |message| StoreError::new(StoreErrorKind::Conflict, message);
        if let Some(what) = other_by(&self.run.summary, stored) {
            return Err(conflict(format!("there is another Testrun {run} already: its {what} differs")));
        }
        if stored.last_seq < self.last_seq() {
            return Err(conflict(format!("Testrun {run} is there already, as it was earlier")));
        }
        Ok(false)
    }
}

/// What tells that these are not the same Testrun at two times; `None`: they are.
#[must_use]
pub fn other_by(one: &Summary, two: &Summary) -> Option<&'static str> {
    let same = [
        (one.id == two.id, "number"),
        (one.username == two.username, "username"),
        (one.created_at == two.created_at, "time of creation"),
        (one.executor == two.executor, "executor"),
        (one.source == two.source, "source"),
        (one.pinned_to == two.pinned_to, "process"),
        (one.suite == two.suite, "suite"),
        (one.options == two.options, "options"),
        (one.limits == two.limits, "limits"),
        (one.plan == two.plan, "plan"),
        (one.labels == two.labels, "labels"),
        (one.priority == two.priority, "priority"),
        (one.max_fail == two.max_fail, "max_fail"),
        (one.deadline == two.deadline, "deadline"),
        (one.retry_of == two.retry_of, "origin"),
        (one.items.total == two.items.total, "number of items"),
        (one.files.total == two.files.total, "number of files"),
    ];
    same.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
}
