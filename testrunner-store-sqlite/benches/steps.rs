//! A worker's steps on SQLite: `cargo bench -p testrunner-store-sqlite --bench steps`.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::Store;
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::load::{Answer, Step, Steps, bench_steps};
use tokio::runtime::Runtime;

fn main() -> Answer {
    let runtime = Runtime::new()?;
    bench_steps("sqlite", 20, Duration::from_secs(3), |step, times| runtime.block_on(take(step, times)));
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
