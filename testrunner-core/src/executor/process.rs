//! An executor that runs any program, one process per file; the exit code decides.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::function::with_case;
use super::{ExecError, Executor, FileJob, FileSink, Session, SessionContext, Stop, Tree, Verdict};
use crate::event::Stream;
use crate::testrun::{FileOutcome, Options};

/// How long output may still come after the program has ended, from processes that it left behind.
const LEAK_TIMEOUT: Duration = Duration::from_millis(500);
/// Variables that an uploaded batch's programs get from the runner's own environment.
const MINIMAL: [&str; 4] = ["PATH", "LANG", "TZ", "TMPDIR"];

/// Runs `program ARGS FILE` for each file: exit code 0 is passed, any other failed, a signal crashed.
///
/// Each program gets a process group of its own, which is killed when the program has ended, on a stop after
/// the grace, and when the session is dropped. A process that leaves its group is not found.
#[derive(Clone, Debug)]
pub struct ProcessExecutor {
    name: String,
    program: OsString,
    args: Vec<OsString>,
    select: fn(&str) -> bool,
}

impl ProcessExecutor {
    /// An executor of this name that runs `program`.
    pub fn new(name: impl Into<String>, program: impl Into<OsString>) -> Self {
        Self { name: name.into(), program: program.into(), args: Vec::new(), select: |_| true }
    }

    /// Adds an argument before the file's path.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Tells by their paths which files are tests; without it all are.
    #[must_use]
    pub fn selecting(mut self, select: fn(&str) -> bool) -> Self {
        self.select = select;
        self
    }
}

#[async_trait]
impl Executor for ProcessExecutor {
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
        Ok(Arc::new(ProcessSession { executor: self.clone(), context }))
    }
}

#[derive(Debug)]
struct ProcessSession {
    executor: ProcessExecutor,
    context: SessionContext,
}

impl ProcessSession {
    fn command(&self, file: &FileJob) -> Command {
        let mut command = Command::new(&self.executor.program);
        command.args(&self.executor.args).arg(&file.path).current_dir(&self.context.root);
        if !self.context.in_place {
            command.env_clear();
            command.envs(MINIMAL.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
            command.env("HOME", &self.context.root);
        }
        command
            .envs(&self.context.environment)
            .env("TESTRUNNER_EPOCH", file.epoch.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

#[async_trait]
impl Session for ProcessSession {
    async fn execute(&self, file: FileJob, sink: FileSink, mut stop: Stop) -> Result<Verdict, ExecError> {
        let started = Instant::now();
        let mut child = self.command(&file).spawn().map_err(|error| {
            let program = self.executor.program.display();
            ExecError::fatal(format!("cannot start {program} for {}: {error}", file.path))
        })?;
        let group = Group::of(&child);
        // Dropped with this future, which ends the reading.
        let mut reading = JoinSet::new();
        reading.spawn(copy(child.stdout.take(), Stream::Stdout, sink.clone()));
        reading.spawn(copy(child.stderr.take(), Stream::Stderr, sink.clone()));
        let limits = &self.context.limits;
        let (status, ending) = tokio::select! {
            status = child.wait() => (Some(status), None),
            () = tokio::time::sleep(limits.file_timeout) => (None, Some(Ending::TimedOut)),
            _ = stop.soft() => (None, Some(Ending::Stopped)),
        };
        let status = if let Some(status) = status {
            status
        } else {
            group.signal(Signal::TERM);
            tokio::select! {
                status = child.wait() => status,
                () = stopped_hard(&mut stop, limits.grace) => group.kill(&mut child).await,
            }
        };
        {
            let all_read = async { while reading.join_next().await.is_some() {} };
            tokio::pin!(all_read);
            if tokio::time::timeout(LEAK_TIMEOUT, &mut all_read).await.is_err() {
                group.signal(Signal::KILL);
                // Whoever still holds the pipes has left the group; what it writes is not ours.
                let _ = tokio::time::timeout(LEAK_TIMEOUT, &mut all_read).await;
            }
        }
        drop(group);
        let status =
            status.map_err(|error| ExecError::transient(format!("waiting for {}: {error}", file.path)))?;
        let verdict = judge(status, ending, limits.file_timeout);
        Ok(with_case(verdict, file.path, started.elapsed(), &sink).await)
    }

    async fn close(&self) {}
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    TimedOut,
    Stopped,
}

fn judge(status: ExitStatus, ending: Option<Ending>, limit: Duration) -> Verdict {
    use std::os::unix::process::ExitStatusExt as _;
    match (ending, status.code(), status.signal()) {
        (Some(Ending::TimedOut), ..) => {
            Verdict::new(FileOutcome::TimedOut, 0).because(format!("did not end within {limit:?}"))
        }
        (Some(Ending::Stopped), ..) => Verdict::new(FileOutcome::Cancelled, 0),
        (None, Some(0), _) => Verdict::new(FileOutcome::Passed, 0),
        (None, Some(code), _) => Verdict::new(FileOutcome::Failed, 0).because(format!("exit code {code}")),
        (None, None, signal) => {
            let signal = signal.unwrap_or_default();
            Verdict::new(FileOutcome::Crashed, 0).because(format!("killed by signal {signal}"))
        }
    }
}

/// Returns when the grace is over or everything is to be killed.
async fn stopped_hard(stop: &mut Stop, grace: Duration) {
    let _ = tokio::time::timeout(grace, stop.hard()).await;
}

async fn copy(from: Option<impl AsyncRead + Unpin>, stream: Stream, sink: FileSink) {
    let Some(mut from) = from else { return };
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        sink.log(stream, &buffer[..read]).await;
    }
}

/// The process group of a program; killed when dropped.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)))
    }

    fn signal(&self, signal: Signal) {
        // An error means that nobody is left to be signalled.
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, signal);
        }
    }

    async fn kill(&self, child: &mut Child) -> std::io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        child.wait().await
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
