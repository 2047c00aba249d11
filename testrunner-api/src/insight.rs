//! What many Testruns tell together.

use serde::{Deserialize, Serialize};
use testrunner_core::{CaseOutcome, Digest, TestrunId, Timestamp};

/// Which Testruns were looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    /// How many.
    pub runs: u32,
    /// The oldest of them.
    pub from: Option<Timestamp>,
    /// There are older ones that were left out, or cases of the oldest: one answer looks at some 200,000 files and cases.
    pub truncated: bool,
}

/// Pass rate and duration over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trend {
    /// What it is made of.
    pub window: Window,
    /// Days on which something ended, oldest first.
    pub days: Vec<TrendDay>,
}

/// One day, UTC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrendDay {
    /// `2026-11-22`
    pub date: String,
    /// Testruns that ended on it with SUCCESS.
    pub success: u32,
    /// Testruns that ended on it with FAILED because of their tests.
    pub failed: u32,
    /// Testruns that ended on it with FAILED for other reasons; not in the pass rate.
    pub other: u32,
    /// `success` of `success + failed`, 0 to 1; absent when there is none.
    pub pass_rate: Option<f64>,
    /// Median time from start to end.
    pub duration_p50_us: Option<i64>,
    /// Nine of ten took at most this.
    pub duration_p90_us: Option<i64>,
}

/// The slowest files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowFiles {
    /// What it is made of.
    pub window: Window,
    /// By mean time, slowest first.
    pub files: Vec<SlowFile>,
}

/// What one file takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowFile {
    /// Its path.
    pub path: String,
    /// How long.
    #[serde(flatten)]
    pub took: Took,
}

/// How long something took in several Testruns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Took {
    /// How often it ran.
    pub runs: u32,
    /// Mean wall time.
    pub mean_us: i64,
    /// Longest.
    pub max_us: i64,
    /// Newest.
    pub last_us: i64,
    /// The newest Testrun with it.
    pub last_run: TestrunId,
}

/// The slowest cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowCases {
    /// What it is made of.
    pub window: Window,
    /// By mean time, slowest first.
    pub cases: Vec<SlowCase>,
}

/// What one case takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SlowCase {
    /// Path of its file.
    pub path: String,
    /// Its name.
    pub case: String,
    /// How long.
    #[serde(flatten)]
    pub took: Took,
}

/// One case over many Testruns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseHistory {
    /// What it is made of.
    pub window: Window,
    /// Newest first.
    pub history: Vec<CaseRun>,
}

/// One case in one Testrun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseRun {
    /// The Testrun.
    pub run: TestrunId,
    /// When that was submitted.
    pub at: Timestamp,
    /// How the case ended.
    pub outcome: CaseOutcome,
    /// Wall time.
    pub duration_us: i64,
    /// SHA-256 of its file.
    pub digest: Option<Digest>,
}

/// Cases that end now this way, now that.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlakyCases {
    /// What it is made of.
    pub window: Window,
    /// Those that changed most often first.
    pub cases: Vec<FlakyCase>,
}

/// A case whose outcome differs between Testruns although its file has the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlakyCase {
    /// Path of its file.
    pub path: String,
    /// Its name.
    pub case: String,
    /// SHA-256 of its file.
    pub digest: Digest,
    /// How often it was good.
    pub good: u32,
    /// How often it was bad.
    pub bad: u32,
    /// The newest Testrun in which it was bad.
    pub last_bad: TestrunId,
}
