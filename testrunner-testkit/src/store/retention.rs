//! How long ended Testruns are kept.

use std::time::Duration;

use testrunner_core::store::Retention;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Digest, FileOutcome, TestrunId};

use super::factory::{all_ended, ended_before, log_at, whole};
use super::{Bench, StoreHarness};

const NONE: Retention = Retention { finished_before: None, newest: None, bytes: None };

/// So many Testruns that ended ten seconds apart, the last one first. In the order of their ends.
async fn ended_backwards(bench: &Bench, count: usize) -> Vec<TestrunId> {
    let mut runs = Vec::new();
    for _ in 0..count {
        runs.insert(0, bench.submit(&whole(1)).await.id());
    }
    for run in &runs {
        bench.advance(Duration::from_secs(10));
        bench.stop(*run, StopWhy::Cancel).await;
    }
    runs
}

async fn left(bench: &Bench, runs: &[TestrunId]) -> Vec<TestrunId> {
    let there = bench.runs().await;
    runs.iter().copied().filter(|run| there.contains(run)).collect()
}

/// What ended first goes first, whenever it was created; what has not ended stays.
pub async fn the_oldest_end_goes_first(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let open = bench.submit(&whole(1)).await.id();
    let runs = ended_backwards(&bench, 6).await;
    let prune =
        async |retention: Retention, limit| bench.store.prune(&retention, limit).await.expect("prune");
    assert_eq!(prune(NONE, 99).await, 0, "without a rule nothing goes");
    assert_eq!(prune(all_ended(), 0).await, 0);
    assert_eq!(prune(all_ended(), 2).await, 2);
    assert_eq!(left(&bench, &runs).await, runs[2..]);
    let moment = bench.get(runs[3]).await.summary.finished_at.expect("ended");
    assert_eq!(prune(ended_before(moment), 99).await, 1, "the moment itself stays");
    assert_eq!(left(&bench, &runs).await, runs[3..]);
    assert_eq!(prune(all_ended(), 99).await, 3);
    assert_eq!(bench.runs().await, [open]);
    bench.check_all().await;
}

/// So many are kept, those that ended last.
pub async fn the_newest_ends_are_kept(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let open = bench.submit(&whole(1)).await.id();
    let runs = ended_backwards(&bench, 5).await;
    let newest = |n| Retention { newest: Some(n), ..NONE };
    for (keep, limit, removed) in [(5, 99, 0), (9, 99, 0), (3, 1, 1), (3, 99, 1), (3, 99, 0)] {
        assert_eq!(bench.store.prune(&newest(keep), limit).await.expect("prune"), removed, "{keep} {limit}");
    }
    assert_eq!(left(&bench, &runs).await, runs[2..]);
    // The rules are held one beside the other: whichever wants more gone.
    let moment = bench.get(runs[3]).await.summary.finished_at;
    let both = |newest| Retention { finished_before: moment, newest: Some(newest), bytes: Some(u64::MAX) };
    assert_eq!(bench.store.prune(&both(9), 99).await.expect("prune"), 1, "by age");
    assert_eq!(left(&bench, &runs).await, runs[3..]);
    assert_eq!(bench.store.prune(&both(1), 99).await.expect("prune"), 1, "by number");
    assert_eq!(bench.store.prune(&newest(0), 99).await.expect("prune"), 1);
    assert_eq!(bench.runs().await, [open]);
}

/// What a store takes grows with what is stored, and room is made by removing the oldest, no more than needed.
pub async fn room_is_made_by_removing_the_oldest(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let usage = async || bench.store.usage().await.expect("usage").bytes;
    let empty = usage().await;
    let mut runs = Vec::new();
    for _ in 0..6 {
        let run = bench.submit(&whole(1)).await.id();
        let lease = bench.claim_one("w").await;
        let output: Vec<_> = (0..8).map(|n| log_at(0, n << 17, vec![b'x'; 1 << 17])).collect();
        bench.append(lease.key, 0, &output).await.expect("append");
        let tail = super::factory::judged(0, FileOutcome::Passed);
        let outcome = testrunner_core::store::Outcome::Completed;
        bench.finish(lease.key, 8, &tail, &outcome).await.expect("finish");
        runs.push(run);
        bench.advance(Duration::from_secs(1));
    }
    let full = usage().await;
    assert!(full > empty + (6 << 20), "{empty} {full}");
    let at_most = |bytes| Retention { bytes: Some(bytes), ..NONE };
    assert_eq!(bench.store.prune(&at_most(full), 99).await.expect("prune"), 0, "it fits");
    // Half a Testrun too much, one Testrun too many.
    assert_eq!(bench.store.prune(&at_most(full - (1 << 19)), 99).await.expect("prune"), 1);
    assert_eq!(left(&bench, &runs).await, runs[1..]);
    let target = full - (7 << 19);
    assert_eq!(bench.store.prune(&at_most(target), 2).await.expect("prune"), 2, "as many as are allowed");
    assert!(usage().await > target);
    assert_eq!(bench.store.prune(&at_most(target), 2).await.expect("prune"), 1, "and the rest");
    assert_eq!(left(&bench, &runs).await, runs[4..]);
    assert!(usage().await <= target);
    assert_eq!(bench.store.prune(&at_most(0), 99).await.expect("prune"), 2, "all that may go");
    bench.check_all().await;
}

/// Uploads stay for a day after they were put, whoever still has them: no Testrun is removed in their place.
pub async fn uploads_that_nobody_has_cost_no_testrun(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let usage = async || bench.store.usage().await.expect("usage").bytes;
    let mut runs = Vec::new();
    for n in 0..6 {
        let digest = bench.store.put_blobs(&[upload(n)]).await.expect("put_blobs").swap_remove(0);
        let mut new = whole(1);
        (new.files[0].size, new.files[0].digest) = (UPLOAD as u64, Some(digest));
        let run = bench.submit(&new).await.id();
        bench.stop(run, StopWhy::Cancel).await;
        runs.push(run);
        bench.advance(Duration::from_secs(1));
    }
    let full = usage().await;
    let at_most = |bytes| Retention { bytes: Some(bytes), ..NONE };
    bench.store.put_blobs(&[upload(6), upload(7)]).await.expect("put_blobs");
    assert_eq!(bench.store.prune(&at_most(full), 99).await.expect("prune"), 0, "somebody is submitting");
    // Half a Testrun too much, then two and a half.
    assert_eq!(bench.store.prune(&at_most(full - UPLOAD as u64 / 2), 99).await.expect("prune"), 1);
    assert_eq!(left(&bench, &runs).await, runs[1..]);
    let target = full - 7 * UPLOAD as u64 / 2;
    assert_eq!(bench.store.prune(&at_most(target), 99).await.expect("prune"), 3);
    assert_eq!(left(&bench, &runs).await, runs[4..]);
    assert!(usage().await <= target);
    // What another Testrun has counts on.
    let mut shared = whole(1);
    (shared.files[0].size, shared.files[0].digest) = (UPLOAD as u64, Some(Digest::of(&upload(4))));
    bench.submit(&shared).await;
    let target = usage().await - UPLOAD as u64 / 2;
    assert_eq!(bench.store.prune(&at_most(target), 99).await.expect("prune"), 2, "the first frees nothing");
    assert_eq!(left(&bench, &runs).await, []);
    for n in [0, 5, 6] {
        assert_eq!(bench.store.blob(Digest::of(&upload(n))).await.expect("kept for a day"), upload(n));
    }
    bench.advance(Duration::from_hours(48));
    bench.store.prune(&at_most(u64::MAX), 99).await.expect("prune");
    assert_eq!(bench.store.blob(Digest::of(&upload(4))).await.expect("in use"), upload(4));
    bench.check_all().await;
}

const UPLOAD: usize = 1 << 20;

fn upload(n: u8) -> Vec<u8> {
    vec![n; UPLOAD]
}
