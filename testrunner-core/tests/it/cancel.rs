//! Stopping: by hand, by failures, by shutdown.

use std::time::Duration;

use testrunner_core::store::StopOutcome;
use testrunner_core::{FailReason, FileOutcome, ItemState, Limits, Plan, Status};

use crate::support::{Stage, ended, engine, log, spec, submit};

fn impatient() -> Limits {
    Limits { grace: Duration::from_millis(10), ..Limits::default() }
}

#[tokio::test]
async fn a_running_file_is_stopped_and_the_rest_is_not_run() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let id = submit(&engine, spec(&["polite1", "pass1"]).plan(Plan::Whole)).await;
    stage.one_entered().await;
    assert_eq!(engine.cancel(id, "ada").await.expect("known"), StopOutcome::Requested);
    let run = ended(&engine, id).await;
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::Cancelled)));
    let outcomes: Vec<_> = run.files.iter().filter_map(|file| Some(file.result.as_ref()?.outcome)).collect();
    assert_eq!(outcomes, [FileOutcome::Cancelled, FileOutcome::NotRun]);
    let again = engine.cancel(id, "ada").await.expect("known");
    assert_eq!(again, StopOutcome::AlreadyTerminal { status: Status::Failed });
}

#[tokio::test]
async fn a_file_that_ignores_the_stop_is_dropped_after_the_grace() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let id = submit(&engine, spec(&["hang1"]).limits(impatient())).await;
    stage.one_entered().await;
    engine.cancel(id, "ada").await.expect("known");
    assert_eq!(ended(&engine, id).await.reason(), Some(FailReason::Cancelled));
}

#[tokio::test]
async fn what_waits_is_cancelled_without_being_started() {
    let stage = Stage::new();
    let engine = engine(&stage, 1);
    let first = submit(&engine, spec(&["gate1"])).await;
    stage.one_entered().await;
    let second = submit(&engine, spec(&["pass1"])).await;
    engine.cancel(second, "ada").await.expect("known");
    let run = ended(&engine, second).await;
    assert_eq!((run.reason(), run.summary.started_at), (Some(FailReason::Cancelled), None));
    stage.gate.notify_one();
    assert_eq!(ended(&engine, first).await.status(), Status::Success);
}

#[tokio::test]
async fn fail_fast_stops_after_the_first_failure() {
    let engine = engine(&Stage::new(), 1);
    let files = ["pass1", "fail1", "pass2", "pass3"];
    let id = submit(&engine, spec(&files).plan(Plan::Whole).max_fail(1)).await;
    let run = ended(&engine, id).await;
    assert_eq!(run.reason(), Some(FailReason::TestsFailed));
    let counts = run.summary.files;
    assert_eq!((counts.passed, counts.failed, counts.not_run), (1, 1, 2));
}

#[tokio::test]
async fn a_file_has_its_time_and_no_more() {
    let engine = engine(&Stage::new(), 1);
    let file_timeout = Duration::from_millis(20);
    let id = submit(&engine, spec(&["hang1"]).limits(Limits { file_timeout, ..impatient() })).await;
    let run = ended(&engine, id).await;
    assert_eq!(run.reason(), Some(FailReason::TestsFailed));
    assert_eq!((run.summary.files.timed_out, run.summary.cases.timed_out), (1, 1));
}

#[tokio::test]
async fn a_shutdown_hands_back_what_runs_and_another_engine_ends_it() {
    let stage = Stage::new();
    let store = testrunner_core::MemoryStore::new();
    let build = || {
        let builder = testrunner_core::Engine::builder(store.clone()).executor(stage.executor());
        let engine = builder.slots(1).build().expect("a valid engine");
        engine.start();
        engine
    };
    let first = build();
    let id = submit(&first, spec(&["pass1", "gate1"]).plan(Plan::Whole)).await;
    stage.one_entered().await;
    stage.one_entered().await;
    let limits = Limits::default();
    assert!(limits.grace > Duration::from_secs(1), "the gate is left by being dropped below");
    first.halt();
    first.shutdown(Duration::ZERO).await;
    let items = first.store().items(id).await.expect("items");
    assert_eq!((items[0].state, items[0].lost, items[0].infra), (ItemState::Ready, 0, 0));
    let second = build();
    stage.one_entered().await;
    stage.gate.notify_one();
    let run = ended(&second, id).await;
    assert_eq!((run.status(), run.summary.cases.passed), (Status::Success, 2));
    let starts = log(&second, id).await;
    let of_first = starts
        .iter()
        .filter(|event| matches!(event.body, testrunner_core::EventBody::FileStarted { file: 0 }));
    assert_eq!(of_first.count(), 1, "a finished file is not run again");
}

#[tokio::test]
async fn a_dropped_engine_takes_no_more_items() {
    let stage = Stage::new();
    let store = testrunner_core::MemoryStore::new();
    let dropped = crate::support::engine_over(store.clone(), &stage, 1);
    let first = submit(&dropped, spec(&["gate1"])).await;
    stage.one_entered().await;
    let second = submit(&dropped, spec(&["pass1"])).await;
    drop(dropped);
    stage.gate.notify_one();
    let watching = testrunner_core::Engine::builder(store).build().expect("a valid engine");
    assert_eq!(ended(&watching, first).await.status(), Status::Success);
    assert_eq!(watching.get(second).await.expect("there").status(), Status::Created);
}
