//! Engines over a store whose time is tokio's, so that a test can pause it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use testrunner_core::event::Stream;
use testrunner_core::executor::{ExecError, FnJob};
use testrunner_core::{
    Clock, Engine, EventBody, FileOutcome, FnExecutor, ManualClock, MemoryStore, Plan, Store, Testrun,
    TestrunId, TestrunSpec, Timestamp, Verdict,
};
use testrunner_testkit::fault::{FaultStore, Faults};
use testrunner_testkit::store::Bench;
use tokio::sync::Semaphore;

/// The time of the test's runtime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokioClock(tokio::time::Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_000_000_000_000_000).after(self.0.elapsed())
    }
}

/// A ledger, a bad connection to it, and a play.
pub(crate) struct Stage {
    pub(crate) store: MemoryStore,
    pub(crate) clock: TokioClock,
    pub(crate) faults: Faults,
    faulty: Arc<FaultStore<MemoryStore>>,
    /// Files called `gate…` pass when they get a permit of this.
    pub(crate) gate: Arc<Semaphore>,
    /// Gets a permit whenever a gate is reached.
    pub(crate) reached: Arc<Semaphore>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let clock = TokioClock(tokio::time::Instant::now());
        let store = MemoryStore::with_clock(Arc::new(clock));
        let faulty = Arc::new(FaultStore::over(Arc::new(store.clone())));
        let closed = || Arc::new(Semaphore::new(0));
        Self { store, clock, faults: faulty.faults(), faulty, gate: closed(), reached: closed() }
    }

    /// An engine that reaches the ledger only by the bad connection; not started yet.
    pub(crate) fn worker(&self) -> testrunner_core::EngineBuilder {
        let (gate, reached) = (Arc::clone(&self.gate), Arc::clone(&self.reached));
        let executor =
            FnExecutor::new("stage", move |job| play(job, Arc::clone(&gate), Arc::clone(&reached)));
        Engine::builder_shared(Arc::clone(&self.faulty) as Arc<dyn Store>).executor(executor).slots(2)
    }

    /// An engine that submits and watches, over a good connection.
    pub(crate) fn front(&self) -> testrunner_core::EngineBuilder {
        let idle = FnExecutor::new("stage", |_| async { Err(ExecError::fatal("not a worker")) });
        Engine::builder(self.store.clone()).executor(idle)
    }

    /// Submits one item for each file.
    pub(crate) async fn submit(&self, files: &[&str]) -> TestrunId {
        let front = self.front().build().expect("a valid engine");
        let limits = testrunner_core::Limits {
            file_timeout: Duration::from_hours(24),
            ..testrunner_core::Limits::default()
        };
        let empty = TestrunSpec::upload("stage", "ada").plan(Plan::PerFile).limits(limits);
        let spec = files.iter().fold(empty, |spec, file| spec.file(*file, "content"));
        front.submit(spec).await.expect("accepted").run.id()
    }

    /// Waits for the end, by the good connection, while another process's janitor goes its rounds.
    pub(crate) async fn ended(&self, run: TestrunId) -> Testrun {
        let front = self.front().build().expect("a valid engine");
        for _round in 0..10_000 {
            match tokio::time::timeout(Duration::from_secs(5), front.wait(run)).await {
                Ok(ended) => return ended.expect("the store answers"),
                Err(_) => drop(self.store.reap(1_000).await.expect("reap")),
            }
        }
        panic!("Testrun {run} does not end");
    }

    /// Every item has one verdict, every file at most one end, and the log tells all of it without a gap.
    pub(crate) async fn assert_judged_once(&self, run: TestrunId) {
        let bench = Bench { store: Arc::new(self.store.clone()), clock: ManualClock::default() };
        let dump = bench.dump(run).await;
        dump.check();
        let mut verdicts = BTreeMap::new();
        let mut ends = BTreeMap::new();
        for event in &dump.events {
            match &event.body {
                EventBody::ItemFinished { .. } => *verdicts.entry(event.item).or_insert(0) += 1,
                EventBody::FileFinished(finish) => *ends.entry(finish.file).or_insert(0) += 1,
                _ => {}
            }
        }
        assert_eq!(verdicts.len(), dump.items.len());
        assert!(verdicts.values().all(|count| *count == 1), "{verdicts:?}");
        assert!(ends.values().all(|count| *count == 1), "{ends:?}");
        for (index, file) in (0..).zip(&dump.run.files) {
            let result = file.result.as_ref().expect("every file has a result");
            assert_eq!(ends.contains_key(&index), result.outcome != FileOutcome::NotRun, "file {index}");
        }
    }
}

/// Files do what their names say.
async fn play(job: FnJob, gate: Arc<Semaphore>, reached: Arc<Semaphore>) -> Result<Verdict, ExecError> {
    let name = job.file.path.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    match name.as_str() {
        "pass" => {}
        "fail" => return Ok(Verdict::new(FileOutcome::Failed, 1)),
        "talk" => {
            for n in 0..8 {
                job.sink.log(Stream::Stdout, format!("line {n}\n").as_bytes()).await;
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
        }
        "gate" => {
            reached.add_permits(1);
            gate.acquire().await.expect("never closed").forget();
        }
        other => return Err(ExecError::fatal(format!("no such play: {other}"))),
    }
    Ok(Verdict::new(FileOutcome::Passed, 1))
}

/// Names of so many files of one kind.
pub(crate) fn files(kind: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{kind}{n}")).collect()
}

/// As the function that takes them wants them.
pub(crate) fn names(files: &[String]) -> Vec<&str> {
    files.iter().map(String::as_str).collect()
}
