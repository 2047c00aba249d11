//! A session over a folder with files, and hands on what runs there.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use testrunner_core::event::{EventBody, NewEvent};
use testrunner_core::executor::{
    ExecError, FileJob, FileSink, SessionContext, SinkReceiver, StopHandle, Verdict,
};
use testrunner_core::testrun::{FileRecord, FileRole};
use testrunner_core::{Epoch, Executor, ItemId, Limits, Options, Session, TestrunId};
use tokio::task::JoinHandle;

use super::{ExecutorHarness, Play};

/// Longest time for anything here: a bound for what hangs, no measure of speed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An open session. The folder goes with it.
pub(super) struct Room<'h, H> {
    harness: &'h H,
    folder: TempDir,
    pub(super) session: Arc<dyn Session>,
    files: Arc<[FileRecord]>,
}

impl<'h, H: ExecutorHarness> Room<'h, H> {
    /// Lays out these files and opens a session over them; `None` when the executor cannot have one of them.
    pub(super) async fn open(harness: &'h H, limits: Limits, plays: &[Play]) -> Option<Self> {
        let room = Self::open_with(harness, harness.executor().await, limits, plays).await?;
        Some(room.expect("a session"))
    }

    pub(super) async fn open_with(
        harness: &'h H,
        executor: Arc<dyn Executor>,
        limits: Limits,
        plays: &[Play],
    ) -> Option<Result<Self, ExecError>> {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = Vec::new();
        for play in plays {
            let Some((path, content)) = harness.file(*play) else {
                skipped(*play);
                return None;
            };
            std::fs::write(folder.path().join(&path), &content).expect("a file");
            let size = content.len() as u64;
            files.push(FileRecord { path, role: FileRole::Test, size, digest: None, result: None });
        }
        let files: Arc<[FileRecord]> = files.into();
        let context = harness.context(SessionContext {
            run: TestrunId(1),
            files: Arc::clone(&files),
            root: folder.path().to_owned(),
            in_place: true,
            options: Options::new(),
            environment: [("PLAYED_BY".to_owned(), "testkit".to_owned())].into(),
            limits,
            max_fail: None,
            slots: plays.len().max(1),
        });
        let opened = executor.open(context).await;
        Some(opened.map(|session| Self { harness, folder, session, files }))
    }

    /// Starts a file.
    pub(super) fn start(&self, index: usize) -> Running {
        let (sink, events) = FileSink::channel(index as u32);
        let (stop, follow) = StopHandle::new();
        let job = FileJob {
            index: index as u32,
            path: self.files[index].path.clone(),
            item: ItemId(1),
            epoch: Epoch(1),
            attempt: 1,
        };
        let session = Arc::clone(&self.session);
        let task = tokio::spawn(async move {
            let verdict = session.execute(job, sink.clone(), follow).await;
            verdict.map(|verdict| verdict.proven(sink.reported(), sink.counts().bad()))
        });
        Running { task, events, output: Vec::new(), stop }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.harness.is_alive(self.folder.path())
    }

    /// Waits until nothing is left, where nobody waits for it.
    pub(super) async fn assert_dies(&self) {
        let gone = async {
            while self.is_alive() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, gone).await.expect("what a file started outlives it");
    }

    pub(super) async fn close(self) {
        tokio::time::timeout(PATIENCE, self.session.close()).await.expect("closes in time");
    }
}

/// A file that runs.
pub(super) struct Running {
    pub(super) task: JoinHandle<Result<Verdict, ExecError>>,
    events: SinkReceiver,
    pub(super) output: Vec<u8>,
    pub(super) stop: StopHandle,
}

impl Running {
    /// Reads until the file has printed this.
    pub(super) async fn until_said(&mut self, word: &str) {
        let said = async {
            while !self.has_said(word) {
                let event = self.events.next().await;
                self.take(event.unwrap_or_else(|| panic!("the file ended before it printed {word:?}")));
            }
        };
        tokio::time::timeout(PATIENCE, said).await.expect("the file says something in time");
    }

    pub(super) fn has_said(&self, word: &str) -> bool {
        self.output.windows(word.len()).any(|window| window == word.as_bytes())
    }

    /// Reads to the end, and returns what the executor said of the file.
    pub(super) async fn ended(&mut self) -> Result<Verdict, ExecError> {
        let ending = async {
            while let Some(event) = self.events.next().await {
                self.take(event);
            }
            (&mut self.task).await.expect("an executor does not panic")
        };
        tokio::time::timeout(PATIENCE, ending).await.expect("the file ends in time")
    }

    fn take(&mut self, event: NewEvent) {
        if let EventBody::Log(log) = event.body {
            self.output.extend_from_slice(&log.data);
        }
    }
}

#[expect(clippy::print_stderr, reason = "a skipped case is to be seen")]
fn skipped(play: Play) {
    eprintln!("skipped: this executor has no file that {play:?}");
}
