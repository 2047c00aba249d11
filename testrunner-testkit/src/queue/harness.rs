//! What the suite needs of an adapter.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::queue::Queue;

/// Makes queues to be tested. Every case gets a harness of its own.
#[async_trait]
pub trait QueueHarness: Send + Sync {
    /// A new, empty queue, that nothing is wrong with: it loses nothing.
    async fn fresh(&self) -> Arc<dyn Queue>;

    /// Another handle on the queue that `fresh` made last, as another process would have. As a rule the same one.
    async fn reopen(&self) -> Arc<dyn Queue>;
}
