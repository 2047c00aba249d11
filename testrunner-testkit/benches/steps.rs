//! A worker's steps on `MemoryStore`: `cargo bench -p testrunner-testkit --features criterion --bench steps`.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::MemoryStore;
use testrunner_testkit::load::{Answer, Steps, bench_steps};
use tokio::runtime::Runtime;

fn main() -> Answer {
    let runtime = Runtime::new()?;
    bench_steps("memory", 20, Duration::from_secs(2), |step, times| {
        runtime.block_on(Steps::measure(Arc::new(MemoryStore::new()), step, times))
    });
    Ok(())
}
