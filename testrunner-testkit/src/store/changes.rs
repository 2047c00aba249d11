//! What happened to the Testruns as wholes.

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::store::{CHANGES_KEPT, Change, NewTestrun};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Clock as _, FailReason, FileOutcome, Status, StoreErrorKind, TestrunId};
use tokio::task::JoinSet;

use super::bench::refusal;
use super::factory::{all_ended, per_file, whole};
use super::{Bench, StoreHarness};

async fn all(bench: &Bench) -> Vec<Change> {
    let mut read: Vec<Change> = Vec::new();
    loop {
        let after = read.last().map_or(0, |change| change.n);
        let page = bench.store.changes(after, 7).await.expect("changes");
        assert!(!page.missed && page.changes.len() <= 7);
        if page.changes.is_empty() {
            assert_eq!(page.last, after);
            return read;
        }
        assert!(page.changes[0].n > after, "change {} after {after}: a reader goes round", page.changes[0].n);
        read.extend(page.changes);
    }
}

/// Each change of a status is told once, with its time and reason, and nothing else is.
pub async fn every_change_of_a_status_is_told_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    assert_eq!(all(&bench).await, []);
    let mut told = Vec::new();
    let mut tell = |run: TestrunId, status: Option<Status>, reason: Option<FailReason>| {
        let n = told.len() as u64 + 1;
        told.push(Change { n, run, at: bench.clock.now(), status, reason });
    };
    let one = bench.submit(&per_file(2)).await.id();
    tell(one, Some(Status::Created), None);
    bench.advance(Duration::from_secs(1));
    let two = bench.submit(&whole(1)).await.id();
    tell(two, Some(Status::Created), None);
    bench.advance(Duration::from_secs(1));
    let leases = bench.claim("w", 9).await;
    assert_eq!(leases.len(), 3);
    // One call, two Testruns: the smaller number first.
    tell(one, Some(Status::Running), None);
    tell(two, Some(Status::Running), None);
    bench.advance(Duration::from_secs(1));
    for lease in &leases {
        let outcome = if lease.run == one { FileOutcome::Failed } else { FileOutcome::Passed };
        if bench.complete(lease, outcome).await.run.is_terminal() {
            let (status, reason) = match lease.run == one {
                true => (Status::Failed, Some(FailReason::TestsFailed)),
                false => (Status::Success, None),
            };
            tell(lease.run, Some(status), reason);
        }
    }
    bench.advance(Duration::from_secs(1));
    let three = bench.submit(&whole(1)).await.id();
    tell(three, Some(Status::Created), None);
    bench.stop(three, StopWhy::Cancel).await;
    tell(three, Some(Status::Failed), Some(FailReason::Cancelled));
    // What changes nothing is not told.
    bench.stop(three, StopWhy::Cancel).await;
    assert_eq!(refusal(bench.store.delete(TestrunId(9_999)).await), StoreErrorKind::NotFound);
    bench.reap().await;
    bench.store.delete(two).await.expect("delete");
    tell(two, None, None);
    assert_eq!(bench.store.prune(&all_ended(), 9).await.expect("prune"), 2);
    tell(one, None, None);
    tell(three, None, None);
    assert_eq!(all(&bench).await, told);
    let page = bench.store.changes(3, 0).await.expect("changes");
    assert_eq!((page.changes.as_slice(), page.last), (&told[3..], told.len() as u64));
    if bench.store.caps().durable {
        let clock = bench.clock.clone();
        drop(bench);
        let bench = Bench { store: h.reopen(clock.clone()).await, clock };
        assert_eq!(all(&bench).await, told);
        bench.submit(&whole(1)).await;
        assert_eq!(all(&bench).await.len(), told.len() + 1, "numbers go on");
    }
}

/// However many write at once: no number is left out, none is given twice, and each Testrun's come in order.
pub async fn changes_are_dense_while_many_write(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let mut writers = JoinSet::new();
    for n in 0..8 {
        let bench = bench.clone();
        writers.spawn(async move {
            for _ in 0..14 {
                let run = bench.submit(&whole(1)).await.id();
                match n % 3 {
                    0 => drop(bench.stop(run, StopWhy::Cancel).await),
                    1 => bench.pass_all(&format!("w{n}")).await,
                    _ => {}
                }
            }
        });
    }
    // Reads meanwhile: what was read once stays, and what comes goes on from there.
    let mut read: Vec<Change> = Vec::new();
    while !writers.is_empty() {
        let page = bench.store.changes(read.len() as u64, 5).await.expect("changes");
        assert!(!page.missed);
        read.extend(page.changes);
        while let Some(done) = writers.try_join_next() {
            done.expect("a writer");
        }
        tokio::task::yield_now().await;
    }
    bench.pass_all("last").await;
    let told = all(&bench).await;
    assert_eq!(told[..read.len()], read);
    assert!(told.iter().zip(1..).all(|(change, n)| change.n == n), "dense");
    let mut steps: BTreeMap<TestrunId, Vec<Status>> = BTreeMap::new();
    for change in &told {
        steps.entry(change.run).or_default().extend(change.status);
    }
    assert_eq!(steps.len(), 112);
    for (run, steps) in steps {
        let last = bench.get(run).await.status();
        assert_eq!((steps.first(), steps.last()), (Some(&Status::Created), Some(&last)), "{steps:?}");
        assert!(steps.is_sorted_by(|a, b| a.can_become(*b)), "Testrun {run}: {steps:?}");
    }
}

/// Who was away too long is told so, and never that there was nothing.
pub async fn who_missed_changes_is_told(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let ahead = bench.store.changes(1, 9).await.expect("changes");
    assert_eq!((ahead.missed, ahead.last, ahead.changes), (true, 0, vec![]), "ahead of what there is");
    // Three changes for each Testrun: one by itself, one at the deadline and one at the end of its time.
    let runs = CHANGES_KEPT.div_ceil(3) + 40;
    let new = NewTestrun { time_limit: Some(Duration::from_secs(60)), ..whole(1) };
    bench.submit(&new).await;
    let mut writers = JoinSet::new();
    for _ in 0..16 {
        let (bench, new) = (bench.clone(), new.clone());
        writers.spawn(async move {
            for _ in 0..runs / 16 {
                bench.store.create(&new).await.expect("create");
            }
        });
    }
    writers.join_all().await;
    let created = bench.store.changes(0, 1).await.expect("changes");
    assert_eq!((created.missed, created.last), (false, runs / 16 * 16 + 1));
    bench.advance(Duration::from_secs(61));
    bench.reap().await;
    bench.store.prune(&all_ended(), u32::MAX).await.expect("prune");
    let last = created.last * 3;
    assert!(last > CHANGES_KEPT, "{last}");
    let missed = bench.store.changes(last - CHANGES_KEPT - 1, 9).await.expect("changes");
    assert_eq!((missed.missed, missed.last, missed.changes), (true, last, vec![]));
    let oldest = bench.store.changes(last - CHANGES_KEPT, 3).await.expect("changes");
    let numbers: Vec<u64> = oldest.changes.iter().map(|change| change.n - (last - CHANGES_KEPT)).collect();
    assert_eq!((oldest.missed, numbers), (false, vec![1, 2, 3]));
    let none = bench.store.changes(last, 9).await.expect("changes");
    assert_eq!((none.missed, none.last, none.changes), (false, last, vec![]));
    assert!(bench.store.changes(last + 1, 9).await.expect("changes").missed);
}

/// What one handle changes, a follower at another one hears of.
pub async fn another_handle_hears_of_changes(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    if !bench.promises("multi_process", bench.store.caps().multi_process) {
        return;
    }
    let other = bench.reopen(h).await;
    let mut listener = bench.store.doorbell().listen(Topic::Runs);
    // Whoever begins to listen may be woken once for nothing.
    listener.rung(Duration::from_millis(300)).await;
    let run = other.submit(&whole(1)).await.id();
    assert_ne!(listener.rung(Duration::from_secs(3)).await, Wake::Timeout, "a new Testrun");
    other.stop(run, StopWhy::Cancel).await;
    assert_ne!(listener.rung(Duration::from_secs(3)).await, Wake::Timeout, "its end");
    other.store.delete(run).await.expect("delete");
    assert_ne!(listener.rung(Duration::from_secs(3)).await, Wake::Timeout, "its removal");
    assert_eq!(all(&bench).await, all(&other).await);
}
