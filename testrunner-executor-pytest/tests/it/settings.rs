//! Environments for real.

use std::sync::{Arc, Mutex};

use testrunner_core::executor::Executor as _;
use testrunner_core::testrun::Options;
use testrunner_executor_pytest::{Origin, PytestExecutor};

use crate::harness::{data_folder, executor, file};

#[tokio::test]
async fn an_environment_is_prepared_once_and_can_be_named() {
    let root = tempfile::tempdir().unwrap();
    let managed = executor().await.prepare(root.path()).await.unwrap();
    assert_eq!(managed.origin, Origin::Managed);
    assert!(managed.python.starts_with(data_folder()), "{managed:?}");
    assert_eq!(executor().await.prepare(root.path()).await.unwrap(), managed);

    let told = Arc::new(Mutex::new(Vec::new()));
    let progress = {
        let told = Arc::clone(&told);
        move |what: &str| told.lock().unwrap().push(what.to_owned())
    };
    let builder = PytestExecutor::builder().python(&managed.python).data_folder(data_folder());
    let named = builder.on_progress(progress).build().unwrap();
    let found = named.prepare(root.path()).await.unwrap();
    assert_eq!((found.origin, &found.python), (Origin::Named, &managed.python));
    assert_eq!(found.pytest_version, managed.pytest_version);
    assert!(told.lock().unwrap().is_empty());
}

#[tokio::test]
async fn wrong_options_are_refused_before_anything_runs() {
    let executor = executor().await;
    assert_eq!(executor.name(), "pytest");
    assert!(executor.check(&Options::new()).is_ok());
    let run = file("def test_a(): pass").option("python", "python3");
    let refused = run.open().await.map(drop);
    assert!(refused.is_err_and(|error| error.message.contains("keyword, marker, args and")));
}

#[tokio::test]
async fn a_python_that_cannot_be_started_is_not_the_tests_fault() {
    let run = file("def test_a(): pass");
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let python = executor().await.prepare(root.path()).await.unwrap().python;
    let executor = PytestExecutor::builder().python(python).data_folder(&data).build().unwrap();
    let run = run.on(executor);
    let session = run.open().await.unwrap();
    let runtime = std::fs::read_dir(data.join("runtime")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(runtime.join("supervisor.py"), "raise SystemExit('no luck')").unwrap();
    let (sink, _events) = testrunner_core::executor::FileSink::channel(0);
    let refused = session.execute(run.job(), sink, crate::harness::no_stop()).await;
    assert!(refused.is_err_and(|error| error.retry && error.message.contains("no luck")));
}
