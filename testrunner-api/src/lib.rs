#![doc = include_str!("../README.md")]

mod case;
mod create;
mod file;
mod insight;
mod list;
mod log;
mod problem;
mod queue;
mod rerun;
mod selection;
mod session;
mod system;
mod work;

pub use case::{CaseDocument, CasePage};
pub use create::{Created, NewTestrun};
pub use file::FileDocument;
pub use insight::{
    CaseHistory, CaseRun, FlakyCase, FlakyCases, SlowCase, SlowCases, SlowFile, SlowFiles, Took, Trend,
    TrendDay, Window,
};
pub use list::TestrunPage;
pub use log::{LogLine, LogMatch, LogPage};
pub use problem::{FieldError, ProblemDocument};
pub use queue::{OpenItemDocument, QueueDocument, WaitReason, Waiting, WorkerDocument, Workers};
pub use rerun::{Cancelled, RerunRequest};
pub use selection::{RefusedPath, Selection, SelectionRequest};
pub use session::{CodeDocument, CodeRequest, Role, WhoAmI};
pub use system::{Check, Readiness, Version};
pub use work::{
    AppendDocument, ClaimDocument, ClaimedDocument, FinishDocument, LEASE_HEADER, LeaseDocument,
    NotedDocument, PresenceDocument, RenewDocument, RenewedDocument, WORK_BYTES, WORK_EVENTS, WORK_MANY,
    WORK_VERSION_HEADER, WORK_VERSIONS,
};
