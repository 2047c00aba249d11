//! Which items a claim returns, and in which order.

use std::collections::BTreeSet;
use std::time::Duration;

use testrunner_core::store::{Candidates, ClaimRequest, NewTestrun, Outcome, PREFER_WITHIN_US};
use testrunner_core::{FileOutcome, ItemId, ItemState, Status, WorkerId};
use tokio::task::JoinSet;

use super::factory::{EXECUTOR, TTL, claim_by, grouped, per_file, whole};
use super::{Bench, StoreHarness};

/// 1: many claim at once; each item is leased once, and never more than asked for.
pub async fn claim_is_exclusive(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(60)).await.id();
    let mut claimers = JoinSet::new();
    for n in 0..8 {
        let bench = bench.clone();
        claimers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let leases = bench.claim(&format!("w{n}"), 3).await;
                assert!(leases.len() <= 3, "{} leases of 3", leases.len());
                if leases.is_empty() {
                    return mine;
                }
                mine.extend(leases.iter().map(|lease| lease.key.item));
                assert!(mine.len() <= 60, "items are leased again and again");
                tokio::task::yield_now().await;
            }
        });
    }
    let claimed = claimers.join_all().await.concat();
    let distinct: BTreeSet<ItemId> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), distinct.len()), (60, 60));
    assert!(bench.items(run).await.iter().all(|item| item.attempts == 1));
    bench.check_all().await;
}

/// 2: priority first, then sort key, then number.
pub async fn claims_follow_priority_then_sort_key_then_number(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let first = bench.submit(&per_file(2)).await.id();
    let same_time = bench.submit(&per_file(2)).await.id();
    bench.advance(Duration::from_secs(60));
    let urgent = bench.submit(&NewTestrun { priority: 5, ..per_file(1) }).await.id();
    let unhurried = bench.submit(&NewTestrun { priority: -5, ..per_file(1) }).await.id();
    let later = bench.submit(&per_file(1)).await.id();
    let leases = bench.claim("w", 3).await.into_iter().chain(bench.claim("w", 10).await);
    let order: Vec<_> = leases.map(|lease| (lease.run, lease.files[0])).collect();
    // Rank 0 of both early ones, then rank 1 of both.
    let early = [(first, 0), (same_time, 0), (first, 1), (same_time, 1)];
    assert_eq!(order[0], (urgent, 0));
    assert_eq!(order[1..5], early);
    assert_eq!(order[5..], [(later, 0), (unhurried, 0)]);
    bench.check_all().await;
}

/// 3: an item is not claimed before its time, and the answer says when that is.
pub async fn what_is_not_due_is_not_claimed(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&whole(1)).await;
    let request = claim_by("w", 1);
    assert_eq!(bench.store.claim(&request).await.expect("claim").next_ready_in, None);
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    let retry_in = Duration::from_secs(40);
    let outcome = Outcome::Infra { message: "no disk".to_owned(), retry_in, fatal: false };
    assert_eq!(bench.end(lease.key, &outcome).await.expect("finish").item, ItemState::Ready);
    bench.advance(Duration::from_secs(30));
    let claimed = bench.store.claim(&request).await.expect("claim");
    assert!(claimed.leases.is_empty());
    assert_eq!(claimed.next_ready_in, Some(Duration::from_secs(10)));
    bench.advance(Duration::from_secs(10));
    let claimed = bench.store.claim(&request).await.expect("claim");
    assert_eq!(claimed.leases.iter().map(|lease| lease.run).collect::<Vec<_>>(), [run]);
    assert_eq!(claimed.next_ready_in, None);
    bench.check_all().await;
}

/// 4: whatever happened to an item, the next claim has a larger epoch.
pub async fn every_claim_has_a_larger_epoch(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = NewTestrun { max_lost: 100, max_infra: 100, ..whole(1) };
    bench.submit(&new).await;
    let infra = Outcome::Infra { message: "x".to_owned(), retry_in: Duration::ZERO, fatal: false };
    let mut epochs = Vec::new();
    for round in 0..9 {
        let lease = bench.claim_one("w").await;
        assert_eq!(lease.attempt, round + 1);
        epochs.push(lease.key.epoch);
        match round % 3 {
            0 => drop(bench.lose().await),
            1 => drop(bench.end(lease.key, &Outcome::Release).await.expect("release")),
            _ => drop(bench.end(lease.key, &infra).await.expect("infra")),
        }
    }
    assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "{epochs:?}");
    bench.check_all().await;
}

/// 5: named items only; unknown and taken ones give nothing, and no error.
pub async fn a_claim_of_named_items_takes_no_other(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(4)).await.id();
    let ids: Vec<ItemId> = bench.items(run).await.iter().map(|item| item.id).collect();
    let named = |items: &[ItemId]| {
        let from = Candidates::Items(items.to_vec());
        ClaimRequest { from, ..claim_by("w", 10) }
    };
    let unknown = ItemId(i64::MAX / 2);
    // Asked for in another order than that of claims.
    let leases = bench.claim_as(&named(&[ids[2], unknown, ids[1]])).await;
    assert_eq!(leases.iter().map(|lease| lease.key.item).collect::<Vec<_>>(), [ids[1], ids[2]]);
    assert!(bench.claim_as(&named(&[ids[1], ids[2], unknown])).await.is_empty());
    assert!(bench.claim_as(&named(&[])).await.is_empty());
    let rest = bench.claim("w", 10).await;
    assert_eq!(rest.iter().map(|lease| lease.key.item).collect::<Vec<_>>(), [ids[0], ids[3]]);
    bench.check_all().await;
}

/// 6: a small Testrun does not wait for the whole of a large one before it.
pub async fn a_small_later_run_overtakes_the_tail_of_a_large_one(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let large = bench.submit(&per_file(6)).await.id();
    bench.advance(Duration::from_millis(2_500));
    let small = bench.submit(&whole(1)).await.id();
    let order: Vec<_> = bench.claim("w", 10).await.iter().map(|lease| lease.run).collect();
    assert_eq!(order, [large, large, large, small, large, large, large]);
    bench.check_all().await;
}

/// Testruns with an open session go first among equals that are near, and never further.
pub async fn open_sessions_are_preferred_within_bounds(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let first = bench.submit(&whole(1)).await.id();
    bench.advance(Duration::from_micros(PREFER_WITHIN_US as u64));
    let near = bench.submit(&whole(1)).await.id();
    bench.advance(Duration::from_micros(1));
    let far = bench.submit(&whole(1)).await.id();
    let preferring = |runs: &[_]| ClaimRequest { prefer: runs.to_vec(), ..claim_by("w", 1) };
    let next = async |request: &ClaimRequest| bench.claim_as(request).await[0].run;
    assert_eq!(next(&preferring(&[far, near])).await, near);
    assert_eq!(next(&preferring(&[far])).await, first, "too far behind");
    let urgent = bench.submit(&NewTestrun { priority: 1, ..whole(1) }).await.id();
    assert_eq!(next(&preferring(&[far])).await, urgent, "priority goes before preference");
    assert_eq!(next(&preferring(&[near])).await, far, "nothing preferred is left");
    bench.check_all().await;
}

/// Items whose executor the worker does not have are passed over.
pub async fn only_executors_at_hand_are_claimed(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&NewTestrun { executor: "cargo".to_owned(), ..whole(1) }).await;
    let run = bench.submit(&whole(1)).await.id();
    let with = |names: &[&str]| ClaimRequest {
        executors: names.iter().map(ToString::to_string).collect(),
        ..claim_by("w", 9)
    };
    assert!(bench.claim_as(&with(&[])).await.is_empty());
    assert!(bench.claim_as(&with(&["py", "pytest2"])).await.is_empty());
    let leases = bench.claim_as(&with(&["other", EXECUTOR])).await;
    assert_eq!(leases.iter().map(|lease| lease.run).collect::<Vec<_>>(), [run]);
    let leases = bench.claim_as(&with(&["cargo"])).await;
    assert_eq!(leases.iter().map(|lease| lease.executor.as_str()).collect::<Vec<_>>(), ["cargo"]);
    bench.check_all().await;
}

/// The lease says all that a worker needs, and the ledger who has it.
pub async fn an_assignment_carries_what_was_submitted(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let mut new = NewTestrun { max_fail: Some(9), ..grouped(&[&[2, 0], &[1]]) };
    new.options.insert("keyword".to_owned(), "not slow".into());
    new.limits.file_timeout = Duration::from_secs(5);
    let run = bench.submit(&new).await.id();
    let lease = bench.claim_one("worker-1").await;
    assert_eq!((lease.run, lease.username.as_str(), lease.executor.as_str()), (run, "ada", EXECUTOR));
    assert_eq!((&lease.source, &lease.options, &lease.limits), (&new.source, &new.options, &new.limits));
    assert_eq!((lease.max_fail, lease.files.as_slice(), lease.attempt), (Some(9), &[2, 0][..], 1));
    assert_eq!((lease.done.as_slice(), lease.ttl, &lease.stop), (&[][..], Some(TTL), &None));
    let item = bench.item(run).await;
    assert_eq!((item.id, item.epoch), (lease.key.item, lease.key.epoch));
    assert_eq!((item.state, item.worker), (ItemState::Leased, Some(WorkerId("worker-1".to_owned()))));
    assert_eq!(bench.store.files(run).await.expect("files"), new.files);
    assert_eq!(
        bench.store.blob(new.files[0].digest.expect("a digest")).await.ok().as_deref(),
        Some(super::factory::CONTENT)
    );
    bench.check_all().await;
}

/// 27: a large Testrun is worked off by many, each item once.
pub async fn ten_thousand_items_are_each_claimed_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(h.many())).await.id();
    let mut workers = JoinSet::new();
    for n in 0..32 {
        let bench = bench.clone();
        workers.spawn(async move {
            let name = format!("w{n}");
            loop {
                let leases = bench.claim(&name, 4).await;
                if leases.is_empty() {
                    return;
                }
                for lease in leases {
                    bench.complete(&lease, FileOutcome::Passed).await;
                }
            }
        });
    }
    workers.join_all().await;
    let dump = bench.dump(run).await;
    assert!(dump.items.iter().all(|item| item.attempts == 1));
    assert_eq!(dump.run.status(), Status::Success);
    assert_eq!(dump.run.summary.cases.passed, h.many());
    dump.check();
}
