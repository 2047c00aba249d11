//! The Testrun as the store has it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::clock::{Timestamp, duration_us};
use crate::id::{Digest, ProcessId, Seq, TestrunId};
use crate::plan::Plan;
use crate::testrun::{
    CaseCounts, FailReason, FileOutcome, FileRole, Labels, Limits, Options, Source, Status,
};

/// Why something was asked to stop.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StopWhy {
    /// Somebody cancelled the Testrun.
    Cancel,
    /// `max_fail` failures were reached.
    FailFast,
    /// The Testrun's own deadline passed.
    Deadline,
    /// The worker is shutting down; the item goes back to the queue. Never stored on a Testrun.
    Drain,
    /// The lease is no longer ours; whatever we still say is refused. Never stored on a Testrun.
    LeaseLost,
}

/// The write-once mark that a Testrun is to stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StopMark {
    /// Why.
    pub why: StopWhy,
    /// Who asked, for people to read.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Number of items by state. `open` are those that are neither passed, failed nor cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one field per state, named alike")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemCounts {
    pub total: u32,
    pub open: u32,
    pub passed: u32,
    pub failed: u32,
    pub cancelled: u32,
}

/// Number of test files by outcome; those without one are `total` less the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "one field per FileOutcome, named alike")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileCounts {
    pub total: u32,
    pub passed: u32,
    pub failed: u32,
    pub errored: u32,
    pub crashed: u32,
    pub timed_out: u32,
    pub empty: u32,
    pub cancelled: u32,
    pub not_run: u32,
}

impl FileCounts {
    /// Counts one more file of this outcome (not in `total`).
    pub const fn add(&mut self, outcome: FileOutcome) {
        let slot = match outcome {
            FileOutcome::Passed => &mut self.passed,
            FileOutcome::Failed => &mut self.failed,
            FileOutcome::Errored => &mut self.errored,
            FileOutcome::Crashed => &mut self.crashed,
            FileOutcome::TimedOut => &mut self.timed_out,
            FileOutcome::Empty => &mut self.empty,
            FileOutcome::Cancelled => &mut self.cancelled,
            FileOutcome::NotRun => &mut self.not_run,
        };
        *slot += 1;
    }

    /// Files that make the Testrun FAILED with `tests_failed`.
    #[must_use]
    pub const fn bad(&self) -> u32 {
        self.failed + self.errored + self.crashed + self.timed_out
    }

    /// Files that have an outcome.
    #[must_use]
    pub const fn done(&self) -> u32 {
        self.passed + self.empty + self.cancelled + self.not_run + self.bad()
    }
}

/// How a file ended, as committed by its `file_finished` event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileResult {
    /// How it ended.
    pub outcome: FileOutcome,
    /// Wall time from start to end, in microseconds on the wire.
    #[serde(rename = "duration_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// Tests that the executor found and selected.
    pub collected: u32,
    /// Tests whose result was reported.
    pub reported: u32,
    /// Cases by outcome, counted by the store from its own log.
    pub counts: CaseCounts,
    /// What is to be said about the file as a whole: why it errored, the signal that killed it, what it left behind.
    pub message: Option<String>,
}

/// One file of a stored Testrun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileRecord {
    /// Relative path with `/`.
    pub path: String,
    /// Test or support.
    pub role: FileRole,
    /// Size in bytes at submission.
    pub size: u64,
    /// SHA-256 at submission.
    pub digest: Option<Digest>,
    /// How it ended; `None` while it has not.
    pub result: Option<FileResult>,
}

/// A Testrun without its list of files: what a listing shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Its number.
    pub id: TestrunId,
    /// Who asked.
    pub username: String,
    /// Where it stands.
    pub status: Status,
    /// Why it failed. Some exactly when the status is FAILED.
    pub reason: Option<FailReason>,
    /// Name of the executor.
    pub executor: String,
    /// Where the files are.
    pub source: Source,
    /// The process that alone may execute a directory source.
    pub pinned_to: Option<ProcessId>,
    /// What timings are remembered under: the same files submitted again share it.
    pub suite: String,
    /// Settings of the executor.
    pub options: Options,
    /// Bounds.
    pub limits: Limits,
    /// How its files were grouped into items, to be repeated alike.
    pub plan: Plan,
    /// Items by state.
    pub items: ItemCounts,
    /// Test files by outcome.
    pub files: FileCounts,
    /// Cases of finished files by outcome.
    pub cases: CaseCounts,
    /// Larger goes first.
    pub priority: i16,
    /// Stop after this many failures.
    pub max_fail: Option<u32>,
    /// Set once somebody asked it to stop.
    pub stop: Option<StopMark>,
    /// When it is stopped at the latest.
    pub deadline: Option<Timestamp>,
    /// The Testrun that this one repeats.
    pub retry_of: Option<TestrunId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When its first item was claimed.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Newest event.
    pub last_seq: Seq,
    /// What it can be found by.
    pub labels: Labels,
}

/// A Testrun with its files, in the order of submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Testrun {
    /// All but the files.
    pub summary: Summary,
    /// The files; events and items name them by their index here.
    pub files: Vec<FileRecord>,
}

impl Testrun {
    /// Its number.
    #[must_use]
    pub const fn id(&self) -> TestrunId {
        self.summary.id
    }

    /// Where it stands.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.summary.status
    }

    /// Why it failed.
    #[must_use]
    pub const fn reason(&self) -> Option<FailReason> {
        self.summary.reason
    }
}
