//! One Testrun on one worker.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::executor::{
    ExecError, FileJob, FileSink, FolderTree, Scratch, Session, SessionContext, Stop, StopLevel, Verdict,
};
use testrunner_core::testrun::{FileOutcome, FileRecord, FileRole};
use tokio::process::Command;
use tokio::sync::{Mutex, oneshot};
use tokio::time::Instant;

use crate::command::{self, Settings};
use crate::coverage::Coverage;
use crate::environment::{Environment, tool};
use crate::keeper::{self, Exit, Job, Keeper, Origin, Pool, Waiting};
use crate::listen::{Heard, listen};
use crate::options::{IsolationLevel, PytestOptions};
use crate::select;
use crate::verdict::{Ending, judge};
use crate::warm::{Kind, Nursery};

/// How long the keeper may take to kill everything before it is killed itself.
const KILL: Duration = Duration::from_secs(15);

/// How often a file is given to a fresh process when no test code has run yet.
const STARTS: u32 = 2;

/// So many files save together what a rehearsal costs.
const REHEARSAL: usize = 50;

#[derive(Debug)]
pub(crate) struct PytestSession {
    pub(crate) context: SessionContext,
    pub(crate) options: PytestOptions,
    pub(crate) environment: Environment,
    pub(crate) supervisor: PathBuf,
    /// For pytest's cache folders. Removed with the session, by the zygote when the program was killed.
    pub(crate) scratch: Scratch,
    /// Where it is measured.
    pub(crate) coverage: Option<Coverage>,
    /// Files of an upload, to look for settings among them.
    pub(crate) tree: Option<FolderTree>,
    pub(crate) pool: Pool,
    /// How many files were given to this session.
    pub(crate) taken: AtomicUsize,
    /// Held by the file that runs where all share one process.
    pub(crate) turn: Mutex<()>,
    /// Where it may be served by what was started ahead.
    pub(crate) warmth: Option<Warmth>,
}

/// What was started ahead, for Testruns of one kind.
#[derive(Debug)]
pub(crate) struct Warmth {
    pub(crate) nursery: Arc<Nursery>,
    pub(crate) kind: Kind,
}

impl Warmth {
    /// Whether a Testrun may be served by it: what its folder holds and its variables say must make no difference
    /// before pytest is told of them.
    pub(crate) fn is_for(context: &SessionContext) -> bool {
        let is_early = |name: &String| name.starts_with("PYTHON") || name.starts_with("PYTEST");
        !context.in_place
            && !context.environment.keys().any(is_early)
            // Where Python looks for the packages of a user.
            && !context.files.iter().any(|file| file.path.starts_with(".local/"))
    }
}

#[async_trait]
impl Session for PytestSession {
    async fn execute(&self, file: FileJob, sink: FileSink, mut stop: Stop) -> Result<Verdict, ExecError> {
        // In one process files wait for each other.
        let _turn = match self.options.isolation_level {
            IsolationLevel::Run => Some(self.turn.lock().await),
            IsolationLevel::File | IsolationLevel::Group => None,
        };
        let before = self.taken.fetch_add(1, Ordering::Relaxed);
        let is_followed = before + 1 < self.tests();
        let mut said = String::new();
        for _ in 0..STARTS {
            if stop.level() != StopLevel::Go {
                return Ok(Verdict::new(FileOutcome::Cancelled, 0));
            }
            match self.attempt(&file, is_followed, &sink, &mut stop).await? {
                Attempt::Judged(verdict) => return Ok(verdict),
                Attempt::NotStarted(why) => said = why,
            }
        }
        let python = self.environment.python.display();
        let said = if said.is_empty() { "it said nothing" } else { &said };
        Err(ExecError::transient(format!("{python} could not be started for {}: {said}", file.path)))
    }

    async fn close(&self) {
        // First, so that the zygote need not ask itself whether somebody is there to do it.
        self.scratch.remove();
        self.pool.close().await;
        if let Some(coverage) = &self.coverage {
            // The files of an upload go with their session, and so does what was measured of them.
            if self.context.in_place {
                coverage.combine(self.combine()).await;
            }
            coverage.remove();
        }
    }
}

enum Attempt {
    Judged(Verdict),
    /// No test was begun, so nothing is lost; with what was said.
    NotStarted(String),
}

impl PytestSession {
    async fn attempt(
        &self,
        file: &FileJob,
        is_followed: bool,
        sink: &FileSink,
        stop: &mut Stop,
    ) -> Result<Attempt, ExecError> {
        let cache = self.scratch.path().join(unique());
        let mut job = self.job(file, &cache)?;
        let failed = |error: &dyn fmt::Display| {
            let python = self.environment.python.display();
            ExecError::transient(format!("cannot start {python} for {}: {error}", file.path))
        };
        let mut keeper = self.pool.take(self, &job).await.map_err(|error| failed(&error))?;
        job.stay = is_followed && keeper.shared() + 1 < self.options.isolation_level.files();
        tracing::trace!("a keeper is there");
        let streams = keeper.run(job).map_err(|error| failed(&error))?;
        let mut heard = Heard::default();
        let (is_over, over) = oneshot::channel();
        let (exit, ending) = {
            let listening = listen(streams, sink, &mut heard, over);
            self.watch(&mut keeper, listening, is_over, stop).await
        };
        tracing::trace!("nothing of it is left");
        if exit.is_some() {
            self.pool.give_back(keeper).await;
        } else {
            // A keeper can die between forking the child and saying so: then the child itself is heard.
            let started = keeper.has_started() || heard.has_begun();
            let said = self.pool.bury(keeper).await;
            if !started && ending == Ending::Own {
                return Ok(Attempt::NotStarted(said));
            }
        }
        // Nothing is lost when it stays: the whole folder goes with the session.
        let _ = tokio::fs::remove_dir_all(cache).await;
        let (verdict, unfinished) = judge(heard, exit.as_ref(), &ending);
        if let Some(case) = unfinished {
            sink.case(case).await;
        }
        Ok(Attempt::Judged(verdict))
    }

    /// How many files there are to run.
    fn tests(&self) -> usize {
        self.context.files.iter().filter(|file| file.role == FileRole::Test).count()
    }

    fn job(&self, file: &FileJob, cache: &Path) -> Result<Job, ExecError> {
        let settings = match &self.tree {
            Some(tree) if !select::has_settings_for(tree, &file.path)? => Settings::NothingAboveRoot,
            _ => Settings::OwnRules,
        };
        let args = command::args(&self.context.root, self.context.max_fail, &self.options, settings)?;
        let coverage = self.coverage.as_ref().map(|coverage| coverage.variable(&unique())).transpose()?;
        let env = command::variables(file, cache, coverage)?;
        Ok(Job { args, arg: command::file(file), env, file: file.path.clone(), stay: false })
    }

    /// Whether pytest is told nothing but what we tell it by default, and no conftest may want to be there early.
    fn is_plain(&self, job: &Job) -> bool {
        let plain =
            command::args(&self.context.root, None, &PytestOptions::default(), Settings::NothingAboveRoot);
        let is_conftest = |file: &FileRecord| file.path.ends_with("conftest.py");
        plain.is_ok_and(|plain| plain == job.args) && !self.context.files.iter().any(is_conftest)
    }

    fn combine(&self) -> Command {
        let program = self.supervisor.with_file_name("testrunner_runtime").join("combine.py");
        let mut command = tool::guarded(&self.environment.python);
        command.arg(program);
        command::surround(&mut command, &self.context);
        command
    }

    /// Waits for the end of a child, and brings it about where time or somebody asks for it.
    async fn watch(
        &self,
        keeper: &mut Keeper,
        listening: impl Future<Output = Result<(), crate::listen::Broken>>,
        is_over: oneshot::Sender<()>,
        stop: &mut Stop,
    ) -> (Option<Exit>, Ending) {
        tokio::pin!(listening);
        let limits = &self.context.limits;
        let limit = tokio::time::sleep(limits.file_timeout);
        tokio::pin!(limit);
        let mut ending = Ending::Own;
        let mut heard_all = false;
        let mut killed = stop.clone();
        // What is done next if nothing happens: kill the tests, then give the keeper up.
        let (mut kill_at, mut give_up_at) = (None, None);
        let exit = loop {
            tokio::select! {
                exit = keeper.ended() => break exit,
                _ = killed.hard(), if give_up_at.is_none() => {
                    if ending == Ending::Own {
                        ending = Ending::Stopped;
                    }
                    keeper.kill();
                    give_up_at = Some(Instant::now() + KILL);
                }
                _ = stop.soft(), if ending == Ending::Own => {
                    ending = Ending::Stopped;
                    keeper.interrupt();
                    kill_at = Some(Instant::now() + limits.grace);
                }
                () = &mut limit, if ending == Ending::Own => {
                    ending = Ending::TimedOut(limits.file_timeout);
                    keeper.interrupt();
                    kill_at = Some(Instant::now() + limits.grace);
                }
                () = at(kill_at), if give_up_at.is_none() => {
                    keeper.kill();
                    give_up_at = Some(Instant::now() + KILL);
                }
                () = at(give_up_at) => break None,
                result = &mut listening, if !heard_all => {
                    heard_all = true;
                    if let Err(broken) = result {
                        ending = Ending::Broken(broken);
                        kill_at = Some(Instant::now());
                    }
                }
            }
        };
        // Nobody is left who could write: what is still in the pipes is all that there will be.
        let _ = is_over.send(());
        if !heard_all && let Err(broken) = listening.await {
            ending = Ending::Broken(broken);
        }
        (exit, ending)
    }
}

impl Origin for PytestSession {
    fn command(&self) -> Command {
        let mut command = keeper::command(&self.environment.python, &self.supervisor);
        command.arg(self.scratch.folder());
        command::surround(&mut command, &self.context);
        command
    }

    fn cell(&self) -> String {
        // By the folder's name it is found also when this program was killed.
        let session = self.scratch.folder().file_name().unwrap_or_default().to_string_lossy();
        format!("{session}.{}", unique())
    }

    fn stderr(&self) -> PathBuf {
        self.scratch.path().join(format!("stderr-{}", unique()))
    }

    fn rehearses(&self) -> bool {
        self.tests() >= REHEARSAL
    }

    async fn waiting(&self, first: &Job) -> Option<Waiting> {
        let Warmth { nursery, kind } = self.warmth.as_ref()?;
        nursery.take(kind, self.is_plain(first)).await
    }

    fn root(&self) -> &Path {
        &self.context.root
    }

    fn folder(&self) -> &Path {
        self.scratch.folder()
    }

    fn variables(&self) -> BTreeMap<String, String> {
        command::of_the_run(&self.context).unwrap_or_default()
    }
}

/// Returns at that time; never without one.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// A name that no other file of this process gets.
fn unique() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Keeps what a session of uploaded files needs to find their settings.
pub(crate) fn tree(context: &SessionContext) -> Option<FolderTree> {
    let paths = || context.files.iter().map(|file| file.path.clone()).collect();
    (!context.in_place).then(|| FolderTree::new(&context.root, paths()))
}
