//! What a store, a queue or a doorbell may answer instead of a result.

use crate::testrun::InvalidSpec;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong, by what the caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreErrorKind {
    /// There is no such Testrun, item or blob. Do not retry.
    NotFound,
    /// The request breaks a rule. Do not retry.
    Invalid,
    /// The request contradicts what is stored (an idempotency key with another content). Do not retry.
    Conflict,
    /// The lease is no longer yours: stop, kill, write nothing more.
    Fenced,
    /// Events are missing before these: send again from `expected_n`.
    Gap {
        /// Number of the first event that the store does not have.
        expected_n: u64,
    },
    /// A single call carried more than the store takes.
    TooLarge,
    /// Another writer is in the way. Retry; nothing was changed.
    Busy,
    /// The store cannot be reached or cannot write (disk full). Retry; whether it was changed is unknown.
    Unavailable,
    /// The stored data contradicts itself or cannot be read. Do not retry.
    Corrupt,
    /// Anything else. Do not retry.
    Internal,
}

impl StoreErrorKind {
    /// Whether the same call may succeed later. All verbs are safe to repeat.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable)
    }
}

/// The error of [`WorkStore`](crate::store::WorkStore), [`Store`](crate::store::Store) and
/// [`Queue`](crate::queue::Queue).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    #[source]
    source: Option<Source>,
}

impl StoreError {
    /// An error of this kind; the message says what failed, on which id, and what to do.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// "no Testrun 7", for adapters.
    #[must_use]
    pub fn no_testrun(id: crate::id::TestrunId) -> Self {
        Self::new(StoreErrorKind::NotFound, format!("there is no Testrun {id}"))
    }

    /// "the lease … is no longer held", for adapters.
    #[must_use]
    pub fn fenced(key: crate::id::LeaseKey) -> Self {
        Self::new(StoreErrorKind::Fenced, format!("the lease on {key} is no longer held"))
    }
}

impl From<InvalidSpec> for StoreError {
    fn from(error: InvalidSpec) -> Self {
        Self::new(StoreErrorKind::Invalid, error.to_string()).caused_by(error)
    }
}

/// The result of every verb of a port.
pub type StoreResult<T> = Result<T, StoreError>;
