//! What programs outside of the product wrote down, and how it is held against the store. Shared by the fault tests of
//! one machine and of a fleet.

pub(crate) mod book;
pub(crate) mod dice;
pub(crate) mod files;
pub(crate) mod follow;
pub(crate) mod journal;
pub(crate) mod victim;

use std::error::Error;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A number that a variable gives.
pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[expect(clippy::print_stdout, reason = "the figures of a long run")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
