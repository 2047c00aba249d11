//! The suite over [`MemoryStore`].

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use testrunner_core::{ManualClock, MemoryStore, Store};
use testrunner_testkit::store::StoreHarness;

/// Keeps the last store, so that `reopen` gives a clone of it.
#[derive(Default)]
struct Memory(Mutex<Option<MemoryStore>>);

#[async_trait]
impl StoreHarness for Memory {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        let store = MemoryStore::with_clock(Arc::new(clock));
        *self.0.lock().expect("not poisoned") = Some(store.clone());
        Arc::new(store)
    }

    async fn reopen(&self, _clock: ManualClock) -> Arc<dyn Store> {
        let last = self.0.lock().expect("not poisoned").clone();
        Arc::new(last.expect("fresh comes before reopen"))
    }
}

testrunner_testkit::store_conformance!(Memory::default());
