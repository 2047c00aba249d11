//! How leases end, and what is counted when they do.

use std::time::Duration;

use testrunner_core::event::ReturnWhy;
use testrunner_core::store::{NewTestrun, Outcome};
use testrunner_core::{CaseOutcome, EventBody, FailReason, FileOutcome, ItemState, Status, StoreErrorKind};

use super::bench::refusal;
use super::factory::{TTL, case, finished, grouped, judged, log, per_file, whole};
use super::{Bench, StoreHarness};

fn infra(retry_in: Duration, fatal: bool) -> Outcome {
    Outcome::Infra { message: "no python".to_owned(), retry_in, fatal }
}

/// 16: a dead worker's item can be claimed after its ttl and one round of the janitor, and not before.
pub async fn a_lost_worker_costs_one_ttl(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(2)).await.id();
    let lease = bench.claim_one("w1").await;
    bench.advance(TTL - Duration::from_millis(1));
    assert!(bench.reap().await.touched.is_empty());
    bench.advance(Duration::from_millis(2));
    assert_eq!(bench.claim("w2", 9).await.len(), 1, "only the item that nobody had");
    let reaped = bench.reap().await;
    assert_eq!(reaped.touched, [run]);
    assert_eq!(reaped.ready.iter().map(|ticket| ticket.item).collect::<Vec<_>>(), [lease.key.item]);
    let again = bench.claim_one("w2").await;
    assert_eq!((again.key.item, again.attempt), (lease.key.item, 2));
    assert!(again.key.epoch > lease.key.epoch);
    let item = bench.item(run).await;
    assert_eq!((item.lost, item.infra, item.attempts), (1, 0, 2));
    let said = bench.log(run).await.into_iter().find_map(|event| match event.body {
        EventBody::ItemReturned { why, .. } => Some((why, event.item, event.epoch)),
        _ => None,
    });
    assert_eq!(said, Some((ReturnWhy::WorkerLost, Some(lease.key.item), Some(lease.key.epoch))));
    bench.check_all().await;
}

/// 17: an item that kills its workers does not do so for ever.
pub async fn an_item_that_loses_its_workers_too_often_fails(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_lost: 2, ..whole(2) }).await.id();
    bench.claim_one("w").await;
    assert_eq!(bench.lose().await.ready.len(), 1);
    bench.claim_one("w").await;
    let reaped = bench.lose().await;
    assert_eq!((reaped.ready, reaped.touched), (vec![], vec![run]));
    let dump = bench.dump(run).await;
    assert_eq!((dump.run.status(), dump.run.reason()), (Status::Failed, Some(FailReason::WorkerLost)));
    assert_eq!((dump.items[0].state, dump.items[0].lost), (ItemState::Failed, 2));
    assert_eq!(dump.run.summary.files.not_run, 2);
    bench.check_all().await;
}

/// 18: an orderly release costs nothing and waits for nothing.
pub async fn a_released_item_is_ready_at_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_lost: 1, max_infra: 1, ..whole(1) }).await.id();
    for round in 1..=5 {
        let lease = bench.claim_one("w").await;
        let done = bench.finish(lease.key, 0, &[log(0, "x")], &Outcome::Release).await.expect("release");
        assert_eq!((done.item, done.run), (ItemState::Ready, Status::Running));
        assert_eq!(done.ready.map(|ticket| (ticket.item, ticket.run)), Some((lease.key.item, run)));
        let item = bench.item(run).await;
        assert_eq!((item.lost, item.infra, item.attempts), (0, 0, round));
    }
    bench.pass_all("w").await;
    assert_eq!(bench.get(run).await.status(), Status::Success);
    bench.check_all().await;
}

/// 18: what could not be run comes back later, a bounded number of times.
pub async fn infrastructure_failures_come_back_later_and_end(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_infra: 2, ..whole(1) }).await.id();
    let lease = bench.claim_one("w").await;
    let done = bench.end(lease.key, &infra(Duration::from_secs(5), false)).await.expect("infra");
    assert_eq!(done.item, ItemState::Ready);
    bench.advance(Duration::from_millis(4_999));
    assert!(bench.claim("w", 1).await.is_empty());
    bench.advance(Duration::from_millis(1));
    let lease = bench.claim_one("w").await;
    let done = bench.end(lease.key, &infra(Duration::from_secs(5), false)).await.expect("infra");
    assert_eq!((done.item, done.run, done.ready), (ItemState::Failed, Status::Failed, None));
    let dump = bench.dump(run).await;
    assert_eq!(dump.run.reason(), Some(FailReason::Infra));
    assert_eq!((dump.items[0].infra, dump.items[0].lost), (2, 0));
    let message = dump.events.iter().rev().find_map(|event| match &event.body {
        EventBody::ItemFinished { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert_eq!(message.flatten().as_deref(), Some("no python"));
    bench.check_all().await;
}

/// 18: where trying again cannot help, it is not tried.
pub async fn a_fatal_infrastructure_failure_ends_at_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_infra: 9, ..whole(1) }).await.id();
    let lease = bench.claim_one("w").await;
    let done = bench.end(lease.key, &infra(Duration::ZERO, true)).await.expect("infra");
    assert_eq!(done.item, ItemState::Failed);
    assert_eq!(bench.get(run).await.reason(), Some(FailReason::Infra));
    bench.check_all().await;
}

/// 19: a holder that did not get the answer asks again and gets it; nothing happens twice.
pub async fn finish_is_safe_to_repeat(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_infra: 2, ..per_file(4) }).await.id();
    let leases = bench.claim("w", 4).await;
    let passed = |file| judged(file, FileOutcome::Passed);
    let ends = [
        (passed(0), Outcome::Completed),
        (vec![log(1, "bye")], Outcome::Release),
        (vec![], infra(Duration::from_secs(5), false)),
        (vec![case(3, "test_it", CaseOutcome::Passed)], infra(Duration::ZERO, true)),
    ];
    for (lease, (tail, outcome)) in leases.iter().zip(&ends) {
        let first = bench.finish(lease.key, 0, tail, outcome).await.expect("finish");
        let before = bench.dump(run).await;
        for from_n in [0, 99] {
            let again = bench.finish(lease.key, from_n, tail, outcome).await.expect("finish again");
            assert_eq!(again, first, "{outcome:?}");
        }
        assert_eq!(bench.dump(run).await, before, "{outcome:?}");
    }
    bench.check_all().await;
}

/// 20: a finish that is refused leaves neither its events nor its verdict, and the lease as it was.
pub async fn a_refused_finish_stores_nothing(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    let lease = bench.claim_one("w").await;
    let before = bench.dump(run).await;
    let half = judged(0, FileOutcome::Failed);
    let gap = bench.finish(lease.key, 1, &half, &Outcome::Release).await;
    assert_eq!(refusal(gap), StoreErrorKind::Gap { expected_n: 0 });
    let foreign = [half.clone(), judged(7, FileOutcome::Passed)].concat();
    for (tail, outcome) in [(&half, Outcome::Completed), (&foreign, Outcome::Release)] {
        let answer = bench.finish(lease.key, 0, tail, &outcome).await;
        assert_eq!(refusal(answer), StoreErrorKind::Invalid);
        assert_eq!(bench.dump(run).await, before);
    }
    bench.complete(&lease, FileOutcome::Passed).await;
    bench.check_all().await;
}

/// Nobody may say "completed" of a file without a result; results of earlier epochs count.
pub async fn completed_needs_every_file(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(3)).await.id();
    let lease = bench.claim_one("w").await;
    let refused = bench.end(lease.key, &Outcome::Completed).await;
    assert_eq!(refusal(refused), StoreErrorKind::Invalid);
    bench.append(lease.key, 0, &[finished(0, FileOutcome::Passed)]).await.expect("append");
    bench.lose().await;
    let lease = bench.claim_one("w").await;
    bench.append(lease.key, 0, &[finished(2, FileOutcome::Passed)]).await.expect("append");
    let refused = bench.finish(lease.key, 1, &[], &Outcome::Completed).await;
    assert_eq!(refusal(refused), StoreErrorKind::Invalid);
    let tail = [finished(1, FileOutcome::Passed)];
    let done = bench.finish(lease.key, 1, &tail, &Outcome::Completed).await.expect("finish");
    assert_eq!((done.item, done.run), (ItemState::Passed, Status::Success));
    assert_eq!(bench.get(run).await.summary.files.passed, 3);
    bench.check_all().await;
}

/// The store derives the item's end from its files, also from those of an earlier epoch.
pub async fn an_item_ends_as_its_files_did(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&grouped(&[&[0, 1], &[2], &[3]])).await.id();
    let leases = bench.claim("w", 3).await;
    bench.append(leases[0].key, 0, &judged(0, FileOutcome::Crashed)).await.expect("append");
    bench.end(leases[0].key, &Outcome::Release).await.expect("release");
    let again = bench.claim_one("w").await;
    let done = bench.complete(&again, FileOutcome::Passed).await;
    assert_eq!((done.item, done.run), (ItemState::Failed, Status::Running));
    let done = bench.complete(&leases[1], FileOutcome::Empty).await;
    assert_eq!((done.item, done.run), (ItemState::Passed, Status::Running));
    let done = bench.complete(&leases[2], FileOutcome::Passed).await;
    assert_eq!((done.item, done.run), (ItemState::Passed, Status::Failed));
    assert_eq!(bench.get(run).await.reason(), Some(FailReason::TestsFailed));
    bench.check_all().await;
}

/// A janitor's round is bounded.
pub async fn reap_takes_no_more_than_asked(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&per_file(5)).await;
    bench.claim("w", 5).await;
    bench.expire();
    for left in [3, 1, 0] {
        let taken = bench.store.reap(2).await.expect("reap").ready.len();
        assert_eq!(taken, if left == 0 { 1 } else { 2 });
    }
    assert!(bench.reap().await.touched.is_empty());
    bench.check_all().await;
}
