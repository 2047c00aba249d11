//! The keeper's side in Rust: starts it, gives it the job, passes commands on and hears how it ended.

mod output;
mod packet;
mod sweep;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

pub(crate) use output::Output;
pub(crate) use packet::{Packet, Packets};

use crate::frame::FRAME;

/// How long the keeper may take to leave after its last word.
const LEAVE: Duration = Duration::from_secs(5);
/// Most that is kept of what a keeper says when it fails.
const COMPLAINT: u64 = 8 << 10;

/// What one child is to do. `python/testrunner_runtime/keeper.py` reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Job {
    /// The command line of pytest, without the program.
    pub(crate) args: Vec<String>,
    /// Variables of this file.
    pub(crate) env: BTreeMap<String, String>,
    /// The test file, relative to the working directory.
    pub(crate) file: String,
}

/// How the child ended.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Exit {
    /// Its exit code.
    pub(crate) code: Option<i32>,
    /// The signal that killed it.
    pub(crate) signal: Option<i32>,
    /// Processes that outlived it.
    #[serde(default)]
    pub(crate) leaked: Vec<Leaked>,
}

/// A process that outlived its test file.
#[derive(Debug, Deserialize)]
pub(crate) struct Leaked {
    /// Its command line.
    pub(crate) cmd: String,
    /// It could not be killed.
    #[serde(default)]
    pub(crate) alive: bool,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Word {
    Started { pid: i32 },
    Exit(Exit),
}

/// The streams of a running child.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) results: Packets,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
}

/// A running keeper. Dropping it closes the control socket, upon which the keeper kills all that it started.
#[derive(Debug)]
pub(crate) struct Keeper {
    control: Packets,
    process: Child,
    child: ChildGroup,
    cell: String,
}

impl Keeper {
    /// Starts one with a job. `command` runs the supervisor; the rest is set here.
    pub(crate) fn start(mut command: Command, cell: String, job: &Job) -> io::Result<(Self, Streams)> {
        let job = serde_json::to_vec(job)?;
        if job.len() > FRAME {
            return Err(io::Error::other("the arguments for pytest are longer than 64 KiB"));
        }
        let (control, theirs) = Packets::pair()?;
        let (results, results_end) = Packets::pair()?;
        let (stdout, stdout_end) = Output::pipe()?;
        let (stderr, stderr_end) = Output::pipe()?;
        command.env(sweep::MARK, &cell).process_group(0);
        command.stdin(Stdio::from(theirs)).stdout(Stdio::null()).stderr(Stdio::piped());
        // Not killed on drop: a killed keeper could not kill what it keeps.
        let process = command.spawn()?;
        // The command holds its copy of the socket, which must be closed for an end of file to be seen.
        drop(command);
        let ends = [results_end.as_fd(), stdout_end.as_fd(), stderr_end.as_fd()];
        // Should it be gone already, its end says so below.
        let _ = control.send_with(&job, &ends);
        let keeper = Self { control, process, child: ChildGroup(None), cell };
        Ok((keeper, Streams { results, stdout, stderr }))
    }

    /// Asks the child to come to an end, as Ctrl-C would.
    pub(crate) fn interrupt(&self) {
        // An error means that the keeper is gone, which `ended` tells.
        let _ = self.control.send(br#"{"stop":"soft"}"#);
    }

    /// Has everything killed.
    pub(crate) fn kill(&self) {
        let _ = self.control.send(br#"{"stop":"hard"}"#);
    }

    /// Returns when the child and all that it started are dead; `None` when the keeper died instead.
    /// Cancel-safe.
    pub(crate) async fn ended(&mut self) -> Option<Exit> {
        loop {
            let word = match self.control.receive().await {
                Packet::Message(packet) => serde_json::from_slice(packet).ok()?,
                Packet::Oversized(_) | Packet::End => return None,
            };
            match word {
                Word::Started { pid } => self.child = ChildGroup(Pid::from_raw(pid)),
                Word::Exit(exit) => {
                    self.child.0 = None;
                    return Some(exit);
                }
            }
        }
    }

    /// Whether the child was started.
    pub(crate) const fn has_started(&self) -> bool {
        self.child.0.is_some()
    }

    /// Takes the keeper's leave after `ended` returned an exit.
    pub(crate) async fn leave(mut self) {
        if tokio::time::timeout(LEAVE, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }

    /// Cleans up after a keeper that is dead or does not answer. Returns what it said on standard error.
    pub(crate) async fn bury(mut self) -> String {
        let _ = self.process.kill().await;
        self.child.kill();
        let cell = self.cell.clone();
        let _ = tokio::task::spawn_blocking(move || sweep::sweep(&cell)).await;
        let mut said = Vec::new();
        if let Some(stderr) = self.process.stderr.take() {
            let reading = stderr.take(COMPLAINT).read_to_end(&mut said).await;
            tracing::debug!(?reading, "a keeper ended without a word");
        }
        String::from_utf8_lossy(&said).trim().to_owned()
    }
}

/// The process group of the child while it lives; killed when dropped.
#[derive(Debug)]
struct ChildGroup(Option<Pid>);

impl ChildGroup {
    fn kill(&self) {
        if let Some(group) = self.0 {
            // An error means that it has ended already.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The command that starts a supervisor: `python <runtime>/supervisor.py`.
pub(crate) fn command(python: &Path, supervisor: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(supervisor);
    command
}
