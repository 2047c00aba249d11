//! A worker's steps on SQLite: `cargo bench -p testrunner-store-sqlite --bench steps`.

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use strum::IntoEnumIterator as _;
use testrunner_core::Store;
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::load::{Answer, Step, Steps};
use tokio::runtime::Runtime;

fn main() -> Answer {
    let (mut criterion, runtime) = (Criterion::default().configure_from_args(), Runtime::new()?);
    let mut group = criterion.benchmark_group("sqlite");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for step in Step::iter() {
        let take = |times| runtime.block_on(take(step, times)).expect("the store");
        group.bench_function(step.to_string(), |bench| bench.iter_custom(take));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// On a file of its own, so that no sample finds what an earlier one has left.
async fn take(step: Step, times: u64) -> Answer<Duration> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::options().open(folder.path().join("ledger.db")).await?;
    let steps = Steps::prepare(Arc::new(store.clone()) as Arc<dyn Store>, step, times).await?;
    let took = steps.take(times).await;
    store.close().await;
    took
}
