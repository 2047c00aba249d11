//! Executors: how a test file is run. The port has two storeys: a [`Session`] is opened once per Testrun and
//! worker, files are executed in it one by one.
//!
//! # Contract
//! * A failing test is a result, `Ok(Verdict)`; an [`ExecError`] says that the file could not be judged.
//! * When `execute` returns, no process that it started is alive any more; when `close` returns, none of the
//!   session is. Dropping a future or a session must lead to the same end without waiting for it.
//! * "Passed" needs proof: the engine turns `Passed` into `Errored` when the number of tests reported is not
//!   the number collected, or when there is none.

mod error;
mod function;
mod process;
mod scratch;
mod sink;
mod stop;
mod tree;
mod verdict;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

pub use error::ExecError;
pub use function::{FnExecutor, FnJob};
pub use process::ProcessExecutor;
pub use scratch::Scratch;
pub use sink::{FileSink, SinkReceiver};
pub(crate) use sink::{LogBudget, SinkMessage};
pub use stop::{Stop, StopHandle, StopLevel};
pub use tree::{FolderTree, MemoryTree, Tree};
pub use verdict::Verdict;

use crate::id::{Epoch, ItemId, TestrunId};
use crate::testrun::{FileRecord, Limits, Options};

/// Runs test files of one kind.
#[async_trait]
pub trait Executor: Debug + Send + Sync + 'static {
    /// The name by which Testruns ask for it.
    fn name(&self) -> &str;

    /// Tells which files of a tree are tests. Pure: looks at names and at the framework's settings in the
    /// tree, executes nothing, so that a server without workers can plan.
    ///
    /// # Errors
    /// Settings that cannot be read, with the file's name.
    fn select(&self, tree: &dyn Tree) -> Result<Vec<String>, ExecError>;

    /// Checks the options of a Testrun before it is stored.
    ///
    /// # Errors
    /// Names the option and what it takes.
    fn check(&self, options: &Options) -> Result<(), ExecError>;

    /// Opens the cell that the files of one Testrun run in on this worker.
    ///
    /// # Errors
    /// The environment cannot be had; says what to do.
    async fn open(&self, context: SessionContext) -> Result<Arc<dyn Session>, ExecError>;
}

/// One Testrun on one worker. `execute` may be called concurrently, up to `slots` times.
#[async_trait]
pub trait Session: Debug + Send + Sync + 'static {
    /// Runs one file to its end in a fresh process of the cell.
    ///
    /// # Errors
    /// The file could not be judged for reasons that are not its own.
    async fn execute(&self, file: FileJob, sink: FileSink, stop: Stop) -> Result<Verdict, ExecError>;

    /// Ends the cell and everything in it. Called once, after the last `execute` returned.
    async fn close(&self);
}

/// What a session needs to know of its Testrun.
#[derive(Clone, Debug)]
pub struct SessionContext {
    /// The Testrun.
    pub run: TestrunId,
    /// All its files, tests and support; [`FileJob::index`] counts in it.
    pub files: Arc<[FileRecord]>,
    /// Absolute folder that the files' paths are relative to; also the working directory.
    pub root: PathBuf,
    /// The folder is the user's own: it is not to be littered, and the environment is the user's.
    pub in_place: bool,
    /// Settings, checked by [`Executor::check`].
    pub options: Options,
    /// Variables to set beside the inherited ones (in place) or the minimal ones (uploads).
    pub environment: BTreeMap<String, String>,
    /// Bounds.
    pub limits: Limits,
    /// Failed cases after which a file may stop by itself.
    pub max_fail: Option<u32>,
    /// Most files that are executed at the same time.
    pub slots: usize,
}

/// One file to be executed.
#[derive(Clone, Debug)]
pub struct FileJob {
    /// Its index in [`SessionContext::files`].
    pub index: u32,
    /// Its path relative to the root.
    pub path: String,
    /// The item that it is executed for.
    pub item: ItemId,
    /// The item's epoch; tests with effects outside can fence their own resources with it.
    pub epoch: Epoch,
    /// 1 for the first time.
    pub attempt: u32,
}
