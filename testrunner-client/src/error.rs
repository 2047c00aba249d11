//! What callers match on.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use testrunner_api::ProblemDocument;
use testrunner_core::testrun::InvalidSpec;

/// Why a call failed. The message says what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address of the server cannot be used.
    #[error("the server address {url:?} cannot be used: {why}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The token holds characters that no token has.
    #[error("the token cannot be sent: it holds line ends or other characters that no token has")]
    Token,
    /// The system gives no TLS or no sockets.
    #[error("the client cannot be set up: {}", root(&**.0))]
    Setup(Arc<reqwest::Error>),
    /// The server did not answer, for as long as patience went.
    #[error("the server at {url} cannot be reached: {}; is it running there?", root(&**.source))]
    Unreachable {
        /// The server.
        url: String,
        /// The last failure.
        source: Arc<reqwest::Error>,
    },
    /// The server answered and refused.
    #[error("{}", told(.problem))]
    Problem {
        /// What it said.
        problem: Box<ProblemDocument>,
        /// When it is to be asked again, if it said so.
        retry_after: Option<Duration>,
    },
    /// What answered does not speak this API.
    #[error("the answer of {url} is not understood: {why}; is a testrunner server of this version there?")]
    Protocol {
        /// What was asked.
        url: String,
        /// What is odd about the answer.
        why: String,
    },
    /// What was to be submitted breaks a rule; nothing was sent.
    #[error(transparent)]
    Invalid(#[from] InvalidSpec),
    /// A file or folder to be submitted cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<std::io::Error>,
    },
}

impl ClientError {
    /// The problem's code, when the server refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem { problem, .. } => Some(&problem.code),
            _ => None,
        }
    }

    /// The HTTP status, when the server refused.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Problem { problem, .. } => Some(problem.status),
            _ => None,
        }
    }

    /// Whether the same call may succeed later without anything being changed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Problem { problem, .. } => matches!(problem.status, 429 | 502 | 503 | 504),
            _ => false,
        }
    }

    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { path: path.into(), source: Arc::new(source) }
    }
}

/// The innermost cause: what lies around it only says that a request failed.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn told(problem: &ProblemDocument) -> String {
    let mut text = problem.detail.clone().unwrap_or_else(|| problem.title.clone());
    for error in &problem.errors {
        // A detail that names its fields already is not repeated.
        if !text.contains(&error.detail) {
            text.push_str(&format!("; {}: {}", error.field, error.detail));
        }
    }
    if problem.status >= 500
        && let Some(instance) = &problem.instance
    {
        text.push_str(&format!(" (request {instance})"));
    }
    text
}
