#![doc = include_str!("../README.md")]

pub mod clock;
pub mod copy;
pub mod doorbell;
mod engine;
pub mod event;
pub mod executor;
pub mod fsck;
mod id;
mod item;
mod plan;
pub mod queue;
pub mod repeats;
pub mod report;
pub mod rules;
mod schedule;
mod slot_use;
pub mod state_machine;
pub mod store;
pub mod testrun;
mod worker;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use engine::{
    ChangeNotice, Changes, Engine, EngineBuilder, EngineError, FilePreview, Preview, Progress, Rerun,
    RetentionPolicy, Subscription,
};
pub use event::{Event, EventBody};
pub use executor::{Executor, FnExecutor, ProcessExecutor, Session, Verdict};
pub use id::{Digest, Epoch, InvalidDigest, ItemId, LeaseKey, ProcessId, Seq, TestrunId, WorkerId};
pub use item::{Item, ItemState, NewItem};
pub use plan::{Plan, assumed, plan};
pub use repeats::{Flaky, Repeats};
pub use report::Report;
pub use schedule::{Forecast, Place, Schedule};
pub use slot_use::SlotUse;
pub use store::{MemoryStore, Store, StoreError, StoreErrorKind, WorkStore};
pub use testrun::{
    CaseCounts, CaseKind, CaseOutcome, FailReason, FileOutcome, Labels, Limits, Options, Source, Status,
    Testrun, TestrunDocument, TestrunSpec,
};
pub use worker::{Drained, Worker, WorkerBuilder, WorkerStatus};
