//! What the suite needs of an adapter.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::{ManualClock, Store};

/// Makes stores to be tested. Every case gets a harness of its own.
#[async_trait]
pub trait StoreHarness: Send + Sync {
    /// A new, empty ledger that reads this clock and nothing else of time.
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store>;

    /// Another handle on the ledger that `fresh` made last, as another process would have. Called only where
    /// [`StoreCaps`](testrunner_core::store::StoreCaps) say `durable` or `multi_process`.
    async fn reopen(&self, clock: ManualClock) -> Arc<dyn Store>;

    /// Items in the largest case. To be made smaller only where the whole suite would take minutes.
    fn many(&self) -> u32 {
        10_000
    }
}
