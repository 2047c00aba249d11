//! The cases as values, for those who run them in another way than as tests.

use std::pin::Pin;

use super::CopyHarness;

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

/// All cases, in the order of the suite.
#[must_use]
pub fn cases<H: CopyHarness>() -> Vec<Case<H>> {
    crate::copy_conformance!(@cases table())
}
