#![doc = include_str!("../README.md")]

mod address;
mod counts;
mod error;
mod fetch;
mod link;
mod offer;
mod options;
mod payload;
mod queue;
mod supervisor;

pub use counts::QueueCounts;
pub use options::AmqpOptions;
pub use queue::AmqpQueue;
