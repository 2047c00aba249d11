//! Why there is no document.

/// The JUnit document could not be put together.
#[derive(Debug, thiserror::Error)]
#[error("cannot put the JUnit report together: {0}")]
pub struct JunitError(#[from] quick_junit::SerializeError);
