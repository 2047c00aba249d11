//! The end of what works: at the first signal nothing more is taken, the second kills what runs.

use std::time::Duration;

use testrunner_core::{Drained, Engine};

use crate::interrupt::Interrupts;

/// How long the ledger gets to answer when what runs was killed, and to be closed; and connections to end.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(5);

/// What can be brought to an end.
pub(crate) trait Works: Sync {
    /// Takes nothing more; what runs may end within `grace`, the rest goes back to the queue.
    fn shutdown(&self, grace: Duration) -> impl Future<Output = Drained> + Send;
    /// Kills what runs.
    fn halt(&self);
}

impl Works for Engine {
    async fn shutdown(&self, grace: Duration) -> Drained {
        Self::shutdown(self, grace).await
    }

    fn halt(&self) {
        Self::halt(self);
    }
}

/// After the first signal: what runs may end within `grace`, unless there is a second one. A ledger that does not answer is
/// not waited for.
pub(crate) async fn drain(works: &impl Works, grace: Duration, interrupts: &mut Interrupts) -> Drained {
    tokio::select! {
        drained = works.shutdown(grace) => drained,
        _ = interrupts.next() => {
            tracing::info!("killing all that runs");
            works.halt();
            let killed = tokio::time::timeout(LAST_WORDS, works.shutdown(Duration::ZERO)).await;
            killed.unwrap_or(Drained::Unanswered)
        }
    }
}
