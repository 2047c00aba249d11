//! Repeating Testruns, and checking what was stored.

use std::time::Duration;

use testrunner_core::{Digest, EngineError, FileOutcome, Plan, Rerun, Status, StoreErrorKind, fsck};

use crate::support::{Stage, ended, engine, spec, submit};

#[tokio::test]
async fn what_failed_can_be_run_again_linked_to_its_origin() {
    let engine = engine(&Stage::new(), 2);
    let first = spec(&["pass1", "fail1", "empty1"]).support("data", "x");
    let first = submit(&engine, first).await;
    ended(&engine, first).await;
    let again = engine.rerun(first, Rerun::Failed).await.expect("something failed");
    let paths: Vec<_> = again.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["fail1", "data"]);
    let second = submit(&engine, again).await;
    let second = ended(&engine, second).await;
    assert_eq!(second.summary.retry_of, Some(first));
    assert_eq!(second.files[0].result.as_ref().map(|result| result.outcome), Some(FileOutcome::Failed));
    let all = engine.rerun(first, Rerun::All).await.expect("all of it");
    assert_eq!(all.files.len(), 4);
}

#[tokio::test]
async fn how_long_and_how_planned_stays() {
    let engine = engine(&Stage::new(), 2);
    for plan in [Plan::Whole, Plan::PerFile, Plan::Weighted] {
        let first = spec(&["pass1", "pass2"]).plan(plan).time_limit(Duration::from_secs(90));
        let first = submit(&engine, first).await;
        let again = engine.rerun(first, Rerun::All).await.expect("all of it");
        assert_eq!((again.plan, again.time_limit), (plan, Some(Duration::from_secs(90))));
    }
    let endless = submit(&engine, spec(&["pass1"])).await;
    assert_eq!(engine.rerun(endless, Rerun::All).await.expect("all of it").time_limit, None);
}

#[tokio::test]
async fn what_is_refused_for_its_key_leaves_no_bytes() {
    let engine = engine(&Stage::new(), 1);
    let of = |bytes: &str| spec(&["pass1"]).support("data", bytes).idempotency_key("k");
    let first = engine.submit(of("one")).await.expect("new");
    let again = engine.submit(of("one")).await.expect("known");
    assert_eq!((again.existed, again.run.id()), (true, first.run.id()));
    let error = engine.submit(of("two")).await.expect_err("another request");
    assert!(
        matches!(&error, EngineError::Store(error) if error.kind() == StoreErrorKind::Conflict),
        "{error}"
    );
    let store = engine.store();
    assert!(store.blob(Digest::of(b"one")).await.is_ok());
    assert_eq!(store.blob(Digest::of(b"two")).await.expect_err("not kept").kind(), StoreErrorKind::NotFound);
}

#[tokio::test]
async fn nothing_failed_is_said() {
    let engine = engine(&Stage::new(), 1);
    let run = submit(&engine, spec(&["pass1"])).await;
    assert_eq!(ended(&engine, run).await.status(), Status::Success);
    let error = engine.rerun(run, Rerun::Failed).await.expect_err("nothing to do");
    assert!(matches!(error, EngineError::NothingToRerun { .. }), "{error}");
}

#[tokio::test]
async fn a_ledger_that_was_written_by_the_engine_is_in_order() {
    let engine = engine(&Stage::new(), 2);
    let mut runs = Vec::new();
    for files in [&["pass1", "fail1", "liar1"][..], &["broken1"], &["empty1"], &["polite1", "pass1"]] {
        runs.push(submit(&engine, spec(files)).await);
    }
    engine.cancel(runs[3], "ada").await.expect("known");
    for run in runs {
        ended(&engine, run).await;
        let findings = fsck::check(&**engine.store(), run).await.expect("readable");
        assert_eq!(findings, [], "{run}");
    }
}
