//! The ledger: the one place where everything that happens is recorded.
//!
//! # Contract
//! * Every verb is one transaction: it happens wholly or not at all, together with its events.
//! * Every verb is safe to repeat after a lost reply.
//! * A write by a lease holder is accepted exactly while its `(item, epoch)` is the newest and leased; check
//!   and write are one transaction. An expired lease that nobody took over may still be written to.
//! * Events of a Testrun are dense (`seq` 1, 2, 3…), immutable, and become readable in that order.
//! * SUCCESS and FAILED are final; nothing is appended after the event that says so.
//! * Which steps are legal stands in [`state_machine`](crate::state_machine), how things end in
//!   [`rules`](crate::rules): a store decides neither.
//!
//! `testrunner-testkit` will check all of this over any adapter.

mod archive;
mod backlog;
mod change;
mod error;
mod memory;
mod query;
mod retention;
mod types;
mod worker;

use std::fmt::{Debug, Display};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use archive::{Archive, Commit, ItemRecord, Numbers, Record, Timing, other_by};
pub use backlog::{Backlog, OpenItem};
pub use change::{CHANGES_KEPT, Change, ChangePage};
pub use error::{StoreError, StoreErrorKind, StoreResult};
pub use memory::MemoryStore;
pub use query::{LabelQuery, ListPage, ListQuery, Page, StatusCounts};
pub use retention::{Retention, Usage};
pub use types::{
    Appended, Assignment, Batch, Candidates, CaseQuery, CaseRecord, ClaimRequest, Claimed, Created,
    EventLimit, EventPage, Finished, History, Idempotency, LeaseStatus, NewTestrun, Outcome,
    PREFER_WITHIN_US, Reaped, StopOutcome, StoreCaps,
};
pub use worker::{WORKER_LISTED, WorkerNotice, WorkerRecord};

use crate::doorbell::Doorbell;
use crate::id::{Digest, LeaseKey, ProcessId, Seq, TestrunId, WorkerId};
use crate::item::Item;
use crate::testrun::{FileRecord, StopWhy, Testrun};

/// How long a stop may be ignored before the janitor takes the item away.
pub const STOP_GRACE: Duration = Duration::from_secs(60);

/// All that a worker needs of a ledger.
#[async_trait]
pub trait WorkStore: Debug + Send + Sync + 'static {
    /// Leases due items: state `ready`, `not_before` reached, executor at hand, not pinned to somebody else,
    /// ordered by priority (larger first), sort key, id. Each gets a larger epoch, one more attempt, an
    /// `item_started` event; its Testrun becomes RUNNING. Items of a Testrun with a stop mark are cancelled
    /// instead. Two claims never return the same lease.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed>;

    /// Lengthens leases to `ttl` from now. One answer for each key, in the same order.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`. A lost lease is an answer, not an error.
    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>>;

    /// Appends the holder's events. Those numbered below what is stored already are skipped, so that a repeated
    /// call stores nothing twice. A `file_finished` makes its file's cases count; when `max_fail` is reached by
    /// it, the Testrun gets a stop mark in the same transaction.
    ///
    /// # Errors
    /// `Fenced`, `Gap`, `Invalid` (an event that is not a holder's, about a file of another item, or a case or end
    /// of a file that has ended), `Busy`, `Unavailable`.
    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended>;

    /// Appends the last events and ends the lease, in one transaction. Repeated by the same holder: `Ok` again.
    ///
    /// # Errors
    /// As `append`; `Invalid` also when [`Outcome::Completed`] is said while a file has no result, or
    /// [`Outcome::Cancelled`] while the Testrun has no stop mark.
    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished>;

    /// The files of a Testrun, to lay them out.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>>;

    /// Notes that a worker is there, and what it says of itself. Whoever is not heard of for [`WORKER_LISTED`] is
    /// no longer listed.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()>;

    /// Notes that a worker has left. One that nobody knows has left already.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn depart(&self, worker: &WorkerId) -> StoreResult<()>;

    /// Uploaded bytes by digest.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `Corrupt` when the bytes do not have that digest.
    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>>;
}

/// The ledger for submitters, viewers and janitors.
#[async_trait]
pub trait Store: WorkStore + Display {
    /// What it can promise.
    fn caps(&self) -> StoreCaps;

    /// The name under which this store knows the calling process: what directory Testruns are pinned to. While
    /// the process lives, no other process takes them over.
    fn process(&self) -> ProcessId;

    /// The bell that reaches whoever uses the same data. The engine rings it after each commit; a store rings
    /// by itself only for what other processes commit.
    fn doorbell(&self) -> Arc<dyn Doorbell>;

    /// Stores a Testrun with its files and items, and the `run_status` event.
    ///
    /// # Errors
    /// `Invalid` (no items, a missing blob, a directory source without its process, a label that
    /// [`check_labels`](crate::testrun::check_labels) refuses), `Conflict` (idempotency key with another request),
    /// `Busy`, `Unavailable`.
    async fn create(&self, new: &NewTestrun) -> StoreResult<Created>;

    /// The Testrun that `create` answers with, or refuses another request for, under this idempotency key of this
    /// user.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>>;

    /// One Testrun with its files.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn get(&self, run: TestrunId) -> StoreResult<Testrun>;

    /// Testruns, newest first.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage>;

    /// How many Testruns there are of each status. `statuses` and `before` of the query are ignored; all other filters
    /// hold. Counting may end when `limit` were counted, the newest first or so many of each status, so that it takes
    /// no longer in a large store; then `more` says so. 0 counts all.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts>;

    /// The open items: first the leased ones, oldest claim first; then those that are due, in the order in which
    /// they would be claimed; then the others, soonest first. At most `limit`; 0 means 100.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn backlog(&self, limit: u32) -> StoreResult<Backlog>;

    /// The changes of all Testruns' statuses (creation, RUNNING, the end, deletion) after the one numbered
    /// `after`, in order. Numbers follow the commits; of several Testruns that one call changed, the smaller
    /// number comes first, but for `prune`, which goes by age. The newest [`CHANGES_KEPT`] are kept. At most
    /// `limit`; 0 means 1,000.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage>;

    /// The workers that were heard of within [`WORKER_LISTED`] and have not left, by name.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>>;

    /// What the store takes.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn usage(&self) -> StoreResult<Usage>;

    /// The items of a Testrun, in order of rank.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>>;

    /// Events after `after`, in order. Never skips one that is or will be committed.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage>;

    /// Cases that count, in the order of their events. Of a Testrun that still runs, a case may appear before
    /// ones that were read already: it counts from its file's end on. To follow, read the events.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`.
    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>>;

    /// What these files took when they last ran to an end in this suite. Unknown ones are absent.
    ///
    /// # Errors
    /// `Unavailable`.
    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History>;

    /// Sets the stop mark (once) with its event, then cancels the items that wait. From the return on the stop
    /// cannot be lost, whoever dies.
    ///
    /// # Errors
    /// `NotFound`, `Invalid` (a reason that concerns a worker, not a Testrun), `Busy`, `Unavailable`.
    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome>;

    /// Removes an ended Testrun wholly, and blobs that no other one uses and nobody put within the last day. What
    /// its files took is still known to `history`.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` while it has not ended, `Busy`, `Unavailable`.
    async fn delete(&self, run: TestrunId) -> StoreResult<()>;

    /// The janitor's work, for any process at any time: takes back expired leases and those of dead processes,
    /// ends directory Testruns whose process is gone, applies deadlines, completes stops. `limit` bounds the
    /// leases that are taken back, but for shared ones of which the store knows that their process is gone;
    /// everything else is done in any case.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn reap(&self, limit: u32) -> StoreResult<Reaped>;

    /// Removes ended Testruns, oldest end first, until every rule holds; returns how many. At most `limit`.
    ///
    /// # Errors
    /// `Busy`, `Unavailable`.
    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64>;

    /// Keeps bytes under their digest; bytes that no Testrun uses within a day may be removed again.
    ///
    /// # Errors
    /// `TooLarge`, `Busy`, `Unavailable`.
    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>>;
}
