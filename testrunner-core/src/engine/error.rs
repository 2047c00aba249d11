//! What the engine's callers match on.

use std::path::PathBuf;

use crate::executor::ExecError;
use crate::id::TestrunId;
use crate::store::{StoreError, StoreErrorKind};
use crate::testrun::InvalidSpec;

/// Why a verb of the engine failed. A failing test is never an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The specification breaks a rule; nothing was stored.
    #[error(transparent)]
    InvalidSpec(#[from] InvalidSpec),
    /// No executor of this name is at hand.
    #[error("there is no executor {name:?}; known are: {known}")]
    UnknownExecutor {
        /// What was asked for.
        name: String,
        /// Names of those at hand.
        known: String,
    },
    /// The executor refused the options.
    #[error(transparent)]
    Executor(#[from] ExecError),
    /// A file of a directory source cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store said no, or could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Every file of the Testrun is in order.
    #[error("all files of Testrun {run} are in order; there is nothing to run again")]
    NothingToRerun {
        /// The Testrun that was to be repeated.
        run: TestrunId,
    },
    /// The engine was put together wrongly.
    #[error("{0}")]
    Config(String),
}

impl EngineError {
    /// Whether the named thing does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Store(error) if error.kind() == StoreErrorKind::NotFound)
    }
}
