//! Warm starts: zygotes that are there before their Testrun is.
//!
//! A *stem* has imported pytest; its *template* has gone on to where pytest meets the tests, in a folder that nobody
//! uses. Both only ever fork: what runs a Testrun is a fork that serves it alone, and ends with it. No test runs in what
//! others are forked from.

mod loaded;
mod nursery;
mod stem;

pub(crate) use nursery::{Kind, Nursery};
