//! Several handles on one file, as several processes have them.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::store::{ClaimRequest, NewTestrun, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, ItemState, ManualClock, Status, Store, StoreErrorKind, WorkStore};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{self, TTL, claim_by, log};
use tokio::task::JoinSet;

use crate::folder::{Folder, submit};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_may_be_opened_by_many_at_once() {
    let folder = Folder::new();
    let mut opening = JoinSet::new();
    for _ in 0..12 {
        let path = folder.database();
        opening.spawn(async move { SqliteStore::open(path).await.expect("open") });
    }
    let stores = opening.join_all().await;
    for store in &stores {
        submit(store, 1).await;
    }
    let listed = stores[0].list(&Default::default()).await.expect("list").rows;
    assert_eq!(listed.len(), 12);
    for store in stores {
        store.close().await;
    }
    assert!(!folder.path().join("ledger.db.processes").exists(), "nobody is left");
}

#[cfg(unix)]
#[tokio::test]
async fn every_name_of_a_file_is_the_same_database() {
    let folder = Folder::new();
    let one = folder.open().await;
    std::os::unix::fs::symlink(folder.database(), folder.path().join("link.db")).expect("symlink");
    let two = SqliteStore::open(folder.path().join("link.db")).await.expect("open");
    assert_eq!(one.path(), two.path());
    let run = submit(&one, 1).await.id;
    assert_eq!(two.get(run).await.expect("get").id(), run);
    assert!(!folder.path().join("link.db.processes").exists());
}

#[tokio::test]
async fn others_hear_what_concerns_them_and_nothing_else() {
    let folder = Folder::new();
    let (mine, other) = (folder.open().await, folder.open().await);
    let quiet = submit(&mine, 1).await.id;
    let bell = mine.doorbell();
    let [mut work, mut stops, mut silent] =
        [Topic::Work, Topic::Stops, Topic::Run(quiet)].map(|topic| bell.listen(topic));
    // Whoever begins to listen may be woken once for nothing.
    for listener in [&mut work, &mut stops, &mut silent] {
        listener.rung(Duration::from_millis(300)).await;
    }
    let run = submit(&other, 1).await.id;
    assert_ne!(work.rung(SOON).await, Wake::Timeout, "new work");
    let mut events = bell.listen(Topic::Run(run));
    events.rung(Duration::from_millis(300)).await;
    let request = ClaimRequest { max: 2, ..claim_by("w", 2) };
    let lease = other.claim(&request).await.expect("claim").leases.swap_remove(1);
    assert_eq!(lease.run, run);
    assert_ne!(events.rung(SOON).await, Wake::Timeout, "a claim");
    // The other item was claimed too, which its listener hears.
    assert_ne!(silent.rung(SOON).await, Wake::Timeout, "a claim");
    other.renew(&[lease.key], TTL).await.expect("renew");
    for listener in [&mut work, &mut stops, &mut silent, &mut events] {
        assert_eq!(listener.rung(Duration::from_millis(200)).await, Wake::Timeout, "a renewal is no news");
    }
    other.request_stop(run, StopWhy::Cancel, "eve").await.expect("stop");
    assert_ne!(stops.rung(SOON).await, Wake::Timeout, "a stop");
    assert_ne!(events.rung(SOON).await, Wake::Timeout, "a stop");
}

#[tokio::test]
async fn the_own_bell_rings_after_the_commit() {
    let folder = Folder::new();
    let store = folder.open().await;
    let run = submit(&store, 1).await.id;
    let mut events = store.doorbell().listen(Topic::Run(run));
    events.rung(Duration::from_millis(300)).await;
    let lease = store.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    assert_eq!(events.rung(SOON).await, Wake::Hint);
    let last = store.append(lease.key, batch(&[log(0, "x")])).await.expect("append").last_seq;
    assert_eq!(events.rung(SOON).await, Wake::Hint);
    assert_eq!(store.get(run).await.expect("get").summary.last_seq, last);
    // What the own writer rang for is not rung for again by the look at the file.
    assert_eq!(events.rung(Duration::from_millis(300)).await, Wake::Timeout);
}

fn batch(events: &[testrunner_core::event::NewEvent]) -> testrunner_core::store::Batch<'_> {
    testrunner_core::store::Batch { from_n: 0, events }
}

#[tokio::test]
async fn what_a_closed_handle_left_is_taken_back_at_once() {
    let folder = Folder::new();
    let clock = ManualClock::default();
    let options = || SqliteStore::options().clock(Arc::new(clock.clone()));
    let gone = options().open(folder.database()).await.expect("open");
    let shared = submit(&gone, 2).await.id;
    let pinned = NewTestrun { priority: -1, ..factory::directory(2, gone.process()) };
    let pinned = gone.create(&pinned).await.expect("create").run.id();
    let claim = |max| ClaimRequest { process: Some(gone.process()), ..claim_by("w", max) };
    // Three leases that die with the process, and one that was handed on to somebody elsewhere.
    let leases = gone.claim(&claim(1)).await.expect("claim").leases;
    let remote = gone.claim(&claim_by("elsewhere", 1)).await.expect("claim").leases;
    let own = gone.claim(&claim(1)).await.expect("claim").leases;
    assert_eq!([leases[0].run, remote[0].run, own[0].run], [shared, shared, pinned]);
    let other = options().open(folder.database()).await.expect("open");
    assert!(other.reap(9).await.expect("reap").touched.is_empty(), "the process is alive");
    gone.close().await;
    let late = gone.create(&factory::per_file(1)).await.expect_err("closed");
    assert_eq!(late.kind(), StoreErrorKind::Unavailable);
    // A janitor that has just come takes back nothing by the clock, but what is certain.
    let reaped = other.reap(0).await.expect("reap");
    assert_eq!(reaped.ready.iter().map(|ticket| ticket.item).collect::<Vec<_>>(), [leases[0].key.item]);
    assert_eq!(other.reap(9).await.expect("reap").touched, [pinned]);
    let items = other.items(pinned).await.expect("items");
    let states: Vec<_> = items.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Failed, ItemState::Cancelled]);
    assert_eq!(other.get(pinned).await.expect("get").status(), Status::Failed);
    let tail = factory::judged(remote[0].files[0], FileOutcome::Passed);
    other.finish(remote[0].key, batch(&tail), &Outcome::Completed).await.expect("still held");
}

#[tokio::test]
async fn who_opens_ends_what_the_dead_left() {
    let folder = Folder::new();
    let gone = folder.open().await;
    let run = gone.create(&factory::directory(1, gone.process())).await.expect("create").run.id();
    gone.close().await;
    let store = folder.open().await;
    assert_eq!(store.get(run).await.expect("get").status(), Status::Failed);
}

#[tokio::test]
async fn a_lock_that_lasts_is_busy_and_then_over() {
    let folder = Folder::new();
    let options = SqliteStore::options().busy_timeout(Duration::from_millis(300));
    let store = options.open(folder.database()).await.expect("open");
    let run = submit(&store, 1).await.id;
    let mut raw = folder.raw().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut raw).await.expect("lock");
    let error = store.request_stop(run, StopWhy::Cancel, "eve").await.expect_err("locked");
    assert_eq!((error.kind(), error.is_retryable()), (StoreErrorKind::Busy, true));
    assert_eq!(store.get(run).await.expect("readers do not wait").status(), Status::Created);
    sqlx::query("ROLLBACK").execute(&mut raw).await.expect("unlock");
    store.request_stop(run, StopWhy::Cancel, "eve").await.expect("free again");
}
