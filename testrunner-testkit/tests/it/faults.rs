//! The engine over a store that fails: work is judged once, and living workers keep theirs.

use std::time::Duration;

use testrunner_core::store::ClaimRequest;
use testrunner_core::{Drained, Engine, EventBody, ItemState, Status, Store as _, WorkStore as _};
use testrunner_testkit::fault::{Fault, Verb};
use testrunner_testkit::store::factory::claim_by;

use crate::stage::{Stage, files, names};

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_a_finish_is_asked_for_again() {
    let stage = Stage::new();
    stage.faults.next(Verb::Finish, Fault::LostReply, 3);
    stage.faults.next(Verb::Finish, Fault::LostCall, 2);
    let run = stage.submit(&["pass1", "fail1", "pass2"]).await;
    let engine = stage.worker().build().expect("a valid engine");
    engine.start();
    let ended = stage.ended(run).await;
    engine.shutdown(Duration::ZERO).await;
    assert_eq!(stage.faults.struck(Verb::Finish), 5);
    assert_eq!((ended.summary.files.passed, ended.summary.files.failed), (2, 1));
    let items = stage.store.items(run).await.expect("items");
    assert!(items.iter().all(|item| (item.attempts, item.lost, item.infra) == (1, 0, 0)), "{items:?}");
    stage.assert_judged_once(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_an_append_stores_nothing_twice() {
    let stage = Stage::new();
    stage.faults.next(Verb::Append, Fault::LostReply, 4);
    stage.faults.next(Verb::Append, Fault::LostCall, 2);
    stage.faults.next(Verb::Append, Fault::LostReply, 2);
    let run = stage.submit(&["talk1", "talk2"]).await;
    let engine = stage.worker().build().expect("a valid engine");
    engine.start();
    assert_eq!(stage.ended(run).await.status(), Status::Success);
    assert_eq!(stage.faults.struck(Verb::Append), 8);
    let log = engine.store().events(run, testrunner_core::Seq(0), Default::default()).await.expect("events");
    for file in [0, 1] {
        let said: Vec<u8> = log
            .events
            .iter()
            .filter_map(|event| match &event.body {
                EventBody::Log(chunk) if chunk.file == file => Some(chunk.data.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        let expected: String = (0..8).map(|n| format!("line {n}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&said), expected, "file {file}");
    }
    stage.assert_judged_once(run).await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_costs_time_and_nothing_else() {
    let stage = Stage::new();
    for verb in [Verb::Claim, Verb::Append, Verb::Finish, Verb::Renew, Verb::Files, Verb::Blob] {
        stage.faults.next(verb, Fault::Busy, 6);
    }
    let files = files("pass", 12);
    let run = stage.submit(&names(&files)).await;
    let engine = stage.worker().build().expect("a valid engine");
    engine.start();
    let ended = stage.ended(run).await;
    assert_eq!(ended.status(), Status::Success);
    for verb in [Verb::Claim, Verb::Append, Verb::Finish, Verb::Files] {
        assert_eq!(stage.faults.struck(verb), 6, "{verb:?}");
    }
    let items = stage.store.items(run).await.expect("items");
    assert!(items.iter().all(|item| (item.attempts, item.lost, item.infra) == (1, 0, 0)), "{items:?}");
    stage.assert_judged_once(run).await;
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_every_item_is_judged_once() {
    for seed in 0..12 {
        let stage = Stage::new();
        stage.faults.sometimes(seed, 250);
        let files = [files("pass", 6), files("fail", 3), files("talk", 2)].concat();
        let run = stage.submit(&names(&files)).await;
        let engines = [1, 2].map(|n| {
            let engine = stage.worker().worker_name(format!("w{n}")).build().expect("a valid engine");
            engine.start();
            engine
        });
        let ended = stage.ended(run).await;
        assert!(ended.status().is_terminal(), "seed {seed}");
        stage.assert_judged_once(run).await;
        for engine in engines {
            engine.shutdown(Duration::ZERO).await;
        }
    }
}

/// Bounded by the test's clock, which runs ahead when nothing else can happen.
async fn drained(engine: &Engine, grace: Duration) -> Drained {
    let drained = tokio::time::timeout(Duration::from_hours(1), engine.shutdown(grace)).await;
    drained.expect("a store that does not answer is not waited for")
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_does_not_hold_up_the_end() {
    for (verb, wanted) in [
        (Verb::Claim, Drained::Unanswered),
        (Verb::Append, Drained::Unanswered),
        (Verb::Finish, Drained::Unanswered),
        // Nothing had begun: the item could be handed back.
        (Verb::Files, Drained::InOrder),
        (Verb::Blob, Drained::InOrder),
    ] {
        let stage = Stage::new();
        stage.faults.next(verb, Fault::Silence, 1);
        let run = stage.submit(&["talk1"]).await;
        let engine = stage.worker().slots(1).build().expect("a valid engine");
        engine.start();
        while stage.faults.struck(verb) == 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(drained(&engine, Duration::from_secs(60)).await, wanted, "{verb:?}");
        // Asked again, it says the same, at once.
        assert_eq!(drained(&engine, Duration::from_secs(60)).await, wanted, "{verb:?}");
        // What was held is run by others.
        let other = stage.worker().build().expect("a valid engine");
        other.start();
        assert_eq!(stage.ended(run).await.status(), Status::Success, "{verb:?}");
        assert_eq!(drained(&other, Duration::ZERO).await, Drained::InOrder, "{verb:?}");
        stage.assert_judged_once(run).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_claimed_while_all_ends_is_handed_back() {
    let stage = Stage::new();
    stage.faults.next(Verb::Claim, Fault::LateReply, 1);
    let run = stage.submit(&["gate1"]).await;
    let engine = stage.worker().slots(1).build().expect("a valid engine");
    engine.start();
    while stage.faults.struck(Verb::Claim) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(drained(&engine, Duration::ZERO).await, Drained::InOrder);
    let item = stage.store.items(run).await.expect("items").swap_remove(0);
    assert_eq!((item.state, item.lost), (ItemState::Ready, 0));
}

#[tokio::test(start_paused = true)]
async fn an_outage_without_end_does_not_hold_up_the_end() {
    let stage = Stage::new();
    let run = stage.submit(&["gate1"]).await;
    let engine = stage.worker().build().expect("a valid engine");
    engine.start();
    stage.reached.acquire().await.expect("never closed").forget();
    stage.faults.begin_outage();
    assert_eq!(drained(&engine, Duration::ZERO).await, Drained::Unanswered);
    stage.faults.end_outage();
    assert!(!stage.store.get(run).await.expect("there").status().is_terminal());
}

/// 45. The janitor measures its patience with the time since boot, which no test can move: this one waits until
/// it is over once. All other time is the test's.
#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_ttl_costs_living_workers_nothing() {
    let ttl = Duration::from_secs(1);
    let stage = Stage::new();
    let engine = stage.worker().slots(1).lease(ttl).build().expect("a valid engine");
    let lost = stage.submit(&["pass1"]).await;
    let dead = ClaimRequest {
        ttl: Duration::from_millis(1),
        executors: vec!["stage".to_owned()],
        ..claim_by("dead", 1)
    };
    assert_eq!(stage.store.claim(&dead).await.expect("claim").leases.len(), 1);
    engine.start();
    // That this worker is lost is found by a janitor that has been steady for a ttl.
    let found = stage.front().build().expect("a valid engine").wait(lost).await.expect("the store answers");
    assert_eq!(found.status(), Status::Success);
    assert_eq!(stage.store.items(lost).await.expect("items")[0].lost, 1);

    let run = stage.submit(&["gate1"]).await;
    stage.reached.acquire().await.expect("never closed").forget();
    stage.faults.begin_outage();
    let swept = stage.faults.struck(Verb::Reap);
    while stage.faults.struck(Verb::Reap) < swept + 2 {
        tokio::time::sleep(ttl).await;
    }
    // The janitor gets through before the worker does: its lease has run out by then, for long.
    stage.faults.begin_outage_of(&[Verb::Renew]);
    let swept = stage.faults.calls(Verb::Reap);
    while stage.faults.calls(Verb::Reap) == swept {
        tokio::time::sleep(ttl).await;
    }
    let item = stage.store.items(run).await.expect("items").swap_remove(0);
    assert!(item.lease_until.is_none_or(|until| until < testrunner_core::Clock::now(&stage.clock)));
    stage.faults.end_outage();
    // Time enough to be renewed, and for rounds of the janitor after that.
    tokio::time::sleep(Duration::from_secs(30)).await;
    stage.gate.add_permits(2);
    let ended = stage.front().build().expect("a valid engine").wait(run).await.expect("the store answers");
    assert_eq!(ended.status(), Status::Success);
    assert_eq!(
        stage.store.items(run).await.expect("items")[0].lost,
        0,
        "a living worker was counted as lost"
    );
    stage.assert_judged_once(run).await;
}
