#![doc = include_str!("../README.md")]

mod address;
mod bell;
mod error;
mod fetch;
mod link;
mod options;
mod queue;
mod ring;
mod stream;
mod supervisor;
mod sweep;

pub use bell::RedisBell;
pub use options::RedisOptions;
pub use queue::RedisQueue;
pub use testrunner_core::queue::QueueCounts;
