//! What happened to Testruns as wholes: for lists that are kept up to date.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::TestrunId;
use crate::testrun::{FailReason, Status};

/// How many changes a store keeps: the newest so many.
pub const CHANGES_KEPT: u64 = 10_000;

/// A Testrun has a new status, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// Its number: 1, 2, 3… without gaps, over all Testruns, in the order of the commits.
    pub n: u64,
    /// The Testrun.
    pub run: TestrunId,
    /// When it happened, by the store's clock.
    pub at: Timestamp,
    /// The status that it has from then on; `None`: it was deleted.
    pub status: Option<Status>,
    /// Why it failed. Some exactly when the status is FAILED.
    pub reason: Option<FailReason>,
}

/// A part of the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangePage {
    /// The changes after the cursor, in order. Empty when `missed`.
    pub changes: Vec<Change>,
    /// The newest there is; 0: none yet.
    pub last: u64,
    /// Some after the cursor are no longer kept, or the cursor is ahead of `last`: read the list anew, and go on
    /// after `last`.
    pub missed: bool,
}

impl ChangePage {
    /// Whether a reader who knows all up to `after` can no longer be told the rest, when `last` is the newest.
    #[must_use]
    pub const fn misses(after: u64, last: u64) -> bool {
        after > last || last - after > CHANGES_KEPT
    }
}
