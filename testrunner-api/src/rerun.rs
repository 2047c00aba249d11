//! Repeating and stopping.

use serde::{Deserialize, Serialize};
use testrunner_core::TestrunId;
use testrunner_core::store::StopOutcome;

/// What to run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RerunRequest {
    /// Only the files that are not in order.
    pub failed: bool,
}

/// The answer to a cancel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Cancelled {
    /// The Testrun.
    pub id: TestrunId,
    /// What it brought about.
    #[serde(flatten)]
    pub outcome: StopOutcome,
}
