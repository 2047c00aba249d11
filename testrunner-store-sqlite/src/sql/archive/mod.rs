//! Testruns on their way from one ledger to another.

pub(crate) mod numbers;
pub(crate) mod part;
pub(crate) mod record;
pub(crate) mod rows;
pub(crate) mod timings;
