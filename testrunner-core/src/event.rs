//! The event log: one per Testrun, append-only, dense; everything that can be shown derives from it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::clock::{Timestamp, duration_us};
use crate::id::{Epoch, ItemId, Seq, TestrunId, WorkerId};
use crate::item::ItemState;
use crate::testrun::{CaseKind, CaseOutcome, FailReason, FileOutcome, Status, StopWhy};

/// Version of the events' shape. Grows when a field changes its meaning; readers refuse what is newer.
pub const SCHEMA_VERSION: u16 = 1;

/// One entry of a Testrun's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Version of the shape of this event.
    pub v: u16,
    /// Its Testrun.
    pub run: TestrunId,
    /// Its place: 1, 2, 3…
    pub seq: Seq,
    /// When it happened, by the clock of whoever reported it. Order is by `seq`, never by time.
    pub at: Timestamp,
    /// The item that it belongs to; `None` for events of the Testrun itself.
    pub item: Option<ItemId>,
    /// The item's epoch at that time.
    pub epoch: Option<Epoch>,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EventBody {
    /// The Testrun's status changed. The one to SUCCESS or FAILED is the last event of the log.
    RunStatus {
        /// `None` at creation.
        from: Option<Status>,
        /// The new status.
        to: Status,
        /// Why, when FAILED.
        reason: Option<FailReason>,
    },
    /// Somebody asked the Testrun to stop.
    StopRequested {
        /// Why.
        why: StopWhy,
        /// Who.
        by: String,
    },
    /// A worker claimed an item.
    ItemStarted {
        /// Who.
        worker: WorkerId,
        /// 1 for the first time.
        attempt: u32,
    },
    /// An item went back to the queue. What this epoch said of unfinished files no longer counts.
    ItemReturned {
        /// Why.
        why: ReturnWhy,
        /// More, for people to read.
        message: Option<String>,
    },
    /// An item ended. Files of it without a result were not run.
    ItemFinished {
        /// How.
        state: ItemState,
        /// Why, where its files do not say it.
        reason: Option<FailReason>,
        /// More, for people to read.
        message: Option<String>,
    },
    /// A file was started.
    FileStarted {
        /// Index of the file.
        file: u32,
    },
    /// A case was started.
    CaseStarted {
        /// Index of the file.
        file: u32,
        /// Name of the case within its file.
        case: String,
    },
    /// A case ended. Provisional until its file's `file_finished` of the same epoch.
    Case(CaseResult),
    /// Output.
    Log(LogChunk),
    /// Output that was not stored, because the Testrun had used up its room.
    Truncated {
        /// Index of the file.
        file: u32,
        /// Which output.
        stream: Stream,
        /// How much is missing.
        dropped_bytes: u64,
    },
    /// A file ended: the point from which its cases count.
    FileFinished(FileFinish),
}

impl EventBody {
    /// The name of this kind of event on the wire.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RunStatus { .. } => "run_status",
            Self::StopRequested { .. } => "stop_requested",
            Self::ItemStarted { .. } => "item_started",
            Self::ItemReturned { .. } => "item_returned",
            Self::ItemFinished { .. } => "item_finished",
            Self::FileStarted { .. } => "file_started",
            Self::CaseStarted { .. } => "case_started",
            Self::Case(_) => "case",
            Self::Log(_) => "log",
            Self::Truncated { .. } => "truncated",
            Self::FileFinished(_) => "file_finished",
        }
    }
}

/// What the holder of a lease may append. The store gives it its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewEvent {
    /// When it happened.
    pub at: Timestamp,
    /// One of the bodies that [`EventBody::is_holders`] allows.
    pub body: EventBody,
}

impl EventBody {
    /// Whether a lease holder may append it; all others are written by the store alone.
    #[must_use]
    pub const fn is_holders(&self) -> bool {
        matches!(
            self,
            Self::FileStarted { .. }
                | Self::CaseStarted { .. }
                | Self::Case(_)
                | Self::Log(_)
                | Self::Truncated { .. }
                | Self::FileFinished(_)
        )
    }

    /// The file that the event is about.
    #[must_use]
    pub const fn file(&self) -> Option<u32> {
        match self {
            Self::FileStarted { file } | Self::CaseStarted { file, .. } | Self::Truncated { file, .. } => {
                Some(*file)
            }
            Self::Case(case) => Some(case.file),
            Self::Log(log) => Some(log.file),
            Self::FileFinished(finish) => Some(finish.file),
            Self::RunStatus { .. }
            | Self::StopRequested { .. }
            | Self::ItemStarted { .. }
            | Self::ItemReturned { .. }
            | Self::ItemFinished { .. } => None,
        }
    }

    /// Rough size in bytes, for batching and paging.
    #[must_use]
    pub fn weight(&self) -> usize {
        96 + match self {
            Self::Log(log) => log.data.len() + log.case.as_ref().map_or(0, String::len),
            Self::Case(case) => case.case.len() + case.message.as_ref().map_or(0, String::len),
            Self::CaseStarted { case, .. } => case.len(),
            Self::FileFinished(finish) => finish.message.as_ref().map_or(0, String::len),
            _ => 0,
        }
    }
}

/// Why an item went back to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReturnWhy {
    /// Its worker was shut down in order.
    Drain,
    /// Its worker was lost.
    WorkerLost,
    /// It could not be run just now.
    Infra,
}

/// Which output.
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
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// What the runner itself has to say, such as an internal error of the test framework.
    Runner,
}

/// How one case ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseResult {
    /// Index of the file.
    pub file: u32,
    /// Name of the case, unique within its file and kind.
    pub case: String,
    /// What the case stands for.
    #[serde(default)]
    pub kind: CaseKind,
    /// How it ended.
    pub outcome: CaseOutcome,
    /// Wall time of setup, call and teardown, in microseconds on the wire.
    #[serde(rename = "duration_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// The assertion with its traceback, or the reason of a skip.
    pub message: Option<String>,
    /// Line of the test in its file, counted from 1.
    pub line: Option<u32>,
}

/// How one file ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileFinish {
    /// Index of the file.
    pub file: u32,
    /// How it ended.
    pub outcome: FileOutcome,
    /// Tests that the executor found and selected.
    pub collected: u32,
    /// Tests whose result was reported.
    pub reported: u32,
    /// Wall time, in microseconds on the wire.
    #[serde(rename = "duration_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub duration: Duration,
    /// What is to be said about the file as a whole.
    pub message: Option<String>,
}

/// A piece of output, byte for byte. On the wire `data` is text where it is UTF-8, else base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "LogChunkWire", into = "LogChunkWire")]
pub struct LogChunk {
    /// Index of the file.
    pub file: u32,
    /// The case that ran when it was written; `None` outside of cases.
    pub case: Option<String>,
    /// Which output.
    pub stream: Stream,
    /// Bytes of this stream before this piece, per file and epoch. A gap is explained by `truncated`.
    pub offset: u64,
    /// The bytes: 1 to 65,536, cut between characters where they are UTF-8.
    pub data: Vec<u8>,
}

/// A piece of output.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct LogChunkWire {
    /// Index of the file.
    file: u32,
    /// The case that ran when it was written; `null` outside of cases.
    case: Option<String>,
    /// Which output.
    stream: Stream,
    /// Bytes of this stream before this piece, per file and epoch. A gap is explained by `truncated`.
    offset: u64,
    /// How `data` is written.
    encoding: Encoding,
    /// Text where it is UTF-8, else base64.
    data: String,
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for LogChunk {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        LogChunkWire::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for LogChunk {
    fn schemas(all: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        LogChunkWire::schemas(all);
    }
}

/// How bytes are written as text.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "base64")]
    Base64,
}

impl From<LogChunk> for LogChunkWire {
    fn from(chunk: LogChunk) -> Self {
        let LogChunk { file, case, stream, offset, data } = chunk;
        let (encoding, data) = match String::from_utf8(data) {
            Ok(text) => (Encoding::Utf8, text),
            Err(error) => (Encoding::Base64, BASE64_STANDARD.encode(error.as_bytes())),
        };
        Self { file, case, stream, offset, encoding, data }
    }
}

impl From<LogChunkWire> for LogChunk {
    fn from(wire: LogChunkWire) -> Self {
        let LogChunkWire { file, case, stream, offset, encoding, data } = wire;
        let data = match encoding {
            Encoding::Utf8 => data.into_bytes(),
            // Not base64 after all: what arrived is kept as it is rather than lost.
            Encoding::Base64 => BASE64_STANDARD.decode(&data).unwrap_or_else(|_| data.into_bytes()),
        };
        Self { file, case, stream, offset, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(data: &[u8]) -> EventBody {
        let data = data.to_vec();
        EventBody::Log(LogChunk { file: 0, case: None, stream: Stream::Stdout, offset: 0, data })
    }

    #[test]
    fn output_round_trips_byte_for_byte() -> serde_json::Result<()> {
        for data in [&b"plain"[..], b"", b"\0\x1b[31m", b"\xff\xfe", "é\u{1f600}".as_bytes()] {
            let body = chunk(data);
            let text = serde_json::to_string(&body)?;
            assert_eq!(serde_json::from_str::<EventBody>(&text)?, body, "{text}");
        }
        Ok(())
    }

    #[test]
    fn kind_is_the_tag_on_the_wire() -> serde_json::Result<()> {
        for body in [
            chunk(b"x"),
            EventBody::FileStarted { file: 1 },
            EventBody::StopRequested { why: StopWhy::Cancel, by: "ada".into() },
        ] {
            assert_eq!(serde_json::to_value(&body)?["type"], body.kind());
        }
        Ok(())
    }
}
