#![doc = include_str!("../README.md")]
#![expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "a conformance case says what is wrong by panicking"
)]

mod macros;

pub mod copy;
pub mod executor;
pub mod fault;
pub mod ledger;
pub mod load;
pub mod proxy;
pub mod queue;
pub mod store;
