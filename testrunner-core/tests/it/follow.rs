//! Following all Testruns, and what the engine says of itself.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::store::{ListQuery, Retention};
use testrunner_core::{
    ChangeNotice, Clock as _, Engine, FailReason, ManualClock, MemoryStore, RetentionPolicy, Status,
    Store as _, TestrunId, Timestamp,
};

use crate::support::{Stage, ended, engine, engine_over, spec, submit};

/// Waits with a bound, so that a lost wake-up is a failure and not a hang.
async fn next(changes: &mut testrunner_core::Changes) -> ChangeNotice {
    let waited = tokio::time::timeout(Duration::from_secs(60), changes.next()).await;
    waited.expect("a change comes").expect("the store answers")
}

async fn told(changes: &mut testrunner_core::Changes) -> (TestrunId, Option<Status>, Option<FailReason>) {
    match next(changes).await {
        ChangeNotice::Change(change) => {
            assert_eq!(change.n, changes.position());
            (change.run, change.status, change.reason)
        }
        ChangeNotice::Missed { last } => panic!("missed up to {last}"),
    }
}

#[tokio::test]
async fn a_follower_is_told_of_every_status_as_it_comes() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let mut changes = engine.changes(0);
    let run = submit(&engine, spec(&["gate1"])).await;
    assert_eq!(told(&mut changes).await, (run, Some(Status::Created), None));
    assert_eq!(told(&mut changes).await, (run, Some(Status::Running), None));
    let waiting = submit(&engine, spec(&["pass1"])).await;
    engine.cancel(waiting, "ada").await.expect("cancelled");
    assert_eq!(told(&mut changes).await, (waiting, Some(Status::Created), None));
    let cancelled = (waiting, Some(Status::Failed), Some(FailReason::Cancelled));
    assert_eq!(told(&mut changes).await, cancelled);
    stage.gate.notify_one();
    assert_eq!(told(&mut changes).await, (run, Some(Status::Success), None));
    engine.delete(run).await.expect("deleted");
    assert_eq!(told(&mut changes).await, (run, None, None));
    // Another one goes on where the first one stands.
    let mut late = engine.changes(3);
    assert_eq!(told(&mut late).await, cancelled);
    assert_eq!(engine.counts(&ListQuery::default()).await.expect("counts").failed, 1);
}

/// The poll of a second would not be seen in the time that this test has.
#[tokio::test(start_paused = true)]
async fn a_follower_is_woken_by_the_bell_and_not_by_the_poll() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let mut changes = engine.changes(0);
    let begun = tokio::time::Instant::now();
    let run = submit(&engine, spec(&["pass1"])).await;
    for _ in 0..3 {
        next(&mut changes).await;
    }
    engine.delete(run).await.expect("deleted");
    next(&mut changes).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_dropped_wait_loses_no_change() {
    let engine = engine(&Stage::new(), 1);
    let mut changes = engine.changes(0);
    let dropped = tokio::time::timeout(Duration::from_millis(1), changes.next()).await;
    assert!(dropped.is_err(), "nothing has happened yet");
    let run = submit(&engine, spec(&["pass1"])).await;
    assert_eq!(told(&mut changes).await, (run, Some(Status::Created), None));
}

#[tokio::test]
async fn who_is_ahead_of_the_store_reads_the_list_anew() {
    let engine = engine(&Stage::new(), 1);
    let run = submit(&engine, spec(&["pass1"])).await;
    ended(&engine, run).await;
    let mut changes = engine.changes(99);
    assert_eq!(next(&mut changes).await, ChangeNotice::Missed { last: 3 });
    engine.delete(run).await.expect("deleted");
    assert_eq!(told(&mut changes).await, (run, None, None));
}

#[tokio::test]
async fn a_worker_says_what_it_does() {
    let stage = Stage::new();
    let idle = Engine::builder(MemoryStore::new()).build().expect("a valid engine");
    assert_eq!(idle.worker_status(), None);
    let engine = engine(&stage, 3);
    let run = submit(&engine, spec(&["gate1"])).await;
    stage.one_entered().await;
    let status = engine.worker_status().expect("started");
    assert_eq!((status.slots, status.busy, status.draining), (3, 1, false));
    assert_eq!(status.executors, ["stage"]);
    let items = engine.items(run).await.expect("items");
    assert_eq!(items[0].worker.as_ref(), Some(&status.id));
    stage.gate.notify_one();
    ended(&engine, run).await;
    engine.shutdown(Duration::ZERO).await;
    let status = engine.worker_status().expect("started");
    assert_eq!((status.busy, status.draining), (0, true));
}

#[tokio::test]
async fn a_repeated_testrun_keeps_its_labels() {
    let engine = engine(&Stage::new(), 1);
    let first = submit(&engine, spec(&["pass1"]).label("branch", "main")).await;
    ended(&engine, first).await;
    let again = engine.rerun(first, testrunner_core::Rerun::All).await.expect("a specification");
    let again = submit(&engine, again).await;
    assert_eq!(ended(&engine, again).await.summary.labels["branch"], "main");
    let keyed = |value: &str| spec(&["pass1"]).label("branch", value).idempotency_key("k");
    engine.submit(keyed("a")).await.expect("accepted");
    assert!(engine.submit(keyed("a")).await.expect("the same").existed);
    assert!(engine.submit(keyed("b")).await.is_err(), "another label is another request");
}

/// At the start, and again when it is time.
#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_removed_and_the_rest_is_kept() {
    let clock = ManualClock::new(Timestamp(1_000_000_000_000_000));
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    let first = engine_over(store.clone(), &Stage::new(), 1);
    let mut runs = Vec::new();
    for _ in 0..250 {
        let run = submit(&first, spec(&["pass1"])).await;
        ended(&first, run).await;
        clock.advance(Duration::from_secs(60));
        runs.push(run);
    }
    first.shutdown(Duration::ZERO).await;
    let left = async || store.counts(&ListQuery::default()).await.expect("counts").total();
    let policy = RetentionPolicy { age: Some(Duration::from_secs(3_600)), count: Some(240), bytes: None };
    let keeper = Engine::builder(store.clone())
        .clock(Arc::new(clock.clone()))
        .retention(policy)
        .build()
        .expect("a valid engine");
    keeper.start();
    let mut changes = keeper.changes(750);
    // In steps, until no more than an hour's are left.
    for run in &runs[..190] {
        assert_eq!(told(&mut changes).await, (*run, None, None));
    }
    assert_eq!(left().await, 60);
    clock.advance(Duration::from_secs(1_800));
    tokio::time::advance(Duration::from_mins(10)).await;
    for run in &runs[190..220] {
        assert_eq!(told(&mut changes).await, (*run, None, None));
    }
    assert_eq!(left().await, 30);
    let kept = Retention { finished_before: Some(clock.now()), ..Retention::default() };
    assert_eq!(store.prune(&kept, 99).await.expect("prune"), 30);
}
