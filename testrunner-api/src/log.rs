//! Output in pieces.

use serde::{Deserialize, Serialize};
use testrunner_core::event::LogChunk;
use testrunner_core::{Epoch, Seq, Timestamp};

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    /// The event that recorded it.
    pub seq: Seq,
    /// When it was read.
    pub at: Timestamp,
    /// Of which epoch of its item: pieces of an epoch that was taken over are of an old attempt.
    pub epoch: Option<Epoch>,
    /// The piece.
    #[serde(flatten)]
    pub chunk: LogChunk,
}

/// A part of a Testrun's output, in the order of its events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogPage {
    /// The pieces.
    pub chunks: Vec<LogLine>,
    /// Pass this as `after` to go on; more may come until `end` is true.
    pub next_after: Seq,
    /// The Testrun has ended and this page reaches its last event.
    pub end: bool,
}
