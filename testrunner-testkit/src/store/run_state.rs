//! The Testrun's own states, and how it comes into being.

use std::time::Duration;

use testrunner_core::store::{Idempotency, NewTestrun, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Digest, FailReason, FileOutcome, NewItem, Status, StoreErrorKind, TestrunId};
use tokio::task::JoinSet;

use super::bench::refusal;
use super::factory::{CONTENT, all_ended, grouped, judged, per_file, whole};
use super::{Bench, StoreHarness};

/// 21, 22: CREATED until the first claim, RUNNING until no item is open, then ended for good.
pub async fn a_run_moves_along_the_table(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = NewTestrun { time_limit: Some(Duration::from_secs(600)), ..per_file(2) };
    let created = bench.submit(&new).await;
    let (run, now) = (created.id(), created.summary.created_at);
    assert_eq!((created.status(), created.summary.last_seq.0), (Status::Created, 1));
    assert_eq!((created.summary.started_at, created.summary.finished_at), (None, None));
    assert_eq!(created.summary.deadline, Some(now.after(Duration::from_secs(600))));
    assert_eq!(created, bench.get(run).await);
    bench.check_all().await;
    bench.advance(Duration::from_secs(1));
    let lease = bench.claim_one("w").await;
    bench.check_all().await;
    bench.end(lease.key, &Outcome::Release).await.expect("release");
    assert_eq!(bench.get(run).await.status(), Status::Running, "never back to CREATED");
    bench.check_all().await;
    bench.advance(Duration::from_secs(1));
    let leases = bench.claim("w", 2).await;
    assert_eq!(bench.complete(&leases[0], FileOutcome::Passed).await.run, Status::Running);
    bench.check_all().await;
    bench.advance(Duration::from_secs(1));
    assert_eq!(bench.complete(&leases[1], FileOutcome::Passed).await.run, Status::Success);
    let summary = bench.get(run).await.summary;
    assert_eq!(summary.started_at, Some(now.after(Duration::from_secs(1))));
    assert_eq!(summary.finished_at, Some(now.after(Duration::from_secs(3))));
    let before = bench.dump(run).await;
    bench.stop(run, StopWhy::Cancel).await;
    bench.advance(Duration::from_hours(1));
    bench.reap().await;
    assert_eq!(bench.dump(run).await, before, "ended is ended");
    bench.check_all().await;
}

/// 23: the first reason that applies wins; `check_all` holds every end against the rules.
pub async fn reasons_follow_the_rules(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let infra = Outcome::Infra { message: "x".to_owned(), retry_in: Duration::ZERO, fatal: true };
    let ends: [(&[FileOutcome], Status, Option<FailReason>); 6] = [
        (&[FileOutcome::Passed, FileOutcome::Empty], Status::Success, None),
        (&[FileOutcome::Empty, FileOutcome::Empty], Status::Failed, Some(FailReason::NoTests)),
        (&[FileOutcome::Passed, FileOutcome::Failed], Status::Failed, Some(FailReason::TestsFailed)),
        (&[FileOutcome::Passed, FileOutcome::Errored], Status::Failed, Some(FailReason::TestsFailed)),
        (&[FileOutcome::Crashed, FileOutcome::Passed], Status::Failed, Some(FailReason::TestsFailed)),
        (&[FileOutcome::TimedOut, FileOutcome::Passed], Status::Failed, Some(FailReason::TestsFailed)),
    ];
    for (outcomes, status, reason) in ends {
        let run = bench.submit(&per_file(2)).await.id();
        for (lease, outcome) in bench.claim("w", 2).await.iter().zip(outcomes) {
            bench.complete(lease, *outcome).await;
        }
        let run = bench.get(run).await;
        assert_eq!((run.status(), run.reason()), (status, reason), "{outcomes:?}");
    }
    // A failed test, an item that could not be run, a lost worker, and at last a stop.
    let new = NewTestrun { max_lost: 1, ..per_file(4) };
    for (last, reason) in [
        (1, FailReason::TestsFailed),
        (2, FailReason::Infra),
        (3, FailReason::WorkerLost),
        (4, FailReason::Cancelled),
    ] {
        let run = bench.submit(&new).await.id();
        let leases = bench.claim("w", 4).await;
        bench.complete(&leases[0], FileOutcome::Failed).await;
        if last >= 2 {
            bench.end(leases[1].key, &infra).await.expect("infra");
        }
        if last == 4 {
            bench.stop(run, StopWhy::Cancel).await;
            bench.end(leases[2].key, &Outcome::Cancelled).await.expect("cancelled");
        }
        // What is left: passed, or lost.
        for lease in leases.iter().skip(last).filter(|_| last < 3) {
            bench.complete(lease, FileOutcome::Passed).await;
        }
        bench.lose().await;
        assert_eq!(bench.get(run).await.reason(), Some(reason));
    }
    bench.check_all().await;
}

/// 24, 25: when the last items end at the same time, the Testrun ends once.
pub async fn two_last_items_end_the_run_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for _ in 0..30 {
        let run = bench.submit(&per_file(3)).await.id();
        let mut holders = JoinSet::new();
        for lease in bench.claim("w", 3).await {
            let bench = bench.clone();
            holders.spawn(async move { bench.complete(&lease, FileOutcome::Passed).await.run });
        }
        let said = holders.join_all().await;
        assert_eq!(said.iter().filter(|status| status.is_terminal()).count(), 1, "{said:?}");
        assert_eq!(bench.get(run).await.status(), Status::Success);
    }
    bench.check_all().await;
}

/// 26: what cannot be run is refused, and nothing of it stays.
pub async fn create_refuses_what_is_broken(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    let item = |files: &[u32]| NewItem { files: files.to_vec(), weight_us: 1, rank: 0 };
    let base = whole(2);
    let mut no_bytes = base.clone();
    no_bytes.files[1].digest = Some(Digest::of(b"never uploaded"));
    let broken = [
        ("no items", NewTestrun { items: vec![], ..base.clone() }),
        ("an empty item", NewTestrun { items: vec![item(&[0, 1]), item(&[])], ..base.clone() }),
        ("an unknown file", NewTestrun { items: vec![item(&[0, 1, 2])], ..base.clone() }),
        ("a file in two items", NewTestrun { items: vec![item(&[0, 1]), item(&[1])], ..base.clone() }),
        ("a file in no item", NewTestrun { items: vec![item(&[0])], ..base.clone() }),
        ("a missing blob", no_bytes),
    ];
    for (what, new) in &broken {
        assert_eq!(refusal(bench.store.create(new).await), StoreErrorKind::Invalid, "{what}");
        assert!(bench.runs().await.is_empty(), "{what}");
        assert!(bench.claim("w", 9).await.is_empty(), "{what}");
    }
    let run = bench.submit(&base).await.id();
    assert_eq!(bench.runs().await, [run]);
    bench.check_all().await;
}

fn keyed(username: &str, key: &str, request: &[u8]) -> NewTestrun {
    let idempotency = Idempotency { key: key.to_owned(), request: Digest::of(request) };
    NewTestrun { username: username.to_owned(), idempotency: Some(idempotency), ..grouped(&[&[0], &[1]]) }
}

/// 26: the same key is the same Testrun, also when it has gone on since; another request is a conflict.
pub async fn an_idempotency_key_gives_the_same_run(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = keyed("ada", "key", b"request");
    let run = bench.submit(&new).await.id();
    let lease = bench.claim_one("w").await;
    bench.complete(&lease, FileOutcome::Passed).await;
    let again = bench.store.create(&new).await.expect("create again");
    assert!(again.existed);
    assert_eq!(again.run, bench.get(run).await);
    let waiting: Vec<_> = again.tickets.iter().map(|ticket| ticket.item).collect();
    assert_eq!(waiting, [bench.items(run).await[1].id], "a ticket for each item that waits");
    let other = keyed("ada", "key", b"another request");
    assert_eq!(refusal(bench.store.create(&other).await), StoreErrorKind::Conflict);
    let of_bob = bench.submit(&keyed("bob", "key", b"another request")).await.id();
    let second = bench.submit(&keyed("ada", "key 2", b"request")).await.id();
    assert_eq!(bench.runs().await, [run, of_bob, second]);
    bench.check_all().await;
}

/// 26: who it is can be asked before anything is created, and for as long as the Testrun is there.
pub async fn an_idempotency_key_names_its_run(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let named = async |username: &str, key: &str| bench.store.keyed(username, key).await.expect("keyed");
    let new = keyed("ada", "key", b"request");
    assert_eq!(named("ada", "key").await, None);
    let refused = NewTestrun { items: vec![], ..new.clone() };
    assert_eq!(refusal(bench.store.create(&refused).await), StoreErrorKind::Invalid);
    assert_eq!(named("ada", "key").await, None, "what was refused has no key");
    bench.submit(&whole(1)).await;
    let run = bench.submit(&new).await.id();
    assert_eq!(named("ada", "key").await, Some(run));
    for (username, key) in [("bob", "key"), ("Ada", "key"), ("ada", "KEY"), ("ada", "ke"), ("ada", "")] {
        assert_eq!(named(username, key).await, None, "{username} {key:?}");
    }
    let of_bob = bench.submit(&keyed("bob", "key", b"request")).await.id();
    assert_eq!(named("bob", "key").await, Some(of_bob));
    bench.stop(run, StopWhy::Cancel).await;
    let conflict = bench.store.create(&keyed("ada", "key", b"another request")).await;
    assert_eq!(refusal(conflict), StoreErrorKind::Conflict);
    assert_eq!(named("ada", "key").await, Some(run), "also when it has ended");
    bench.store.delete(run).await.expect("delete");
    assert_eq!((named("ada", "key").await, named("bob", "key").await), (None, Some(of_bob)));
}

/// 26: also when all come at once.
pub async fn an_idempotency_key_holds_when_used_at_once(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    let mut submitters = JoinSet::new();
    for _ in 0..8 {
        let bench = bench.clone();
        submitters.spawn(async move {
            let created = bench.store.create(&keyed("ada", "key", b"request")).await.expect("create");
            (created.run.id(), created.existed)
        });
    }
    let created: Vec<(TestrunId, bool)> = submitters.join_all().await;
    let runs = bench.runs().await;
    assert_eq!(runs.len(), 1);
    assert!(created.iter().all(|(run, _)| *run == runs[0]));
    assert_eq!(created.iter().filter(|(_, existed)| !existed).count(), 1);
    assert!(bench.store.prune(&all_ended(), 9).await.expect("prune") == 0);
    let lease = bench.claim_one("w").await;
    bench.finish(lease.key, 0, &judged(0, FileOutcome::Passed), &Outcome::Completed).await.expect("finish");
    bench.check_all().await;
}
