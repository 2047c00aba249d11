//! Tests that are not processes: an executor of one's own that checks files in the program itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use testrunner_core::event::CaseResult;
use testrunner_core::executor::{
    ExecError, Executor, FileJob, FileSink, Session, SessionContext, Stop, Tree,
};
use testrunner_core::{
    CaseKind, CaseOutcome, Engine, FileOutcome, MemoryStore, Options, TestrunSpec, Verdict,
};

/// Checks files of `key = number` lines: every number must be positive. Each line is a case.
#[derive(Debug)]
struct NumbersExecutor;

#[async_trait]
impl Executor for NumbersExecutor {
    fn name(&self) -> &str {
        "numbers"
    }

    fn select(&self, tree: &dyn Tree) -> Result<Vec<String>, ExecError> {
        Ok(tree.paths().iter().filter(|path| path.ends_with(".numbers")).cloned().collect())
    }

    fn check(&self, options: &Options) -> Result<(), ExecError> {
        match options.keys().next() {
            Some(key) => Err(ExecError::fatal(format!("numbers has no option {key:?}"))),
            None => Ok(()),
        }
    }

    async fn open(&self, context: SessionContext) -> Result<Arc<dyn Session>, ExecError> {
        Ok(Arc::new(NumbersSession { context }))
    }
}

#[derive(Debug)]
struct NumbersSession {
    context: SessionContext,
}

#[async_trait]
impl Session for NumbersSession {
    async fn execute(&self, file: FileJob, sink: FileSink, stop: Stop) -> Result<Verdict, ExecError> {
        let path = self.context.root.join(&file.path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ExecError::fatal(format!("cannot read {}: {error}", file.path)))?;
        let cases: BTreeMap<&str, &str> =
            text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.trim(), v.trim())).collect();
        for (name, value) in &cases {
            if stop.level().why().is_some() {
                return Ok(Verdict::new(FileOutcome::Cancelled, 0));
            }
            sink.case_started(*name).await;
            let started = Instant::now();
            let (outcome, message) = match value.parse::<i64>() {
                Ok(1..) => (CaseOutcome::Passed, None),
                Ok(number) => (CaseOutcome::Failed, Some(format!("{number} is not positive"))),
                Err(error) => (CaseOutcome::Error, Some(format!("{value:?}: {error}"))),
            };
            let (case, kind, duration) = ((*name).to_owned(), CaseKind::Test, started.elapsed());
            sink.case(CaseResult { file: 0, case, kind, outcome, duration, message, line: None }).await;
        }
        let collected = u32::try_from(cases.len()).unwrap_or(u32::MAX);
        Ok(match (collected, sink.counts().bad()) {
            (0, _) => Verdict::new(FileOutcome::Empty, 0),
            (_, 0) => Verdict::new(FileOutcome::Passed, collected),
            _ => Verdict::new(FileOutcome::Failed, collected),
        })
    }

    async fn close(&self) {}
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    let engine = Engine::builder(MemoryStore::new()).executor(NumbersExecutor).slots(1).build()?;
    engine.start();
    let spec = TestrunSpec::upload("numbers", "ada")
        .file("good.numbers", "apples = 3\npears = 4")
        .file("bad.numbers", "apples = 3\npears = -4\nplums = many");
    let run = engine.submit(spec).await?.run;
    let run = engine.wait(run.id()).await?;
    for case in engine.cases(run.id(), &Default::default()).await? {
        let path = &run.files[case.file as usize].path;
        println!("{path} {}: {} {}", case.case, case.outcome, case.message.unwrap_or_default());
    }
    println!("{} {:?}", run.status(), run.reason());
    engine.shutdown(Duration::ZERO).await;
    Ok(())
}
