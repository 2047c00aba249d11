//! The Testrun: what was asked for, where it stands, how it ended.

mod document;
mod labels;
mod limits;
mod outcome;
mod record;
mod spec;
mod status;

pub use document::{
    CountsDocument, LogLinks, ScheduleDocument, SupportDocument, TestDocument, TestrunDocument,
};
pub(crate) use labels::check_key;
pub use labels::{Labels, check_labels};
pub use limits::{InvalidSpec, Limits, check_path, check_username};
pub use outcome::{CaseCounts, CaseKind, CaseOutcome, FileOutcome};
pub use record::{FileCounts, FileRecord, FileResult, ItemCounts, StopMark, StopWhy, Summary, Testrun};
pub use spec::{FileContent, FileRole, Options, Source, SpecFile, TestrunSpec};
pub use status::{FailReason, Status};
