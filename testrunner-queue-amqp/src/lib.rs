#![doc = include_str!("../README.md")]

mod address;
mod error;
mod fetch;
mod link;
mod offer;
mod options;
mod queue;
mod supervisor;

pub use options::AmqpOptions;
pub use queue::AmqpQueue;
pub use testrunner_core::queue::QueueCounts;
