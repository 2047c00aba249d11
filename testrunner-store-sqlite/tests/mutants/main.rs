//! The SQL of the store: with one mistake at a time, and the cases of the suite that notice (`proof`); and how the
//! database goes about each statement (`plans`).
//!
//! The store's sources are compiled into this binary once more, under a `sqlx` whose `query` and sisters pass the
//! [`seam`]. So nothing of the product is changed for its test, and this cannot be a part of `tests/it`.

// What the sources below call `sqlx` is this file, which is the real one but for four functions and the builder.
extern crate self as sqlx;
extern crate sqlx as driver;

pub use driver::{
    ConnectOptions, Connection, Error, Row, Sqlite, SqliteConnection, SqlitePool, Transaction, pool,
    query_builder, sqlite,
};
pub use options::SqliteOptions;
pub use seam::{QueryBuilder, query, query_as, query_scalar, raw_sql};
pub use store::SqliteStore;

mod list;
mod plans;
mod proof;
mod seam;

#[path = "../../src/archive.rs"]
mod archive;
#[path = "../../src/bell.rs"]
mod bell;
#[path = "../../src/copy.rs"]
mod copy;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/handover.rs"]
mod handover;
#[path = "../../src/migrate.rs"]
mod migrate;
#[path = "../../src/open.rs"]
mod open;
#[path = "../../src/options.rs"]
mod options;
#[path = "../../src/presence.rs"]
mod presence;
#[path = "../../src/readers.rs"]
mod readers;
#[path = "../../src/reports.rs"]
mod reports;
#[path = "../../src/rows.rs"]
mod rows;
#[path = "../../src/run_log.rs"]
mod run_log;
#[path = "../../src/sql/mod.rs"]
mod sql;
#[path = "../../src/store.rs"]
mod store;
#[path = "../../src/verb.rs"]
mod verb;
#[path = "../../src/verbs/mod.rs"]
mod verbs;
#[path = "../../src/writer.rs"]
mod writer;
