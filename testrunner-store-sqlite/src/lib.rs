#![doc = include_str!("../README.md")]

mod archive;
mod bell;
mod copy;
mod error;
mod handover;
mod migrate;
mod open;
mod options;
mod presence;
mod readers;
mod reports;
mod rows;
mod run_log;
mod sql;
mod store;
mod verb;
mod verbs;
mod writer;

pub use options::SqliteOptions;
pub use store::SqliteStore;
