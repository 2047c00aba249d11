//! A worker's steps on Postgres: `TESTRUNNER_TEST_POSTGRES=URL cargo bench -p testrunner-store-postgres --bench steps`.
//! Without the URL nothing is measured. Works in a schema of its own, which may be dropped afterwards.

use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use strum::IntoEnumIterator as _;
use testrunner_core::Store;
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::load::{Answer, Step, Steps};
use tokio::runtime::Runtime;

#[expect(clippy::print_stderr, reason = "what is not measured is to be seen")]
fn main() -> Answer {
    let Ok(url) = std::env::var("TESTRUNNER_TEST_POSTGRES") else {
        eprintln!("not measured: TESTRUNNER_TEST_POSTGRES names no server");
        return Ok(());
    };
    let (mut criterion, runtime) = (Criterion::default().configure_from_args(), Runtime::new()?);
    let schema = format!("steps_{}", std::process::id());
    let store = runtime.block_on(PostgresStore::options().schema(schema).open(&url))?;
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    let mut group = criterion.benchmark_group("postgres");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for step in Step::iter() {
        let take = |times| runtime.block_on(take(Arc::clone(&shared), step, times)).expect("the store");
        group.bench_function(step.to_string(), |bench| bench.iter_custom(take));
    }
    group.finish();
    criterion.final_summary();
    runtime.block_on(store.close());
    Ok(())
}

async fn take(store: Arc<dyn Store>, step: Step, times: u64) -> Answer<Duration> {
    Steps::prepare(store, step, times).await?.take(times).await
}
