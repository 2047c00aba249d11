//! Stopping: written down once, and from then on nothing new begins.

use std::time::Duration;

use testrunner_core::store::{
    ClaimRequest, LeaseStatus, NewTestrun, Outcome, STOP_GRACE, StopOutcome, StoreResult,
};
use testrunner_core::testrun::{StopMark, StopWhy};
use testrunner_core::{EventBody, FailReason, FileOutcome, ItemState, Status, StoreErrorKind, TestrunId};

use super::bench::refusal;
use super::factory::{TTL, claim_by, judged, log, per_file, whole};
use super::{Bench, StoreHarness};

/// 35: what nobody claimed is never executed.
pub async fn a_stop_before_any_claim_ends_the_run(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(3)).await.id();
    assert_eq!(bench.stop(run, StopWhy::Cancel).await, StopOutcome::Requested);
    assert!(bench.claim("w", 9).await.is_empty());
    let dump = bench.dump(run).await;
    assert_eq!((dump.run.status(), dump.run.reason()), (Status::Failed, Some(FailReason::Cancelled)));
    assert!(dump.items.iter().all(|item| item.state == ItemState::Cancelled && item.attempts == 0));
    assert_eq!(dump.run.summary.files.not_run, 3);
    let mark = StopMark { why: StopWhy::Cancel, by: "eve".to_owned(), at: dump.run.summary.created_at };
    assert_eq!(dump.run.summary.stop, Some(mark));
    bench.check_all().await;
}

/// 36: every answer to the holder carries the mark; it may end as stopped or as done.
pub async fn a_stop_reaches_the_holder(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(3)).await.id();
    let leases = bench.claim("w", 2).await;
    bench.stop(run, StopWhy::Cancel).await;
    let mark = bench.get(run).await.summary.stop;
    assert!(mark.is_some());
    for lease in &leases {
        assert_eq!(bench.renew(lease.key).await, LeaseStatus::Held { stop: mark.clone() });
        let appended = bench.append(lease.key, 0, &[log(lease.files[0], "x")]).await.expect("append");
        assert_eq!(appended.stop, mark);
    }
    let tail = judged(0, FileOutcome::Cancelled);
    let done = bench.finish(leases[0].key, 1, &tail, &Outcome::Cancelled).await.expect("finish");
    assert_eq!((done.item, done.run), (ItemState::Cancelled, Status::Running));
    let tail = judged(1, FileOutcome::Passed);
    let done = bench.finish(leases[1].key, 1, &tail, &Outcome::Completed).await.expect("finish");
    assert_eq!((done.item, done.run), (ItemState::Passed, Status::Failed));
    let summary = bench.get(run).await.summary;
    assert_eq!(summary.reason, Some(FailReason::Cancelled));
    assert_eq!((summary.files.cancelled, summary.files.passed, summary.files.not_run), (1, 1, 1));
    bench.check_all().await;
}

/// 36: a stop that comes when all is done in fact cancels nothing.
pub async fn a_stop_after_the_last_result_changes_nothing(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    bench.append(lease.key, 0, &judged(0, FileOutcome::Passed)).await.expect("append");
    bench.stop(run, StopWhy::Cancel).await;
    let done = bench.finish(lease.key, 3, &[], &Outcome::Completed).await.expect("finish");
    assert_eq!((done.item, done.run), (ItemState::Passed, Status::Success));
    bench.check_all().await;
}

/// 37: released, failed for infrastructure or lost: in a stopped Testrun all of it is cancelled.
pub async fn nothing_goes_back_to_the_queue_after_a_stop(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(3)).await.id();
    let leases = bench.claim("w", 3).await;
    bench.stop(run, StopWhy::Cancel).await;
    let infra = Outcome::Infra { message: "x".to_owned(), retry_in: Duration::ZERO, fatal: false };
    for (lease, outcome) in leases.iter().zip([&Outcome::Release, &infra]) {
        let done = bench.end(lease.key, outcome).await.expect("finish");
        assert_eq!((done.item, done.ready), (ItemState::Cancelled, None), "{outcome:?}");
    }
    let reaped = bench.lose().await;
    assert_eq!((reaped.ready, reaped.touched), (vec![], vec![run]));
    assert_eq!(bench.get(run).await.reason(), Some(FailReason::Cancelled));
    bench.check_all().await;
}

/// 37: in whatever order a stop meets claims, releases and the janitor, no item waits afterwards.
pub async fn no_item_waits_after_a_stop(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for round in 0..40 {
        let run = bench.submit(&NewTestrun { max_lost: 9, ..per_file(4) }).await.id();
        let leases = bench.claim("w", 2).await;
        bench.expire();
        let verbs: [fn(Bench, TestrunId, testrunner_core::LeaseKey) -> Verb; 4] = [
            |bench, run, _| {
                Box::pin(async move {
                    let _ = bench.stop(run, StopWhy::Cancel).await;
                })
            },
            |bench, _, _| Box::pin(async move { drop(bench.claim("w", 9).await) }),
            |bench, _, key| Box::pin(async move { drop(bench.end(key, &Outcome::Release).await) }),
            |bench, _, _| Box::pin(async move { drop(bench.reap().await) }),
        ];
        let mut tasks = Vec::new();
        for n in 0..verbs.len() {
            let verb = verbs[(n + round) % verbs.len()];
            tasks.push(tokio::spawn(verb(bench.clone(), run, leases[0].key)));
        }
        for task in tasks {
            task.await.expect("verb");
        }
        assert!(bench.items(run).await.iter().all(|item| item.state != ItemState::Ready), "round {round}");
        assert!(bench.claim("w", 9).await.is_empty(), "round {round}");
        bench.lose().await;
        assert_eq!(bench.get(run).await.reason(), Some(FailReason::Cancelled), "round {round}");
    }
    bench.check_all().await;
}

type Verb = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// 38: the first stop stands; later ones change nothing, and an ended Testrun cannot be stopped.
pub async fn a_second_stop_changes_nothing(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    assert_eq!(bench.stop(run, StopWhy::Cancel).await, StopOutcome::Requested);
    let before = bench.dump(run).await;
    for why in [StopWhy::Cancel, StopWhy::Deadline, StopWhy::FailFast] {
        assert_eq!(bench.stop(run, why).await, StopOutcome::AlreadyRequested);
    }
    assert_eq!(bench.dump(run).await, before);
    bench.end(lease.key, &Outcome::Cancelled).await.expect("cancelled");
    let before = bench.dump(run).await;
    let ended = StopOutcome::AlreadyTerminal { status: Status::Failed };
    assert_eq!(bench.stop(run, StopWhy::Cancel).await, ended);
    assert_eq!(bench.dump(run).await, before);
    let unknown = bench.store.request_stop(TestrunId(run.0 + 1), StopWhy::Cancel, "eve").await;
    assert_eq!(refusal(unknown), StoreErrorKind::NotFound);
    bench.check_all().await;
}

/// An item is cancelled by its holder only where somebody asked for it.
pub async fn cancelled_needs_a_stop(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    let before = bench.dump(run).await;
    let answer = bench.finish(lease.key, 0, &[log(0, "x")], &Outcome::Cancelled).await;
    assert_eq!(refusal(answer), StoreErrorKind::Invalid);
    assert_eq!(bench.dump(run).await, before);
    // Reasons of a worker are not reasons of a Testrun.
    for why in [StopWhy::Drain, StopWhy::LeaseLost] {
        let answer: StoreResult<StopOutcome> = bench.store.request_stop(run, why, "eve").await;
        assert_eq!(refusal(answer), StoreErrorKind::Invalid, "{why}");
    }
    assert_eq!(bench.dump(run).await, before);
    bench.complete(&lease, FileOutcome::Passed).await;
    bench.check_all().await;
}

/// I11: a holder that goes on regardless loses its item when the grace is over, and not before.
pub async fn an_ignored_stop_is_forced_after_the_grace(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    let request = ClaimRequest { ttl: STOP_GRACE * 10, ..claim_by("w", 1) };
    let lease = bench.claim_as(&request).await.swap_remove(0);
    bench.append(lease.key, 0, &judged(0, FileOutcome::Passed)).await.expect("append");
    bench.stop(run, StopWhy::Cancel).await;
    bench.advance(STOP_GRACE - Duration::from_millis(1));
    assert!(bench.reap().await.touched.is_empty());
    bench.advance(Duration::from_millis(2));
    let reaped = bench.reap().await;
    assert_eq!((reaped.ready, reaped.touched), (vec![], vec![run]));
    let dump = bench.dump(run).await;
    assert_eq!((dump.items[0].state, dump.items[0].lost), (ItemState::Cancelled, 0));
    assert!(dump.items[0].epoch > lease.key.epoch);
    assert_eq!(dump.run.reason(), Some(FailReason::Cancelled));
    assert_eq!((dump.run.summary.files.passed, dump.run.summary.files.not_run), (1, 1));
    assert_eq!(refusal(bench.end(lease.key, &Outcome::Cancelled).await), StoreErrorKind::Fenced);
    bench.check_all().await;
}

/// I11: when its worker is lost, a stopped item is not tried again, and the stop is what is said of it.
pub async fn a_stopped_item_of_a_lost_worker_is_cancelled(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_lost: 1, ..whole(1) }).await.id();
    bench.claim_one("w").await;
    bench.stop(run, StopWhy::Cancel).await;
    bench.advance(TTL - Duration::from_millis(1));
    assert!(bench.reap().await.touched.is_empty());
    bench.advance(Duration::from_millis(2));
    assert_eq!(bench.reap().await.touched, [run]);
    assert_eq!(bench.item(run).await.state, ItemState::Cancelled);
    assert_eq!(bench.get(run).await.reason(), Some(FailReason::Cancelled));
    bench.check_all().await;
}

/// 39: a deadline is a stop that the janitor asks for.
pub async fn a_deadline_stops_the_run(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = NewTestrun { time_limit: Some(Duration::from_secs(100)), ..per_file(2) };
    let waiting = bench.submit(&new).await.id();
    bench.stop(waiting, StopWhy::Cancel).await;
    let never_claimed = bench.submit(&NewTestrun { executor: "none".to_owned(), ..new.clone() }).await.id();
    let running = bench.submit(&new).await.id();
    let request = ClaimRequest { ttl: Duration::from_hours(1), ..claim_by("w", 1) };
    let lease = bench.claim_as(&request).await.swap_remove(0);
    assert_eq!(lease.run, running);
    bench.advance(Duration::from_secs(99));
    assert!(bench.reap().await.touched.is_empty());
    bench.advance(Duration::from_secs(2));
    let reaped = bench.reap().await;
    assert_eq!((reaped.ready, reaped.touched), (vec![], vec![never_claimed, running]));
    let summary = bench.get(never_claimed).await.summary;
    assert_eq!((summary.status, summary.reason), (Status::Failed, Some(FailReason::TimedOut)));
    let LeaseStatus::Held { stop: Some(mark) } = bench.renew(lease.key).await else {
        panic!("the holder does not learn of the deadline");
    };
    assert_eq!((mark.why, mark.by.as_str()), (StopWhy::Deadline, "deadline"));
    let said = bench.log(running).await.into_iter().any(|event| {
        event.body == EventBody::StopRequested { why: StopWhy::Deadline, by: "deadline".to_owned() }
    });
    assert!(said);
    assert!(bench.reap().await.touched.is_empty(), "once");
    bench.end(lease.key, &Outcome::Cancelled).await.expect("cancelled");
    assert_eq!(bench.get(running).await.reason(), Some(FailReason::TimedOut));
    bench.check_all().await;
}
