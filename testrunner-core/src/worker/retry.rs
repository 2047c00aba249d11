//! Asking a store again that is busy or away.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};

use crate::store::{StoreError, StoreResult};

/// Repeats `call` while its error may pass; every verb of a store is safe to repeat.
///
/// # Errors
/// One that will not pass, or the last one when `give_up_after` is over.
pub(super) async fn until_answered<T, F, R>(give_up_after: Option<Duration>, call: F) -> StoreResult<T>
where
    F: FnMut() -> R,
    R: Future<Output = StoreResult<T>>,
{
    let policy = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(2))
        .with_jitter()
        .without_max_times()
        .with_total_delay(give_up_after);
    call.retry(policy)
        .when(StoreError::is_retryable)
        .notify(|error, wait| tracing::warn!(%error, ?wait, "the store did not answer; trying again"))
        .await
}
