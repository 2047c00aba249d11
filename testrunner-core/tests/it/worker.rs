//! A worker that has nothing but a [`WorkStore`].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use testrunner_core::store::{Candidates, ClaimRequest};
use testrunner_core::{
    Drained, Engine, EngineError, FileOutcome, FnExecutor, MemoryStore, Plan, Status, Store as _,
    TestrunSpec, Verdict, WorkStore, Worker, WorkerId,
};

use crate::support::{Stage, ended, spec, submit};

/// An engine that runs nothing but its own directories, over a store that workers share.
fn server(store: &MemoryStore, stage: &Stage) -> Engine {
    let engine = Engine::builder(store.clone()).executor(stage.executor()).own_testruns_only().build();
    let engine = engine.expect("a valid engine");
    engine.start();
    engine
}

fn worker(store: &MemoryStore, stage: &Stage, name: &str) -> Worker {
    let shared: Arc<dyn WorkStore> = Arc::new(store.clone());
    let worker = Worker::builder(shared)
        .doorbell(store.doorbell())
        .executor(stage.executor())
        .slots(2)
        .worker_name(name)
        .build();
    let worker = worker.expect("a valid worker");
    assert_eq!(worker.status(), None);
    worker.start();
    worker.start();
    worker
}

#[tokio::test]
async fn workers_share_what_an_engine_submits() {
    let (store, stage) = (MemoryStore::new(), Stage::new());
    let engine = server(&store, &stage);
    let workers = ["one", "two"].map(|name| worker(&store, &stage, name));
    let files: Vec<String> = (0..20).map(|n| format!("pass{n}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let run = submit(&engine, spec(&files).plan(Plan::PerFile)).await;
    assert_eq!(ended(&engine, run).await.status(), Status::Success);
    for item in engine.items(run).await.expect("items") {
        let by = item.worker.expect("a worker").0;
        assert!(["one", "two"].contains(&by.as_str()), "{by}");
    }
    for worker in &workers {
        assert_eq!(worker.shutdown(Duration::from_secs(5)).await, Drained::InOrder);
        assert!(worker.status().is_some_and(|status| status.draining && status.busy == 0));
    }
}

#[tokio::test]
async fn a_directory_is_left_to_its_process() {
    let (store, stage) = (MemoryStore::new(), Stage::new());
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("pass"), "").expect("a file");
    let idle = worker(&store, &stage, "elsewhere");
    let engine = server(&store, &stage);
    let spec = TestrunSpec::directory("stage", "ada", folder.path()).in_place("pass");
    let run = submit(&engine, spec).await;
    assert_eq!(ended(&engine, run).await.status(), Status::Success);
    let by = engine.items(run).await.expect("items").swap_remove(0).worker;
    assert_eq!(by, engine.worker_status().map(|status| status.id));
    idle.shutdown(Duration::ZERO).await;
}

#[tokio::test]
async fn what_is_held_goes_back_at_the_end() {
    let (store, stage) = (MemoryStore::new(), Stage::new());
    let engine = server(&store, &stage);
    let first = worker(&store, &stage, "first");
    let run = submit(&engine, spec(&["gate"])).await;
    stage.one_entered().await;
    assert_eq!(first.status().map(|status| status.busy), Some(1));
    first.halt();
    assert_eq!(first.shutdown(Duration::from_secs(5)).await, Drained::InOrder);
    let second = worker(&store, &stage, "second");
    stage.one_entered().await;
    stage.gate.notify_one();
    let run = ended(&engine, run).await;
    assert_eq!((run.status(), run.summary.files.passed), (Status::Success, 1));
    second.shutdown(Duration::ZERO).await;
}

#[tokio::test(start_paused = true)]
async fn a_session_is_closed_that_nobody_comes_back_to() {
    let (store, roots) = (MemoryStore::new(), Arc::new(Mutex::new(Vec::new())));
    let engine = server(&store, &Stage::new());
    let run = submit(&engine, spec(&["one", "two"]).plan(Plan::PerFile)).await;
    // Another worker holds the first item, so that the Testrun does not end.
    let other = ClaimRequest {
        from: Candidates::Any,
        max: 1,
        worker: WorkerId("other".to_owned()),
        ttl: Duration::from_secs(600),
        executors: vec!["stage".to_owned()],
        process: None,
        shared: true,
        prefer: Vec::new(),
    };
    assert_eq!(store.claim(&other).await.expect("claim").leases.len(), 1);
    let seen = Arc::clone(&roots);
    let executor = FnExecutor::new("stage", move |job| {
        seen.lock().expect("no panic").push(job.context.root.clone());
        async { Ok(Verdict::new(FileOutcome::Passed, 1)) }
    });
    let worker = Worker::builder(Arc::new(store.clone())).executor(executor).build().expect("a worker");
    worker.start();
    let passed = async {
        while engine.get(run).await.expect("it is there").summary.files.passed == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let root = roots.lock().expect("no panic").pop().expect("a file has run");
        assert!(root.exists(), "closed at once");
        while root.exists() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), passed).await.expect("it is closed");
    assert_eq!(engine.get(run).await.expect("it is there").status(), Status::Running);
    worker.shutdown(Duration::ZERO).await;
}

#[test]
fn odd_settings_are_refused() {
    let builder = || Worker::builder(Arc::new(MemoryStore::new()));
    let executor = || FnExecutor::new("x", |_| async { Ok(Verdict::new(FileOutcome::Passed, 1)) });
    for odd in [
        builder().slots(0),
        builder().lease(Duration::from_millis(1)),
        builder().poll(Duration::ZERO),
        builder().executor(executor()).executor(executor()),
    ] {
        assert!(matches!(odd.build(), Err(EngineError::Config(_))));
    }
}
