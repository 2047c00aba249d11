//! Directory Testruns belong to the process that submitted them.

use std::time::Duration;

use testrunner_core::store::{ClaimRequest, LeaseStatus, NewTestrun};
use testrunner_core::{FailReason, FileOutcome, ItemState, ProcessId, Status, StoreErrorKind};

use super::bench::refusal;
use super::factory::{claim_by, directory, per_file};
use super::{Bench, StoreHarness};

fn claim_for(process: ProcessId, shared: bool) -> ClaimRequest {
    ClaimRequest { process: Some(process), shared, ..claim_by("w", 9) }
}

/// Nobody but the owner executes a directory, whatever else it may claim.
pub async fn a_directory_run_is_claimed_only_by_its_process(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let me = bench.store.process();
    let run = bench.submit(&directory(2, me.clone())).await.id();
    assert!(bench.claim("w", 9).await.is_empty());
    assert!(bench.claim_as(&claim_for(ProcessId::unique(), true)).await.is_empty());
    let leases = bench.claim_as(&claim_for(me, false)).await;
    assert_eq!(leases.iter().map(|lease| lease.run).collect::<Vec<_>>(), [run, run]);
    for lease in leases {
        bench.complete(&lease, FileOutcome::Passed).await;
    }
    assert_eq!(bench.get(run).await.status(), Status::Success);
    bench.check_all().await;
}

/// A process that runs its own directory only does not take the work of others.
pub async fn shared_items_are_left_alone_unless_wanted(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let me = bench.store.process();
    let shared = bench.submit(&per_file(1)).await.id();
    let mine = bench.submit(&directory(1, me.clone())).await.id();
    let own: Vec<_> = bench.claim_as(&claim_for(me.clone(), false)).await;
    assert_eq!(own.iter().map(|lease| lease.run).collect::<Vec<_>>(), [mine]);
    let rest: Vec<_> = bench.claim_as(&claim_for(me, true)).await;
    assert_eq!(rest.iter().map(|lease| lease.run).collect::<Vec<_>>(), [shared]);
    bench.check_all().await;
}

/// A directory that is pinned to nobody would be claimed by anybody: it is not stored.
pub async fn a_directory_run_needs_its_process(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = NewTestrun { pinned_to: None, ..directory(1, bench.store.process()) };
    assert_eq!(refusal(bench.store.create(&new).await), StoreErrorKind::Invalid);
    assert!(bench.runs().await.is_empty());
}

/// A pinned lease has no ttl: a laptop may sleep over it.
pub async fn a_pinned_lease_never_expires(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let me = bench.store.process();
    let run = bench.submit(&directory(1, me.clone())).await.id();
    let lease = bench.claim_as(&claim_for(me, false)).await.swap_remove(0);
    assert_eq!(lease.ttl, None);
    bench.advance(Duration::from_hours(100));
    assert!(bench.reap().await.touched.is_empty());
    assert_eq!(bench.renew(lease.key).await, LeaseStatus::Held { stop: None });
    assert_eq!(bench.item(run).await.lease_until, None);
    bench.advance(Duration::from_hours(100));
    assert!(bench.reap().await.touched.is_empty());
    bench.complete(&lease, FileOutcome::Passed).await;
    assert_eq!(bench.get(run).await.status(), Status::Success);
    bench.check_all().await;
}

/// When the owner is gone, nobody else may run its directory: what it left open ends.
pub async fn a_run_ends_with_its_process(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let gone = ProcessId::unique();
    let started = bench.submit(&directory(2, gone.clone())).await.id();
    let waiting = bench.submit(&directory(1, gone.clone())).await.id();
    let request = ClaimRequest { max: 1, ..claim_for(gone, false) };
    let lease = bench.claim_as(&request).await.swap_remove(0);
    assert_eq!(lease.run, started);
    let reaped = bench.reap().await;
    assert_eq!((reaped.touched, reaped.ready), (vec![started, waiting], vec![]));
    for run in [started, waiting] {
        let run = bench.get(run).await;
        assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::WorkerLost)));
        assert_eq!(run.summary.stop, None);
    }
    let states: Vec<_> = bench.items(started).await.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Failed, ItemState::Cancelled]);
    assert_eq!(refusal(bench.append(lease.key, 0, &[]).await), StoreErrorKind::Fenced);
    assert!(bench.reap().await.touched.is_empty());
    bench.check_all().await;
}

/// As long as the owner lives, no other process touches its Testruns; when it dies, any may end them.
pub async fn a_run_lives_as_long_as_its_process(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    if !bench.promises("multi_process", bench.store.caps().multi_process) {
        return;
    }
    let other = bench.reopen(h).await;
    let owner = other.store.process();
    assert_ne!(owner, bench.store.process());
    let run = other.submit(&directory(1, owner.clone())).await.id();
    let lease = other.claim_as(&claim_for(owner, false)).await.swap_remove(0);
    bench.advance(Duration::from_hours(1));
    assert!(bench.reap().await.touched.is_empty());
    assert!(bench.claim_as(&claim_for(bench.store.process(), true)).await.is_empty());
    drop(other);
    // A handle may need a moment to let go of what it holds.
    for _ in 0..200 {
        if bench.reap().await.touched == [run] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(bench.get(run).await.reason(), Some(FailReason::WorkerLost));
    assert_eq!(refusal(bench.append(lease.key, 0, &[]).await), StoreErrorKind::Fenced);
    bench.check_all().await;
}
