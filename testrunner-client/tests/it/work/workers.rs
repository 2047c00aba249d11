//! Workers that speak only HTTP, and a server without any of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use testrunner_client::RemoteStore;
use testrunner_core::event::Stream;
use testrunner_core::executor::{ExecError, FnJob};
use testrunner_core::{
    Drained, Engine, FailReason, FileOutcome, FnExecutor, MemoryStore, Plan, Status, Testrun, TestrunId,
    TestrunSpec, Verdict, Worker,
};
use tokio::sync::Semaphore;

use super::fleet::Fleet;
use crate::server::Result;

/// Longer than any test: whoever hears of a stop in time heard the bell.
const LEASE: Duration = Duration::from_mins(10);

/// Files that do as their names say: `pass`, `fail`, or `hang` until they are stopped. Each is counted as it begins.
pub(crate) fn executor(entered: &Arc<Semaphore>) -> FnExecutor {
    let entered = Arc::clone(entered);
    FnExecutor::new("stage", move |job| play(job, Arc::clone(&entered)))
}

async fn play(mut job: FnJob, entered: Arc<Semaphore>) -> std::result::Result<Verdict, ExecError> {
    entered.add_permits(1);
    let bytes = std::fs::read(job.path()).map_err(|error| ExecError::fatal(error.to_string()))?;
    job.sink.log(Stream::Stdout, &bytes).await;
    let name = job.file.path.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    Ok(match name.as_str() {
        "pass" => Verdict::new(FileOutcome::Passed, 1),
        "fail" => Verdict::new(FileOutcome::Failed, 1),
        _ => {
            job.stop.soft().await;
            Verdict::new(FileOutcome::Cancelled, 0)
        }
    })
}

/// A count that nobody looks at.
fn nobody() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

/// Runs nothing but the janitor.
pub(crate) fn engine(store: &MemoryStore, lease: Duration) -> Result<Engine> {
    let executor = executor(&nobody());
    let engine = Engine::builder(store.clone()).executor(executor).own_testruns_only().lease(lease);
    let engine = engine.build()?;
    engine.start();
    Ok(engine)
}

pub(crate) fn worker(
    store: &RemoteStore,
    name: &str,
    entered: &Arc<Semaphore>,
    lease: Duration,
) -> Result<Worker> {
    let worker = store.worker().executor(executor(entered)).slots(2).lease(lease).worker_name(name);
    let worker = worker.build()?;
    worker.start();
    Ok(worker)
}

/// Files that are called so, with numbers, each with bytes that are no text.
pub(crate) fn spec(names: &[(&str, usize)]) -> TestrunSpec {
    let empty = TestrunSpec::upload("stage", "ada").plan(Plan::PerFile);
    let files = names.iter().flat_map(|(name, count)| (0..*count).map(move |n| format!("{name}{n}")));
    files.fold(empty, |spec, file| spec.file(file, b"\xff\xfe\0\x1b[0m".to_vec()))
}

pub(crate) async fn ended(engine: &Engine, run: TestrunId) -> Result<Testrun> {
    Ok(tokio::time::timeout(Duration::from_secs(60), engine.wait(run)).await??)
}

async fn entered(count: &Semaphore, files: u32) -> Result {
    tokio::time::timeout(Duration::from_secs(60), count.acquire_many(files)).await??.forget();
    Ok(())
}

/// A server, two workers in this process, and how many files they have begun.
async fn fleet() -> Result<(Fleet, Engine, [Worker; 2], Arc<Semaphore>)> {
    let engine = engine(&MemoryStore::new(), Duration::from_secs(15))?;
    let fleet = Fleet::start(engine.clone())?;
    let count = Arc::new(Semaphore::new(0));
    let workers =
        [worker(&fleet.store()?, "one", &count, LEASE)?, worker(&fleet.store()?, "two", &count, LEASE)?];
    Ok((fleet, engine, workers, count))
}

async fn leave(workers: [Worker; 2]) {
    for worker in workers {
        assert_eq!(worker.shutdown(Duration::from_secs(5)).await, Drained::InOrder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_files_over_two_workers() -> Result {
    let (_fleet, engine, workers, _) = fleet().await?;
    let run = engine.submit(spec(&[("pass", 50)])).await?.run.id();
    let run = ended(&engine, run).await?;
    assert_eq!((run.status(), run.summary.files.passed), (Status::Success, 50));
    for item in engine.items(run.id()).await? {
        let by = item.worker.ok_or("a worker")?.0;
        assert!(["bot/one", "bot/two"].contains(&by.as_str()), "{by}");
        assert_eq!((item.attempts, item.lost), (1, 0));
    }
    let log = engine.store().events(run.id(), Default::default(), Default::default()).await?;
    let output = log.events.iter().filter_map(|event| match &event.body {
        testrunner_core::EventBody::Log(chunk) => Some(chunk.data.as_slice()),
        _ => None,
    });
    let output: Vec<_> = output.collect();
    assert_eq!(output, [b"\xff\xfe\0\x1b[0m"; 50], "output survives byte for byte");
    leave(workers).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancel_reaches_all() -> Result {
    let (_fleet, engine, workers, count) = fleet().await?;
    let run = engine.submit(spec(&[("hang", 6)])).await?.run.id();
    entered(&count, 4).await?;
    let begun = Instant::now();
    engine.cancel(run, "ada").await?;
    let run = ended(&engine, run).await?;
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::Cancelled)));
    assert!(begun.elapsed() < Duration::from_secs(30), "a renewal would come after 200 s");
    leave(workers).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn enough_failures_stop_all() -> Result {
    let (_fleet, engine, workers, _) = fleet().await?;
    let begun = Instant::now();
    let run = engine.submit(spec(&[("hang", 3), ("fail", 1), ("pass", 9)]).max_fail(1)).await?.run.id();
    let run = ended(&engine, run).await?;
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::TestsFailed)));
    assert_eq!((run.summary.files.failed, run.summary.files.passed), (1, 0), "{:?}", run.summary.files);
    assert!(begun.elapsed() < Duration::from_secs(30), "a renewal would come after 200 s");
    leave(workers).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_fetched_once() -> Result {
    let engine = engine(&MemoryStore::new(), Duration::from_secs(15))?;
    let fleet = Fleet::start(engine.clone())?;
    let folder = tempfile::tempdir()?;
    let store = fleet.builder().cache(folder.path().join("cache"), 1 << 20).build()?;
    let worker = worker(&store, "one", &nobody(), LEASE)?;
    for _ in 0..3 {
        let run = engine.submit(spec(&[("pass", 5)])).await?.run.id();
        assert_eq!(ended(&engine, run).await?.status(), Status::Success);
    }
    assert_eq!(fleet.answered("blobs/{digest}").await?, 1, "all files have the same bytes");
    worker.shutdown(Duration::ZERO).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_has_nothing_to_do_is_quiet() -> Result {
    let engine = engine(&MemoryStore::new(), Duration::from_secs(15))?;
    let fleet = Fleet::start(engine.clone())?;
    let store = fleet.store()?;
    let bell = store.doorbell();
    tokio::time::timeout(Duration::from_secs(60), bell.connected()).await?;
    let worker = store.worker().doorbell(bell).executor(executor(&nobody())).slots(4).build()?;
    worker.start();
    // A time that is measured: with a poll of a second there would be four claims.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = fleet.answered("claim").await?;
    assert!((1..=2).contains(&asked), "{asked} claims");
    let run = engine.submit(spec(&[("pass", 1)])).await?.run.id();
    let begun = Instant::now();
    assert_eq!(ended(&engine, run).await?.status(), Status::Success);
    assert!(begun.elapsed() < Duration::from_secs(8), "the bell is heard, not the poll");
    worker.shutdown(Duration::ZERO).await;
    Ok(())
}
