//! Files: `file_finished` is the point from which cases count.

use std::time::Duration;

use testrunner_core::event::ReturnWhy;
use testrunner_core::store::{CaseQuery, NewTestrun, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    CaseCounts, CaseOutcome, EventBody, FileOutcome, ItemState, Seq, Status, StoreErrorKind, WorkerId,
};

use super::bench::refusal;
use super::factory::{case, event, finished, finished_after, grouped, judged, log, per_file, started, whole};
use super::{Bench, StoreHarness};

/// A case is provisional until its file's end; then the store counts its own events.
pub async fn cases_count_from_file_finished_on(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    let lease = bench.claim_one("w").await;
    let told = [
        started(0),
        case(0, "a", CaseOutcome::Passed),
        case(0, "b", CaseOutcome::Failed),
        case(0, "c", CaseOutcome::Xfailed),
    ];
    bench.append(lease.key, 0, &told).await.expect("append");
    let before = bench.dump(run).await;
    assert!(before.cases.is_empty());
    assert_eq!((before.run.summary.cases.total(), before.run.files[0].result.is_none()), (0, true));
    // What the worker says it counted is kept, but what counts is what was stored.
    let rest = [case(0, "d", CaseOutcome::Passed), finished(0, FileOutcome::Failed), started(1)];
    bench.append(lease.key, 4, &rest).await.expect("append");
    let after = bench.dump(run).await;
    let names: Vec<&str> = after.cases.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    let counts = CaseCounts { passed: 2, failed: 1, xfailed: 1, ..CaseCounts::default() };
    let result = after.run.files[0].result.clone().expect("a result");
    assert_eq!((result.counts, after.run.summary.cases), (counts, counts));
    assert_eq!((result.outcome, result.collected, result.reported), (FileOutcome::Failed, 1, 1));
    bench.check_all().await;
}

/// What a lost worker said of an unfinished file is still to be read, but never counted.
pub async fn cases_of_a_lost_epoch_never_count(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&grouped(&[&[0, 1]])).await.id();
    let lost = bench.claim_one("w1").await;
    let told =
        [0, 1].map(|file| [case(file, "a", CaseOutcome::Failed), case(file, "b", CaseOutcome::Passed)]);
    bench.append(lost.key, 0, &told.concat()).await.expect("append");
    bench.lose().await;
    let lease = bench.claim_one("w2").await;
    // The next one tells all of a file at once, and of the other one bit by bit.
    let first = [case(0, "a", CaseOutcome::Passed), finished(0, FileOutcome::Passed)];
    bench.append(lease.key, 0, &first).await.expect("append");
    bench.append(lease.key, 2, &[case(1, "a", CaseOutcome::Passed)]).await.expect("append");
    let tail = [case(1, "b", CaseOutcome::Skipped), finished(1, FileOutcome::Passed)];
    bench.finish(lease.key, 3, &tail, &Outcome::Completed).await.expect("finish");
    let dump = bench.dump(run).await;
    assert_eq!(dump.cases.len(), 3);
    assert_eq!(dump.run.summary.cases, CaseCounts { passed: 2, skipped: 1, ..CaseCounts::default() });
    assert_eq!(dump.run.status(), Status::Success);
    let told = dump.events.iter().filter(|event| matches!(event.body, EventBody::Case(_)));
    assert_eq!(told.count(), 7);
    bench.check_all().await;
}

/// A take-over costs one file: those that are finished are named in the assignment and keep their result.
pub async fn finished_files_are_not_given_again(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&grouped(&[&[3, 1, 0], &[2]])).await.id();
    let lease = bench.claim_one("w1").await;
    assert_eq!((lease.files.as_slice(), lease.done.as_slice()), (&[3, 1, 0][..], &[][..]));
    bench.append(lease.key, 0, &judged(3, FileOutcome::Passed)).await.expect("append");
    let half = [judged(1, FileOutcome::Failed), vec![started(0)]].concat();
    bench.append(lease.key, 3, &half).await.expect("append");
    bench.lose().await;
    let lease = bench.claim_one("w2").await;
    assert_eq!((lease.files.as_slice(), lease.done.as_slice()), (&[3, 1, 0][..], &[3, 1][..]));
    let done = bench.complete(&lease, FileOutcome::Passed).await;
    assert_eq!(done.item, ItemState::Failed);
    let summary = bench.get(run).await.summary;
    assert_eq!((summary.files.passed, summary.files.failed), (2, 1));
    assert_eq!((summary.cases.passed, summary.cases.failed), (2, 1));
    bench.check_all().await;
}

/// The first result stands; a second one is refused with all that came with it.
pub async fn a_file_has_one_result(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    let lease = bench.claim_one("w").await;
    let twice = [finished(0, FileOutcome::Passed), finished(0, FileOutcome::Failed)];
    assert_eq!(refusal(bench.append(lease.key, 0, &twice).await), StoreErrorKind::Invalid, "in one call");
    bench.append(lease.key, 0, &judged(0, FileOutcome::Passed)).await.expect("append");
    let before = bench.dump(run).await;
    // A case that came after could not be counted any more.
    for late in [finished(0, FileOutcome::Failed), case(0, "late", CaseOutcome::Failed)] {
        let events = [log(1, "x"), late];
        assert_eq!(refusal(bench.append(lease.key, 3, &events).await), StoreErrorKind::Invalid);
        assert_eq!(bench.dump(run).await, before);
    }
    bench.end(lease.key, &Outcome::Release).await.expect("release");
    let lease = bench.claim_one("w").await;
    let again = [finished(0, FileOutcome::Failed)];
    assert_eq!(refusal(bench.append(lease.key, 0, &again).await), StoreErrorKind::Invalid, "a later epoch");
    // Output may still trickle in.
    bench.append(lease.key, 0, &[log(0, "late")]).await.expect("append");
    bench.check_all().await;
}

/// Status, items and stops are the store's to write; files of other items are their holders'.
pub async fn holders_write_only_about_their_own_files(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(2)).await.id();
    let lease = bench.claim_one("w").await;
    let before = bench.dump(run).await;
    let forbidden = [
        EventBody::RunStatus { from: None, to: Status::Success, reason: None },
        EventBody::StopRequested { why: StopWhy::Cancel, by: "w".to_owned() },
        EventBody::ItemStarted { worker: WorkerId("w".to_owned()), attempt: 1 },
        EventBody::ItemReturned { why: ReturnWhy::Drain, message: None },
        EventBody::ItemFinished { state: ItemState::Passed, reason: None, message: None },
        EventBody::FileStarted { file: 1 },
        EventBody::CaseStarted { file: 1, case: "a".to_owned() },
        EventBody::FileStarted { file: 99 },
    ];
    let foreign = [case(1, "a", CaseOutcome::Passed), log(1, "x"), finished(1, FileOutcome::Passed)];
    for bad in forbidden.map(event).into_iter().chain(foreign) {
        let kind = bad.body.kind();
        let events = [started(0), bad];
        assert_eq!(refusal(bench.append(lease.key, 0, &events).await), StoreErrorKind::Invalid, "{kind}");
        let answer = bench.finish(lease.key, 0, &events, &Outcome::Release).await;
        assert_eq!(refusal(answer), StoreErrorKind::Invalid, "{kind}");
        assert_eq!(bench.dump(run).await, before, "{kind}");
    }
    bench.check_all().await;
}

/// The planner gets what files took last, by suite and path.
pub async fn history_remembers_the_last_time(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = whole(4);
    let paths: Vec<String> = new.files.iter().map(|file| file.path.clone()).collect();
    let history = async |suite: &str| bench.store.history(suite, &paths).await.expect("history");
    assert!(history("suite").await.is_empty());
    for secs in [9, 2] {
        bench.advance(Duration::from_secs(1));
        bench.submit(&new).await;
        let lease = bench.claim_one("w").await;
        let told = [
            finished_after(0, FileOutcome::Passed, Duration::from_secs(secs)),
            finished_after(1, FileOutcome::Failed, Duration::from_secs(secs + 1)),
        ];
        bench.append(lease.key, 0, &told).await.expect("append");
        let fatal = Outcome::Infra { message: "x".to_owned(), retry_in: Duration::ZERO, fatal: true };
        bench.finish(lease.key, 2, &[], &fatal).await.expect("finish");
    }
    let known = history("suite").await;
    let expected = [(paths[0].clone(), Duration::from_secs(2)), (paths[1].clone(), Duration::from_secs(3))];
    assert_eq!(known, expected.into_iter().collect());
    assert!(history("another").await.is_empty());
    bench.submit(&NewTestrun { suite: "another".to_owned(), ..new.clone() }).await;
    bench.pass_all("w").await;
    assert_eq!(history("another").await.len(), 4);
    assert_eq!(history("suite").await, known);
    bench.check_all().await;
}

/// Cases are read by file, by outcome, from a cursor, in order, no more than asked for.
pub async fn cases_can_be_chosen(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    let lease = bench.claim_one("w").await;
    let mut told = Vec::new();
    for file in [0, 1] {
        for n in 0..5 {
            let outcome = if n == 2 { CaseOutcome::Failed } else { CaseOutcome::Passed };
            told.push(case(file, &format!("test_{n}[é]"), outcome));
        }
        told.push(finished(file, FileOutcome::Failed));
    }
    bench.finish(lease.key, 0, &told, &Outcome::Completed).await.expect("finish");
    let read = async |query: CaseQuery| bench.store.cases(run, &query).await.expect("cases");
    let all = read(CaseQuery::default()).await;
    assert_eq!(all.len(), 10);
    assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    let of_one = read(CaseQuery { file: Some(1), ..CaseQuery::default() }).await;
    assert_eq!(of_one, all[5..]);
    let failed = read(CaseQuery { outcome: Some(CaseOutcome::Failed), ..CaseQuery::default() }).await;
    assert_eq!(failed, [all[2].clone(), all[7].clone()]);
    assert_eq!(failed[0].message.as_deref(), Some("assert 1 == 2"));
    assert_eq!(read(CaseQuery { after: all[3].seq, limit: 2, ..CaseQuery::default() }).await, all[4..6]);
    let none = CaseQuery { after: Seq(1_000_000), ..CaseQuery::default() };
    assert!(read(none).await.is_empty());
    assert!(read(CaseQuery { file: Some(7), ..CaseQuery::default() }).await.is_empty());
    bench.check_all().await;
}
