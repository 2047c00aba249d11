//! A server that dies under its workers.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::{MemoryStore, Status};
use tokio::sync::Semaphore;

use super::fleet::Fleet;
use super::workers::{ended, engine, spec, worker};
use crate::server::Result;

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_go_on_where_they_were() -> Result {
    let store = MemoryStore::new();
    let first = engine(&store, Duration::from_secs(15))?;
    let mut fleet = Fleet::start(first.clone())?;
    let count = Arc::new(Semaphore::new(0));
    let worker = worker(&fleet.store()?, "one", &count, LEASE)?;
    let hung = first.submit(spec(&[("hang", 2)])).await?.run.id();
    let held = tokio::time::timeout(Duration::from_secs(60), count.acquire_many(2)).await??;
    held.forget();
    fleet.kill().await?;
    first.shutdown(Duration::ZERO).await;
    drop(first);

    let second = engine(&store, Duration::from_secs(15))?;
    fleet.restart(second.clone())?;
    let next = second.submit(spec(&[("pass", 10)])).await?.run.id();
    // Both slots are taken: what was held all the time is told to stop, and the rest is run.
    second.cancel(hung, "ada").await?;
    assert_eq!(ended(&second, hung).await?.status(), Status::Failed);
    assert_eq!(ended(&second, next).await?.status(), Status::Success);
    for item in [second.items(hung).await?, second.items(next).await?].concat() {
        assert_eq!((item.attempts, item.lost), (1, 0), "no lease was lost");
    }
    worker.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
