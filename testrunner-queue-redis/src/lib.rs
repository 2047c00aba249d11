#![doc = include_str!("../README.md")]

mod address;
mod bell;
mod counts;
mod error;
mod fetch;
mod link;
mod options;
mod payload;
mod queue;
mod ring;
mod stream;
mod supervisor;
mod sweep;

pub use bell::RedisBell;
pub use counts::QueueCounts;
pub use options::RedisOptions;
pub use queue::RedisQueue;
