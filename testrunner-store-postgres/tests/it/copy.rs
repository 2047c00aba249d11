//! The suite over copies, from one schema into another.

use std::sync::Arc;

use async_trait::async_trait;
use libtest_mimic::Trial;
use testrunner_core::ManualClock;
use testrunner_core::store::Archive;
use testrunner_testkit::copy::{CopyHarness, cases};

use crate::server::{Server, trial};
use crate::stores::options;

struct Schemas(Arc<Server>);

impl Schemas {
    async fn open(&self, clock: ManualClock) -> Arc<dyn Archive> {
        let options = options(&self.0.fresh()).clock(Arc::new(clock));
        Arc::new(options.open(self.0.url()).await.expect("open"))
    }
}

#[async_trait]
impl CopyHarness for Schemas {
    async fn source(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open(clock).await
    }

    async fn target(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open(clock).await
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let trials = cases::<Schemas>().into_iter().map(|case| {
        trial(format!("copy::{}::{}", case.noun, case.name), move |server| {
            Box::pin(async move { (case.run)(&Schemas(server)).await })
        })
    });
    trials.collect()
}
