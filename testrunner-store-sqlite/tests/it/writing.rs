//! One writer, many callers: who goes away leaves nothing half done.

use std::time::Duration;

use testrunner_core::store::{Batch, ClaimRequest, EventLimit, ListQuery, Outcome};
use testrunner_core::{FileOutcome, ItemState, Seq, Status, Store, WorkStore};
use testrunner_testkit::store::factory::{self, claim_by, grouped};
use tokio::task::JoinSet;

use crate::folder::{Folder, submit};

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_give_up_leave_whole_runs_or_none() {
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    let mut callers = JoinSet::new();
    for n in 0..200_u64 {
        let store = store.clone();
        callers.spawn(async move {
            let new = grouped(&[&[0, 1], &[2]]);
            tokio::time::timeout(Duration::from_micros(n * 40), store.create(&new)).await.is_ok()
        });
    }
    let answered = callers.join_all().await.into_iter().filter(|done| *done).count();
    store.close().await;
    let store = folder.open().await;
    let query = ListQuery { limit: 1_000, ..Default::default() };
    let runs = store.list(&query).await.expect("list").rows;
    assert!(runs.len() > answered, "{} of {answered}", runs.len());
    for run in &runs[..runs.len() - 1] {
        assert_eq!((run.files.total, run.items.open, run.last_seq.0), (3, 2, 1));
        assert_eq!(store.items(run.id).await.expect("items").len(), 2);
    }
    store.check().await.expect("sound");
}

/// A pinned lease never runs out: if its claimer were gone, nobody would ever get the item.
#[tokio::test(flavor = "multi_thread")]
async fn leases_of_a_claimer_that_gave_up_go_back() {
    let folder = Folder::new();
    let store = folder.open().await;
    let run = store.create(&factory::directory(4, store.process())).await.expect("create").run.id();
    let request = ClaimRequest { process: Some(store.process()), shared: false, max: 3, ..claim_by("w", 3) };
    for n in 0..120_u64 {
        let claim = store.claim(&request);
        if let Ok(claimed) = tokio::time::timeout(Duration::from_micros(n * 25), claim).await {
            for lease in claimed.expect("claim").leases {
                let empty = Batch { from_n: 0, events: &[] };
                let release = Outcome::Release;
                store.finish(lease.key, empty, &release).await.expect("release");
            }
        }
    }
    let waiting = async || {
        let items = store.items(run).await.expect("items");
        items.iter().filter(|item| item.state == ItemState::Ready).count()
    };
    let all_back = async {
        while waiting().await < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_back).await.expect("all leases come back");
}

/// On one thread all callers have asked before the writer begins: they share a transaction.
#[tokio::test]
async fn a_refused_operation_does_not_spoil_its_neighbours() {
    let folder = Folder::new();
    let store = folder.open().await;
    for _ in 0..8 {
        submit(&store, 1).await;
    }
    let leases = store.claim(&claim_by("w", 8)).await.expect("claim").leases;
    let mut callers = JoinSet::new();
    for (n, lease) in leases.into_iter().enumerate() {
        let store = store.clone();
        callers.spawn(async move {
            let mut tail = factory::judged(0, FileOutcome::Passed);
            if n % 2 == 0 {
                // Refused after the first of it was written.
                tail.push(factory::finished(0, FileOutcome::Passed));
            }
            let tail = Batch { from_n: 0, events: &tail };
            (lease.run, store.finish(lease.key, tail, &Outcome::Completed).await.is_ok())
        });
    }
    for (run, good) in callers.join_all().await {
        let summary = store.get(run).await.expect("get").summary;
        let events = store.events(run, Seq(0), EventLimit::default()).await.expect("events").events;
        // Created, started, running; then three of the holder, the item's end and the Testrun's.
        let (status, written) = if good { (Status::Success, 8) } else { (Status::Running, 3) };
        assert_eq!((summary.status, summary.last_seq.0, events.len()), (status, written, written as usize));
        assert_eq!(summary.cases.passed, u32::from(good));
    }
}
