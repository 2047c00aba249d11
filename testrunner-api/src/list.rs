//! Listing.

use serde::{Deserialize, Serialize};
use testrunner_core::TestrunDocument;
use testrunner_core::store::StatusCounts;

/// A part of a listing, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestrunPage {
    /// The Testruns, without their files.
    pub testruns: Vec<TestrunDocument>,
    /// Pass this as `cursor` to go on; absent when there is no more.
    pub next_cursor: Option<String>,
    /// How many there are by status, with the same filters but for status and reason. On the first page only; where there
    /// are thousands, `more` says that there may be more.
    pub counts: Option<StatusCounts>,
}
