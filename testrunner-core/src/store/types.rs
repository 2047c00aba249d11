//! What goes into and comes out of a store.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::{Event, NewEvent};
use crate::id::{Digest, ItemId, LeaseKey, ProcessId, Seq, TestrunId, WorkerId};
use crate::item::{ItemState, NewItem};
use crate::plan::Plan;
use crate::queue::Ticket;
use crate::testrun::{
    CaseKind, CaseOutcome, FileRecord, Labels, Limits, Options, Source, Status, StopMark, Testrun,
};

/// What a store can promise. Skips features, never safety.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreCaps {
    /// What returned `Ok` survives the end of the process and of the machine.
    pub durable: bool,
    /// Several processes may use it at once.
    pub multi_process: bool,
    /// Several machines may use it at once.
    pub multi_host: bool,
}

/// A validated and planned Testrun, ready to be stored. Made by [`Engine::submit`](crate::Engine::submit).
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields of Summary, by the same names")]
pub struct NewTestrun {
    pub username: String,
    pub executor: String,
    pub source: Source,
    pub pinned_to: Option<ProcessId>,
    pub suite: String,
    /// All files; their `result` is `None`.
    pub files: Vec<FileRecord>,
    /// At least one; every test file is in exactly one item.
    pub items: Vec<NewItem>,
    pub options: Options,
    pub limits: Limits,
    /// How `items` came about.
    pub plan: Plan,
    pub priority: i16,
    pub max_fail: Option<u32>,
    /// Becomes the deadline, counted from the creation by the store's clock.
    pub time_limit: Option<Duration>,
    /// Lost workers per item after which it fails. At least 1.
    pub max_lost: u32,
    /// Failures of infrastructure per item after which it fails. At least 1.
    pub max_infra: u32,
    pub retry_of: Option<TestrunId>,
    /// Unique per username. The same key with another `request` is a conflict.
    pub idempotency: Option<Idempotency>,
    pub labels: Labels,
}

/// Makes `create` safe to repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Chosen by the caller.
    pub key: String,
    /// Digest of all that was asked for.
    pub request: Digest,
}

/// The answer of `create`.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The stored Testrun.
    pub run: Testrun,
    /// One for each item that waits.
    pub tickets: Vec<Ticket>,
    /// It was there before, under the same idempotency key.
    pub existed: bool,
}

/// Which items a claim may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// Any that is due.
    Any,
    /// Only these; unknown and taken ones are passed over.
    Items(Vec<ItemId>),
}

/// Who claims, and what it can run.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// Which items.
    pub from: Candidates,
    /// How many at the most.
    pub max: u32,
    /// Who, for people to read.
    pub worker: WorkerId,
    /// How long the lease is to last.
    pub ttl: Duration,
    /// Executors at hand; items of others are passed over.
    pub executors: Vec<String>,
    /// Items of Testruns pinned to this process may be taken.
    pub process: Option<ProcessId>,
    /// Items that are not pinned may be taken.
    pub shared: bool,
    /// Testruns that the worker has a session open for: preferred among items of equal priority whose sort key
    /// is at most [`PREFER_WITHIN_US`] behind the first.
    pub prefer: Vec<TestrunId>,
}

/// How far back in the order an item of a preferred Testrun may stand and still go first, in microseconds.
pub const PREFER_WITHIN_US: i64 = 2_000_000;

/// The answer of `claim`.
#[derive(Clone, Debug, PartialEq)]
pub struct Claimed {
    /// The leases, in the order in which they are to be started.
    pub leases: Vec<Assignment>,
    /// When the next item becomes due that is not yet, as far as known.
    pub next_ready_in: Option<Duration>,
}

/// A leased item with all that is needed to run it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assignment {
    /// To be shown with every write.
    pub key: LeaseKey,
    /// The Testrun.
    pub run: TestrunId,
    /// Who submitted it.
    pub username: String,
    /// Name of the executor.
    pub executor: String,
    /// Where the files are.
    pub source: Source,
    /// Settings for the executor.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: Options,
    /// Bounds.
    pub limits: Limits,
    /// Failures after which the Testrun stops.
    pub max_fail: Option<u32>,
    /// Indexes of the item's files, in the order of execution.
    pub files: Vec<u32>,
    /// Those of them that have a result from an earlier epoch: not to be run again.
    pub done: Vec<u32>,
    /// 1 for the first time.
    pub attempt: u32,
    /// How long the lease lasts; `None` for pinned items.
    #[serde(skip)]
    pub ttl: Option<Duration>,
    /// The Testrun is to stop.
    pub stop: Option<StopMark>,
}

/// One answer of `renew`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lease", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum LeaseStatus {
    /// Still yours, and lengthened.
    Held {
        /// The Testrun is to stop.
        stop: Option<StopMark>,
    },
    /// No longer yours.
    Lost,
}

/// The answer of `append`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appended {
    /// Number that the next event of this lease has.
    pub next_n: u64,
    /// Newest event of the Testrun.
    pub last_seq: Seq,
    /// The Testrun is to stop.
    pub stop: Option<StopMark>,
    /// Bytes of output stored for the Testrun so far.
    pub log_bytes: u64,
}

/// How the holder ends its lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// Every file of the item has a `file_finished`, in this epoch or an earlier one; the store derives the rest.
    Completed,
    /// Stopped because the Testrun has a stop mark. Files without a result were not run.
    Cancelled,
    /// Handed back in order: ready at once, nothing counted.
    Release,
    /// Could not be run: ready again later, or failed when that happened too often.
    Infra {
        /// What failed and what to do about it.
        message: String,
        /// Not to be claimed earlier, in microseconds on the wire.
        #[serde(rename = "retry_in_us", with = "crate::clock::duration_us")]
        #[cfg_attr(feature = "openapi", schema(value_type = i64))]
        retry_in: Duration,
        /// Trying again cannot help: fail at once.
        fatal: bool,
    },
}

/// The answer of `finish`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finished {
    /// Where the item stands now.
    pub item: ItemState,
    /// Where the Testrun stands now.
    pub run: Status,
    /// Newest event of the Testrun.
    pub last_seq: Seq,
    /// Offer these: the item itself when it went back to the queue.
    pub ready: Option<Ticket>,
}

/// The answer of `request_stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stop", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StopOutcome {
    /// The mark was set now.
    Requested,
    /// It was set before; nothing changed.
    AlreadyRequested,
    /// The Testrun has ended; nothing changed.
    AlreadyTerminal {
        /// How it ended.
        status: Status,
    },
}

/// The answer of `reap`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Items that wait again; offer them.
    pub ready: Vec<Ticket>,
    /// Testruns in which something changed; ring their bells.
    pub touched: Vec<TestrunId>,
}

/// How much of the log to read at once. At least one event is returned if there is one.
#[derive(Clone, Copy, Debug)]
pub struct EventLimit {
    /// Most events.
    pub events: u32,
    /// Most bytes, by [`EventBody::weight`](crate::event::EventBody::weight).
    pub bytes: usize,
}

impl Default for EventLimit {
    fn default() -> Self {
        Self { events: 1_000, bytes: 1 << 20 }
    }
}

/// A part of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events after the cursor, in order.
    pub events: Vec<Event>,
    /// Newest event of the Testrun.
    pub last_seq: Seq,
    /// The Testrun has ended: after `last_seq` nothing will come.
    pub terminal: bool,
}

/// Which cases to read.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseQuery {
    /// Only of this file.
    pub file: Option<u32>,
    /// Only with this outcome.
    pub outcome: Option<CaseOutcome>,
    /// Only those recorded after this event.
    pub after: Seq,
    /// How many at the most; 0 means 1,000.
    pub limit: u32,
}

/// A case that counts: its file has a `file_finished` of the same item and epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseRecord {
    /// The event that recorded it.
    pub seq: Seq,
    /// Index of its file.
    pub file: u32,
    /// Name of the case.
    pub case: String,
    /// What it stands for.
    pub kind: CaseKind,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// Wall time, in microseconds on the wire.
    #[serde(rename = "duration_us", with = "crate::clock::duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// The assertion with its traceback, or the reason of a skip.
    pub message: Option<String>,
    /// Line of the test in its file, counted from 1.
    pub line: Option<u32>,
}

/// What files of one suite took when they last ran, by path.
pub type History = BTreeMap<String, Duration>;

/// Events of one lease with their running number: `from_n` is the number of the first one, counted from 0
/// since the claim.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Number of the first event.
    pub from_n: u64,
    /// The events.
    pub events: &'a [NewEvent],
}
