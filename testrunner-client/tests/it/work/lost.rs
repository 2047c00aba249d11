//! Answers that are lost: everything is done once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use testrunner_client::RemoteStore;
use testrunner_core::{EventBody, MemoryStore, Status};
use tokio::sync::Semaphore;

use super::fleet::Fleet;
use super::proxy::Proxy;
use super::workers::{ended, engine, spec, worker};
use crate::server::Result;

const LEASE: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_done_twice() -> Result {
    let engine = engine(&MemoryStore::new(), LEASE)?;
    let fleet = Fleet::start(engine.clone())?;
    let run = engine.submit(spec(&[("pass", 20)])).await?.run.id();
    let proxy = Proxy::start(fleet.address, &[("claim", 1), ("append", 5), ("finish", 5)]).await?;
    let store = RemoteStore::builder(&proxy.url).token(&fleet.token).build()?;
    let entered = Arc::new(Semaphore::new(0));
    let worker = worker(&store, "one", &entered, LEASE)?;
    let run = ended(&engine, run).await?;
    assert_eq!((run.status(), run.summary.files.passed), (Status::Success, 20));
    worker.shutdown(Duration::from_secs(5)).await;
    assert_eq!(proxy.left(), 0, "all were lost that were to be");
    assert_eq!(entered.available_permits(), 20, "no file was run twice");
    let mut told: BTreeMap<(u32, &str), usize> = BTreeMap::new();
    let log = engine.store().events(run.id(), Default::default(), Default::default()).await?;
    for event in &log.events {
        if let (Some(file), kind) = (event.body.file(), event.body.kind()) {
            *told.entry((file, kind)).or_default() += 1;
        }
    }
    // Started, its case, its output, finished.
    assert_eq!((told.len(), told.values().max()), (80, Some(&1)), "{told:?}");
    let starts =
        log.events.iter().filter(|event| matches!(event.body, EventBody::ItemStarted { .. })).count();
    let lost: u32 = engine.items(run.id()).await?.iter().map(|item| item.lost).sum();
    assert!((1..=2).contains(&lost), "one claim of at most two items was never heard of: {lost}");
    assert_eq!(starts, 20 + lost as usize);
    Ok(())
}
