//! A ledger with something of everything in it.

use std::time::Duration;

use testrunner_core::event::{CaseResult, FileFinish, LogChunk, Stream};
use testrunner_core::store::{Idempotency, NewTestrun, Outcome};
use testrunner_core::testrun::{CaseKind, StopWhy};
use testrunner_core::{CaseOutcome, Digest, EventBody, FileOutcome, Plan, TestrunId};

use crate::store::Bench;
use crate::store::factory::{case, event, finished, judged, log, log_at, per_file, started, whole};

/// The key under which one of the Testruns is submitted, by `ada`.
pub(super) const KEY: &str = "a key";

fn keyed(new: NewTestrun, key: &str) -> NewTestrun {
    let idempotency = Some(Idempotency { key: key.to_owned(), request: Digest::of(key.as_bytes()) });
    NewTestrun { idempotency, ..new }
}

/// The Testrun that is submitted under [`KEY`].
pub(super) fn with_key() -> NewTestrun {
    keyed(whole(2), KEY)
}

/// Testruns of every end, and what is left of attempts that came to nothing. Each of them has ended.
pub async fn fill(bench: &Bench) {
    bench.submit(&with_key()).await;
    bench.pass_all("w").await;
    endings(bench).await;
    names(bench).await;
    attempts(bench).await;
    output(bench).await;
    large(bench).await;
    // Numbers that nobody has any more, the newest among them.
    for _ in 0..2 {
        let gone = bench.submit(&per_file(3)).await.id();
        bench.pass_all("w").await;
        bench.store.delete(gone).await.expect("delete");
        bench.advance(Duration::from_secs(1));
        bench.submit(&NewTestrun { retry_of: Some(TestrunId(1)), ..whole(1) }).await;
        bench.pass_all("w").await;
    }
    let gone = bench.submit(&per_file(3)).await.id();
    bench.pass_all("w").await;
    bench.store.delete(gone).await.expect("delete");
}

/// FAILED for every reason.
async fn endings(bench: &Bench) {
    let failing = NewTestrun { max_fail: Some(1), priority: -7, plan: Plan::PerFile, ..per_file(3) };
    bench.submit(&failing).await;
    let lease = bench.claim_one("w").await;
    bench.complete(&lease, FileOutcome::Failed).await;
    let stopped = bench.submit(&per_file(2)).await.id();
    let lease = bench.claim_one("w").await;
    bench.stop(stopped, StopWhy::Cancel).await;
    bench.end(lease.key, &Outcome::Cancelled).await.expect("finish");
    bench.submit(&NewTestrun { time_limit: Some(Duration::from_secs(5)), ..whole(1) }).await;
    bench.advance(Duration::from_secs(6));
    bench.reap().await;
    bench.submit(&NewTestrun { max_lost: 1, ..whole(2) }).await;
    bench.claim_one("w").await;
    bench.lose().await;
    bench.submit(&whole(1)).await;
    let lease = bench.claim_one("w").await;
    let infra =
        |fatal| Outcome::Infra { message: "no\0disk".to_owned(), retry_in: Duration::from_secs(3), fatal };
    bench.end(lease.key, &infra(true)).await.expect("finish");
    bench.submit(&whole(1)).await;
    let lease = bench.claim_one("w").await;
    bench.complete(&lease, FileOutcome::Empty).await;
    for outcome in [FileOutcome::Crashed, FileOutcome::TimedOut, FileOutcome::Errored] {
        bench.submit(&whole(1)).await;
        let lease = bench.claim_one("w").await;
        bench.complete(&lease, outcome).await;
    }
}

/// Names that are not plain.
async fn names(bench: &Bench) {
    for name in ["'; DROP TABLE testruns; --", "\"ada\"", "Ada %_*?", "\u{1f600}", "a\u{301}", " x ", "null"]
    {
        let mut new = NewTestrun { username: name.to_owned(), suite: name.to_owned(), ..whole(1) };
        new.files[0].path = format!("{name}/test_{name}.py");
        new.options.insert(name.to_owned(), name.into());
        new.labels.insert("branch".to_owned(), "fix/\u{e9}".to_owned());
        new.labels.insert("name".to_owned(), "x".to_owned());
        bench.submit(&keyed(new, name)).await;
        bench.pass_all(name).await;
    }
}

/// What is given back, lost and repeated before it passes.
async fn attempts(bench: &Bench) {
    bench.submit(&NewTestrun { max_lost: 9, max_infra: 9, ..whole(3) }).await;
    let lease = bench.claim_one("first").await;
    bench.append(lease.key, 0, &judged(0, FileOutcome::Passed)).await.expect("append");
    bench.append(lease.key, 3, &[started(1), case(1, "lost", CaseOutcome::Failed)]).await.expect("append");
    bench.lose().await;
    let lease = bench.claim_one("second").await;
    bench.end(lease.key, &Outcome::Release).await.expect("finish");
    let lease = bench.claim_one("third").await;
    let infra =
        Outcome::Infra { message: "later".to_owned(), retry_in: Duration::from_secs(2), fatal: false };
    bench.end(lease.key, &infra).await.expect("finish");
    bench.advance(Duration::from_secs(3));
    let lease = bench.claim_one("fourth").await;
    bench.complete(&lease, FileOutcome::Passed).await;
}

/// Output that is no text, and text with the zero character.
async fn output(bench: &Bench) {
    bench.submit(&whole(1)).await;
    let lease = bench.claim_one("w").await;
    let (file, message) = (0, Some("zero \0 and \u{1f600}".to_owned()));
    let (kind, outcome, duration, line) =
        (CaseKind::Test, CaseOutcome::Failed, Duration::from_micros(1), None);
    let bad = CaseResult {
        file,
        case: "te\0st".to_owned(),
        kind,
        outcome,
        duration,
        message: message.clone(),
        line,
    };
    let (stream, case, data) = (Stream::Stderr, Some("te\0st".to_owned()), vec![0, 255, 254, 10]);
    let end = FileFinish { file, outcome: FileOutcome::Failed, collected: 1, reported: 1, duration, message };
    let events = [
        started(0),
        log(0, [0xff, 0xfe, 0x00, 0x1b]),
        log_at(0, 4, "\u{e9}\0"),
        event(EventBody::Log(LogChunk { file, case, stream, offset: 0, data })),
        event(EventBody::Truncated { file, stream, dropped_bytes: 9 }),
        event(EventBody::Case(bad)),
        event(EventBody::FileFinished(end)),
    ];
    bench.finish(lease.key, 0, &events, &Outcome::Completed).await.expect("finish");
}

/// A log of several pages.
async fn large(bench: &Bench) {
    bench.submit(&whole(1)).await;
    let lease = bench.claim_one("w").await;
    let mut n = 0;
    for _ in 0..9 {
        let events: Vec<_> = (0..1_000).map(|at| log_at(0, n + at, "x")).collect();
        bench.append(lease.key, n, &events).await.expect("append");
        n += 1_000;
    }
    let end = [case(0, "last", CaseOutcome::Passed), finished(0, FileOutcome::Passed)];
    bench.finish(lease.key, n, &end, &Outcome::Completed).await.expect("finish");
}
