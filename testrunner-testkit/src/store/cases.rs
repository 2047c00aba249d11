//! The cases as values, for those who run them in another way than as tests.

use std::pin::Pin;

use super::StoreHarness;

type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One case of the suite. It says what is wrong by panicking.
#[derive(Clone, Copy, Debug)]
pub struct Case<H> {
    /// What it is about.
    pub noun: &'static str,
    /// What is promised.
    pub name: &'static str,
    /// Runs it.
    pub run: for<'a> fn(&'a H) -> Running<'a>,
}

/// All cases, in the order of the suite. Those of `random` and `model` need a runtime of several threads.
#[must_use]
pub fn cases<H: StoreHarness>() -> Vec<Case<H>> {
    crate::store_conformance!(@cases table())
}
