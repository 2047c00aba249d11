//! Repeating Testruns, and checking what was stored.

use testrunner_core::{EngineError, FileOutcome, Rerun, Status, fsck};

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
