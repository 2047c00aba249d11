//! Asking a store again that is busy or away, for as long as the worker waits for it.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};

use super::Running;
use crate::store::{StoreError, StoreErrorKind, StoreResult};

impl Running {
    /// Repeats `call` while its error may pass; every verb of a store is safe to repeat.
    ///
    /// # Errors
    /// One that will not pass, the last one when `give_up_after` is over, or `Unavailable` when the worker has ceased
    /// to wait.
    pub(super) async fn until_answered<T, F, R>(&self, call: F) -> StoreResult<T>
    where
        F: FnMut() -> R,
        R: Future<Output = StoreResult<T>>,
    {
        let policy = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(2))
            .with_jitter()
            .without_max_times()
            .with_total_delay(self.parts.settings.give_up_after);
        let asked = call
            .retry(policy)
            .when(StoreError::is_retryable)
            .notify(|error, wait| tracing::warn!(%error, ?wait, "the store did not answer; trying again"));
        tokio::select! {
            biased;
            answer = asked => answer,
            () = self.unanswered.cancelled() => Err(unanswered()),
        }
    }

    /// The answer of a store, unless the worker ceases to wait for it.
    ///
    /// # Errors
    /// The store's, or `Unavailable` when the worker has ceased to wait.
    pub(super) async fn answer<T>(&self, asked: impl Future<Output = StoreResult<T>>) -> StoreResult<T> {
        tokio::select! {
            biased;
            answer = asked => answer,
            () = self.unanswered.cancelled() => Err(unanswered()),
        }
    }
}

fn unanswered() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the store did not answer before the worker ended")
}
