//! The suite over [`Queue`](testrunner_core::queue::Queue): a hint may come late or twice, but whoever waits is
//! woken, and what was handed out and not used comes back.

pub mod delivery;

mod cases;
mod harness;

pub use cases::{Case, cases};
pub use harness::QueueHarness;
