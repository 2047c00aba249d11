//! What the tests share: engines over a memory store, and gates to synchronise on.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::executor::{ExecError, FnJob};
use testrunner_core::{
    Clock, Engine, Event, FileOutcome, FnExecutor, MemoryStore, Seq, Testrun, TestrunId, TestrunSpec,
    Timestamp, Verdict,
};
use tokio::sync::{Notify, Semaphore};

/// An executor whose files do what their names say: `pass*`, `fail*`, `panic*`, `broken*`, `gate*`, `hang*`.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) entered: Arc<Semaphore>,
    pub(crate) gate: Arc<Notify>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { entered: Arc::new(Semaphore::new(0)), gate: Arc::default() }
    }

    pub(crate) fn executor(&self) -> FnExecutor {
        let stage = self.clone();
        FnExecutor::new("stage", move |job| stage.clone().play(job))
    }

    /// Waits until one more file was started.
    pub(crate) async fn one_entered(&self) {
        self.entered.acquire().await.expect("never closed").forget();
    }

    async fn play(self, mut job: FnJob) -> Result<Verdict, ExecError> {
        self.entered.add_permits(1);
        let name = job.file.path.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        match name.as_str() {
            "pass" => Ok(Verdict::new(FileOutcome::Passed, 1)),
            "fail" => Ok(Verdict::new(FileOutcome::Failed, 1).because("assert 1 == 2")),
            "empty" => Ok(Verdict::new(FileOutcome::Empty, 0)),
            "liar" => {
                job.sink.log(testrunner_core::event::Stream::Stdout, b"1 passed").await;
                job.sink
                    .case(testrunner_core::event::CaseResult {
                        file: 0,
                        case: "one".to_owned(),
                        kind: testrunner_core::CaseKind::Test,
                        outcome: testrunner_core::CaseOutcome::Passed,
                        duration: Duration::ZERO,
                        message: None,
                        line: None,
                    })
                    .await;
                Ok(Verdict::new(FileOutcome::Passed, 2))
            }
            "panic" => panic!("on purpose"),
            "broken" => Err(ExecError::fatal("no such interpreter")),
            "shaky" if job.file.attempt < 3 => Err(ExecError::transient("not yet")),
            "shaky" => Ok(Verdict::new(FileOutcome::Passed, 1)),
            "gate" => {
                self.gate.notified().await;
                Ok(Verdict::new(FileOutcome::Passed, 1))
            }
            "polite" => {
                job.stop.soft().await;
                Ok(Verdict::new(FileOutcome::Cancelled, 0))
            }
            "hang" => std::future::pending().await,
            other => Err(ExecError::fatal(format!("no such play: {other}"))),
        }
    }
}

/// A clock that follows tokio's, which tests can pause.
#[derive(Debug)]
pub(crate) struct TokioClock(tokio::time::Instant);

impl TokioClock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_000_000_000_000_000).after(self.0.elapsed())
    }
}

/// A started engine over a fresh memory store.
pub(crate) fn engine(stage: &Stage, slots: usize) -> Engine {
    engine_over(MemoryStore::new(), stage, slots)
}

pub(crate) fn engine_over(store: MemoryStore, stage: &Stage, slots: usize) -> Engine {
    let engine =
        Engine::builder(store).executor(stage.executor()).slots(slots).build().expect("a valid engine");
    engine.start();
    engine
}

pub(crate) fn spec(files: &[&str]) -> TestrunSpec {
    let empty = TestrunSpec::upload("stage", "ada");
    files.iter().fold(empty, |spec, file| spec.file(*file, "content"))
}

pub(crate) async fn submit(engine: &Engine, spec: TestrunSpec) -> TestrunId {
    engine.submit(spec).await.expect("accepted").run.id()
}

/// Waits with a bound, so that a lost wake-up is a failure and not a hang.
pub(crate) async fn ended(engine: &Engine, run: TestrunId) -> Testrun {
    let waited = tokio::time::timeout(Duration::from_secs(60), engine.wait(run)).await;
    waited.expect("the Testrun ends").expect("the store answers")
}

pub(crate) async fn log(engine: &Engine, run: TestrunId) -> Vec<Event> {
    let mut subscription = engine.subscribe(run, Seq(0));
    let mut events = Vec::new();
    while let Some(event) = subscription.next().await {
        events.push(event.expect("the store answers"));
    }
    events
}
