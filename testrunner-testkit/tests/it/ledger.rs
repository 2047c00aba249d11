//! The suite over the model itself.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::{ManualClock, Store};
use testrunner_testkit::ledger::{LedgerStore, Mutant};
use testrunner_testkit::store::StoreHarness;

/// Makes ledgers with this mistake, if any.
#[derive(Default)]
pub(crate) struct Ledgers(pub(crate) Option<Mutant>);

#[async_trait]
impl StoreHarness for Ledgers {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        let clock = Arc::new(clock);
        Arc::new(match self.0 {
            Some(mutant) => LedgerStore::mutated(clock, mutant),
            None => LedgerStore::new(clock),
        })
    }

    async fn reopen(&self, _clock: ManualClock) -> Arc<dyn Store> {
        unreachable!("a ledger is neither durable nor shared by processes")
    }

    /// The model copies a Testrun for each call.
    fn many(&self) -> u32 {
        150
    }
}

testrunner_testkit::store_conformance!(Ledgers::default());
