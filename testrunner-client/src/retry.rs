//! Trying again, with pauses that grow and differ.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};

use crate::error::ClientError;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// The pauses between attempts.
pub(crate) fn pauses() -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(FIRST).with_max_delay(LONGEST).without_max_times().with_jitter()
}

/// Acts until it works, fails for good, or patience has come to its end. A pause that the server asks for is kept.
///
/// # Errors
/// The last failure.
pub(crate) async fn retry<T: Send, F: Future<Output = Result<T, ClientError>> + Send>(
    patience: Duration,
    act: impl FnMut() -> F + Send,
) -> Result<T, ClientError> {
    let began = Instant::now();
    act.retry(pauses())
        .when(ClientError::is_retryable)
        .adjust(move |error, pause| {
            let pause = pause?.max(error.retry_after().unwrap_or_default());
            (began.elapsed() + pause <= patience).then_some(pause)
        })
        .notify(|error, pause| tracing::debug!(%error, ?pause, "trying again"))
        .await
}
