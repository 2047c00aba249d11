//! A worker's steps on `MemoryStore`: `cargo bench -p testrunner-testkit --bench steps`.

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use strum::IntoEnumIterator as _;
use testrunner_core::MemoryStore;
use testrunner_testkit::load::{Answer, Step, Steps};
use tokio::runtime::Runtime;

fn main() -> Answer {
    let (mut criterion, runtime) = (Criterion::default().configure_from_args(), Runtime::new()?);
    let mut group = criterion.benchmark_group("memory");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    for step in Step::iter() {
        let take = |times| runtime.block_on(take(step, times)).expect("the store");
        group.bench_function(step.to_string(), |bench| bench.iter_custom(take));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

async fn take(step: Step, times: u64) -> Answer<Duration> {
    Steps::prepare(Arc::new(MemoryStore::new()), step, times).await?.take(times).await
}
