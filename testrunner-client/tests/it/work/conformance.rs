//! The suite that every store passes, with a worker's verbs over HTTP. No case is left out. Directory Testruns are claimed
//! beside the server, for nobody claims them over it.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::{Engine, ManualClock, MemoryStore, Store};
use testrunner_testkit::store::StoreHarness;

use super::fleet::Fleet;
use super::over::Over;

#[derive(Default)]
struct Remote;

#[async_trait]
impl StoreHarness for Remote {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        let inner: Arc<dyn Store> = Arc::new(MemoryStore::with_clock(Arc::new(clock)));
        let engine = Engine::builder_shared(Arc::clone(&inner)).build().expect("an engine");
        let fleet = Fleet::start(engine).expect("a server");
        let remote = fleet.store().expect("a store");
        Arc::new(Over::new(inner, remote, fleet))
    }

    async fn reopen(&self, _clock: ManualClock) -> Arc<dyn Store> {
        unreachable!("memory is neither durable nor shared by processes")
    }

    fn many(&self) -> u32 {
        2_000
    }
}

testrunner_testkit::store_conformance!(Remote);
