//! The suite over [`Copying`](testrunner_core::copy::Copying) and the ports below it: what one ledger holds arrives in
//! the other. Each case is a function of the harness.

pub mod open;
pub mod part;
pub mod refuse;
pub mod whole;

mod cases;
mod fill;
mod harness;

pub use cases::{Case, cases};
pub use fill::fill;
pub use harness::{CopyHarness, Pair};
