//! How long ended Testruns are kept, and what they take.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// What a store takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Bytes that are in use. Room that was freed and is waiting to be used again does not count; nor do uploads that
    /// no Testrun has, which go by themselves, and for which none has to be removed.
    pub bytes: u64,
}

/// Which ended Testruns go: the oldest end first, until every rule that is set holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those that ended before this moment.
    pub finished_before: Option<Timestamp>,
    /// All but this many, those that ended last.
    pub newest: Option<u64>,
    /// As many as it takes until the [`Usage`] is at most so many bytes.
    pub bytes: Option<u64>,
}
