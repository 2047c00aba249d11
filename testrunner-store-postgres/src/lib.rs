#![doc = include_str!("../README.md")]

mod archive;
mod bell;
mod database;
mod document;
mod error;
mod handover;
mod lanes;
mod line;
mod lock;
mod migrate;
mod nodelay;
mod open;
mod options;
mod presence;
mod rows;
mod run_log;
mod shared;
mod sql;
mod store;
mod verb;
mod verbs;
mod writer;

pub use document::Document;
pub use options::PostgresOptions;
pub use store::PostgresStore;
