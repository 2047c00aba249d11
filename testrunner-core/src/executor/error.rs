//! When a file could not be judged.

/// Infrastructure failed, not a test. The message says what, on which file or program, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ExecError {
    /// What failed.
    pub message: String,
    /// Whether trying again later can help.
    pub retry: bool,
}

impl ExecError {
    /// An error that may pass.
    pub fn transient(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry: true }
    }

    /// An error that will come again.
    pub fn fatal(message: impl Into<String>) -> Self {
        Self { message: message.into(), retry: false }
    }
}
