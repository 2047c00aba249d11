//! The suite that every store passes.

use std::sync::Arc;

use async_trait::async_trait;
use libtest_mimic::Trial;
use testrunner_core::{ManualClock, Store};
use testrunner_testkit::store::{StoreHarness, cases};

use crate::server::{Server, trial};
use crate::stores::options;

struct Postgres(Arc<Server>);

#[async_trait]
impl StoreHarness for Postgres {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        self.0.fresh();
        self.reopen(clock).await
    }

    async fn reopen(&self, clock: ManualClock) -> Arc<dyn Store> {
        let options = options(&self.0.last()).clock(Arc::new(clock));
        Arc::new(options.open(self.0.url()).await.expect("open"))
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = cases::<Postgres>().into_iter().map(|case| {
        trial(format!("conformance::{}::{}", case.noun, case.name), move |server| {
            Box::pin(async move { (case.run)(&Postgres(server)).await })
        })
    });
    trials.collect()
}
