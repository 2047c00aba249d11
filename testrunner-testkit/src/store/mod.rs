//! The suite over [`Store`](testrunner_core::Store). Each case is a function of the harness; the number in its
//! first line is that of the invariant in the design.
//!
//! Cases end with [`Bench::check_all`], which replays every event log and holds it against all that the store
//! says: most promises are checked there, in every case.

pub mod backlog;
pub mod changes;
pub mod claim;
pub mod clock;
pub mod events;
pub mod factory;
pub mod fence;
pub mod file;
pub mod listing;
pub mod max_fail;
pub mod model;
pub mod pin;
pub mod progress;
pub mod random;
pub mod retention;
pub mod run_state;
pub mod stop;
pub mod storage;
pub mod workers;

mod bench;
mod cases;
mod dump;
mod harness;
mod replay;

pub use bench::Bench;
pub use cases::{Case, cases};
pub use dump::Dump;
pub use harness::StoreHarness;
