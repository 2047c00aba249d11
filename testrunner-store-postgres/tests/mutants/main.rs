//! The SQL of the store: with one mistake at a time, and the cases of the suite that notice (`proof`); and how the
//! database goes about each statement (`plans`).
//! Ignored where there is no server, but for `TESTRUNNER_REQUIRE_SERVICES`.
//!
//! The store's sources are compiled into this binary once more, under a `sqlx` whose `query` and sisters pass the
//! [`seam`]. So nothing of the product is changed for its test, and this cannot be a part of `tests/it`.

#![expect(
    unused_imports,
    dead_code,
    reason = "the unit tests in the sources are not run here, nor all of `server`"
)]

// What the sources below call `sqlx` is this file, which is the real one but for four functions and the builder.
extern crate self as sqlx;
extern crate sqlx as driver;

pub use document::Document;
pub use driver::{
    AssertSqlSafe, ConnectOptions, Connection, Error, Executor, PgConnection, PgPool, Postgres, Row, pool,
    postgres,
};
pub use options::PostgresOptions;
pub use seam::{QueryBuilder, query, query_as, query_scalar, raw_sql};
pub use store::PostgresStore;

mod list;
mod plans;
mod proof;
mod seam;
#[path = "../it/server.rs"]
mod server;

#[path = "../../src/archive.rs"]
mod archive;
#[path = "../../src/bell.rs"]
mod bell;
#[path = "../../src/database.rs"]
mod database;
#[path = "../../src/document.rs"]
mod document;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/handover.rs"]
mod handover;
#[path = "../../src/lanes.rs"]
mod lanes;
#[path = "../../src/line.rs"]
mod line;
#[path = "../../src/lock.rs"]
mod lock;
#[path = "../../src/migrate.rs"]
mod migrate;
#[path = "../../src/nodelay.rs"]
mod nodelay;
#[path = "../../src/open.rs"]
mod open;
#[path = "../../src/options.rs"]
mod options;
#[path = "../../src/presence.rs"]
mod presence;
#[path = "../../src/rows.rs"]
mod rows;
#[path = "../../src/run_log.rs"]
mod run_log;
#[path = "../../src/shared.rs"]
mod shared;
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

fn main() -> std::process::ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    libtest_mimic::run(&arguments, vec![proof::trial(), plans::trial()]).exit_code()
}
