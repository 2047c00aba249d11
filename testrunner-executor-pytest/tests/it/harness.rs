//! Runs one test file and collects all that is reported of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use testrunner_core::event::{CaseResult, EventBody, Stream};
use testrunner_core::executor::{
    ExecError, Executor as _, FileJob, FileSink, Session, SessionContext, Stop, StopHandle, Verdict,
};
use testrunner_core::testrun::{CaseOutcome, FileOutcome, FileRecord, FileRole, Limits, Options};
use testrunner_core::{Epoch, ItemId, TestrunId};
use testrunner_executor_pytest::PytestExecutor;
use tokio::sync::OnceCell;

/// Where environments for these tests are kept, built once.
pub(crate) fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("testrunner-data")
}

/// The pytest to test with, as `pip install` takes it: the newest, or what this variable says.
pub(crate) fn pytest() -> String {
    std::env::var("TESTRUNNER_TEST_PYTEST").unwrap_or_else(|_| "pytest".to_owned())
}

/// An executor with an environment of its own.
pub(crate) async fn executor() -> PytestExecutor {
    static SHARED: OnceCell<PytestExecutor> = OnceCell::const_new();
    SHARED.get_or_init(|| async { with(&[&pytest()]) }).await.clone()
}

/// Whether the pytest to test with has the fixture `subtests`.
pub(crate) async fn has_subtests() -> bool {
    let version = executor().await.prepare(Path::new("/")).await.unwrap().pytest_version;
    version.split('.').next().and_then(|major| major.parse().ok()).is_some_and(|major: u32| major >= 9)
}

/// An executor with these requirements.
pub(crate) fn with(requirements: &[&str]) -> PytestExecutor {
    let builder = PytestExecutor::builder().data_folder(data_folder());
    builder.requirements(requirements.iter().copied()).build().unwrap()
}

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Run {
    executor: Option<PytestExecutor>,
    folder: Folder,
    file: String,
    files: Vec<String>,
    context: SessionContext,
}

#[derive(Debug)]
enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

/// One file `test_it.py` with this text, run in place.
pub(crate) fn file(text: &str) -> Run {
    files(&[("test_it.py", text)])
}

/// Files of which the first is run, in place.
pub(crate) fn files(all: &[(&str, &str)]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in all {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let paths = all.iter().map(|(path, _)| (*path).to_owned()).collect();
    Run::new(folder.path().to_owned(), Folder::Own(folder), paths)
}

/// A file that is there.
pub(crate) fn at(root: &Path, path: &str) -> Run {
    Run::new(root.to_owned(), Folder::Given(root.to_owned()), vec![path.to_owned()])
}

impl Run {
    fn new(root: PathBuf, folder: Folder, files: Vec<String>) -> Self {
        let context = SessionContext {
            run: TestrunId(7),
            files: Arc::from([]),
            root,
            in_place: true,
            options: Options::new(),
            environment: BTreeMap::new(),
            limits: Limits { file_timeout: Duration::from_mins(2), ..Limits::default() },
            max_fail: None,
            slots: 1,
        };
        Self { executor: None, folder, file: files[0].clone(), files, context }
    }

    pub(crate) fn on(mut self, executor: PytestExecutor) -> Self {
        self.executor = Some(executor);
        self
    }

    /// Turns to another of its files.
    pub(crate) fn turn_to(&mut self, file: &str) {
        file.clone_into(&mut self.file);
    }

    pub(crate) fn uploaded(mut self) -> Self {
        self.context.in_place = false;
        self
    }

    pub(crate) fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.context.options.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.context.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn max_fail(mut self, n: u32) -> Self {
        self.context.max_fail = Some(n);
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.context.limits.file_timeout = timeout;
        self
    }

    pub(crate) fn grace(mut self, grace: Duration) -> Self {
        self.context.limits.grace = grace;
        self
    }

    pub(crate) fn root(&self) -> &Path {
        match &self.folder {
            Folder::Own(folder) => folder.path(),
            Folder::Given(folder) => folder,
        }
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn Session>, ExecError> {
        let mut context = self.context.clone();
        let record = |path: &String| FileRecord {
            path: path.clone(),
            role: if path.contains("test_") { FileRole::Test } else { FileRole::Support },
            size: 0,
            digest: None,
            result: None,
        };
        context.files = self.files.iter().map(record).collect();
        let executor = match &self.executor {
            Some(executor) => executor.clone(),
            None => executor().await,
        };
        executor.open(context).await
    }

    pub(crate) fn job(&self) -> FileJob {
        FileJob { index: 0, path: self.file.clone(), item: ItemId(1), epoch: Epoch(3), attempt: 1 }
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Ran {
        self.run_and(|_, _| {}).await
    }

    /// Runs it and calls `watch` with each event, which may ask for a stop.
    pub(crate) async fn run_and(self, watch: impl FnMut(&EventBody, &StopHandle) + Send) -> Ran {
        let session = self.open().await.unwrap();
        let ran = self.run_in(&session, watch).await;
        session.close().await;
        ran
    }

    /// Runs it in a session that is open, and calls `watch` as above.
    pub(crate) async fn run_in(
        &self,
        session: &Arc<dyn Session>,
        mut watch: impl FnMut(&EventBody, &StopHandle) + Send,
    ) -> Ran {
        let (sink, mut events) = FileSink::channel(0);
        let (handle, stop) = StopHandle::new();
        let executing = {
            let (session, job) = (Arc::clone(session), self.job());
            tokio::spawn(async move { session.execute(job, sink, stop).await })
        };
        let mut ran = Ran::default();
        while let Some(event) = events.next().await {
            watch(&event.body, &handle);
            ran.take(event.body);
        }
        ran.verdict = Some(executing.await.unwrap().unwrap());
        ran
    }
}

/// What was reported.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    verdict: Option<Verdict>,
    pub(crate) cases: Vec<CaseResult>,
    /// Stream, case and bytes, in order.
    pub(crate) output: Vec<(Stream, Option<String>, Vec<u8>)>,
}

impl Ran {
    fn take(&mut self, body: EventBody) {
        match body {
            EventBody::Case(case) => self.cases.push(case),
            EventBody::Log(log) => match self.output.last_mut() {
                Some((stream, case, bytes)) if *stream == log.stream && *case == log.case => {
                    bytes.extend_from_slice(&log.data);
                }
                _ => self.output.push((log.stream, log.case, log.data)),
            },
            _ => {}
        }
    }

    pub(crate) fn verdict(&self) -> &Verdict {
        self.verdict.as_ref().unwrap()
    }

    pub(crate) fn outcome(&self) -> FileOutcome {
        self.verdict().outcome
    }

    pub(crate) fn message(&self) -> &str {
        self.verdict().message.as_deref().unwrap_or_default()
    }

    /// Names and outcomes, in order.
    pub(crate) fn outcomes(&self) -> Vec<(&str, CaseOutcome)> {
        self.cases.iter().map(|case| (case.case.as_str(), case.outcome)).collect()
    }

    pub(crate) fn case(&self, name: &str) -> &CaseResult {
        self.cases.iter().find(|case| case.case == name).unwrap_or_else(|| panic!("no {name} in {self:#?}"))
    }

    pub(crate) fn case_message(&self, name: &str) -> &str {
        self.case(name).message.as_deref().unwrap_or_default()
    }

    /// What a case wrote to a stream.
    pub(crate) fn wrote(&self, stream: Stream, case: Option<&str>) -> String {
        let pieces = self.output.iter().filter(|(of, by, _)| *of == stream && by.as_deref() == case);
        let bytes: Vec<u8> = pieces.flat_map(|(_, _, bytes)| bytes.clone()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Everything that was written, of all streams.
    pub(crate) fn all_output(&self) -> String {
        self.output.iter().map(|(_, _, bytes)| String::from_utf8_lossy(bytes)).collect()
    }
}

/// Whether a process is there and not a zombie.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// A stop that never comes.
pub(crate) fn no_stop() -> Stop {
    Stop::never()
}
