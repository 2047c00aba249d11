//! An executor from a closure.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::{ExecError, Executor, FileJob, FileSink, Session, SessionContext, Stop, Tree, Verdict};
use crate::event::CaseResult;
use crate::testrun::{CaseKind, CaseOutcome, FileOutcome, Options, StopWhy};

/// All that a closure gets, owned.
#[derive(Debug)]
pub struct FnJob {
    /// The Testrun.
    pub context: Arc<SessionContext>,
    /// The file.
    pub file: FileJob,
    /// Where to report cases and output. A closure that reports no case gets one, named after the file.
    pub sink: FileSink,
    /// How it is asked to stop.
    pub stop: Stop,
}

impl FnJob {
    /// Absolute path of the file.
    #[must_use]
    pub fn path(&self) -> std::path::PathBuf {
        self.context.root.join(&self.file.path)
    }
}

type Boxed = Pin<Box<dyn Future<Output = Result<Verdict, ExecError>> + Send>>;
type Function = dyn Fn(FnJob) -> Boxed + Send + Sync;

/// Runs a closure for each file, within the file's time limit. On a stop the future is dropped after the grace.
#[derive(Clone)]
pub struct FnExecutor {
    name: String,
    function: Arc<Function>,
    select: fn(&str) -> bool,
}

impl FnExecutor {
    /// An executor of this name. `function` is called once for each file.
    pub fn new<F, R>(name: impl Into<String>, function: F) -> Self
    where
        F: Fn(FnJob) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Verdict, ExecError>> + Send + 'static,
    {
        let function: Arc<Function> = Arc::new(move |job| Box::pin(function(job)));
        Self { name: name.into(), function, select: |_| true }
    }

    /// Tells by their paths which files are tests; without it all are.
    #[must_use]
    pub fn selecting(mut self, select: fn(&str) -> bool) -> Self {
        self.select = select;
        self
    }
}

impl fmt::Debug for FnExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnExecutor").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl Executor for FnExecutor {
    fn name(&self) -> &str {
        &self.name
    }

    fn select(&self, tree: &dyn Tree) -> Result<Vec<String>, ExecError> {
        Ok(tree.paths().iter().filter(|path| (self.select)(path)).cloned().collect())
    }

    fn check(&self, _options: &Options) -> Result<(), ExecError> {
        Ok(())
    }

    async fn open(&self, context: SessionContext) -> Result<Arc<dyn Session>, ExecError> {
        let function = Arc::clone(&self.function);
        Ok(Arc::new(FnSession { context: Arc::new(context), function }))
    }
}

struct FnSession {
    context: Arc<SessionContext>,
    function: Arc<Function>,
}

impl fmt::Debug for FnSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnSession").field("run", &self.context.run).finish_non_exhaustive()
    }
}

#[async_trait]
impl Session for FnSession {
    async fn execute(&self, file: FileJob, sink: FileSink, mut stop: Stop) -> Result<Verdict, ExecError> {
        let limits = &self.context.limits;
        let (name, started) = (file.path.clone(), Instant::now());
        let (context, stopping) = (Arc::clone(&self.context), stop.clone());
        let job = FnJob { context, file, sink: sink.clone(), stop: stopping };
        let verdict = tokio::select! {
            done = (self.function)(job) => done?,
            () = tokio::time::sleep(limits.file_timeout) => {
                Verdict::new(FileOutcome::TimedOut, 0)
                    .because(format!("did not end within {:?}", limits.file_timeout))
            }
            _ = stopped(&mut stop, limits.grace) => Verdict::new(FileOutcome::Cancelled, 0),
        };
        Ok(with_case(verdict, name, started.elapsed(), &sink).await)
    }

    async fn close(&self) {}
}

/// Returns when the time to stop in order is over.
pub(super) async fn stopped(stop: &mut Stop, grace: Duration) -> StopWhy {
    let why = stop.soft().await;
    // Hard at once, or after the grace.
    let _ = tokio::time::timeout(grace, stop.hard()).await;
    why
}

/// Gives a file that reported no case one of its own, so that what was judged is counted.
pub(super) async fn with_case(
    verdict: Verdict,
    case: String,
    duration: Duration,
    sink: &FileSink,
) -> Verdict {
    let outcome = match verdict.outcome {
        FileOutcome::Passed => CaseOutcome::Passed,
        FileOutcome::Failed => CaseOutcome::Failed,
        FileOutcome::Errored => CaseOutcome::Error,
        FileOutcome::Crashed => CaseOutcome::Crashed,
        FileOutcome::TimedOut => CaseOutcome::TimedOut,
        FileOutcome::Empty | FileOutcome::Cancelled | FileOutcome::NotRun => return verdict,
    };
    if sink.counts().total() > 0 {
        return verdict;
    }
    let (kind, message, line) = (CaseKind::Test, verdict.message.clone(), None);
    sink.case(CaseResult { file: 0, case, kind, outcome, duration, message, line }).await;
    Verdict { collected: 1, ..verdict }
}
