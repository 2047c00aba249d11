//! Integration tests of the core: contracts, engine over the in-memory store, executors.

mod again;
mod cancel;
mod contracts;
mod engine;
mod follow;
mod forecast;
mod function;
mod lease;
mod process;
mod support;
mod tidy;
mod wire;
mod worker;
