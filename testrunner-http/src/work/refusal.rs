//! What workers are refused with, each counted.

use prometheus_client::encoding::EncodeLabelSet;
use testrunner_core::{EngineError, StoreError, StoreErrorKind};

use super::lease::Signed;
use crate::problem::Problem;
use crate::state::Api;
use crate::token::Identity;

/// Why a worker was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    /// A lease of another token, or none at all.
    Signature,
    /// The lease is over.
    Fenced,
    /// Events are missing before those that came.
    Gap,
    /// It speaks another version.
    Version,
    /// It asked for files of something that it does not hold.
    NotHeld,
}

/// As the figures name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Refused {
    why: &'static str,
}

impl From<Why> for Refused {
    fn from(why: Why) -> Self {
        let why = match why {
            Why::Signature => "signature",
            Why::Fenced => "fenced",
            Why::Gap => "gap",
            Why::Version => "version",
            Why::NotHeld => "not_held",
        };
        Self { why }
    }
}

/// What the worker shows, if it may.
///
/// # Errors
/// The lease was not made here for this token.
pub(super) fn open(api: &Api, identity: &Identity, lease: &str) -> Result<Signed, Problem> {
    Signed::open(lease, &api.work_key, identity).ok_or_else(|| {
        api.metrics.refused(Why::Signature);
        tracing::warn!(
            token = identity.token,
            subject = identity.subject,
            "a lease that is not this token's"
        );
        Problem::lease_refused()
    })
}

/// What the store said to a lease holder.
pub(super) fn refuse(api: &Api, error: impl Into<EngineError>) -> Problem {
    match error.into() {
        EngineError::Store(error) => refuse_store(api, error),
        other => other.into(),
    }
}

fn refuse_store(api: &Api, error: StoreError) -> Problem {
    match error.kind() {
        StoreErrorKind::Fenced => {
            api.metrics.refused(Why::Fenced);
            Problem::fenced(error.to_string())
        }
        StoreErrorKind::Gap { expected_n } => {
            api.metrics.refused(Why::Gap);
            Problem::gap(error.to_string(), expected_n)
        }
        _ => error.into(),
    }
}
