//! The suite over [`Executor`](testrunner_core::Executor): files of every temper, and what must become of them.

pub mod outcome;
pub mod output;
pub mod stop;

mod harness;
mod room;

pub use harness::{ExecutorHarness, FLOOD, Play};
