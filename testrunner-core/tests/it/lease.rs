//! Leases: what happens when an item is taken away from a worker that still lives.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::event::ReturnWhy;
use testrunner_core::{Engine, EventBody, ManualClock, MemoryStore, Status, Store as _};

use crate::support::{Stage, ended, log, spec, submit};

#[tokio::test]
async fn an_item_that_was_taken_over_is_stopped_and_judged_once() {
    let stage = Stage::new();
    let clock = ManualClock::default();
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    let engine = Engine::builder(store.clone())
        .executor(stage.executor())
        .slots(1)
        .lease(Duration::from_millis(300))
        .build()
        .expect("a valid engine");
    engine.start();
    let id = submit(&engine, spec(&["pass1", "gate1"]).plan(testrunner_core::Plan::Whole)).await;
    stage.one_entered().await;
    stage.one_entered().await;
    // The worker lives, but to the ledger it is late: a frozen machine that wakes up again.
    let ready = loop {
        clock.advance(Duration::from_hours(1));
        let reaped = store.reap(10).await.expect("reaps");
        if !reaped.ready.is_empty() {
            break reaped.ready;
        }
    };
    assert_eq!(ready.len(), 1);
    // It hears of it with its next renewal, drops what it runs, and claims the item anew.
    stage.one_entered().await;
    stage.gate.notify_one();
    let run = ended(&engine, id).await;
    assert_eq!((run.status(), run.summary.cases.passed), (Status::Success, 2));
    let events = log(&engine, id).await;
    let count = |wanted: fn(&EventBody) -> bool| events.iter().filter(|event| wanted(&event.body)).count();
    let lost = |body: &EventBody| matches!(body, EventBody::ItemReturned { why: ReturnWhy::WorkerLost, .. });
    assert_eq!(count(lost), 1);
    assert_eq!(count(|body| matches!(body, EventBody::ItemFinished { .. })), 1);
    assert_eq!(count(|body| matches!(body, EventBody::FileFinished(_))), 2);
    let attempts: Vec<_> = events
        .iter()
        .filter_map(|event| match event.body {
            EventBody::ItemStarted { attempt, .. } => Some((attempt, event.epoch)),
            _ => None,
        })
        .collect();
    assert_eq!(attempts.len(), 2);
    assert!(attempts[0].1 < attempts[1].1, "{attempts:?}");
}

#[tokio::test]
async fn renewed_leases_are_not_taken_over() {
    let stage = Stage::new();
    let store = MemoryStore::new();
    let engine = Engine::builder(store.clone())
        .executor(stage.executor())
        .slots(1)
        .lease(Duration::from_millis(100))
        .build()
        .expect("a valid engine");
    engine.start();
    let id = submit(&engine, spec(&["gate1"])).await;
    stage.one_entered().await;
    let first = store.items(id).await.expect("items")[0].lease_until;
    // Renewed again and again: the end of the lease moves, while nobody says a word.
    while store.items(id).await.expect("items")[0].lease_until == first {
        tokio::task::yield_now().await;
    }
    stage.gate.notify_one();
    assert_eq!(ended(&engine, id).await.status(), Status::Success);
}
