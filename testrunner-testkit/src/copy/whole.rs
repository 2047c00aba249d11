//! Everything that is stored arrives.

use std::time::Duration;

use testrunner_core::store::CHANGES_KEPT;
use testrunner_core::{FailReason, FileOutcome, Status, TestrunId};

use super::fill::{KEY, with_key};
use super::{CopyHarness, Pair, fill};
use crate::store::factory::{finished_after, per_file, whole};

/// Testruns of every end, with all that is stored of them; a second copy finds nothing to do.
pub async fn every_ending_arrives(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    fill(&pair.source).await;
    let copied = pair.copy().await.expect("copy");
    assert_eq!(copied.findings, [""; 0]);
    let runs = pair.source.runs().await;
    let mut ends = Vec::new();
    let mut events = 0;
    for run in &runs {
        let summary = pair.target.get(*run).await.summary;
        ends.push((summary.status, summary.reason));
        events += summary.last_seq.0 as u64;
    }
    use FailReason::{Cancelled, Infra, NoTests, TestsFailed, TimedOut, WorkerLost};
    for reason in [Cancelled, Infra, NoTests, TestsFailed, TimedOut, WorkerLost] {
        assert!(ends.contains(&(Status::Failed, Some(reason))), "{reason} is not in the ledger");
    }
    assert!(ends.contains(&(Status::Success, None)));
    assert_eq!((copied.testruns, copied.known, copied.events), (runs.len() as u64, 0, events));
    assert!(copied.bytes > 9_000 && copied.open.is_empty(), "{copied:?}");
    pair.expect_all_same().await;
    let again = pair.copy().await.expect("copy");
    assert_eq!((again.testruns, again.known, again.events, again.bytes), (0, runs.len() as u64, 0, 0));
    assert_eq!(again.findings, [""; 0]);
    pair.expect_all_same().await;
}

/// An empty ledger is a ledger.
pub async fn an_empty_ledger_is_copied(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let copied = pair.copy().await.expect("copy");
    assert_eq!((copied.testruns, copied.events, copied.bytes), (0, 0, 0));
    assert_eq!(pair.target.submit(&whole(1)).await.id(), TestrunId(1));
}

/// The same request under the same key gives the Testrun that was copied.
pub async fn a_key_gives_the_same_run(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let run = pair.source.submit(&with_key()).await.id();
    pair.source.pass_all("w").await;
    pair.copy_all().await;
    let created = pair.target.store.create(&with_key()).await.expect("create");
    assert!(created.existed && created.run.id() == run);
    assert_eq!(pair.to.keyed("ada", KEY).await.expect("keyed"), Some(run));
    let mut other = with_key();
    other.idempotency.as_mut().expect("a key").request = testrunner_core::Digest::of(b"other");
    let refused = pair.target.store.create(&other).await.expect_err("another request");
    assert_eq!(refused.kind(), testrunner_core::StoreErrorKind::Conflict);
}

/// Neither Testruns nor items ever get a number that the source has given, also to what is gone.
pub async fn numbers_are_never_used_again(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    fill(&pair.source).await;
    let numbers = pair.from.numbers().await.expect("numbers");
    assert!(numbers.run > *pair.source.runs().await.last().expect("a Testrun"), "the newest one is gone");
    pair.copy_all().await;
    let new = pair.target.submit(&per_file(2)).await;
    assert_eq!(new.id(), TestrunId(numbers.run.0 + 1));
    assert!(pair.target.item(new.id()).await.id > numbers.item);
    // What is further on stays there.
    pair.copy_all().await;
    assert!(pair.target.submit(&whole(1)).await.id() > new.id());
}

/// Whoever has followed either ledger is told that it has missed something.
pub async fn followers_are_told_that_they_missed_some(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    fill(&pair.source).await;
    let known = pair.from.numbers().await.expect("numbers").change;
    pair.copy_all().await;
    let last = pair.to.numbers().await.expect("numbers").change;
    for cursor in [0, 1, known / 2, known, last - CHANGES_KEPT - 1, last + 1] {
        let page = pair.to.changes(cursor, 0).await.expect("changes");
        assert!(page.missed && page.changes.is_empty() && page.last == last, "{cursor}: {page:?}");
    }
    let run = pair.target.submit(&whole(1)).await.id();
    let page = pair.to.changes(last, 0).await.expect("changes");
    let told: Vec<_> = page.changes.iter().map(|change| (change.n, change.run, change.status)).collect();
    assert_eq!(told, [(last + 1, run, Some(Status::Created))]);
}

/// Of what both know of a file, the newer stays.
pub async fn newer_timings_stay(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let took = |file, ms| finished_after(file, FileOutcome::Failed, Duration::from_millis(ms));
    let ran = async |bench: &crate::store::Bench, files: u32, ms| {
        bench.advance(Duration::from_secs(1));
        bench.submit(&whole(files)).await;
        let lease = bench.claim_one("w").await;
        let tail: Vec<_> = (0..files).map(|file| took(file, ms)).collect();
        let done = testrunner_core::store::Outcome::Completed;
        bench.finish(lease.key, 0, &tail, &done).await.expect("finish");
    };
    ran(&pair.source, 2, 100).await;
    // Numbers that the source does not use.
    let numbers = pair.from.numbers().await.expect("numbers");
    pair.to.reserve(numbers).await.expect("reserve");
    ran(&pair.target, 1, 200).await;
    pair.copy_all().await;
    let paths = ["tests/test_0.py", "tests/test_1.py"].map(str::to_owned);
    let history = pair.to.history("suite", &paths).await.expect("history");
    let took: Vec<_> = history.values().map(Duration::as_millis).collect();
    assert_eq!(took, [200, 100]);
}
