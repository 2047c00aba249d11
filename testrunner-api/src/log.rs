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
    /// Of an attempt that was taken back: what counts was run again later.
    #[serde(default)]
    pub superseded: bool,
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
    /// Pass this as `before` for what comes before this page; `null` when nothing does.
    #[serde(default)]
    pub next_before: Option<Seq>,
}

/// Where a text stands in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogMatch {
    /// The piece that has it, or its end; absent when what was looked through has none.
    pub seq: Option<Seq>,
    /// Not all was looked through: pass this as `after` to go on.
    pub next_after: Option<Seq>,
    /// Not all was looked through: pass this as `before` to go on.
    pub next_before: Option<Seq>,
}
