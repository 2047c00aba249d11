//! Testruns that have not ended go on in the target.

use std::sync::Arc;

use testrunner_core::copy::{CopyError, Copying};
use testrunner_core::store::{Candidates, ClaimRequest, LeaseStatus, Outcome, StoreErrorKind};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, ItemState, Status};

use super::{CopyHarness, Pair};
use crate::store::factory::{TTL, claim_by, directory, judged, log, per_file, whole};

/// They are named, and nothing is changed.
pub async fn open_runs_are_refused_unless_wanted(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    pair.source.submit(&whole(1)).await;
    pair.source.pass_all("w").await;
    let waiting = pair.source.submit(&whole(1)).await.id();
    match pair.copy().await {
        Err(CopyError::Open { runs }) => assert_eq!(runs, [waiting]),
        other => panic!("{other:?}"),
    }
    assert_eq!(pair.target.runs().await, []);
    assert_eq!(pair.to.numbers().await.expect("numbers"), Default::default());
}

/// Those of a folder belong to a process that the target does not have.
pub async fn a_run_of_a_living_process_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let run = pair.source.submit(&directory(1, pair.from.process())).await.id();
    let copying = Copying::new(Arc::clone(&pair.from), Arc::clone(&pair.to)).with_open(true);
    match copying.run().await {
        Err(CopyError::Pinned { run: named }) => assert_eq!(named, run),
        other => panic!("{other:?}"),
    }
    pair.source.stop(run, StopWhy::Cancel).await;
    pair.copy_all().await;
    pair.expect_all_same().await;
}

/// What waits is claimed in the target, what is held is held on, and both end there.
pub async fn an_open_run_ends_in_the_target(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let waiting = pair.source.submit(&per_file(2)).await.id();
    let run = pair.source.submit(&per_file(3)).await.id();
    let items: Vec<_> = pair.source.items(run).await.iter().map(|item| item.id).take(2).collect();
    let claimed =
        pair.source.claim_as(&ClaimRequest { from: Candidates::Items(items), ..claim_by("w", 2) }).await;
    pair.source.complete(&claimed[0], FileOutcome::Passed).await;
    let (key, file) = (claimed[1].key, claimed[1].files[0]);
    pair.source.append(key, 0, &[log(file, "half")]).await.expect("append");
    let copied = pair.copy_all().await;
    assert_eq!(copied.open, [waiting, run]);
    pair.expect_all_same().await;
    // The old lease goes on where it was.
    let repeated = pair.target.append(key, 0, &[log(file, "half")]).await.expect("append");
    assert_eq!(repeated.next_n, 1);
    let status = pair.to.renew(&[key], TTL).await.expect("renew");
    assert!(matches!(status[..], [LeaseStatus::Held { .. }]), "{status:?}");
    pair.target
        .finish(key, 1, &judged(file, FileOutcome::Passed), &Outcome::Completed)
        .await
        .expect("finish");
    pair.target.pass_all("other").await;
    for run in [waiting, run] {
        assert_eq!(pair.target.get(run).await.status(), Status::Success);
    }
    pair.target.check_all().await;
}

/// An old lease is taken over when its time is up, and fenced from then on.
pub async fn an_old_lease_is_taken_over(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let run = pair.source.submit(&whole(1)).await.id();
    let process = Some(pair.from.process());
    let request = ClaimRequest { process, ..claim_by("w", 1) };
    let old = pair.source.claim_as(&request).await.swap_remove(0);
    pair.copy_all().await;
    // Its process is not one of the target's: that alone takes nothing away.
    pair.target.reap().await;
    assert_eq!(pair.target.item(run).await.state, ItemState::Leased);
    pair.target.lose().await;
    let new = pair.target.claim_one("other").await;
    assert!(new.key.epoch > old.key.epoch && new.key.item == old.key.item);
    let late = pair.target.append(old.key, 0, &[log(0, "late")]).await.expect_err("fenced");
    assert_eq!(late.kind(), StoreErrorKind::Fenced);
    pair.target.complete(&new, FileOutcome::Passed).await;
    assert_eq!(pair.target.get(run).await.status(), Status::Success);
    pair.target.check_all().await;
}

/// What has gone on in the source alone is brought up to date; what has gone on in the target is left alone.
pub async fn a_copied_run_may_go_on_in_one_of_both(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let run = pair.source.submit(&per_file(2)).await.id();
    let lease = pair.source.claim_one("w").await;
    pair.copy_all().await;
    pair.source.complete(&lease, FileOutcome::Passed).await;
    let copied = pair.copy_all().await;
    assert_eq!((copied.testruns, copied.known), (1, 0));
    pair.expect_all_same().await;
    pair.source.pass_all("w").await;
    pair.copy_all().await;
    pair.expect_all_same().await;
    let open = pair.source.submit(&whole(1)).await.id();
    pair.copy_all().await;
    pair.target.claim_one("w").await;
    let before = pair.target.dump(open).await;
    let copying = Copying::new(Arc::clone(&pair.from), Arc::clone(&pair.to)).with_open(true);
    match copying.run().await {
        Err(CopyError::Differs { run, what }) => assert!(run == open && what.contains("gone on"), "{what}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(pair.target.dump(open).await, before);
    assert_eq!(pair.target.get(run).await.status(), Status::Success);
}
