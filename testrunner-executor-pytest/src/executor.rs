//! The executor and its builder.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use testrunner_core::executor::{ExecError, Executor, Scratch, Session, SessionContext, Tree};
use testrunner_core::testrun::Options;
use tokio::sync::OnceCell;

use crate::coverage::Coverage;
use crate::environment::{Environment, Search, Wanted};
use crate::keeper::{self, Pool};
use crate::options::PytestOptions;
use crate::session::{PytestSession, Warmth, tree};
use crate::warm::{Kind, Nursery};
use crate::{runtime, select};

/// Runs pytest files, each in a fresh process. Its name is `pytest`.
///
/// Clones share the environments that were found, and what is started ahead of need.
#[derive(Clone, Debug)]
pub struct PytestExecutor {
    data: PathBuf,
    search: Search,
    found: Found,
    nursery: Arc<Nursery>,
}

impl PytestExecutor {
    /// A builder with the defaults: environments are searched, data is kept in the user's data folder.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Finds the Python that tests below `root` run with, or builds it. Once found it is remembered.
    ///
    /// # Errors
    /// There is none and none can be built; says what to do.
    pub async fn prepare(&self, root: &Path) -> Result<Environment, ExecError> {
        self.environment(Some(root)).await
    }

    /// Starts what was asked for by [`Builder::warm`], unless it is there, and waits for it. It would be started without
    /// this, too, but nobody can tell when.
    ///
    /// # Errors
    /// There is no Python, or it cannot be used in this way; Testruns start as if nothing had been asked for.
    pub async fn warm_up(&self) -> Result<(), ExecError> {
        let environment = self.environment(None).await?;
        let data = self.data.clone();
        let installed = tokio::task::spawn_blocking(move || runtime::install(&data)).await;
        let supervisor = installed.map_err(std::io::Error::from).flatten().map_err(|error| unlaid(&error))?;
        let kind = Kind { python: environment.python, supervisor, environment: BTreeMap::new() };
        let warmed = self.nursery.warm_up(kind).await;
        warmed.map_err(|error| ExecError::transient(format!("nothing can be started ahead: {error}")))
    }

    /// Without a root, for uploaded files, none is looked for beside them.
    async fn environment(&self, root: Option<&Path>) -> Result<Environment, ExecError> {
        let cell = Arc::clone(self.found.lock().entry(root.map(Path::to_owned)).or_default());
        cell.get_or_try_init(|| self.search.find(root, &self.data)).await.cloned()
    }

    /// How a session can be served by what was started ahead.
    fn warmth(&self, context: &SessionContext, python: &Path, supervisor: &Path) -> Option<Warmth> {
        if !self.nursery.is_kept() || !Warmth::is_for(context) {
            return None;
        }
        let (python, supervisor) = (python.to_owned(), supervisor.to_owned());
        let kind = Kind { python, supervisor, environment: context.environment.clone() };
        Some(Warmth { nursery: Arc::clone(&self.nursery), kind })
    }
}

#[async_trait]
impl Executor for PytestExecutor {
    fn name(&self) -> &str {
        "pytest"
    }

    fn select(&self, tree: &dyn Tree) -> Result<Vec<String>, ExecError> {
        select::select(tree)
    }

    fn check(&self, options: &Options) -> Result<(), ExecError> {
        PytestOptions::read(options).map(drop)
    }

    async fn open(&self, context: SessionContext) -> Result<Arc<dyn Session>, ExecError> {
        let options = PytestOptions::read(&context.options)?;
        let environment = self.environment(context.in_place.then_some(context.root.as_path())).await?;
        let data = self.data.clone();
        let (told, also) = (context.clone(), options.clone());
        let made = tokio::task::spawn_blocking(move || {
            let coverage = Coverage::of(&told, &also, scratch)?;
            Ok::<_, std::io::Error>((runtime::install(&data)?, scratch()?, coverage))
        });
        let made = made.await.map_err(std::io::Error::from).flatten();
        let (supervisor, scratch, coverage) = made.map_err(|error| unlaid(&error))?;
        let tree = tree(&context);
        let warmth = self.warmth(&context, &environment.python, &supervisor);
        Ok(Arc::new(PytestSession {
            context,
            options,
            environment,
            supervisor,
            scratch,
            coverage,
            tree,
            pool: Pool::default(),
            taken: AtomicUsize::default(),
            turn: tokio::sync::Mutex::default(),
            warmth,
        }))
    }
}

/// Sets a [`PytestExecutor`] up.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    data: Option<PathBuf>,
    search: Search,
    warm: usize,
}

impl Builder {
    /// Uses this interpreter and looks for no other.
    pub fn python(mut self, python: impl Into<PathBuf>) -> Self {
        self.search.wanted = Wanted::Python(python.into());
        self
    }

    /// Always uses an environment of its own, with these requirements as `pip install` takes them. Without
    /// this it is built only where no pytest is found, and has `pytest` alone.
    pub fn requirements<R: Into<String>>(mut self, requirements: impl IntoIterator<Item = R>) -> Self {
        self.search.wanted = Wanted::Managed(requirements.into_iter().map(Into::into).collect());
        self
    }

    /// Keeps environments and its own Python files in this folder, not in the user's data folder.
    pub fn data_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Keeps so many processes started ahead of need, each of which serves one Testrun of uploaded files and ends with
    /// it; 0, the default, keeps none. Beside them two others are kept, of which they are forked: together some 60 MB.
    /// They are started in the background, from the first session on, or at once when this is built within a
    /// runtime of tokio. They are given up when something is installed, and after half an hour without a Testrun.
    pub fn warm(mut self, processes: usize) -> Self {
        self.warm = processes;
        self
    }

    /// Is told what is done when an environment is built, which takes a while.
    pub fn on_progress(mut self, progress: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.search.progress.set(progress);
        self
    }

    /// The executor. What programs that were killed have left, folders and processes, is gone when this returns.
    ///
    /// # Errors
    /// No data folder was given and the environment does not tell the user's.
    pub fn build(self) -> Result<PytestExecutor, ExecError> {
        let data = self.data.or_else(user_data).ok_or_else(|| {
            ExecError::fatal("there is no folder for data: set HOME or XDG_DATA_HOME, or name a folder")
        })?;
        // Python is started in other folders.
        let data = std::path::absolute(&data)
            .map_err(|error| ExecError::fatal(format!("the data folder {}: {error}", data.display())))?;
        sweep(&temp_dir());
        let nursery = Nursery::new(self.warm, scratch);
        let executor = PytestExecutor { data, search: self.search, found: Found::default(), nursery };
        if executor.nursery.is_kept()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let ahead = executor.clone();
            runtime.spawn(async move {
                if let Err(error) = ahead.warm_up().await {
                    tracing::warn!(error = error.message, "Testruns start cold");
                }
            });
        }
        Ok(executor)
    }
}

fn unlaid(error: &std::io::Error) -> ExecError {
    ExecError::transient(format!("cannot lay out the files that pytest is run with: {error}"))
}

/// How the names of sessions' folders begin.
const PREFIX: &str = "testrunner-pytest-";

fn temp_dir() -> PathBuf {
    let folder = std::env::temp_dir();
    // Python is started in other folders. An error means that there is none, which making a folder in it says.
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Removes what killed programs have left: their folders, and what still runs.
fn sweep(parent: &Path) {
    Scratch::sweep(parent, PREFIX, keeper::sweep_session);
}

/// A folder for a session.
fn scratch() -> std::io::Result<Scratch> {
    let parent = temp_dir();
    sweep(&parent);
    Scratch::new_in(&parent, PREFIX)
}

fn user_data() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")))?;
    Some(data.join("testrunner"))
}

/// Environments by the root that they were looked for from.
#[derive(Clone, Default)]
struct Found(Arc<Mutex<Environments>>);

type Environments = HashMap<Option<PathBuf>, Arc<OnceCell<Environment>>>;

impl Found {
    fn lock(&self) -> MutexGuard<'_, Environments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Found").field(&self.lock().len()).finish()
    }
}
