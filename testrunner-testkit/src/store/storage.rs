//! What stays, what goes, and how it is listed.

use std::time::{Duration, Instant};

use testrunner_core::store::{CaseQuery, EventLimit, Idempotency, ListQuery, NewTestrun, StoreResult};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Digest, FileOutcome, Seq, Status, StoreErrorKind, Testrun, TestrunId, Timestamp};
use tokio::task::JoinSet;

use super::bench::refusal;
use super::factory::{CONTENT, all_ended, ended_before, log, per_file, whole};
use super::{Bench, StoreHarness};

const DAY: Duration = Duration::from_hours(24);

/// 40: after the end of the process everything that was acknowledged is there, and leases still hold.
pub async fn what_was_acknowledged_outlives_the_process(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    if !bench.promises("durable", bench.store.caps().durable) {
        return;
    }
    let request = Digest::of(b"request");
    let idempotency = Some(Idempotency { key: "key".to_owned(), request });
    let new = NewTestrun { idempotency, ..per_file(3) };
    let run = bench.submit(&new).await.id();
    let leases = bench.claim("w", 2).await;
    bench.complete(&leases[0], FileOutcome::Failed).await;
    bench.append(leases[1].key, 0, &[log(1, "half")]).await.expect("append");
    let before = bench.dump(run).await;
    let clock = bench.clock.clone();
    drop(bench);
    let bench = Bench { store: h.reopen(clock.clone()).await, clock };
    assert_eq!(bench.dump(run).await, before);
    assert!(bench.store.create(&new).await.expect("create").existed);
    let files: Vec<String> = new.files.iter().map(|file| file.path.clone()).collect();
    assert_eq!(bench.store.history("suite", &files).await.expect("history").len(), 1);
    assert_eq!(bench.store.blob(Digest::of(CONTENT)).await.expect("blob"), CONTENT);
    let next = bench.append(leases[1].key, 1, &[log(1, "more")]).await.expect("append").next_n;
    assert_eq!(next, 2);
    bench.lose().await;
    bench.pass_all("w").await;
    assert_eq!(bench.get(run).await.status(), Status::Failed);
    bench.check_all().await;
}

/// 40: the number of a Testrun or item that is gone never names another.
pub async fn numbers_are_never_used_again(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let (mut last_run, mut last_item) = (0, 0);
    for round in 0..4 {
        let run = bench.submit(&per_file(2)).await.id();
        for item in bench.items(run).await {
            assert!(item.id.0 > last_item, "item {} after {last_item}", item.id);
            last_item = item.id.0;
        }
        assert!(run.0 > last_run, "Testrun {run} after {last_run}");
        last_run = run.0;
        bench.stop(run, StopWhy::Cancel).await;
        if round % 2 == 0 {
            bench.store.delete(run).await.expect("delete");
        } else {
            assert_eq!(bench.store.prune(&all_ended(), 9).await.expect("prune"), 1);
        }
        assert!(bench.runs().await.is_empty());
    }
}

/// A Testrun is deleted wholly, once it has ended.
pub async fn only_ended_runs_are_deleted(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let idempotency = Some(Idempotency { key: "key".to_owned(), request: Digest::of(b"1") });
    let run = bench.submit(&NewTestrun { idempotency, ..per_file(2) }).await.id();
    let kept = bench.submit(&whole(1)).await.id();
    assert_eq!(refusal(bench.store.delete(run).await), StoreErrorKind::Conflict, "CREATED");
    let lease = bench.claim_one("w").await;
    assert_eq!(refusal(bench.store.delete(run).await), StoreErrorKind::Conflict, "RUNNING");
    bench.complete(&lease, FileOutcome::Passed).await;
    bench.stop(run, StopWhy::Cancel).await;
    bench.store.delete(run).await.expect("delete");
    assert_eq!(refusal(bench.store.delete(run).await), StoreErrorKind::NotFound);
    assert_eq!(refusal(bench.store.get(run).await), StoreErrorKind::NotFound);
    assert_eq!(refusal(bench.append(lease.key, 0, &[]).await), StoreErrorKind::Fenced);
    assert_eq!(bench.runs().await, [kept]);
    // With the Testrun its key is free again.
    let idempotency = Some(Idempotency { key: "key".to_owned(), request: Digest::of(b"2") });
    bench.submit(&NewTestrun { idempotency, ..per_file(1) }).await;
    bench.check_all().await;
}

/// 42: only Testruns that ended before the bound go, no more than asked for.
pub async fn prune_removes_what_ended_before(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let mut runs = Vec::new();
    for _ in 0..4 {
        let run = bench.submit(&whole(1)).await.id();
        bench.pass_all("w").await;
        runs.push(run);
        bench.advance(Duration::from_secs(10));
    }
    let open = bench.submit(&whole(1)).await.id();
    let bound = bench.get(runs[3]).await.summary.finished_at.expect("ended");
    assert_eq!(bench.store.prune(&ended_before(Timestamp(0)), 9).await.expect("prune"), 0);
    assert_eq!(bench.store.prune(&ended_before(bound), 2).await.expect("prune"), 2);
    assert_eq!(bench.runs().await, [runs[2], runs[3], open], "the oldest go first");
    assert_eq!(bench.store.prune(&ended_before(bound), 9).await.expect("prune"), 1, "the bound itself stays");
    assert_eq!(bench.store.prune(&all_ended(), 9).await.expect("prune"), 1);
    assert_eq!(bench.runs().await, [open], "what has not ended is never pruned");
    let events = bench.store.events(runs[0], Seq(0), EventLimit::default()).await;
    assert_eq!(refusal(events), StoreErrorKind::NotFound, "a subscriber learns of it");
    bench.check_all().await;
}

/// Bytes are kept once under their digest, as they came.
pub async fn uploaded_bytes_are_kept_by_digest(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let blobs = [b"".to_vec(), b"\0\xff".to_vec(), vec![7; 300_000], b"\0\xff".to_vec()];
    let digests = bench.store.put_blobs(&blobs).await.expect("put_blobs");
    assert_eq!(digests, blobs.iter().map(|bytes| Digest::of(bytes)).collect::<Vec<_>>());
    assert_eq!(bench.store.put_blobs(&blobs).await.expect("put_blobs"), digests);
    for (digest, bytes) in digests.iter().zip(&blobs) {
        assert_eq!(bench.store.blob(*digest).await.expect("blob"), *bytes);
    }
    let unknown = bench.store.blob(Digest::of(b"unknown")).await;
    assert_eq!(refusal(unknown), StoreErrorKind::NotFound);
    assert!(bench.store.put_blobs(&[]).await.expect("put_blobs").is_empty());
}

/// Bytes go with the last Testrun that has them, but not under the hands of somebody who is submitting.
pub async fn unused_bytes_are_kept_for_a_day(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let digest = Digest::of(CONTENT);
    let ended = async || {
        let run = bench.submit(&whole(1)).await.id();
        bench.stop(run, StopWhy::Cancel).await;
        run
    };
    let (first, second) = (ended().await, ended().await);
    bench.advance(DAY * 2);
    bench.store.delete(first).await.expect("delete");
    assert_eq!(bench.store.blob(digest).await.expect("still used"), CONTENT);
    // Somebody puts the same bytes and is about to create.
    bench.store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    bench.store.delete(second).await.expect("delete");
    let third = bench.store.create(&whole(1)).await.expect("the bytes are still here").run.id();
    bench.stop(third, StopWhy::Cancel).await;
    bench.advance(DAY * 2);
    bench.store.delete(third).await.expect("delete");
    assert_eq!(refusal(bench.store.blob(digest).await), StoreErrorKind::NotFound);
}

/// Listings are newest first, in pages, by status and by user.
pub async fn listings_are_newest_first(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let mut runs = Vec::new();
    for n in 0..7 {
        let username = if n % 2 == 0 { "ada" } else { "bob" };
        let run = bench.submit(&NewTestrun { username: username.to_owned(), ..whole(1) }).await.id();
        if n < 3 {
            bench.stop(run, StopWhy::Cancel).await;
        }
        runs.insert(0, run);
    }
    let list = async |query: ListQuery| {
        let page = bench.store.list(&query).await.expect("list");
        let rows: Vec<TestrunId> = page.rows.iter().map(|summary| summary.id).collect();
        (rows, page.next)
    };
    assert_eq!(list(ListQuery::default()).await, (runs.clone(), None));
    assert_eq!(list(ListQuery { limit: 7, ..ListQuery::default() }).await, (runs.clone(), None));
    let mut read = Vec::new();
    let mut before = None;
    loop {
        let (rows, next) = list(ListQuery { before, limit: 3, ..ListQuery::default() }).await;
        read.extend(rows);
        before = next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(read, runs);
    let (failed, _) = list(ListQuery { statuses: vec![Status::Failed], ..ListQuery::default() }).await;
    assert_eq!(failed, runs[4..]);
    let of_bob = ListQuery { username: Some("bob".to_owned()), limit: 2, ..ListQuery::default() };
    let (rows, next) = list(of_bob.clone()).await;
    assert_eq!(rows, [runs[1], runs[3]]);
    assert_eq!(list(ListQuery { before: next, ..of_bob }).await, (vec![runs[5]], None));
    let (none, _) = list(ListQuery { username: Some("b".to_owned()), ..ListQuery::default() }).await;
    assert!(none.is_empty());
    let page = bench.store.list(&ListQuery { limit: 1, ..ListQuery::default() }).await.expect("list");
    assert_eq!(page.rows[0], bench.get(runs[0]).await.summary);
}

/// 46: what does not exist is said to be not found, by every verb that asks for it.
pub async fn errors_say_what_is_missing(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&whole(1)).await;
    for run in [TestrunId(9_999), TestrunId(0), TestrunId(-1), TestrunId(i64::MAX)] {
        let store = &bench.store;
        let answers: [StoreResult<()>; 7] = [
            store.get(run).await.map(drop),
            store.items(run).await.map(drop),
            store.files(run).await.map(drop),
            store.events(run, Seq(0), EventLimit::default()).await.map(drop),
            store.cases(run, &CaseQuery::default()).await.map(drop),
            store.request_stop(run, StopWhy::Cancel, "eve").await.map(drop),
            store.delete(run).await,
        ];
        for (verb, answer) in answers.into_iter().enumerate() {
            assert_eq!(refusal(answer), StoreErrorKind::NotFound, "verb {verb} of Testrun {run}");
        }
    }
}

/// 46: names are data: whatever they contain, they come back as they are and touch nothing else.
pub async fn any_name_is_kept_as_it_is(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let names = ["'; DROP TABLE testruns; --", "\"ada\"", "Ада %_*?", "\u{1f600}", "a\u{301}", " x ", "null"];
    for name in names {
        let mut new = NewTestrun { username: name.to_owned(), suite: name.to_owned(), ..whole(1) };
        new.files[0].path = format!("{name}/test_{name}.py");
        new.options.insert(name.to_owned(), name.into());
        new.idempotency = Some(Idempotency { key: name.to_owned(), request: Digest::of(name.as_bytes()) });
        let run: Testrun = bench.submit(&new).await;
        bench.pass_all(name).await;
        let summary = bench.get(run.id()).await.summary;
        assert_eq!(
            (&summary.username, &summary.suite, &summary.options),
            (&new.username, &new.suite, &new.options)
        );
        let path = std::slice::from_ref(&new.files[0].path);
        assert_eq!(bench.store.history(name, path).await.expect("history").len(), 1, "{name}");
        let query = ListQuery { username: Some(name.to_owned()), ..ListQuery::default() };
        assert_eq!(bench.store.list(&query).await.expect("list").rows, [summary], "{name}");
    }
    assert_eq!(bench.runs().await.len(), names.len());
    bench.check_all().await;
}

/// 41: two processes work on one ledger as hard as they can; none is ever told that it is busy.
pub async fn two_processes_do_not_get_into_each_others_way(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    if !bench.promises("multi_process", bench.store.caps().multi_process) {
        return;
    }
    let end = Instant::now() + Duration::from_secs(3);
    let other = bench.reopen(h).await;
    let mut workers = JoinSet::new();
    for n in 0..8 {
        let bench = if n % 2 == 0 { bench.clone() } else { other.clone() };
        workers.spawn(async move {
            while Instant::now() < end {
                let run = bench.submit(&per_file(3)).await.id();
                for lease in bench.claim(&format!("w{n}"), 2).await {
                    bench.append(lease.key, 0, &[]).await.expect("append");
                    bench.renew(lease.key).await;
                    bench.complete(&lease, FileOutcome::Passed).await;
                }
                bench.reap().await;
                bench.get(run).await;
            }
        });
    }
    workers.join_all().await;
    other.pass_all("w").await;
    let runs = bench.runs().await;
    assert!(!runs.is_empty());
    for run in runs {
        assert_eq!(bench.get(run).await.status(), Status::Success);
    }
    other.check_all().await;
}
