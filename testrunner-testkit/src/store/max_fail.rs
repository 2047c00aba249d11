//! `max_fail`: counted by the store, in the same call as the failure.

use testrunner_core::event::NewEvent;
use testrunner_core::store::{NewTestrun, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseOutcome, FailReason, FileOutcome, ItemState, Status};

use super::factory::{case, finished, judged, per_file, whole};
use super::{Bench, StoreHarness};

fn failing_cases(file: u32, count: usize) -> Vec<NewEvent> {
    (0..count).map(|n| case(file, &format!("test_{n}"), CaseOutcome::Failed)).collect()
}

/// 39: the call that reaches it answers with the mark, and what waits is cancelled.
pub async fn reaching_it_stops_the_run(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_fail: Some(2), ..per_file(5) }).await.id();
    let leases = bench.claim("w", 3).await;
    let first = bench.append(leases[0].key, 0, &judged(0, FileOutcome::Failed)).await.expect("append");
    assert_eq!(first.stop, None);
    let second = bench.append(leases[1].key, 0, &judged(1, FileOutcome::Failed)).await.expect("append");
    let mark = second.stop.expect("the mark in the answer");
    assert_eq!((mark.why, mark.by.as_str()), (StopWhy::FailFast, "max_fail"));
    assert_eq!(bench.get(run).await.summary.stop, Some(mark));
    let states: Vec<ItemState> = bench.items(run).await.iter().map(|item| item.state).collect();
    let (leased, cancelled) = (ItemState::Leased, ItemState::Cancelled);
    assert_eq!(states, [leased, leased, leased, cancelled, cancelled]);
    bench.check_all().await;
    for lease in &leases[..2] {
        bench.finish(lease.key, 3, &[], &Outcome::Completed).await.expect("finish");
    }
    let done = bench.end(leases[2].key, &Outcome::Cancelled).await.expect("finish");
    assert_eq!(done.run, Status::Failed);
    let summary = bench.get(run).await.summary;
    assert_eq!(summary.reason, Some(FailReason::TestsFailed));
    assert_eq!((summary.files.failed, summary.files.not_run), (2, 3));
    bench.check_all().await;
}

/// Cases are counted, not files.
pub async fn every_bad_case_counts(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_fail: Some(4), ..whole(3) }).await.id();
    let key = bench.claim_one("w").await.key;
    bench.append(key, 0, &failing_cases(0, 2)).await.expect("append");
    // The rest of the file comes in another call.
    let told = [
        case(0, "test_ok", CaseOutcome::Passed),
        case(0, "test_x", CaseOutcome::Xfailed),
        case(0, "test_e", CaseOutcome::Error),
        finished(0, FileOutcome::Failed),
    ];
    assert_eq!(bench.append(key, 2, &told).await.expect("append").stop, None, "three of four");
    let told = [case(1, "test_ok", CaseOutcome::Passed), finished(1, FileOutcome::Passed)];
    assert_eq!(bench.append(key, 6, &told).await.expect("append").stop, None, "three of four");
    let told = judged(2, FileOutcome::TimedOut);
    assert!(bench.append(key, 8, &told).await.expect("append").stop.is_some(), "four of four");
    assert_eq!(bench.get(run).await.summary.cases.bad(), 4);
    bench.check_all().await;
}

/// A file that failed as a whole is one failure.
pub async fn a_bad_file_without_a_bad_case_counts_one(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&NewTestrun { max_fail: Some(2), ..whole(4) }).await;
    let key = bench.claim_one("w").await.key;
    let told = [
        finished(0, FileOutcome::Empty),
        case(1, "test_ok", CaseOutcome::Passed),
        finished(1, FileOutcome::Crashed),
    ];
    assert_eq!(bench.append(key, 0, &told).await.expect("append").stop, None);
    let appended = bench.append(key, 3, &[finished(2, FileOutcome::Errored)]).await.expect("append");
    assert!(appended.stop.is_some());
    bench.check_all().await;
}

/// Nothing counts before its file's end, and nothing of a lost epoch ever does.
pub async fn provisional_cases_do_not_count(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_fail: Some(2), ..whole(2) }).await.id();
    let key = bench.claim_one("w").await.key;
    let appended = bench.append(key, 0, &failing_cases(0, 5)).await.expect("append");
    assert_eq!(appended.stop, None);
    assert_eq!(bench.lose().await.ready.len(), 1);
    let key = bench.claim_one("w").await.key;
    let told = [failing_cases(0, 1), vec![finished(0, FileOutcome::Failed)]].concat();
    assert_eq!(bench.append(key, 0, &told).await.expect("append").stop, None, "one of two");
    let told = [failing_cases(1, 1), vec![finished(1, FileOutcome::Failed)]].concat();
    assert!(bench.append(key, 2, &told).await.expect("append").stop.is_some(), "two of two");
    assert_eq!(bench.get(run).await.summary.cases.failed, 2);
    bench.check_all().await;
}

/// The tail of a finish counts before the item is ended, so that nothing goes back to the queue.
pub async fn it_may_be_reached_by_the_last_events(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for outcome in [Outcome::Release, Outcome::Cancelled] {
        let run = bench.submit(&NewTestrun { max_fail: Some(1), ..whole(2) }).await.id();
        let lease = bench.claim_one("w").await;
        let tail = judged(0, FileOutcome::Failed);
        let done = bench.finish(lease.key, 0, &tail, &outcome).await.expect("finish");
        assert_eq!((done.item, done.run), (ItemState::Cancelled, Status::Failed), "{outcome:?}");
        assert_eq!(done.ready, None);
        assert_eq!(bench.get(run).await.reason(), Some(FailReason::TestsFailed));
    }
    let run = bench.submit(&NewTestrun { max_fail: Some(1), ..whole(1) }).await.id();
    let lease = bench.claim_one("w").await;
    let done = bench.complete(&lease, FileOutcome::Failed).await;
    assert_eq!((done.item, done.run), (ItemState::Failed, Status::Failed));
    assert!(bench.get(run).await.summary.stop.is_some());
    bench.check_all().await;
}
