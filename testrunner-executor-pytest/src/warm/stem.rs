//! A stem: started once, forked from as often as wanted.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Pid;
use serde::Serialize;
use testrunner_core::executor::Scratch;
use tokio::process::{Child, Command};

use super::loaded::Loaded;
use crate::keeper::{self, Packet, Packets, Process, Waiting};

/// How long a stem or template may take until it can be forked.
const START: Duration = Duration::from_mins(1);
/// The same of a fork.
const FORK: Duration = Duration::from_secs(5);

/// What it is told. `python/testrunner_runtime/stem.py` reads it.
#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Order<'a> {
    Template { args: &'a [String] },
    Zygote,
}

/// A running stem. Dropping it ends it and its template, when those that were forked from them have ended.
#[derive(Debug)]
pub(super) struct Stem {
    control: Packets,
    template: Option<Packets>,
    loaded: Arc<Loaded>,
    process: Child,
    /// Its folder.
    _scratch: Scratch,
}

impl Stem {
    /// Starts one. `command` runs the supervisor in a folder below that of `scratch` that is its own; `args` are what
    /// pytest is told there.
    ///
    /// # Errors
    /// It cannot be started, or is not fit to be forked.
    pub(super) async fn start(mut command: Command, scratch: Scratch, args: &[String]) -> io::Result<Self> {
        let name = scratch.folder().file_name().unwrap_or_default().to_string_lossy();
        command.arg(scratch.folder()).arg("stem");
        let stderr = scratch.path().join("stderr");
        let (control, process) = keeper::spawn(command, &format!("{name}.stem"), &stderr)?;
        let list = scratch.path().join("loaded");
        let mut stem = Self { control, template: None, loaded: Arc::default(), process, _scratch: scratch };
        if !is_ready(&mut stem.control).await {
            return Err(io::Error::other("it is not fit to be forked"));
        }
        let mut template = fork(&stem.control, &Order::Template { args })?;
        if is_ready(&mut template).await {
            stem.template = Some(template);
        }
        stem.loaded = Arc::new(tokio::task::spawn_blocking(move || Loaded::read(&list)).await??);
        Ok(stem)
    }

    /// Its process, to wait for.
    pub(super) fn process(&self) -> io::Result<Process> {
        let number = self.process.id().and_then(|number| Pid::from_raw(number.cast_signed()));
        Process::forked(number.ok_or_else(|| io::Error::other("it has ended"))?)
    }

    pub(super) fn is_dead(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    /// Whether it has come to where pytest meets the tests.
    pub(super) const fn has_template(&self) -> bool {
        self.template.is_some()
    }

    /// What it was made of.
    pub(super) const fn loaded(&self) -> &Arc<Loaded> {
        &self.loaded
    }

    /// Forks a zygote, of the template if wanted and there.
    pub(super) async fn fork(&self, prepared: bool) -> io::Result<Waiting> {
        let from = self.template.as_ref().filter(|_| prepared).unwrap_or(&self.control);
        let control = fork(from, &Order::Zygote)?;
        let forked = tokio::time::timeout(FORK, Waiting::at(control)).await;
        forked.unwrap_or_else(|_| Err(io::Error::other("it was not forked in time")))
    }
}

async fn is_ready(control: &mut Packets) -> bool {
    let said = tokio::time::timeout(START, control.receive()).await;
    matches!(said, Ok(Packet::Message(_)))
}

fn fork(from: &Packets, order: &Order<'_>) -> io::Result<Packets> {
    let (control, theirs): (Packets, OwnedFd) = Packets::pair()?;
    from.send_with(&serde_json::to_vec(order)?, &[theirs.as_fd()])?;
    Ok(control)
}
