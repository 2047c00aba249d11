//! The engine from submit to verdict.

use std::sync::Arc;

use testrunner_core::event::ReturnWhy;
use testrunner_core::store::CaseQuery;
use testrunner_core::testrun::FileCounts;
use testrunner_core::{
    EngineError, EventBody, FailReason, FileOutcome, ItemState, MemoryStore, Plan, Report, Seq, Status,
    TestrunSpec,
};

use crate::support::{Stage, TokioClock, ended, engine, engine_over, log, spec, submit};

fn outcomes(run: &testrunner_core::Testrun) -> Vec<Option<FileOutcome>> {
    run.files.iter().map(|file| file.result.as_ref().map(|result| result.outcome)).collect()
}

#[tokio::test]
async fn all_passed_is_success() {
    let engine = engine(&Stage::new(), 2);
    let run = submit(&engine, spec(&["pass1", "pass2", "empty1"])).await;
    let run = ended(&engine, run).await;
    assert_eq!((run.status(), run.reason()), (Status::Success, None));
    assert_eq!(run.summary.cases.passed, 2);
    let wanted = FileCounts { total: 3, passed: 2, empty: 1, ..FileCounts::default() };
    assert_eq!(run.summary.files, wanted);
}

#[tokio::test]
async fn a_failing_test_is_a_result_and_the_others_still_run() {
    let engine = engine(&Stage::new(), 1);
    let run = submit(&engine, spec(&["pass1", "fail1", "pass2"])).await;
    let run = ended(&engine, run).await;
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::TestsFailed)));
    let passed = Some(FileOutcome::Passed);
    assert_eq!(outcomes(&run), [passed, Some(FileOutcome::Failed), passed]);
    let cases = engine.cases(run.id(), &CaseQuery::default()).await.expect("cases");
    let failed: Vec<_> = cases.iter().filter(|case| case.outcome.is_bad()).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].message.as_deref(), Some("assert 1 == 2"));
}

#[tokio::test]
async fn nothing_to_run_is_no_success() {
    let engine = engine(&Stage::new(), 1);
    let run = submit(&engine, spec(&["empty1"])).await;
    let run = ended(&engine, run).await;
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::NoTests)));
}

#[tokio::test]
async fn passed_without_proof_is_errored() {
    let engine = engine(&Stage::new(), 1);
    let run = submit(&engine, spec(&["liar1"])).await;
    let run = ended(&engine, run).await;
    assert_eq!(outcomes(&run), [Some(FileOutcome::Errored)]);
    assert_eq!(run.reason(), Some(FailReason::TestsFailed));
    let message = run.files[0].result.as_ref().and_then(|result| result.message.clone());
    assert!(message.is_some_and(|text| text.contains("of 2 tests 1 reported")));
}

#[tokio::test]
async fn an_executor_that_cannot_judge_is_infra_not_a_failed_test() {
    let engine = engine(&Stage::new(), 1);
    for (file, words) in [("broken1", "no such interpreter"), ("panic1", "on purpose")] {
        let id = submit(&engine, spec(&[file])).await;
        let run = ended(&engine, id).await;
        assert_eq!(run.reason(), Some(FailReason::Infra), "{file}");
        assert_eq!(outcomes(&run), [Some(FileOutcome::NotRun)], "{file}");
        let report = Report::of(&log(&engine, id).await);
        assert!(report.messages.concat().contains(words), "{:?}", report.messages);
    }
}

#[tokio::test(start_paused = true)]
async fn infrastructure_is_tried_again_and_may_recover() {
    let store = MemoryStore::with_clock(Arc::new(TokioClock::new()));
    let engine = engine_over(store, &Stage::new(), 1);
    let id = submit(&engine, spec(&["pass1", "shaky1"]).plan(Plan::Whole)).await;
    let run = ended(&engine, id).await;
    assert_eq!(run.status(), Status::Success);
    let events = log(&engine, id).await;
    let returned = events
        .iter()
        .filter(|event| matches!(event.body, EventBody::ItemReturned { why: ReturnWhy::Infra, .. }));
    assert_eq!(returned.count(), 2);
    // The file that was finished before the first return was not run again.
    let started =
        events.iter().filter(|event| matches!(event.body, EventBody::FileStarted { file: 0 })).count();
    assert_eq!(started, 1);
    assert_eq!(run.summary.cases.passed, 2);
}

#[tokio::test]
async fn the_log_is_dense_and_tells_the_whole_story() {
    let engine = engine(&Stage::new(), 2);
    let id = submit(&engine, spec(&["pass1", "fail1", "empty1", "fail2"])).await;
    let events = log(&engine, id).await;
    let run = ended(&engine, id).await;
    assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == Seq(seq)), "{events:#?}");
    let last = events.last().map(|event| &event.body);
    assert!(matches!(last, Some(EventBody::RunStatus { to: Status::Failed, .. })), "{last:?}");
    let report = Report::of(&events);
    assert_eq!((report.status, report.reason), (Some(run.status()), run.reason()));
    assert_eq!(report.cases(), run.summary.cases);
    assert_eq!(report.files(), run.summary.files);
    for until in [3, events.len()] {
        let read = Report::read(&**engine.store(), id, events[until - 1].seq).await.expect("it is stored");
        assert_eq!(read, Report::of(&events[..until]));
    }
    for (index, file) in (0..).zip(&run.files) {
        let told = report.files.get(&index).and_then(|file| file.outcome());
        assert_eq!(told, file.result.as_ref().map(|result| result.outcome));
    }
}

#[tokio::test]
async fn a_subscription_sees_events_as_they_happen_and_ends_with_the_testrun() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let id = submit(&engine, spec(&["gate1"])).await;
    let mut live = engine.subscribe(id, Seq(0));
    let mut kinds = Vec::new();
    while !kinds.contains(&"file_started") {
        let event = live.next().await.expect("goes on").expect("the store answers");
        kinds.push(event.body.kind());
    }
    stage.gate.notify_one();
    while let Some(event) = live.next().await {
        kinds.push(event.expect("the store answers").body.kind());
    }
    let wanted = [
        "run_status",
        "item_started",
        "run_status",
        "file_started",
        "case",
        "file_finished",
        "item_finished",
        "run_status",
    ];
    assert_eq!(kinds, wanted);
    // From any position the rest is the same.
    let mut rest = engine.subscribe(id, Seq(5));
    let next = rest.next().await.expect("more").expect("the store answers");
    assert_eq!(next.seq, Seq(6));
}

#[tokio::test]
async fn slots_bound_how_much_runs_at_once() {
    let stage = Stage::new();
    let engine = engine(&stage, 2);
    let files = ["gate1", "gate2", "gate3", "gate4"];
    let id = submit(&engine, spec(&files).plan(Plan::PerFile)).await;
    stage.one_entered().await;
    stage.one_entered().await;
    let open = engine.store().items(id).await.expect("items");
    let leased = open.iter().filter(|item| item.state == ItemState::Leased).count();
    assert_eq!(leased, 2);
    for _ in 0..2 {
        stage.gate.notify_one();
        stage.one_entered().await;
    }
    stage.gate.notify_one();
    stage.gate.notify_one();
    // `notify_one` keeps one permit only: wake whoever still waits.
    while engine.get(id).await.expect("there").status() != Status::Success {
        stage.gate.notify_waiters();
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn bad_requests_are_refused_and_store_nothing() {
    let engine = engine(&Stage::new(), 1);
    let unknown = TestrunSpec::upload("nobody", "ada").file("a", "x");
    let error = engine.submit(unknown).await.expect_err("refused");
    assert!(matches!(error, EngineError::UnknownExecutor { .. }), "{error}");
    assert!(error.to_string().contains("known are: stage"), "{error}");
    let blank = TestrunSpec::upload("stage", " ").file("a", "x");
    let error = engine.submit(blank).await.expect_err("refused");
    assert!(matches!(error, EngineError::InvalidSpec(_)), "{error}");
    let missing = TestrunSpec::directory("stage", "ada", "/nonexistent").in_place("a");
    let error = engine.submit(missing).await.expect_err("refused");
    assert!(matches!(error, EngineError::File { .. }), "{error}");
    let listed = engine.list(&testrunner_core::store::ListQuery::default()).await.expect("list");
    assert_eq!(listed.rows, []);
}

#[tokio::test]
async fn submitting_twice_with_one_key_gives_one_testrun() {
    let engine = engine(&Stage::new(), 1);
    let keyed = || spec(&["pass1"]).idempotency_key("k");
    let first = engine.submit(keyed()).await.expect("accepted");
    let second = engine.submit(keyed()).await.expect("accepted");
    assert_eq!((first.run.id(), false, true), (second.run.id(), first.existed, second.existed));
    let other = spec(&["pass2"]).idempotency_key("k");
    assert!(engine.submit(other).await.is_err());
    ended(&engine, first.run.id()).await;
}
