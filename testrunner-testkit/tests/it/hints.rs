//! The engine with queues and bells that fail: hints cost time, never work and never an event.

use std::time::Duration;

use testrunner_core::doorbell::LocalBell;
use testrunner_core::event::NewEvent;
use testrunner_core::store::{Batch, ClaimRequest, Outcome};
use testrunner_core::{Clock as _, Event, EventBody, FileOutcome, Seq, Status, WorkStore as _};
use testrunner_testkit::fault::{SilentBell, TicketQueue};
use testrunner_testkit::store::factory::{claim_by, finished};

use crate::stage::{Stage, files, names};

/// The poll behind a bell, the flusher's longest wait, and a little.
const BOUND: Duration = Duration::from_millis(1_100);

/// 43
#[tokio::test(start_paused = true)]
async fn tickets_that_are_lost_doubled_and_shuffled_lose_no_item() {
    for seed in 0..8 {
        let stage = Stage::new();
        let queue = TicketQueue::lossy(seed);
        let engines = [1, 2].map(|n| {
            let builder = stage.worker().worker_name(format!("w{n}"));
            let engine = builder.queue(queue.clone()).doorbell(SilentBell).build().expect("a valid engine");
            engine.start();
            engine
        });
        let files = files("pass", 10);
        let mut runs = Vec::new();
        for _ in 0..4 {
            let run = stage.submit(&names(&files)).await;
            let tickets = testrunner_core::Store::items(&stage.store, run).await.expect("items");
            let tickets: Vec<_> = tickets
                .iter()
                .map(|item| testrunner_core::queue::Ticket { item: item.id, run, priority: 0 })
                .collect();
            testrunner_core::queue::Queue::offer(&queue, &tickets).await.expect("offer");
            runs.push(run);
        }
        queue.wipe();
        for run in runs {
            assert_eq!(stage.ended(run).await.status(), Status::Success, "seed {seed}");
            stage.assert_judged_once(run).await;
            let items = testrunner_core::Store::items(&stage.store, run).await.expect("items");
            assert!(items.iter().all(|item| item.attempts == 1), "seed {seed}: {items:?}");
        }
        for engine in engines {
            engine.shutdown(Duration::ZERO).await;
        }
    }
}

/// 33
#[tokio::test(start_paused = true)]
async fn with_a_silent_bell_events_arrive_within_the_poll() {
    let stage = Stage::new();
    let clock = std::sync::Arc::new(stage.clock);
    let engine = stage.worker().clock(clock).doorbell(SilentBell).build().expect("a valid engine");
    engine.start();
    let run = stage.submit(&["talk1", "talk2", "talk3"]).await;
    let watching = stage.front().doorbell(SilentBell).build().expect("a valid engine");
    let mut subscription = watching.subscribe(run, Seq(0));
    let mut seen: Vec<Event> = Vec::new();
    while let Some(event) = subscription.next().await {
        let event = event.expect("the store answers");
        let late = stage.clock.now().since(event.at);
        assert!(late <= BOUND, "{late:?} late: {event:?}");
        seen.push(event);
    }
    assert!(seen.iter().zip(1..).all(|(event, seq)| event.seq.0 == seq), "dense");
    let created = seen[0].at;
    let started = seen.iter().find(|event| matches!(event.body, EventBody::ItemStarted { .. }));
    assert!(started.expect("an item was started").at.since(created) <= BOUND);
    let last = &seen.last().expect("events").body;
    assert!(matches!(last, EventBody::RunStatus { to: Status::Success, .. }), "{last:?}");
}

/// 34
#[tokio::test(start_paused = true)]
async fn nothing_is_missing_after_a_forced_resync() {
    let stage = Stage::new();
    let run = stage.submit(&["pass1"]).await;
    let bell = LocalBell::new();
    let watching = stage.front().doorbell(bell.clone()).build().expect("a valid engine");
    let mut subscription = watching.subscribe(run, Seq(0));
    // Armed, not read yet, and nobody rings for what is stored now.
    let request = ClaimRequest {
        ttl: Duration::from_secs(15),
        executors: vec!["stage".to_owned()],
        ..claim_by("w", 1)
    };
    let key = stage.store.claim(&request).await.expect("claim").leases[0].key;
    for expected in ["run_status", "item_started", "run_status"] {
        let event = subscription.next().await.expect("not ended").expect("the store answers");
        assert_eq!(event.body.kind(), expected);
    }
    let begun = tokio::time::Instant::now();
    let reading = tokio::spawn(async move {
        let mut kinds = Vec::new();
        while let Some(event) = subscription.next().await {
            kinds.push(event.expect("the store answers").body.kind());
        }
        kinds
    });
    for n in 0..3 {
        tokio::task::yield_now().await;
        let said = NewEvent { at: stage.clock.now(), body: EventBody::FileStarted { file: 0 } };
        stage.store.append(key, Batch { from_n: n, events: &[said] }).await.expect("append");
        // The connection was lost and found again: what rang meanwhile is not known.
        bell.resync();
    }
    let tail = [finished(0, FileOutcome::Passed)];
    stage.store.finish(key, Batch { from_n: 3, events: &tail }, &Outcome::Completed).await.expect("finish");
    bell.resync();
    let kinds = reading.await.expect("read to the end");
    assert_eq!(
        kinds,
        ["file_started", "file_started", "file_started", "file_finished", "item_finished", "run_status"]
    );
    assert!(begun.elapsed() < Duration::from_millis(100), "woken by the resync, not by the poll");
}
