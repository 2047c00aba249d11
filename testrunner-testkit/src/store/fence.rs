//! Who may write: the holder of the newest epoch, and nobody else.

use std::time::Duration;

use testrunner_core::store::{Candidates, ClaimRequest, LeaseStatus, NewTestrun, Outcome, STOP_GRACE};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    Epoch, EventBody, FileOutcome, ItemId, ItemState, LeaseKey, StoreErrorKind, TestrunId,
};
use tokio::task::JoinSet;

use super::bench::refusal;
use super::factory::{TTL, claim_by, judged, log, per_file, whole};
use super::{Bench, StoreHarness};

/// Tries every verb with a key that is not to be accepted, and finds nothing changed.
async fn assert_fenced(bench: &Bench, run: TestrunId, key: LeaseKey) {
    let before = bench.dump(run).await;
    // So that a renewal by the wrong one would be seen.
    bench.advance(Duration::from_millis(1));
    let events = judged(0, FileOutcome::Passed);
    let infra = Outcome::Infra { message: "x".to_owned(), retry_in: Duration::ZERO, fatal: false };
    for from_n in [0, 1, 100] {
        assert_eq!(refusal(bench.append(key, from_n, &events).await), StoreErrorKind::Fenced, "append");
        for outcome in [&Outcome::Completed, &Outcome::Cancelled, &Outcome::Release, &infra] {
            let answer = bench.finish(key, from_n, &events, outcome).await;
            assert_eq!(refusal(answer), StoreErrorKind::Fenced, "finish {outcome:?}");
        }
    }
    assert_eq!(refusal(bench.append(key, 0, &[]).await), StoreErrorKind::Fenced, "empty append");
    assert_eq!(bench.renew(key).await, LeaseStatus::Lost);
    assert_eq!(bench.dump(run).await, before, "a fenced write left its mark");
}

/// 7: after the janitor took the item back, its old holder may do nothing.
pub async fn a_reaped_holder_is_fenced(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    bench.append(lease.key, 0, &[log(0, "half a li")]).await.expect("append");
    bench.lose().await;
    assert_fenced(&bench, run, lease.key).await;
    bench.check_all().await;
}

/// 8: nor when another worker has it by now, nor when that one has ended it.
pub async fn a_holder_is_fenced_when_another_has_claimed(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let old = bench.claim_one("w1").await;
    bench.lose().await;
    let new = bench.claim_one("w2").await;
    assert_fenced(&bench, run, old.key).await;
    bench.complete(&new, FileOutcome::Passed).await;
    assert_fenced(&bench, run, old.key).await;
    bench.check_all().await;
}

/// 9: names do not matter: a worker that lost its item and claimed it again has only the new key.
pub async fn the_same_worker_name_does_not_help(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let old = bench.claim_one("w").await;
    bench.end(old.key, &Outcome::Release).await.expect("release");
    let new = bench.claim_one("w").await;
    assert_fenced(&bench, run, old.key).await;
    bench.lose().await;
    let newest = bench.claim_one("w").await;
    assert_fenced(&bench, run, old.key).await;
    assert_fenced(&bench, run, new.key).await;
    bench.complete(&newest, FileOutcome::Passed).await;
    bench.check_all().await;
}

/// 10: a holder that ignored a stop for too long is fenced although its lease is fresh.
pub async fn a_force_cancelled_holder_is_fenced(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let request = ClaimRequest { ttl: STOP_GRACE * 10, ..claim_by("w", 1) };
    let lease = bench.claim_as(&request).await.swap_remove(0);
    bench.stop(run, StopWhy::Cancel).await;
    bench.advance(STOP_GRACE + Duration::from_millis(1));
    bench.reap().await;
    assert_eq!(bench.item(run).await.state, ItemState::Cancelled);
    assert_fenced(&bench, run, lease.key).await;
    bench.check_all().await;
}

/// Keys that no claim ever returned are refused.
pub async fn a_guessed_key_is_fenced(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let item = bench.item(run).await.id;
    for epoch in [-1, 0, 1, 2] {
        assert_fenced(&bench, run, LeaseKey { item, epoch: Epoch(epoch) }).await;
    }
    assert_fenced(&bench, run, LeaseKey { item: ItemId(item.0 + 1_000), epoch: Epoch(1) }).await;
    let key = bench.claim_one("w").await.key;
    for epoch in [Epoch(key.epoch.0 - 1), Epoch(key.epoch.0 + 1)] {
        assert_fenced(&bench, run, LeaseKey { epoch, ..key }).await;
    }
    bench.check_all().await;
}

/// 11: no clock in the write path: who is late but not yet replaced may go on.
pub async fn an_expired_lease_may_be_used_until_taken_over(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    bench.advance(TTL * 100);
    let appended = bench.append(lease.key, 0, &[log(0, "late")]).await.expect("append");
    assert_eq!(appended.next_n, 1);
    assert_eq!(bench.renew(lease.key).await, LeaseStatus::Held { stop: None });
    assert!(bench.reap().await.ready.is_empty(), "it was renewed");
    bench.advance(TTL * 100);
    let tail = judged(0, FileOutcome::Passed);
    let done = bench.finish(lease.key, 1, &tail, &Outcome::Completed).await.expect("finish");
    assert_eq!(done.item, ItemState::Passed);
    assert!(bench.reap().await.touched.is_empty());
    assert_eq!(bench.item(run).await.lost, 0);
    bench.check_all().await;
}

/// 12: an item that was finished is never given back, whatever the janitor saw before.
pub async fn reap_and_finish_never_both_win(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for _ in 0..40 {
        let run = bench.submit(&whole(1)).await.id();
        let lease = bench.claim_one("w").await;
        bench.expire();
        let (janitor, holder) = (bench.clone(), bench.clone());
        let reap = tokio::spawn(async move { janitor.reap().await });
        let finish = tokio::spawn(async move {
            let tail = judged(0, FileOutcome::Passed);
            holder.finish(lease.key, 0, &tail, &Outcome::Completed).await
        });
        let reaped = reap.await.expect("reap");
        let finished = finish.await.expect("finish");
        let item = bench.item(run).await;
        match finished {
            Ok(_) => {
                assert_eq!((item.state, item.lost), (ItemState::Passed, 0));
                assert!(reaped.ready.is_empty());
            }
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Fenced);
                assert_eq!((item.state, item.lost), (ItemState::Ready, 1));
                bench.pass_all("w").await;
            }
        }
    }
    bench.check_all().await;
}

/// 12: the same for a renewal that comes at the last moment.
pub async fn reap_and_renew_never_both_win(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for _ in 0..40 {
        let run = bench.submit(&whole(1)).await.id();
        let lease = bench.claim_one("w").await;
        bench.expire();
        let (janitor, holder) = (bench.clone(), bench.clone());
        let reap = tokio::spawn(async move { janitor.reap().await });
        let renew = tokio::spawn(async move { holder.renew(lease.key).await });
        reap.await.expect("reap");
        let held = renew.await.expect("renew") != LeaseStatus::Lost;
        let item = bench.item(run).await;
        assert_eq!(item.state, if held { ItemState::Leased } else { ItemState::Ready });
        if held {
            bench.complete(&lease, FileOutcome::Passed).await;
        }
        bench.pass_all("w").await;
    }
    bench.check_all().await;
}

/// 13: many janitors at once take each item back once.
pub async fn concurrent_reapers_count_each_loss_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&NewTestrun { max_lost: 9, ..per_file(20) }).await.id();
    bench.claim("w", 20).await;
    bench.expire();
    let mut janitors = JoinSet::new();
    for _ in 0..6 {
        let bench = bench.clone();
        janitors.spawn(async move { bench.store.reap(7).await.expect("reap").ready.len() });
    }
    let first = janitors.join_all().await.into_iter().sum::<usize>();
    let rest = bench.reap().await.ready.len();
    assert_eq!(first + rest, 20);
    let dump = bench.dump(run).await;
    assert!(dump.items.iter().all(|item| item.lost == 1 && item.state == ItemState::Ready));
    let returned =
        |event: &&_| matches!(event, testrunner_core::Event { body: EventBody::ItemReturned { .. }, .. });
    assert_eq!(dump.events.iter().filter(returned).count(), 20);
    dump.check();
}

/// 14: one answer for each key, in order; a lost lease does not spoil the others.
pub async fn renew_answers_in_order(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let kept = bench.submit(&per_file(3)).await.id();
    let stopped = bench.submit(&whole(1)).await.id();
    let leases = bench.claim("w", 4).await;
    let [a, b, c, d] = [0, 1, 2, 3].map(|n: usize| leases[n].key);
    let of = |run| leases.iter().position(|lease| lease.run == run).expect("a lease");
    assert_ne!(of(kept), of(stopped));
    bench.stop(stopped, StopWhy::Cancel).await;
    let gone = leases.iter().find(|lease| lease.run == kept).expect("a lease").key;
    bench.end(gone, &Outcome::Release).await.expect("release");
    let keys = [d, c, b, a, b];
    let answers = bench.store.renew(&keys, TTL).await.expect("renew");
    assert_eq!(answers.len(), keys.len());
    let stopped = leases[of(stopped)].key;
    for (key, answer) in keys.iter().zip(&answers) {
        match answer {
            LeaseStatus::Lost => assert_eq!(*key, gone),
            LeaseStatus::Held { stop } => {
                assert_ne!(*key, gone);
                assert_eq!(stop.is_some(), *key == stopped, "{key}");
            }
        }
    }
    assert!(bench.store.renew(&[], TTL).await.expect("renew").is_empty());
    bench.check_all().await;
}

/// 15: who renews in time keeps its lease for ever.
pub async fn a_lease_renewed_in_time_is_never_reaped(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(2)).await.id();
    let leases = bench.claim("w", 2).await;
    let (kept, left) = (leases[0].key, leases[1].key);
    for step in 1..=30 {
        bench.advance(TTL / 3);
        assert_eq!(bench.renew(kept).await, LeaseStatus::Held { stop: None });
        let ready: Vec<_> = bench.reap().await.ready.iter().map(|ticket| ticket.item).collect();
        // The other one goes at the first round after its ttl; exactly at it either is right.
        if !ready.is_empty() {
            assert_eq!(ready, [left.item]);
            assert!((3..=4).contains(&step), "step {step}");
        }
    }
    let request = ClaimRequest { from: Candidates::Items(vec![left.item]), ..claim_by("w", 1) };
    assert_eq!(bench.claim_as(&request).await.len(), 1);
    assert_eq!(bench.items(run).await[0].epoch, kept.epoch);
    bench.check_all().await;
}
