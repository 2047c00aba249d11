//! The keeper's side in Rust: gives it jobs, passes commands on and hears how they ended.

mod output;
mod packet;
mod pool;
mod process;
mod sweep;
mod zygote;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

pub(crate) use output::Output;
pub(crate) use packet::{Packet, Packets};
pub(crate) use pool::{Origin, Pool};
pub(crate) use process::{Process, spawn};
pub(crate) use sweep::sweep_session;
pub(crate) use zygote::Waiting;

use crate::frame::FRAME;

/// What one child is to do. `python/testrunner_runtime/keeper.py` reads it.
#[derive(Debug, Serialize)]
pub(crate) struct Job {
    /// The command line of pytest, without the program and the last argument.
    pub(crate) args: Vec<String>,
    /// The last argument, that of the file.
    pub(crate) arg: String,
    /// Variables of this file.
    pub(crate) env: BTreeMap<String, String>,
    /// The test file, relative to the working directory.
    pub(crate) file: String,
    /// Whether its child is to stay for another file.
    pub(crate) stay: bool,
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
    /// It has not ended, but waits for another file. Its code is what it would have ended with.
    #[serde(default)]
    pub(crate) stayed: bool,
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

/// A keeper. Dropping it closes the control socket, upon which it kills all that it started, and leaves.
#[derive(Debug)]
pub(crate) struct Keeper {
    control: Packets,
    child: ChildGroup,
    number: u64,
    /// That of its zygote.
    cell: String,
    /// How many files the child has run that stayed.
    shared: u32,
}

impl Keeper {
    const fn new(control: Packets, number: u64, cell: String) -> Self {
        Self { control, child: ChildGroup(None), number, cell, shared: 0 }
    }

    /// Gives it a job. Only when the one before has ended.
    pub(crate) fn run(&self, mut job: Job) -> io::Result<Streams> {
        job.env.insert(sweep::MARK.to_owned(), self.mark());
        let job = serde_json::to_vec(&job)?;
        if job.len() > FRAME {
            return Err(io::Error::other("the arguments for pytest are longer than 64 KiB"));
        }
        let (results, results_end) = Packets::pair()?;
        let (stdout, stdout_end) = Output::pipe()?;
        let (stderr, stderr_end) = Output::pipe()?;
        let ends = [results_end.as_fd(), stdout_end.as_fd(), stderr_end.as_fd()];
        // Should it be gone already, its end says so below.
        let _ = self.control.send_with(&job, &ends);
        Ok(Streams { results, stdout, stderr })
    }

    /// What programs have in their environment that its tests start.
    fn mark(&self) -> String {
        format!("{}.{}", self.cell, self.number)
    }

    /// Asks the child to come to an end, as Ctrl-C would.
    pub(crate) fn interrupt(&self) {
        // An error means that the keeper is gone, which `ended` tells.
        let _ = self.control.send(br#"{"stop":"soft"}"#);
    }

    /// Has everything killed that runs.
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
                Word::Started { pid } => {
                    tracing::trace!(pid, "forked");
                    self.child = ChildGroup(Pid::from_raw(pid));
                }
                Word::Exit(exit) => {
                    self.child.0 = None;
                    self.shared = if exit.stayed { self.shared.saturating_add(1) } else { 0 };
                    return Some(exit);
                }
            }
        }
    }

    /// How many files before this one share its process, if it takes it.
    pub(crate) const fn shared(&self) -> u32 {
        self.shared
    }

    /// Whether the child was started.
    pub(crate) const fn has_started(&self) -> bool {
        self.child.0.is_some()
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
