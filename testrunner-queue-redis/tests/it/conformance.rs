//! The suite that every queue passes.

use std::sync::Arc;

use async_trait::async_trait;
use libtest_mimic::Trial;
use testrunner_core::queue::Queue;
use testrunner_testkit::queue::{QueueHarness, cases};

use crate::bench::{Bench, trial};

struct Redis(Bench);

#[async_trait]
impl QueueHarness for Redis {
    async fn fresh(&self) -> Arc<dyn Queue> {
        Arc::new(self.0.open().await)
    }

    async fn reopen(&self) -> Arc<dyn Queue> {
        self.fresh().await
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |case: testrunner_testkit::queue::Case<Redis>| {
        trial(format!("conformance::{}::{}", case.noun, case.name), move |bench| async move {
            let harness = Redis(bench);
            (case.run)(&harness).await;
        })
    };
    cases().into_iter().map(trial).collect()
}
