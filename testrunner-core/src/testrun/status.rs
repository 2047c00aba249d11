//! Where a Testrun stands, and why it failed.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// Where a Testrun is in its life. Exhaustive on purpose: a fifth status must break every match.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Status {
    /// Stored and queued; no file has been started. Entered by `create`.
    Created,
    /// At least one item was claimed once. Entered by the first claim, never left backwards.
    Running,
    /// Ended, and not every file is in order; [`FailReason`] says why. Final.
    Failed,
    /// Ended: every file passed or was empty, and at least one passed. Final.
    Success,
}

impl Status {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Running, Self::Failed, Self::Success];

    /// Whether nothing can change any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Failed | Self::Success)
    }
}

/// Why a Testrun is FAILED. The order is the precedence: the first that applies is recorded.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FailReason {
    /// Somebody stopped it before all files were done.
    Cancelled,
    /// The Testrun's own deadline passed before all files were done.
    TimedOut,
    /// Its worker died too often, or the program that ran it in place is gone.
    WorkerLost,
    /// We could not run the tests (environment, disk, …): says nothing about the tests.
    Infra,
    /// At least one file failed, errored, crashed or timed out.
    TestsFailed,
    /// Nothing failed, but no file had a test to run.
    NoTests,
}
