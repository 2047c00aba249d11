//! What the suite needs of two adapters.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::copy::{Copied, CopyError, Copying};
use testrunner_core::store::{Archive, Timing};
use testrunner_core::{ManualClock, TestrunId};

use crate::store::Bench;

/// Makes the two ledgers of a case, of one adapter or of two. Every case gets a harness of its own.
#[async_trait]
pub trait CopyHarness: Send + Sync {
    /// A new, empty ledger that is copied from. Called once.
    async fn source(&self, clock: ManualClock) -> Arc<dyn Archive>;

    /// A new, empty ledger that is copied into. Called once.
    async fn target(&self, clock: ManualClock) -> Arc<dyn Archive>;
}

/// Two ledgers with one clock.
#[derive(Debug)]
#[expect(missing_docs, reason = "the ledgers, as archives and as benches")]
pub struct Pair {
    pub from: Arc<dyn Archive>,
    pub to: Arc<dyn Archive>,
    pub source: Bench,
    pub target: Bench,
}

impl Pair {
    /// Empty ones.
    pub async fn new(harness: &impl CopyHarness) -> Self {
        let clock = ManualClock::default();
        let (from, to) = (harness.source(clock.clone()).await, harness.target(clock.clone()).await);
        let bench = |store: &Arc<dyn Archive>| Bench { store: Arc::clone(store) as _, clock: clock.clone() };
        Self { source: bench(&from), target: bench(&to), from, to }
    }

    /// Copies what has ended.
    pub async fn copy(&self) -> Result<Copied, CopyError> {
        Copying::new(Arc::clone(&self.from), Arc::clone(&self.to)).run().await
    }

    /// Copies everything; it is in order.
    pub async fn copy_all(&self) -> Copied {
        let copying = Copying::new(Arc::clone(&self.from), Arc::clone(&self.to)).with_open(true);
        let copied = copying.run().await.expect("copy");
        assert_eq!(copied.findings, [""; 0], "findings");
        copied
    }

    /// Holds all that is stored of a Testrun in both against each other.
    pub async fn expect_same(&self, run: TestrunId) {
        let (one, two) =
            (self.from.record(run).await.expect("record"), self.to.record(run).await.expect("record"));
        assert_eq!(one, two, "Testrun {run}");
        assert_eq!(self.source.dump(run).await, self.target.dump(run).await, "Testrun {run}");
    }

    /// Holds everything that is stored in both against each other.
    pub async fn expect_all_same(&self) {
        assert_eq!(self.source.runs().await, self.target.runs().await, "the Testruns");
        for run in self.source.runs().await {
            self.expect_same(run).await;
        }
        assert_eq!(timings(&*self.from).await, timings(&*self.to).await, "timings");
        assert_eq!(self.to.parts().await.expect("parts"), []);
        self.target.check_all().await;
    }
}

/// What files took, in an order of ours.
async fn timings(ledger: &dyn Archive) -> Vec<Timing> {
    let mut all: Vec<Timing> = Vec::new();
    loop {
        let after = all.last().map_or(("", ""), |last| (last.suite.as_str(), last.path.as_str()));
        let page = ledger.timings(after, 3).await.expect("timings");
        if page.is_empty() {
            all.sort_by(|one, two| (&one.suite, &one.path).cmp(&(&two.suite, &two.path)));
            return all;
        }
        all.extend(page);
    }
}
