//! What waits, what runs, and who runs it.

use serde::{Deserialize, Serialize};
use testrunner_core::{ItemId, ItemState, Labels, TestrunId, Timestamp, WorkerId};

/// One open item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenItemDocument {
    /// Its number.
    pub id: ItemId,
    /// Its Testrun.
    pub run: TestrunId,
    /// `ready` or `leased`.
    pub state: ItemState,
    /// Name of the executor.
    pub executor: String,
    /// Larger goes first.
    pub priority: i16,
    /// Number of its files.
    pub files: u32,
    /// Expected work, by what its files took before.
    pub weight_us: i64,
    /// How often it was claimed.
    pub attempts: u32,
    /// Only the program that submitted it can run it.
    pub pinned: bool,
    /// Not to be started earlier.
    pub not_before: Timestamp,
    /// Who holds it.
    pub worker: Option<WorkerId>,
    /// When the lease ends if it is not renewed.
    pub lease_until: Option<Timestamp>,
}

/// The whole queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QueueDocument {
    /// Items that wait.
    pub ready: u64,
    /// Items that run.
    pub leased: u64,
    /// Those that run, then those that wait, in the order in which they will be started; cut at the limit.
    pub items: Vec<OpenItemDocument>,
}

/// Why a Testrun waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// It does not wait: it runs.
    Running,
    /// It does not wait: it has ended.
    Ended,
    /// Its items wait behind others, or for a free slot.
    Queued,
    /// It is tried again later, after a failure of infrastructure.
    Backoff,
    /// No worker takes work: they are shutting down, or there is none.
    NoWorker,
    /// No worker that takes work has its executor.
    NoExecutor,
    /// Only the program that submitted it can run it.
    Pinned,
    /// It was asked to stop.
    Stopping,
}

/// Where a Testrun stands in the queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// Why it waits.
    pub reason: WaitReason,
    /// The same in words.
    pub message: String,
    /// Items that will be started before its first one; absent when none of its items waits.
    pub position: Option<u64>,
    /// When its first waiting item is expected to start, by what files took before. A guess.
    pub estimated_start: Option<Timestamp>,
    /// Its items that run.
    pub running: u32,
    /// Its items that wait.
    pub waiting: u32,
}

/// One worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkerDocument {
    /// Its name.
    pub id: WorkerId,
    /// It is part of this server.
    pub local: bool,
    /// Items that it runs at once at the most. This and what follows is absent for a worker that was not heard of
    /// lately and still holds something.
    pub slots: Option<u32>,
    /// It takes no more items.
    pub draining: Option<bool>,
    /// Its executors.
    pub executors: Option<Vec<String>>,
    /// What its operator sorts it by; absent for the local one.
    pub labels: Option<Labels>,
    /// Version of its program; absent for the local one.
    pub version: Option<String>,
    /// When it was first heard of; absent for the local one.
    pub since: Option<Timestamp>,
    /// When it was last heard of; absent for the local one.
    pub seen_at: Option<Timestamp>,
    /// What it holds.
    pub items: Vec<OpenItemDocument>,
}

/// All workers that are known of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workers {
    /// The local one first, then those that were heard of lately, by name.
    pub workers: Vec<WorkerDocument>,
}
